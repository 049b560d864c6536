"""Block B, network connection profiles: cases 43, 45, 46 and 49."""

from chargepoint_sim.protocol.link import EndKind, LinkEnd
from tests.acceptance_v201.bench import StationUnderTest
from tests.acceptance_v201.test_a_security import get, prioritise, set_profile

NOT_ACCEPTED = LinkEnd(EndKind.REFUSED, 503, "busy")


def migrating(attempts: int) -> StationUnderTest:
    """A station without power that will dial its second slot first."""
    settings = {
        "OCPPCommCtrlr.NetworkProfileConnectionAttempts": str(attempts),
        "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
        "OCPPCommCtrlr.RetryBackOffRepeatTimes": "0",
    }
    station = StationUnderTest.in_state_booted(settings=settings)
    assert set_profile(station, 0) == "Accepted"
    assert prioritise(station) == "RebootRequired"
    return station


def active(station: StationUnderTest) -> int:
    networks = station.station.access.networks
    assert networks is not None
    return networks.active


def slots_dialled(station: StationUnderTest, refusals: int) -> list[int]:
    """Restart; the slots that are dialled while so many attempts are not accepted, and after them."""
    station.network = False
    station.cut()
    station.charger.power_down(station.now)
    station.charger.power_up(station.now)
    slots = [active(station)]
    for _ in range(refusals):
        station.charger.link_down(NOT_ACCEPTED, station.now)
        slots.append(active(station))
    station.come_back()
    assert station.charger.registration.accepted
    return slots


def test_tc_b_43_cs() -> None:
    """Set new NetworkConnectionProfile - Rejected.

    Precondition: none.
    Requirements: B09.FR.02, B09.FR.05
    Validates: a profile for slot 999 is rejected.
    """
    assert set_profile(StationUnderTest.in_state_booted(), 0, slot=999) == "Rejected"


def test_tc_b_45_cs() -> None:
    """Migrate to new ConnectionProfile - Success - Same CSMS Root.

    Precondition: the first slot is in use.
    Requirements: B09.FR.01, B10.FR.01, B10.FR.04, B10.FR.06
    Validates: profile and list are taken, and after the restart the station boots over the second slot.
    """
    station = migrating(3)
    assert station.answer("Reset", {"type": "OnIdle"})["status"] == "Accepted"
    station.wait(60)
    assert station.charger.registration.accepted
    assert get(station, "OCPPCommCtrlr", "ActiveNetworkProfile") == "2"


def test_tc_b_46_cs() -> None:
    """Migrate to new ConnectionProfile - Fallback mechanism - Same CSMS Root.

    Precondition: NetworkProfileConnectionAttempts is 2.
    Requirements: B10.FR.03, B10.FR.04
    Validates: two attempts over the slot that is first in the list, the next one over the other slot.
    """
    assert slots_dialled(migrating(2), refusals=2) == [2, 2, 1]


def test_tc_b_49_cs() -> None:
    """Migrate to new ConnectionProfile - Fallback after NetworkProfileConnectionAttempts - Same CSMS Root.

    Precondition: NetworkProfileConnectionAttempts is 1.
    Requirements: B10.FR.07
    Validates: after one failed attempt over each slot the station stays with the one that worked before.
    """
    station = migrating(1)
    assert slots_dialled(station, refusals=4) == [2, 1, 1, 1, 1]
    assert get(station, "OCPPCommCtrlr", "ActiveNetworkProfile") == "1"
