"""1.6 MeterValues: readings as meterValue elements (section 4.7, errata 3.14-3.18)."""

from collections.abc import Iterable

from chargepoint_sim.clock import Now
from chargepoint_sim.core.facts import Context, MeterSampled, Sample
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.measurands import Value, values
from chargepoint_sim.protocol.outbox import Lane
from chargepoint_sim.protocol.registry import BlockContext, sends, tells

SAMPLED = "SampledDataCtrlr.TxUpdatedMeasurands"
ALIGNED = "AlignedDataCtrlr.Measurands"
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


def meter_value(context: BlockContext, sample: Sample, measurands: Iterable[str]) -> Payload | None:
    """One meterValue element; None where nothing of what is asked for can be measured."""
    sampled_values = [_sampled_value(value, sample.context) for value in values(sample.reading, measurands)]
    if not sampled_values:
        return None
    return {"timestamp": context.stamp(sample.reading.at), "sampledValue": sampled_values}


def _sampled_value(value: Value, context: Context) -> Payload:
    number = value.value
    sampled_value: Payload = {
        "value": str(int(number)) if number == int(number) else str(number),
        "context": context.value,
        "measurand": value.measurand,
    }
    if value.phase is not None:
        sampled_value["phase"] = value.phase
    if value.location is not None:
        sampled_value["location"] = value.location
    if value.unit is not None:
        sampled_value["unit"] = value.unit
    return sampled_value
