"""The socket side of the built-in central system: websockets for both versions on one port, HTTP on another.

Owns connections, the clock and the timer; every decision is `central`'s and `access`'s. Calls into Central are
synchronous and happen on the event loop only.
"""

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from chargepoint_sim.clock import Now
from chargepoint_sim.csms.access import (
    Admission,
    Channel,
    Refusal,
    VersionMismatch,
    judge_upgrade,
    least_profile,
    profile_of,
    serial_matches,
)
from chargepoint_sim.csms.calls import CallOutcome, OutcomeKind, SentCall
from chargepoint_sim.csms.central import Central
from chargepoint_sim.csms.config import CsmsSettings, TlsSettings
from chargepoint_sim.csms.credentials import Credentials
from chargepoint_sim.csms.http import HttpPort
from chargepoint_sim.csms.recording import SeenFrame
from chargepoint_sim.errors import CallRefused, LocalError, RemoteError, system_words
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.telemetry import count

MAX_MESSAGE_BYTES = 1024 * 1024
CLOSE_TIMEOUT_S = 2.0
MOST_REASON = 100
"""Characters of a close reason; RFC 6455 chapter 5.5 leaves 123 bytes."""

BACKLOG = 1024
"""Connections that may wait to be accepted: a fleet dials in bursts."""

SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20:AES128-GCM-SHA256:AES256-GCM-SHA384"
"""In the words of OpenSSL; the last two are those with RSA key exchange, which the white paper asks for by name."""

_FIRST_TRANSACTION_EPOCH = 1_700_000_000
"""Transaction ids count from the seconds since then, so that a restart does not give out the same ones again."""

_log = logging.getLogger("chargepoint_sim.csms.websockets")
_log.setLevel(logging.WARNING)
# A handshake that fails is the charger's affair: a traceback in the terminal would help nobody.
_log.addFilter(lambda record: not record.getMessage().startswith("opening handshake failed"))

T = TypeVar("T")


class NoAnswer(RemoteError):
    """A charger did not answer a CALL: time-out, or the link went away. The text says which."""


@dataclass(slots=True)
class _Waiter:
    """Somebody who waits for `check` to return something else than None or False."""

    check: Callable[[], Any]
    future: "asyncio.Future[Any]"


