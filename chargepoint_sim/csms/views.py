"""What the central system knows, as plain data for JSON and tables. Pure."""

from typing import Any

from chargepoint_sim.clock import format_utc
from chargepoint_sim.csms.meter import MeterSample
from chargepoint_sim.csms.peer import Peer
from chargepoint_sim.csms.recording import SeenFrame
from chargepoint_sim.csms.sessions import Session


def charger_view(peer: Peer) -> dict[str, Any]:
    """One charger in short."""
    return {
        "identity": peer.identity,
        "version": peer.version.value,
        "connected": peer.connected,
        "connected_at": _instant(peer.connected_at),
        "seen_at": _instant(peer.seen_at),
        "registration": peer.registration,
        "boots": peer.boots,
        "boot": peer.boot,
        "statuses": [
            {
                "evse_id": evse_id,
                "connector_id": connector_id,
                "status": status.status,
                "error_code": status.error_code,
                "details": status.details,
                "at": _instant(status.at),
            }
            for (evse_id, connector_id), status in sorted(peer.statuses.items(), key=lambda item: item[0][0])
        ],
    }


def charger_detail(peer: Peer, sessions: list[Session]) -> dict[str, Any]:
    """One charger with its sessions, readings and last notifications."""
    return {
        **charger_view(peer),
        "readings": {str(evse_id): _readings(readings) for evse_id, readings in peer.readings.items()},
        "last": peer.last,
        **peer.kept.view(),
        **(peer.told.view() if peer.told is not None else {}),
        "sessions": [session_view(session) for session in sessions],
    }


def session_view(session: Session) -> dict[str, Any]:
    """One session."""
    return {
        "identity": session.identity,
        "transaction_id": session.transaction_id,
        "evse_id": session.evse_id,
        "connector_id": session.connector_id,
        "id_tag": session.id_tag,
        "tag_status": session.tag_status,
        "open": session.is_open,
        "started_at": _instant(session.started_at),
        "stopped_at": _instant(session.stopped_at),
        "meter_start_wh": session.meter_start_wh,
        "meter_stop_wh": session.meter_stop_wh,
        "register_wh": session.register_wh,
        "energy_wh": session.energy_wh,
        "charging_state": session.charging_state,
        "stop_reason": session.stop_reason,
        "stop_tag": session.stop_tag,
        "samples": session.samples,
        "readings": _readings(session.readings),
        "missing_seq_nos": sorted(session.missing_seq_nos),
        "oddities": session.oddities,
    }


def frame_view(frame: SeenFrame) -> dict[str, Any]:
    """One recorded frame."""
    return {
        "number": frame.number,
        "at": format_utc(frame.at),
        "from_charger": frame.from_charger,
        "kind": frame.kind.value,
        "action": frame.action,
        "message_id": frame.message_id,
        "text": frame.text,
    }


def _readings(readings: dict[str, MeterSample]) -> dict[str, Any]:
    return {
        key: {"value": sample.value, "unit": sample.unit, "context": sample.context, "at": _instant(sample.at)}
        for key, sample in readings.items()
    }


def _instant(at: float | None) -> str | None:
    return None if at is None else format_utc(at)
