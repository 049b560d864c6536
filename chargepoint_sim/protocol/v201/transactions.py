"""2.0.1 TransactionEvent and GetTransactionStatus (use cases E01-E15)."""

from collections.abc import Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core import authorization
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.facts import Context, Sample, StopReason, TransactionEvent, TransactionPhase, Trigger
from chargepoint_sim.core.settings import Settings
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.measurands import ALIGNED, ENDED_ALIGNED, ENDED_SAMPLED, REGISTER, SAMPLED, thinned
from chargepoint_sim.protocol.outbox import Entry, Lane
from chargepoint_sim.protocol.registry import BlockContext, handles, on_result, sends, tells
from chargepoint_sim.protocol.v201 import signing, tariff
from chargepoint_sim.protocol.v201.authorization import id_token, info_of, priority_of
from chargepoint_sim.protocol.v201.metering import EVERY_VALUE, meter_value, sign

ACTION = "TransactionEvent"
MOST_SAMPLES = 500
"""Samples in one event; of more, intermediate ones are left out."""

ONCE = frozenset({"cableMaxCurrent", "evse", "idToken", "numberOfPhasesUsed", "reservationId"})
"""What an event may hold that no other repeats."""

MEASURANDS: Mapping[Context, str] = {
    Context.TRANSACTION_BEGIN: "SampledDataCtrlr.TxStartedMeasurands",
    Context.SAMPLE_PERIODIC: SAMPLED,
    Context.SAMPLE_CLOCK: ALIGNED,
    Context.TRIGGER: SAMPLED,
}
"""Why a sample was taken -> the list of what it shows, in Started and Updated."""


@tells(TransactionEvent)
@sends(ACTION)
def tell(context: BlockContext, fact: TransactionEvent, now: Now) -> None:
    """Every event of a transaction is one message (E01-E12)."""
    payload: Payload = {
        "eventType": fact.phase.value,
        "timestamp": context.stamp(fact.at),
        "triggerReason": fact.trigger.value,
        "seqNo": fact.seq_no,
        "transactionInfo": _transaction_info(fact),
    }
    if fact.connector_id is not None:
        payload["evse"] = {"id": fact.evse_id, "connectorId": fact.connector_id}
        cable_a = context.station.spec.evses[fact.evse_id - 1].connectors[fact.connector_id - 1].cable_max_current_a
        if cable_a is not None:
            payload["cableMaxCurrent"] = int(cable_a)  # whole A: rounded down, a cable carries no more
    if fact.id_token is not None:
        payload["idToken"] = id_token(fact.id_token)
    if fact.phases_used is not None:
        payload["numberOfPhasesUsed"] = fact.phases_used
    if fact.reservation_id is not None:
        payload["reservationId"] = fact.reservation_id
    elements = _meter_values(context, fact)
    if elements:
        payload["meterValue"] = elements
    context.call(ACTION, payload, lane=Lane.TRANSACTION, transaction=fact.transaction_id, note=fact.id_token)
    if fact.offline:
        context.outbox.make_room(context.station.spec.transaction_queue, _may_be_dropped)


def _may_be_dropped(entry: Entry) -> bool:
    """Periodic readings between the first and the last event, with nothing in them that is told once (E04.FR.08)."""
    payload = entry.payload
    periodic = payload.get("triggerReason") in (Trigger.METER_VALUE_PERIODIC, Trigger.METER_VALUE_CLOCK)
    return periodic and not ONCE & payload.keys()


def _transaction_info(fact: TransactionEvent) -> Payload:
    info: Payload = {"transactionId": fact.transaction_id, "chargingState": fact.charging_state.value}
    if fact.stopped_reason is not None and fact.stopped_reason is not StopReason.LOCAL:
        info["stoppedReason"] = fact.stopped_reason.value
    if fact.remote_start_id is not None:
        info["remoteStartId"] = fact.remote_start_id
    return info


def _meter_values(context: BlockContext, fact: TransactionEvent) -> list[Payload]:
    settings, elements = context.station.settings, []
    for sample in thinned(fact.samples, MOST_SAMPLES):
        shown = settings.members(_shown(fact.phase, sample))
        if fact.part is not None:
            most = context.station.spec.measurands_per_event or len(shown)
            shown = shown[fact.part * most : (fact.part + 1) * most]
        element = meter_value(context, sample, shown)
        if element is None:
            continue
        if settings.boolean(signing.ALIGNED if sample.context is Context.SAMPLE_CLOCK else signing.SAMPLED):
            sign(context, fact.evse_id, sample, element, show_key=_shows_key(settings, fact, sample))
        elements.append(element)
    return elements


def _shows_key(settings: Settings, fact: TransactionEvent, sample: Sample) -> bool:
    """Whether the meter's key goes with a signed value; once is with the begin, where it is first told."""
    when = settings.get(signing.SHOW_KEY)
    if when == "OncePerTransaction":
        told_before = REGISTER.measurand in settings.members(MEASURANDS[Context.TRANSACTION_BEGIN])
        first = fact.phase is not TransactionPhase.ENDED or not told_before
        return first and sample.context is Context.TRANSACTION_BEGIN
    return when == EVERY_VALUE


def _shown(phase: TransactionPhase, sample: Sample) -> str:
    """The setting that lists what a sample shows."""
    if phase is TransactionPhase.ENDED:
        return ENDED_ALIGNED if sample.context is Context.SAMPLE_CLOCK else ENDED_SAMPLED
    return MEASURANDS[sample.context]


def patch(context: BlockContext, entry: Entry) -> bool:
    """Mark what waited for a link; what went out before keeps its payload (E04, E12)."""
    if entry.action == ACTION and entry.offline and not entry.written:
        entry.payload["offline"] = True
    return True


@on_result(ACTION)
def answered(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Show the driver what the answer has for him; let the verdict on the token act (E05, C10, I02, I03)."""
    assert entry.transaction is not None
    ended = entry.payload["eventType"] == TransactionPhase.ENDED
    tariff.transaction_answered(context.station, entry.transaction, answer, now.sim, ended=ended)
    token: IdToken | None = entry.note
    if token is not None and "idTokenInfo" in answer:
        info = info_of(answer)
        authorization.remember(context.station, token, info, now.sim)
        if info.status != authorization.ACCEPTED_STATUS:
            context.problem(f"TransactionEvent with token {token.shown}: {info.status}")
        transactions.judged(context.station, entry.transaction, info, now.sim)
    priority = priority_of(answer)
    if priority is not None:  # of this transaction alone, and never kept with the token (K03.FR.05)
        transactions.prioritised(context.station, entry.transaction, priority, now.sim)


@handles("GetTransactionStatus")
def get_transaction_status(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Whether a transaction goes on, and whether messages of it, or of any, wait to be delivered (E14)."""
    waiting = context.outbox.transactions or ()
    wanted = request.get("transactionId")
    if wanted is None:
        return {"messagesInQueue": any(entry.action == ACTION for entry in waiting)}
    running = {evse.transaction.transaction_id for evse in context.station.running_transactions() if evse.transaction}
    return {
        "ongoingIndicator": wanted in running,
        "messagesInQueue": any(entry.transaction == wanted for entry in waiting),
    }
