"""Password, security events and security profiles of a 2.0.1 charging station (use cases A01, A04, A05)."""

from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.access import PASSWORD, PROFILE
from chargepoint_sim.core.commands import RaiseSecurityEvent
from chargepoint_sim.core.security_log import CRITICAL
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from tests.protocol.harness import NOON, SILENCE, Refusal
from tests.protocol.v201.bench import Bench201

NEW = "a-new-passw0rd-of-27-letters"
UNTRUSTED = LinkEnd(EndKind.TLS, reason="host:443: certificate verify failed: unable to get local issuer certificate")
UNAUTHORIZED = LinkEnd(EndKind.REFUSED, 401, "Unauthorized")


def put(bench: Bench201, variable: str, value: str, component: str = "SecurityCtrlr") -> dict[str, Any]:
    element = {"component": {"name": component}, "variable": {"name": variable}, "attributeValue": value}
    result: dict[str, Any] = bench.answer("SetVariables", {"setVariableData": [element]})["setVariableResult"][0]
    return result


def get(bench: Bench201, variable: str, component: str = "SecurityCtrlr") -> dict[str, Any]:
    element = {"component": {"name": component}, "variable": {"name": variable}}
    result: dict[str, Any] = bench.answer("GetVariables", {"getVariableData": [element]})["getVariableResult"][0]
    return result


def told(bench: Bench201) -> list[str]:
    return [one["type"] for one in bench.payloads("SecurityEventNotification")]


def logged(bench: Bench201) -> list[str]:
    return [event.type for event in bench.station.access.log.events]


def secured(level: int = 1, **how: Any) -> Bench201:
    return Bench201.booted(settings={PROFILE: str(level)}, **how)


@pytest.mark.parametrize("level", [1, 2])
def test_a01_fr_01_a_new_password_is_connected_with(level: int) -> None:
    bench = secured(level)
    assert put(bench, "BasicAuthPassword", NEW)["attributeStatus"] == "Accepted"
    assert bench.closes == [], "the answer goes out first"
    bench.wait(5)
    ((_, close),) = bench.closes
    assert close.code == 1000
    assert bench.linked
    assert bench.station.settings.text(PASSWORD) == NEW
    assert bench.payloads("BootNotification") == []


def test_a01_fr_11_the_change_is_logged_without_the_password() -> None:
    bench = secured()
    put(bench, "BasicAuthPassword", NEW)
    assert logged(bench)[-1] == "ReconfigurationOfSecurityParameters"
    assert NEW not in str(bench.station.access.log.events)
    assert NEW not in str(bench.events)
    assert get(bench, "BasicAuthPassword")["attributeStatus"] == "Rejected"


@pytest.mark.parametrize("level", [0, 3])
def test_a01_a_password_that_is_not_shown_is_kept_for_later(level: int) -> None:
    bench = secured(level)
    assert put(bench, "BasicAuthPassword", NEW)["attributeStatus"] == "Accepted"
    assert bench.wait(5).closes == []


@pytest.mark.parametrize("text", ["", "too short", "x" * 41, "with a blank in its text", "umlaut-in-the-t\u00e4xt"])
def test_a01_a_bad_password_is_rejected_and_the_old_one_stays(text: str) -> None:
    bench = secured()
    bench.station.settings.set(PASSWORD, NEW)
    assert put(bench, "BasicAuthPassword", text)["attributeStatus"] == "Rejected"
    assert bench.wait(5).closes == []
    assert bench.station.settings.text(PASSWORD) == NEW


def test_a01_a_password_that_the_central_system_does_not_take_is_left_again() -> None:
    bench = secured()
    bench.station.settings.set(PASSWORD, "the-password-before")
    put(bench, "BasicAuthPassword", NEW)
    bench.network = False
    bench.wait(1.5)
    for _ in range(2):
        assert bench.station.settings.text(PASSWORD) == NEW
        bench.charger.link_down(UNAUTHORIZED, bench.now)
    assert bench.station.settings.text(PASSWORD) == "the-password-before"
    assert "no connection with what is new: back to the password before" in bench.problems


