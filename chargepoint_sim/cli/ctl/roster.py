"""The commands of `ctl` that change what the fleet consists of, and those that look after submitted commands."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.table import Table
from rich.text import Text

from chargepoint_sim.cli.ctl.target import Target
from chargepoint_sim.cli.fleet_table import fleet_table
from chargepoint_sim.cli.helptext import add as add_command
from chargepoint_sim.cli.options import console, say
from chargepoint_sim.fleet.roster import ChargerChanges, NewCharger
from chargepoint_sim.fleet.views import ChargerView

if TYPE_CHECKING:
    from chargepoint_sim.client import FleetClient, SubmittedCommand

Version = Annotated[str | None, typer.Option(metavar="1.6|2.0.1", help="OCPP version; none takes the template's own.")]
Connector = Annotated[str | None, typer.Option(help="Connector type: Type2, CCS2 or a ConnectorEnumType of 2.0.1.")]
Location = Annotated[str | None, typer.Option(help="Id of the location where it stands.")]


def register(group: typer.Typer) -> None:
    """Add the commands."""
    add_command(group, add, "ctl dep-9 add --template public-ac-22 --location loc-456")
    add_command(group, set_charger, "ctl dep-1 set --name 'By the door'", "ctl dep-2 set --location ''", name="set")
    add_command(group, remove, "ctl dep-2 remove")
    add_command(group, power_off, "ctl dep-1 power-off")
    add_command(group, power_on, "ctl dep-1 power-on")
    add_command(group, restart, "ctl 'dep-*' restart")
    add_command(group, actions, "ctl 'dep-*' actions", "ctl dep-1 actions --state rejected --json")


def add(
    ctx: typer.Context,
    template: Annotated[str, typer.Option(help="Name of the template.", show_default=False)],
    csms: Annotated[str, typer.Option(help="ws:// or wss://, without the identity; builtin is the daemon's own.")] = (
        "builtin"
    ),
    identity: Annotated[str | None, typer.Option(help="Charge point id; none takes the charger's id.")] = None,
    name: Annotated[str, typer.Option(help="For people.")] = "",
    version: Version = None,
    connector: Connector = None,
    location: Location = None,
) -> None:
    """Make a charger with the id that stands in the place of the selector; it dials at once."""
    target: Target = ctx.obj
    new = NewCharger(
        identity or target.selector,
        csms,
        template,
        charger_id=target.selector,
        connector_type=connector,
        version=version,
        name=name,
        location_id=location,
    )
    _show(target, [target.door.use(lambda client: client.add(new))])


def set_charger(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option(help="For people.")] = None,
    csms: Annotated[str | None, typer.Option(help="ws:// or wss://, without the identity, or builtin.")] = None,
    version: Version = None,
    connector: Connector = None,
    location: Location = None,
) -> None:
    """Change chargers; an empty location takes them away from theirs. All but name and location restarts them."""
    changes = ChargerChanges(name, connector, version, csms, location)
    if changes == ChargerChanges():
        raise typer.BadParameter("give at least one of --name, --csms, --version, --connector and --location")
    _each(ctx, lambda client, charger_id: client.change(charger_id, changes))


def remove(ctx: typer.Context) -> None:
    """Switch chargers off in order, and forget them."""
    target: Target = ctx.obj

    async def work(client: "FleetClient") -> list[str]:
        found = [view.charger_id for view in await client.chargers(target.selector)]
        for charger_id in found:
            await client.remove(charger_id)
        return found

    removed = target.door.use(work)
    if target.json:
        typer.echo(orjson.dumps({"removed": removed}, option=orjson.OPT_INDENT_2))
    else:
        say(console(), f"removed {', '.join(removed)}")


def power_on(ctx: typer.Context) -> None:
    """Switch chargers on."""
    _each(ctx, lambda client, charger_id: client.power_on(charger_id))


def power_off(ctx: typer.Context) -> None:
    """Switch chargers off in order: sessions end, what waits is sent, links close."""
    _each(ctx, lambda client, charger_id: client.power_off(charger_id))


def restart(ctx: typer.Context) -> None:
    """Switch chargers off in order, and on again."""
    _each(ctx, lambda client, charger_id: client.restart(charger_id))


def actions(
    ctx: typer.Context,
    state: Annotated[
        list[str] | None, typer.Option(metavar="STATE", help="For example scheduled or rejected; may be repeated.")
    ] = None,
    last: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
) -> None:
    """Show the commands that were submitted to chargers, newest first, and what became of them."""
    target: Target = ctx.obj
    found = target.door.use(lambda client: client.actions([target.selector], states=state or (), limit=last))
    if target.json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    else:
        console().print(_actions_table(found))


def _actions_table(found: "list[SubmittedCommand]") -> Table:
    table = Table("Id", "Charger", "API", "Command", "State", "Reason")
    for one in found:
        cells = (one.action_id, one.charger_id, one.surface, one.name, one.state, one.reason)
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _each(ctx: typer.Context, change: Callable[["FleetClient", str], Awaitable[ChargerView]]) -> None:
    """Change the selected chargers one after the other, and show what they are then."""
    target: Target = ctx.obj

    async def work(client: "FleetClient") -> list[ChargerView]:
        return [await change(client, view.charger_id) for view in await client.chargers(target.selector)]

    _show(target, target.door.use(work))


def _show(target: Target, views: list[ChargerView]) -> None:
    if target.json:
        typer.echo(orjson.dumps(views, option=orjson.OPT_INDENT_2))
    else:
        console().print(fleet_table(views))
