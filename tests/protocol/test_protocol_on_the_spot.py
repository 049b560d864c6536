"""What a central system would ask for, asked for on the spot: settings, the cache and the local list act the same."""

from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core import cache, local_list
from chargepoint_sim.core.commands import (
    ChangeSettings,
    ClearCache,
    ClearLocalList,
    IdToken,
    ListedToken,
    PlugIn,
    PresentToken,
    Reboot,
    SendRaw,
    UpdateLocalList,
)
from chargepoint_sim.core.settings import Kind, Setting
from chargepoint_sim.fleet.rehearsal import rehearse
from tests.protocol.harness import NOON, Bench, two_sockets
from tests.protocol.v16.bench import Bench16
from tests.protocol.v201.bench import Bench201

BENCHES: list[type[Any]] = [Bench16, Bench201]
SAMPLE_INTERVAL = {Bench16: "MeterValueSampleInterval", Bench201: "SampledDataCtrlr.TxUpdatedInterval"}
PRE_AUTHORIZE = {Bench16: "LocalPreAuthorize", Bench201: "AuthCtrlr.LocalPreAuthorize"}
CACHE_ENABLED = {Bench16: "AuthorizationCacheEnabled", Bench201: "AuthCacheCtrlr.Enabled"}
LIST_ENABLED = {Bench16: "LocalAuthListEnabled", Bench201: "LocalAuthListCtrlr.Enabled"}


@pytest.fixture(params=BENCHES, ids=["1.6", "2.0.1"])
def bench(request: pytest.FixtureRequest) -> Any:
    return request.param.booted()


def set_all(bench: Bench, **values: str) -> None:
    outcome = bench.command(ChangeSettings(values))
    assert outcome.accepted, outcome.reason


def test_a_heartbeat_interval_counts_at_once(bench: Any) -> None:
    outcome = bench.command(ChangeSettings({"HeartbeatInterval": "7"}))
    assert (outcome.accepted, dict(outcome.info)) == (True, {"verdicts": {"HeartbeatInterval": "Accepted"}})
    bench.forget().wait(70)
    assert len(bench.calls("Heartbeat")) == 10


def test_a_sample_interval_counts_in_a_running_transaction() -> None:
    for kind in BENCHES:
        bench = kind.charging()
        set_all(bench, **{SAMPLE_INTERVAL[kind]: "5"})
        bench.forget().wait(50)
        assert 9 <= len(bench.calls("MeterValues", "TransactionEvent")) <= 11, kind


def test_each_value_is_judged_by_itself(bench: Any) -> None:
    values = {"HeartbeatInterval": "60", "heartbeatinterval": "soon", "NoSuchThing": "1"}
    outcome = bench.command(ChangeSettings(values))
    unknown = "NotSupported" if isinstance(bench, Bench16) else "UnknownVariable"
    assert not outcome.accepted
    assert outcome.info["verdicts"] == {
        "HeartbeatInterval": "Accepted",
        "heartbeatinterval": "Rejected",
        "NoSuchThing": unknown,
    }
    assert outcome.reason == f"heartbeatinterval: Rejected; NoSuchThing: {unknown}"
    assert bench.station.settings.integer("OCPPCommCtrlr.HeartbeatInterval") == 60


def test_a_value_that_no_message_could_carry_is_rejected(bench: Any) -> None:
    outcome = bench.command(ChangeSettings({"HeartbeatInterval": "1" * 3000}))
    assert outcome.info["verdicts"] == {"HeartbeatInterval": "Rejected"}


