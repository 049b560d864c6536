"""A validated fleet file -> FleetSpec.

Owns what holds between sections: unique ids and identities, known templates, vehicles and locations, which charger
stands where, and the defaults that depend on the whole fleet.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.config.document import KeyPath, Plain
from chargepoint_sim.config.findings import Findings
from chargepoint_sim.config.groups import Entry, entries
from chargepoint_sim.config.kinds import Kind, Kinds
from chargepoint_sim.config.places import Places
from chargepoint_sim.config.schema import ApiSection, ClockSection, FleetFile, GroupSection
from chargepoint_sim.config.targets import Target, Targets, check_credentials
from chargepoint_sim.config.visits import Behaviours
from chargepoint_sim.core.behaviour import Behaviour
from chargepoint_sim.fleet.spec import ApiSpec, ChargerSpec, ClockSpec, Credentials, FleetSpec, RampSpec

_NONE = Credentials()


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
        self._places = Places(file, findings)
        self._behaviours = Behaviours(file.fleet.seed, file.behaviour, findings)
        self._left_out = False
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
        # A group that is left out for a mistake of its own may be the one that a location's pattern means.
        complete = not file.unsound and not self._left_out and all(kind is not None for *_, kind in groups)
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
        if target is None or not found:
            self._left_out = True
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
            if name in used:
                again.append(name)
            used.add(name)
        if again:
            more = f" and {len(again) - 1} more" if len(again) > 1 else ""
            self._findings.add(path, f"every charger has one {how}", f"the {what} '{again[0]}'{more} twice")
        return not again


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
