"""1.6 registration, configuration keys and reset (sections 4.2, 5.3, 5.8, 5.14)."""

from collections.abc import Iterable

from chargepoint_sim.clock import Now
from chargepoint_sim.core import rules, wiring
from chargepoint_sim.core.commands import ChangeSettings, Outcome
from chargepoint_sim.core.facts import StopReason
from chargepoint_sim.core.settings import Setting, format_value, parse_setting, parse_value
from chargepoint_sim.core.station import Station
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload
from chargepoint_sim.protocol.on_the_spot import ask, settings_outcome
from chargepoint_sim.protocol.outbox import Lane
from chargepoint_sim.protocol.registry import BlockContext, handles, obeys, sends
from chargepoint_sim.protocol.v16 import access, features
from chargepoint_sim.protocol.v16.keys import COMPUTED, KEYS, UNSET, Key, check_key, fixed_keys


@sends("BootNotification")
def announce(context: BlockContext, now: Now) -> None:
    """Announce the charge point (section 4.2)."""
    spec = context.station.spec
    payload: Payload = {
        "chargePointVendor": spec.vendor[:20],
        "chargePointModel": spec.model[:20],
        "firmwareVersion": context.station.firmware[:50],
    }
    if context.station.serial_number:
        payload["chargePointSerialNumber"] = context.station.serial_number[:25]
    if spec.meter_type:
        payload["meterType"] = spec.meter_type[:25]
    context.call("BootNotification", payload, lane=Lane.BOOT)


@handles("Reset")
def reset(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Soft: end transactions, deliver them, restart. Hard: restart at once (section 5.14)."""
    hard = request["type"] == "Hard"
    reason = StopReason.IMMEDIATE_RESET if hard else StopReason.REBOOT
    rules.reset(context.station, now.sim, "RemoteReset", hard=hard, stop_reason=reason)
    return {"status": "Accepted"}


@handles("GetConfiguration")
def get_configuration(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Report keys; no key, or an empty list, means all (section 5.8)."""
    station = context.station
    wanted = request.get("key") or []
    limit = station.settings.integer("Ocpp16.GetConfigurationMaxKeys")
    if len(wanted) > limit:
        raise CallRefused(ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, f"key: at most {limit} keys in one request")
    everything = _all_keys(station)
    if not wanted:
        return {"configurationKey": [_reported(name, *everything[name]) for name in everything], "unknownKey": []}
    by_folded_name = _by_folded_name(everything)
    known = dict.fromkeys(by_folded_name[name.casefold()] for name in wanted if name.casefold() in by_folded_name)
    unknown = dict.fromkeys(name for name in wanted if name.casefold() not in by_folded_name)
    return {
        "configurationKey": [_reported(name, *everything[name]) for name in known],
        "unknownKey": list(unknown),
    }


@handles("ChangeConfiguration")
def change_configuration(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Set one key; it drives behaviour at once (section 5.3)."""
    station = context.station
    text: str = request["value"]
    asked: str = request["key"]
    vendor_keys = station.spec.vendor_keys
    name = _by_folded_name([*_all_keys(station), *vendor_keys]).get(asked.casefold(), asked)
    rule = access.RULES.get(_by_folded_name(access.RULES).get(asked.casefold(), name))
    if rule is not None:
        return {"status": rule(context, text, now)}
    if name in vendor_keys:
        return {"status": _set_vendor_key(station, vendor_keys[name], text)}
    if name in COMPUTED or name in fixed_keys(station.spec):
        return {"status": "Rejected"}
    key = KEYS.get(name)
    if key is None or not _has(station, name):
        return {"status": "NotSupported"}
    if key.readonly or not check_key(name, text, station.spec):
        return {"status": "Rejected"}
    try:
        parsed = [(setting, parse_setting(setting, text)) for setting in key.settings]
    except ValueError:
        return {"status": "Rejected"}
    for setting, value in parsed:
        station.settings.set(setting, value)
        context.setting_changed(setting, now)
    return {"status": "Accepted"}


@obeys(ChangeSettings)
def change_settings(context: BlockContext, command: ChangeSettings, now: Now) -> Outcome:
    """Set keys one after the other, as ChangeConfiguration does."""
    return settings_outcome({key: _verdict(context, key, value, now) for key, value in command.values.items()})


def _verdict(context: BlockContext, key: str, value: str, now: Now) -> str:
    answer = ask(context, "ChangeConfiguration", change_configuration, {"key": key, "value": value}, now)
    return "Rejected" if answer is None else str(answer["status"])


def _set_vendor_key(station: Station, key: Setting, text: str) -> str:
    try:
        value = parse_value(key, text)
    except ValueError:
        return "Rejected"
    if not key.writable:
        return "Rejected"
    if key.reboot:
        station.settings.set_after_restart(key.name, value)
        return "RebootRequired"
    station.settings.set(key.name, value)
    return "Accepted"


def _by_folded_name(names: Iterable[str]) -> dict[str, str]:
    """Names of keys are not case-sensitive (CiString50Type)."""
    return {name.casefold(): name for name in names}


def _all_keys(station: Station) -> dict[str, tuple[bool, str | None]]:
    """Every key: name -> (readonly, value), with None for a value that nobody has set."""
    found: dict[str, tuple[bool, str | None]] = {
        name: (True, compute(station.spec)) for name, compute in COMPUTED.items()
    }
    found |= {name: (key.readonly, _value(station, key)) for name, key in KEYS.items() if _has(station, name)}
    found[features.KEY] = (True, features.reported(station))
    found |= {name: (True, value) for name, value in fixed_keys(station.spec).items()}
    if not found["ConnectorPhaseRotation"][1]:
        usual = wiring.rotations("", station.spec)
        found["ConnectorPhaseRotation"] = (False, ",".join(f"{place}.{rotation}" for place, rotation in usual.items()))
    for name, key in station.spec.vendor_keys.items():
        if not key.secret:
            found[name] = (not key.writable, format_value(station.settings.own(key)))
    return dict(sorted(found.items()))


def _has(station: Station, name: str) -> bool:
    """Keys of a feature profile go with it."""
    return name not in features.KEYS or features.has(station.settings, features.KEYS[name])


def _value(station: Station, key: Key) -> str | None:
    setting = key.settings[0]
    if UNSET.get(key.name) == station.settings.get(setting) and not station.settings.is_own(setting):
        return None
    return station.settings.text(setting)


def _reported(name: str, readonly: bool, value: str | None) -> Payload:
    entry: Payload = {"key": name, "readonly": readonly}
    return entry if value is None else entry | {"value": value[:500]}
