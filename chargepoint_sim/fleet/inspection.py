"""What a charger keeps, read off the pure charger part by part: one function for each Section, in one table.

Read only: nothing here changes a charger. Texts that may hold secrets (URLs, payloads, values of settings) go through
the caller's `mask`; private keys and passwords are left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chargepoint_sim.charger import Charger
from chargepoint_sim.clock import Now, parse_utc
from chargepoint_sim.core import cache, display, local_list, monitoring, network
from chargepoint_sim.core.behaviour import NOBODY
from chargepoint_sim.core.certificates import ENTRIES, Own, Purpose, Use
from chargepoint_sim.core.device_model.lookup import device_model
from chargepoint_sim.core.device_model.model import Mutability, Variable
from chargepoint_sim.core.smart_charging.profiles import (
    STATION,
    ChargingPeriod,
    ChargingProfile,
    ChargingSchedule,
    Unit,
)
from chargepoint_sim.core.state import CachedToken, Connector, IdTokenInfo
from chargepoint_sim.core.station import Station
from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet import detail
from chargepoint_sim.fleet.detail import ChargerDetail, ScheduleView, Section, VariablePlace
from chargepoint_sim.fleet.power_reading import limits_view, vehicle_views
from chargepoint_sim.fleet.spec import ChargerSpec
from chargepoint_sim.fleet.views import RefusedMessage
from chargepoint_sim.protocol import profiles
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.v16.provisioning import get_configuration

Mask = Callable[[Any], Any]
"""Gives a copy of a text, or of plain data, without its secrets."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The charger that is looked at."""

    spec: ChargerSpec
    charger: Charger
    now: Now
    mask: Mask

    @property
    def station(self) -> Station:
        """What stands behind the wire."""
        return self.charger.station

    def of_own_clock(self, instant: float | None) -> float | None:
        """Simulated time at which the charger's own clock shows an instant."""
        return None if instant is None else instant - self.station.utc_offset_s

    def of_their_clock(self, instant: float | None) -> float | None:
        """Simulated time at which the central system's clock shows an instant."""
        return None if instant is None else instant - self.station.csms_offset_s


def inspect(
    spec: ChargerSpec, charger: Charger, now: Now, mask: Mask, sections: Sequence[Section] = tuple(Section)
) -> ChargerDetail:
    """What a charger keeps, as far as it is asked for."""
    subject, wanted = Subject(spec, charger, now, mask), tuple(dict.fromkeys(sections))
    found = {section.member: READS[section](subject) for section in wanted}
    return ChargerDetail(spec.charger_id, now.sim, wanted, **found)


def composite_schedule(
    spec: ChargerSpec, charger: Charger, now: Now, evse_id: int, duration_s: int, unit: Unit
) -> ScheduleView:
    """What GetCompositeSchedule would answer, in either unit; EVSE 0 is the station. Raises UnknownTarget."""
    station = charger.station
    evse = station.evse(evse_id)
    if evse is None and evse_id != STATION:
        raise UnknownTarget(f"charger {spec.charger_id} has no EVSE {evse_id}")
    duration_s = min(duration_s, station.settings.integer("Ocpp16.CompositeScheduleMaxDuration"))
    start, schedule = profiles.composite(charger, evse, duration_s, unit, now)
    periods = tuple(
        ChargingPeriod(one["startPeriod"], one["limit"], one.get("numberPhases"), one.get("phaseToUse"))
        for one in schedule["chargingSchedulePeriod"]
    )
    start_at = parse_utc(start) - station.utc_offset_s
    return ScheduleView(spec.charger_id, evse_id, unit, start_at, duration_s, periods)


def _reservations(subject: Subject) -> tuple[detail.ReservationView, ...]:
    return tuple(
        detail.ReservationView(
            one.reservation_id,
            one.evse_id,
            one.connector_type,
            one.id_token.shown,
            one.id_token.type,
            one.group_id,
            one.expires_at - subject.station.csms_offset_s,
        )
        for one in (subject.station.reservations or {}).values()
    )


def _known(subject: Subject, key: str, info: IdTokenInfo) -> detail.KnownToken:
    return detail.KnownToken(key, info.status, info.group_id, subject.of_own_clock(info.expires_at), info.evse_ids)


