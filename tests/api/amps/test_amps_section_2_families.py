"""Sections 1 and 7: the device families that there are none of."""

import pytest

from tests.api.amps.conftest import Bench, data, error

FAMILIES = ("battery", "hvac", "solar-inverter", "vehicle")


@pytest.mark.parametrize("family", FAMILIES)
async def test_there_are_no_devices_of_other_families(amps: Bench, family: str) -> None:
    listed = data(await amps.get(f"/{family}"))
    assert listed == {"items": [], "pagination": {"limit": 10, "offset": 0, "total": 0, "hasMore": False}}
    error(await amps.get(f"/{family}/device_1"), 404, "DEVICE_NOT_FOUND")


@pytest.mark.parametrize(
    ("family", "status", "code"),
    [
        ("battery", 404, "DEVICE_NOT_FOUND"),
        ("hvac", 404, "DEVICE_NOT_FOUND"),
        ("solar-inverter", 422, "DIRECT_ACTION_UNSUPPORTED"),
        ("vehicle", 422, "DIRECT_ACTION_UNSUPPORTED"),
    ],
)
async def test_families_that_are_only_read_take_no_actions(amps: Bench, family: str, status: int, code: str) -> None:
    error(await amps.api.post(f"/{family}/device_1", {"action": {"command": "charge"}}), status, code)
