"""Whom a command means: the target of a request, in each dialect, and the chargers that it stands for.

A single unknown charger or an unknown location is a 404; an unknown member of `charger_ids` fails on its own, with a
null identity, and one of another location with its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from chargepoint_sim.api.ocpplab.commands.replies import CommandFailure
from chargepoint_sim.api.parsing import Shape
from chargepoint_sim.api.targets import find_charger, find_location
from chargepoint_sim.errors import UnknownTarget
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import ChargerName

MEMBERS = "charger_ids"
"""Says which chargers of a location are meant."""


class Target(Shape):
    """Who is meant."""

    @property
    def charger(self) -> str | None:
        """Id or identity of the single charger that is meant; None where a location is."""
        raise NotImplementedError

    @property
    def place(self) -> tuple[str, Sequence[str] | None]:
        """The location that is meant, and which of its chargers; None means all."""
        raise NotImplementedError


def _exactly_one(schema: dict[str, Any]) -> None:
    """Say in the schema of a target what its rule is."""
    names = [name for name in schema["properties"] if name != MEMBERS]
    schema["anyOf"] = [
        {
            "required": [name],
            "properties": {
                one: {"type": "string" if one == name else "null"}
                for one in (names if name == "location_id" else [*names, MEMBERS])
            },
        }
        for name in names
    ]


class LocationTarget(Target):
    """A location, or some of its chargers."""

    model_config = ConfigDict(json_schema_extra=_exactly_one)

    location_id: str | None = Field(None, description="A location; all of its chargers, unless charger_ids is given.")
    charger_ids: list[str] | None = Field(
        None, min_length=1, description="Some chargers of the location. Valid with location_id only; never empty."
    )

    @property
    def place(self) -> tuple[str, Sequence[str] | None]:
        """The location that is meant, and which of its chargers."""
        assert self.location_id is not None  # the rule below has seen to it
        return self.location_id, self.charger_ids

    @model_validator(mode="after")
    def _exactly_one(self) -> "LocationTarget":
        names = [name for name in type(self).model_fields if name != MEMBERS]
        if sum(getattr(self, name) is not None for name in names) != 1:
            raise PydanticCustomError("target", "Provide exactly one of {names}", {"names": " and ".join(names)})
        if self.charger_ids is not None and self.location_id is None:
            raise PydanticCustomError("target", "charger_ids is valid with location_id only")
        return self


class CommandTarget(LocationTarget):
    """Who is meant: one charger, or the chargers of a location, or some of them."""

    charger_id: str | None = Field(None, description="Id or OCPP identity of a single charger.")

    @property
    def charger(self) -> str | None:
        """The single charger that is meant."""
        return self.charger_id


class ChargerTarget(Target):
    """The one charger that is meant."""

    charger_id: str = Field(description="Id or OCPP identity of a single charger.")

    @property
    def charger(self) -> str | None:
        """The charger that is meant."""
        return self.charger_id


class DeploymentTarget(LocationTarget):
    """Who is meant, in the words of the later dialects: one charger, or the chargers of a location."""

    deployment_id: str | None = Field(None, description="Id of a single charger.")
    identity: str | None = Field(None, description="OCPP identity of a single charger.")

    @property
    def charger(self) -> str | None:
        """The single charger that is meant."""
        return self.identity if self.deployment_id is None else self.deployment_id


@dataclass(frozen=True, slots=True)
class Targets:
    """The chargers that a target names, and the names that stand for none."""

    chargers: Sequence[ChargerName]
    failed: Sequence[CommandFailure] = ()


async def resolve(fleet: FleetService, target: Target) -> Targets:
    """The chargers that are meant. Raises UnknownTarget."""
    if target.charger is not None:
        view = await find_charger(fleet, target.charger)
        return Targets([ChargerName(view.charger_id, view.identity, view.version)])
    location_id, names = target.place
    location = await find_location(fleet, location_id)
    there = await fleet.names(location.location_id)
    if names is None:
        return Targets(there)
    present = {one.identity: one for one in there} | {one.charger_id: one for one in there}
    chosen: dict[str, ChargerName] = {}
    failed = []
    for name in dict.fromkeys(names):
        if name in present:
            chosen[present[name].charger_id] = present[name]
        else:
            failed.append(await _absent(fleet, name, location.location_id))
    return Targets(tuple(chosen.values()), failed)


async def _absent(fleet: FleetService, name: str, location_id: str) -> CommandFailure:
    try:
        view = await find_charger(fleet, name)
    except UnknownTarget as error:
        return CommandFailure(identity=None, error=str(error))
    return CommandFailure(identity=view.identity, error=f"Charger {name} does not belong to location {location_id}.")
