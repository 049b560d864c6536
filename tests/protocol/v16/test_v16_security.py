"""Security events, triggers, and the keys that change how a 1.6 charge point connects (white paper A01, A04, A05)."""

from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.access import DIALS_BEFORE_FALLBACK, PASSWORD, PROFILE
from chargepoint_sim.core.certificates import Own, Use
from chargepoint_sim.core.commands import RaiseSecurityEvent
from chargepoint_sim.core.security_log import EVENTS_KEPT
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from tests.certificates import authority
from tests.protocol.harness import NOON, SILENCE, Refusal
from tests.protocol.v16.bench import Bench16

KEY = "0123456789ABCDEF0123456789ABCDEF"
UNTRUSTED = LinkEnd(EndKind.TLS, reason="host:443: certificate verify failed: unable to get local issuer certificate")


def told(bench: Bench16) -> list[str]:
    return [one["type"] for one in bench.payloads("SecurityEventNotification")]


def logged(bench: Bench16) -> list[str]:
    return [event.type for event in bench.station.access.log.events]


def profile(bench: Bench16) -> int:
    return bench.station.settings.integer(PROFILE)


def secured(level: int = 1, **how: Any) -> Bench16:
    """A charge point on a security profile, switched off."""
    return Bench16(settings={PROFILE: str(level)}, **how)


def ready(level: int) -> Bench16:
    """A charge point that has all that any profile asks for."""
    bench = Bench16.booted(settings={PROFILE: str(level)})
    bench.ask(
        "InstallCertificate",
        {"certificateType": "CentralSystemRootCertificate", "certificate": authority().certificate_pem},
    )
    bench.station.settings.set(PASSWORD, KEY)
    bench.station.access.certificates.own = Own("chain", "key", NOON - 60, NOON + 86400)
    return bench


def trigger(bench: Bench16, message: str, **place: int) -> str:
    answer = bench.ask("ExtendedTriggerMessage", {"requestedMessage": message, **place})
    assert answer is not None
    return str(answer[2]["status"])


# A04: security events


def test_A04_FR_01_the_startup_is_told_with_its_own_time() -> None:
    bench = secured().power_up()
    (event,) = bench.payloads("SecurityEventNotification")
    assert event == {"type": "StartupOfTheDevice", "timestamp": format_utc(NOON), "techInfo": "PowerUp"}


def test_without_the_extension_in_use_events_are_only_logged() -> None:
    bench = Bench16().power_up()
    assert told(bench) == []
    assert logged(bench) == ["StartupOfTheDevice"]


def test_once_the_central_system_has_used_the_extension_it_is_told() -> None:
    bench = Bench16.booted()
    assert trigger(bench, "Heartbeat") == "Accepted"
    bench.ask("Reset", {"type": "Hard"})
    bench.wait(60)
    assert told(bench) == ["ResetOrReboot", "StartupOfTheDevice"]


def test_A04_FR_02_events_of_an_offline_spell_are_told_later_in_order_with_their_times() -> None:
    bench = secured()
    bench.network = False
    bench.power_up()
    bench.wait(30)
    bench.power_down().wait(5).power_up("Watchdog").wait(20)
    assert told(bench) == []
    bench.come_back()
    assert told(bench) == ["StartupOfTheDevice", "ResetOrReboot", "StartupOfTheDevice"]
    stamps = [one["timestamp"] for one in bench.payloads("SecurityEventNotification")]
    assert stamps == [format_utc(NOON), format_utc(NOON + 35), format_utc(NOON + 35)]


def test_A04_FR_02_owed_events_survive_a_restart_of_the_program() -> None:
    bench = secured()
    bench.network = False
    bench.power_up()
    other = secured()
    snapshot.restore(other.charger, snapshot.take(bench.charger, bench.now.sim))
    other.power_up()
    assert told(other) == ["StartupOfTheDevice", "StartupOfTheDevice"]


@pytest.mark.shows("SecurityEventNotification")
def test_an_event_that_is_not_answered_is_told_again_and_stands_in_no_way() -> None:
    bench = secured(answers={"SecurityEventNotification": SILENCE}).power_up()
    assert told(bench) == ["StartupOfTheDevice"]
    bench.answers["SecurityEventNotification"] = {}
    bench.wait(40)
    bench.charge()
    assert bench.payloads("StartTransaction"), "no event stands before a transaction"
    bench.cut().come_back()
    assert told(bench) == ["StartupOfTheDevice", "StartupOfTheDevice"]
    bench.cut().come_back()
    assert len(told(bench)) == 2, "confirmed once is enough"


