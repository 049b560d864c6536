"""Network connection profiles of a 2.0.1 charging station (use cases B09, B10, A05)."""

from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.access import PASSWORD, PROFILE
from chargepoint_sim.core.certificates import Own
from chargepoint_sim.core.network import PRIORITY
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from tests.certificates import authority
from tests.protocol.harness import NOON
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.test_v201_certificates import install
from tests.protocol.v201.test_v201_security import get, logged

NOBODY = LinkEnd(EndKind.UNREACHABLE, reason="refused")
PROMPT = {"OCPPCommCtrlr.RetryBackOffRandomRange": "0", "OCPPCommCtrlr.RetryBackOffWaitMinimum": "1"}


def profile(url: str = "ws://other:9000/ocpp", level: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": url,
        "messageTimeout": 30,
        "securityProfile": level,
        "ocppInterface": "Wired0",
        **changes,
    }


def set_profile(bench: Bench201, slot: int = 2, **how: Any) -> dict[str, Any]:
    return bench.answer("SetNetworkProfile", {"configurationSlot": slot, "connectionData": profile(**how)})


def prioritise(bench: Bench201, slots: str) -> dict[str, Any]:
    element = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "NetworkConfigurationPriority"},
        "attributeValue": slots,
    }
    result: dict[str, Any] = bench.answer("SetVariables", {"setVariableData": [element]})["setVariableResult"][0]
    return result


def active(bench: Bench201) -> int:
    networks = bench.station.access.networks
    return networks.active if networks is not None else 1


def reset(bench: Bench201) -> None:
    assert bench.answer("Reset", {"type": "OnIdle"})["status"] == "Accepted"


def migrating(attempts: int = 2, **how: Any) -> Bench201:
    """A station that will dial its second slot first after the next restart."""
    settings = {**PROMPT, "OCPPCommCtrlr.NetworkProfileConnectionAttempts": str(attempts), **how.pop("settings", {})}
    bench = Bench201.booted(settings=settings, **how)
    assert set_profile(bench) == {"status": "Accepted"}
    assert prioritise(bench, "2,1")["attributeStatus"] == "RebootRequired"
    return bench


@pytest.mark.shows("SetNetworkProfile")
def test_b09_fr_01_and_b10_fr_04_the_new_slot_is_used_after_a_restart() -> None:
    bench = migrating()
    assert active(bench) == 1
    assert bench.wait(60).closes == [], "the link that is up stays"
    reset(bench)
    bench.wait(60)
    assert bench.charger.registration.accepted
    assert get(bench, "ActiveNetworkProfile", "OCPPCommCtrlr")["attributeValue"] == "2"
    assert get(bench, "NetworkConfigurationPriority", "OCPPCommCtrlr")["attributeValue"] == "2,1"
    assert get(bench, "SecurityProfile")["attributeValue"] == "0"
    timeout = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "MessageTimeout", "instance": "Default"}}
    (result,) = bench.answer("GetVariables", {"getVariableData": [timeout]})["getVariableResult"]
    assert result["attributeValue"] == "30"


@pytest.mark.parametrize(
    ("slot", "how"),
    [
        (0, {}),
        (4, {}),
        (999, {}),
        (-1, {}),
        (2, {"url": "http://other"}),
        (2, {"url": "other:9000"}),
        (2, {"url": ""}),
        (2, {"url": "ws://"}),
        (2, {"level": 2}),
        (2, {"level": 3, "url": "ws://other"}),
        (2, {"level": 4, "url": "wss://other"}),
        (2, {"level": -1}),
        (2, {"messageTimeout": 0}),
        (2, {"ocppVersion": "OCPP16"}),
        (2, {"ocppTransport": "SOAP"}),
        (2, {"vpn": {"server": "s", "user": "u", "password": "p", "key": "k", "type": "IKEv2"}}),
    ],
)
def test_b09_fr_02_and_05_what_cannot_be_used_is_rejected(slot: int, how: dict[str, Any]) -> None:
    bench = Bench201.booted()
    answer = set_profile(bench, slot, **how)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "InvalidNetworkConf")
    assert bench.station.access.networks is None


def test_b09_fr_04_a_lower_security_profile_is_rejected() -> None:
    bench = Bench201.booted(settings={PROFILE: "2"})
    answer = set_profile(bench, level=1)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "NoSecurityDowngrade")
    assert set_profile(bench, level=2, url="wss://other")["status"] == "Accepted"


@pytest.mark.parametrize("interface", ["Wired3", "Wireless0"])
def test_b09_any_interface_is_taken(interface: str) -> None:
    apn = {"apn": "operator", "apnAuthentication": "AUTO"}
    assert set_profile(Bench201.booted(), ocppInterface=interface, apn=apn)["status"] == "Accepted"


@pytest.mark.parametrize("slots", ["2", "1,2", "1,3", "4", "", "one"])
def test_b10_fr_02_a_list_with_an_empty_slot_is_rejected(slots: str) -> None:
    bench = Bench201.booted()
    assert prioritise(bench, slots)["attributeStatus"] == "Rejected"
    assert bench.station.settings.members(PRIORITY) == ("1",)


