"""The way of a CALL of the central system to its handler: registration, schemas, then the block."""

from chargepoint_sim import telemetry
from chargepoint_sim.clock import Now
from chargepoint_sim.core.facts import MessageInvalid
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import Call, ErrorCode, Payload
from chargepoint_sim.protocol.registration import RegistrationStatus
from chargepoint_sim.protocol.registry import Adapter, BlockContext

LATER: Payload = {}
"""Stands for an answer that a job will give; told by identity."""


def handle(adapter: Adapter, context: BlockContext, call: Call, now: Now) -> Payload:
    """The answer to a CALL, or LATER. Raises CallRefused for a CALLERROR."""
    if context.registration.status is RegistrationStatus.REJECTED:
        raise CallRefused(ErrorCode.SECURITY_ERROR, "the charging station was rejected by the CSMS")
    handler = adapter.handles.get(call.action)
    if handler is None:
        if call.action in adapter.schemas.requests:
            reason = adapter.unsupported.get(call.action, "not a message to a charger")
            raise CallRefused(ErrorCode.NOT_SUPPORTED, reason)
        raise CallRefused(ErrorCode.NOT_IMPLEMENTED, f"unknown action {call.action}")
    missing = adapter.lacks(context.station, call.action)
    if missing:
        raise CallRefused(ErrorCode.NOT_SUPPORTED, missing)
    violation = adapter.schemas.check_request(call.action, call.payload)
    if violation is not None:
        context.problem(f"bad request {call.action}: {violation.code}")
        context.station.emit(MessageInvalid(now.sim, f"{call.action}: {violation.code}"))
        raise CallRefused(violation.code, violation.description)
    response = handler(context, call.payload, now)
    return response if response is LATER else checked(adapter, call.action, response)


def checked(adapter: Adapter, action: str, response: Payload) -> Payload:
    """An answer of ours that its schema accepts. Raises CallRefused for one that it does not: a bug of ours."""
    flaw = adapter.schemas.check_response(action, response)
    if flaw is not None:
        telemetry.count("outgoing_violations", action)
        raise CallRefused(ErrorCode.INTERNAL_ERROR, flaw.description)
    return response