def test_an_event_that_is_not_answered_is_told_again_on_the_same_link() -> None:
    bench = secured(answers={"SecurityEventNotification": SILENCE}).power_up()
    bench.wait(40)
    bench.answers["SecurityEventNotification"] = {}
    bench.wait(60)
    assert told(bench) == ["StartupOfTheDevice", "StartupOfTheDevice"]
    assert bench.station.access.log.owed == []


@pytest.mark.parametrize("text", ["no JSON", '[2,"1","Reset",{"type":"Gentle"}]'])
def test_what_is_no_valid_message_is_logged(text: str) -> None:
    bench = Bench16.booted()
    bench.say(text)
    assert logged(bench)[-1] == "InvalidMessages"


def test_a_refused_event_stays_in_the_log_alone() -> None:
    bench = secured(answers={"SecurityEventNotification": Refusal("NotImplemented")}).power_up()
    bench.cut().come_back()
    assert told(bench) == ["StartupOfTheDevice"]
    assert logged(bench) == ["StartupOfTheDevice"]


def test_a_set_clock_is_told() -> None:
    later = {"status": "Accepted", "interval": 300, "currentTime": format_utc(NOON + 3600)}
    bench = secured(answers={"BootNotification": later}).power_up()
    assert told(bench) == ["StartupOfTheDevice", "SettingSystemTime"]
    assert bench.payloads("SecurityEventNotification")[1]["techInfo"] == "by +3600.0 s"


def test_the_log_rolls() -> None:
    bench = Bench16.booted()
    for _ in range(EVENTS_KEPT + 5):
        assert bench.configure("AuthorizationKey", KEY) == "Accepted"
    assert logged(bench) == ["ReconfigurationOfSecurityParameters"] * EVENTS_KEPT


@pytest.mark.parametrize(
    ("event", "critical"),
    [
        ("TamperDetectionActivated", True),
        ("MemoryExhaustion", True),
        ("AttemptedReplayAttacks", False),
        ("SecurityLogWasCleared", True),
    ],
)
def test_A04_FR_01_what_has_no_simulated_cause_is_raised_by_command(event: str, critical: bool) -> None:
    bench = secured().power_up()
    bench.forget()
    assert bench.command(RaiseSecurityEvent(event, "lid open")).accepted
    assert [(one["type"], one["techInfo"]) for one in bench.payloads("SecurityEventNotification")] == (
        [(event, "lid open")] if critical else []
    )
    before = [] if event == "SecurityLogWasCleared" else ["StartupOfTheDevice"]
    assert logged(bench) == [*before, event]


def test_an_event_that_a_command_does_not_raise_is_refused() -> None:
    bench = secured().power_up()
    outcome = bench.command(RaiseSecurityEvent("FirmwareUpdated"))
    assert not outcome.accepted
    assert "TamperDetectionActivated" in outcome.reason
    assert logged(bench) == ["StartupOfTheDevice"]


def test_a_cleared_log_owes_what_it_owed() -> None:
    bench = secured().power_up()
    bench.cut().forget()
    bench.command(RaiseSecurityEvent("TamperDetectionActivated"))
    bench.command(RaiseSecurityEvent("SecurityLogWasCleared"))
    assert logged(bench) == ["SecurityLogWasCleared"]
    bench.come_back()
    assert told(bench) == ["TamperDetectionActivated", "SecurityLogWasCleared"]


@pytest.mark.parametrize(
    ("end", "event"),
    [
        (LinkEnd(EndKind.REFUSED, 401, "Unauthorized"), "FailedToAuthenticationAtCentralSystem"),
        (LinkEnd(EndKind.TLS, reason="tlsv1 alert: certificate unknown"), "FailedToAuthenticationAtCentralSystem"),
        (UNTRUSTED, "InvalidCentralSystemCertificate"),
        (LinkEnd(EndKind.TLS, reason="unsupported protocol"), "InvalidTLSVersion"),
        (LinkEnd(EndKind.TLS, reason="no shared cipher"), "InvalidTLSCipherSuite"),
        (LinkEnd(EndKind.REFUSED, 503, "busy"), None),
        (LinkEnd(EndKind.UNREACHABLE, reason="refused"), None),
    ],
)
def test_a_link_that_fails_for_reasons_of_security_is_one_event(end: LinkEnd, event: str | None) -> None:
    bench = Bench16()
    bench.charger.power_up(bench.now)
    for _ in range(3):
        bench.charger.link_down(end, bench.now)
    # Whose certificate is not valid has not authenticated itself either; the log has both, the latter is never told.
    more = ["CentralSystemFailedToAuthentication"] if event == "InvalidCentralSystemCertificate" else []
    assert logged(bench)[1:] == ([event, *more] if event else [])


