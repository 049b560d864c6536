"""2.0.1 registration and reset (use cases B01-B04, B11, B12)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import rules
from chargepoint_sim.core.facts import StopReason
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Lane
from chargepoint_sim.protocol.registry import BlockContext, handles, sends
from chargepoint_sim.protocol.v201.verdicts import Reason, accepted, rejected


@sends("BootNotification")
def announce(context: BlockContext, now: Now, reason: str | None = None) -> None:
    """Announce the charging station (B01); the reason is that of the last restart if none is given."""
    spec = context.station.spec
    station: Payload = {
        "model": spec.model[:20],
        "vendorName": spec.vendor[:50],
        "firmwareVersion": context.station.firmware[:50],
    }
    if context.station.serial_number:
        station["serialNumber"] = context.station.serial_number[:25]
    context.call(
        "BootNotification",
        {"reason": reason or context.registration.reason, "chargingStation": station},
        lane=Lane.BOOT,
    )


@handles("Reset")
def reset(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Restart the station, or one EVSE, now or when its transactions are over (B11, B12)."""
    station = context.station
    immediately = request["type"] == "Immediate"
    if request.get("evseId"):
        return _reset_evse(context, request["evseId"], immediately, now)
    if not immediately and station.running_transactions():
        station.reset_scheduled = ("ScheduledReset", False)
        return {"status": "Scheduled"}
    rules.reset(station, now.sim, "RemoteReset", hard=False, stop_reason=StopReason.IMMEDIATE_RESET)
    return accepted()


def _reset_evse(context: BlockContext, evse_id: int, immediately: bool, now: Now) -> Payload:
    evse = context.station.evse(evse_id)
    if evse is None:
        return rejected(Reason.UNKNOWN_EVSE)
    if not immediately and evse.transaction is not None:
        evse.reset_scheduled = True
        return {"status": "Scheduled"}
    rules.reset_evse(context.station, evse, now.sim)
    return accepted()
