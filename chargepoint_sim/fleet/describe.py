"""Views of chargers: what the outside sees, read off the pure charger at one instant."""

from collections.abc import Mapping, Sequence

from chargepoint_sim.charger import Charger
from chargepoint_sim.core import display, external, power
from chargepoint_sim.core.smart_charging.limits import layers
from chargepoint_sim.core.spec import StationSpec
from chargepoint_sim.core.state import Evse
from chargepoint_sim.fleet.spec import ChargerSpec, LocationSpec
from chargepoint_sim.fleet.views import ChargerView, DisplayView, DriverLines, EvseView, LocationView, RefusedMessage

REFUSED_SHOWN = 20
"""How many messages that were given up a view lists; the diagnostics archive lists all."""


def charger_view(
    spec: ChargerSpec, charger: Charger, at: float, *, connection: str, created_at: float, limits: bool = True
) -> ChargerView:
    """One charger at simulated time `at`; without `limits`, which take half of the time, where nobody looks at them."""
    station = spec.station
    first = station.evses[0]
    return ChargerView(
        charger_id=spec.charger_id,
        identity=spec.identity,
        name=spec.name or spec.charger_id,
        version=spec.version,
        template=station.template,
        vendor=station.vendor,
        model=station.model,
        firmware=charger.station.firmware,
        serial_number=spec.serial_number,
        location_id=spec.location_id,
        connection=connection,
        registration=charger.registration.status.value,
        refusal=charger.refusal,
        connector_type=first.connectors[0].connector_type,
        max_power_w=max(evse.max_power_w for evse in station.evses),
        current=first.current.value,
        queued_messages=len(charger.outbox),
        evses=tuple(_evse_view(charger, evse, at, limits=limits) for evse in charger.station.evses),
        created_at=created_at if spec.created_at is None else spec.created_at,
        problems=dict(charger.problems or {}),
        given_up=len(charger.outbox.given_up),
        refused=tuple(
            RefusedMessage(one.message_id, one.action, one.payload, one.reason)
            for one in charger.outbox.given_up[-REFUSED_SHOWN:]
        ),
        display=_display_view(charger, at) if station.display is not None else None,
        tenant=spec.tenant,
        updated_at=spec.updated_at,
        rated_power_w=_rated_power_w(station),
        max_current_a=max(evse.max_current_a for evse in station.evses),
        device_limit_w=charger.station.device_limit_w,
        paused=charger.station.paused,
    )


def location_view(spec: LocationSpec, charger_ids: Sequence[str], *, created_at: float) -> LocationView:
    """One location with its chargers."""
    return LocationView(
        location_id=spec.location_id,
        name=spec.name,
        address=spec.address,
        city=spec.city,
        country=spec.country,
        latitude=spec.latitude,
        longitude=spec.longitude,
        timezone=spec.timezone,
        charger_ids=tuple(charger_ids),
        created_at=created_at if spec.created_at is None else spec.created_at,
        tenant=spec.tenant,
        slug=spec.slug,
        owner_name=spec.owner_name,
        public=spec.public,
        status=spec.status,
        updated_at=spec.updated_at,
    )


def _rated_power_w(station: StationSpec) -> float:
    """What the station can deliver: the sum of its EVSEs, or what they share where that is less."""
    together = sum(evse.max_power_w for evse in station.evses)
    return together if station.max_power_w is None else min(together, station.max_power_w)


def _display_view(charger: Charger, at: float) -> DisplayView:
    panel = display.panel(charger.station, at)
    front = panel.front(at)
    return DisplayView(
        message=None if front is None else front.text.content,
        message_id=None if front is None else front.message_id,
        in_turn=tuple(one.message_id for one in panel.rotation),
        kept=len(tuple(display.messages(charger.station))),
        drivers=tuple(DriverLines(one.evse_id, one.tariff, one.cost) for one in panel.lines),
    )


def is_charging(charger: Charger) -> bool:
    """Energy flows at one of its EVSEs."""
    return any(evse.charging_state.value == "Charging" for evse in charger.station.evses)


def _evse_view(charger: Charger, evse: Evse, at: float, *, limits: bool) -> EvseView:
    station, transaction, vehicle = charger.station, evse.transaction, evse.vehicle
    faults = [fault.error_code for fault in (*(one.fault for one in evse.connectors), station.fault) if fault]
    energy_wh = evse.meter.register_at(at) - evse.meter.register_wh
    soc = vehicle.soc_after(energy_wh, evse.spec.current) if vehicle is not None else None
    offer = evse.offer
    return EvseView(
        evse_id=evse.evse_id,
        connector_id=evse.plugged,
        connector_ids=tuple(connector.connector_id for connector in evse.connectors),
        status=charger.adapter.status(station, evse.evse_id),
        charging_state=evse.charging_state.value,
        plugged=evse.plugged is not None,
        vehicle=vehicle.spec.name if vehicle is not None else None,
        soc=soc,
        id_token=evse.authorized.id_token.shown if evse.authorized is not None else None,
        transaction_id=_transaction_id(charger, evse) if transaction is not None else None,
        offered_power_w=offer.power_w,
        offered_by=str(offer.bound_by),
        power_w=evse.meter.power_at(at),
        drawn_by=vehicle.binding(evse.spec, evse.followed).value if vehicle is not None else "none",
        register_wh=evse.meter.register_at(at),
        external_limit_w=external.limit_w(station, evse.evse_id),
        error_code=faults[0] if faults else None,
        limits=_limits(charger, evse, at) if limits else {},
    )


def _transaction_id(charger: Charger, evse: Evse) -> str:
    """The id as the central system knows it where it has given one (1.6)."""
    assert evse.transaction is not None
    csms_id = charger.outbox.csms_id(evse.transaction.transaction_id)
    return str(csms_id) if csms_id is not None else evse.transaction.transaction_id


def _limits(charger: Charger, evse: Evse, at: float) -> Mapping[str, float]:
    station, transaction = charger.station, evse.transaction
    return layers(
        evse.spec,
        station.profiles.for_evse(evse.evse_id) if station.profiles is not None else (),
        power.shares(station, at).get(evse.evse_id),
        station.device_limit_w,
        station.utc(at),
        None if transaction is None else station.utc(transaction.started_at),
        transaction is not None,
        evse.plugged,
        station.paused,
    )
