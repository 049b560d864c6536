"""What Amps clients set at a charger for good: bounds, values and the write, which is done whole or not at all.

A setting is no command: it has no action and no life-cycle, and conflicts with nothing. `max_charge_rate` is the
ceiling that `core/device.py` keeps.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from chargepoint_sim.api.amps import shapes
from chargepoint_sim.api.amps.access import check_sandbox
from chargepoint_sim.api.amps.errors import AmpsRefusal, invalid, refused
from chargepoint_sim.api.amps.units import kilowatts
from chargepoint_sim.api.amps.users import device_of
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import Call
from chargepoint_sim.core.commands import SetDeviceLimit
from chargepoint_sim.fleet.views import ChargerView

MAX_CHARGE_RATE = "max_charge_rate"
KILOWATTS = "kw"
LEAST_MAX_KW = 50
"""The upper bound of the ceiling; chargers that can do more have their rating as the bound."""

READ_ONLY = frozenset({"scheduler_enabled"})
"""Keys of the vocabulary that no charger lets anybody write."""


def settings_of(view: ChargerView) -> dict[str, shapes.Setting]:
    """The settings of a charger with their bounds; without a ceiling the value is the charger's rating."""
    rated_kw = kilowatts(view.rated_power_w)
    value = rated_kw if view.device_limit_w is None else kilowatts(view.device_limit_w)
    return {MAX_CHARGE_RATE: shapes.Setting(value=value, unit=KILOWATTS, min=0, max=max(LEAST_MAX_KW, rated_kw))}


async def write_settings(call: Call[Nothing, shapes.SettingsBody]) -> shapes.SettingsWritten:
    """Write every setting of the body, or none: the first mistake is told."""
    view = await device_of(call)
    check_sandbox(call)
    bounds = settings_of(view)
    wanted = {key: _checked(key, given, bounds) for key, given in call.body.root.items()}
    ceiling_kw = wanted[MAX_CHARGE_RATE]
    outcome = await call.fleet.command(view.charger_id, SetDeviceLimit(ceiling_kw * 1000))
    if not outcome.accepted:
        raise AmpsRefusal(503, "DEVICE_OFFLINE", f"The device did not take the setting: {outcome.reason}.")
    return shapes.SettingsWritten(deviceId=view.charger_id, updated=list(wanted))


def _checked(key: str, given: Any, bounds: Mapping[str, shapes.Setting]) -> float:
    """The value that is to be written. Raises AmpsRefusal."""
    if key in READ_ONLY:
        raise refused("READ_ONLY_SETTING", f"{key} can be read, not written.", parameter=key)
    if key not in bounds:
        raise refused("UNSUPPORTED_SETTING", f"This device has no setting {key}.", parameter=key)
    bound = bounds[key]
    try:
        quantity = shapes.Quantity.model_validate(given)
    except ValidationError as error:
        words = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'it'}: {one['msg']}" for one in error.errors())
        raise invalid(f"{key} has to be a number with its unit: {words}.", f"body.{key}") from None
    if quantity.unit != bound.unit:
        raise refused(
            "UNSUPPORTED_UNIT",
            f"{key} is written in {bound.unit}, not in {quantity.unit}.",
            parameter=key,
            providedUnit=quantity.unit,
            supportedUnits=[bound.unit],
        )
    if not bound.min <= quantity.value <= bound.max:
        raise refused(
            "SETTING_OUT_OF_RANGE",
            f"{key} lies between {bound.min} and {bound.max} {bound.unit}.",
            parameter=key,
            value=quantity.value,
            min=bound.min,
            max=bound.max,
            unit=bound.unit,
        )
    return quantity.value
