"""A built-in central system with one seeded defect: what it writes passes through a function of the test."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from chargepoint_sim.csms.server import CsmsServer


@dataclass(slots=True)
class Outgoing:
    """One frame that the central system is about to write."""

    kind: str
    """call, result or error."""
    action: str
    payload: dict[str, Any]
    message_id: str


Frame = list[Any]
Mutation = Callable[[Outgoing], None]
"""Changes the payload, or the other fields, in place."""


@dataclass(frozen=True, slots=True)
class Defect:
    """What is broken."""

    frames: Mutation | None = None
    upgrade: str = ""
    """`open_door`: lets everybody in. `own_subprotocol`: answers with a sub-protocol that nobody offered."""


_KINDS = {2: "call", 3: "result", 4: "error"}


class DefectiveServer(CsmsServer):
    """Is right in everything but its defect."""

    defect = Defect()

    async def _write(self, identity: str, texts: list[bytes]) -> None:
        await super()._write(identity, [self._spoilt(identity, text) for text in texts])

    def _spoilt(self, identity: str, text: bytes) -> bytes:
        if self.defect.frames is None:
            return text
        frame: Frame = orjson.loads(text)
        kind = _KINDS[frame[0]]
        action = frame[2] if kind == "call" else self._asked(identity, frame[1])
        outgoing = Outgoing(kind, action, frame[-1], frame[1])
        self.defect.frames(outgoing)
        frame[1], frame[-1] = outgoing.message_id, outgoing.payload
        if kind == "call":
            frame[2] = outgoing.action
        if outgoing.kind == "result" and kind == "error":
            frame = [3, outgoing.message_id, outgoing.payload]
        if outgoing.kind == "error" and kind == "result":
            frame = [4, outgoing.message_id, "GenericError", "", {}]
        return orjson.dumps(frame)

    def _asked(self, identity: str, message_id: str) -> str:
        frames = self.central.frames(identity)
        return next((f.action for f in reversed(frames) if f.from_charger and f.message_id == message_id), "")

    def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.defect.upgrade == "open_door":
            request.headers.pop("Authorization", None)
            request.headers["Authorization"] = self.right_credentials(request.path)
        if self.defect.upgrade == "own_subprotocol":
            del request.headers["Sec-WebSocket-Protocol"]
            request.headers["Sec-WebSocket-Protocol"] = "ocpp1.6"
        return super()._process_request(connection, request)

    def right_credentials(self, path: str) -> str:
        """The header that lets the charger of that path in."""
        identity = path.rsplit("/", 1)[-1]
        return "Basic " + base64.b64encode(f"{identity}:{self.settings.passwords['*']}".encode()).decode()

    def _select_subprotocol(self, connection: ServerConnection, offered: Any) -> Subprotocol:
        return super()._select_subprotocol(connection, offered)
