"""Chargers as tables for the terminal. Pure: views in, rich tables out."""

from collections.abc import Iterable, Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from chargepoint_sim.cli.report import problem
from chargepoint_sim.fleet.views import ChargerView, EvseView

NONE = "-"

_STATUS_STYLES = {
    "Charging": "green",
    "SuspendedEV": "yellow",
    "SuspendedEVSE": "yellow",
    "Faulted": "bold red",
    "Unavailable": "dim",
}
_LINK_STYLES = {"connected": "green", "off": "dim"}


def fleet_table(views: Iterable[ChargerView], *, title: str | None = None, caption: str | None = None) -> Table:
    """One row per EVSE; what belongs to the charger stands in its first row."""
    table = _table(title=title, caption=caption)
    for heading in ("Charger", "OCPP", "Link", "EVSE", "Status"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Offer\nkW", "Power\nkW", "SoC", "Energy\nkWh"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Transaction", no_wrap=True, max_width=8)
    table.add_column("Problem", style="yellow", overflow="fold", min_width=7)
    for view in views:
        for row in _rows(view):
            # As Text, so that nothing in it is taken for markup.
            table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return table


def limits_table(views: Iterable[ChargerView]) -> Table:
    """What bounds each offer and each draw, in W."""
    table = _table(caption="The least layer binds the offer; the vehicle draws at most what is offered.")
    for heading in ("Charger", "EVSE", "Layers W"):
        table.add_column(heading, no_wrap=heading != "Layers W")
    table.add_column("Offered W", justify="right", no_wrap=True)
    table.add_column("Offer bound by", no_wrap=True)
    table.add_column("Power W", justify="right", no_wrap=True)
    table.add_column("Draw bound by", no_wrap=True)
    for view in views:
        for evse in view.evses:
            layers = ", ".join(f"{layer} {limit_w:,.0f}" for layer, limit_w in evse.limits.items())
            table.add_row(
                view.charger_id,
                str(evse.evse_id),
                layers or NONE,
                f"{evse.offered_power_w:,.0f}",
                evse.offered_by,
                f"{evse.power_w:,.0f}",
                evse.drawn_by,
            )
    return table


def displays_table(views: Iterable[ChargerView]) -> Table:
    """What drivers read: the message in front, then tariff and cost at each EVSE."""
    table = _table()
    for heading in ("Charger", "Display", "Shows"):
        table.add_column(heading, no_wrap=heading != "Shows", overflow="fold")
    for view in views:
        head = view.charger_id
        for place, text in _display_rows(view):
            table.add_row(Text(head), place, Text(text))
            head = ""
    return table


def _display_rows(view: ChargerView) -> Iterator[tuple[str, str]]:
    shown = view.display
    if shown is None:
        return
    turns = f" (one of {len(shown.in_turn)} in turn)" if len(shown.in_turn) > 1 else ""
    yield ("message", f"{shown.message}{turns}" if shown.message is not None else NONE)
    for driver in shown.drivers:
        yield (f"EVSE {driver.evse_id}", "; ".join(filter(None, (driver.tariff, driver.cost))))


def _table(*, title: str | None = None, caption: str | None = None) -> Table:
    """Narrow enough for a terminal of 80 columns."""
    return Table(
        title=title, caption=caption, title_justify="left", caption_justify="left", box=SIMPLE_HEAD, pad_edge=False,
        padding=0,
    )  # fmt: skip


def evse_count(views: Sequence[ChargerView]) -> int:
    """How many rows the chargers take."""
    return sum(len(view.evses) for view in views)


def _rows(view: ChargerView) -> Iterator[tuple[str | Text, ...]]:
    link = Text(view.connection, _LINK_STYLES.get(view.connection, "yellow"))
    head: tuple[str | Text, ...] = (view.charger_id, view.version, link)
    trouble = problem(view)
    for evse in view.evses:
        yield (*head, *_cells(evse), trouble)
        head, trouble = ("", "", ""), ""


def _cells(evse: EvseView) -> tuple[str | Text, ...]:
    return (
        str(evse.evse_id),
        Text(evse.status, _STATUS_STYLES.get(evse.status, "")),
        f"{evse.offered_power_w / 1000:.1f}",
        f"{evse.power_w / 1000:.1f}",
        NONE if evse.soc is None else f"{evse.soc:.0%}",
        f"{evse.register_wh / 1000:.2f}",
        evse.transaction_id or NONE,
    )
