"""The fleet that the simulation tests share."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.core.behaviour import NOBODY
from chargepoint_sim.fleet.spec import FleetSpec

FLEET_FILE = Path(__file__).with_name("fleet.yaml")


@cache
def lively() -> FleetSpec:
    """Eight chargers of both versions with visitors."""
    return load_fleet(FLEET_FILE, {})


def quiet(*charger_ids: str, **changes: Any) -> FleetSpec:
    """Some of its chargers, or all, where nobody comes; `changes` are fields of FleetSpec."""
    fleet = lively()
    chosen = [
        replace(one, behaviour=NOBODY) for one in fleet.chargers if one.charger_id in charger_ids or not charger_ids
    ]
    return replace(fleet, chargers=tuple(chosen), **changes)