def test_a_read_only_value_is_rejected(bench: Any) -> None:
    name = "NumberOfConnectors" if isinstance(bench, Bench16) else "ChargingStation.Model"
    assert bench.command(ChangeSettings({name: "9"})).info["verdicts"] == {name: "Rejected"}


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("OCPPCommCtrlr.HeartbeatInterval", True),
        ("ocppcommctrlr.heartbeatinterval", True),
        ("HeartbeatInterval", True),
        ("OCPPCommCtrlr.MessageAttempts[TransactionEvent]", True),
        ("MessageAttempts[TransactionEvent]", True),
        ("MessageAttempts", False),
        ("Enabled", False),
        ("AuthCacheCtrlr.HeartbeatInterval", False),
    ],
)
def test_a_variable_of_2_0_1_may_leave_out_a_component_that_alone_has_it(name: str, known: bool) -> None:
    bench = Bench201.booted()
    verdict = bench.command(ChangeSettings({name: "30"})).info["verdicts"][name]
    assert verdict == ("Accepted" if known else "UnknownVariable")


def test_what_takes_a_restart_counts_after_it() -> None:
    modem = Setting("Modem", Kind.BOOLEAN, True, reboot=True)
    bench = Bench16.booted(spec=two_sockets(vendor_keys={"Modem": modem}))
    outcome = bench.command(ChangeSettings({"Modem": "false"}))
    assert (outcome.accepted, outcome.info) == (True, {"verdicts": {"Modem": "RebootRequired"}})
    assert bench.station.settings.own(modem) is True
    bench.command(Reboot())
    bench.wait(60)
    assert bench.station.settings.own(modem) is False


def test_a_priority_of_networks_takes_a_restart() -> None:
    bench = Bench201.booted()
    name = "OCPPCommCtrlr.NetworkConfigurationPriority"
    outcome = bench.command(ChangeSettings({name: bench.station.settings.text(name)}))
    assert (outcome.accepted, outcome.info) == (True, {"verdicts": {name: "RebootRequired"}})


def test_the_cache_is_cleared_and_counted(bench: Any) -> None:
    set_all(bench, **{CACHE_ENABLED[type(bench)]: "true"})
    for n, tag in enumerate(("04A1", "04B2"), 1):
        bench.command(PlugIn(n, n if isinstance(bench, Bench16) else 1))
        bench.command(PresentToken(n, n if isinstance(bench, Bench16) else 1, IdToken(tag)))
        bench.wait(5)
    outcome = bench.command(ClearCache())
    assert (outcome.accepted, dict(outcome.info)) == (True, {"cleared": 2})
    assert cache.size_b(bench.station) == 0
    assert dict(bench.command(ClearCache()).info) == {"cleared": 0}


def test_a_cache_that_is_switched_off_is_not_cleared(bench: Any) -> None:
    set_all(bench, **{CACHE_ENABLED[type(bench)]: "false"})
    outcome = bench.command(ClearCache())
    assert (outcome.accepted, outcome.reason) == (False, "the authorization cache is switched off")


def version_told(bench: Bench) -> int:
    answer = bench.ask("GetLocalListVersion")
    assert answer is not None
    found: int = answer[2]["listVersion" if isinstance(bench, Bench16) else "versionNumber"]
    return found


def test_a_list_that_is_pushed_authorises_without_the_central_system(bench: Any) -> None:
    set_all(bench, **{LIST_ENABLED[type(bench)]: "true", PRE_AUTHORIZE[type(bench)]: "true"})
    outcome = bench.command(UpdateLocalList(3, (ListedToken("04A1B2C3", NOON + 3600, "FAMILY"), ListedToken("04D4"))))
    assert (outcome.accepted, dict(outcome.info)) == (True, {"status": "Accepted"})
    assert version_told(bench) == 3
    bench.forget()
    bench.command(PlugIn(1, 1))
    bench.command(PresentToken(1, 1, IdToken("04A1B2C3")))
    bench.wait(10)
    assert bench.calls("Authorize") == []
    assert bench.calls("StartTransaction", "TransactionEvent")
    known = local_list.listed(bench.station, IdToken("04a1b2c3"), bench.now.sim)
    assert known is not None
    assert (known.group_id, known.expires_at) == ("family", NOON + 3600)


