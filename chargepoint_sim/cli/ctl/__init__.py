"""`ctl SELECTOR COMMAND`: the group, and its options, which may also stand behind the command.

The commands stand in `acts` (they change something), `backstage` (what a central system would ask for), `roster` (what
the fleet consists of, and submitted commands) and `reads` (they look).
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from chargepoint_sim.cli.ctl import acts, backstage, reads, roster
from chargepoint_sim.cli.ctl.target import Target
from chargepoint_sim.cli.door import Door
from chargepoint_sim.cli.helptext import epilog, reflowed
from chargepoint_sim.cli.options import DEFAULT_API, Api, ApiToken, Json

_VALUED, _FLAGS = ("--api", "--api-token"), ("--json",)
_HELP = ("-h", "--help")


class Group(TyperGroup):
    """A group whose own options may also stand behind the command, where people write them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Bring our options to the front; `ctl COMMAND --help` needs no selector."""
        if len(args) > 1 and args[0] in self.commands and args[1] in _HELP:
            args = ["*", *args]
        return super().parse_args(ctx, _in_front(args))


def ctl(
    ctx: typer.Context,
    selector: Annotated[
        str,
        typer.Argument(
            metavar="SELECTOR", help="A charger's id, a glob such as 'dep-*', a location, or several with commas."
        ),
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
    group = typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode="rich")
    examples = epilog(
        "ctl '*' show",
        "ctl dep-789 start-session --token 04A1B2C3 --soc 20%",
        "ctl dep-789 wait --status Charging --timeout 30",
        "ctl dep-789 power-update --watts 7000",
        "ctl dep-789 limits",
        "ctl loc-456 power-update --clear",
        notes="`ctl SELECTOR COMMAND --help` has the options of each command.",
    )
    group.callback(help=reflowed(ctl), epilog=examples)(ctl)
    reads.register(group)
    acts.register(group)
    backstage.register(group)
    roster.register(group)
    app.add_typer(group, name="ctl")


def _in_front(args: Sequence[str]) -> list[str]:
    """The arguments with our own options first; what follows `--` is left alone."""
    front: list[str] = []
    rest: list[str] = []
    waiting: Iterator[str] = iter(args)
    for one in waiting:
        if one == "--":
            return [*front, *rest, one, *waiting]
        if one in _VALUED:
            front += [one, *islice(waiting, 1)]
        elif one in _FLAGS or one.startswith(tuple(f"{name}=" for name in _VALUED)):
            front.append(one)
        else:
            rest.append(one)
    return [*front, *rest]
