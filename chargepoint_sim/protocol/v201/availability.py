"""2.0.1 StatusNotification and ChangeAvailability (use cases G01, G03, G04, B04)."""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import availability
from chargepoint_sim.core.facts import ConnectorChanged
from chargepoint_sim.core.state import Connector, Evse
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.registry import BlockContext, handles, sends, tells
from chargepoint_sim.protocol.status import status_of
from chargepoint_sim.protocol.v201 import events, external_limits
from chargepoint_sim.protocol.v201.verdicts import Reason, rejected

WORD = 0
"""In place of a connector in what was told: the one-word status of the EVSE that observers see."""


@tells(ConnectorChanged)
def connector_changed(context: BlockContext, fact: ConnectorChanged, now: Now) -> None:
    """Tell the connector's status if it is another one (G01)."""
    evse = context.station.evses[fact.evse_id - 1]
    _show(context, evse)
    tell(context, evse, evse.connectors[fact.connector_id - 1], fact.at)


def statuses(context: BlockContext, now: Now, everything: bool) -> None:
    """All connectors after boot or a long offline spell, those that changed after a short one (B01, B04)."""
    for evse in context.station.evses:
        for connector in evse.connectors:
            if everything:
                context.told.pop((evse.evse_id, connector.connector_id), None)
            tell(context, evse, connector, now.sim)
    external_limits.limits(context, now)


def tell(context: BlockContext, evse: Evse, connector: Connector, at: float) -> None:
    """Send the status of a connector if the central system does not know it yet."""
    place = (evse.evse_id, connector.connector_id)
    status = availability.connector_status(context.station, evse, connector)
    if (context.station.online or context.station.queues_all) and context.told.get(place) != status:
        context.told[place] = status
        if context.station.spec.status_by_event:
            events.tell_state(context, evse, connector, status.value, at)
            return
        notify(context, evse, connector, at)


@sends("StatusNotification")
def notify(context: BlockContext, evse: Evse, connector: Connector, at: float, *, solicited: bool = False) -> None:
    """Send the status of a connector."""
    payload: Payload = {
        "timestamp": context.stamp(at),
        "connectorStatus": availability.connector_status(context.station, evse, connector).value,
        "evseId": evse.evse_id,
        "connectorId": connector.connector_id,
    }
    context.call("StatusNotification", payload, solicited=solicited, note=(evse.evse_id, connector.connector_id))


def _show(context: BlockContext, evse: Evse) -> None:
    """Let observers see the richer word when it changes."""
    new, old = status_of(context.station, evse.evse_id), context.told.get((evse.evse_id, WORD))
    if new == old:
        return
    context.told[evse.evse_id, WORD] = new
    connector_id = evse.plugged if evse.plugged is not None else 1
    context.event("connector_status_changed", evse_id=evse.evse_id, connector_id=connector_id, status=new)


@handles("ChangeAvailability")
def change_availability(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Make the station, an EVSE or a connector operative or inoperative; a running transaction comes first."""
    station, operative = context.station, request["operationalStatus"] == "Operative"
    place = request.get("evse", {"id": 0})
    if place["id"] == 0:
        return {"status": availability.change_station_level(station, operative, now.sim).value}
    evse = station.evse(place["id"])
    if evse is None:
        return rejected(Reason.UNKNOWN_EVSE)
    if "connectorId" not in place:
        return {"status": availability.change_evse(station, evse, operative, now.sim).value}
    connector = evse.connector(place["connectorId"])
    if connector is None:
        return rejected(Reason.UNKNOWN_CONNECTOR)
    return {"status": availability.change_connector(station, evse, connector, operative, now.sim).value}
