"""Options that several commands share, each written once, and the terminal that all commands print to."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from chargepoint_sim.cli.durations import duration
from chargepoint_sim.logs import Level, Style, set_up

DEFAULT_API = "http://127.0.0.1:8080"
PLAIN_WIDTH = 200
"""Columns of a table that does not go to a terminal, so that files and pipes get whole words."""

For = Annotated[
    float | None,
    typer.Option("--for", parser=duration, metavar="DURATION", help="Stop after 90s, 10m, 2h ..., in real time."),
]
LogLevel = Annotated[Level, typer.Option("--log-level", help="From which level on events are logged, on stderr.")]
JsonLogs = Annotated[bool, typer.Option("--json-logs", help="Log JSON lines instead of text.")]
PowerCut = Annotated[
    bool, typer.Option("--power-cut", help="At the end pull the plug: end no session, say nothing, close no link.")
]
Api = Annotated[str, typer.Option("--api", envvar="CHARGEPOINT_SIM_API", metavar="URL", help="The daemon's API.")]
ApiToken = Annotated[
    str | None,
    typer.Option(
        "--api-token", envvar="CHARGEPOINT_SIM_API_TOKEN", metavar="TOKEN", help="Bearer token of the daemon's API."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="JSON for machines instead of a table.")]


def console() -> Console:
    """The terminal, or whatever stdout is."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def say(to: Console, text: str = "") -> None:
    """One line of plain text, never wrapped, with nothing in it taken for markup."""
    to.print(text, markup=False, highlight=False, soft_wrap=True)


def set_up_logs(level: Level, json_logs: bool) -> None:
    """Configure the log of this process."""
    set_up(level, Style.JSON if json_logs else Style.CONSOLE)
