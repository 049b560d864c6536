"""What has been changed of a fleet since its file was read: plain data, kept over a restart, and laid over the file.

Pure. Owns the one place where added, changed and removed chargers and locations stand. The shape of saved data is
that of the dataclasses; secrets in it are as safe as the file that it goes to.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Protocol, Self, TypeVar

from chargepoint_sim.errors import InvalidCharger, LocalError
from chargepoint_sim.fleet.catalog import Catalog
from chargepoint_sim.fleet.roster import ChargerChanges, NewCharger
from chargepoint_sim.fleet.spec import ChargerSpec, FleetSpec, LocationSpec

FORMAT = 1

Plain = TypeVar("Plain", NewCharger, ChargerChanges, LocationSpec)


class Mint(Protocol):
    """From what is asked for to the specification of a charger."""

    @property
    def catalog(self) -> Catalog:
        """What can be asked for by name."""
        ...

    def charger(self, new: NewCharger, charger_id: str) -> ChargerSpec:
        """The charger that `new` describes. Raises UnknownModel and InvalidCharger."""
        ...

    def changed(self, spec: ChargerSpec, changes: ChargerChanges) -> ChargerSpec:
        """`spec` with `changes`. Raises UnknownModel and InvalidCharger."""
        ...


@dataclass(slots=True)
class Changes:
    """All changes of one fleet."""

    added: dict[str, NewCharger] = field(default_factory=dict)
    """By charger id."""
    changed: dict[str, ChargerChanges] = field(default_factory=dict)
    """By charger id, the latest of each value, also for chargers that were added."""
    removed: set[str] = field(default_factory=set)
    """Chargers of the fleet file that are gone."""
    places: dict[str, LocationSpec] = field(default_factory=dict)
    """Locations that were added or changed, as they are now."""
    removed_places: set[str] = field(default_factory=set)
    instants: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """Charger id -> when it was added, when it was changed last."""
    switched_off: frozenset[str] = frozenset()

    def change(self, charger_id: str, changes: ChargerChanges) -> None:
        """Remember further changes of a charger."""
        before = self.changed.get(charger_id, ChargerChanges())
        self.changed[charger_id] = replace(before, **_given(changes))

    def remove(self, charger_id: str) -> None:
        """Remember that a charger has gone."""
        self.changed.pop(charger_id, None)
        self.instants.pop(charger_id, None)
        if self.added.pop(charger_id, None) is None:
            self.removed.add(charger_id)

    def remove_place(self, location_id: str) -> None:
        """Remember that a location has gone."""
        self.places.pop(location_id, None)
        self.removed_places.add(location_id)

    def over(self, fleet: FleetSpec, mint: Mint, lost: Callable[[str, LocalError], None]) -> FleetSpec:
        """`fleet` with these changes; chargers that its file no longer allows are told to `lost` and left out."""
        places = {one.location_id: one for one in fleet.locations if one.location_id not in self.removed_places}
        places |= self.places
        chargers = {one.charger_id: one for one in fleet.chargers if one.charger_id not in self.removed}
        for charger_id, new in self.added.items():
            try:
                if charger_id in chargers:
                    raise InvalidCharger("charger_id: the fleet file has a charger of this id now")
                chargers[charger_id] = mint.charger(new, charger_id)
            except LocalError as error:
                lost(charger_id, error)
        for charger_id, changes in self.changed.items():
            if charger_id in chargers:
                try:
                    chargers[charger_id] = mint.changed(chargers[charger_id], changes)
                except LocalError as error:
                    lost(charger_id, error)
        for charger_id, (created_at, updated_at) in self.instants.items():
            if charger_id in chargers:
                chargers[charger_id] = replace(chargers[charger_id], created_at=created_at, updated_at=updated_at)
        return replace(
            fleet, chargers=tuple(chargers.values()), locations=tuple(places.values()), switched_off=self.switched_off
        )

    def to_data(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "format": FORMAT,
            "added": {key: asdict(one) for key, one in self.added.items()},
            "changed": {key: dict(_given(one)) for key, one in self.changed.items()},
            "removed": sorted(self.removed),
            "places": {key: asdict(one) for key, one in self.places.items()},
            "removed_places": sorted(self.removed_places),
            "instants": self.instants,
            "switched_off": sorted(self.switched_off),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """From plain data; what other programs have added to it is passed over. ValueError for another format."""
        if data.get("format") != FORMAT:
            raise ValueError(f"the saved changes have format {data.get('format')!r}, this program reads {FORMAT}")
        return cls(
            added={key: _restored(NewCharger, one) for key, one in data["added"].items()},
            changed={key: _restored(ChargerChanges, one) for key, one in data["changed"].items()},
            removed=set(data["removed"]),
            places={key: _restored(LocationSpec, one) for key, one in data["places"].items()},
            removed_places=set(data["removed_places"]),
            instants={key: (one[0], one[1]) for key, one in data["instants"].items()},
            switched_off=frozenset(data["switched_off"]),
        )


def _given(changes: ChargerChanges) -> Mapping[str, Any]:
    return dict(_values(changes))


def _values(changes: ChargerChanges) -> Iterator[tuple[str, Any]]:
    for one in fields(changes):
        value = getattr(changes, one.name)
        if value is not None:
            yield one.name, value


def _restored(kind: type[Plain], saved: Mapping[str, Any]) -> Plain:
    known = {one.name for one in fields(kind)}
    return kind(**{name: value for name, value in saved.items() if name in known})
