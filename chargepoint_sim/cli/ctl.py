"""`ctl SELECTOR COMMAND`: the group, what all its commands share, and how outcomes are shown.

The commands stand in `ctl_acts` (they change something) and `ctl_reads` (they look).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table
from typer.core import TyperGroup

from chargepoint_sim.cli.door import Door
from chargepoint_sim.cli.helptext import epilog, reflowed
from chargepoint_sim.cli.options import DEFAULT_API, Api, ApiToken, Json, console
from chargepoint_sim.core.commands import Command, Outcome

ROWS = 20
"""With more chargers than this only those that refused are listed."""

_VALUED, _FLAGS = ("--api", "--api-token"), ("--json",)
_HELP = ("-h", "--help")


class Group(TyperGroup):
    """A group whose own options may also stand behind the command, where people write them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Bring our options to the front; `ctl COMMAND --help` needs no selector."""
        if len(args) > 1 and args[0] in self.commands and args[1] in _HELP:
            args = ["*", *args]
        return super().parse_args(ctx, _in_front(args))


@dataclass(frozen=True, slots=True)
class Target:
    """Which chargers of which daemon, and how to answer."""

    selector: str
    door: Door
    json: bool


def ctl(
    ctx: typer.Context,
    selector: Annotated[
        str, typer.Argument(help="A charger's id, a glob such as 'dep-*', a location, or several with commas.")
    ],
    api: Api = DEFAULT_API,
    api_token: ApiToken = None,
    json: Json = False,
) -> None:
    """Command chargers of a running daemon, and look at them.

    Exit status 1 when a charger refused, with its reason; 2 when the daemon cannot be asked. --api, --api-token and
    --json may stand at the end too.
    """
    ctx.obj = Target(selector, Door(api, api_token), json)


def register(app: typer.Typer) -> None:
    """Add the group with all its commands."""
    from chargepoint_sim.cli import ctl_acts, ctl_reads

    group = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode="rich")
    examples = epilog(
        "ctl '*' show",
        "ctl dep-789 start-session --token 04A1B2C3 --soc 20%",
        "ctl dep-789 wait --status Charging --timeout 30",
        "ctl dep-789 power-update --watts 7000",
        "ctl dep-789 limits",
        "ctl loc-456 power-update --clear",
        notes="The most common commands come first; `ctl SELECTOR COMMAND --help` has the options of each.",
    )
    group.callback(help=reflowed(ctl), epilog=examples)(ctl)
    ctl_reads.register(group)
    ctl_acts.register(group)
    app.add_typer(group, name="ctl")


def act(ctx: typer.Context, command: Command) -> None:
    """Carry a command out on the selected chargers and show what became of it; exit status 1 when one refused."""
    target: Target = ctx.obj
    outcomes = target.door.use(lambda client: client.command(target.selector, command))
    refused = sum(not outcome.accepted for outcome in outcomes.values())
    if target.json:
        typer.echo(_outcomes_json(outcomes, refused))
    else:
        _show_outcomes(outcomes, refused)
    if refused:
        raise typer.Exit(1)


def _show_outcomes(outcomes: Mapping[str, Outcome], refused: int) -> None:
    everyone = len(outcomes) <= ROWS
    table = Table("Charger", "Outcome", "Reason", "Details")
    for charger_id, outcome in outcomes.items():
        if everyone or not outcome.accepted:
            word = "[green]accepted[/green]" if outcome.accepted else "[red]refused[/red]"
            details = ", ".join(f"{name} {value}" for name, value in outcome.info.items())
            table.add_row(charger_id, word, outcome.reason, details)
    to = console()
    if table.row_count:
        to.print(table)
    if not everyone:
        to.print(f"{len(outcomes) - refused:,} accepted, {refused:,} refused")


def _outcomes_json(outcomes: Mapping[str, Outcome], refused: int) -> str:
    results = [
        {"charger_id": charger_id, "accepted": one.accepted, "reason": one.reason, "info": dict(one.info)}
        for charger_id, one in outcomes.items()
    ]
    answer = {"accepted": len(results) - refused, "refused": refused, "results": results}
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()


def _in_front(args: Sequence[str]) -> list[str]:
    """The arguments with our own options first; what follows `--` is left alone."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(args)
    for one in waiting:
        if one == "--":
            return [*front, *rest, one, *waiting]
        if one in _VALUED:
            front += [one, *_next(waiting)]
        elif one in _FLAGS or one.startswith(tuple(f"{name}=" for name in _VALUED)):
            front.append(one)
        else:
            rest.append(one)
    return [*front, *rest]


def _next(waiting: Any) -> list[str]:
    return [value for value in (next(waiting, None),) if value is not None]
