"""`export FILE`: what has to be registered at a central system, the only command that prints passwords."""

import os
from typing import Annotated

import typer

from chargepoint_sim.cli.check import FleetPath
from chargepoint_sim.cli.helptext import add


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(app, export, "export configs/seed.yaml --csv", "export configs/own-csms.yaml --json")


def export(
    file: FleetPath,
    json: Annotated[bool, typer.Option("--json/--csv", help="A JSON array, or CSV with a heading.")] = False,
) -> None:
    """Print what has to be registered at a central system, charger by charger, passwords included.

    Identity, URL, OCPP version, user and password, vendor, model, serial number, connectors and id tags.
    """
    from chargepoint_sim.config.export import rows, to_csv, to_json
    from chargepoint_sim.config.loader import load_fleet

    table = rows(load_fleet(file, os.environ))
    typer.echo(to_json(table) if json else to_csv(table), nl=json)
