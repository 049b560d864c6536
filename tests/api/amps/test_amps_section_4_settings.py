"""Section 4 and E4: settings, their bounds, and the write that is done whole or not at all."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import SetDeviceLimit
from tests.api.amps.conftest import EV, FIELD, LIVE, Bench, data, error


def rate(value: Any, unit: str = "kw") -> dict[str, Any]:
    return {"max_charge_rate": {"value": value, "unit": unit}}


async def test_a_write_tells_what_was_written_and_has_no_action(amps: Bench) -> None:
    assert data(await amps.set(rate(7.4))) == {"deviceId": EV, "updated": ["max_charge_rate"]}
    assert amps.fleet.done == [(EV, SetDeviceLimit(7400.0))]
    assert data(await amps.get("/actions"))["items"] == []


async def test_settings_never_conflict(amps: Bench) -> None:
    data(await amps.push("charge"), 202)
    data(await amps.set(rate(7)))
    data(await amps.set(rate(7)))
    data(await amps.push("idle", on_conflict="cancel_and_replace"), 202)


@pytest.mark.parametrize("value", [0, 50, 7.4])
async def test_bounds_are_inclusive(amps: Bench, value: float) -> None:
    data(await amps.set(rate(value)))
    assert amps.fleet.done == [(EV, SetDeviceLimit(value * 1000.0))]


@pytest.mark.parametrize("value", [-0.1, 50.1])
async def test_a_value_out_of_bounds(amps: Bench, value: float) -> None:
    details = error(await amps.set(rate(value)), 422, "SETTING_OUT_OF_RANGE")
    assert details == {"parameter": "max_charge_rate", "value": value, "min": 0, "max": 50, "unit": "kw"}


async def test_bounds_are_those_of_the_device(amps: Bench) -> None:
    data(await amps.set(rate(100), FIELD))
    assert error(await amps.set(rate(151), FIELD), 422, "SETTING_OUT_OF_RANGE")["max"] == 150


async def test_an_unknown_key(amps: Bench) -> None:
    error(await amps.set({"min_soc": {"value": 20, "unit": "percent"}}), 422, "UNSUPPORTED_SETTING")


async def test_a_read_only_key(amps: Bench) -> None:
    error(await amps.set({"scheduler_enabled": True}), 422, "READ_ONLY_SETTING")


@pytest.mark.parametrize("unit", ["amps", "watts", "KW", "horsepower"])
async def test_a_unit_other_than_its_own(amps: Bench, unit: str) -> None:
    details = error(await amps.set(rate(7, unit)), 422, "UNSUPPORTED_UNIT")
    assert details == {"parameter": "max_charge_rate", "providedUnit": unit, "supportedUnits": ["kw"]}


@pytest.mark.parametrize(
    "body", [{}, [], 7, {"max_charge_rate": 7}, {"max_charge_rate": {"value": 7}}, rate("7"), rate(True), rate(None)]
)
async def test_a_body_of_the_wrong_shape(amps: Bench, body: Any) -> None:
    error(await amps.set(body), 400, "VALIDATION_ERROR")
    assert amps.fleet.done == []


async def test_one_wrong_key_keeps_all_from_being_written(amps: Bench) -> None:
    error(await amps.set(rate(7) | {"turbo": {"value": 1, "unit": "kw"}}), 422, "UNSUPPORTED_SETTING")
    assert amps.fleet.done == []


async def test_a_device_that_does_not_take_it_is_offline(amps: Bench) -> None:
    amps.fleet.refusals[EV] = "the charger has no power"
    error(await amps.set(rate(7)), 503, "DEVICE_OFFLINE")


async def test_a_live_key_writes_no_settings(guarded: Bench) -> None:
    path, key = f"/ev-charger/{EV}/settings", {"x-api-key": LIVE}
    error(await guarded.api.send("POST", path, json=rate(7), headers=key), 422, "COMMAND_NOT_SUPPORTED")
    assert guarded.fleet.done == []
