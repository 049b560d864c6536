"""Settings as a template writes them -> settings of the core, as text.

A 1.6 template writes configuration keys, a 2.0.1 template `Component.Variable` or `Component.Variable[Instance]`;
each name and each value is checked against the tables that the chargers themselves use.
"""

from collections.abc import Mapping
from typing import Any

from chargepoint_sim.config.document import KeyPath
from chargepoint_sim.config.findings import Findings, guess
from chargepoint_sim.core.settings import SETTINGS, parse_setting
from chargepoint_sim.protocol.v16.keys import KEYS

ONLY_16 = "Ocpp16."
"""Component of the settings that 2.0.1 does not have."""

ELSEWHERE: Mapping[str, str] = {
    "SecurityCtrlr.BasicAuthPassword": "csms.security.password",
    "SecurityCtrlr.SecurityProfile": "csms.security.profile",
    "AuthorizationKey": "csms.security.password",
    "SecurityProfile": "csms.security.profile",
}
"""What belongs to a charger and its central system, not to a kind of station."""

NEEDED: Mapping[str, str] = {"Ocpp16.SupportedFeatureProfiles": "Core"}
"""Setting -> the member that its list never lacks (1.6 section 3.3)."""

NAMES_201 = tuple(name for name in SETTINGS if not name.startswith(ONLY_16) and name not in ELSEWHERE)

_NAME_OF_KEY = {key.name: key.settings for key in KEYS.values()}
_KEY_OF_NAME = {key.settings[0]: key.name for key in KEYS.values()}


def core_settings(version: str | None, written: Mapping[str, Any], findings: Findings, path: KeyPath) -> dict[str, str]:
    """The sound ones of `written`, by the core's names; mistakes are added at `path`.

    Where a mistake keeps the version from being known, each name is taken for one of the version that it looks like.
    """
    settings: dict[str, str] = {}
    for name, value in written.items():
        where = (*path, name)
        named_for = version or ("2.0.1" if "." in name else "1.6")
        core_names = _core_names(named_for, name)
        if core_names is None:
            findings.add(where, _not_known(named_for, name), f"the unknown setting '{name}'")
            continue
        try:
            text = text_of(value)
            for core_name in core_names:
                _check(core_name, text)
        except (ValueError, OverflowError) as error:
            findings.add(where, str(error))
        else:
            settings.update(dict.fromkeys(core_names, text))
    return settings


def _check(name: str, text: str) -> None:
    """Raise ValueError where a template may not set a setting like that."""
    value, needed = parse_setting(name, text), NEEDED.get(name)
    if needed is not None and isinstance(value, tuple) and needed not in value:
        raise ValueError(f"{needed} is missing: every charger has it")


def text_of(value: Any) -> str:
    """A YAML value as the text that stands on the wire; a list becomes comma-separated. Raises ValueError."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    if isinstance(value, list) and all(isinstance(member, str) for member in value):
        return ",".join(value)
    raise ValueError("a text, a number, true, false or a list of texts is needed")


def _core_names(version: str, name: str) -> tuple[str, ...] | None:
    if version == "1.6":
        return _NAME_OF_KEY.get(name)
    return (name,) if name in NAMES_201 else None


def _not_known(version: str, name: str) -> str:
    if name in ELSEWHERE:
        return f"set {ELSEWHERE[name]}"
    if version == "1.6":
        if name in _KEY_OF_NAME:
            return f"in 1.6 it is called {_KEY_OF_NAME[name]}"
        return f"{guess(name, KEYS)}a key that only this vendor has goes under vendor_keys"
    if name in _NAME_OF_KEY and not _NAME_OF_KEY[name][0].startswith(ONLY_16):
        return f"in 2.0.1 it is called {_NAME_OF_KEY[name][0]}"
    return f"{guess(name, NAMES_201)}a name is Component.Variable or Component.Variable[Instance]"
