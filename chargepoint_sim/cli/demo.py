"""`demo`: the shipped demo fleet with the built-in central system, without any configuration."""

import dataclasses
import os
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from chargepoint_sim.cli import loop
from chargepoint_sim.cli.helptext import add
from chargepoint_sim.cli.invocation import program
from chargepoint_sim.cli.options import For, LogLevel, PowerCut, console, say, set_up_logs
from chargepoint_sim.cli.orders import Orders
from chargepoint_sim.errors import LocalError
from chargepoint_sim.fleet.spec import ApiSpec
from chargepoint_sim.logs import Level

if TYPE_CHECKING:
    from chargepoint_sim.daemon import Daemon


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(app, demo, "demo", "demo --for 2m")


def demo(for_s: For = None, power_cut: PowerCut = False, log_level: LogLevel = Level.WARNING) -> None:
    """Show chargers of both OCPP versions at work: central system, vehicles and control API in one process.

    A live table where stdout is a terminal, a line every few seconds otherwise. Ends with Ctrl-C.
    """
    from chargepoint_sim.cli.operate import operate
    from chargepoint_sim.config.loader import DEMO, load_fleet
    from chargepoint_sim.daemon import Daemon

    set_up_logs(log_level, json_logs=False)
    to = console()
    fleet = load_fleet(DEMO, os.environ)
    if fleet.api is not None and not _is_free(fleet.api):
        say(to, f"Port {fleet.api.port} is taken, so the control API takes a free one.")
        fleet = dataclasses.replace(fleet, api=dataclasses.replace(fleet.api, port=0))
    orders = Orders(for_s=for_s, watching=True)
    raise typer.Exit(loop.run(operate(Daemon(fleet, power_cut=power_cut), orders, to, _hints)))


def _is_free(api: ApiSpec) -> bool:
    """Whether the API can listen on its port."""
    try:
        socket.create_server((api.host, api.port)).close()
    except OSError:
        return False
    return True


def _hints(daemon: "Daemon") -> Iterator[str]:
    """What to try while the demo runs."""
    if daemon.api_url is None:
        raise LocalError("the demo needs its control API")
    charger = daemon.spec.chargers[0]
    body = f'{{"target": {{"charger_id": "{charger.charger_id}"}}, "event": {{"power_w": 7000}}}}'
    option = "" if daemon.api_url.endswith(":8080") else f" --api {daemon.api_url}"
    yield "Limit a charger to 7 kW, watch its power follow, release it:"
    yield f"  curl -H 'Content-Type: application/json' -d '{body}' {daemon.api_url}/ocpp/commands/power-update"
    yield f"  {program()} ctl{option} {charger.charger_id} power-update --clear"
    yield f"Follow its messages: {program()} tail{option} {charger.charger_id}"
