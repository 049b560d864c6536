"""Durations as people write them: 90s, 10m, 2h, 1h30m."""

import re

import typer

_PART_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")
_BARE = re.compile(r"\d+(?:\.\d+)?")


def seconds(text: str) -> float:
    """Seconds of `text`; a bare number is seconds. Raises ValueError for anything else, zero included."""
    written = text.strip().lower()
    if _BARE.fullmatch(written):
        written += "s"
    if _WHOLE.fullmatch(written) is None:
        raise ValueError(f"{text!r} is no duration; write 90s, 10m, 2h or 1h30m")
    total_s = sum(float(number) * _PART_S[unit] for number, unit in _PART.findall(written))
    if total_s <= 0:
        raise ValueError("a duration above zero is needed")
    return total_s


def duration(value: str | float) -> float:
    """Parser of an option that takes a duration; a mistake is a usage error."""
    if isinstance(value, float):
        return value
    try:
        return seconds(value)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
