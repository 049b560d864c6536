"""The table of the OCPPLAB surface."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from pydantic import BaseModel

from chargepoint_sim.api.ocpplab import resources, shapes
from chargepoint_sim.api.ocpplab.commands.table import COMMAND_ROUTES
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import FIND_ERRORS, READ_ERRORS, Answer, AnyRoute, Call, Response, Route, Scope, Surface

Query = TypeVar("Query", bound=BaseModel)


def _read(
    path: str,
    name: str,
    summary: str,
    query: type[Query],
    handler: Callable[[Call[Query, Nothing]], Awaitable[Answer]],
    response: type[BaseModel],
    errors: Mapping[int, Response] = FIND_ERRORS,
) -> AnyRoute:
    return Route(
        method="GET",
        path=path,
        scope=Scope.READ,
        query=query,
        request=Nothing,
        responses={200: response, **errors},
        handler=handler,
        surface=Surface.OCPPLAB,
        name=name,
        summary=summary,
    )


OCPPLAB_ROUTES: tuple[AnyRoute, ...] = (
    *COMMAND_ROUTES,
    _read(
        "/ocpp/chargers",
        "list-chargers",
        "Chargers, page by page",
        shapes.ChargerQuery,
        resources.list_chargers,
        shapes.ChargerList,
        READ_ERRORS,
    ),
    _read(
        "/ocpp/chargers/{charger_id}",
        "get-charger",
        "One charger",
        Nothing,
        resources.get_charger,
        shapes.Charger,
    ),
    _read(
        "/ocpp/chargers/{charger_id}/logs",
        "list-charger-logs",
        "The last frames of a charger",
        shapes.LogQuery,
        resources.list_logs,
        shapes.LogList,
    ),
    _read(
        "/ocpp/locations",
        "list-locations",
        "Locations, page by page",
        shapes.PageQuery,
        resources.list_locations,
        shapes.LocationList,
        READ_ERRORS,
    ),
    _read(
        "/ocpp/locations/{location_id}",
        "get-location",
        "One location",
        Nothing,
        resources.get_location,
        shapes.Location,
    ),
    _read(
        "/ocpp/locations/{location_id}/chargers",
        "list-location-chargers",
        "Chargers of a location, page by page",
        shapes.LocationChargerQuery,
        resources.list_location_chargers,
        shapes.ChargerList,
    ),
)