def _local_list(subject: Subject) -> detail.LocalListView | None:
    station = subject.station
    if not local_list.supported(station):
        return None
    entries: Mapping[str, IdTokenInfo] = station.local_list.entries if station.local_list is not None else {}
    return detail.LocalListView(
        enabled=station.settings.boolean("LocalAuthListCtrlr.Enabled"),
        version=local_list.version(station),
        capacity=station.settings.integer("LocalAuthListCtrlr.Entries"),
        entries=tuple(_known(subject, key, info) for key, info in entries.items()),
    )


def _cache(subject: Subject) -> detail.CacheView:
    station = subject.station
    entries: Mapping[str, CachedToken] = station.cache or {}
    return detail.CacheView(
        enabled=station.settings.boolean(cache.ENABLED),
        size=len(entries),
        capacity=cache.CAPACITY,
        life_time_s=station.settings.integer("AuthCacheCtrlr.LifeTime"),
        entries=tuple(
            detail.CachedTokenView(_known(subject, key, one.info), one.used_at - station.utc_offset_s, one.uses)
            for key, one in entries.items()
        ),
    )


def _profiles(subject: Subject) -> detail.ProfilesView:
    station = subject.station
    waiting = (evse.session_profile for evse in station.evses)
    return detail.ProfilesView(
        capacity=station.settings.integer("SmartChargingCtrlr.Entries[ChargingProfiles]"),
        installed=tuple(_profile(subject, one) for one in station.profiles or ()),
        awaiting_start=tuple(_profile(subject, one) for one in waiting if one is not None),
    )


def _profile(subject: Subject, profile: ChargingProfile) -> ChargingProfile:
    """The profile with its instants in simulated time."""

    def schedule(one: ChargingSchedule) -> ChargingSchedule:
        return replace(one, start_at=subject.of_own_clock(one.start_at))

    return replace(
        profile,
        schedule=schedule(profile.schedule),
        alternatives=tuple(map(schedule, profile.alternatives)),
        valid_from=subject.of_own_clock(profile.valid_from),
        valid_to=subject.of_own_clock(profile.valid_to),
    )


def _certificates(subject: Subject) -> detail.CertificatesView:
    store = subject.station.access.certificates
    roots = [(use, one, False) for use, certificates in store.roots.items() for one in certificates]
    if store.fallback is not None:
        roots.append((Use.CENTRAL_SYSTEM_ROOT, store.fallback, True))
    chains: tuple[tuple[Purpose, Own | None, bool], ...] = (
        (Purpose.STATION, store.own, False),
        (Purpose.V2G, store.v2g, False),
        (Purpose.STATION, store.previous, True),
    )
    return detail.CertificatesView(
        capacity=subject.station.settings.integer(ENTRIES),
        roots=tuple(
            detail.RootView(use.value, one.valid_from, one.valid_until, one.hashes[0], fallback, one.pem)
            for use, one, fallback in roots
        ),
        own=tuple(
            detail.OwnView(purpose.value, previous, one.valid_from, one.valid_until, one.chain_pem)
            for purpose, one, previous in chains
            if one is not None
        ),
        requested=tuple(
            detail.SigningView(purpose.value, store.awaited.get(purpose, 0), request.csr_pem)
            for purpose, request in store.asked.items()
        ),
        contracts=tuple(_contracts(subject.station)),
    )


def _contracts(station: Station) -> Iterator[detail.ContractView]:
    for evse in station.evses:
        talk = evse.vehicle.talk if evse.vehicle is not None else None
        if talk is not None and talk.emaid:
            wanted = None if talk.wish is None else talk.wish.value
            yield detail.ContractView(evse.evse_id, talk.emaid, wanted, talk.proven)


def _networks(subject: Subject) -> tuple[detail.NetworkProfileView, ...] | None:
    if subject.charger.version is Version.V16:
        return None
    settings, kept = subject.station.settings, subject.station.access.networks
    networks = kept or network.networks_of_file(settings)
    order = settings.members(network.PRIORITY)
    return tuple(
        detail.NetworkProfileView(
            slot,
            subject.mask(profile.url or subject.spec.csms.url),
            profile.security_profile,
            profile.message_timeout_s,
            active=slot == networks.active,
            proven=slot == networks.proven and (kept is not None or subject.station.accepted),
            order=order.index(str(slot)) + 1 if str(slot) in order else None,
        )
        for slot, profile in sorted(networks.slots.items())
    )


