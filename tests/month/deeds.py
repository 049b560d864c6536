"""What people and a central system do to chargers in a month: a seeded table of deeds.

Every deed is drawn from a charger's own stream of chance, so that what happens to one charger does not depend on who
else is there. A deed that takes something away says when it is given back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import (
    ClearFault,
    Command,
    IdToken,
    InjectFault,
    PlugIn,
    PresentToken,
    Reboot,
    SetPowerLimit,
    StopSession,
    Unplug,
)

HOUR_S, DAY_S, WEEK_S = 3600.0, 86400.0, 604800.0
TAGS = tuple(f"TAG0000{n}" for n in range(1, 7))
STRANGERS = ("BLOCKED1", "EXPIRED1", "NOBODY01")


@dataclass(frozen=True, slots=True)
class Call:
    """A CALL of the central system."""

    action: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outage:
    """The network of the charger is away."""

    outage_s: float


@dataclass(frozen=True, slots=True)
class PowerCut:
    """The charger has no power."""

    dark_s: float


Deed = Call | Command | Outage | PowerCut


@dataclass(frozen=True, slots=True)
class Plan:
    """A deed, and what follows so many seconds later."""

    deed: Deed
    then: tuple[tuple[float, Deed], ...] = ()


@dataclass(slots=True)
class Place:
    """A charger as the script knows it."""

    chance: Random
    version: str
    dc: bool
    evse_ids: tuple[int, ...]
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, kind: str) -> int:
        """The next number of a kind, from 1."""
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return self.numbers[kind]

    @property
    def is_16(self) -> bool:
        return self.version == "1.6"


Author = Callable[[Place, int, str | None, float], Plan]
"""Writes a deed for an EVSE with this running transaction, or none, at this instant."""


def next_plan(place: Place, running: Mapping[int, str], at: float) -> Plan:
    """What is done next to a charger; `running` are its transactions by EVSE, as the central system knows them."""
    (author,) = place.chance.choices([one for one, _ in WEIGHTS], [weight for _, weight in WEIGHTS])
    evse_id = place.chance.choice(place.evse_ids)
    return author(place, evse_id, running.get(evse_id), at)


# The network, the power, people


def _outage(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    return Plan(Outage(place.chance.choice([30.0, 600.0, 2 * HOUR_S, 9 * HOUR_S]) * place.chance.uniform(0.5, 1.5)))


def _power_cut(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    return Plan(PowerCut(place.chance.choice([3.0, 300.0, 2 * HOUR_S])))


def _local_reboot(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    return Plan(Reboot(hard=place.chance.random() < 0.5))


def _power_limit(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    watts = place.chance.choice([0.0, 2000.0, 4500.0, 8000.0, 15000.0])
    return Plan(SetPowerLimit(evse_id, None, watts), ((place.chance.uniform(0.5, 8) * HOUR_S, _release(evse_id)),))


def _release(evse_id: int) -> Deed:
    return SetPowerLimit(evse_id, None, None)


def _fault(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    code = place.chance.choice(["GroundFailure", "OtherError", "PowerMeterFailure", "OverCurrentFailure"])
    where = place.chance.choice([evse_id, evse_id, 0])
    return Plan(InjectFault(where, error_code=code), ((place.chance.uniform(0.1, 4) * HOUR_S, ClearFault(where)),))


def _somebody_comes(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    tag = place.chance.choice([*TAGS, *STRANGERS])
    leave_s = place.chance.uniform(0.2, 6) * HOUR_S
    return Plan(
        PlugIn(evse_id, None, soc=place.chance.uniform(0.1, 0.9)),
        ((20.0, PresentToken(evse_id, None, IdToken(tag))), (leave_s, StopSession(evse_id))),
    )


def _answers_lost(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    """Somebody comes, and while what that makes is under way the network or the power breaks; at the end again."""
    chance = place.chance
    leave_s = chance.uniform(0.1, 3) * HOUR_S

    def breaks() -> Deed:
        return (
            PowerCut(chance.choice([5.0, 90.0])) if chance.random() < 0.3 else Outage(chance.choice([0.0, 45.0, 900.0]))
        )

    return Plan(
        PlugIn(evse_id, None, soc=0.2),
        (
            (20.0, PresentToken(evse_id, None, IdToken(chance.choice(TAGS)))),
            (20.0 + chance.uniform(0.0, 0.4), breaks()),
            (leave_s, StopSession(evse_id)),
            (leave_s + chance.uniform(0.0, 0.2), breaks()),
        ),
    )


def _cable_pulled(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    return Plan(Unplug(evse_id, at_vehicle=place.chance.random() < 0.7))


# The central system, both versions


def _reset(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    return Plan(Call("Reset", {"type": place.chance.choice(["Soft", "Hard"] if place.is_16 else _RESETS_201)}))


_RESETS_201 = ["Immediate", "OnIdle"]


def _availability(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    where = place.chance.choice([evse_id, evse_id, 0])

    def to(operational: str) -> Call:
        if place.is_16:
            return Call("ChangeAvailability", {"connectorId": where, "type": operational})
        evse = {"evse": {"id": where}} if where else {}
        return Call("ChangeAvailability", {"operationalStatus": operational, **evse})

    return Plan(to("Inoperative"), ((place.chance.uniform(0.2, 6) * HOUR_S, to("Operative")),))


def _reserve(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    number, tag = place.number("reservation"), place.chance.choice(TAGS)
    expires = format_utc(at + place.chance.uniform(0.3, 5) * HOUR_S)
    where = place.chance.choice([evse_id, evse_id, 0])
    if place.is_16:
        request = {"connectorId": where, "expiryDate": expires, "idTag": tag, "reservationId": number}
    else:
        request = {"id": number, "expiryDateTime": expires, "idToken": {"idToken": tag, "type": "ISO14443"}}
        request |= {"evseId": where} if where else {}
    cancel = Call("CancelReservation", {"reservationId": number})
    return Plan(
        Call("ReserveNow", request),
        ((place.chance.uniform(0.1, 4) * HOUR_S, cancel),) if place.chance.random() < 0.3 else (),
    )


def _profile(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    chance = place.chance
    purpose = chance.choice(["TxDefaultProfile", "TxDefaultProfile", "TxProfile", "ChargePointMaxProfile"])
    where = {"TxProfile": evse_id, "ChargePointMaxProfile": 0}.get(purpose, chance.choice([evse_id, 0]))
    kinds = ["Absolute", "Recurring", "Recurring", *(["Relative"] if purpose != "ChargePointMaxProfile" else [])]
    kind = chance.choice(kinds)
    recurrency = chance.choice(["Daily", "Weekly"])
    around_s = {"Relative": 4 * HOUR_S, "Absolute": DAY_S}.get(kind, DAY_S if recurrency == "Daily" else WEEK_S)
    unit = "W" if place.dc else chance.choice(["A", "W"])
    limits = {"A": [0.0, 6.0, 8.1, 10.0, 13.0, 16.0, 20.0, 32.0], "W": [0.0, 5000.0, 7000.5, 11000.0, 20000.0, 60000.0]}
    starts = sorted({0, *(int(chance.uniform(0, around_s)) for _ in range(chance.randint(1, 5)))})
    schedule: dict[str, Any] = {
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{"startPeriod": start, "limit": chance.choice(limits[unit])} for start in starts],
    }
    if kind != "Relative":
        schedule["startSchedule"] = format_utc(at - at % DAY_S - chance.randint(0, 6) * DAY_S)
    if chance.random() < 0.3:
        schedule["duration"] = int(around_s * chance.uniform(0.3, 0.9))
    profile: dict[str, Any] = {"stackLevel": chance.randint(0, 2), "chargingProfileKind": kind}
    if kind == "Recurring":
        profile["recurrencyKind"] = recurrency
    if chance.random() < 0.5 and purpose != "TxProfile":
        profile["validTo"] = format_utc(at + chance.uniform(1, 10) * DAY_S)
    number = place.number("profile")
    if place.is_16:
        profile |= {"chargingProfileId": number, "chargingProfilePurpose": purpose, "chargingSchedule": schedule}
        return Plan(Call("SetChargingProfile", {"connectorId": where, "csChargingProfiles": profile}))
    purpose_201 = purpose.replace("ChargePoint", "ChargingStation")
    profile |= {"id": number, "chargingProfilePurpose": purpose_201, "chargingSchedule": [{"id": number, **schedule}]}
    if purpose == "TxProfile":
        profile["transactionId"] = running or "none"
    return Plan(Call("SetChargingProfile", {"evseId": where, "chargingProfile": profile}))


def _clear_profiles(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    purpose = place.chance.choice(["TxDefaultProfile", "ChargePointMaxProfile", None])
    newest = max(place.numbers.get("profile", 0), 1)
    if place.is_16:
        return Plan(Call("ClearChargingProfile", {"chargingProfilePurpose": purpose} if purpose else {"id": newest}))
    purpose_201 = purpose and purpose.replace("ChargePoint", "ChargingStation")
    by = (
        {"chargingProfileCriteria": {"chargingProfilePurpose": purpose_201}}
        if purpose
        else {"chargingProfileId": newest}
    )
    return Plan(Call("ClearChargingProfile", by))


def _composite(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    where = {"connectorId" if place.is_16 else "evseId": place.chance.choice([evse_id, 0])}
    return Plan(Call("GetCompositeSchedule", {**where, "duration": 7200}))


def _local_list(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    version = place.number("list")
    full = version == 1 or place.chance.random() < 0.3
    tags = place.chance.sample([*TAGS, *STRANGERS], place.chance.randint(1, 5))
    entries = [_entry(place, tag, removed=not full and place.chance.random() < 0.3) for tag in tags]
    request = {"updateType": "Full" if full else "Differential", "localAuthorizationList": entries}
    number = "listVersion" if place.is_16 else "versionNumber"
    return Plan(Call("SendLocalList", {number: version, **request}), ((60.0, Call("GetLocalListVersion", {})),))


def _entry(place: Place, tag: str, *, removed: bool) -> dict[str, Any]:
    info = {"status": "Accepted" if tag in TAGS else "Blocked"}
    if place.is_16:
        return {"idTag": tag, **({} if removed else {"idTagInfo": info})}
    return {"idToken": {"idToken": tag, "type": "ISO14443"}, **({} if removed else {"idTokenInfo": info})}


def _remote_start(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    tag = place.chance.choice(TAGS)
    if place.is_16:
        start = Call("RemoteStartTransaction", {"idTag": tag, "connectorId": evse_id})
    else:
        token = {"idToken": tag, "type": "ISO14443"}
        request = {"remoteStartId": place.number("start"), "idToken": token, "evseId": evse_id}
        start = Call("RequestStartTransaction", request)
    if place.chance.random() < 0.3:
        return Plan(start)  # nobody comes
    leave_s = place.chance.uniform(0.2, 5) * HOUR_S
    return Plan(start, ((30.0, PlugIn(evse_id, None)), (leave_s, StopSession(evse_id))))


def _remote_stop(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    if place.is_16:
        number = int(running) if running is not None and running.isdecimal() else -1
        return Plan(Call("RemoteStopTransaction", {"transactionId": number}))
    return Plan(Call("RequestStopTransaction", {"transactionId": running or "none"}))


def _unlock(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    where = {"connectorId": evse_id} if place.is_16 else {"evseId": evse_id, "connectorId": 1}
    return Plan(Call("UnlockConnector", where))


def _trigger(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    requested = place.chance.choice(["StatusNotification", "MeterValues", "Heartbeat", "BootNotification"])
    if place.is_16:
        where: dict[str, Any] = {"connectorId": evse_id}
    else:
        where = {"evse": {"id": evse_id, **({"connectorId": 1} if requested == "StatusNotification" else {})}}
    return Plan(Call("TriggerMessage", {"requestedMessage": requested, **where}))


def _clear_cache(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    return Plan(Call("ClearCache", {}))


def _read_settings(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    if place.is_16:
        return Plan(Call("GetConfiguration", {}))
    number = place.number("report")
    return Plan(Call("GetBaseReport", {"requestId": number, "reportBase": "ConfigurationInventory"}))


def _change_setting(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    seconds = place.chance.choice(["600", "900", "1800"])
    if place.is_16:
        return Plan(Call("ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": seconds}))
    variable = {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "TxUpdatedInterval"}}
    return Plan(Call("SetVariables", {"setVariableData": [{**variable, "attributeValue": seconds}]}))


def _firmware(place: Place, evse_id: int, running: str | None, at: float) -> Plan:
    url, when = f"http://files.example/{place.number('firmware')}.0.bin", format_utc(at + HOUR_S)
    if place.is_16:
        return Plan(Call("UpdateFirmware", {"location": url, "retrieveDate": when}))
    firmware = {"location": url, "retrieveDateTime": when}
    return Plan(Call("UpdateFirmware", {"requestId": place.number("update"), "firmware": firmware}))


WEIGHTS: tuple[tuple[Author, float], ...] = (
    (_outage, 8),
    (_power_cut, 2),
    (_local_reboot, 1),
    (_power_limit, 8),
    (_fault, 2),
    (_somebody_comes, 4),
    (_answers_lost, 5),
    (_cable_pulled, 3),
    (_reset, 4),
    (_availability, 4),
    (_reserve, 10),
    (_profile, 14),
    (_clear_profiles, 3),
    (_composite, 4),
    (_local_list, 4),
    (_remote_start, 6),
    (_remote_stop, 4),
    (_unlock, 2),
    (_trigger, 4),
    (_clear_cache, 1),
    (_read_settings, 1),
    (_change_setting, 2),
    (_firmware, 0.5),
)
"""Who writes the next deed, and how often among all."""