def test_an_entry_runs_out(bench: Any) -> None:
    set_all(bench, **{LIST_ENABLED[type(bench)]: "true"})
    bench.command(UpdateLocalList(1, (ListedToken("04A1B2C3", NOON + 60),)))
    bench.wait(61)
    known = local_list.listed(bench.station, IdToken("04A1B2C3"), bench.now.sim)
    assert known is not None
    assert known.status == "Expired"


@pytest.mark.parametrize("differential", [False, True], ids=["full", "differential"])
@pytest.mark.parametrize("version", [1, 2])
def test_the_version_must_rise(bench: Any, version: int, differential: bool) -> None:
    set_all(bench, **{LIST_ENABLED[type(bench)]: "true"})
    bench.command(UpdateLocalList(2, (ListedToken("04A1B2C3"),)))
    outcome = bench.command(UpdateLocalList(version, (), differential))
    assert not outcome.accepted
    assert outcome.info == {"status": "VersionMismatch"}
    assert outcome.reason == "the list has version 2; a new one must be greater"
    assert (version_told(bench), local_list.count(bench.station)) == (2, 1)


def test_a_differential_list_adds(bench: Any) -> None:
    set_all(bench, **{LIST_ENABLED[type(bench)]: "true"})
    bench.command(UpdateLocalList(1, (ListedToken("04A1"),)))
    assert bench.command(UpdateLocalList(2, (ListedToken("04B2"),), differential=True)).accepted
    assert local_list.count(bench.station) == 2
    assert bench.command(UpdateLocalList(3, (ListedToken("04C3"),))).accepted
    assert local_list.count(bench.station) == 1


@pytest.mark.parametrize("tokens", [("04A1", "04a1"), ("0" * 300,)], ids=["twice", "too-long"])
def test_a_list_that_cannot_be_taken_changes_nothing(bench: Any, tokens: tuple[str, ...]) -> None:
    set_all(bench, **{LIST_ENABLED[type(bench)]: "true"})
    bench.command(UpdateLocalList(1, (ListedToken("04B2"),)))
    outcome = bench.command(UpdateLocalList(2, tuple(map(ListedToken, tokens))))
    assert outcome.info == {"status": "Failed"}
    assert (version_told(bench), local_list.count(bench.station)) == (1, 1)


def test_a_station_without_a_list_says_so() -> None:
    for kind in BENCHES:
        bench = kind.booted(settings={"LocalAuthListCtrlr.Entries": "0"})
        assert bench.command(UpdateLocalList(1)).info == {"status": "NotSupported"}


def test_the_list_is_taken_away_with_its_version(bench: Any) -> None:
    set_all(bench, **{LIST_ENABLED[type(bench)]: "true"})
    bench.command(UpdateLocalList(7, (ListedToken("04A1"), ListedToken("04B2"))))
    assert bench.command(ClearLocalList()).info == {"deleted": 2}
    assert (version_told(bench), local_list.count(bench.station)) == (0, 0)
    assert bench.command(UpdateLocalList(1)).accepted


def test_what_is_rehearsed_changes_nothing(bench: Any) -> None:
    before = snapshot.take(bench.charger, bench.now.sim)
    commands = (ChangeSettings({"HeartbeatInterval": "7"}), UpdateLocalList(4), ClearLocalList(), SendRaw("Heartbeat"))
    for command in commands:
        assert rehearse(bench.charger, command, bench.now).accepted, command
    assert bench.wait(0).sent == []
    assert snapshot.take(bench.charger, bench.now.sim) == before


def test_without_power_nothing_is_done(bench: Any) -> None:
    bench.power_down()
    for command in (ChangeSettings({"HeartbeatInterval": "7"}), ClearCache(), UpdateLocalList(1), ClearLocalList()):
        outcome = bench.command(command)
        assert (outcome.accepted, outcome.reason) == (False, "the charger has no power")
