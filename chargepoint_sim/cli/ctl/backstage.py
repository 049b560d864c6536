"""The commands of `ctl` that do on the spot what a central system would ask for, or that speak in a charger's place."""

from typing import Annotated, Any

import orjson
import typer

from chargepoint_sim.cli.ctl.target import act
from chargepoint_sim.cli.helptext import add
from chargepoint_sim.clock import parse_utc
from chargepoint_sim.core import commands as core


def pair(text: str) -> tuple[str, str]:
    """Parser of NAME=VALUE; the value may be empty."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise typer.BadParameter(f"{text!r} is no setting; write NAME=VALUE")
    return name, value


def instant(text: str) -> float:
    """Parser of an instant in UTC: 2027-01-31T12:00:00Z. Answers seconds."""
    try:
        return parse_utc(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no instant; write 2027-01-31T12:00:00Z") from None


def json_object(text: str) -> dict[str, Any]:
    """Parser of a JSON object."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"this is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise typer.BadParameter("the payload is a JSON object")
    return found


def register(group: typer.Typer) -> None:
    """Add the commands."""
    add(
        group,
        change_settings,
        "ctl dep-1 change-settings HeartbeatInterval=60",
        "ctl dep-1 change-settings MeterValueSampleInterval=10 LocalPreAuthorize=true",
    )
    add(group, clear_cache, "ctl dep-1 clear-cache")
    add(
        group,
        update_local_list,
        "ctl dep-1 update-local-list 1 04A1B2C3 04D4E5F6",
        "ctl dep-1 update-local-list 2 04FFFFFF --differential --expires 2040-01-01T00:00:00Z",
    )
    add(group, clear_local_list, "ctl dep-1 clear-local-list")
    add(
        group,
        send_raw,
        "ctl dep-1 send-raw Heartbeat",
        'ctl dep-1 send-raw data_transfer --payload \'{"vendor_id": "com.example"}\'',
    )


def change_settings(
    ctx: typer.Context,
    settings: Annotated[
        list[Any],
        typer.Argument(
            parser=pair,
            metavar="NAME=VALUE...",
            help="1.6: a configuration key. 2.0.1: Component.Variable, or a variable that only one component has.",
            show_default=False,
        ),
    ],
) -> None:
    """Change settings as if the central system had asked for it, with all that follows from it."""
    act(ctx, core.ChangeSettings(dict(settings)))


def clear_cache(ctx: typer.Context) -> None:
    """Forget all tokens of the authorization cache."""
    act(ctx, core.ClearCache())


def update_local_list(
    ctx: typer.Context,
    version: Annotated[int, typer.Argument(min=1, help="Must be greater than that of the present list.")],
    tokens: Annotated[list[str] | None, typer.Argument(metavar="[TOKEN]...", help="Tags that are accepted.")] = None,
    differential: Annotated[bool, typer.Option("--differential", help="Add them to those that are there.")] = False,
    expires_at: Annotated[
        float | None, typer.Option("--expires", parser=instant, metavar="INSTANT", help="When they run out, in UTC.")
    ] = None,
    group_id: Annotated[str | None, typer.Option("--group", help="parentIdTag, or groupIdToken.")] = None,
) -> None:
    """Set the local authorization list as if the central system had sent it."""
    entries = tuple(core.ListedToken(token, expires_at, group_id) for token in tokens or ())
    act(ctx, core.UpdateLocalList(version, entries, differential))


def clear_local_list(ctx: typer.Context) -> None:
    """Take the local authorization list away, its version too."""
    act(ctx, core.ClearLocalList())


def send_raw(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(help="BootNotification or boot_notification.", show_default=False)],
    payload: Annotated[
        Any, typer.Option(parser=json_object, metavar="JSON", help="In camelCase or snake_case.")
    ] = "{}",
) -> None:
    """Send a message to the central system as it is given, right or wrong."""
    act(ctx, core.SendRaw(action, payload))
