"""The interface between a charger's task and whatever carries its frames."""

import asyncio
from typing import Protocol

from chargepoint_sim.protocol.link import LinkEnd


class LinkOwner(Protocol):
    """Who is told what arrives; called from the event loop, must not block."""

    def text_received(self, text: bytes) -> None:
        """One whole text message."""
        ...

    def pong_received(self) -> None:
        """An answer to our ping."""
        ...


class Link(Protocol):
    """An open connection that speaks the negotiated sub-protocol."""

    subprotocol: str
    closed: "asyncio.Future[LinkEnd]"
    """Done when the socket is closed fully; never carries an exception. A task that may be cancelled waits for it with
    asyncio.shield or asyncio.wait: cancelling the future itself would lose the reason."""

    def send(self, text: bytes) -> None:
        """Write one text message; no effect once the link is closing."""
        ...

    def ping(self) -> None:
        """Write a ping."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Begin an orderly close; `closed` is done after the other side answers or the close time-out."""
        ...

    def abort(self) -> None:
        """Drop the TCP connection at once, as a power cut does."""
        ...

    def pause_reading(self) -> None:
        """Take nothing more from the socket until resume_reading."""
        ...

    def resume_reading(self) -> None:
        """Take from the socket again."""
        ...

    def unwritten(self) -> int:
        """Bytes written here that the other side has not taken yet."""
        ...


class DialFailed(Exception):
    """No link could be made; `end` says why."""

    def __init__(self, end: LinkEnd) -> None:
        super().__init__(str(end))
        self.end = end
