"""A validated fleet file -> FleetSpec.

Owns what holds between sections: unique ids and identities, known templates, vehicles and locations, which charger
stands where, and the defaults that depend on the whole fleet.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.config.document import KeyPath
from chargepoint_sim.config.findings import Findings
from chargepoint_sim.config.groups import roster
from chargepoint_sim.config.kinds import Kind, Kinds
from chargepoint_sim.config.places import Places
from chargepoint_sim.config.schema import ClockSection, FleetFile, GroupSection
from chargepoint_sim.config.targets import Targets, check_credentials
from chargepoint_sim.config.tokens import api_spec
from chargepoint_sim.config.visits import Behaviours
from chargepoint_sim.fleet.spec import ChargerSpec, ClockSpec, Credentials, FleetSpec, RampSpec

_NONE = Credentials()


def compile_fleet(file: FleetFile, findings: Findings, source: Path, environ: Mapping[str, str]) -> FleetSpec:
    """The fleet that a file describes; mistakes are added to `findings`, and what has one is left out.

    `environ` holds the variables that tokens of the API may stand in.
    """
    return _Compiler(file, findings, environ).fleet(source)


class _Compiler:
    """One file on its way to a FleetSpec."""

    def __init__(self, file: FleetFile, findings: Findings, environ: Mapping[str, str]) -> None:
        self._file = file
        self._environ = environ
        self._findings = findings
        self._kinds = Kinds(file, findings)
        self._targets = Targets(file, findings)
        self._places = Places(file, findings)
        self._behaviours = Behaviours(file.fleet.seed, file.behaviour, findings)
        self._unknown: list[str] = []
        """How the ids begin that mistakes keep from being known."""
        self._ids: set[str] = set()
        self._identities: dict[str, set[str]] = {}
        """By URL: two central systems may know the same identity."""

    def fleet(self, source: Path) -> FleetSpec:
        file, findings = self._file, self._findings
        groups = [(("chargers", n), group, self._kind(n, group)) for n, group in enumerate(file.chargers)]
        if not groups and not findings.spoiled(("chargers",)):
            findings.add(("chargers",), "at least one group of chargers is needed", "nothing")
        self._behaviours.prepare(
            sum((group.count or len(group.ids or "1")) * kind.evse_count for _, group, kind in groups)
        )
        chargers = [charger for path, group, kind in groups for charger in self._group(path, group, kind)]
        unknown = ["", *self._unknown] if findings.spoiled(("chargers",)) else self._unknown
        self._places.check(self._ids, unknown)
        path = ("store", "state_file")
        state_file = file.store.state_file and str(findings.folder(path) / file.store.state_file)
        return FleetSpec(
            name=file.fleet.name,
            seed=file.fleet.seed,
            clock=_clock(file.clock, findings),
            ramp=RampSpec(file.ramp.rate_per_s, file.ramp.jitter),
            chargers=tuple(chargers),
            locations=self._places.locations,
            templates=self._kinds.sound(),
            api=api_spec(file.api, findings, self._environ),
            state_file=state_file,
            builtin_csms=self._targets.builtin if any(one.csms.builtin for one in chargers) else None,
            frames_kept=file.fleet.frames_kept,
            source_file=str(source),
        )

    def _kind(self, n: int, group: GroupSection) -> Kind:
        return self._kinds.find(group.template, ("chargers", n, "template"))

    def _group(self, path: KeyPath, group: GroupSection, kind: Kind) -> list[ChargerSpec]:
        target = self._targets.find(group.csms, path)
        behaviour = self._behaviours.find(group.behaviour, (*path, "behaviour"), kind.version)
        if group.location is not None:
            self._places.known(group.location, (*path, "location"))
        found = roster(group, kind.version, path, self._findings)
        if found.unknown is not None:
            self._unknown.append(found.unknown)
        places = [self._places.place(one, path) for one in found.entries]
        again = self._unique(self._ids, [one.charger_id for one in found.entries], path, "charger id", "of its own")
        if target is None:
            return []
        if target.csms.url:
            # Two chargers of one id mostly have one identity, which is no further mistake.
            identities = [one.identity for one in found.entries if one.charger_id not in again]
            known, where = self._identities.setdefault(target.csms.url, set()), (*path, "ocpp_identity")
            self._unique(known, identities, where, "identity", "of its own at a central system")
        credentials = [target.credentials(one.charger_id, one.identity, one.password) for one in found.entries]
        check_credentials(target, [one.charger_id for one in found.entries], credentials, self._findings)
        version, station = kind.version, kind.station
        if version is None or station is None:
            return []
        return [
            ChargerSpec(
                charger_id=one.charger_id,
                identity=one.identity,
                version=version,
                station=station,
                csms=target.csms,
                credentials=_NONE if shown == _NONE else shown,
                serial_number=one.serial_number,
                location_id=place,
                behaviour=behaviour,
                name=one.name,
                tenant=self._places.tenant(place, group.tenant, path),
            )
            for one, place, shown in zip(found.entries, places, credentials, strict=True)
        ]

    def _unique(self, used: set[str], names: Sequence[str], path: KeyPath, what: str, how: str) -> set[str]:
        """Add `names` to the `used` ones; answers those that are there twice, with the mistake added."""
        again: list[str] = []
        for name in names:
            if name in used:
                again.append(name)
            used.add(name)
        if again:
            more = f" and {len(again) - 1} more" if len(again) > 1 else ""
            self._findings.add(path, f"every charger has one {how}", f"the {what} '{again[0]}'{more} twice")
        return set(again)


def _clock(section: ClockSection, findings: Findings) -> ClockSpec:
    if findings.spoiled(("clock", "mode")):
        return ClockSpec()
    if section.mode != "scaled" and section.scale != 1.0:
        findings.add(("clock", "scale"), f"write mode: scaled; {section.mode} time has no scale")
    if section.mode == "real" and section.start is not None:
        findings.add(("clock", "start"), "real time starts now")
    start = parse_utc(section.start) if section.start is not None else None
    return ClockSpec(section.mode, section.scale, start)
