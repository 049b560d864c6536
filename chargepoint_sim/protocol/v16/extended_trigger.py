"""1.6 ExtendedTriggerMessage: the central system asks for a message (white paper 5.5, 6.16)."""

from collections.abc import Callable, Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core import metering
from chargepoint_sim.core.facts import MeterSampled
from chargepoint_sim.protocol import certificates, heartbeat
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, handles
from chargepoint_sim.protocol.v16 import availability, diagnostics, firmware, provisioning

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}

BEFORE_ACCEPTED = frozenset(
    {"BootNotification", "FirmwareStatusNotification", "LogStatusNotification", "SignChargePointCertificate"}
)
"""What goes out while the registration is Pending; the others need an accepted charge point."""


@handles("ExtendedTriggerMessage")
def trigger(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Send a message now; it follows the answer. A connector that does not exist is Rejected."""
    context.station.access.speaks_extension = True
    wanted: str = request["requestedMessage"]
    if not context.registration.accepted and wanted not in BEFORE_ACCEPTED:
        return REJECTED
    connector_id: int | None = request.get("connectorId")
    if connector_id is not None and not 0 <= connector_id <= len(context.station.evses):
        return REJECTED
    return ACCEPTED if _RULES[wanted](context, connector_id, now) else REJECTED


def _boot(context: BlockContext, connector_id: int | None, now: Now) -> bool:
    provisioning.announce(context, now)
    return True


def _heartbeat(context: BlockContext, connector_id: int | None, now: Now) -> bool:
    heartbeat.heartbeat(context, now)
    return True


def _sign(context: BlockContext, connector_id: int | None, now: Now) -> bool:
    certificates.sign(context)
    return True


def _log_status(context: BlockContext, connector_id: int | None, now: Now) -> bool:
    diagnostics.tell_log_triggered(context)
    return True


def _firmware_status(context: BlockContext, connector_id: int | None, now: Now) -> bool:
    """The signed variant (white paper 6.16)."""
    firmware.tell_signed_triggered(context)
    return True


def _status(context: BlockContext, connector_id: int | None, now: Now) -> bool:
    """One connector, or all with connector 0."""
    every = range(len(context.station.evses) + 1)
    for place in every if connector_id is None else (connector_id,):
        context.told.pop((place, 0), None)
        availability.tell(context, place, now.sim, detour=False)
    return True


def _meter_values(context: BlockContext, connector_id: int | None, now: Now) -> bool:
    """One connector, or each."""
    station = context.station
    for evse in station.evses:
        if connector_id in (None, 0, evse.evse_id):
            station.emit(MeterSampled(now.sim, evse.evse_id, metering.triggered_sample(station, evse, now.sim)))
    return True


_RULES: Mapping[str, Callable[[BlockContext, int | None, Now], bool]] = {
    "BootNotification": _boot,
    "FirmwareStatusNotification": _firmware_status,
    "Heartbeat": _heartbeat,
    "LogStatusNotification": _log_status,
    "MeterValues": _meter_values,
    "SignChargePointCertificate": _sign,
    "StatusNotification": _status,
}
