"""1.6 ExtendedTriggerMessage: the central system asks for a message (white paper 5.5, 6.16).

What both requests know is sent by the rules of TriggerMessage; here stands what only this one has.
"""

from collections.abc import Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.protocol import certificates
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, handles
from chargepoint_sim.protocol.v16 import diagnostics, firmware
from chargepoint_sim.protocol.v16.remote_control import ACCEPTED, TRIGGERS, Triggered


@handles("ExtendedTriggerMessage")
def trigger(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Send a message now; it follows the answer."""
    context.station.access.speaks_extension = True
    return EXTENDED[request["requestedMessage"]](context, request.get("connectorId"), now)


def _sign(context: BlockContext, connector_id: int | None, now: Now) -> Payload:
    certificates.sign(context)
    return ACCEPTED


def _log_status(context: BlockContext, connector_id: int | None, now: Now) -> Payload:
    diagnostics.tell_log_triggered(context)
    return ACCEPTED


def _firmware_status(context: BlockContext, connector_id: int | None, now: Now) -> Payload:
    """The signed variant (white paper 6.16)."""
    firmware.tell_signed_triggered(context)
    return ACCEPTED


EXTENDED: Mapping[str, Triggered] = {
    **{asked: TRIGGERS[asked] for asked in ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification")},
    "FirmwareStatusNotification": _firmware_status,
    "LogStatusNotification": _log_status,
    "SignChargePointCertificate": _sign,
}
"""requestedMessage -> what sends it."""
