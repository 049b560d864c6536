"""Locations, and which charger stands where: by the location's own list of ids and globs, or by its group."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from chargepoint_sim.config.document import KeyPath
from chargepoint_sim.config.findings import Findings, guess, listed
from chargepoint_sim.config.groups import ID, ID_RULE, Entry
from chargepoint_sim.config.schema import FleetFile
from chargepoint_sim.fleet.spec import LocationSpec

_WILD = re.compile(r"[*?[]")


class Places:
    """Which charger stands at which location."""

    def __init__(self, file: FleetFile, findings: Findings) -> None:
        self._findings = findings
        self._paths: dict[str, KeyPath] = {}
        self._wrong: set[str] = set()
        self._nameless = False
        """Whether a mistake keeps the id of a location from being known."""
        self._patterns: list[tuple[KeyPath, str]] = []
        self._matched: set[KeyPath] = set()
        self._exact: dict[str, list[tuple[str, KeyPath]]] = {}
        self._globs: list[tuple[str, str, KeyPath]] = []
        sections: list[LocationSpec] = []
        for n, section in enumerate(file.locations):
            path: KeyPath = ("locations", n)
            if findings.spoiled((*path, "id")):
                self._nameless = True
                continue
            if not ID.fullmatch(section.id):
                findings.add((*path, "id"), ID_RULE)
                self._wrong.add(section.id)
                continue
            if section.id in self._paths:
                findings.add(
                    (*path, "id"), "every location has an id of its own", f"the location id '{section.id}' twice"
                )
                continue
            self._paths[section.id] = path
            for i, pattern in enumerate(section.chargers):
                where: KeyPath = (*path, "chargers", i)
                if findings.spoiled(where):
                    continue
                self._patterns.append((where, pattern))
                if _WILD.search(pattern):
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
                    tenant=section.tenant,
                )
            )
        self.locations = tuple(sections)
        self._tenants = {one.location_id: one.tenant for one in self.locations if one.tenant is not None}

    def known(self, location_id: str, path: KeyPath) -> bool:
        """Whether there is that location; the mistake is added where there is not."""
        if location_id in self._paths:
            return True
        spoiled = self._findings.spoiled
        if self._nameless or location_id in self._wrong or spoiled(path) or spoiled(("locations",)):
            return False
        allowed = f"{guess(location_id, self._paths)}{listed('known locations', self._paths)}"
        self._findings.add(path, allowed, f"the unknown location '{location_id}'")
        return False

    def place(self, one: Entry, path: KeyPath) -> str | None:
        """The location of a charger, by its group or by the location's own list."""
        claims = [*self._exact.get(one.charger_id, ())]
        claims += [(name, where) for name, pattern, where in self._globs if fnmatchcase(one.charger_id, pattern)]
        self._matched.update(where for _, where in claims)
        names = dict.fromkeys(name for name, _ in claims)
        if one.location_id is not None and self.known(one.location_id, (*path, "location")):
            names = {one.location_id: None} | names
        if len(names) > 1:
            found = f"charger '{one.charger_id}' at {' and '.join(names)}"
            where = claims[-1][1]
            self._findings.add(where, "a charger stands at one location", found)
        return next(iter(names), None)

    def tenant(self, place: str | None, of_group: str | None, path: KeyPath) -> str | None:
        """Whose a charger at `place` is: its group's tenant, or the location's; they must not differ."""
        of_place = self._tenants.get(place) if place is not None else None
        if of_group is not None and of_place is not None and of_group != of_place:
            self._findings.add(
                (*path, "tenant"), f"the location '{place}' belongs to {of_place}; a charger there does too"
            )
        return of_group or of_place

    def check(self, charger_ids: set[str], unknown: Sequence[str]) -> None:
        """Mistakes that show only when all chargers are known: patterns that match none, ids used twice.

        `unknown` says how the ids begin that a mistake keeps from being known; one of those may be meant.
        """
        for location_id in sorted(self._paths.keys() & charger_ids):
            allowed = "a selector could mean either; choose another id"
            found = f"the id '{location_id}' of a charger too"
            self._findings.add((*self._paths[location_id], "id"), allowed, found)
        for where, pattern in self._patterns:
            literal = _WILD.split(pattern, maxsplit=1)[0]
            may_match = any(start.startswith(literal) or pattern.startswith(start) for start in unknown)
            if where not in self._matched and not may_match:
                self._findings.add(where, f"{guess(pattern, charger_ids)}no charger has such an id")
