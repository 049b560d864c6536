"""Long messages in parts: as many rows in each as items and bytes allow (2.0.1 DeviceDataCtrlr, MonitoringCtrlr)."""

from collections.abc import Iterable, Iterator

from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload, length

ENVELOPE_BYTES = 256
"""What a message is longer than its rows, at most: message id, action and the fields around them."""


def parts(rows: Iterable[Payload], most_items: int, most_bytes: int) -> Iterator[list[Payload]]:
    """The rows in order, cut where a part would have too many or be too long; one empty part where there are none."""
    part: list[Payload] = []
    size = 0
    for row in rows:
        row_bytes = length(row) + 1  # and a comma
        if part and (len(part) == most_items or size + row_bytes > most_bytes - ENVELOPE_BYTES):
            yield part
            part, size = [], 0
        part.append(row)
        size += row_bytes
    yield part


def too_long(request: Payload, most_bytes: int) -> bool:
    """Whether a request takes more bytes on the wire than allowed."""
    return length(request) + ENVELOPE_BYTES > most_bytes


def refuse_too_much(action: str, request: Payload, items: int, most_items: int, most_bytes: int) -> None:
    """Raise CallRefused where a request is greater than allowed (B06.FR.16, B06.FR.17, B08.FR.17, N06.FR.06)."""
    if items > most_items:
        raise CallRefused(ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, f"at most {most_items} elements in one {action}")
    if too_long(request, most_bytes):
        raise CallRefused(ErrorCode.FORMAT_VIOLATION, f"at most {most_bytes} bytes in one {action}")
