"""The table of the Amps surface."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic import BaseModel

from chargepoint_sim.api.amps import actions, devices, families, pushes, schedule_routes, settings, shapes
from chargepoint_sim.api.amps.envelope import Envelope, FailureEnvelope, Page, enveloped
from chargepoint_sim.api.amps.users import USER
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import AnyRoute, Call, Response, Route, Scope, Surface

_ANY: Mapping[int, Response] = dict.fromkeys((400, 401, 403, 429, 500), FailureEnvelope)
_FIND: Mapping[int, Response] = {**_ANY, 404: FailureEnvelope}
_WRITE: Mapping[int, Response] = {**_FIND, **dict.fromkeys((408, 413, 422), FailureEnvelope)}


def _row(
    method: str,
    path: str,
    name: str,
    summary: str,
    handler: Callable[[Call[Any, Any]], Awaitable[Any]],
    response: type[BaseModel],
    *,
    errors: Mapping[int, Response],
    query: type[BaseModel] = Nothing,
    request: type[BaseModel] = Nothing,
    success: int = 200,
) -> AnyRoute:
    return Route(
        method=method,
        path=path,
        scope=Scope.READ if method == "GET" else Scope.COMMAND,
        query=query,
        request=request,
        responses={success: response, **errors},
        handler=enveloped(handler),
        surface=Surface.AMPS,
        name=name,
        summary=summary,
        headers={USER: "The id of a location, as userId."},
    )


def _family(family: str) -> tuple[AnyRoute, ...]:
    """A family of devices that there are none of."""
    act = families.refuse_action if family in families.READ_ONLY else families.find_none
    return (
        _row(
            "GET",
            f"/{family}",
            f"amps-list-{family}",
            f"No devices: there is no {family} here",
            families.list_none,
            Envelope[Page[shapes.ListedDevice]],
            errors=_ANY,
            query=shapes.PageQuery,
        ),
        _row(
            "GET",
            f"/{family}/{{device_id}}",
            f"amps-read-{family}",
            f"Not found: there is no {family} here",
            families.find_none,
            Envelope[shapes.Device],
            errors=_FIND,
        ),
        _row(
            "POST",
            f"/{family}/{{device_id}}",
            f"amps-push-{family}",
            f"Refused: there is no {family} here",
            act,
            Envelope[shapes.PushAccepted],
            errors={**_FIND, 422: FailureEnvelope},
            success=202,
        ),
    )


AMPS_ROUTES: tuple[AnyRoute, ...] = (
    _row(
        "GET",
        "/ev-charger",
        "amps-list-devices",
        "EV chargers, page by page",
        devices.list_devices,
        Envelope[Page[shapes.ListedDevice]],
        errors=_ANY,
        query=shapes.PageQuery,
    ),
    _row(
        "GET",
        "/ev-charger/{charger_id}",
        "amps-read-device",
        "State, commands and settings of an EV charger",
        devices.read_device,
        Envelope[shapes.Device],
        errors=_FIND,
        query=shapes.ReadQuery,
    ),
    _row(
        "POST",
        "/ev-charger/{charger_id}",
        "amps-push",
        "Push one command to an EV charger",
        pushes.push,
        Envelope[shapes.PushAccepted],
        errors={**_WRITE, 409: FailureEnvelope},
        request=shapes.PushBody,
        success=202,
    ),
    _row(
        "POST",
        "/ev-charger/{charger_id}/settings",
        "amps-write-settings",
        "Write settings of an EV charger",
        settings.write_settings,
        Envelope[shapes.SettingsWritten],
        errors={**_WRITE, 503: FailureEnvelope},
        request=shapes.SettingsBody,
    ),
    _row(
        "GET",
        "/actions",
        "amps-list-actions",
        "Actions on all devices, newest first",
        actions.list_actions,
        Envelope[Page[shapes.Action]],
        errors=_ANY,
        query=shapes.ActionQuery,
    ),
    _row(
        "GET",
        "/actions/{action_id}",
        "amps-read-action",
        "One action",
        actions.read_action,
        Envelope[shapes.Action],
        errors=_FIND,
    ),
    _row(
        "POST",
        "/actions/{action_id}/cancel",
        "amps-cancel-action",
        "Take a scheduled action back",
        actions.cancel_action,
        Envelope[shapes.Action],
        errors={**_FIND, 409: FailureEnvelope},
    ),
    _row(
        "PUT",
        "/ev-charger/{charger_id}/schedule",
        "amps-set-schedule",
        "Give an EV charger its schedule",
        schedule_routes.set_schedule,
        Envelope[shapes.Schedule],
        errors=_WRITE,
        request=shapes.ScheduleBody,
    ),
    _row(
        "GET",
        "/ev-charger/{charger_id}/schedule",
        "amps-read-schedule",
        "The schedule of an EV charger",
        schedule_routes.read_schedule,
        Envelope[shapes.Schedule],
        errors=_FIND,
    ),
    _row(
        "DELETE",
        "/ev-charger/{charger_id}/schedule",
        "amps-delete-schedule",
        "Take the schedule of an EV charger away",
        schedule_routes.delete_schedule,
        Envelope[shapes.Schedule],
        errors={**_FIND, 422: FailureEnvelope},
    ),
    _row(
        "GET",
        "/schedules",
        "amps-list-schedules",
        "Not there yet, as at the vendor's",
        schedule_routes.list_schedules,
        Envelope[Page[shapes.Schedule]],
        errors={**_ANY, 501: FailureEnvelope},
        query=shapes.ScheduleQuery,
    ),
    _row(
        "GET",
        "/schedules/{schedule_id}",
        "amps-find-schedule",
        "One schedule",
        schedule_routes.find_schedule,
        Envelope[shapes.Schedule],
        errors=_FIND,
    ),
    *(row for family in (*families.WRITABLE, *families.READ_ONLY) for row in _family(family)),
)
