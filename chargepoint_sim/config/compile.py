"""A validated fleet file -> FleetSpec.

Owns what holds between sections: unique ids and identities, known templates, vehicles and locations, which charger
stands where, and the defaults that depend on the whole fleet.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.config.document import KeyPath, Plain
from chargepoint_sim.config.findings import Findings, guess, listed
from chargepoint_sim.config.groups import ID, ID_RULE, Entry, entries
from chargepoint_sim.config.kinds import Kind, Kinds
from chargepoint_sim.config.schema import ApiSection, BehaviourSection, ClockSection, FleetFile, GroupSection
from chargepoint_sim.config.tables import read_tags
from chargepoint_sim.config.targets import Target, Targets, check_credentials
from chargepoint_sim.core.behaviour import Behaviour
from chargepoint_sim.core.vehicle import PRESETS
from chargepoint_sim.fleet.spec import ApiSpec, ChargerSpec, ClockSpec, Credentials, FleetSpec, LocationSpec, RampSpec
from chargepoint_sim.rng import draw_bits

DEFAULT_TAGS = (8, 100)
"""Fewest and most id tags that are made up where a file names none; one per EVSE in between."""

TAG_LENGTH_16 = 20
"""idToken of 1.6 section 7.28; 2.0.1 takes 36 characters."""


def compile_fleet(file: FleetFile, document: Mapping[str, Plain], findings: Findings, source: Path) -> FleetSpec:
    """The fleet that the sound parts of a file describe; mistakes are added to `findings`."""
    return _Compiler(file, document, findings).fleet(source)


class _Compiler:
    """One file on its way to a FleetSpec."""

    def __init__(self, file: FleetFile, document: Mapping[str, Plain], findings: Findings) -> None:
        self._file = file
        self._findings = findings
        self._kinds = Kinds(file, findings)
        self._targets = Targets(file, document, findings)
        self._places = _Places(file, findings)
        self._behaviours = _Behaviours(file.fleet.seed, file.behaviour, findings)
        self._ids: set[str] = set()
        self._identities: dict[str, set[str]] = {}
        """By URL: two central systems may know the same identity."""

    def fleet(self, source: Path) -> FleetSpec:
        file, findings = self._file, self._findings
        groups = [(("chargers", n), group, self._kind(n, group)) for n, group in file.chargers.items()]
        if not groups and not file.unsound:
            findings.add(("chargers",), "at least one group of chargers is needed", "nothing")
        evse_count = sum(
            (group.count or len(group.ids or "1")) * len(kind.station.evses)
            for _, group, kind in groups
            if kind is not None
        )
        self._behaviours.make_tags(evse_count)
        chargers = [
            charger for path, group, kind in groups if kind is not None for charger in self._group(path, group, kind)
        ]
        complete = not file.unsound and all(kind is not None for *_, kind in groups)
        self._places.check({charger.charger_id for charger in chargers}, complete)
        path = ("store", "state_file")
        state_file = file.store.state_file and str(findings.folder(path) / file.store.state_file)
        return FleetSpec(
            name=file.fleet.name,
            seed=file.fleet.seed,
            clock=_clock(file.clock, findings),
            ramp=RampSpec(file.ramp.rate_per_s, file.ramp.jitter),
            chargers=tuple(chargers),
            locations=self._places.locations,
            api=_api(file.api),
            state_file=state_file,
            builtin_csms=self._targets.builtin if any(one.csms.builtin for one in chargers) else None,
            frames_kept=file.fleet.frames_kept,
            source_file=str(source),
        )

    def _kind(self, n: int, group: GroupSection) -> Kind | None:
        return self._kinds.find(group.template, ("chargers", n, "template"))

    def _group(self, path: KeyPath, group: GroupSection, kind: Kind) -> list[ChargerSpec]:
        target = self._targets.find(group.csms, path)
        behaviour = self._behaviours.find(group.behaviour, (*path, "behaviour"), kind.version)
        if group.location is not None:
            self._places.known(group.location, (*path, "location"))
        found = entries(group, kind.version, path, self._findings)
        if target is None:
            return []
        url = target.csms.url
        identities = [one.identity for one in found]
        if self._unique(self._ids, [one.charger_id for one in found], path, "charger id", "of its own"):
            known, where = self._identities.setdefault(url, set()), (*path, "ocpp_identity")
            self._unique(known, identities, where, "identity", "of its own at a central system")
        chargers = [self._charger(one, kind, target, behaviour, path) for one in found]
        check_credentials(target, ((one.charger_id, one.credentials) for one in chargers), self._findings)
        return chargers

    def _charger(self, one: Entry, kind: Kind, target: Target, behaviour: Behaviour, path: KeyPath) -> ChargerSpec:
        credentials = target.credentials(one.charger_id, one.identity, one.password)
        return ChargerSpec(
            charger_id=one.charger_id,
            identity=one.identity,
            version=kind.version,
            station=kind.station,
            csms=target.csms,
            credentials=_NONE if credentials == _NONE else credentials,
            serial_number=one.serial_number,
            location_id=self._places.place(one, path),
            behaviour=behaviour,
            name=one.name,
        )

    def _unique(self, used: set[str], names: Sequence[str], path: KeyPath, what: str, how: str) -> bool:
        again: list[str] = []
        for name in names:
            (again.append if name in used else used.add)(name)
        if again:
            more = f" and {len(again) - 1} more" if len(again) > 1 else ""
            self._findings.add(path, f"every charger has one {how}", f"the {what} '{again[0]}'{more} twice")
        return not again


_NONE = Credentials()


class _Places:
    """Which charger stands at which location."""

    def __init__(self, file: FleetFile, findings: Findings) -> None:
        self._findings = findings
        self._unsound = any(path[:1] == ("locations",) for path in file.unsound)
        self._paths: dict[str, KeyPath] = {}
        self._patterns: list[tuple[KeyPath, str]] = []
        self._matched: set[KeyPath] = set()
        self._exact: dict[str, list[tuple[str, KeyPath]]] = {}
        self._globs: list[tuple[str, str, KeyPath]] = []
        sections: list[LocationSpec] = []
        for n, section in file.locations.items():
            path: KeyPath = ("locations", n)
            if not ID.fullmatch(section.id):
                findings.add((*path, "id"), ID_RULE)
                continue
            if section.id in self._paths:
                findings.add(
                    (*path, "id"), "every location has an id of its own", f"the location id '{section.id}' twice"
                )
                continue
            self._paths[section.id] = path
            for i, pattern in enumerate(section.chargers):
                where: KeyPath = (*path, "chargers", i)
                self._patterns.append((where, pattern))
                if any(wild in pattern for wild in "*?["):
                    self._globs.append((section.id, pattern, where))
                else:
                    self._exact.setdefault(pattern, []).append((section.id, where))
            sections.append(
                LocationSpec(
                    location_id=section.id,
                    name=section.name or section.id,
                    address=section.address,
                    city=section.city,
                    country=section.country,
                    latitude=section.latitude,
                    longitude=section.longitude,
                    timezone=section.timezone,
                )
            )
        self.locations = tuple(sections)

    def known(self, location_id: str, path: KeyPath) -> bool:
        """Whether there is that location; the mistake is added where there is not."""
        if location_id in self._paths or self._unsound:
            return location_id in self._paths
        allowed = f"{guess(location_id, self._paths)}{listed('known locations', self._paths)}"
        self._findings.add(path, allowed, f"the unknown location '{location_id}'")
        return False

    def place(self, one: Entry, path: KeyPath) -> str | None:
        """The location of a charger, by its group or by the location's own list."""
        claims = [*self._exact.get(one.charger_id, ())]
        claims += [(name, where) for name, pattern, where in self._globs if fnmatchcase(one.charger_id, pattern)]
        self._matched.update(where for _, where in claims)
        names = dict.fromkeys(name for name, _ in claims)
        if one.location_id is not None:
            names = {one.location_id: None} | names
            self.known(one.location_id, (*path, "location"))
        if len(names) > 1:
            found = f"charger '{one.charger_id}' at {' and '.join(names)}"
            where = claims[-1][1]
            self._findings.add(where, "a charger stands at one location", found)
        return next(iter(names), None)

    def check(self, charger_ids: set[str], complete: bool) -> None:
        """Mistakes that show only when all chargers are known: patterns that match none, ids used twice."""
        for location_id in self._paths.keys() & charger_ids:
            allowed = "a selector could mean either; choose another id"
            found = f"the id '{location_id}' of a charger too"
            self._findings.add((*self._paths[location_id], "id"), allowed, found)
        for where, pattern in self._patterns:
            if complete and where not in self._matched:
                self._findings.add(where, f"{guess(pattern, charger_ids)}no charger has such an id")


