"""2.0.1 UpdateFirmware and FirmwareStatusNotification (use cases L01, L02).

A station that checks signatures takes no file without one, unless its AllowUnsignedFirmware says so.
"""

from functools import partial

from chargepoint_sim.clock import Now
from chargepoint_sim.core.facts import FirmwareStatusChanged
from chargepoint_sim.core.orders import FirmwareStatus
from chargepoint_sim.protocol import delivery, updates
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, handles, on_result, sends, tells
from chargepoint_sim.protocol.v201.verdicts import Reason, rejected

UNSIGNED = "ChargingStation.AllowUnsignedFirmware"


@handles("UpdateFirmware")
def update(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Fetch, check and install a file; the signer is checked before the answer (L01.FR.21)."""
    wanted = updates.ordered(context, request, tries=1 + max(request.get("retries", 0), 0))
    if wanted.signed:
        return updates.answer_when_checked(context, wanted, now)
    if wanted.signature:
        return updates.refuse_signer(context, "InvalidCertificate", "a signature without a signing certificate", now)
    if not context.station.settings.boolean(UNSIGNED):
        return rejected(Reason.MISSING_PARAM, "firmware.signingCertificate is needed")
    return updates.take(context, wanted, now)


@tells(FirmwareStatusChanged)
def status_changed(context: BlockContext, fact: FirmwareStatusChanged, now: Now) -> None:
    """Tell the status; without a link the one that stands then is told after the link is back (L01.FR.01)."""
    say = partial(_tell, context, fact.status, fact.request_id)
    delivery.changed(context, "firmware_status_changed", fact.status, say)


def tell_owed(context: BlockContext) -> None:
    """What the central system has not heard of the last update."""
    delivery.tell_owed(context.station.orders.firmware, lambda one: _tell(context, one.status, one.request_id))


def tell_triggered(context: BlockContext) -> None:
    """For TriggerMessage: the last status, Idle where there was none or it was Installed (L01.FR.25, L01.FR.26)."""
    current = context.station.orders.firmware
    if current is None or current.status in (FirmwareStatus.IDLE, FirmwareStatus.INSTALLED):
        _tell(context, FirmwareStatus.IDLE, None, solicited=True)
    else:
        _tell(context, current.status, current.request_id, solicited=True)


@sends("FirmwareStatusNotification")
def _tell(context: BlockContext, status: FirmwareStatus, request_id: int | None, *, solicited: bool = False) -> None:
    delivery.tell(context, "FirmwareStatusNotification", status, request_id, solicited=solicited)


@on_result("FirmwareStatusNotification")
def told(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """The central system knows it."""
    delivery.acknowledged(context.station.orders.firmware, entry)
