"""The rules of OCPP-J on one link: valid frames, one outstanding CALL a side, one message for one message id."""

from collections.abc import Iterator

from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.schemas import schemas
from tests.month.frames import CALL, CALLRESULT, Frame


class SchemaValid:
    """Every CALL and CALLRESULT, of either side, is what the official schema allows."""

    def __init__(self, version: Version) -> None:
        self._known = schemas(version)

    def linked(self) -> None:
        """Nothing is under way in a frame."""

    def see(self, frame: Frame) -> Iterator[str]:
        """Hold one frame against its schema."""
        if frame.kind == CALL:
            if frame.action not in self._known.requests:
                yield f"no such action: {frame.text!r}"
                return
            violation = self._known.check_request(frame.action, frame.payload)
        elif frame.kind == CALLRESULT and frame.action:
            violation = self._known.check_response(frame.action, frame.payload)
        else:
            return
        if violation is not None:
            yield f"{frame.action}: {violation.description} in {frame.text!r}"


class OneOutstanding:
    """No side sends a CALL before its last one is answered, has timed out or is lost with its link (chapter 4.1.1)."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._outstanding: dict[bool, Frame] = {}

    def linked(self) -> None:
        """What was outstanding is lost."""
        self._outstanding.clear()

    def see(self, frame: Frame) -> Iterator[str]:
        """Count CALLs out and answers in."""
        if frame.kind == CALL:
            before = self._outstanding.get(frame.sent)
            if before is not None and frame.at < before.at + self._timeout_s:
                yield f"{frame.action} is sent while {before.action} of {before.at:.3f} is outstanding"
            self._outstanding[frame.sent] = frame
        else:
            asked = self._outstanding.get(not frame.sent)
            if asked is not None and asked.message_id == frame.message_id:
                del self._outstanding[not frame.sent]


class OneMessageForAnId:
    """A message id names one message: whoever repeats it repeats the message (chapter 4.1.4)."""

    def __init__(self) -> None:
        self._texts: dict[tuple[bool, str], int] = {}

    def linked(self) -> None:
        """Ids of the charger last longer than links."""

    def see(self, frame: Frame) -> Iterator[str]:
        """Compare with what the id named before."""
        if frame.kind == CALL and self._texts.setdefault((frame.sent, frame.message_id), hash(frame.text)) != hash(
            frame.text
        ):
            yield f"the id of another message: {frame.text!r}"
