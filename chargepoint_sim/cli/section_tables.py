"""What a charger keeps as tables for the terminal: one shape for each Section. Pure: views in, rich tables out."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from chargepoint_sim.core.smart_charging.profiles import ChargingPeriod, ChargingProfile, Unit
from chargepoint_sim.fleet import detail
from chargepoint_sim.fleet.detail import ChargerDetail, ScheduleView, Section
from chargepoint_sim.fleet.fault_kinds import FaultKind
from chargepoint_sim.fleet.power_views import LimitsView, VehicleView

NONE = "-"

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a section is laid out."""

    headings: tuple[str, ...]
    rows: Callable[[Any], Iterable[Row]]
    facts: Callable[[Any], str] = lambda content: ""
    """What is to be said of the section as a whole."""


def section_tables(found: ChargerDetail, *, empty: bool = True) -> Iterator[Table | str]:
    """Each section that was asked for: a line that names it, and its table; with `empty` off, those with rows alone."""
    for section in found.sections:
        content, shape = getattr(found, section.member), SHAPES[section]
        name = f"{found.charger_id} {section.value}"
        if content is None:
            if empty:
                yield f"{name}: this charger has no such thing"
            continue
        facts, rows = shape.facts(content), [_cells(row) for row in shape.rows(content)]
        if rows:
            yield f"{name}: {facts}" if facts else name
            yield _table(shape.headings, rows)
        elif empty:
            yield f"{name}: none" + (f" ({facts})" if facts else "")


def schedule_table(found: ScheduleView) -> Iterator[Table | str]:
    """A composite schedule: a line that names it, and one row for each period."""
    place = f"EVSE {found.evse_id}" if found.evse_id else "the whole station"
    rows = [
        _cells((_instant(found.start_at + one.start_s), f"{one.limit:,.1f} {found.unit}", one.phases))
        for one in found.periods
    ]
    yield f"{found.charger_id}: {place} for {found.duration_s:,.0f} s"
    yield _table(("From", "At most", "Phases"), rows)


def fault_kinds_table(kinds: Iterable[FaultKind]) -> Table:
    """What can be made to go wrong."""
    rows = (
        _cells((one.name, one.command, ", ".join(one.places), "yes" if one.warns else None, one.effect))
        for one in kinds
    )
    return _table(("Fault", "Command", "Where", "Only told", "What it is"), rows)


