"""1.6 MeterValues: readings as meterValue elements (section 4.7, errata 3.14-3.18)."""

from collections.abc import Iterable
from functools import cache

from chargepoint_sim.clock import Now
from chargepoint_sim.core import metering
from chargepoint_sim.core.facts import Context, MeterSampled, Sample
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.measurands import ALIGNED, SAMPLED, Quantity, template, values
from chargepoint_sim.protocol.outbox import Lane
from chargepoint_sim.protocol.registry import BlockContext, sends, tells

REGISTER = "Energy.Active.Import.Register"


@tells(MeterSampled)
@sends("MeterValues")
def sampled(context: BlockContext, fact: MeterSampled, now: Now) -> None:
    """A reading outside a transaction; clock-aligned ones are kept until delivered (section 3.7.1)."""
    setting = ALIGNED if fact.sample.context is Context.SAMPLE_CLOCK else SAMPLED
    element = meter_value(context, fact.sample, context.station.settings.members(setting))
    if element is not None:
        lane = Lane.TRANSACTION if fact.sample.context is Context.SAMPLE_CLOCK else Lane.NORMAL
        context.call("MeterValues", {"connectorId": fact.evse_id, "meterValue": [element]}, lane=lane)


def triggered(context: BlockContext, evse_id: int, now: Now) -> bool:
    """Send what the meter of a connector, or as 0 the main meter, shows now; False where it measures nothing asked for.

    The transaction is named where the central system has given its id already (section 5.17, errata 3.46).
    """
    station = context.station
    evse = station.evse(evse_id)
    reading = metering.reading(station, evse, now.sim) if evse is not None else metering.main_reading(station, now.sim)
    element = meter_value(context, Sample(Context.TRIGGER, reading), station.settings.members(SAMPLED))
    if element is None:
        return False
    payload: Payload = {"connectorId": evse_id, "meterValue": [element]}
    if evse is not None and evse.transaction is not None:
        csms_id = context.outbox.csms_id(evse.transaction.transaction_id)
        if csms_id is not None:
            payload["transactionId"] = csms_id
    context.call("MeterValues", payload, solicited=True)
    return True


def meter_value(context: BlockContext, sample: Sample, measurands: Iterable[str]) -> Payload | None:
    """One meterValue element; None where nothing of what is asked for can be measured."""
    sampled_values = []
    for quantity, figure in values(sample.reading, measurands):
        sampled_value = _template(quantity, sample.context).copy()
        sampled_value["value"] = f"{figure:.12g}"
        sampled_values.append(sampled_value)
    if not sampled_values:
        return None
    return {"timestamp": context.stamp(sample.reading.at), "sampledValue": sampled_values}


@cache
def _template(quantity: Quantity, context: Context) -> Payload:
    """A sampledValue without its figure, made once: ten of them go into every MeterValues."""
    return template(quantity, context) | ({} if quantity.unit is None else {"unit": quantity.unit})
