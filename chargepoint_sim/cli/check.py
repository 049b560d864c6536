"""`check FILE`: every mistake of a fleet file at once, or the plan of the fleet."""

import os
from pathlib import Path
from typing import Annotated

import typer

from chargepoint_sim.cli.helptext import add

FleetPath = Annotated[Path, typer.Argument(metavar="FILE", help="The YAML file of the fleet.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(app, check, "check configs/seed.yaml", "check configs/thousand.yaml")


def check(file: FleetPath) -> None:
    """Validate a fleet file and print the plan: chargers, connections, and which limit of this host comes first.

    Nothing is started. Mistakes come all at once with file and line, exit status 2; a fleet that does not fit this host
    is exit status 1.
    """
    from chargepoint_sim.config.loader import load_fleet
    from chargepoint_sim.config.plan import plan

    planned = plan(load_fleet(file, os.environ))
    for line in planned.lines():
        typer.echo(line)
    if not planned.fits:
        raise typer.Exit(1)
