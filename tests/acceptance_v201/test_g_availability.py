"""Block G, availability: all cases."""

from typing import Any

from tests.acceptance_v201.bench import OUTLET, PLACE, StationUnderTest

STATION: dict[str, Any] = {}
EVSE, CONNECTOR = {"evse": PLACE}, {"evse": OUTLET}


def booted() -> StationUnderTest:
    return StationUnderTest.in_state_booted()


def change(station: StationUnderTest, status: str, place: dict[str, Any]) -> str:
    """The answer to ChangeAvailability; the record holds what followed it."""
    station.forget()
    answer = station.answer("ChangeAvailability", {"operationalStatus": status, **place})
    return str(answer["status"])


def unavailable(place: dict[str, Any]) -> StationUnderTest:
    """Unavailable: the place was made inoperative."""
    station = booted()
    assert change(station, "Inoperative", place) == "Accepted"
    return station


def statuses(station: StationUnderTest) -> list[tuple[int, str]]:
    """(EVSE, status) as told."""
    return [(one["evseId"], one["connectorStatus"]) for one in station.payloads("StatusNotification")]


def after_a_restart(station: StationUnderTest) -> list[tuple[int, str]]:
    station.forget()
    station.reboot()
    return statuses(station)


def test_tc_g_01_cs() -> None:
    """Connector status notification - Available to Occupied.

    Precondition: none.
    Requirements: G01.FR.01, N07.FR.19
    Validates: the cable makes the connector occupied.
    """
    station = booted().ev_connected_pre_session()
    assert statuses(station) == [(1, "Occupied")]


def test_tc_g_02_cs() -> None:
    """Connector status notification - Occupied to Available.

    Precondition: the cable is in.
    Requirements: G01.FR.01, N07.FR.19
    Validates: the connector is available without the cable.
    """
    station = booted().ev_connected_pre_session().ev_disconnected()
    assert statuses(station) == [(1, "Occupied"), (1, "Available")]


def test_tc_g_03_cs() -> None:
    """Change availability EVSE - Operative to Inoperative.

    Precondition: none.
    Requirements: G03.FR.01, G03.FR.02, G03.FR.04, G03.FR.06
    Validates: accepted, told, and nobody can start there.
    """
    station = unavailable(EVSE)
    assert statuses(station) == [(1, "Unavailable")]
    station.authorised()
    assert station.station.evses[0].authorized is None


def test_tc_g_04_cs() -> None:
    """Change availability EVSE - Inoperative to Operative.

    Precondition: the EVSE is unavailable.
    Requirements: G03.FR.01, G03.FR.02, G03.FR.04, G03.FR.07
    Validates: accepted, told, and energy flows again.
    """
    station = unavailable(EVSE)
    assert change(station, "Operative", EVSE) == "Accepted"
    assert statuses(station) == [(1, "Available")]
    station.energy_transfer_started()


def test_tc_g_05_cs() -> None:
    """Change availability Charging Station - Operative to Inoperative.

    Precondition: none.
    Requirements: G04.FR.01, G04.FR.02, G04.FR.04, G04.FR.07
    Validates: accepted, told, and nobody can start there.
    """
    station = unavailable(STATION)
    assert statuses(station) == [(1, "Unavailable"), (2, "Unavailable")]
    station.authorised()
    assert station.station.evses[0].authorized is None


def test_tc_g_06_cs() -> None:
    """Change availability Charging Station - Inoperative to Operative.

    Precondition: the Charging Station is unavailable.
    Requirements: G04.FR.01, G04.FR.02, G04.FR.04, G04.FR.08
    Validates: accepted, told, and energy flows again.
    """
    station = unavailable(STATION)
    assert change(station, "Operative", STATION) == "Accepted"
    assert statuses(station) == [(1, "Available"), (2, "Available")]
    station.energy_transfer_started()


def test_tc_g_07_cs() -> None:
    """Change availability Connector - Operative to Inoperative.

    Precondition: none.
    Requirements: G03.FR.01, G03.FR.02, G03.FR.04, G03.FR.06
    Validates: accepted, told, and nobody can start there.
    """
    station = unavailable(CONNECTOR)
    assert statuses(station) == [(1, "Unavailable")]
    station.authorised()
    assert station.station.evses[0].authorized is None


def test_tc_g_08_cs() -> None:
    """Change availability Connector - Inoperative to Operative.

    Precondition: the Connector is unavailable.
    Requirements: G03.FR.01, G03.FR.02, G03.FR.04, G03.FR.07
    Validates: accepted, told, and energy flows again.
    """
    station = unavailable(CONNECTOR)
    assert change(station, "Operative", CONNECTOR) == "Accepted"
    assert statuses(station) == [(1, "Available")]
    station.energy_transfer_started()


def test_tc_g_09_cs() -> None:
    """Change availability EVSE - Operative to Operative.

    Precondition: the EVSE is operative.
    Requirements: G03.FR.01, G03.FR.02, G03.FR.03, G03.FR.04
    Validates: accepted, and no other status than before.
    """
    station = booted()
    assert change(station, "Operative", EVSE) == "Accepted"
    assert {status for _, status in statuses(station)} <= {"Available"}


