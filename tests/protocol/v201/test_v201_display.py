"""2.0.1 display messages (block O); the standard's table spells the requirements 001.FR to 006.FR."""

from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.commands import ClearFault, InjectFault
from chargepoint_sim.core.display_messages import Format, MessageState, Priority
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.screen import got, instant, lines, message, personal, put, shown, with_display


def booted(**spec: Any) -> Bench201:
    return Bench201.booted(**with_display(**spec))


def charging(**spec: Any) -> Bench201:
    return Bench201.charging(**with_display(**spec))


@pytest.mark.shows("SetDisplayMessage")
def test_o01_fr_10_a_message_is_kept_shown_and_reported() -> None:
    bench = booted()
    full = message(
        7, "Bonjour", priority="InFront", state="Idle", language="fr", startDateTime=instant(0), endDateTime=instant(60)
    )
    assert bench.answer("SetDisplayMessage", {"message": full}) == {"status": "Accepted"}
    assert got(bench) == [full]
    assert shown(bench) == [7]
    assert bench.wait(0).seen("display_changed")[-1].data == {
        "messages": [{"id": 7, "text": "Bonjour"}],
        "drivers": [],
    }


@pytest.mark.parametrize(
    ("spec", "more", "status"),
    [
        ({"priorities": (Priority.IN_FRONT,)}, {"priority": "AlwaysFront"}, "NotSupportedPriority"),  # O01.FR.01
        ({"states": (MessageState.IDLE,)}, {"state": "Charging"}, "NotSupportedState"),  # O01.FR.02
        ({}, {"format": "HTML"}, "NotSupportedMessageFormat"),  # O01.FR.03
        ({"formats": (Format.UTF8,)}, {"format": "ASCII"}, "NotSupportedMessageFormat"),
        ({}, {"transactionId": "never"}, "UnknownTransaction"),  # O02.FR.01
        ({}, {"format": "ASCII", "text": "grüß"}, "Rejected"),
        ({}, {"endDateTime": instant(-1)}, "Rejected"),
        ({}, {"startDateTime": instant(50), "endDateTime": instant(50)}, "Rejected"),
        ({}, {"display": {"name": "SecondDisplay"}}, "Rejected"),
        ({}, {"display": {"name": "Display", "evse": {"id": 1}}}, "Rejected"),
    ],
)
def test_o01_o02_what_is_refused_is_not_kept(spec: dict[str, Any], more: dict[str, Any], status: str) -> None:
    bench = booted(**spec)
    assert put(bench, **more) == status
    assert got(bench) is None


def test_b02_what_was_asked_for_is_reported_before_the_station_is_accepted() -> None:
    pending = {"status": "Pending", "interval": 90, "currentTime": instant(0)}
    bench = Bench201(answers={"BootNotification": pending}, **with_display())
    bench.power_up()
    assert put(bench, 4) == "Accepted"
    assert got(bench) == [message(4)]


def test_the_display_may_be_named() -> None:
    bench = booted()
    assert put(bench, display={"name": "Display"}) == "Accepted"


def test_an_instant_that_no_clock_shows_is_no_instant() -> None:
    bench = booted()
    request = {"message": message(startDateTime="2023-02-30T00:00:00Z")}
    assert bench.error("SetDisplayMessage", request) in ("PropertyConstraintViolation", "FormatViolation")
    assert got(bench) is None


def test_o01_fr_11_no_more_than_the_display_keeps() -> None:
    bench = booted(messages=2)
    assert [put(bench, n) for n in (1, 2, 3)] == ["Accepted", "Accepted", "Rejected"]
    assert put(bench, 2, "Other") == "Accepted"
    assert [one["message"]["content"] for one in got(bench) or ()] == ["Welcome", "Other"]


def test_o01_fr_06_not_before_its_start() -> None:
    bench = booted()
    put(bench, startDateTime=instant(60))
    assert (shown(bench), len(got(bench) or ())) == ([], 1)
    bench.wait(59)
    assert shown(bench) == []
    bench.wait(1)
    assert shown(bench) == [1]
    assert bench.seen("display_changed")[-1].data["messages"] == [{"id": 1, "text": "Welcome"}]


