"""2.0.1 MeterValues: readings as meterValue elements (use cases J01, J02)."""

from collections.abc import Iterable
from functools import cache

from chargepoint_sim.clock import Now
from chargepoint_sim.core.facts import Context, MeterSampled, Sample
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.measurands import ALIGNED, REGISTER, Quantity, template, values
from chargepoint_sim.protocol.registry import BlockContext, sends, tells
from chargepoint_sim.protocol.v201 import signing

EVERY_VALUE = "EveryMeterValue"
"""PublicKeyWithSignedMeterValue: the key goes with each signed value."""


@tells(MeterSampled)
@sends("MeterValues")
def sampled(context: BlockContext, fact: MeterSampled, now: Now) -> None:
    """A reading outside a transaction, clock-aligned or asked for; both show the same measurands (F06.FR.06)."""
    settings = context.station.settings
    element = meter_value(context, fact.sample, settings.members(ALIGNED))
    if element is None:
        return
    if fact.evse_id and settings.boolean(signing.ALIGNED):
        sign(context, fact.evse_id, fact.sample, element, show_key=settings.get(signing.SHOW_KEY) == EVERY_VALUE)
    payload: Payload = {"evseId": fact.evse_id, "meterValue": [element]}
    context.call("MeterValues", payload, solicited=fact.sample.context is Context.TRIGGER)


def meter_value(context: BlockContext, sample: Sample, measurands: Iterable[str]) -> Payload | None:
    """One meterValue element; None where nothing of what is asked for can be measured."""
    sampled_values = []
    for quantity, figure in values(sample.reading, measurands):
        sampled_value = _template(quantity, sample.context).copy()
        sampled_value["value"] = figure
        sampled_values.append(sampled_value)
    if not sampled_values:
        return None
    return {"timestamp": context.stamp(sample.reading.at), "sampledValue": sampled_values}


def sign(context: BlockContext, evse_id: int, sample: Sample, element: Payload, *, show_key: bool) -> None:
    """Add what the meter signs to a meterValue element: its energy register (J01.FR.21, J02.FR.21)."""
    for value in element["sampledValue"]:
        if value["measurand"] == REGISTER.measurand:
            value["signedMeterValue"] = signing.signed_meter_value(
                context.station, evse_id, sample, element["timestamp"], show_key=show_key
            )


@cache
def _template(quantity: Quantity, context: Context) -> Payload:
    """A sampledValue without its figure, made once."""
    unit = {} if quantity.unit is None else {"unitOfMeasure": {"unit": quantity.unit}}
    return template(quantity, context) | unit
