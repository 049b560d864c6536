"""What the answer to BootNotification means, alike in both versions (1.6 section 4.2, 2.0.1 B01-B03)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.protocol.frames import CallError, Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registration import DEFAULT_WAIT_S, RegistrationStatus
from chargepoint_sim.protocol.registry import BlockContext, on_failure, on_result

HEARTBEAT_INTERVAL = "OCPPCommCtrlr.HeartbeatInterval"


@on_result("BootNotification")
def boot_answered(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """Accepted (B01): everything may flow. Pending (B02) and Rejected (B03): ask again after the interval."""
    try:
        status = RegistrationStatus(answer.get("status", ""))
    except ValueError:
        status = RegistrationStatus.REJECTED
    interval = answer.get("interval")
    interval_s = int(interval) if isinstance(interval, int | float) and interval > 0 else 0
    context.registration.answered(status, interval_s)
    context.synchronise(str(answer.get("currentTime", "")), now)
    if status is RegistrationStatus.ACCEPTED:
        settings = context.station.settings
        if interval_s > 0 and interval_s != settings.integer(HEARTBEAT_INTERVAL):
            settings.set(HEARTBEAT_INTERVAL, interval_s)
        context.accepted(now, interval_s)
        return
    context.problem(f"BootNotification: {status}")
    context.boot_again(Now(now.sim, now.io + context.registration.interval_s))


@on_failure("BootNotification")
def boot_failed(context: BlockContext, entry: Entry, error: CallError | None, now: Now) -> None:
    """No answer, or a CALLERROR: ask again, without flooding."""
    context.boot_again(Now(now.sim, now.io + DEFAULT_WAIT_S))
