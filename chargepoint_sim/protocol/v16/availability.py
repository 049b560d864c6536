"""1.6 StatusNotification and ChangeAvailability (sections 4.9, 5.2)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import availability
from chargepoint_sim.core.facts import ConnectorChanged, ResetFailed, StationChanged
from chargepoint_sim.core.resets import FAILURE
from chargepoint_sim.core.state import Fault
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload
from chargepoint_sim.protocol.registry import BlockContext, handles, sends, tells, wakes
from chargepoint_sim.protocol.status import status_of
from chargepoint_sim.protocol.v16.status import NO_ERROR, error_of, path

STATION = 0
ERROR = -1
"""In place of a connector in what was told: the error code told with the status."""


@tells(ConnectorChanged)
def connector_changed(context: BlockContext, fact: ConnectorChanged, now: Now) -> None:
    """Tell the connector's status if it is another one; short-lived ones wait for MinimumStatusDuration."""
    place = (fact.evse_id, 0)
    if context.told.get(place) == status_of(context.station, fact.evse_id):
        tell(context, fact.evse_id, fact.at)  # the error may be another one
        return
    hold_s = context.station.settings.integer("Ocpp16.MinimumStatusDuration")
    if hold_s > 0 and place in context.told:
        context.wake("status", fact.at + hold_s, fact.evse_id)
    else:
        tell(context, fact.evse_id, fact.at)


@tells(StationChanged)
def station_changed(context: BlockContext, fact: StationChanged, now: Now) -> None:
    """Tell the status of connector 0."""
    tell(context, STATION, fact.at)


@tells(ResetFailed)
def reset_failed(context: BlockContext, fact: ResetFailed, now: Now) -> None:
    """Tell the failure, once more where it is known: the reset has been given up (section 5.14)."""
    context.problem("the reset has failed")
    known = context.station.warning
    notify(context, STATION, fact.at, known if known is not None and known.error_code == FAILURE else Fault(FAILURE))


@wakes("status")
def held_status(context: BlockContext, evse_id: int, now: Now) -> None:
    """The status has lasted long enough."""
    tell(context, evse_id, now.sim)


def statuses(context: BlockContext, now: Now, everything: bool) -> None:
    """After boot all statuses; after an offline spell those that changed, as they are now (section 4.9)."""
    for evse_id in range(len(context.station.evses) + 1):
        if everything:
            context.told.pop((evse_id, 0), None)
            context.told.pop((evse_id, ERROR), None)
        tell(context, evse_id, now.sim, detour=False)


def tell(context: BlockContext, evse_id: int, at: float, *, detour: bool = True) -> None:
    """Send the status of a connector if the central system does not know it yet, by a legal way."""
    station = context.station
    new, old = status_of(station, evse_id), context.told.get((evse_id, 0))
    error = error_of(station, evse_id, new)
    if new == old and error.error_code == context.told.get((evse_id, ERROR), NO_ERROR.error_code):
        return
    if old not in (None, new):
        context.event("connector_status_changed", evse_id=evse_id, status=new)
    if not station.online:
        return
    context.told[evse_id, 0] = new
    if error is not NO_ERROR or (evse_id, ERROR) in context.told:
        context.told[evse_id, ERROR] = error.error_code
    for status in path(old, new) if detour and old not in (None, new) else (new,):
        _send(context, evse_id, status, error if status == new else NO_ERROR, at)


def notify(
    context: BlockContext, evse_id: int, at: float, error: Fault | None = None, *, solicited: bool = False
) -> None:
    """Send a status whether or not it is known, by a legal way, with another error where one is given."""
    station = context.station
    new, old = status_of(station, evse_id), context.told.get((evse_id, 0))
    if station.online:
        context.told[evse_id, 0] = new
    for status in path(old, new)[:-1] if old not in (None, new) else ():
        _send(context, evse_id, status, NO_ERROR, at)
    _send(context, evse_id, new, error or error_of(station, evse_id, new), at, solicited=solicited)


@sends("StatusNotification")
def _send(
    context: BlockContext, evse_id: int, status: str, error: Fault, at: float, *, solicited: bool = False
) -> None:
    payload: Payload = {
        "connectorId": evse_id,
        "errorCode": error.error_code,
        "status": status,
        "timestamp": context.stamp(at),
    }
    if error.info is not None:
        payload["info"] = error.info
    elif status in ("Finishing", "SuspendedEV") and _ev_side_unplugged(context, evse_id):
        payload["info"] = "EV side disconnected"
    if error.vendor_error_code is not None:
        payload["vendorErrorCode"] = error.vendor_error_code
    context.call("StatusNotification", payload, note=(evse_id, 0), solicited=solicited)


def _ev_side_unplugged(context: BlockContext, evse_id: int) -> bool:
    evse = context.station.evse(evse_id)
    return evse is not None and evse.plugged is not None and evse.vehicle is None


@handles("ChangeAvailability")
def change_availability(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Make a connector, or with 0 all, operative or inoperative; a running transaction comes first."""
    operative = request["type"] == "Operative"
    connector_id = request["connectorId"]
    if connector_id == STATION:
        return {"status": availability.change_station(context.station, operative, now.sim).value}
    evse = context.station.evse(connector_id)
    if evse is None:
        raise CallRefused(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"connectorId: there is no connector {connector_id}")
    return {"status": availability.change_evse(context.station, evse, operative, now.sim).value}