class _Behaviours:
    """Who plugs in when, for the fleet and for groups that differ."""

    def __init__(self, seed: int, section: BehaviourSection, findings: Findings) -> None:
        self._seed = seed
        self._section = section
        self._findings = findings
        self._made: tuple[str, ...] = ()
        self._shared: Behaviour | None = None

    def make_tags(self, evse_count: int) -> None:
        """Make up the tags of a fleet that names none: eight hexadecimal digits, as of a four-byte card."""
        count = min(max(evse_count, DEFAULT_TAGS[0]), DEFAULT_TAGS[1])
        bits = (draw_bits(self._seed, "fleet", "id_token", n) for n in range(count))
        self._made = tuple(dict.fromkeys(f"{value & 0xFFFFFFFF:08X}" for value in bits))

    def find(self, own: BehaviourSection | None, path: KeyPath, version: str) -> Behaviour:
        """The behaviour of a group: the fleet's, with what the group says laid over it."""
        if own is None:
            if self._shared is None:
                self._shared = self._behaviour(self._section, ("behaviour",), ("behaviour",))
            behaviour = self._shared
            path = ("behaviour",)
        else:
            written = {
                **self._section.model_dump(exclude_unset=True), **own.model_dump(exclude_unset=True)
            }  # fmt: skip
            behaviour = self._behaviour(
                BehaviourSection.model_validate(written),
                path,
                path if "id_tokens" in own.model_fields_set else ("behaviour",),
            )
        too_long = [tag for tag in behaviour.id_tokens if version == "1.6" and len(tag) > TAG_LENGTH_16]
        if too_long:
            allowed = f"1.6 takes at most {TAG_LENGTH_16}"
            self._findings.add((*path, "id_tokens"), allowed, f"an id tag of {len(too_long[0])} characters")
        return behaviour

    def _behaviour(self, section: BehaviourSection, path: KeyPath, tags_path: KeyPath) -> Behaviour:
        for name in section.vehicles:
            if name not in PRESETS:
                allowed = f"{guess(name, PRESETS)}{listed('known vehicles', PRESETS)}"
                self._findings.add((*path, "vehicles", name), allowed, f"the unknown vehicle '{name}'")
        if section.vehicles and sum(section.vehicles.values()) <= 0:
            self._findings.add((*path, "vehicles"), "at least one share above 0 is needed", "shares of 0")
        where = (*tags_path, "id_tokens")
        tags: tuple[str, ...] | None = self._made
        if isinstance(section.id_tokens, str):
            tags = read_tags(self._findings.folder(where) / section.id_tokens, self._findings, where)
        elif section.id_tokens:
            tags = tuple(section.id_tokens)
        return Behaviour(
            sessions_per_evse_per_day=section.sessions_per_evse_per_day,
            vehicles=dict(section.vehicles),
            id_tokens=tags or (),
            dwell_s=_pair(section.dwell_s),
            soc=_pair(section.soc),
            first_arrival_s=_pair(section.first_arrival_s) if section.first_arrival_s is not None else None,
            token_delay_s=_pair(section.token_delay_s),
        )


def _pair(values: Sequence[float]) -> tuple[float, float]:
    return (float(values[0]), float(values[1]))


def _clock(section: ClockSection, findings: Findings) -> ClockSpec:
    if section.mode != "scaled" and section.scale != 1.0:
        findings.add(("clock", "scale"), f"write mode: scaled; {section.mode} time has no scale")
    if section.mode == "real" and section.start is not None:
        findings.add(("clock", "start"), "real time starts now")
    start = parse_utc(section.start) if section.start is not None else None
    return ClockSpec(section.mode, section.scale, start)


def _api(section: ApiSection) -> ApiSpec | None:
    if section.listen == "off":
        return None
    host, _, port = section.listen.rpartition(":")
    return ApiSpec(host.strip("[]"), int(port), tuple(section.tokens))
