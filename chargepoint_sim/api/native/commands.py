"""One route per command of `core.commands`, with a body derived from the command's own fields."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import MISSING, fields
from enum import Enum
from typing import Annotated, Any, get_type_hints

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, create_model

from chargepoint_sim.api.native.shapes import Outcomes, PlaceQuery, Submission
from chargepoint_sim.api.native.submission import HEADERS, submit
from chargepoint_sim.api.parsing import Nothing, RawMessage
from chargepoint_sim.api.routes import COMMAND_ERRORS, AnyRoute, Call, Route, Scope, Surface
from chargepoint_sim.core import commands as core

COMMANDS: tuple[type[core.Command], ...] = (
    core.PlugIn,
    core.Unplug,
    core.ArriveAtBay,
    core.LeaveBay,
    core.PresentToken,
    core.AuthorizeToken,
    core.BeginTransaction,
    core.EndTransaction,
    core.StartSession,
    core.StopSession,
    core.RequestEnergy,
    core.StopEnergy,
    core.SetPowerLimit,
    core.SetDeviceLimit,
    core.SetBehaviour,
    core.PauseCharging,
    core.ResumeCharging,
    core.UnlockConnector,
    core.InjectFault,
    core.ClearFault,
    core.InjectTransferFault,
    core.ClearTransferFault,
    core.RaiseSecurityEvent,
    core.UseMasterPass,
    core.ChangeSettings,
    core.ClearCache,
    core.UpdateLocalList,
    core.ClearLocalList,
    core.SendRaw,
    core.Reboot,
    core.FactoryReset,
    core.LoseLink,
    core.TransferData,
)


def _as_token(given: str | core.IdToken) -> core.IdToken:
    return given if isinstance(given, core.IdToken) else core.IdToken(given)


_Token = Annotated[Annotated[str, Field(min_length=1)] | core.IdToken, AfterValidator(_as_token)]
_RANGES: Mapping[str, Any] = {
    "connector_id": Field(ge=0),
    "departs_in_s": Field(gt=0),
    "duration_s": Field(gt=0),
    "energy_wh": Field(gt=0),
    "evse_id": Field(ge=0),
    "least_dwell_s": Field(gt=0),
    "list_version": Field(ge=1),
    "longest_dwell_s": Field(gt=0),
    "power_w": Field(ge=0),
    "sessions_per_evse_per_day": Field(ge=0),
    "soc": Field(ge=0, le=1),
    "target_energy_wh": Field(gt=0),
    "target_soc": Field(ge=0, le=1),
    "times": Field(ge=1),
}


def body_model(command: type[core.Command]) -> type[BaseModel]:
    """The body of the command: its fields, strict, nothing else.

    A token is an object or just its text. What defaults to an empty text in the core is required here.
    """
    hints = get_type_hints(command)
    members: dict[str, Any] = {}
    for field in fields(command):
        if hints[field.name] is core.IdToken:
            members[field.name] = (_Token, ...)
        elif hints[field.name] == core.IdToken | None:
            members[field.name] = (_Token | None, None)
        elif isinstance(field.default, Enum):
            members[field.name] = (hints[field.name], field.default)  # strict, a member would be wanted for its text
        elif hints[field.name] == Mapping[str, Any]:
            members[field.name] = (RawMessage, ...)
        elif field.default is MISSING:  # made by a factory: a mapping
            members[field.name] = (hints[field.name], ...)
        elif isinstance(field.default, tuple):
            members[field.name] = (hints[field.name], field.default)  # strict, a tuple would be no JSON array
        elif field.default == "":
            members[field.name] = (Annotated[str, Field(min_length=1)], ...)
        else:
            constraints = [Strict(), *([_RANGES[field.name]] if field.name in _RANGES else [])]
            members[field.name] = (Annotated[hints[field.name], *constraints], field.default)
    return create_model(command.__name__, __config__=ConfigDict(extra="forbid"), __doc__=command.__doc__, **members)


MODELS: Mapping[type[core.Command], type[BaseModel]] = {command: body_model(command) for command in COMMANDS}


def as_command(command: type[core.Command], body: BaseModel) -> core.Command:
    """The command that a body of its model describes."""
    return command(**{field.name: getattr(body, field.name) for field in fields(command)})


def _handler(command: type[core.Command]) -> Callable[[Call[Submission, BaseModel]], Awaitable[Outcomes]]:
    async def handler(call: Call[Submission, BaseModel]) -> Outcomes:
        return await submit(call, call.path["selector"], as_command(command, call.body))

    return handler


def _route(command: type[core.Command]) -> AnyRoute:
    name = core.command_name(command)
    return Route(
        method="POST",
        path=f"/v1/chargers/{{selector}}/commands/{name}",
        scope=Scope.COMMAND,
        query=Submission,
        request=MODELS[command],
        responses={200: Outcomes, **COMMAND_ERRORS},
        handler=_handler(command),
        surface=Surface.NATIVE,
        name=f"command-{name}",
        summary=name.replace("-", " ").capitalize(),
        description=command.__doc__ or "",
        headers=HEADERS,
    )


async def release_power_limit(call: Call[PlaceQuery, Nothing]) -> Outcomes:
    """Take the external limit of a connector away."""
    return await submit(
        call, call.path["selector"], core.SetPowerLimit(call.query.evse_id, call.query.connector_id, None)
    )


COMMAND_ROUTES: tuple[AnyRoute, ...] = (
    *(_route(command) for command in COMMANDS),
    Route(
        method="DELETE",
        path="/v1/chargers/{selector}/power-limit",
        scope=Scope.COMMAND,
        query=PlaceQuery,
        request=Nothing,
        responses={200: Outcomes, **COMMAND_ERRORS},
        handler=release_power_limit,
        surface=Surface.NATIVE,
        name="release-power-limit",
        summary="Release the external limit that power-update set",
        headers=HEADERS,
    ),
)
