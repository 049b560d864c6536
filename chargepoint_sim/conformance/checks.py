"""Rules about the fields of a message, as they stand in the case files.

A rule is a plain value (the field equals it) or a mapping with one or more of the words in `RULES`. A field is named
by its path, steps divided by points: `idTagInfo.status`, `chargingSchedule.chargingSchedulePeriod.0.limit`; a point
alone is the whole payload. `warn` beside the words of a rule makes a breach a WARN.
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.conformance.verdicts import Check, Verdict, shown

HAND_S = 10.0

ABSENT = object()
"""What a path leads to where there is nothing."""

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "integer": int,
    "number": (int, float),
    "string": str,
    "list": list,
    "object": dict,
    "boolean": bool,
}


def at(payload: Any, path: str) -> Any:
    """The value at a path, or ABSENT."""
    value = payload
    for step in path.split(".") if path != "." else ():
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ABSENT
    return value


def _is_type(value: Any, name: str) -> bool:
    if isinstance(value, bool) and name != "boolean":
        return False
    return isinstance(value, _TYPES[name])


def _seconds_from_now(value: Any) -> float | None:
    try:
        return parse_utc(value) - time.time()
    except (TypeError, ValueError, AttributeError):
        return None


def _near_now(value: Any, tolerance_s: float) -> bool:
    away = _seconds_from_now(value)
    return away is not None and abs(away) <= tolerance_s


def _future(value: Any, least_s: float) -> bool:
    away = _seconds_from_now(value)
    return away is not None and away >= least_s


def _ahead(value: Any, wanted_s: float) -> bool:
    """By so many seconds, give or take half of them or as long as an operator's hand takes."""
    away = _seconds_from_now(value)
    return away is not None and abs(away - wanted_s) <= min(wanted_s / 2, HAND_S)


def _ordered(value: Any, name: str) -> bool:
    if not isinstance(value, list):
        return False
    figures = [at(item, name) for item in value]
    return all(_is_type(figure, "number") for figure in figures) and figures == sorted(set(figures))


def _each(value: Any, rules: Mapping[str, Any]) -> bool:
    return isinstance(value, list) and all(
        obeys(rule, at(item, path)) for item in value for path, rule in rules.items()
    )


def _holds(value: Any, rules: Mapping[str, Any]) -> bool:
    """Whether an item of a list, wherever it stands, obeys the rules."""
    return isinstance(value, list) and any(all(obeys(r, at(item, p)) for p, r in rules.items()) for item in value)


RULES: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, wanted: value == wanted,
    "not": lambda value, unwanted: value != unwanted,
    "in": lambda value, choices: value in choices,
    "not_in": lambda value, choices: value not in choices,
    "type": _is_type,
    "min": lambda value, least: _is_type(value, "number") and value >= least,
    "max": lambda value, most: _is_type(value, "number") and value <= most,
    "match": lambda value, pattern: isinstance(value, str) and re.fullmatch(pattern, value) is not None,
    "present": lambda value, wanted: (value is not ABSENT) == wanted,
    "absent": lambda value, wanted: (value is ABSENT) == wanted,
    "empty_or_absent": lambda value, wanted: (value is ABSENT or value in ([], "", {})) == wanted,
    "near_now_s": _near_now,
    "future_s": _future,
    "ahead_s": _ahead,
    "items_min": lambda value, least: isinstance(value, list) and len(value) >= least,
    "items_max": lambda value, most: isinstance(value, list) and len(value) <= most,
    "rising": _ordered,
    "each": _each,
    "has": lambda value, wanted: all(_holds(value, rules) for rules in wanted),
    "any_of": lambda value, choices: any(all(obeys(r, at(value, p)) for p, r in rules.items()) for rules in choices),
    "optional": lambda value, rule: value is ABSENT or obeys(rule, value),
}
"""Word -> whether a value obeys it with that argument."""


def obeys(rule: Any, value: Any) -> bool:
    """Whether a value obeys a rule."""
    if not isinstance(rule, Mapping):
        return bool(value == rule)
    return all(RULES[word](value, wanted) for word, wanted in rule.items() if word != "warn")


def described(rule: Any) -> str:
    """A rule for people."""
    if not isinstance(rule, Mapping):
        return shown(rule)
    return ", ".join(f"{word} {shown(wanted)}" for word, wanted in rule.items() if word != "warn")


def check_fields(
    prefix: str, payload: Any, rules: Mapping[str, Any], reference: str, message_ids: tuple[str, ...]
) -> list[Check]:
    """One check per rule."""
    checks = []
    for path, rule in rules.items():
        value = at(payload, path)
        breach = Verdict.WARN if isinstance(rule, Mapping) and rule.get("warn") else Verdict.FAIL
        checks.append(
            Check(
                check_id=prefix if path == "." else f"{prefix}.{path}",
                verdict=Verdict.PASS if obeys(rule, value) else breach,
                expected=described(rule),
                actual="absent" if value is ABSENT else shown(value),
                reference=reference,
                message_ids=message_ids,
            )
        )
    return checks