def _jobs(subject: Subject) -> detail.JobsView:
    orders = subject.station.orders
    firmware, upload = orders.firmware, orders.upload
    return detail.JobsView(
        firmware=None
        if firmware is None
        else detail.FirmwareJobView(
            firmware.status.value,
            orders.firmware_open,
            firmware.waits,
            subject.mask(firmware.url),
            firmware.version,
            firmware.signed,
            firmware.request_id,
            firmware.retrieve_at,
            firmware.install_at,
            firmware.tries_left,
        ),
        upload=None
        if upload is None
        else detail.UploadJobView(
            upload.status.value,
            orders.uploading,
            upload.kind.value,
            subject.mask(upload.url),
            upload.file_name,
            upload.request_id,
            upload.since,
            upload.until,
            upload.tries_left,
        ),
        faults=_transfer_faults(subject),
    )


def _transfer_faults(subject: Subject) -> Mapping[str, int | None]:
    return {fault.value: times for fault, times in (subject.station.orders.faults or {}).items()}


def _faults(subject: Subject) -> detail.FaultsView:
    station = subject.station
    places: list[tuple[int | None, int | None, Connector | Station]] = [(None, None, station)]
    places += [(evse.evse_id, one.connector_id, one) for evse in station.evses for one in evse.connectors]
    return detail.FaultsView(
        places=tuple(
            detail.FaultView(evse_id, connector_id, fault.error_code, warning, fault.info, fault.vendor_error_code)
            for evse_id, connector_id, place in places
            for fault, warning in ((place.fault, False), (place.warning, True))
            if fault is not None
        ),
        transfers=_transfer_faults(subject),
    )


def _publications(subject: Subject) -> tuple[detail.PublicationView, ...] | None:
    if subject.charger.version is Version.V16 or not subject.spec.station.local_controller:
        return None
    return tuple(
        detail.PublicationView(
            one.checksum, one.status.value, subject.mask(one.url), one.request_id, one.locations, one.tries_left
        )
        for one in (subject.station.orders.publications or {}).values()
    )


def _display_messages(subject: Subject) -> tuple[detail.DisplayMessageView, ...] | None:
    station = subject.station
    if station.spec.display is None:
        return None
    shown = {one.message_id for one in display.panel(station, subject.now.sim).rotation}
    return tuple(
        detail.DisplayMessageView(
            one.message_id,
            one.priority.value,
            None if one.state is None else one.state.value,
            one.text.content,
            one.text.format.value,
            one.text.language,
            subject.of_their_clock(one.start_at),
            subject.of_their_clock(one.end_at),
            one.transaction_id,
            one.message_id in shown,
        )
        for one in display.messages(station)
    )


def _monitors(subject: Subject) -> detail.MonitorsView | None:
    if subject.charger.version is Version.V16:
        return None
    station = subject.station
    own, settings, variables = station.monitoring, station.settings, device_model(station.spec).variables
    watches = own.watches if own is not None else {}
    return detail.MonitorsView(
        enabled=settings.boolean(monitoring.ENABLED),
        base=settings.text(monitoring.BASE),
        level=settings.integer(monitoring.LEVEL),
        monitors=tuple(
            detail.MonitorView(
                one.monitor_id,
                _place(variables[one.variable]),
                one.type.value,
                one.value,
                one.severity,
                one.origin.value,
                one.transaction,
                exceeded=one.monitor_id in watches and watches[one.monitor_id].exceeded,
            )
            for one in monitoring.active(station)
        ),
        events_waiting=len(own.events) if own is not None else 0,
    )


def _place(variable: Variable) -> VariablePlace:
    where = variable.component
    return VariablePlace(
        where.name, where.instance, where.evse_id, where.connector_id, variable.name, variable.instance
    )


