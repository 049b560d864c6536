"""Which chargers of which daemon a command of `ctl` means, and how their outcomes are shown."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import typer
from rich.table import Table
from rich.text import Text

from chargepoint_sim.cli.door import Door
from chargepoint_sim.cli.options import console
from chargepoint_sim.core.commands import Command, Outcome

ROWS = 20
"""With more chargers than this only those that refused are listed."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which chargers of which daemon, and how to answer."""

    selector: str
    door: Door
    json: bool


def act(ctx: typer.Context, command: Command) -> None:
    """Carry a command out on the selected chargers and show what became of it; exit status 1 when one refused."""
    target: Target = ctx.obj
    outcomes = target.door.use(lambda client: client.command(target.selector, command))
    refused = sum(not outcome.accepted for outcome in outcomes.values())
    if target.json:
        typer.echo(_to_json(outcomes, refused))
    else:
        _show(outcomes, refused)
    if refused:
        raise typer.Exit(1)


def _show(outcomes: Mapping[str, Outcome], refused: int) -> None:
    everyone = len(outcomes) <= ROWS
    table = Table("Charger", "Outcome", "Reason", "Details")
    for charger_id, outcome in outcomes.items():
        if everyone or not outcome.accepted:
            word = Text("accepted", "green") if outcome.accepted else Text("refused", "red")
            details = ", ".join(f"{name} {value}" for name, value in outcome.info.items())
            table.add_row(Text(charger_id), word, Text(outcome.reason), Text(details))
    to = console()
    if table.row_count:
        to.print(table)
    if not everyone:
        to.print(f"{len(outcomes) - refused:,} accepted, {refused:,} refused")


def _to_json(outcomes: Mapping[str, Outcome], refused: int) -> str:
    results = [
        {"charger_id": charger_id, "accepted": one.accepted, "reason": one.reason, "info": dict(one.info)}
        for charger_id, one in outcomes.items()
    ]
    answer = {"accepted": len(results) - refused, "refused": refused, "results": results}
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()