def _table(headings: Iterable[str], rows: Iterable[Sequence[Text]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _cells(row: Row) -> list[Text]:
    """As Text, so that nothing in it is taken for markup."""
    return [Text(NONE if cell is None or cell == "" else str(cell)) for cell in row]


def _instant(at: float | None) -> str | None:
    return None if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%SZ}"


def _place(evse_id: int | None) -> object:
    return "any" if evse_id is None else evse_id


def _words(*told: tuple[object, str]) -> str:
    """The words of what holds."""
    return ", ".join(word for holds, word in told if holds)


def _on(enabled: bool) -> str:
    return "enabled" if enabled else "switched off"


def _reservations(content: Sequence[detail.ReservationView]) -> Iterator[Row]:
    for one in content:
        place = one.connector_type or _place(one.evse_id)
        yield one.reservation_id, place, one.id_token, one.token_type, one.group_id, _instant(one.expires_at)


def _known(one: detail.KnownToken) -> Row:
    return one.id_token, one.status, one.group_id, _instant(one.expires_at), ", ".join(map(str, one.evse_ids)) or "all"


def _cached(content: detail.CacheView) -> Iterator[Row]:
    for one in content.entries:
        yield *_known(one.token), _instant(one.used_at), one.uses


def _profiles(content: detail.ProfilesView) -> Iterator[Row]:
    for state, profiles in (("installed", content.installed), ("awaits its transaction", content.awaiting_start)):
        for one in profiles:
            yield (
                one.profile_id,
                one.evse_id or "station",
                one.purpose.value,
                one.stack_level,
                _kind(one),
                one.source.value,
                _periods(one.schedule.unit, one.schedule.periods),
                _instant(one.schedule.start_at),
                _instant(one.valid_from),
                _instant(one.valid_to),
                state,
            )


def _kind(one: ChargingProfile) -> str:
    return one.kind.value if one.recurrency is None else f"{one.kind.value} {one.recurrency.value}"


def _periods(unit: Unit, periods: Iterable[ChargingPeriod]) -> str:
    return ", ".join(f"{one.start_s:g}s: {one.limit:g} {unit}" for one in periods)


def _certificates(content: detail.CertificatesView) -> Iterator[Row]:
    for root in content.roots:
        state = "fallback" if root.fallback else "installed"
        yield "root", root.use, _subject(root.pem), root.hashes.serial_number, _instant(root.valid_until), state
    for own in content.own:
        state = "the one before" if own.previous else "in use"
        yield "own", own.purpose, _subject(own.chain_pem), None, _instant(own.valid_until), state
    for asked in content.requested:
        yield "request", asked.purpose, None, None, None, f"not answered, sent again {asked.sent_again} times"
    for contract in content.contracts:
        state = f"vehicle wants {contract.wanted}" if contract.wanted else "found sound" if contract.proven else "shown"
        yield "contract", f"EVSE {contract.evse_id}", contract.emaid, None, None, state


def _subject(pem: str) -> str:
    from chargepoint_sim.pki.x509 import load  # most tables need no cryptography

    return load(pem).subject.rfc4514_string()


def _networks(content: Sequence[detail.NetworkProfileView]) -> Iterator[Row]:
    for one in content:
        state = _words((one.active, "active"), (one.proven, "proven"))
        yield one.slot, one.order, one.url, one.security_profile, f"{one.message_timeout_s} s", state


def _jobs(content: detail.JobsView) -> Iterator[Row]:
    firmware, upload = content.firmware, content.upload
    if firmware is not None:
        notes = _words(
            (firmware.version, f"version {firmware.version}"),
            (firmware.signed, "signed"),
            (firmware.waits, "waits until nobody charges"),
            (firmware.install_at, f"not before {_instant(firmware.install_at)}"),
        )
        yield "firmware update", firmware.request_id, firmware.status, firmware.url, firmware.tries_left, notes
    if upload is not None:
        yield upload.kind, upload.request_id, upload.status, upload.url, upload.tries_left, upload.file_name
    for fault, times in content.faults.items():
        yield "injected fault", None, fault, None, times, "until it is cleared" if times is None else "times more"


def _faults(content: detail.FaultsView) -> Iterator[Row]:
    for one in content.places:
        place = "station" if one.evse_id is None else f"EVSE {one.evse_id} connector {one.connector_id}"
        notes = _words((one.info, f"info {one.info}"), (one.vendor_error_code, f"vendor code {one.vendor_error_code}"))
        yield place, one.error_code, "warns" if one.warning else "fails", notes
    for fault, times in content.transfers.items():
        yield "transfers", fault, "fails", "until it is cleared" if times is None else f"{times} times more"


def _publications(content: Sequence[detail.PublicationView]) -> Iterator[Row]:
    for one in content:
        yield one.checksum, one.status, one.request_id, one.url, ", ".join(one.locations), one.tries_left


def _messages(content: Sequence[detail.DisplayMessageView]) -> Iterator[Row]:
    for one in content:
        yield (
            one.message_id,
            one.priority,
            one.state or "any",
            one.text,
            one.language,
            _instant(one.start_at),
            _instant(one.end_at),
            one.transaction_id,
            "shown" if one.shown else "kept",
        )


def _monitors(content: detail.MonitorsView) -> Iterator[Row]:
    for one in content.monitors:
        notes = _words((one.exceeded, "exceeded"), (one.only_in_transactions, "only in transactions"))
        yield one.monitor_id, variable_name(one.place), one.type, f"{one.value:g}", one.severity, one.origin, notes


def variable_name(place: detail.VariablePlace) -> str:
    """A variable in one word, as settings are called: Component[Instance]@EVSE/connector.Variable[Instance]."""
    name = place.name + (f"[{place.instance}]" if place.instance else "")
    if place.component is None:
        return name
    where = place.component + (f"[{place.component_instance}]" if place.component_instance else "")
    where += "" if place.evse_id is None else f"@{place.evse_id}"
    where += "" if place.connector_id is None else f"/{place.connector_id}"
    return f"{where}.{name}"


def _variables(content: Sequence[detail.VariableView]) -> Iterator[Row]:
    for one in content:
        for attribute in one.attributes:
            name = variable_name(one.place)
            called = name if attribute.type == "Actual" else f"{name} ({attribute.type})"
            yield called, attribute.value, one.unit, attribute.mutability


def _events(content: Sequence[detail.SecurityEventView]) -> Iterator[Row]:
    for one in content:
        yield _instant(one.at), one.type, one.tech_info, "to be told" if one.owed else "told, or not to be told"


def _queue(content: detail.QueueView) -> Iterator[Row]:
    for one in content.waiting:
        state = "waits for its answer" if one.under_way else "waits"
        notes = _words(
            (one.offline, "made off line"),
            (one.sends, f"sent {one.sends} times"),
            (one.retry_in_s, f"again in {one.retry_in_s:.0f} s"),
        )
        yield one.message_id, one.action, one.lane, one.transaction, state, notes
    for refused in content.given_up:
        yield refused.message_id, refused.action, "transaction", None, "given up", refused.reason


def _limits(found: LimitsView) -> Iterator[Row]:
    for evse in found.evses:
        for one in evse.layers:
            mark = " (binds)" if one.binds else ""
            yield evse.evse_id, f"{one.layer}{mark}", f"{one.power_w:,.0f}", f"{one.current_a:.1f}", one.phases, one.why
        draw = f"draw (bound by {evse.drawn_by})"
        yield evse.evse_id, draw, f"{evse.power_w:,.0f}", None, None, evse.why_drawn


def _station_limit(found: LimitsView) -> str:
    return "" if found.station_limit_w is None else f"{found.station_limit_w:,.0f} W for the whole station"


def _vehicles(found: Iterable[VehicleView]) -> Iterator[Row]:
    for one in found:
        figures = (f"{one.soc:.0%}", f"{one.target_soc:.0%}", f"{one.power_w:,.0f}", f"{one.greatest_power_w:,.0f}")
        yield one.evse_id, one.name, *figures, one.charging_state


def _visitors(found: detail.BehaviourView) -> Iterator[Row]:
    for what, instants in (("arrives", found.arrivals), ("leaves", found.departures)):
        for evse_id, at in instants.items():
            yield evse_id, what, _instant(at)


def _habits(found: detail.BehaviourView) -> str:
    return (
        f"{found.sessions_per_evse_per_day:g} sessions per EVSE and day of {found.least_dwell_s:g} to "
        f"{found.longest_dwell_s:g} s, {len(found.id_tokens)} tokens" + (", changed" if found.changed else "")
    )


SHAPES: Mapping[Section, Shape] = {
    Section.RESERVATIONS: Shape(("Id", "Place", "Token", "Type", "Group", "Runs out"), _reservations),
    Section.LOCAL_LIST: Shape(
        ("Token", "Status", "Group", "Runs out", "EVSEs"),
        lambda content: map(_known, content.entries),
        lambda content: (
            f"version {content.version}, {len(content.entries):,} of {content.capacity:,} entries, "
            f"{_on(content.enabled)}"
        ),
    ),
    Section.AUTHORIZATION_CACHE: Shape(
        ("Token", "Status", "Group", "Runs out", "EVSEs", "Last used", "Uses"),
        _cached,
        lambda content: f"{content.size:,} of {content.capacity:,} entries, {_on(content.enabled)}",
    ),
    Section.CHARGING_PROFILES: Shape(
        ("Id", "EVSE", "Purpose", "Level", "Kind", "Source", "Limits", "Starts", "Valid from", "Valid to", "State"),
        _profiles,
        lambda content: f"at most {content.capacity:,} of the central system",
    ),
    Section.CERTIFICATES: Shape(
        ("What", "For", "Subject", "Serial number", "Valid until", "State"),
        _certificates,
        lambda content: f"{len(content.roots)} of {content.capacity} roots",
    ),
    Section.NETWORK_PROFILES: Shape(("Slot", "Order", "URL", "Security profile", "Time-out", "State"), _networks),
    Section.JOBS: Shape(("What", "Request", "Status", "URL", "Tries left", "Details"), _jobs),
    Section.FAULTS: Shape(("Where", "Fault", "Effect", "Details"), _faults),
    Section.PUBLICATIONS: Shape(("Checksum", "Status", "Request", "From", "Offered at", "Tries left"), _publications),
    Section.DISPLAY_MESSAGES: Shape(
        ("Id", "Priority", "State", "Text", "Language", "From", "Until", "Transaction", "Now"), _messages
    ),
    Section.MONITORS: Shape(
        ("Id", "Variable", "Type", "Value", "Severity", "Origin", "Notes"),
        _monitors,
        lambda content: (
            f"{_on(content.enabled)}, base {content.base}, level {content.level}, "
            f"{content.events_waiting} events not confirmed"
        ),
    ),
    Section.VARIABLES: Shape(("Variable", "Value", "Unit", "Access"), _variables),
    Section.SECURITY_EVENTS: Shape(("At", "Event", "Details", "Central system"), _events),
    Section.QUEUE: Shape(("Message", "Action", "Queue", "Transaction", "State", "Details"), _queue),
    Section.LIMITS: Shape(("EVSE", "Layer", "W", "A", "Phases", "Why"), _limits, _station_limit),
    Section.VEHICLES: Shape(("EVSE", "Vehicle", "SoC", "Target", "Power W", "At most W", "State"), _vehicles),
    Section.BEHAVIOUR: Shape(("EVSE", "Visitor", "At"), _visitors, _habits),
}
