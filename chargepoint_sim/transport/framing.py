"""Whole text messages as websocket frames, made and read without the protocol's general way (RFC 6455 chapter 5).

Nearly everything that crosses a charger's link is a text message in one frame; on the general way each costs a system
call for its mask key, or a run of the protocol's parser (decision 0010). Whatever is not such a frame goes to the
protocol: this file judges nothing.
"""

import os
import struct

try:
    from websockets.speedups import apply_mask
except ImportError:  # no compiled part for this platform
    from websockets.utils import apply_mask

_WHOLE_TEXT = 0x81
_MASKED = 0x80
_LENGTH_IN_16_BITS, _LENGTH_IN_64_BITS = 126, 127
_KEYS_AT_ONCE = 1024

UNKNOWN = -1
"""A frame's header has come in part: how much of it is to come cannot be said."""


class MaskKeys:
    """Mask keys from the system's source of randomness, fetched many at a time (RFC 6455 section 10.3)."""

    __slots__ = ("_at", "_keys")

    def __init__(self) -> None:
        self._keys = b""
        self._at = 0

    def next(self) -> bytes:
        """Four bytes that nobody could have foretold."""
        at = self._at
        if at == len(self._keys):
            self._keys, at = os.urandom(4 * _KEYS_AT_ONCE), 0
        self._at = at + 4
        return self._keys[at : at + 4]


_KEYS = MaskKeys()


def text_frame(text: bytes) -> bytes:
    """`text` as one frame of a client."""
    length = len(text)
    if length < _LENGTH_IN_16_BITS:
        head = bytes((_WHOLE_TEXT, _MASKED | length))
    elif length < 2**16:
        head = struct.pack("!BBH", _WHOLE_TEXT, _MASKED | _LENGTH_IN_16_BITS, length)
    else:
        head = struct.pack("!BBQ", _WHOLE_TEXT, _MASKED | _LENGTH_IN_64_BITS, length)
    key = _KEYS.next()
    return head + key + apply_mask(text, key)


def only_text(data: bytes) -> bytes | None:
    """The message, where `data` is one whole text frame of a server and nothing else."""
    size = len(data)
    if size < 2 or data[0] != _WHOLE_TEXT:
        return None
    length = data[1]
    if length < _LENGTH_IN_16_BITS:
        return data[2:] if size == 2 + length else None
    if length == _LENGTH_IN_16_BITS and size >= 4 and size == 4 + (data[2] << 8 | data[3]) >= 4 + _LENGTH_IN_16_BITS:
        return data[4:]
    return None


def missing_after(data: bytes, missing: int) -> int:
    """How many bytes of a server's frame are to come after `data`, of which `missing` were to come before it.

    0: `data` ends between two frames. UNKNOWN once a header was cut.
    """
    if missing == UNKNOWN:
        return UNKNOWN
    at, size = missing, len(data)
    while at < size:
        short = data[at + 1] & ~_MASKED if at + 1 < size else 0
        wide = {_LENGTH_IN_16_BITS: 2, _LENGTH_IN_64_BITS: 8}.get(short, 0)
        head = at + 2 + wide
        if head > size:
            return UNKNOWN
        at = head + (int.from_bytes(data[at + 2 : head], "big") if wide else short)
    return at - size