def test_tc_g_10_cs() -> None:
    """Change availability EVSE - Inoperative to Inoperative.

    Precondition: the EVSE is inoperative.
    Requirements: G03.FR.01, G03.FR.02, G03.FR.03, G03.FR.04
    Validates: accepted, and no other status than before.
    """
    station = unavailable(EVSE)
    assert change(station, "Inoperative", EVSE) == "Accepted"
    assert {status for _, status in statuses(station)} <= {"Unavailable"}


def test_tc_g_11_cs() -> None:
    """Change availability EVSE - with ongoing transaction.

    Precondition: energy flows.
    Requirements: G03.FR.01, G03.FR.02, G03.FR.04, G03.FR.05
    Validates: scheduled; the transaction goes on, and its end makes the change.
    """
    station = booted().energy_transfer_started()
    assert change(station, "Inoperative", EVSE) == "Scheduled"
    assert statuses(station) == []
    assert station.station.evses[0].meter.power_at(station.now.sim) > 0
    station.forget()
    station.stop_authorised().ev_disconnected()
    assert statuses(station) == [(1, "Unavailable")]


def test_tc_g_12_cs() -> None:
    """Change availability Charging Station - Operative to Operative.

    Precondition: the Charging Station is operative.
    Requirements: G04.FR.01, G04.FR.02, G04.FR.03, G04.FR.04
    Validates: accepted, and no other status than before.
    """
    station = booted()
    assert change(station, "Operative", STATION) == "Accepted"
    assert {status for _, status in statuses(station)} <= {"Available"}


def test_tc_g_13_cs() -> None:
    """Change availability Charging Station - Inoperative to Inoperative.

    Precondition: the Charging Station is inoperative.
    Requirements: G04.FR.01, G04.FR.02, G04.FR.03, G04.FR.04
    Validates: accepted, and no other status than before.
    """
    station = unavailable(STATION)
    assert change(station, "Inoperative", STATION) == "Accepted"
    assert {status for _, status in statuses(station)} <= {"Unavailable"}


def test_tc_g_14_cs() -> None:
    """Change availability Charging Station - with ongoing transaction.

    Precondition: energy flows.
    Requirements: G04.FR.01, G04.FR.02, G04.FR.04, G04.FR.06
    Validates: scheduled; the transaction goes on, and its end makes the change.
    """
    station = booted().energy_transfer_started()
    assert change(station, "Inoperative", STATION) == "Scheduled"
    assert statuses(station) == [(2, "Unavailable")]
    assert station.station.evses[0].meter.power_at(station.now.sim) > 0
    station.forget()
    station.stop_authorised().ev_disconnected()
    assert statuses(station) == [(1, "Unavailable")]


def test_tc_g_15_cs() -> None:
    """Change availability Connector - Operative to Operative.

    Precondition: the Connector is operative.
    Requirements: G03.FR.01, G03.FR.02, G03.FR.03, G03.FR.04
    Validates: accepted, and no other status than before.
    """
    station = booted()
    assert change(station, "Operative", CONNECTOR) == "Accepted"
    assert {status for _, status in statuses(station)} <= {"Available"}


def test_tc_g_16_cs() -> None:
    """Change availability Connector - Inoperative to Inoperative.

    Precondition: the Connector is inoperative.
    Requirements: G03.FR.01, G03.FR.02, G03.FR.03, G03.FR.04
    Validates: accepted, and no other status than before.
    """
    station = unavailable(CONNECTOR)
    assert change(station, "Inoperative", CONNECTOR) == "Accepted"
    assert {status for _, status in statuses(station)} <= {"Unavailable"}


def test_tc_g_17_cs() -> None:
    """Change availability Connector - with ongoing transaction.

    Precondition: energy flows.
    Requirements: G03.FR.01, G03.FR.02, G03.FR.04, G03.FR.05
    Validates: scheduled; the transaction goes on, and its end makes the change.
    """
    station = booted().energy_transfer_started()
    assert change(station, "Inoperative", CONNECTOR) == "Scheduled"
    assert statuses(station) == []
    assert station.station.evses[0].meter.power_at(station.now.sim) > 0
    station.forget()
    station.stop_authorised().ev_disconnected()
    assert statuses(station) == [(1, "Unavailable")]


def test_tc_g_18_cs() -> None:
    """Change availability EVSE - state persists across reboot.

    Precondition: the EVSE is unavailable.
    Requirements: G03.FR.08
    Validates: it is unavailable after the restart.
    """
    assert after_a_restart(unavailable(EVSE)) == [(1, "Unavailable"), (2, "Available")]


def test_tc_g_19_cs() -> None:
    """Change availability Connector - state persists across reboot.

    Precondition: the Connector is unavailable.
    Requirements: G03.FR.08
    Validates: it is unavailable after the restart.
    """
    assert after_a_restart(unavailable(CONNECTOR)) == [(1, "Unavailable"), (2, "Available")]


def test_tc_g_21_cs() -> None:
    """Change availability Charging Station - state persists across reboot.

    Precondition: the Charging Station is unavailable.
    Requirements: G04.FR.09
    Validates: it is unavailable after the restart.
    """
    assert after_a_restart(unavailable(STATION)) == [(1, "Unavailable"), (2, "Unavailable")]
