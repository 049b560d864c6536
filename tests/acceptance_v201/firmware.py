"""What the cases of firmware share: an update that the manufacturer has signed, and what is told of it."""

from typing import Any

from chargepoint_sim.clock import format_utc
from tests.acceptance_v201.bench import StationUnderTest
from tests.protocol.v201.firmware import FILE, signed, trust_maker, update

TWO_HOURS_S = 7200


def in_state_booted(**how: Any) -> StationUnderTest:
    """A station that trusts the manufacturer."""
    station = StationUnderTest.in_state_booted(**how)
    trust_maker(station)
    return station


def order(station: StationUnderTest, request_id: int = 1, data: bytes = FILE, **firmware: Any) -> str:
    """An update whose dates lie two hours back, where no others are given; the status answered."""
    long_ago = format_utc(station.now.sim - TWO_HOURS_S)
    dates = {"retrieveDateTime": long_ago, "installDateTime": long_ago}
    return update(station, signed(station, data, **{**dates, **firmware}), request_id)


def connector_statuses(station: StationUnderTest, evse_id: int) -> list[str]:
    """What was told of the connector of an EVSE, in order."""
    told = station.payloads("StatusNotification")
    return [one["connectorStatus"] for one in told if one["evseId"] == evse_id]


def security_events(station: StationUnderTest) -> list[str]:
    """The types of the security events that were told about firmware, in order."""
    told = station.payloads("SecurityEventNotification")
    return [one["type"] for one in told if "Firmware" in one["type"]]