class CsmsServer:
    """A running central system."""

    def __init__(
        self,
        settings: CsmsSettings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        central: Central | None = None,
    ) -> None:
        """`clock` gives simulated UTC seconds; the daemon in scaled time passes its own."""
        self.settings = self._of_file = settings or CsmsSettings()
        self._clock = clock
        self.central = central or Central(
            self.settings, first_transaction_id=max(1, int(clock()) - _FIRST_TRANSACTION_EPOCH)
        )
        self.central.watcher = self._frame_seen
        self._links: dict[str, ServerConnection] = {}
        self._admitted: WeakKeyDictionary[ServerConnection, Admission | VersionMismatch] = WeakKeyDictionary()
        self._credentials = Credentials()
        self._server: Server | None = None
        self._secure: Server | None = None
        self._http: HttpPort | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiters: dict[str | None, list[_Waiter]] = {}

    async def __aenter__(self) -> "CsmsServer":
        if self._server is None:
            await self.start(port=0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # Life

    async def start(self, host: str | None = None, port: int | None = None, http_port: int | None = None) -> None:
        """Listen; what is not given is taken from the settings.

        Raises OSError where a port cannot be had; its `filename` says which.
        """
        tls = self.settings.tls
        context = _tls_context(tls) if tls is not None else None
        place = self.settings.host if host is None else host
        both = tls is not None and tls.port is not None
        plain = self.settings.port if port is None else port
        self._server = await self._listen(place, plain, None if both else context)
        wanted = self.settings.http_port if http_port is None else http_port
        try:
            if tls is not None and tls.port is not None:
                self._secure = await self._listen(place, tls.port, context)
            if wanted is not None:
                self._http = HttpPort(self)
                with _named(self.settings.http_host, wanted):
                    await self._http.start(self.settings.http_host, wanted)
        except OSError:
            await self.stop()
            raise

    async def _listen(self, host: str, port: int, context: ssl.SSLContext | None) -> Server:
        with _named(host, port):
            return await serve(
                self._serve,
                host,
                port,
                ssl=context,
                process_request=self._process_request,
                select_subprotocol=self._select_subprotocol,
                compression="deflate",  # where a station offers it (2.0.1 part 4 chapter 3.3)
                max_size=MAX_MESSAGE_BYTES,
                ping_interval=self.settings.ping_interval_s,
                ping_timeout=self.settings.ping_interval_s,
                close_timeout=CLOSE_TIMEOUT_S,
                logger=_log,
                backlog=BACKLOG,
            )

    async def stop(self) -> None:
        """Close every connection with 1001 and stop listening; what is known stays, start() may be called again."""
        if self._http is not None:
            await self._http.stop()
            self._http = None
        for server in (self._server, self._secure):
            if server is not None:
                server.close()
                await server.wait_closed()
        self._server = self._secure = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def port(self) -> int:
        """The port of the websockets."""
        assert self._server is not None, "start the server first"
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    @property
    def http_port(self) -> int | None:
        """The port of the HTTP commands, or None."""
        return self._http.port if self._http is not None else None

    @property
    def url(self) -> str:
        """What a charger of this host is given as its central system; the identity is appended."""
        tls = self.settings.tls
        return f"{'ws' if tls is None or tls.port is not None else 'wss'}://127.0.0.1:{self.port}/ocpp"

    @property
    def secure_url(self) -> str:
        """The same with TLS, where that has a port of its own; otherwise `url`."""
        if self._secure is None:
            return self.url
        return f"wss://127.0.0.1:{next(iter(self._secure.sockets)).getsockname()[1]}/ocpp"

    def now(self) -> Now:
        """This instant on both axes."""
        return Now(self._clock(), asyncio.get_running_loop().time())

    # Commands

    async def call(
        self, identity: str, action: str, payload: Payload, timeout_s: float | None = None, *, force: bool = False
    ) -> Payload:
        """Send a CALL and wait for the answer.

        Raises CallRefused for a CALLERROR (with the code of the wire), NoAnswer where none came, RemoteError for an
        answer that breaks its schema, and what Central.call raises.
        """
        outcome = await self.outcome_of(identity, action, payload, timeout_s, force=force)
        if outcome.kind is OutcomeKind.ANSWERED:
            return outcome.payload
        if outcome.kind is OutcomeKind.REFUSED:
            raise CallRefused(outcome.code, outcome.description, outcome.details)
        if outcome.kind is OutcomeKind.INVALID:
            raise RemoteError(f"{identity} answered {action} wrongly: {outcome.description}")
        raise NoAnswer(f"{identity} did not answer {action}: {outcome.description}")

    async def outcome_of(
        self, identity: str, action: str, payload: Payload, timeout_s: float | None = None, *, force: bool = False
    ) -> CallOutcome:
        """Send a CALL and wait until it has ended, however it did."""
        future: asyncio.Future[CallOutcome] = asyncio.get_running_loop().create_future()

        def done(call: SentCall) -> None:
            if call.outcome is not None:
                self._follow(identity, call, call.outcome)
                if not future.done():
                    future.set_result(call.outcome)

        self.central.call(identity, action, payload, self.now(), timeout_s=timeout_s, done=done, force=force)
        self._arm()
        self._spawn(self._write(identity, self.central.take(identity)))
        return await future

    def _follow(self, identity: str, call: SentCall, outcome: CallOutcome) -> None:
        """A password that a charger has taken over is the one it must show, where passwords are asked for at all."""
        if outcome.kind is OutcomeKind.ANSWERED:
            password = self._credentials.answered(identity, call.action, call.payload, outcome.payload)
            if password is not None and self.settings.passwords:
                self.set_password(identity, password)

    async def close_link(self, identity: str, code: int = 1000, reason: str = "") -> None:
        """Close a charger's connection from this side. Raises LocalError where there is none."""
        link = self._links.get(identity)
        if link is None:
            raise LocalError(f"{identity} is not connected")
        await link.close(code, reason)

    def set_password(self, identity: str, password: str) -> None:
        """From now on that charger must show this password (2.0.1 A01.FR.03)."""
        passwords = {**self.settings.passwords, identity: password}
        self.settings = self.settings.model_copy(update={"passwords": passwords})

    def set_profile(self, identity: str, profile: int) -> None:
        """From now on that charger must connect with this security profile or a higher one (2.0.1 A05.FR.07)."""
        profiles = {**self.settings.profiles, identity: profile}
        self.settings = self.settings.model_copy(update={"profiles": profiles})

    def saved_state(self) -> dict[str, Any]:
        """What chargers have taken over and the settings of the file do not say, as plain data; it holds passwords."""
        of_file, now = self._of_file, self.settings
        return {
            "passwords": dict(now.passwords.items() - of_file.passwords.items()),
            "profiles": dict(now.profiles.items() - of_file.profiles.items()),
            "under_way": self._credentials.to_data(),
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Lay what `saved_state` gave over the settings of the file: chargers show what they were given last."""
        for identity, password in saved["passwords"].items():
            self.set_password(identity, password)
        for identity, profile in saved["profiles"].items():
            self.set_profile(identity, profile)
        self._credentials.restore(saved["under_way"])

    # Waiting

    async def wait_for(self, predicate: Callable[[Central], T | None], timeout_s: float = 10.0) -> T:
        """Wait until `predicate` returns something true, and return that; asked again after each event.

        Raises TimeoutError.
        """
        return await self._wait(None, lambda: predicate(self.central), timeout_s, "the condition never held")

    async def wait_frame(
        self, identity: str, predicate: Callable[[SeenFrame], bool], timeout_s: float = 10.0, *, after: int = 0
    ) -> SeenFrame:
        """The first frame of a charger that `predicate` takes, among those kept and those to come.

        `after` passes over the frames up to that number; `mark` gives it. Raises TimeoutError, naming what was seen.
        """
        newest = after

        def first() -> SeenFrame | None:
            nonlocal newest
            frames = self._frames_after(identity, newest)
            if frames:
                newest = frames[-1].number
            return next((frame for frame in frames if predicate(frame)), None)

        try:
            return await self._wait(identity, first, timeout_s, "")
        except TimeoutError:
            seen = [f"{frame.kind} {frame.action}" for frame in self._frames_after(identity, after)]
            raise TimeoutError(f"no such frame of {identity} in {timeout_s:g} s; seen: {seen[-30:]}") from None

    def mark(self, identity: str) -> int:
        """The number of a charger's newest frame, 0 before the first: for `after` of wait_frame."""
        peer = self.central.find(identity)
        return peer.recording.last_number if peer is not None else 0

    async def wait_connected(self, identity: str, timeout_s: float = 10.0) -> None:
        """Wait until a charger is connected and booted. Raises TimeoutError."""

        def is_booted(central: Central) -> bool:
            peer = central.find(identity)
            return peer is not None and peer.connected and peer.registration == "Accepted"

        await self.wait_for(is_booted, timeout_s)

    def _frames_after(self, identity: str, number: int) -> list[SeenFrame]:
        peer = self.central.find(identity)
        return [] if peer is None else [frame for frame in peer.recording if frame.number > number]

    async def _wait(self, key: str | None, check: Callable[[], T | None], timeout_s: float, failure: str) -> T:
        found = check()
        if found:
            return found
        waiter = _Waiter(check, asyncio.get_running_loop().create_future())
        waiters = self._waiters.setdefault(key, [])
        waiters.append(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                result: T = await waiter.future
                return result
        except TimeoutError:
            raise TimeoutError(f"{failure} in {timeout_s:g} s") from None
        finally:
            waiters.remove(waiter)
            if not waiters:
                self._waiters.pop(key, None)

    def _frame_seen(self, identity: str, _frame: SeenFrame) -> None:
        self._wake(identity)

    def _wake(self, identity: str) -> None:
        for key in (identity, None):
            for waiter in self._waiters.get(key, ()):
                if waiter.future.done():
                    continue
                try:
                    found = waiter.check()
                except Exception as error:  # it goes to who waits; the charger's connection is not to suffer
                    waiter.future.set_exception(error)
                    continue
                if found:
                    waiter.future.set_result(found)

    # Connections

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        offered = [
            name.strip() for line in request.headers.get_all("Sec-WebSocket-Protocol") for name in line.split(",")
        ]
        authorization = next(iter(request.headers.get_all("Authorization")), None)
        transport = connection.transport
        is_tls = transport.get_extra_info("ssl_object") is not None
        channel = Channel(is_tls, is_tls and bool(transport.get_extra_info("peercert")))
        names = [name for name in offered if name]
        verdict = judge_upgrade(request.path, names, authorization, self.settings, channel)
        if isinstance(verdict, Refusal):
            count("csms_upgrades_refused", str(verdict.status.value))
            response = connection.respond(verdict.status, verdict.reason + "\n")
            if verdict.status is HTTPStatus.UNAUTHORIZED:
                response.headers["WWW-Authenticate"] = 'Basic realm="ocpp", charset="UTF-8"'
            return response
        self._admitted[connection] = verdict
        if isinstance(verdict, Admission):
            least = self._credentials.connected(verdict.identity, profile_of(channel, self.settings))
            if least is not None and least > least_profile(verdict.identity, self.settings):
                self.set_profile(verdict.identity, least)
        return None

    def _select_subprotocol(self, connection: ServerConnection, _: Any) -> Subprotocol | None:
        admission = self._admitted[connection]
        return Subprotocol(admission.version.subprotocol) if isinstance(admission, Admission) else None

    async def _serve(self, connection: ServerConnection) -> None:
        admission = self._admitted.pop(connection)
        if isinstance(admission, VersionMismatch):
            count("csms_upgrades_refused", "101")
            await connection.close(1002, admission.reason[:MOST_REASON])
            return
        identity = admission.identity
        replaced = self._links.get(identity)
        self._links[identity] = connection
        self.central.connected(identity, admission.version, self.now())
        if replaced is not None:
            self._spawn(replaced.close(1000, "replaced by a newer connection"))
        self._wake(identity)
        try:
            async for message in connection:
                if self._links.get(identity) is not connection:
                    break
                if isinstance(message, bytes):
                    await connection.close(1003, "OCPP-J messages are text")
                    break
                texts = self.central.receive(identity, message, self.now())
                self._arm()
                await self._write(identity, texts)
                if self._is_impostor(connection, identity):
                    await connection.close(1008, "serial number and certificate differ")
                    break
        except ConnectionClosed:
            count("csms_links_broken")
        finally:
            if self._links.get(identity) is connection:
                del self._links[identity]
                self.central.disconnected(identity, self.now())
                self._wake(identity)

    def _is_impostor(self, connection: ServerConnection, identity: str) -> bool:
        """Whether the charger booted with another serial number than its certificate's (2.0.1 B01.FR.12)."""
        boot = self.central.peer(identity).boot
        if self.settings.tls is None or not self.settings.tls.check_serial or boot is None:
            return False
        certificate: dict[str, Any] = connection.transport.get_extra_info("peercert") or {}
        names = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
        return not any(serial_matches(boot, name) for name in names)

    async def _write(self, identity: str, texts: list[bytes]) -> None:
        """Write to the charger's newest connection; what is written to a broken one is lost with it."""
        for text in texts:
            link = self._links.get(identity)
            if link is None:
                return
            try:
                await link.send(text, text=True)
            except ConnectionClosed:
                return

    def _arm(self) -> None:
        """Keep the timer at Central's next deadline."""
        deadline = self.central.next_deadline()
        if self._timer is not None and (deadline is None or self._timer.when() != deadline):
            self._timer.cancel()
            self._timer = None
        if self._timer is None and deadline is not None:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._advance)

    def _advance(self) -> None:
        self._timer = None
        for identity, text in self.central.advance(self.now()):
            self._spawn(self._write(identity, [text]))
        self._arm()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@contextlib.contextmanager
def _named(host: str, port: int) -> Iterator[None]:
    """Put the address into the OSError of an attempt to listen on it."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, system_words(error), f"{host}:{port}") from error


def _tls_context(settings: TlsSettings) -> ssl.SSLContext:
    """TLS 1.2 or newer with the four suites of A00.FR.317 among others; certificates of chargers as set."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(SUITES)
    context.load_cert_chain(settings.certificate, settings.key)
    if settings.other_certificate is not None:
        context.load_cert_chain(settings.other_certificate, settings.other_key)
    if settings.client_ca is not None:
        context.load_verify_locations(settings.client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL if settings.client_optional else ssl.CERT_REQUIRED
    return context
