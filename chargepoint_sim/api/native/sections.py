"""What one charger keeps, as sub-resources: one route for each Section out of one table, and all of them at once.

Each answers with the charger's id, the simulated instant and `data`, which is null where a charger of its kind has no
such thing.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_type_hints

from pydantic import BaseModel, Field, RootModel, create_model

from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import FIND_ERRORS, AnyRoute, Call, Route, Scope, Surface
from chargepoint_sim.api.targets import find_charger
from chargepoint_sim.core.smart_charging.profiles import Unit
from chargepoint_sim.fleet.detail import ChargerDetail, ScheduleView, Section

SUMMARIES: Mapping[Section, str] = {
    Section.RESERVATIONS: "For whom places are kept",
    Section.LOCAL_LIST: "The local authorization list",
    Section.AUTHORIZATION_CACHE: "What the authorization cache remembers",
    Section.CHARGING_PROFILES: "The charging profiles, those of others than the central system too",
    Section.CERTIFICATES: "Installed roots, own chains without their keys, requests, and the vehicles' contracts",
    Section.NETWORK_PROFILES: "The network connection profiles; null in 1.6",
    Section.JOBS: "The firmware update and the upload of a log that were ordered last, and injected faults",
    Section.FAULTS: "The injected faults that are in force",
    Section.PUBLICATIONS: "Firmware that a local controller offers; null at any other charger",
    Section.DISPLAY_MESSAGES: "The messages that the display keeps; null without a display",
    Section.MONITORS: "The monitors that are in force; null in 1.6",
    Section.VARIABLES: "The device model of 2.0.1, or the configuration keys of 1.6",
    Section.SECURITY_EVENTS: "The security log, oldest first",
    Section.QUEUE: "Messages that wait for the central system, and those that were given up",
    Section.LIMITS: "Which layer binds the offer of each EVSE and what binds the draw, in figures and words",
    Section.VEHICLES: "The vehicles that are plugged in: state of charge, wish and limits",
    Section.BEHAVIOUR: "Who comes by himself, how often and how long, and when next",
}

_CONTENTS = get_type_hints(ChargerDetail)


class WholeDetail(RootModel[ChargerDetail]):
    """What one charger keeps, as far as it was asked for."""


class SectionQuery(BaseModel):
    """Which parts; repeat the key for each."""

    section: list[Section] = Field(list(Section), description="None means all.")


class CompositeSchedule(RootModel[ScheduleView]):
    """What is offered at most from now on."""


class ScheduleQuery(BaseModel):
    """Where, how long and in which unit."""

    evse_id: int = Field(0, ge=0, description="0 is the whole station; in 1.6 it is the connectorId.")
    duration_s: int = Field(86_400, ge=1, le=604_800, description="Simulated seconds, a week at most.")
    unit: Unit = Field(Unit.W, description="W in total, or A per phase.")


async def show_detail(call: Call[SectionQuery, Nothing]) -> WholeDetail:
    """Several parts at one instant. Raises UnknownTarget."""
    charger = await find_charger(call.fleet, call.path["charger_id"])
    return WholeDetail(await call.fleet.inspect(charger.charger_id, call.query.section))


async def show_schedule(call: Call[ScheduleQuery, Nothing]) -> CompositeSchedule:
    """The composite schedule of an EVSE or of the station. Raises UnknownTarget, of EVSEs too."""
    charger = await find_charger(call.fleet, call.path["charger_id"])
    query = call.query
    return CompositeSchedule(
        await call.fleet.composite_schedule(charger.charger_id, query.evse_id, query.duration_s, query.unit)
    )


def _model(section: Section) -> type[BaseModel]:
    name = "Charger" + "".join(word.capitalize() for word in section.value.split("-"))
    members: dict[str, Any] = {
        "charger_id": (str, ...),
        "at": (float, Field(description="Simulated UTC seconds.")),
        "data": (_CONTENTS[section.member], ...),
    }
    return create_model(name, __doc__=f"{SUMMARIES[section]}.", **members)


def _handler(section: Section, model: type[BaseModel]) -> Callable[[Call[Nothing, Nothing]], Awaitable[BaseModel]]:
    async def handler(call: Call[Nothing, Nothing]) -> BaseModel:
        charger = await find_charger(call.fleet, call.path["charger_id"])
        found = await call.fleet.inspect(charger.charger_id, (section,))
        return model(charger_id=found.charger_id, at=found.at, data=getattr(found, section.member))

    return handler


def _route(section: Section) -> AnyRoute:
    model = _model(section)
    return Route(
        method="GET",
        path=f"/v1/chargers/{{charger_id}}/{section.value}",
        scope=Scope.READ,
        query=Nothing,
        request=Nothing,
        responses={200: model, **FIND_ERRORS},
        handler=_handler(section, model),
        surface=Surface.NATIVE,
        name=f"show-{section.value}",
        summary=SUMMARIES[section],
    )


SECTION_ROUTES: tuple[AnyRoute, ...] = (
    *map(_route, Section),
    Route(
        method="GET",
        path="/v1/chargers/{charger_id}/detail",
        scope=Scope.READ,
        query=SectionQuery,
        request=Nothing,
        responses={200: WholeDetail, **FIND_ERRORS},
        handler=show_detail,
        surface=Surface.NATIVE,
        name="show-detail",
        summary="Several parts of what a charger keeps, at one instant",
        description="`sections` lists what was asked for: of these, null is what this charger does not have.",
    ),
    Route(
        method="GET",
        path="/v1/chargers/{charger_id}/composite-schedule",
        scope=Scope.READ,
        query=ScheduleQuery,
        request=Nothing,
        responses={200: CompositeSchedule, **FIND_ERRORS},
        handler=show_schedule,
        surface=Surface.NATIVE,
        name="show-composite-schedule",
        summary="What is offered at most from now on, as GetCompositeSchedule would answer",
    ),
)
