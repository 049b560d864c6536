"""`run FILE`: the daemon."""

import os
from pathlib import Path
from typing import Annotated

import typer

from chargepoint_sim.cli import loop
from chargepoint_sim.cli.check import FleetPath
from chargepoint_sim.cli.helptext import add
from chargepoint_sim.cli.options import For, JsonLogs, LogLevel, PowerCut, console, set_up_logs
from chargepoint_sim.cli.orders import BOOT_PATIENCE_S, Orders, Until
from chargepoint_sim.logs import Level


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(
        app,
        run,
        "run configs/seed.yaml",
        "run configs/seed.yaml --watch",
        "run configs/seed.yaml --until booted --for 2m",
        "run configs/seed.yaml --for 10m --trace frames.jsonl",
        notes="While it runs, `kill -USR1 PID` prints who is not charging and why. SIGTERM and Ctrl-C end sessions, "
        "deliver what waits and close the links; a second Ctrl-C aborts at once.",
    )


def run(
    file: FleetPath,
    until: Annotated[
        Until | None,
        typer.Option(
            help="End when every charger is accepted, or when besides no transaction runs and nothing is queued. "
            f"Without --for, booted is waited for {BOOT_PATIENCE_S:.0f} s after ramp-up, idle without limit."
        ),
    ] = None,
    for_s: For = None,
    trace: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every frame there, one JSON object a line.")
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show a live table of the chargers.")] = False,
    power_cut: PowerCut = False,
    log_level: LogLevel = Level.INFO,
    json_logs: JsonLogs = False,
) -> None:
    """Run the fleet of a YAML file until Ctrl-C, SIGTERM, --until or --for.

    Exit status 1 means that chargers failed: they are listed by cause, with what to do about it. With both --until
    and --for, --for is the longest wait.
    """
    from chargepoint_sim.cli.operate import operate
    from chargepoint_sim.config.loader import load_fleet
    from chargepoint_sim.daemon import Daemon

    set_up_logs(log_level, json_logs)
    daemon = Daemon(load_fleet(file, os.environ), trace_file=trace, power_cut=power_cut)
    orders = Orders(until, for_s, watch)
    raise typer.Exit(loop.run(operate(daemon, orders, console())))