def test_a01_a_lost_network_is_no_reason_to_leave_the_new_password() -> None:
    bench = secured()
    put(bench, "BasicAuthPassword", NEW)
    bench.network = False
    bench.wait(200)
    bench.come_back()
    assert bench.station.settings.text(PASSWORD) == NEW
    for _ in range(3):
        bench.charger.link_down(UNAUTHORIZED, bench.now)
    assert bench.station.settings.text(PASSWORD) == NEW, "what has worked once stays"


@pytest.mark.shows("SecurityEventNotification")
def test_a04_fr_02_events_of_an_offline_spell_are_told_later_in_order_with_their_times() -> None:
    bench = secured()
    bench.cut()
    bench.command(RaiseSecurityEvent("TamperDetectionActivated", "lid open"))
    bench.wait(30).command(RaiseSecurityEvent("MemoryExhaustion"))
    bench.power_down().wait(5).power_up("Watchdog")
    assert told(bench) == []
    bench.come_back()
    assert told(bench) == ["TamperDetectionActivated", "MemoryExhaustion", "ResetOrReboot", "StartupOfTheDevice"]
    first = bench.payloads("SecurityEventNotification")[0]
    assert first == {"type": "TamperDetectionActivated", "timestamp": format_utc(NOON), "techInfo": "lid open"}


def test_a04_fr_02_what_is_owed_survives_a_restart_of_the_program() -> None:
    bench = secured()
    bench.cut()
    bench.command(RaiseSecurityEvent("MaintenanceLoginFailed", "{'user': 'x', 'origin': 'panel'}"))
    other = Bench201()
    snapshot.restore(other.charger, snapshot.take(bench.charger, bench.now.sim))
    other.power_up()
    assert told(other) == ["MaintenanceLoginFailed", "StartupOfTheDevice"]


@pytest.mark.parametrize("event", [name for name, critical in CRITICAL.items() if not critical])
def test_a04_fr_04_what_is_not_critical_is_only_logged(event: str) -> None:
    bench = secured()
    if event == "AttemptedReplayAttacks":
        bench.command(RaiseSecurityEvent(event))
    elif event == "InvalidMessages":
        bench.say("no JSON")
    elif event == "ReconfigurationOfSecurityParameters":
        put(bench, "BasicAuthPassword", NEW)
    else:
        bench.network = False
        bench.cut()
        bench.charger.link_down(UNAUTHORIZED if event.startswith("Failed") else UNTRUSTED, bench.now)
        bench.come_back()
    assert event in logged(bench)
    assert event not in told(bench)


@pytest.mark.parametrize(
    ("end", "event"),
    [
        (UNTRUSTED, "InvalidCsmsCertificate"),
        (LinkEnd(EndKind.TLS, reason="unsupported protocol"), "InvalidTLSVersion"),
        (LinkEnd(EndKind.TLS, reason="no shared cipher"), "InvalidTLSCipherSuite"),
    ],
)
def test_a04_fr_01_a_server_that_is_not_safe_is_told_of_once(end: LinkEnd, event: str) -> None:
    bench = secured(2)
    bench.cut()
    for _ in range(3):
        bench.charger.link_down(end, bench.now)
    bench.come_back()
    assert told(bench) == [event]


def test_a04_an_event_that_is_not_answered_is_told_again() -> None:
    bench = secured(answers={"SecurityEventNotification": SILENCE})
    bench.answers["SecurityEventNotification"] = {}
    bench.wait(120)
    assert told(bench) == ["StartupOfTheDevice"]


def test_a04_a_refused_event_stays_in_the_log_alone() -> None:
    bench = secured(answers={"SecurityEventNotification": Refusal("NotImplemented")})
    bench.cut().come_back()
    assert told(bench) == []
    assert logged(bench) == ["StartupOfTheDevice"]


@pytest.mark.parametrize(("by_s", "expected"), [(30.0, []), (3600.0, ["SettingSystemTime"])])
def test_a_set_clock_is_told_above_the_threshold(by_s: float, expected: list[str]) -> None:
    bench = Bench201.booted()
    assert put(bench, "TimeAdjustmentReportingThreshold", "60", "ClockCtrlr")["attributeStatus"] == "Accepted"
    bench.answers["Heartbeat"] = lambda _, at: {"currentTime": format_utc(at.now.sim + by_s)}
    bench.answer("TriggerMessage", {"requestedMessage": "Heartbeat"})
    assert told(bench) == expected
