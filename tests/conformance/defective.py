"""A built-in central system with one seeded defect: what it writes passes through a function of the test."""

import asyncio
import base64
import re
import ssl
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from websockets.asyncio.server import Server, ServerConnection
from websockets.http11 import Request, Response

from chargepoint_sim.clock import Now
from chargepoint_sim.conformance.verdicts import Verdict
from chargepoint_sim.csms.central import Central
from chargepoint_sim.csms.server import CsmsServer


@dataclass(slots=True)
class Outgoing:
    """One frame that the central system is about to write."""

    kind: str
    """call, result or error."""
    action: str
    payload: dict[str, Any]
    message_id: str
    request: dict[str, Any] = field(default_factory=dict)
    """What an answer answers."""


Frame = list[Any]
Mutation = Callable[[Outgoing], None]
"""Changes the payload, or the other fields, in place."""


@dataclass(frozen=True, slots=True)
class Defect:
    """What is broken."""

    frames: Mutation | None = None
    upgrade: str = ""
    """`open_door`: lets everybody in. `own_subprotocol`: answers with a sub-protocol that nobody offered.
    `crashes`: HTTP 500. `plain`: takes no compression."""
    tls: str = ""
    """`old`: takes TLS 1.1. `few`: lacks the suites with RSA key exchange. `trusting`: believes every charger."""
    keeps_profiles: bool = False
    """A charger may go on with its old security profile."""
    keeps_passwords: bool = False
    """A charger must go on with its old password."""
    breaks_at: str = ""
    """A pattern: a frame of a charger in which it is found ends the link without an answer."""
    deaf_to: str = ""
    """A pattern: a frame of a charger in which it is found is lost."""
    keeps_older_links: bool = False
    """Two links with one identity are both served."""
    one_link_only: bool = False
    """A charger whose old link is not known to be dead is not let in."""
    upgrades: int | None = None
    """After so many a charger is let in no more."""
    closes_idle_after_s: float | None = None
    """A link ends so long after it began."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of the central system."""
    verdict: Verdict = Verdict.FAIL
    """What the case makes of it; WARN where the standard has no SHALL."""


_KINDS = {2: "call", 3: "result", 4: "error"}


def _payload(text: str) -> dict[str, Any]:
    """The payload of a CALL that may be of any shape."""
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    found = frame[-1] if isinstance(frame, list) and frame else None
    return found if isinstance(found, dict) else {}


class DefectiveServer(CsmsServer):
    """Is right in everything but its defect."""

    defect = Defect()
    _upgraded = 0

    async def _listen(self, host: str, port: int, context: ssl.SSLContext | None) -> Server:
        if context is not None and self.defect.tls == "old":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers("ALL:@SECLEVEL=0")
        if context is not None and self.defect.tls == "few":
            context.set_ciphers("ECDHE+AESGCM")
        if context is not None and self.defect.tls == "trusting":
            context.verify_mode = ssl.CERT_NONE
        return await super()._listen(host, port, context)

    def set_profile(self, identity: str, profile: int) -> None:
        if not self.defect.keeps_profiles:
            super().set_profile(identity, profile)

    def set_password(self, identity: str, password: str) -> None:
        if not self.defect.keeps_passwords:
            super().set_password(identity, password)

    async def _serve(self, connection: ServerConnection) -> None:
        if self.defect.breaks_at or self.defect.deaf_to:
            self.central = self.lossy()
        if self.defect.closes_idle_after_s is not None:
            asyncio.get_running_loop().call_later(self.defect.closes_idle_after_s, connection.transport.abort)
        if self.defect.keeps_older_links and self._links:
            await self._serve_older(connection)
        else:
            await super()._serve(connection)

    async def _serve_older(self, connection: ServerConnection) -> None:
        identity = self._admitted.pop(connection).identity
        async for message in connection:
            for text in self.central.receive(identity, message, self.now()):
                await connection.send(text, text=True)

    def lossy(self) -> Central:
        """The central system behind an ear that fails at some frames."""
        central = self.central
        if "receive" in vars(central):
            return central
        hear = central.receive

        def receive(identity: str, text: bytes | str, now: Now) -> list[bytes]:
            readable = text.decode(errors="replace") if isinstance(text, bytes) else text
            if self.defect.breaks_at and re.search(self.defect.breaks_at, readable):
                self._links[identity].transport.abort()
                return []
            if self.defect.deaf_to and re.search(self.defect.deaf_to, readable):
                return []
            return hear(identity, text, now)

        vars(central)["receive"] = receive
        return central

    async def _write(self, identity: str, texts: list[bytes]) -> None:
        await super()._write(identity, [self._spoilt(identity, text) for text in texts])

    def _spoilt(self, identity: str, text: bytes) -> bytes:
        if self.defect.frames is None:
            return text
        frame: Frame = orjson.loads(text)
        kind = _KINDS[frame[0]]
        action, request = (frame[2], {}) if kind == "call" else self._asked(identity, frame[1])
        outgoing = Outgoing(kind, action, frame[-1], frame[1], request)
        self.defect.frames(outgoing)
        frame[1], frame[-1] = outgoing.message_id, outgoing.payload
        if kind == "call":
            frame[2] = outgoing.action
        if outgoing.kind == "result" and kind == "error":
            frame = [3, outgoing.message_id, outgoing.payload]
        if outgoing.kind == "error" and kind == "result":
            frame = [4, outgoing.message_id, "GenericError", "", {}]
        return orjson.dumps(frame)

    def _asked(self, identity: str, message_id: str) -> tuple[str, dict[str, Any]]:
        """Action and payload of the CALL that an answer answers."""
        for frame in reversed(self.central.frames(identity)):
            if frame.from_charger and frame.message_id == message_id:
                return frame.action, _payload(frame.text)
        return "", {}

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        self._upgraded += 1
        if self.defect.one_link_only and self._links:
            return connection.respond(HTTPStatus.CONFLICT, "")
        if self.defect.upgrades is not None and self._upgraded > self.defect.upgrades:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")
        if self.defect.upgrade == "crashes":
            return connection.respond(HTTPStatus.INTERNAL_SERVER_ERROR, "")
        if self.defect.upgrade == "open_door" or self.defect.tls == "trusting":
            request.headers.pop("Authorization", None)
            request.headers["Authorization"] = self.right_credentials(request.path)
        if self.defect.upgrade == "plain":
            request.headers.pop("Sec-WebSocket-Extensions", None)
        if self.defect.upgrade == "own_subprotocol":
            if "Sec-WebSocket-Protocol" in request.headers:
                del request.headers["Sec-WebSocket-Protocol"]
            request.headers["Sec-WebSocket-Protocol"] = "ocpp1.6"
        return super()._process_request(connection, request)

    def right_credentials(self, path: str) -> str:
        """The header that lets the charger of that path in."""
        identity = path.rsplit("/", 1)[-1]
        return "Basic " + base64.b64encode(f"{identity}:{self.settings.passwords['*']}".encode()).decode()
