"""The root of the command line: the list of commands, `--version`, and the boundary at which errors become messages.

Exit statuses: 0 done, 1 chargers failed or refused, 2 wrong input, 70 a bug of ours, 130 interrupted.
"""

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from chargepoint_sim import __version__
from chargepoint_sim.cli import check, conformance, csms, ctl, demo, export, pki, run, tail, token
from chargepoint_sim.cli.helptext import epilog, reflowed
from chargepoint_sim.errors import ConfigError, SimulatorError
from chargepoint_sim.logs import get_logger, mask, set_up
from chargepoint_sim.telemetry import count

WRONG_INPUT = 2
BUG = 70
"""EX_SOFTWARE of sysexits.h."""
INTERRUPTED = 130


class Root(TyperGroup):
    """All commands; what a person did wrong is told in words and an exit status, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            mistakes = f"{len(error.problems)} mistakes" if len(error.problems) != 1 else "1 mistake"
            _complain(f"{error}\n{mistakes}")
            raise typer.Exit(WRONG_INPUT) from None
        except SimulatorError as error:
            _complain(f"Error: {error}")
            raise typer.Exit(WRONG_INPUT) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            # Whoever read our output has left; what is still buffered must not complain again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None


def _complain(text: str) -> None:
    typer.echo(mask(text), err=True)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"chargepoint-sim {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Root,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=epilog("demo", "check configs/seed.yaml", "run configs/seed.yaml", "ctl dep-789 power-update --watts 7000"),
)


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Simulate fleets of EV charging stations over OCPP 1.6J and 2.0.1.

    [b]demo[/b] shows chargers at work, [b]run[/b] starts the fleet of a YAML file, [b]ctl[/b] and [b]tail[/b] talk to
    a fleet that runs.
    """


app.callback(help=reflowed(_root))(_root)
for command in (demo, run, check, export, ctl, tail, csms, conformance, pki, token):
    command.register(app)


def main() -> None:
    """The command `chargepoint-sim`."""
    set_up()
    try:
        app(prog_name="chargepoint-sim")
    except Exception as error:  # the boundary: counted and logged, with the traceback at level debug
        count("commands_crashed")
        get_logger("cli").error("command_crashed", exc_info=error)
        _complain(f"This is a bug in chargepoint-sim: {type(error).__name__}: {error}")
        sys.exit(BUG)
