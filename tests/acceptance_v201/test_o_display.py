"""Block O, messages on the display."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import Reboot
from chargepoint_sim.core.display_messages import Format, Priority
from tests.acceptance_v201.bench import StationUnderTest
from tests.protocol.v201.bench import TOKEN
from tests.protocol.v201.screen import got, instant, message, personal, put, shown, with_display


def booted(**spec: Any) -> StationUnderTest:
    """A station with a display."""
    return StationUnderTest.in_state_booted(**with_display(**spec))


def test_tc_o_01_cs() -> None:
    """Set Display Message - Success.

    Precondition: a station with a display, without messages.
    Requirements: O01.FR.12
    Validates: Accepted; the message is shown and comes back with its priority, format and content.
    """
    station = booted()
    assert put(station, 42, "Welcome to this post", priority="NormalCycle") == "Accepted"
    assert shown(station) == [42]
    assert got(station, id=[42]) == [message(42, "Welcome to this post", priority="NormalCycle")]


def test_tc_o_12_cs() -> None:
    """Set Display Message - Replace DisplayMessage.

    Precondition: a message with that id is set.
    Requirements: O06.FR.01
    Validates: Accepted; text and priority of the new one have taken the place of the old ones.
    """
    station = booted()
    put(station, 1, "Old", priority="InFront")
    assert put(station, 1, "New") == "Accepted"
    assert got(station) == [message(1, "New")]


def test_tc_o_13_cs() -> None:
    """Set Display Message - Display message at StartTime.

    Precondition: none.
    Requirements: O01.FR.06
    Validates: it is kept and reported at once, and shown only when 60 seconds have passed.
    """
    station = booted()
    assert put(station, 1, startDateTime=instant(station.t + 60)) == "Accepted"
    assert len(got(station, id=[1]) or ()) == 1
    assert shown(station) == []
    station.wait(60)
    assert shown(station) == [1]


def test_tc_o_14_cs() -> None:
    """Set Display Message - Remove message after EndTime.

    Precondition: none.
    Requirements: O01.FR.07
    Validates: it is shown and reported until 60 seconds have passed; then it is Unknown.
    """
    station = booted()
    assert put(station, 1, endDateTime=instant(station.t + 60)) == "Accepted"
    assert (len(got(station, id=[1]) or ()), shown(station)) == (1, [1])
    station.wait(60)
    assert (got(station, id=[1]), shown(station)) == (None, [])


def test_tc_o_15_cs() -> None:
    """Set Display Message - Language preference of the EV Driver.

    Precondition: the token's answer names a preferred language; energy flows.
    Requirements: O01.FR.08
    Validates: of the same message in two languages the preferred one is shown.
    """
    station = StationUnderTest.in_state_booted(**with_display(), answers={"Authorize": personal("Hi", language1="nl")})
    station.ev_connected_pre_session().energy_transfer_started()
    (asked,) = station.payloads("Authorize")
    assert asked["idToken"] == {"idToken": TOKEN.id_token, "type": TOKEN.type}
    assert put(station, 1, "Welcome", language="en") == "Accepted"
    assert put(station, 2, "Welkom", language="nl") == "Accepted"
    assert shown(station) == [2]


def test_tc_o_17_cs() -> None:
    """Set Display Message - NotSupportedPriority.

    Precondition: a display that does not know every priority.
    Requirements: O01.FR.01, O02.FR.03
    Validates: NotSupportedPriority, with and without a transaction; nothing is kept.
    """
    station = booted(priorities=(Priority.NORMAL_CYCLE,)).energy_transfer_started()
    assert put(station, 1, priority="AlwaysFront") == "NotSupportedPriority"
    running = {"transactionId": station.transaction_id()}
    assert put(station, 1, priority="AlwaysFront", **running) == "NotSupportedPriority"
    assert got(station) is None


@pytest.mark.parametrize("more", [{}, {"state": "Idle"}])
def test_tc_o_19_cs(more: dict[str, Any]) -> None:
    """Set Display Message - NotSupportedMessageFormat.

    Precondition: a display that does not know every format.
    Requirements: O01.FR.03, O02.FR.05
    Validates: NotSupportedMessageFormat; nothing is kept.
    """
    station = booted(formats=(Format.UTF8,))
    assert put(station, 1, "<b>Hi</b>", format="HTML", **more) == "NotSupportedMessageFormat"
    assert got(station) is None


def test_tc_o_20_cs() -> None:
    """Set Display Message - Persistent over reboot.

    Precondition: none.
    Requirements: O01.FR.10
    Validates: after a restart the message is reported as it was set, and shown.
    """
    station = booted()
    assert put(station, 1, "Kept", priority="InFront") == "Accepted"
    station.command(Reboot(hard=True))
    station.wait(60)
    assert station.charger.registration.accepted
    assert got(station, id=[1]) == [message(1, "Kept", priority="InFront")]
    assert shown(station) == [1]


def test_tc_o_22_cs() -> None:
    """Set Display Message - Multiple In front priority.

    Precondition: none.
    Requirements: O01.FR.14
    Validates: both messages are kept, and take turns.
    """
    station = booted()
    assert [put(station, n, priority="InFront") for n in (1, 2)] == ["Accepted", "Accepted"]
    assert [len(got(station, id=[n]) or ()) for n in (1, 2)] == [1, 1]
    assert shown(station) == [1, 2]


def test_tc_o_24_cs() -> None:
    """Set Display Message - Second Alwaysfront priority.

    Precondition: none.
    Requirements: O01.FR.16
    Validates: the second message has replaced the first, which is Unknown.
    """
    station = booted()
    assert [put(station, n, priority="AlwaysFront") for n in (1, 2)] == ["Accepted", "Accepted"]
    assert got(station, id=[1]) is None
    assert got(station, id=[2]) == [message(2, priority="AlwaysFront")]
    assert shown(station) == [2]


def test_tc_o_36_cs() -> None:
    """Set Display Message - State Charging.

    Precondition: none.
    Requirements: O01, without a requirement of its own
    Validates: the message is shown while energy flows, neither before nor after, and is kept.
    """
    station = booted()
    assert put(station, 1, state="Charging") == "Accepted"
    assert shown(station) == []
    station.energy_transfer_started()
    assert shown(station) == [1]
    station.stop_authorised().ev_disconnected()
    assert shown(station) == []
    assert got(station, id=[1]) == [message(1, state="Charging")]


def test_tc_o_37_cs() -> None:
    """Set Display Message - State Idle.

    Precondition: none.
    Requirements: O01, without a requirement of its own
    Validates: the message is shown before and after a session, not while energy flows, and is kept.
    """
    station = booted()
    assert put(station, 1, state="Idle") == "Accepted"
    assert shown(station) == [1]
    station.energy_transfer_started()
    assert shown(station) == []
    station.stop_authorised().ev_disconnected()
    assert shown(station) == [1]
    assert got(station, id=[1]) == [message(1, state="Idle")]


def test_tc_o_38_cs() -> None:
    """Set Display Message - State Unavailable.

    Precondition: none.
    Requirements: O01, without a requirement of its own
    Validates: the message is shown only while the station is Inoperative, and is kept.
    """
    station = booted()
    assert put(station, 1, state="Unavailable") == "Accepted"
    assert shown(station) == []
    assert station.answer("ChangeAvailability", {"operationalStatus": "Inoperative"})["status"] == "Accepted"
    assert shown(station) == [1]
    station.forget()
    assert station.answer("ChangeAvailability", {"operationalStatus": "Operative"})["status"] == "Accepted"
    assert {one["connectorStatus"] for one in station.payloads("StatusNotification")} == {"Available"}
    assert shown(station) == []
    assert got(station, id=[1]) == [message(1, state="Unavailable")]
