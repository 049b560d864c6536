"""2.0.1 MeterValues: readings as meterValue elements (use cases J01, J02)."""

from collections.abc import Iterable

from chargepoint_sim.clock import Now
from chargepoint_sim.core.facts import Context, MeterSampled, Sample
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.measurands import Value, values
from chargepoint_sim.protocol.registry import BlockContext, sends, tells

ALIGNED = "AlignedDataCtrlr.Measurands"


@tells(MeterSampled)
@sends("MeterValues")
def sampled(context: BlockContext, fact: MeterSampled, now: Now) -> None:
    """A reading outside a transaction, clock-aligned or asked for; both show the same measurands (F06.FR.06)."""
    element = meter_value(context, fact.sample, context.station.settings.members(ALIGNED))
    if element is None:
        return
    payload: Payload = {"evseId": fact.evse_id, "meterValue": [element]}
    context.call("MeterValues", payload, solicited=fact.sample.context is Context.TRIGGER)


def meter_value(context: BlockContext, sample: Sample, measurands: Iterable[str]) -> Payload | None:
    """One meterValue element; None where nothing of what is asked for can be measured."""
    sampled_values = [_sampled_value(value, sample.context) for value in values(sample.reading, measurands)]
    if not sampled_values:
        return None
    return {"timestamp": context.stamp(sample.reading.at), "sampledValue": sampled_values}


def _sampled_value(value: Value, context: Context) -> Payload:
    sampled_value: Payload = {"value": value.value, "context": context.value, "measurand": value.measurand}
    if value.phase is not None:
        sampled_value["phase"] = value.phase
    if value.location is not None:
        sampled_value["location"] = value.location
    if value.unit is not None:
        sampled_value["unitOfMeasure"] = {"unit": value.unit}
    return sampled_value