def test_b09_fr_06_the_slots_are_reported_with_the_list() -> None:
    bench = Bench201.booted()
    wanted = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "NetworkConfigurationPriority"}}
    bench.answer("GetReport", {"requestId": 1, "componentVariable": [wanted]})
    (row,) = bench.payloads("NotifyReport")[0]["reportData"]
    assert row["variableCharacteristics"]["dataType"] == "SequenceList"
    assert row["variableCharacteristics"]["valuesList"] == "1,2,3"


def test_b10_fr_03_each_slot_of_the_list_gets_its_attempts() -> None:
    bench = migrating(attempts=2)
    bench.cut()
    bench.charger.power_down(bench.now)
    bench.charger.power_up(bench.now)
    tried = [active(bench)]
    for _ in range(5):
        bench.charger.link_down(NOBODY, bench.now)
        tried.append(active(bench))
    assert tried == [2, 2, 1, 1, 1, 1]


def test_b10_fr_07_after_the_last_attempt_the_station_stays_with_what_worked_last() -> None:
    bench = migrating(attempts=1)
    reset(bench)
    bench.network = False
    bench.wait(40)
    assert len(bench.dials) > 3
    assert active(bench) == 1
    bench.come_back()
    assert get(bench, "ActiveNetworkProfile", "OCPPCommCtrlr")["attributeValue"] == "1"
    reset(bench)
    bench.wait(60)
    assert active(bench) == 2, "the list is tried anew after each restart"


def test_b10_fr_03_a_lost_link_is_sought_over_the_other_slots_as_well() -> None:
    bench = migrating(attempts=2)
    reset(bench)
    bench.wait(60)
    assert active(bench) == 2
    bench.network = False
    bench.cut()
    for expected in (2, 1, 1, 2):
        bench.charger.link_down(NOBODY, bench.now)
        assert active(bench) == expected
    for _ in range(5):
        bench.charger.link_down(NOBODY, bench.now)
        assert active(bench) == 2


def ready(level: int) -> Bench201:
    """A station that has all that any security profile asks for."""
    bench = Bench201.booted(settings={**PROMPT, PROFILE: str(level)})
    install(bench, authority().certificate_pem)
    bench.station.settings.set(PASSWORD, "a-password-of-the-station")
    bench.station.access.certificates.own = Own("chain", "key", NOON - 60, NOON + 86400)
    return bench


@pytest.mark.parametrize(("old", "new"), [(0, 1), (0, 2), (0, 3), (1, 2), (2, 3)])
def test_a05_fr_05_and_06_a_higher_security_profile_is_in_force_once_it_has_worked(old: int, new: int) -> None:
    bench = ready(old)
    assert set_profile(bench, level=new, url="wss://other")["status"] == "Accepted"
    assert prioritise(bench, "2,1")["attributeStatus"] == "RebootRequired"
    assert bench.station.settings.integer(PROFILE) == old
    reset(bench)
    bench.wait(60)
    assert bench.seen("charger_connected")[-1].data["security_profile"] == new
    assert get(bench, "SecurityProfile")["attributeValue"] == str(new)
    assert get(bench, "NetworkConfigurationPriority", "OCPPCommCtrlr")["attributeValue"] == "2"
    assert prioritise(bench, "2,1")["attributeStatus"] == "Rejected", "the lower profile is forgotten"
    assert set_profile(bench, slot=1, level=old)["status"] == "Rejected"


def test_a05_a_higher_security_profile_that_does_not_work_is_not_in_force() -> None:
    bench = ready(1)
    set_profile(bench, level=2, url="wss://other")
    prioritise(bench, "2,1")
    reset(bench)
    bench.network = False
    bench.wait(30)
    bench.come_back()
    assert (active(bench), bench.station.settings.integer(PROFILE)) == (1, 1)


@pytest.mark.parametrize(
    ("new", "missing", "why"),
    [
        (1, "password", "no password"),
        (2, "password", "no password"),
        (2, "root", "no valid root of the central system"),
        (3, "root", "no valid root of the central system"),
        (3, "own", "no valid certificate of its own"),
    ],
)
def test_a05_fr_02_and_03_without_its_prerequisites_a_list_is_rejected(new: int, missing: str, why: str) -> None:
    bench = ready(0)
    store = bench.station.access.certificates
    if missing == "password":
        bench.station.settings.set(PASSWORD, "")
    elif missing == "root":
        store.roots.clear()
    else:
        store.own = None
    assert set_profile(bench, level=new, url="wss://other")["status"] == "Accepted"
    result = prioritise(bench, "2,1")
    assert result["attributeStatus"] == "Rejected"
    assert why in result["attributeStatusInfo"]["additionalInfo"]
    assert bench.station.settings.integer(PROFILE) == 0


def test_profiles_survive_a_restart_of_the_program() -> None:
    bench = migrating()
    reset(bench)
    bench.wait(60)
    other = Bench201()
    snapshot.restore(other.charger, snapshot.take(bench.charger, bench.now.sim))
    other.power_up()
    assert active(other) == 2
    assert other.station.access.networks is not None
    assert other.station.access.networks.slots == bench.station.access.networks.slots  # type: ignore[union-attr]  # set


def test_a_change_is_logged() -> None:
    bench = Bench201.booted()
    set_profile(bench)
    assert logged(bench)[-1] == "ReconfigurationOfSecurityParameters"
