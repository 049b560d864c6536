"""FTP over TLS with the standard library's client: explicit (RFC 4217), and implicit where the port says so.

The data connection resumes the TLS session of the control connection, which servers such as vsftpd and FileZilla
demand to know that both ends are the same. Must not be used on the event loop: it blocks.
"""

import ftplib
import socket
import ssl

IMPLICIT_PORT = 990
"""IANA's port for FTP that begins with TLS; on any other port TLS is asked for with AUTH TLS."""


class SecureFtp(ftplib.FTP_TLS):
    """One connection; `prot_p` after the login protects the data too."""

    _protected = False

    def connect(
        self, host: str = "", port: int = 0, timeout: float = -999, source_address: tuple[str, int] | None = None
    ) -> str:
        """Connect and read the greeting. Raises OSError, ssl.SSLError and ftplib.Error."""
        if port != IMPLICIT_PORT:
            return super().connect(host, port, timeout, source_address)
        self.host, self.port, self.timeout = host, port, timeout
        plain = socket.create_connection((host, port), timeout, source_address)
        self.af = plain.family
        try:
            self.sock = self.context.wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Open a data connection, protected like the control connection and known to the server as the same client."""
        # Not the way of FTP_TLS, which begins a new TLS session.
        data, size = super(ftplib.FTP_TLS, self).ntransfercmd(cmd, rest)
        if not self._protected:
            return data, size
        assert isinstance(self.sock, ssl.SSLSocket)
        try:
            return self.context.wrap_socket(data, server_hostname=self.host, session=self.sock.session), size
        except OSError:
            data.close()
            raise

    def prot_p(self) -> str:
        """Protect the data connections from now on."""
        answer = super().prot_p()
        self._protected = True
        return answer