# ExtendedTriggerMessage


@pytest.mark.parametrize(
    ("message", "action", "payload"),
    [
        ("Heartbeat", "Heartbeat", {}),
        ("LogStatusNotification", "LogStatusNotification", {"status": "Idle"}),
        ("FirmwareStatusNotification", "SignedFirmwareStatusNotification", {"status": "Idle"}),
        ("SignChargePointCertificate", "SignCertificate", None),
    ],
)
def test_a_triggered_message_follows_the_answer(message: str, action: str, payload: dict[str, Any] | None) -> None:
    bench = Bench16.booted()
    assert trigger(bench, message) == "Accepted"
    assert [one.action for one in bench.sent] == ["ExtendedTriggerMessage", action]
    assert payload is None or bench.payloads(action) == [payload]


@pytest.mark.parametrize(("place", "connectors"), [({}, [0, 1, 2]), ({"connectorId": 2}, [2])])
def test_triggered_statuses(place: dict[str, int], connectors: list[int]) -> None:
    bench = Bench16.booted()
    assert trigger(bench, "StatusNotification", **place) == "Accepted"
    assert [one["connectorId"] for one in bench.payloads("StatusNotification")] == connectors


@pytest.mark.parametrize(("place", "connectors"), [({}, [0, 1, 2]), ({"connectorId": 2}, [2])])
def test_triggered_meter_values(place: dict[str, int], connectors: list[int]) -> None:
    bench = Bench16.booted()
    assert trigger(bench, "MeterValues", **place) == "Accepted"
    sent = bench.payloads("MeterValues")
    assert [one["connectorId"] for one in sent] == connectors
    assert {sample["context"] for one in sent for sample in one["meterValue"][0]["sampledValue"]} == {"Trigger"}


def test_triggered_meter_values_name_the_transaction() -> None:
    bench = Bench16.charging()
    bench.forget()
    assert trigger(bench, "MeterValues", connectorId=1) == "Accepted"
    (sent,) = bench.payloads("MeterValues")
    assert sent["transactionId"] == 1


def test_an_accepted_charge_point_does_not_boot_for_the_asking() -> None:
    bench = Bench16.booted()
    assert trigger(bench, "BootNotification") == "Rejected"
    assert bench.calls() == []


def test_a_connector_that_does_not_exist_is_rejected() -> None:
    bench = Bench16.booted()
    assert trigger(bench, "StatusNotification", connectorId=3) == "Rejected"
    assert bench.calls() == []


def test_while_pending_what_is_asked_for_is_sent() -> None:
    pending = {"status": "Pending", "interval": 300, "currentTime": format_utc(NOON)}
    bench = Bench16(answers={"BootNotification": pending}).power_up().forget()
    assert trigger(bench, "MeterValues", connectorId=1) == "Accepted"
    assert trigger(bench, "SignChargePointCertificate") == "Accepted"
    assert trigger(bench, "BootNotification") == "Accepted"
    assert [one.action for one in bench.calls()] == ["MeterValues", "SignCertificate", "BootNotification"]


# A01: AuthorizationKey


@pytest.mark.parametrize("level", [1, 2])
def test_A01_a_new_key_is_connected_with_after_the_answer(level: int) -> None:
    bench = secured(level).power_up().forget()
    assert bench.configure("AuthorizationKey", KEY) == "Accepted"
    bench.wait(3)
    ((_, close),) = bench.closes
    assert close.code == 1000
    assert bench.linked
    assert bench.station.settings.text(PASSWORD) == KEY
    assert "ReconfigurationOfSecurityParameters" in logged(bench)


def test_a_key_is_kept_for_later_on_profile_0() -> None:
    bench = Bench16.booted()
    assert bench.configure("authorizationkey", KEY) == "Accepted"
    assert bench.wait(3).closes == []


