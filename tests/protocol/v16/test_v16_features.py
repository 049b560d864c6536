"""1.6 feature profiles: what a charge point does not know without one (section 3.3), and what it then does."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import PlugIn
from chargepoint_sim.core.settings import FEATURE_PROFILES
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.v16 import features
from scripts.samples import sample, schema_of
from tests.protocol.v16.bench import Bench16
from tests.protocol.v16.charging_profiles import profile


def without(*left_out: str) -> Bench16:
    kept = ",".join(one for one in FEATURE_PROFILES if one not in left_out)
    return Bench16.booted(settings={features.SETTING: kept})


def keys(bench: Bench16) -> dict[str, str]:
    answer = bench.ask("GetConfiguration")
    assert answer is not None
    return {one["key"]: one.get("value", "") for one in answer[2]["configurationKey"]}


@pytest.mark.parametrize("action", features.ACTIONS)
def test_without_its_feature_profile_an_action_is_not_supported(action: str) -> None:
    bench = without(features.ACTIONS[action])
    frame = bench.ask(action, sample(schema_of(Version.V16, f"{action}Request"), full=False))
    assert frame is not None
    assert frame[:3] == [4, frame[1], "NotSupported"]
    assert frame[3] == f"no feature profile {features.ACTIONS[action]}"


@pytest.mark.parametrize("left_out", [one for one in FEATURE_PROFILES if one != "Core"])
def test_the_profiles_that_are_left_are_reported_and_the_others_go_on(left_out: str) -> None:
    bench = without(left_out)
    assert keys(bench)["SupportedFeatureProfiles"].split(",") == [one for one in FEATURE_PROFILES if one != left_out]
    for action in ("GetLocalListVersion", "CancelReservation", "ClearChargingProfile"):
        frame = bench.ask(action, sample(schema_of(Version.V16, f"{action}Request"), full=False))
        assert frame is not None
        assert frame[0] == (4 if features.ACTIONS[action] == left_out else 3)


@pytest.mark.parametrize("key", features.KEYS)
def test_the_keys_of_a_profile_go_with_it(key: str) -> None:
    bench = without(features.KEYS[key])
    answer = bench.ask("GetConfiguration", {"key": [key]})
    assert answer is not None
    assert answer[2] == {"configurationKey": [], "unknownKey": [key]}
    assert key not in keys(bench)
    assert bench.configure(key, "true") == "NotSupported"
    assert key in keys(Bench16.booted())


@pytest.mark.parametrize("wanted", features.TRIGGERED)
def test_a_message_of_a_missing_profile_cannot_be_triggered(wanted: str) -> None:
    bench = without(features.TRIGGERED[wanted])
    answer = bench.ask("TriggerMessage", {"requestedMessage": wanted})
    assert answer is not None
    assert answer[2] == {"status": "NotImplemented"}
    assert bench.calls() == []


@pytest.mark.parametrize("supported", [True, False])
def test_without_smart_charging_the_profile_of_a_remote_start_is_ignored(supported: bool) -> None:
    bench = Bench16.booted() if supported else without("SmartCharging")
    bench.command(PlugIn(vehicle="suv", soc=0.2))
    request: dict[str, Any] = {
        "idTag": "R",
        "connectorId": 1,
        "chargingProfile": profile((0, 8.0), purpose="TxProfile"),
    }
    answer = bench.ask("RemoteStartTransaction", request)
    assert answer is not None
    assert answer[2] == {"status": "Accepted"}
    bench.wait(60)
    limited = bench.station.evses[0].meter.power_at(bench.now.sim) < 8.0 * 230 * 3 * 1.02
    assert limited is supported
