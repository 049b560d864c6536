"""What of a charger survives a restart of the program: to and from plain data, versioned.

Kept: meter registers, settings, external limits and profiles, availability, the authorization cache, names of
contract certificates, vehicles at the connectors and what they have said, who may start and the profile that came
with it, running transactions, the queue of transaction messages (of all messages with QueueAllMessages), messages for
the display, the firmware, and the update and the upload that were ordered, transfer faults, a changed behaviour,
installed certificates, keys and the security log. Not kept: the link and what was volatile.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import astuple
from math import inf
from typing import Any

from chargepoint_sim.charger import Charger
from chargepoint_sim.core import display, publishing
from chargepoint_sim.core.access import PASSWORD, PROFILE
from chargepoint_sim.core.behaviour import NOBODY
from chargepoint_sim.core.certificates import HashData
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.display_messages import Display, message_of
from chargepoint_sim.core.facts import Context, Reading, Sample, StopReason
from chargepoint_sim.core.monitors import Monitoring
from chargepoint_sim.core.orders import FirmwareUpdate, LogUpload, Publication, TransferFault
from chargepoint_sim.core.smart_charging.profiles import ProfileStore
from chargepoint_sim.core.state import (
    Authorized,
    CachedToken,
    Evse,
    Fault,
    IdTokenInfo,
    LocalList,
    Reservation,
    StationState,
    Transaction,
)
from chargepoint_sim.core.vehicle import PRESETS, ContractWish, Conversation, Vehicle
from chargepoint_sim.protocol.outbox import NEVER_KEPT, Entry, GivenUp, Lane, Outbox

FORMAT = 1
RETOLD = frozenset(
    {
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "GetCertificateStatus",
        "LogStatusNotification",
        "NotifyEvent",
        "PublishFirmwareStatusNotification",
        "SecurityEventNotification",
        "SignedFirmwareStatusNotification",
    }
)
"""Messages that are made again after a restart, from what is saved of their subject."""

CUT_SHORT = frozenset({"Get15118EVCertificate"})
"""Messages of a conversation that does not outlive the power of the station: the vehicle begins it anew."""

EARLIER_SETTINGS: Mapping[str, str] = {
    "Ocpp16.AdditionalRootCertificateCheck": "SecurityCtrlr.AdditionalRootCertificateCheck",
    "Ocpp16.CertificateSignedMaxChainSize": "SecurityCtrlr.MaxCertificateChainSize",
    "Ocpp16.CertificateStoreMaxLength": "SecurityCtrlr.CertificateEntries",
    "Ocpp16.CpoName": "SecurityCtrlr.OrganizationName",
}
"""What saved states have called a setting -> its name."""

Data = dict[str, Any]


def take(charger: Charger, at: float) -> Data:
    """Everything that a restart needs, as of simulated time `at`."""
    station = charger.station
    return {
        "format": FORMAT,
        "settings": station.settings.overlay,
        "profiles": station.profiles.to_data() if station.profiles else None,
        "device_limit_w": station.device_limit_w,
        "paused": station.paused,
        "operative": station.operative,
        "scheduled_inoperative": station.scheduled_inoperative,
        "cache": [
            [key, _verdict(entry.info), entry.used_at, entry.uses] for key, entry in (station.cache or {}).items()
        ],
        "contracts": {key: list(astuple(name)) for key, name in (station.contracts or {}).items()},
        "fault": _fault(station.fault),
        "warning": _fault(station.warning),
        "local_list": None
        if station.local_list is None
        else [
            station.local_list.version,
            {key: _verdict(info) for key, info in station.local_list.entries.items()},
        ],
        "reservations": [
            [one.reservation_id, one.evse_id, one.expires_at, _token(one.id_token), one.group_id, one.connector_type]
            for one in (station.reservations or {}).values()
        ],
        "wrong_codes": station.wrong_codes,
        "access": station.access.to_data(),
        "monitoring": station.monitoring.to_data() if station.monitoring else None,
        "display": [one.to_data() for one in display.messages(station)],
        "transactions_n": station.transactions_n,
        "firmware": station.firmware if station.firmware != station.spec.firmware else None,
        "update": station.orders.firmware.to_data() if station.orders.firmware else None,
        "upload": station.orders.upload.to_data() if station.orders.upload else None,
        "publications": [one.to_data() for one in publishing.to_keep(station)],
        "transfer_faults": _transfer_faults(station),
        "behaviour": station.behaviour.to_data() if station.behaviour and station.behaviour.on_the_spot else None,
        "evses": [_evse(evse, at) for evse in station.evses],
        "outbox": _outbox(charger.outbox, whole=station.queues_all),
    }


def restore(charger: Charger, data: Mapping[str, Any]) -> None:
    """Put a charger that is switched off into the state of a snapshot. ValueError for another format."""
    if data.get("format") != FORMAT:
        raise ValueError(f"the saved state has format {data.get('format')!r}, this program reads {FORMAT}")
    station = charger.station
    overlay = data["settings"]
    station.settings.overlay = (
        {EARLIER_SETTINGS.get(name, name): _value(value) for name, value in overlay.items()} if overlay else None
    )
    station.profiles = ProfileStore.from_data(data["profiles"]) if data["profiles"] else None
    station.device_limit_w = data.get("device_limit_w")
    station.paused = data.get("paused", False)
    station.operative = data["operative"]
    station.scheduled_inoperative = data.get("scheduled_inoperative", False)
    station.cache = _restored_cache(data["cache"]) or None
    station.contracts = {key: HashData(*name) for key, name in data.get("contracts", {}).items()} or None
    if data.get("local_list"):
        version, entries = data["local_list"]
        station.local_list = LocalList(version, {key: _restored_verdict(one) for key, one in entries.items()})
    reservations = {
        reservation_id: Reservation(reservation_id, evse_id, expires_at, _restored_token(token), *more)
        for reservation_id, evse_id, expires_at, token, *more in data.get("reservations", ())
    }
    station.reservations = reservations or None
    station.fault, station.warning = (_restored_fault(data.get(name)) for name in ("fault", "warning"))
    wrong_codes = data.get("wrong_codes")
    station.wrong_codes = (wrong_codes[0], wrong_codes[1]) if wrong_codes else None
    station.access.restore(data["access"])
    station.monitoring = Monitoring.from_data(data["monitoring"]) if data.get("monitoring") else None
    saved = [message_of(one) for one in data.get("display", ())]
    station.display = Display({one.message_id: one for one in saved}) if saved else None
    station.transactions_n = data["transactions_n"]
    station.firmware = data.get("firmware") or station.spec.firmware
    station.orders.firmware = FirmwareUpdate.from_data(data["update"]) if data.get("update") else None
    station.orders.upload = LogUpload.from_data(data["upload"]) if data.get("upload") else None
    publications = [Publication.from_data(one) for one in data.get("publications", ())]
    station.orders.publications = {one.checksum: one for one in publications} or None
    faults = data.get("transfer_faults")
    if faults is not None:
        station.orders.faults = {TransferFault(fault): times for fault, times in faults.items()}
    if data.get("behaviour"):
        station.behaviour = (station.behaviour or NOBODY).changed(data["behaviour"])
    for evse, saved in zip(station.evses, data["evses"], strict=False):
        _restore_evse(station, evse, saved)
    _restore_outbox(charger.outbox, data["outbox"])


def moved(data: Mapping[str, Any], *, to_version: bool, to_csms: bool) -> Data:
    """A snapshot for the same hardware that speaks another OCPP version, or has another central system from now on.

    Messages, monitors and display messages mean nothing in another version, and visitors' tokens may be too long for
    it. The password, the security profile and the network profiles that a central system has set would hide those of
    the next.
    """
    saved = dict(data)
    if to_version:
        outbox = {**saved["outbox"], "transactions": [], "kept": [], "transaction_ids": None}
        saved |= {"outbox": outbox, "monitoring": None, "display": []}
        saved["evses"] = [{**evse, "transaction": None} for evse in saved["evses"]]
        behaviour = saved.get("behaviour") or {}
        saved["behaviour"] = {name: value for name, value in behaviour.items() if name != "id_tokens"}
    if to_csms:
        settings = {name: value for name, value in (saved["settings"] or {}).items() if name not in (PASSWORD, PROFILE)}
        access = {**saved["access"], "networks": None, "previous_profile": None, "previous_password": None}
        saved |= {"settings": settings, "access": access}
    return saved


def _transfer_faults(station: StationState) -> Data | None:
    """How often each still strikes; None where nobody has changed what the template says."""
    faults = station.orders.faults or {}
    if faults == dict.fromkeys(station.spec.transfer_faults):
        return None
    return {fault.value: times for fault, times in faults.items()}


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _verdict(info: IdTokenInfo) -> list[Any]:
    return [info.status, info.expires_at, info.group_id, list(info.evse_ids), info.priority]


def _restored_verdict(saved: list[Any]) -> IdTokenInfo:
    status, expires_at, group_id, evse_ids, *priority = saved
    return IdTokenInfo(status, expires_at, group_id, tuple(evse_ids), *priority)


def _restored_cache(saved: Any) -> OrderedDict[str, CachedToken]:
    """The cache; verdicts by token alone is how snapshots had it that kept the end of each."""
    rows = [[key, verdict, 0.0, 0] for key, verdict in saved.items()] if isinstance(saved, dict) else saved
    return OrderedDict(
        (key, CachedToken(_restored_verdict(verdict), used_at, uses)) for key, verdict, used_at, uses in rows
    )


def _fault(fault: Fault | None) -> list[str | None] | None:
    return None if fault is None else [fault.error_code, fault.info, fault.vendor_error_code]


def _restored_fault(saved: Any) -> Fault | None:
    """A fault; a code alone is how snapshots had it that knew no details."""
    if saved is None:
        return None
    return Fault(saved) if isinstance(saved, str) else Fault(*saved)


def _token(token: IdToken | None) -> list[Any] | None:
    return [token.id_token, token.type, *map(list, token.additional_info)] if token is not None else None


def _restored_token(saved: list[Any]) -> IdToken:
    text, kind, *additions = saved
    return IdToken(text, kind, tuple((one, of) for one, of in additions))


def _evse(evse: Evse, at: float) -> Data:
    vehicle, transaction, authorized = evse.vehicle, evse.transaction, evse.authorized
    register_wh = evse.meter.register_at(at)
    return {
        "register_wh": register_wh,
        "operative": evse.operative,
        "scheduled_operative": evse.scheduled_operative,
        "connectors": [
            [connector.operative, _fault(connector.fault), _fault(connector.warning)] for connector in evse.connectors
        ],
        "bay_occupied": evse.bay_occupied,
        "cable_of": _token(evse.cable_of),
        "plugged": evse.plugged,
        "released": evse.released,
        "session_over": evse.session_over,
        "visit_n": evse.visit_n,
        "vehicle": None
        if vehicle is None
        else {
            "name": vehicle.spec.name,
            "soc": vehicle.soc_after(register_wh - evse.meter.register_wh, evse.spec.current),
            "target_soc": vehicle.target_soc,
            "wants_energy": vehicle.wants_energy,
            "talk": None if vehicle.talk is None else _talk(vehicle.talk),
        },
        "authorized": None if authorized is None else [_token(authorized.id_token), *astuple(authorized)[1:]],
        "session_profile": ProfileStore([evse.session_profile]).to_data() if evse.session_profile is not None else [],
        "session_limits": evse.session_limits,
        "transaction": None if transaction is None else _transaction(transaction),
    }


def _talk(talk: Conversation) -> list[Any]:
    return [talk.departs_at, talk.energy_wh, talk.asked, talk.wish, talk.proven, talk.scheduled]


def _restore_talk(talk: Conversation, saved: Mapping[str, Any]) -> None:
    """What a vehicle has said and got; earlier programs saved only whether it has its contract."""
    if saved.get("talk"):
        talk.departs_at, talk.energy_wh, talk.asked, wish, talk.proven, talk.scheduled = saved["talk"]
        talk.wish = ContractWish(wish) if wish else None
    elif saved.get("has_contract", False):
        talk.wish = None


def _transaction(transaction: Transaction) -> Data:
    return {
        "transaction_id": transaction.transaction_id,
        "started_at": transaction.started_at,
        "meter_start_wh": transaction.meter_start_wh,
        "seq_no": transaction.seq_no,
        "tag": _token(transaction.tag),
        "token_told": transaction.token_told,
        "connector_told": transaction.connector_told,
        "begin_owed": transaction.begin_owed,
        "phases_told": transaction.phases_told,
        "energy_limit_wh": transaction.energy_limit_wh if transaction.energy_limit_wh < inf else None,
        "ended_samples": _samples(transaction.ended_samples),
        "stop_reason": transaction.stop_reason,
    }


def _samples(samples: list[Sample] | None) -> list[Any] | None:
    """Readings that wait for the end of a transaction."""
    return None if samples is None else [[one.context, *one.reading] for one in samples]


def _restored_samples(saved: list[Any] | None) -> list[Sample] | None:
    if saved is None:
        return None
    return [Sample(Context(context), Reading(*map(_value, reading))) for context, *reading in saved]


def _restore_evse(station: StationState, evse: Evse, saved: Mapping[str, Any]) -> None:
    evse.meter.register_wh = saved["register_wh"]
    evse.operative = saved["operative"]
    evse.scheduled_operative = saved["scheduled_operative"]
    for connector, (operative, *errors) in zip(evse.connectors, saved["connectors"], strict=False):
        connector.operative = operative
        connector.fault, connector.warning = (_restored_fault(one) for one in (*errors, None)[:2])
    evse.station_faulted = station.fault is not None
    evse.bay_occupied = saved.get("bay_occupied", False)
    evse.cable_of = _restored_token(saved["cable_of"]) if saved.get("cable_of") else None
    evse.plugged = saved["plugged"]
    evse.released = saved.get("released", False)
    evse.session_over = saved["session_over"]
    evse.visit_n = saved["visit_n"]
    vehicle = saved["vehicle"]
    if vehicle is not None and vehicle["name"] in PRESETS:
        evse.vehicle = Vehicle(
            PRESETS[vehicle["name"]], vehicle["soc"], vehicle["target_soc"], wants_energy=vehicle["wants_energy"]
        )
        if evse.vehicle.talk is not None:
            _restore_talk(evse.vehicle.talk, vehicle)
    if saved["authorized"] is not None:
        token, *more = saved["authorized"]
        evse.authorized = Authorized(_restored_token(token), *more)
    evse.session_profile = next(iter(ProfileStore.from_data(saved.get("session_profile", ()))), None)
    limits = saved.get("session_limits")
    evse.session_limits = (limits[0], limits[1]) if limits is not None else None
    running = saved["transaction"]
    if running is not None:
        transaction = Transaction(running["transaction_id"], running["started_at"], running["meter_start_wh"])
        transaction.seq_no = running["seq_no"]
        transaction.tag = _restored_token(running["tag"]) if running["tag"] else None
        transaction.token_told = running["token_told"]
        transaction.connector_told = running["connector_told"]
        transaction.begin_owed = running.get("begin_owed", False)
        transaction.phases_told = running.get("phases_told")
        limit_wh = running.get("energy_limit_wh")
        transaction.energy_limit_wh = inf if limit_wh is None else limit_wh
        transaction.ended_samples = _restored_samples(running.get("ended_samples"))
        transaction.stop_reason = StopReason(running["stop_reason"]) if running["stop_reason"] else None
        evse.transaction = transaction


def _outbox(outbox: Outbox, *, whole: bool) -> Data:
    """The queues; `whole` keeps what is of no transaction too (QueueAllMessages)."""
    return {
        "next_number": outbox.next_number,
        "transaction_ids": outbox.transaction_ids,
        "given_up": [[one.message_id, one.action, one.payload, one.reason] for one in outbox.given_up],
        "kept": [_entry(entry) for entry in outbox.normal or () if whole and _outlives(entry)],
        "transactions": [_entry(entry) for entry in outbox.transactions or ()],
    }


def _outlives(entry: Entry) -> bool:
    return not any(entry.action in actions for actions in (NEVER_KEPT, RETOLD, CUT_SHORT))


def _entry(entry: Entry) -> Data:
    return {
        "message_id": entry.message_id,
        "action": entry.action,
        "payload": entry.payload,
        "number": entry.number,
        "transaction": entry.transaction,
        "token": _token(entry.note) if isinstance(entry.note, IdToken) else None,
        "note": None if isinstance(entry.note, IdToken) else entry.note,
        "solicited": entry.solicited,
        "raw": entry.raw,
        "sends": entry.sends,
        "written": entry.written,
    }


def _restored_entry(one: Mapping[str, Any], lane: Lane) -> Entry:
    return Entry(
        one["message_id"],
        one["action"],
        one["payload"],
        lane,
        one["number"],
        note=_restored_token(one["token"]) if one["token"] else _value(one.get("note")),
        transaction=one["transaction"],
        solicited=one.get("solicited", False),
        raw=one.get("raw", False),
        offline=True,
        sends=one["sends"],
        written=one["written"],
    )


def _restore_outbox(outbox: Outbox, saved: Mapping[str, Any]) -> None:
    outbox.next_number = saved["next_number"]
    outbox.transaction_ids = dict(saved["transaction_ids"]) if saved["transaction_ids"] else None
    outbox.given_up = [GivenUp(*one) for one in saved["given_up"]]
    outbox.transactions = deque(_restored_entry(one, Lane.TRANSACTION) for one in saved["transactions"])
    outbox.normal = deque(_restored_entry(one, Lane.NORMAL) for one in saved.get("kept", ())) or None