def _variables(subject: Subject) -> tuple[detail.VariableView, ...]:
    return tuple(_VARIABLES[subject.charger.version](subject))


def _keys(subject: Subject) -> Iterable[detail.VariableView]:
    """The configuration keys of 1.6 as GetConfiguration tells them."""
    for key in get_configuration(subject.charger, {}, subject.now)["configurationKey"]:
        mutability = Mutability.READ_ONLY if key["readonly"] else Mutability.READ_WRITE
        value = subject.mask(key).get("value")
        attribute = detail.AttributeView("Actual", value, mutability.value)
        yield detail.VariableView(VariablePlace(None, None, None, None, key["key"], None), None, None, (attribute,))


def _of_device_model(subject: Subject) -> Iterable[detail.VariableView]:
    station, at = subject.station, subject.now.sim
    for variable in device_model(station.spec):
        attributes = []
        for kind, attribute in variable.attributes.items():
            told = attribute.mutability is not Mutability.WRITE_ONLY
            value = attribute.read(station, at) if told else None
            named = {"variable": {"name": variable.name}, "value": value}
            attributes.append(
                detail.AttributeView(kind.value, subject.mask(named)["value"], attribute.mutability.value)
            )
        yield detail.VariableView(_place(variable), variable.kind.value, variable.unit, tuple(attributes))


_VARIABLES: Mapping[Version, Callable[[Subject], Iterable[detail.VariableView]]] = {
    Version.V16: _keys,
    Version.V201: _of_device_model,
}


def _security_events(subject: Subject) -> tuple[detail.SecurityEventView, ...]:
    log = subject.station.access.log
    owed = {event.number for event in log.owed}
    return tuple(
        detail.SecurityEventView(event.at, event.type, subject.mask(event.tech), event.number in owed)
        for event in log.events
    )


def _queue(subject: Subject) -> detail.QueueView:
    outbox, under_way = subject.charger.outbox, subject.charger.session.outstanding
    boot = () if outbox.boot is None else (outbox.boot,)
    waiting = sorted((*boot, *(outbox.normal or ()), *(outbox.transactions or ())), key=lambda entry: entry.number)
    return detail.QueueView(
        waiting=tuple(
            detail.QueuedMessage(
                entry.message_id,
                entry.action,
                entry.lane.value,
                entry.transaction,
                entry is under_way,
                entry.sends,
                entry.offline,
                max(entry.not_before - subject.now.io, 0.0),
                subject.mask(entry.payload),
            )
            for entry in waiting
        ),
        given_up=tuple(
            RefusedMessage(one.message_id, one.action, subject.mask(one.payload), one.reason) for one in outbox.given_up
        ),
    )


def _behaviour(subject: Subject) -> detail.BehaviourView:
    station = subject.station
    own = station.behaviour or NOBODY
    due: dict[str, dict[int, float]] = {"arrive": {}, "depart": {}}
    for name, evse_id, at in station.deadlines.items():
        if name in due:
            due[name][evse_id] = at
    return detail.BehaviourView(
        own.sessions_per_evse_per_day, *own.dwell_s, own.id_tokens, own.vehicles, own.on_the_spot, *due.values()
    )


READS: Mapping[Section, Callable[[Subject], Any]] = {
    Section.RESERVATIONS: _reservations,
    Section.LOCAL_LIST: _local_list,
    Section.AUTHORIZATION_CACHE: _cache,
    Section.CHARGING_PROFILES: _profiles,
    Section.CERTIFICATES: _certificates,
    Section.NETWORK_PROFILES: _networks,
    Section.JOBS: _jobs,
    Section.FAULTS: _faults,
    Section.PUBLICATIONS: _publications,
    Section.DISPLAY_MESSAGES: _display_messages,
    Section.MONITORS: _monitors,
    Section.VARIABLES: _variables,
    Section.SECURITY_EVENTS: _security_events,
    Section.QUEUE: _queue,
    Section.LIMITS: lambda subject: limits_view(subject.station, subject.now.sim),
    Section.VEHICLES: lambda subject: tuple(vehicle_views(subject.station, subject.now.sim)),
    Section.BEHAVIOUR: _behaviour,
}
"""How each part is read; None stands for what a charger of this kind does not have."""
