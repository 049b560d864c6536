"""The charger's clock and the central system's (1.6 section 4.6, 2.0.1 G02 and ClockCtrlr.TimeSource)."""

from chargepoint_sim.clock import Now, parse_utc
from chargepoint_sim.core.station import Station

SOURCE, HEARTBEAT = "ClockCtrlr.TimeSource", "Heartbeat"
"""The sources of time, the one to go by first; the central system's clock comes with BootNotification and Heartbeat."""

CLOCK_TOLERANCE_S = 1.0
"""A currentTime that differs by less is taken as the same: it may be given in whole seconds."""


def synchronise(station: Station, current_time: str, now: Now, *, rtt_s: float, scale: float) -> None:
    """Take over the central system's clock; scaled time keeps its own and only notes the difference (D6).

    So does a charger that goes by another source of time first. One whose quirk is a wrong clock stays with it.
    Raises ValueError, with a sentence, where `current_time` is no date and time.
    """
    if station.spec.quirks.clock_offset_s:
        return
    try:
        theirs = parse_utc(current_time)
    except ValueError:
        raise ValueError(f"currentTime {current_time!r} is not a date and time") from None
    offset_s = theirs + rtt_s / 2 - now.sim
    station.csms_offset_s = offset_s
    if (
        scale == 1.0
        and station.settings.members(SOURCE)[0] == HEARTBEAT
        and abs(offset_s - station.utc_offset_s) > CLOCK_TOLERANCE_S
    ):
        station.clock_corrected(offset_s, now.sim)
