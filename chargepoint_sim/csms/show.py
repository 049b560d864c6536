"""The sessions and chargers of the central system as tables for the terminal. Pure: rendering is rich's."""

from collections.abc import Iterable

from rich.table import Table

from chargepoint_sim.clock import format_utc
from chargepoint_sim.csms.peer import Peer
from chargepoint_sim.csms.sessions import Session

_NONE = "-"
_POWER = "Power.Active.Import"
_OFFERED = "Power.Offered"


def sessions_table(sessions: Iterable[Session], *, title: str = "Sessions", newest: int = 40) -> Table:
    """The sessions, open ones first, then the newest; at most `newest` rows."""
    table = Table(title=title)
    for heading in ("Charger", "EVSE", "Transaction", "Tag", "Started", "State"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Offered W", "Power W", "Energy Wh", "SoC %"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Oddities", style="yellow")
    ordered = sorted(sessions, key=lambda session: (not session.is_open, -(session.started_at or 0.0)))
    for session in ordered[:newest]:
        table.add_row(*_row(session), style=None if session.is_open else "dim")
    return table


def chargers_table(peers: Iterable[Peer], *, title: str = "Chargers") -> Table:
    """The chargers with what they last said of their connectors."""
    table = Table(title=title)
    for heading in ("Charger", "OCPP", "Link", "Registration", "Model", "Connectors"):
        table.add_column(heading, no_wrap=heading != "Connectors")
    for peer in peers:
        statuses = sorted((place[0], status.status) for place, status in peer.statuses.items() if place[0] > 0)
        table.add_row(
            peer.identity,
            peer.version.value,
            "up" if peer.connected else "down",
            peer.registration,
            _model(peer),
            "  ".join(f"{evse_id} {status}" for evse_id, status in statuses) or _NONE,
        )
    return table


def _row(session: Session) -> list[str]:
    return [
        session.identity,
        _text(session.evse_id),
        session.transaction_id,
        _text(session.id_tag),
        _NONE if session.started_at is None else format_utc(session.started_at),
        _state(session),
        _reading(session, _OFFERED),
        _reading(session, _POWER),
        _number(session.energy_wh),
        _reading(session, "SoC", "SoC@EV"),
        "; ".join(session.oddities),
    ]


def _state(session: Session) -> str:
    if session.is_open:
        return session.charging_state or "open"
    return f"ended ({session.stop_reason})"


def _reading(session: Session, *keys: str) -> str:
    return _number(next((session.readings[key].value for key in keys if key in session.readings), None))


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:,.0f}"


def _text(value: object | None) -> str:
    return _NONE if value is None else str(value)


def _model(peer: Peer) -> str:
    boot = peer.boot or {}
    station = boot.get("chargingStation", {})
    return str(boot.get("chargePointModel") or station.get("model") or _NONE)
