"""Who is not charging and why: the words for people."""

from dataclasses import replace
from typing import Any

import pytest

from chargepoint_sim.cli import report
from chargepoint_sim.fleet.causes import cause_of, summarise
from chargepoint_sim.fleet.views import ChargerView, EvseView, counted
from chargepoint_sim.protocol.link import EndKind, LinkEnd

EVSE = EvseView(
    evse_id=1,
    connector_id=None,
    connector_ids=(1,),
    status="Available",
    charging_state="Idle",
    plugged=False,
    vehicle=None,
    soc=None,
    id_token=None,
    transaction_id=None,
    offered_power_w=22_000.0,
    offered_by="hardware",
    power_w=0.0,
    drawn_by="none",
    register_wh=0.0,
    external_limit_w=None,
)
VIEW = ChargerView(
    charger_id="c",
    identity="CP",
    name="c",
    version="1.6",
    template="t",
    vendor="v",
    model="m",
    firmware="1",
    serial_number="",
    location_id=None,
    connection="connected",
    registration="Accepted",
    refusal=None,
    connector_type="cType2",
    max_power_w=22_000.0,
    current="ac",
    queued_messages=0,
    evses=(EVSE,),
    created_at=0.0,
)


def test_a_callerror_to_the_boot_is_named() -> None:
    view = replace(VIEW, registration="none", problems={"BootNotification: CALLERROR InternalError": 2})
    assert cause_of(view) == ("BootNotification: CALLERROR InternalError", "see the central system's log")


def test_no_answer_to_the_boot_is_told_apart() -> None:
    cause = cause_of(replace(VIEW, registration="none"))
    assert cause is not None
    assert cause[0] == "boot: none"


def test_a_link_closed_for_what_the_other_side_sent_is_a_refusal() -> None:
    end = LinkEnd(EndKind.CLOSED, 1003, "binary message", by_us=True)
    assert end.refusal(was_up=True, answered=True) == "closed 1003 (binary message)"
    assert LinkEnd(EndKind.CLOSED, 1001, "reboot", by_us=True).refusal(was_up=True, answered=True) is None


def test_who_charges_has_no_cause() -> None:
    assert cause_of(replace(VIEW, evses=(replace(EVSE, charging_state="Charging"),))) is None


def test_a_start_that_a_quirk_has_swallowed_is_named() -> None:
    cause = "quirk: RemoteStartTransaction accepted and ignored"
    found = cause_of(replace(VIEW, problems={"quirk: Reset accepted and ignored": 1, cause: 2}))
    assert found == (cause, "a quirk of its template (docs/quirks.md): use another template, or live with it")


def test_a_quirk_that_stands_in_nobodys_way_is_no_cause() -> None:
    found = cause_of(replace(VIEW, problems={"quirk: Reset accepted and ignored": 1}))
    assert found is not None
    assert found[0] == "no vehicle plugged in"


@pytest.mark.parametrize(
    ("evse", "cause"),
    [
        ({}, "no vehicle plugged in"),
        ({"plugged": True, "vehicle": "sedan"}, "plugged in, no id token shown"),
        ({"id_token": "04A1B2C3"}, "authorised, no vehicle plugged in"),
        ({"plugged": True, "id_token": "04A1B2C3", "charging_state": "EVConnected"}, "no vehicle wants energy"),
        ({"status": "Unavailable"}, "out of service"),
    ],
)
def test_what_is_still_to_come_is_the_cause(evse: dict[str, Any], cause: str) -> None:
    found = cause_of(replace(VIEW, evses=(replace(EVSE, **evse),)))
    assert found is not None
    assert found[0] == cause


def test_only_during_ramp_up_does_a_charger_that_is_off_power_up_by_itself() -> None:
    off = replace(VIEW, connection="off")
    assert summarise([off], ramping=True).causes[0].remedy == "it powers up during ramp-up"
    assert summarise([off]).causes[0].remedy == "see the daemon's log for what ended it"


def test_messages_given_up_are_counted_also_where_energy_flows() -> None:
    charging = replace(VIEW, charger_id="a", evses=(replace(EVSE, charging_state="Charging"),), given_up=1)
    summary = summarise([charging, VIEW, replace(VIEW, charger_id="b", given_up=2)])
    assert summary.given_up == 3
    (warning,) = summary.warnings
    assert (warning.cause, warning.charger_ids) == ("3 transaction messages given up", ("a", "b"))
    assert "--section queue" in warning.remedy
    assert [one.cause for one in summarise([charging]).warnings] == ["1 transaction message given up"]
    assert (summarise([VIEW]).given_up, summarise([VIEW]).warnings) == (0, ())


def test_the_report_of_a_fleet_tells_what_was_given_up() -> None:
    view = replace(VIEW, evses=(replace(EVSE, charging_state="Charging"),), given_up=4)
    lines = list(report.summary_lines([view]))
    assert lines[1] == "Worth a look:"
    assert "4 transaction messages given up" in lines[2]


READY_CASES = [
    ({}, 0, []),
    ({"connection": "dialling", "registration": "none"}, 1, []),
    (
        {"connection": "waiting", "registration": "none", "refusal": "refused 404 Not Found"},
        0,
        ["not served: refused 404 Not Found"],
    ),
    ({"registration": "Pending"}, 0, ["boot: Pending"]),
    ({"registration": "Rejected"}, 0, ["boot: Rejected"]),
    ({"connection": "off", "registration": "none"}, 0, []),
]


@pytest.mark.parametrize(("changes", "waiting", "refused"), READY_CASES)
def test_who_waits_for_the_central_system_and_whom_it_refuses(
    changes: dict[str, Any], waiting: int, refused: list[str]
) -> None:
    summary = summarise([replace(VIEW, **changes)])
    assert (summary.waiting, [cause.cause for cause in summary.refused]) == (waiting, refused)


def test_who_is_still_to_be_powered_up_waits_too() -> None:
    off = replace(VIEW, connection="off", registration="none")
    assert summarise([off], ramping=True).waiting == 1


@pytest.mark.parametrize(("count", "words"), [(0, "0 chargers"), (1, "1 charger"), (1200, "1,200 chargers")])
def test_one_is_counted_as_one(count: int, words: str) -> None:
    assert counted(count, "charger") == words