def test_o01_fr_07_removed_at_its_end() -> None:
    bench = booted()
    put(bench, endDateTime=instant(60))
    bench.wait(59)
    assert shown(bench) == [1]
    bench.wait(1)
    assert shown(bench) == []
    assert got(bench) is None
    assert bench.seen("display_changed")[-1].data["messages"] == []


def test_o01_fr_07_times_are_those_of_the_central_system() -> None:
    bench = booted()
    put(bench, endDateTime=instant(600))
    bench.answers["Heartbeat"] = {"currentTime": instant(1000)}
    bench.wait(310)
    assert got(bench) is None


def test_o01_fr_16_only_one_is_always_in_front() -> None:
    bench = booted(messages=1)
    put(bench, 1, priority="AlwaysFront")
    assert put(bench, 2, priority="AlwaysFront") == "Accepted"
    assert [one["id"] for one in got(bench) or ()] == [2]
    assert shown(bench) == [2]


def test_o02_fr_02_a_message_goes_with_its_transaction() -> None:
    bench = charging()
    assert put(bench, transactionId=bench.transaction_id()) == "Accepted"
    assert shown(bench) == [1]
    bench.unplug()
    assert shown(bench) == []
    assert got(bench) is None


def test_o02_the_state_is_that_of_the_evse_of_the_transaction() -> None:
    bench = Bench201.booted(**with_display())
    bench.plug(1)
    put(bench, 1, transactionId=bench.transaction_id(1), state="Charging")
    bench.plug(2).swipe(2).wait(10)
    put(bench, 2, state="Charging")
    assert shown(bench) == [2]
    bench.swipe(1).wait(10)
    assert shown(bench) == [1, 2]


def test_o01_messages_for_one_state() -> None:
    bench = booted()
    for n, state in enumerate(("Charging", "Faulted", "Idle", "Unavailable"), start=1):
        put(bench, n, state=state)
    assert shown(bench) == [3]
    bench.plug().swipe().wait(10)
    assert shown(bench) == [1]
    bench.unplug()
    bench.command(InjectFault(0, error_code="InternalError"))
    assert shown(bench) == [2]
    bench.command(ClearFault(0))
    bench.answer("ChangeAvailability", {"operationalStatus": "Inoperative"})
    assert shown(bench) == [4]
    bench.answer("ChangeAvailability", {"operationalStatus": "Operative"})
    assert shown(bench) == [3]


def test_o01_fr_08_the_driver_reads_a_language_that_is_preferred() -> None:
    bench = Bench201.booted(**with_display(), answers={"Authorize": personal("Hello", language1="de", language2="fr")})
    put(bench, 1, "Welcome", language="en")
    put(bench, 2, "Willkommen", language="de")
    put(bench, 3, "Bienvenue", language="fr")
    assert shown(bench) == [1, 2, 3]
    bench.plug().swipe().wait(10)
    assert shown(bench) == [2]
    bench.answer("ClearDisplayMessage", {"id": 2})
    assert shown(bench) == [3]
    bench.answer("ClearDisplayMessage", {"id": 3})
    assert shown(bench) == [1]


@pytest.mark.shows("GetDisplayMessages")
def test_o04_fr_01_02_what_fits_all_criteria() -> None:
    bench = booted()
    put(bench, 1, priority="InFront", state="Idle")
    put(bench, 2, priority="InFront")
    put(bench, 3)
    ids = [
        [one["id"] for one in got(bench, **criteria) or ()]
        for criteria in (
            {},
            {"id": [3, 1]},
            {"priority": "InFront"},
            {"state": "Idle"},
            {"id": [2], "state": "Idle"},
            {"id": [9]},
            {"priority": "AlwaysFront"},
        )
    ]
    assert ids == [[1, 2, 3], [1, 3], [1, 2], [1], [], [], []]


def test_o03_fr_03_to_05_many_messages_are_told_in_parts() -> None:
    bench = booted(messages=30)
    for n in range(1, 26):
        put(bench, n)
    bench.forget()
    assert [one["id"] for one in got(bench) or ()] == list(range(1, 26))
    assert [len(part["messageInfo"]) for part in bench.payloads("NotifyDisplayMessages")] == [10, 10, 5]


