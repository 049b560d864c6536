"""Block D: the local authorization list, cases 01 to 08 and 10."""

from typing import Any

from tests.acceptance_v201.bench import StationUnderTest
from tests.acceptance_v201.memory import ACCEPTED, element, listed
from tests.protocol.v201.bench import OTHER_TOKEN, TOKEN

VERSION = 5
GOOD = {"status": "Accepted"}


def station_with_list() -> StationUnderTest:
    """The list of VERSION holds the valid token."""
    station = StationUnderTest.in_state_booted()
    listed(station, (TOKEN, GOOD), version=VERSION)
    return station


def update(station: StationUnderTest, kind: str, version: int, *entries: dict[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = {"updateType": kind, "versionNumber": version}
    return station.answer("SendLocalList", request | ({"localAuthorizationList": list(entries)} if entries else {}))


def version(station: StationUnderTest) -> int:
    number: int = station.answer("GetLocalListVersion")["versionNumber"]
    return number


def keys(station: StationUnderTest) -> set[str]:
    assert station.station.local_list is not None
    return set(station.station.local_list.entries)


def test_tc_d_01_cs() -> None:
    """Send Local Authorization List - Full.

    Precondition: LocalAuthListCtrlr.Enabled is true.
    Requirements: D01.FR.02, D01.FR.15
    Validates: the list is taken, and its version is the one that was sent.
    """
    station = StationUnderTest.in_state_booted()
    assert update(station, "Full", VERSION, {"idToken": element(TOKEN), "idTokenInfo": GOOD}) == ACCEPTED
    assert version(station) == VERSION
    assert keys(station) == {TOKEN.key}


def test_tc_d_02_cs() -> None:
    """Send Local Authorization List - Differential Update.

    Precondition: the list holds the valid token.
    Requirements: D01.FR.02, D01.FR.16
    Validates: a second token is added, and the version follows.
    """
    station = station_with_list()
    entry = {"idToken": element(OTHER_TOKEN), "idTokenInfo": GOOD}
    assert update(station, "Differential", VERSION + 1, entry) == ACCEPTED
    assert version(station) == VERSION + 1
    assert keys(station) == {TOKEN.key, OTHER_TOKEN.key}


def test_tc_d_03_cs() -> None:
    """Send Local Authorization List - Differential Remove.

    Precondition: the list holds the valid token.
    Requirements: D01.FR.02, D01.FR.17
    Validates: an entry without idTokenInfo takes its token off, and the version follows.
    """
    station = station_with_list()
    assert update(station, "Differential", VERSION + 1, {"idToken": element(TOKEN)}) == ACCEPTED
    assert version(station) == VERSION + 1
    assert keys(station) == set()


def test_tc_d_04_cs() -> None:
    """Send Local Authorization List - Full with empty list.

    Precondition: the list holds the valid token.
    Requirements: D01.FR.02, D01.FR.04
    Validates: the list is emptied, and its version is the one that was sent.
    """
    station = station_with_list()
    assert update(station, "Full", VERSION) == ACCEPTED
    assert version(station) == VERSION
    assert keys(station) == set()


def test_tc_d_05_cs() -> None:
    """Send Local Authorization List - Differential with empty list.

    Precondition: the list holds the valid token.
    Requirements: D01.FR.02, D01.FR.05
    Validates: the content stays, the version follows.
    """
    station = station_with_list()
    assert update(station, "Differential", VERSION + 1) == ACCEPTED
    assert version(station) == VERSION + 1
    assert keys(station) == {TOKEN.key}


def test_tc_d_06_cs() -> None:
    """Send Local Authorization List - VersionMismatch.

    Precondition: the list has a version above 1.
    Requirements: D01.FR.19
    Validates: a differential update of an older version is refused, and the version stays.
    """
    station = station_with_list()
    entry = {"idToken": element(OTHER_TOKEN), "idTokenInfo": GOOD}
    assert update(station, "Differential", VERSION - 1, entry) == {"status": "VersionMismatch"}
    assert version(station) == VERSION


def test_tc_d_07_cs() -> None:
    """Send Local Authorization List - Persistent over reboot.

    Precondition: the list holds the valid token; the station has been restarted since.
    Requirements: D01.FR.10
    Validates: the version is still there.
    """
    assert version(station_with_list().reboot()) == VERSION


def test_tc_d_08_cs() -> None:
    """Get Local List Version - Success.

    Precondition: the list holds the valid token.
    Requirements: D02.FR.01
    Validates: the version of the list.
    """
    assert version(station_with_list()) == VERSION


def test_tc_d_10_cs() -> None:
    """Get Local List Version - Function disabled.

    Precondition: LocalAuthListCtrlr.Enabled is false.
    Requirements: D02.FR.03
    Validates: the version is 0.
    """
    assert version(StationUnderTest.in_state_booted(settings={"LocalAuthListCtrlr.Enabled": "false"})) == 0
