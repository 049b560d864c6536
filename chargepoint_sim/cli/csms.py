"""`csms`: the built-in central system alone, in a process of its own."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console, Group

from chargepoint_sim.cli import loop
from chargepoint_sim.cli.helptext import add
from chargepoint_sim.cli.options import LogLevel, console, say, set_up_logs
from chargepoint_sim.errors import LocalError, system_words
from chargepoint_sim.logs import Level

if TYPE_CHECKING:
    from chargepoint_sim.csms.server import CsmsServer

HTTP_PORT = 9001
REFRESH_S = 1.0

Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port for both OCPP versions; 0 takes a free one.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(app, csms, "csms", "csms --port 9000 --http-port 9001 --show")


def csms(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Who may connect and charge, as YAML.", show_default=False)
    ] = None,
    port: Port = None,
    http_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of its HTTP commands; 0 takes a free one.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Show a live table of chargers and sessions.")] = False,
    log_level: LogLevel = Level.INFO,
) -> None:
    """Run the built-in central system: OCPP 1.6J and 2.0.1 on one port, told apart by the sub-protocol.

    Ports default to the file's, then to 9000 and 9001. A tool to try things out; it asks for no password unless its
    file says so.
    """
    from chargepoint_sim.csms.config import CsmsSettings, load_settings
    from chargepoint_sim.csms.server import CsmsServer

    set_up_logs(log_level, json_logs=False)
    settings = load_settings(config) if config is not None else CsmsSettings()
    given = {"port": port, "http_port": http_port if http_port is not None else settings.http_port}
    if given["http_port"] is None:
        given["http_port"] = HTTP_PORT
    settings = settings.model_copy(update={key: value for key, value in given.items() if value is not None})
    loop.run(_serve(CsmsServer(settings), console(), show))


async def _serve(server: "CsmsServer", to: Console, show: bool) -> None:
    stop = loop.StopSignals()
    try:
        await server.start()
    except OSError as error:
        settings = server.settings
        remedies = {
            f"{settings.host}:{settings.port}": "for chargers with --port",
            f"{settings.http_host}:{settings.http_port}": "for HTTP commands with --http-port",
        }
        raise LocalError(
            f"the central system cannot listen on {error.filename}: {system_words(error)}; "
            f"choose another port {remedies.get(error.filename, 'with tls.port in its file')}"
        ) from error
    try:
        for line in _hints(server):
            say(to, line)
        if show and to.is_terminal:
            showing = asyncio.create_task(_show(server, to))
            await stop.wait()
            showing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await showing
        else:
            await stop.wait()
    finally:
        await server.stop()
    if show and not to.is_terminal:
        to.print(_tables(server))


def _hints(server: "CsmsServer") -> Iterator[str]:
    url, http = server.url, f"http://{server.settings.http_host}:{server.http_port}"
    yield f"Central system for OCPP 1.6 and 2.0.1: {url}"
    yield f'Point a fleet at it with this line of its file: csms: {{url: "{url}"}}'
    yield f"What it knows: {http}/chargers and {http}/sessions"
    yield "Send a charger any message of its version:"
    yield f'  curl -d \'{{"type": "Soft"}}\' {http}/chargers/IDENTITY/call/Reset'


async def _show(server: "CsmsServer", to: Console) -> None:
    from rich.live import Live

    with Live(console=to, auto_refresh=False) as live:
        while True:
            live.update(_tables(server), refresh=True)
            await asyncio.sleep(REFRESH_S)


def _tables(server: "CsmsServer") -> Group:
    from chargepoint_sim.csms.show import chargers_table, sessions_table

    return Group(chargers_table(server.central.peers()), sessions_table(server.central.sessions()))
