"""Every file in configs/ loads, and holds what its comments and the issue promise."""

import re
from pathlib import Path

import pytest

from chargepoint_sim.config.loader import DEMO, load_fleet
from chargepoint_sim.config.plan import plan
from chargepoint_sim.fleet.spec import FleetSpec

CONFIGS = Path(__file__).parents[2] / "configs"
EXAMPLES = sorted(path.name for path in CONFIGS.glob("*.yaml"))


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """What the examples ask of the environment."""
    for name in ("ca.pem", "client.pem", "client-key.pem"):
        (tmp_path / name).write_text("")
    return {"CSMS_PASSWORD": "a-password-of-twenty", "CSMS_HOST": "csms.test", "CERTIFICATES": str(tmp_path)}


def load(name: str, environ: dict[str, str]) -> FleetSpec:
    return load_fleet(CONFIGS / name, environ)


def test_the_promised_examples_are_there() -> None:
    promised = {"seed", "demo", "depot", "own-csms", "tls", "thousand", "scaled"}
    assert promised <= {name.removesuffix(".yaml") for name in EXAMPLES}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_loads_and_can_be_planned(name: str, environ: dict[str, str]) -> None:
    fleet = load(name, environ)
    assert fleet.chargers
    assert plan(fleet).chargers == len(fleet.chargers)


def test_seed_has_the_chargers_of_the_published_requests(environ: dict[str, str]) -> None:
    fleet = load("seed.yaml", {})
    by_id = {one.charger_id: one for one in fleet.chargers}
    charger = by_id["dep-789"]
    assert (charger.identity, charger.version) == ("CP-CHARGER-789", "1.6")
    assert charger.station.evses[0].max_power_w >= 22_000
    assert [one.charger_id for one in fleet.chargers if one.location_id == "loc-456"] == ["dep-1", "dep-2"]
    assert "dep-123" in by_id
    assert fleet.api is not None
    assert (fleet.api.host, fleet.api.port, fleet.builtin_csms) == ("127.0.0.1", 8080, {"port": 0})


def test_demo_is_small_mixed_and_lively(environ: dict[str, str]) -> None:
    fleet = load("demo.yaml", {})
    assert {one.version for one in fleet.chargers} == {"1.6", "2.0.1"}
    assert {one.location_id for one in fleet.chargers} == {one.location_id for one in fleet.locations}
    assert len(fleet.locations) == 2
    for one in fleet.chargers:
        assert one.csms.builtin
        assert one.station.settings["SampledDataCtrlr.TxUpdatedInterval"] == "10"
        assert one.behaviour.first_arrival_s is not None
        assert one.behaviour.first_arrival_s[1] + one.behaviour.token_delay_s[1] <= 20


def test_the_demo_comes_with_the_package() -> None:
    assert (CONFIGS / "demo.yaml").resolve() == DEMO.resolve()


def test_own_csms_needs_one_variable(environ: dict[str, str]) -> None:
    fleet = load("own-csms.yaml", {"CSMS_URL": "wss://csms.test/{identity}?tenant=1"})
    assert {one.csms.url for one in fleet.chargers} == {"wss://csms.test/{identity}?tenant=1"}


def test_tls_shows_profiles_1_to_3(environ: dict[str, str]) -> None:
    assert {one.csms.security_profile for one in load("tls.yaml", environ).chargers} == {1, 2, 3}


def test_thousand_has_more_than_a_thousand(environ: dict[str, str]) -> None:
    assert len(load("thousand.yaml", {}).chargers) >= 1000


def test_scaled_drives_only_the_builtin_central_system(environ: dict[str, str]) -> None:
    fleet = load("scaled.yaml", {})
    assert (fleet.clock.mode, fleet.clock.scale) == ("scaled", 60)
    assert plan(fleet).warnings == ()


@pytest.mark.parametrize(
    "block", re.findall(r"```yaml\n(.*?)```", (CONFIGS.parent / "README.md").read_text(), re.DOTALL)
)
def test_the_fleet_files_of_the_readme_are_sound(tmp_path: Path, block: str) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(block if "chargers:" in block else f"{block}chargers: [{{template: public-ac-22, id: A}}]")
    assert load_fleet(path, {"CSMS_PASSWORD": "0123456789abcdef"}).chargers