@pytest.mark.shows("ClearDisplayMessage")
def test_o05_fr_01_02_a_message_is_cleared_once() -> None:
    bench = booted()
    put(bench, 1)
    assert bench.answer("ClearDisplayMessage", {"id": 2}) == {"status": "Unknown"}
    assert len(got(bench) or ()) == 1
    assert bench.answer("ClearDisplayMessage", {"id": 1}) == {"status": "Accepted"}
    assert got(bench) is None
    assert shown(bench) == []
    assert bench.answer("ClearDisplayMessage", {"id": 1}) == {"status": "Unknown"}


def test_o06_fr_01_the_same_id_replaces_everything() -> None:
    bench = booted()
    put(bench, 1, "Old", priority="InFront", state="Idle", endDateTime=instant(60))
    new = message(1, "New")
    bench.answer("SetDisplayMessage", {"message": new})
    assert got(bench) == [new]
    bench.wait(61)
    assert got(bench) == [new]


def test_o01_fr_10_messages_survive_a_reset_and_a_restart_of_the_program() -> None:
    bench = booted()
    full = message(1, "Kept", priority="InFront", language="en", endDateTime=instant(5000))
    bench.answer("SetDisplayMessage", {"message": full})
    bench.answer("Reset", {"type": "Immediate"})
    bench.wait(60)
    assert got(bench) == [full]
    saved = snapshot.take(bench.charger, bench.now.sim)
    other = Bench201(**with_display())
    snapshot.restore(other.charger, saved)
    other.power_up()
    assert got(other) == [full]
    assert shown(other) == [1]


def test_variables_of_the_display() -> None:
    bench = booted(messages=4, formats=(Format.UTF8,))
    put(bench, 1)
    names = ("DisplayMessages", "SupportedFormats", "SupportedPriorities", "PersonalMessageSize", "Available")
    asked = [{"component": {"name": "DisplayMessageCtrlr"}, "variable": {"name": name}} for name in names]
    rows = bench.answer("GetVariables", {"getVariableData": asked})["getVariableResult"]
    assert [row["attributeValue"] for row in rows] == ["1", "UTF8", "AlwaysFront,InFront,NormalCycle", "512", "true"]
    bench.answer("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"})
    (count,) = (
        row
        for part in bench.payloads("NotifyReport")
        for row in part["reportData"]
        if row["variable"]["name"] == "DisplayMessages"
    )
    assert count["variableCharacteristics"]["maxLimit"] == 4


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("SetDisplayMessage", {"message": message()}),
        ("GetDisplayMessages", {"requestId": 1}),
        ("ClearDisplayMessage", {"id": 1}),
        ("CostUpdated", {"totalCost": 1.0, "transactionId": "T"}),
    ],
)
def test_a_station_without_a_display_does_not_support_it(action: str, payload: dict[str, Any]) -> None:
    bench = Bench201.booted()
    assert bench.error(action, payload) == "NotSupported"
    asked = [
        {"component": {"name": name}, "variable": {"name": "Available"}}
        for name in ("DisplayMessageCtrlr", "TariffCostCtrlr", "Display")
    ]
    rows = bench.answer("GetVariables", {"getVariableData": asked})["getVariableResult"]
    assert {row["attributeStatus"] for row in rows} == {"UnknownComponent"}
    assert bench.station.display is None


def test_a_display_that_is_switched_off_shows_nothing() -> None:
    bench = booted()
    put(bench, 1)
    setting = {"component": {"name": "DisplayMessageCtrlr"}, "variable": {"name": "Enabled"}}
    bench.answer("SetVariables", {"setVariableData": [setting | {"attributeValue": "false"}]})
    assert shown(bench) == []
    assert bench.seen("display_changed")[-1].data["messages"] == []
    assert bench.error("SetDisplayMessage", {"message": message(2)}) == "NotSupported"
    bench.answer("SetVariables", {"setVariableData": [setting | {"attributeValue": "true"}]})
    assert shown(bench) == [1]
    assert lines(bench) is None
