"""A folder with all that a fleet needs to try security profiles 1 to 3, as fleet files and central system name it.

Keys are readable by their owner alone. An authority that is there already is used again; other files are made anew.
"""

import csv
import io
import secrets
from collections.abc import Sequence
from pathlib import Path

import yaml

from chargepoint_sim.errors import LocalError, system_words
from chargepoint_sim.pki.authority import Authority, Issued, sign_file

ROOT, SERVER, SIGNER = "root", "server", "firmware"
CREDENTIALS = "credentials.csv"
CSMS = {2: "csms-profile-2.yaml", 3: "csms-profile-3.yaml"}
PORT = 9443

BEFORE_S = 3600.0
"""Certificates are valid from an hour ago, for clocks that go a little wrong."""


class Folder:
    """Certificates and keys of one test authority."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def authority(self, now: float, *, name: str = "Test operator root") -> Authority:
        """The authority of the folder, made where there is none. Raises LocalError where it cannot be read."""
        if (self.path / f"{ROOT}.pem").exists():
            return Authority(self._read(f"{ROOT}.pem"), self._read(f"{ROOT}.key"))
        authority = Authority.new(name, now - BEFORE_S)
        self._write_pair(ROOT, Issued(authority.certificate_pem, authority.key_pem))
        return authority

    def make(
        self, identities: Sequence[str], serials: Sequence[str], hosts: Sequence[str], operator: str, now: float
    ) -> None:
        """Server, chargers and firmware signer; `serials` become common names, in the order of `identities`.

        Raises LocalError where a file cannot be written, or two identities would share a file.
        """
        authority, since = self.authority(now), now - BEFORE_S
        self._write_pair(SERVER, authority.server(hosts, since))
        self._write_pair(SIGNER, authority.firmware_signer("Test manufacturer", since))
        table = io.StringIO()
        rows = csv.writer(table, lineterminator="\n")
        rows.writerow(["identity", "password", "certificate", "key"])
        passwords = {}
        names = [_file_name(identity) for identity in identities]
        if len(set(names)) < len(names):
            raise LocalError("two identities differ only in characters that file names cannot have")
        for identity, serial, name in zip(identities, serials, names, strict=True):
            self._write_pair(name, authority.client(serial, operator, since))
            passwords[identity] = secrets.token_hex(10)
            rows.writerow([identity, passwords[identity], f"{name}.pem", f"{name}.key"])
        self._write(CREDENTIALS, table.getvalue(), secret=True)
        own = {"certificate": self._place(f"{SERVER}.pem"), "key": self._place(f"{SERVER}.key")}
        authority_files = {"certificate": self._place(f"{ROOT}.pem"), "key": self._place(f"{ROOT}.key")}
        shared = {"port": PORT, "answers": {"sign_certificate": "Accepted", "authority": authority_files}}
        demands = {
            2: {"passwords": passwords, "tls": own},
            3: {"tls": {**own, "client_ca": self._place(f"{ROOT}.pem")}},
        }
        for profile, name in CSMS.items():
            self._write(name, yaml.safe_dump({**shared, **demands[profile]}, sort_keys=False), secret=True)

    def sign_firmware(self, data: bytes) -> tuple[str, str]:
        """Signature and signing certificate of a firmware file, as SignedUpdateFirmware carries them."""
        return sign_file(data, self._read(f"{SIGNER}.key")), self._read(f"{SIGNER}.pem")

    def sign_request(self, csr_pem: str, now: float) -> str:
        """The chain for a CertificateSigned. Raises LocalError for a request that is not sound."""
        try:
            return self.authority(now).sign_request(csr_pem, now - BEFORE_S)
        except ValueError as error:
            raise LocalError(f"this request is not signed: {error}") from None

    def _place(self, name: str) -> str:
        return str((self.path / name).resolve())

    def _write_pair(self, name: str, issued: Issued) -> None:
        self._write(f"{name}.pem", issued.certificate_pem)
        self._write(f"{name}.key", issued.key_pem, secret=True)

    def _write(self, name: str, text: str, *, secret: bool = False) -> None:
        file = self.path / name
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            file.touch(mode=0o600 if secret else 0o644)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise LocalError(f"{file}: {system_words(error)}") from None

    def _read(self, name: str) -> str:
        try:
            return (self.path / name).read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            words = system_words(error) if isinstance(error, OSError) else "not a PEM file"
            raise LocalError(f"{self.path / name}: {words}") from None


def _file_name(identity: str) -> str:
    """An identity as the stem of a file name that no other file of the folder has."""
    return "charger-" + "".join(one if one.isascii() and (one.isalnum() or one in "-_.") else "_" for one in identity)
