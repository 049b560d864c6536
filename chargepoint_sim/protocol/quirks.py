"""What the quirks of a template do on the wire: the tables of a version, wrapped where a quirk bites.

Owns one function per quirk and the table of them. A charger without quirks has the tables of its version, untouched:
nothing here is on its way. Rules for editing: a wrapped function may answer otherwise, leave out or rewrite, but what
it sends stays valid by the schemas; what a command was answered and did not get is noted as a problem that begins with
"quirk:".
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from chargepoint_sim.clock import Now
from chargepoint_sim.core.certificates import SigningRequest
from chargepoint_sim.core.facts import LinkEnded
from chargepoint_sim.core.jobs import JobResult, Pause
from chargepoint_sim.core.quirks import NO_QUIRKS, Quirks
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload, Version
from chargepoint_sim.protocol.handling import LATER
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registration import RegistrationStatus
from chargepoint_sim.protocol.registry import Adapter, BlockContext, Handler
from chargepoint_sim.rng import draw

ACCEPTANCE: Mapping[str, Payload] = {"UnlockConnector": {"status": "Unlocked"}}
"""How an action is accepted, where that is not with the status Accepted."""

ENERGY = "Energy.Active.Import.Register"
LATE_ANSWER = "late_answer"
RSASSA_PSS = bytes.fromhex("06092a864886f70d01010a")
"""The object identifier 1.2.840.113549.1.1.10 in DER (RFC 4055)."""

Rewrite = Callable[[BlockContext, Payload], None]


@dataclass(slots=True)
class _Tables:
    """The tables that quirks may change, on their way to becoming an adapter."""

    adapter: Adapter
    handles: dict[str, Handler]
    afters: dict[str, Any]
    tells: dict[Any, Any]
    rewrites: dict[str, list[Rewrite]] = field(default_factory=dict)
    """Action -> what is changed in a CALL just before it is sent for the first time."""

    def rewrite(self, rule: Rewrite, *actions: str) -> None:
        """Have every CALL of these actions changed."""
        for action in actions:
            self.rewrites.setdefault(action, []).append(rule)


def quirky(adapter: Adapter, quirks: Quirks) -> Adapter:
    """The tables of a charger with these quirks."""
    if quirks == NO_QUIRKS:
        return adapter
    tables = _Tables(adapter, dict(adapter.handles), dict(adapter.afters), dict(adapter.tells))
    for name, apply in _QUIRKS.items():
        value = getattr(quirks, name)
        if value != getattr(NO_QUIRKS, name):
            apply(tables, value)
    if tables.rewrites:
        tables.adapter = replace(tables.adapter, patch=partial(_patched, adapter.patch, tables.rewrites))
    return replace(tables.adapter, handles=tables.handles, afters=tables.afters, tells=tables.tells)


def pointless(adapter: Adapter, quirks: Quirks) -> tuple[str, ...]:
    """The quirks that change nothing in this version, each as a few words for people."""
    found = [f"{name} {one}" for name in _OF_ACTIONS for one in getattr(quirks, name) if one not in adapter.handles]
    for name, action in _NEEDS.items():
        if getattr(quirks, name) != getattr(NO_QUIRKS, name) and action not in (*adapter.handles, *adapter.sends):
            found.append(name)
    return tuple(found)


_OF_ACTIONS = ("accepts_and_ignores", "never_answers")

_NEEDS: Mapping[str, str] = {
    "csr_with_crlf": "SignCertificate",
    "idle_transaction_id": "StopTransaction",  # 2.x has neither number nor info in these messages
    "refused_keys": "ChangeConfiguration",
    "refused_profiles": "SetChargingProfile",
    "refuses_rsa_pss": "CertificateSigned",
    "status_info": "StopTransaction",
    "stop_id_tag": "StopTransaction",
    "unknown_keys": "ChangeConfiguration",
}
"""Quirk -> a message without which the version does not have what it changes."""


def _patched(
    patch: Callable[[BlockContext, Entry], bool],
    rewrites: Mapping[str, list[Rewrite]],
    context: BlockContext,
    entry: Entry,
) -> bool:
    fresh = not entry.written
    ready = patch(context, entry)
    if ready and fresh:
        for rewrite in rewrites.get(entry.action, ()):
            rewrite(context, entry.payload)
    return ready


# Boot and status


def _boot_notification(tables: _Tables, when: str) -> None:
    if when == "never":
        tables.handles["TriggerMessage"] = partial(
            _boot_when_asked, tables.handles["TriggerMessage"], tables.adapter.boot
        )
        tables.adapter = replace(tables.adapter, boot=_boot_in_silence)
        return
    told = tables.tells.get(LinkEnded)

    def forget_registration(context: BlockContext, fact: LinkEnded, now: Now) -> None:
        if told is not None:
            told(context, fact, now)
        context.registration.powered_up(context.registration.reason)
        context.told.clear()

    tables.tells[LinkEnded] = forget_registration


def _boot_in_silence(context: BlockContext, now: Now) -> None:
    context.registration.answered(RegistrationStatus.ACCEPTED, 0.0)
    context.accepted(now, 0.0)


def _boot_when_asked(
    handler: Handler, boot: Callable[[BlockContext, Now], None], context: BlockContext, request: Payload, now: Now
) -> Payload:
    if request["requestedMessage"] != "BootNotification":
        return handler(context, request, now)
    boot(context, now)
    return {"status": "Accepted"}


def _status_first(tables: _Tables, wrong: str) -> None:
    adapter = tables.adapter
    shaped = _wrong_status_16 if adapter.version is Version.V16 else _wrong_status_201

    def statuses(context: BlockContext, now: Now, everything: bool) -> None:
        for evse in context.station.evses if everything else ():
            if adapter.status(context.station, evse.evse_id) != wrong:
                for payload in shaped(evse.evse_id, len(evse.connectors), wrong):
                    context.call("StatusNotification", {**payload, "timestamp": context.stamp(now.sim)})
        adapter.statuses(context, now, everything)

    tables.adapter = replace(adapter, statuses=statuses)


def _wrong_status_16(evse_id: int, connectors: int, wrong: str) -> list[Payload]:
    return [{"connectorId": evse_id, "errorCode": "OtherError" if wrong == "Faulted" else "NoError", "status": wrong}]


def _wrong_status_201(evse_id: int, connectors: int, wrong: str) -> list[Payload]:
    return [{"evseId": evse_id, "connectorId": n, "connectorStatus": wrong} for n in range(1, connectors + 1)]


def _status_info(tables: _Tables, info: str) -> None:
    if tables.adapter.version is Version.V16:
        tables.rewrite(lambda context, payload: payload.setdefault("info", info), "StatusNotification")


# Commands


def _accepts_and_ignores(tables: _Tables, actions: tuple[str, ...]) -> None:
    for action in tables.handles.keys() & set(actions):
        tables.handles[action] = partial(_ignored, action)


def _ignored(action: str, context: BlockContext, request: Payload, now: Now) -> Payload:
    context.problem(f"quirk: {action} accepted and ignored")
    return ACCEPTANCE.get(action, {"status": "Accepted"})


def _never_answers(tables: _Tables, actions: tuple[str, ...]) -> None:
    for action in tables.handles.keys() & set(actions):
        tables.handles[action] = partial(_unanswered, action)


def _unanswered(action: str, context: BlockContext, request: Payload, now: Now) -> Payload:
    context.problem(f"quirk: {action} not answered")
    return LATER


def _answers_after(tables: _Tables, wait_s: tuple[float, float]) -> None:
    for action, handler in tables.handles.items():
        tables.handles[action] = partial(_slowly, handler, *wait_s)
    tables.afters[LATE_ANSWER] = _late_answer


def _slowly(
    handler: Handler, least_s: float, most_s: float, context: BlockContext, request: Payload, now: Now
) -> Payload:
    answer = handler(context, request, now)
    if answer is LATER:
        return LATER
    station = context.station
    drawn = draw(station.seed, station.charger_id, LATE_ANSWER, round(now.sim * 1000))
    return context.answer_later(Pause(least_s + drawn * (most_s - least_s)), LATE_ANSWER, answer)


def _late_answer(context: BlockContext, answer: Payload, result: JobResult, now: Now) -> Payload:
    return answer


# Configuration keys


def _unknown_keys(tables: _Tables, names: tuple[str, ...]) -> None:
    hidden = {name.casefold() for name in names}
    _refuse_keys(tables, hidden, "NotSupported")
    if "GetConfiguration" in tables.handles:
        tables.handles["GetConfiguration"] = partial(_without, tables.handles["GetConfiguration"], hidden)


def _without(handler: Handler, hidden: set[str], context: BlockContext, request: Payload, now: Now) -> Payload:
    answer = handler(context, request, now)
    asked = [name for name in request.get("key") or () if name.casefold() in hidden]
    return {
        "configurationKey": [one for one in answer["configurationKey"] if one["key"].casefold() not in hidden],
        "unknownKey": list(dict.fromkeys([*answer["unknownKey"], *asked])),
    }


def _refused_keys(tables: _Tables, names: tuple[str, ...]) -> None:
    _refuse_keys(tables, {name.casefold() for name in names}, "Rejected")


def _refuse_keys(tables: _Tables, names: set[str], status: str) -> None:
    handler = tables.handles.get("ChangeConfiguration")
    if handler is None:
        return

    def change(context: BlockContext, request: Payload, now: Now) -> Payload:
        if request["key"].casefold() not in names:
            return handler(context, request, now)
        context.problem(f"quirk: ChangeConfiguration of {request['key']} answered {status}")
        return {"status": status}

    tables.handles["ChangeConfiguration"] = change


# Charging profiles


def _refused_profiles(tables: _Tables, pairs: tuple[tuple[str, str], ...]) -> None:
    refused, handler = dict(pairs), tables.handles.get("SetChargingProfile")
    if handler is None:
        return

    def set_profile(context: BlockContext, request: Payload, now: Now) -> Payload:
        profile = request.get("csChargingProfiles") or request["chargingProfile"]
        purpose, kind = profile["chargingProfilePurpose"], profile["chargingProfileKind"]
        verdict = next((refused[one] for one in (f"{purpose}/{kind}", purpose, kind) if one in refused), None)
        if verdict is None:
            return handler(context, request, now)
        context.problem(f"quirk: SetChargingProfile with {purpose}/{kind}: {verdict}")
        if verdict == ErrorCode.PROPERTY_CONSTRAINT_VIOLATION:
            raise CallRefused(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"{purpose} shall not be {kind}")
        status = "Accepted" if verdict == "ignored" else verdict
        return {"status": status if tables.adapter.version is Version.V16 or status == "Accepted" else "Rejected"}

    tables.handles["SetChargingProfile"] = set_profile


# Meter values and transactions


def _energy_in_kwh(tables: _Tables, unit: str) -> None:
    def convert(context: BlockContext, payload: Payload) -> None:
        for sampled in _sampled_values(payload):
            if sampled["measurand"] != ENERGY:
                continue
            kwh = round(float(sampled["value"]) / 1000, 3)
            if "unit" in sampled:
                sampled |= {"value": f"{kwh:.15g}", "unit": unit}
            else:
                sampled |= {"value": kwh, "unitOfMeasure": {"unit": unit}}

    tables.rewrite(convert, *_METERED)


def _units_left_out(tables: _Tables, left_out: bool) -> None:
    def strip(context: BlockContext, payload: Payload) -> None:
        for sampled in _sampled_values(payload):
            sampled.pop("unit", None)
            sampled.pop("unitOfMeasure", None)

    tables.rewrite(strip, *_METERED)


_METERED = ("MeterValues", "StopTransaction", "TransactionEvent")


def _sampled_values(payload: Payload) -> list[Payload]:
    elements = payload.get("meterValue") or payload.get("transactionData") or ()
    return [sampled for element in elements for sampled in element["sampledValue"]]


def _idle_transaction_id(tables: _Tables, transaction_id: int) -> None:
    if tables.adapter.version is Version.V16:
        tables.rewrite(lambda context, payload: payload.setdefault("transactionId", transaction_id), "MeterValues")


def _stop_id_tag(tables: _Tables, how: str) -> None:
    def change(context: BlockContext, payload: Payload) -> None:
        payload.pop("idTag", None)
        if how == "empty":
            payload["idTag"] = ""

    tables.rewrite(change, "StopTransaction")


# Certificates


def _csr_with_crlf(tables: _Tables, wanted: bool) -> None:
    made = tables.afters.get("request_made")
    if made is None:
        return

    def request_made(context: BlockContext, note: Any, result: JobResult, now: Now) -> Payload | None:
        if isinstance(result, SigningRequest):
            result = replace(result, csr_pem=result.csr_pem.replace("\n", "\r\n"))
        answer: Payload | None = made(context, note, result, now)
        return answer

    tables.afters["request_made"] = request_made


def _refuses_rsa_pss(tables: _Tables, wanted: bool) -> None:
    for action, member in (("CertificateSigned", "certificateChain"), ("InstallCertificate", "certificate")):
        if action in tables.handles:
            tables.handles[action] = partial(_but_no_pss, tables.handles[action], member)


def _but_no_pss(handler: Handler, member: str, context: BlockContext, request: Payload, now: Now) -> Payload:
    if not _signed_with_pss(request.get(member, "")):
        return handler(context, request, now)
    context.problem("quirk: a certificate signed with RSA-PSS refused")
    return {"status": "Rejected"}


def _signed_with_pss(pem: str) -> bool:
    """Whether a certificate of a chain names RSASSA-PSS; what is no PEM is left to the handler."""
    blocks = [block.partition("-----END")[0] for block in pem.split("-----BEGIN CERTIFICATE-----")[1:]]
    try:
        return any(RSASSA_PSS in base64.b64decode(block) for block in blocks)
    except binascii.Error:
        return False


_QUIRKS: Mapping[str, Callable[[_Tables, Any], None]] = {
    "boot_notification": _boot_notification,
    "status_first": _status_first,
    "status_info": _status_info,
    "unknown_keys": _unknown_keys,
    "refused_keys": _refused_keys,
    "refused_profiles": _refused_profiles,
    "energy_in_kwh_as": _energy_in_kwh,
    "units_left_out": _units_left_out,
    "idle_transaction_id": _idle_transaction_id,
    "stop_id_tag": _stop_id_tag,
    "csr_with_crlf": _csr_with_crlf,
    "refuses_rsa_pss": _refuses_rsa_pss,
    "accepts_and_ignores": _accepts_and_ignores,
    "never_answers": _never_answers,
    "answers_after_s": _answers_after,
}
"""Quirk -> what it changes, in the order of wrapping: what is slow to answer is slow with all that stands before it.

`clock_offset_s` is not here: the clock is the station's own (core/state.py, protocol/timekeeping.py).
"""
