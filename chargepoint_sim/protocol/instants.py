"""Instants that the central system sends, read by its own clock."""

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.core.state import StationState
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode


def read_instant(station: StationState, name: str, text: str) -> float:
    """A date and time from a request as a simulated instant. CallRefused, naming the member, where it is none."""
    try:
        return parse_utc(text) - station.csms_offset_s
    except (ValueError, OverflowError):
        raise CallRefused(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"{name}: {text!r} is no date and time") from None
