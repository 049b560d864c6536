"""1.6 StartTransaction, MeterValues and StopTransaction of a transaction (sections 4.7, 4.8, 4.10, errata 3.14-3.18).

The central system gives the transactionId only in the answer to StartTransaction: it is patched into later messages
when they are sent.
"""

from collections.abc import Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core import authorization
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.facts import (
    Context,
    StopReason,
    TransactionEvent,
    TransactionPhase,
    Trigger,
)
from chargepoint_sim.protocol.frames import CallError, Payload
from chargepoint_sim.protocol.measurands import ALIGNED, ENDED_ALIGNED, ENDED_SAMPLED, SAMPLED, thinned, whole_wh
from chargepoint_sim.protocol.outbox import Entry, Lane
from chargepoint_sim.protocol.registry import BlockContext, on_failure, on_result, sends, tells
from chargepoint_sim.protocol.v16.authorization import info_of
from chargepoint_sim.protocol.v16.metering import REGISTER, meter_value

LOST_ID = -1
"""Stands for the transactionId where StartTransaction was given up (errata 3.18)."""

REASONS: Mapping[StopReason, str] = {
    StopReason.DE_AUTHORIZED: "DeAuthorized",
    StopReason.EMERGENCY_STOP: "EmergencyStop",
    StopReason.EV_DISCONNECTED: "EVDisconnected",
    StopReason.IMMEDIATE_RESET: "HardReset",
    StopReason.LOCAL: "Local",
    StopReason.MASTER_PASS: "Local",
    StopReason.POWER_LOSS: "PowerLoss",
    StopReason.REBOOT: "Reboot",
    StopReason.REMOTE: "Remote",
}
"""Core reason -> 1.6 Reason; all others are Other."""


@tells(TransactionEvent)
@sends("StartTransaction", "StopTransaction")
def tell(context: BlockContext, fact: TransactionEvent, now: Now) -> None:
    """Turn a transaction's events into messages; changes of state are told by StatusNotification alone."""
    if fact.phase is TransactionPhase.STARTED:
        _start(context, fact)
    elif fact.phase is TransactionPhase.ENDED:
        _stop(context, fact)
    elif fact.samples:
        _meter(context, fact)


def _start(context: BlockContext, fact: TransactionEvent) -> None:
    payload: Payload = {
        "connectorId": fact.evse_id,
        "idTag": fact.tag.id_token if fact.tag is not None else "",
        "meterStart": whole_wh(fact.meter_start_wh),
        "timestamp": context.stamp(fact.at),
    }
    if fact.reservation_id is not None:
        payload["reservationId"] = fact.reservation_id
    context.call("StartTransaction", payload, lane=Lane.TRANSACTION, transaction=fact.transaction_id, note=fact.tag)


def _meter(context: BlockContext, fact: TransactionEvent) -> None:
    aligned = fact.samples[0].context is Context.SAMPLE_CLOCK
    measurands = context.station.settings.members(ALIGNED if aligned else SAMPLED)
    elements = [meter_value(context, sample, measurands) for sample in fact.samples]
    payload: Payload = {
        "connectorId": fact.evse_id,
        "meterValue": [element for element in elements if element is not None],
    }
    if payload["meterValue"]:
        context.call("MeterValues", payload, lane=Lane.TRANSACTION, transaction=fact.transaction_id)


def _stop(context: BlockContext, fact: TransactionEvent) -> None:
    payload: Payload = {"meterStop": whole_wh(fact.register_wh), "timestamp": context.stamp(fact.at)}
    if fact.id_token is not None:
        payload["idTag"] = fact.id_token.id_token
    reason = REASONS.get(fact.stopped_reason or StopReason.LOCAL, "Other")
    if fact.trigger is Trigger.RESET_COMMAND and fact.stopped_reason is StopReason.REBOOT:
        reason = "SoftReset"
    elif fact.trigger is Trigger.UNLOCK_COMMAND:
        reason = "UnlockCommand"
    if reason != "Local":
        payload["reason"] = reason
    data = _transaction_data(context, fact)
    if data:
        payload["transactionData"] = data
    context.call("StopTransaction", payload, lane=Lane.TRANSACTION, transaction=fact.transaction_id, note=fact.id_token)


def _transaction_data(context: BlockContext, fact: TransactionEvent) -> list[Payload]:
    """What was gathered; begin and end are always kept, both keys empty means none (1.6 StopTxnSampledData)."""
    settings = context.station.settings
    sampled, aligned = settings.members(ENDED_SAMPLED), settings.members(ENDED_ALIGNED)
    if not sampled and not aligned:
        return []
    chosen = {Context.SAMPLE_CLOCK: aligned, Context.SAMPLE_PERIODIC: sampled}
    ends = sampled or (REGISTER,)
    samples = thinned(fact.samples, settings.integer("Ocpp16.StopTransactionMaxMeterValues"))
    elements = [meter_value(context, sample, chosen.get(sample.context, ends)) for sample in samples]
    return [element for element in elements if element is not None]


def patch(context: BlockContext, entry: Entry) -> bool:
    """Put the central system's transactionId into a message just before it is sent for the first time."""
    if entry.transaction is not None and entry.action != "StartTransaction" and "transactionId" not in entry.payload:
        csms_id = context.outbox.csms_id(entry.transaction)
        entry.payload["transactionId"] = LOST_ID if csms_id is None else csms_id
    return True


@on_result("StartTransaction")
def started(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Learn the id, and let the tag be judged once more (errata 3.17)."""
    assert entry.transaction is not None
    csms_id = answer.get("transactionId")
    context.outbox.learn_id(entry.transaction, csms_id if isinstance(csms_id, int) else LOST_ID)
    info = info_of(answer)
    tag: IdToken | None = entry.note
    if tag is not None:
        authorization.remember(context.station, tag, info, now.sim)
    if info.status != authorization.ACCEPTED_STATUS:
        context.problem(f"StartTransaction with token {tag.id_token if tag else ''}: {info.status}")
    transactions.judged(context.station, entry.transaction, info, now.sim)


@on_failure("StartTransaction")
def not_started(context: BlockContext, entry: Entry, error: CallError | None, now: Now) -> None:
    """Given up: what follows in this transaction carries -1."""
    assert entry.transaction is not None
    context.outbox.learn_id(entry.transaction, LOST_ID)


@on_result("StopTransaction")
def stopped(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """The transaction is told completely."""
    context.outbox.forget_id(entry.transaction)
    tag: IdToken | None = entry.note
    if tag is not None and "idTagInfo" in answer:
        authorization.remember(context.station, tag, info_of(answer), now.sim)


@on_failure("StopTransaction")
def not_stopped(context: BlockContext, entry: Entry, error: CallError | None, now: Now) -> None:
    """Given up."""
    context.outbox.forget_id(entry.transaction)