@pytest.mark.parametrize("text", ["", "plain text of 20 byt", KEY[:30], KEY + KEY[:10], KEY[:-1], KEY[:-1] + "G"])
def test_a_key_that_is_not_16_to_20_bytes_in_hexadecimal_is_rejected(text: str) -> None:
    bench = secured().power_up().forget()
    assert bench.configure("AuthorizationKey", text) == "Rejected"
    assert bench.wait(3).closes == []


def test_the_key_is_never_reported() -> None:
    bench = Bench16.booted()
    bench.configure("AuthorizationKey", KEY)
    answer = bench.ask("GetConfiguration", {"key": ["AuthorizationKey"]})
    assert answer is not None
    assert answer[2] == {"configurationKey": [], "unknownKey": ["AuthorizationKey"]}
    everything = bench.ask("GetConfiguration")
    assert KEY not in str(everything)
    assert KEY not in str(bench.events)


# A05: SecurityProfile


@pytest.mark.parametrize(("old", "new"), [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)])
def test_A05_FR_05_a_higher_profile_whose_prerequisites_hold_is_connected_with(old: int, new: int) -> None:
    bench = ready(old)
    assert bench.configure("SecurityProfile", str(new)) == "Accepted"
    bench.wait(3)
    assert len(bench.closes) == 1
    assert bench.linked
    assert profile(bench) == new
    bench.cut()
    for _ in range(DIALS_BEFORE_FALLBACK + 1):
        bench.charger.link_down(LinkEnd(EndKind.UNREACHABLE), bench.now)
    assert profile(bench) == new, "a proven profile is not left again"


@pytest.mark.parametrize(("old", "new"), [(1, "0"), (2, "1"), (2, "2"), (0, "4"), (0, "-1"), (0, "one"), (0, "")])
def test_A05_FR_01_a_profile_that_is_not_higher_is_rejected(old: int, new: str) -> None:
    bench = ready(old)
    assert bench.configure("SecurityProfile", new) == "Rejected"
    assert profile(bench) == old
    assert bench.wait(3).closes == []


@pytest.mark.parametrize(
    ("new", "missing", "why"),
    [
        ("1", "key", "no password"),
        ("2", "key", "no password"),
        ("2", "root", "no valid root of the central system"),
        ("3", "root", "no valid root of the central system"),
        ("3", "own", "no valid certificate of its own"),
        ("3", "time", "no valid certificate of its own"),
    ],
)
def test_A05_FR_02_to_04_without_its_prerequisites_a_profile_is_rejected(new: str, missing: str, why: str) -> None:
    bench = ready(0)
    if missing == "key":
        bench.station.settings.set(PASSWORD, "")
    elif missing == "root":
        bench.station.access.certificates.roots.clear()
    elif missing == "own":
        bench.station.access.certificates.own = None
    else:
        bench.station.access.certificates.own = Own("chain", "key", NOON - 60, NOON - 1)
    assert bench.configure("SecurityProfile", new) == "Rejected"
    assert profile(bench) == 0
    assert f"security profile {new} refused: {why}" in bench.problems


def test_A05_FR_08_a_profile_that_cannot_be_connected_with_is_left_again() -> None:
    bench = ready(1)
    assert bench.configure("SecurityProfile", "3") == "Accepted"
    bench.network = False
    bench.wait(60)
    assert profile(bench) == 1
    assert "no connection with what is new: back to security profile 1" in bench.problems
    bench.come_back()
    assert bench.configure("SecurityProfile", "2") == "Accepted"


def test_A02_FR_10_a_certificate_that_cannot_be_connected_with_is_left_again() -> None:
    bench = ready(3)
    store = bench.station.access.certificates
    before = store.own
    store.previous, store.own = before, Own("new", "new", NOON, NOON + 86400)
    bench.network = False
    bench.cut()
    bench.wait(60)
    assert store.own is before


def test_M05_FR_13_a_server_that_the_new_root_does_not_know_is_checked_against_the_old_one() -> None:
    bench = ready(2)
    store = bench.station.access.certificates
    (old,) = [one.pem for one in store.of(Use.CENTRAL_SYSTEM_ROOT)]
    store.replace(store.of(next(iter(store.roots)))[0].__class__("new", NOON, NOON + 86400, ()))
    bench.cut(UNTRUSTED)
    bench.charger.link_down(UNTRUSTED, bench.now)
    assert store.trusted_pem() == old
    bench.come_back()
    assert store.fallback is not None, "the new root is not proven yet"
