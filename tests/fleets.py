"""Fleets for tests: from a few words to running chargers, by way of a real fleet file and the real daemon."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.core.commands import Command, Outcome
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.spec import FleetSpec

VERSIONS = ("1.6", "2.0.1")
MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Power.Offered,Current.Offered"

_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "1.6": {"MeterValueSampleInterval": 60, "MeterValuesSampledData": MEASURANDS},
    "2.0.1": {
        "SampledDataCtrlr.TxUpdatedInterval": 60,
        "SampledDataCtrlr.TxUpdatedMeasurands": MEASURANDS,
    },
}
_TIMING = {"contactor_delay_s": 1, "reboot_s": 0.1}
_AC = {"connector": "sType2", "max_power_w": 22080, "max_current_a": 32, "phases": 3}
_DC = {"connector": "cCCS2", "current": "dc", "max_power_w": 50000, "max_current_a": 125, "voltage_v": 400}


def template(version: str, current: str = "ac", **changes: Any) -> dict[str, Any]:
    """A kind of charger with one outlet; `changes` are keys of the template."""
    settings = {**_SETTINGS[version], **changes.pop("settings", {})}
    return {
        "ocpp": version,
        "hardware": {"vendor": "Example", "model": f"Test {current}"},
        "evses": _AC if current == "ac" else _DC,
        "timing": _TIMING,
        "settings": settings,
        **changes,
    }


def fleet(folder: Path, chargers: list[dict[str, Any]], **sections: Any) -> FleetSpec:
    """The fleet of these groups; templates ac16, ac201, dc16, dc201 are there, no API and no ramp unless given."""
    kinds = {"ac16": ("1.6", "ac"), "ac201": ("2.0.1", "ac"), "dc16": ("1.6", "dc"), "dc201": ("2.0.1", "dc")}
    document = {
        "fleet": {"name": "test", "seed": 11},
        "csms": {"url": "builtin", "builtin": {"port": 0, "frames_kept": 5000}},
        "ramp": {"rate_per_s": 1000},
        "api": {"listen": "off"},
        **sections,
        "templates": {name: template(*kind) for name, kind in kinds.items()} | sections.get("templates", {}),
        "chargers": chargers,
    }
    path = folder / "fleet.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return load_fleet(path, {})


def ac(version: str) -> str:
    """The name of the AC template of a version."""
    return {"1.6": "ac16", "2.0.1": "ac201"}[version]


async def do(daemon: Daemon, charger_id: str, command: Command) -> Outcome:
    """Carry out a command that must be accepted."""
    outcome = await daemon.fleet.command(charger_id, command)
    assert outcome.accepted, outcome.reason
    return outcome
