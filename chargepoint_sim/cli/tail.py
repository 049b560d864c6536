"""`tail CHARGER`: the frames of one charger, those that are kept and those to come."""

import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from chargepoint_sim.cli.door import Door
from chargepoint_sim.cli.helptext import add
from chargepoint_sim.cli.options import DEFAULT_API, Api, ApiToken, console
from chargepoint_sim.fleet.views import FleetEvent, FrameRecord
from chargepoint_sim.logs import mask

if TYPE_CHECKING:
    from chargepoint_sim.client import FleetClient

_ARROWS = {True: ("->", "cyan"), False: ("<-", "magenta")}
"""From the charger to the central system, and back."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(
        app,
        tail,
        "tail dep-789 --no-follow",
        "tail dep-789 --action MeterValues",
        "tail dep-789 --raw --last 1000",
        notes="-> goes to the central system, <- comes from it. Times are the fleet's.",
    )


def tail(
    charger: Annotated[str, typer.Argument(help="A charger's id or OCPP identity.", show_default=False)],
    action: Annotated[str | None, typer.Option(help="Only this OCPP action, with its answers.")] = None,
    follow: Annotated[bool, typer.Option(help="Go on with what comes, until Ctrl-C.")] = True,
    last: Annotated[int, typer.Option(min=0, max=1000, help="How many kept frames to begin with.")] = 20,
    raw: Annotated[bool, typer.Option("--raw", help="The frames as they are on the wire, one a line.")] = False,
    api: Api = DEFAULT_API,
    api_token: ApiToken = None,
) -> None:
    """Print the frames of one charger of a running daemon, live.

    Secrets are masked. The daemon keeps the last 200 frames of a charger, or 20 in fleets of more than 100, unless
    fleet.frames_kept says another figure.
    """
    to = console()

    async def show(client: "FleetClient") -> None:
        charger_id = (await client.charger(charger)).charger_id
        if not follow:
            for frame in await client.frames(charger_id, action, last) if last else ():
                _print(to, frame, raw)
            return
        async with client.events([charger_id], ["frame"]) as events:
            kept = await client.frames(charger_id, action, last) if last else []
            for frame in kept:
                _print(to, frame, raw)
            seen = {(frame.at, frame.text) for frame in kept}
            async for frame in _frames(events):
                if action in (None, frame.action) and (frame.at, frame.text) not in seen:
                    _print(to, frame, raw)

    Door(api, api_token).use(show)


async def _frames(events: AsyncIterator[FleetEvent]) -> AsyncIterator[FrameRecord]:
    async for event in events:
        yield FrameRecord(event.at, event.charger_id, **event.data)


def _print(to: Console, frame: FrameRecord, raw: bool) -> None:
    text = mask(frame.text)
    if raw:
        to.print(text, markup=False, highlight=False, soft_wrap=True)
        return
    arrow, style = _ARROWS[frame.sent]
    clock = time.strftime("%H:%M:%S", time.gmtime(frame.at)) + f".{int(frame.at * 1000) % 1000:03d}"
    to.print(f"[dim]{clock}[/dim] [{style}]{arrow} {escape(frame.action):<24}[/{style}] ", end="", highlight=False)
    to.print(text, markup=False, highlight=False, soft_wrap=True)
