"""Charger groups -> one entry per charger: ids, identities, serial numbers, names.

Owns the patterns (`{n}`, `{n:05d}`, `{id}`) and the rules for ids. A group names its chargers by a pattern with a
count, by a list, or by a CSV file. A count of 0, an empty list and an empty file name are a group of nobody, so that
variables of the environment can choose.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chargepoint_sim.config.document import KeyPath
from chargepoint_sim.config.findings import Findings
from chargepoint_sim.config.repair import STAND_IN
from chargepoint_sim.config.schema import GroupSection
from chargepoint_sim.config.tables import CHARGER_COLUMNS, read_table

ID = re.compile(r"[A-Za-z0-9_.:=+|@-]{1,100}")
"""Ids of chargers and locations stand in URLs and selectors, so they have neither slash nor comma nor wildcard."""

ID_RULE = "1 to 100 letters, digits and - _ . : = + | @ are allowed"

_IDENTITY = {
    "1.6": re.compile(r"[^\x00-\x1f\x7f/]{1,255}"),
    "2.0.1": re.compile(r"[A-Za-z0-9*_=+|@.-]{1,48}"),
}
_IDENTITY_RULE = {
    "1.6": "1 to 255 printable characters without slash are allowed",
    "2.0.1": "1 to 48 letters, digits and * - _ = + | @ . are allowed (identifierString without colon)",
}
"""1.6J section 3.1.1 sets no bound; 2.0.1: SecurityCtrlr.Identity."""

SERIAL_LENGTH = 25
"""chargePointSerialNumber of 1.6 section 6.3, serialNumber of 2.0.1."""

_FIELD = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"n(?::(0?[1-9]?[0-9]d?))?")


@dataclass(frozen=True, slots=True)
class Entry:
    """One charger of a group."""

    charger_id: str
    identity: str
    serial_number: str
    name: str
    location_id: str | None
    password: str | None


@dataclass(frozen=True, slots=True)
class Roster:
    """The chargers of a group, as far as its mistakes let them be known."""

    entries: tuple[Entry, ...]
    """In order, also the ones with a mistake."""
    unknown: str | None = None
    """How the ids begin that a mistake keeps from being known; None where all are."""


def roster(group: GroupSection, version: str | None, path: KeyPath, findings: Findings) -> Roster:
    """The chargers of a group; mistakes are added. `version` is None where a mistake keeps it from being known."""
    ids, unknown = _ids(group, path, findings)
    patterns = {"ocpp_identity": group.ocpp_identity, "serial": group.serial, "name": group.name}
    unsound = {
        key: "{id}"
        for key, pattern in patterns.items()
        if pattern is not None and not _sound_pattern(pattern, (*path, key), findings)
    }
    group = group.model_copy(update=unsound)
    made = tuple(_entry(group, n, cells) for n, cells in enumerate(ids, start=1))
    # What 1.6 does not take as an identity, 2.0.1 does not take either.
    identities = _IDENTITY[version or "1.6"]
    rules: tuple[tuple[str, Callable[[Entry], bool], Callable[[Entry], str], str], ...] = (
        ("id", lambda one: ID.fullmatch(one.charger_id) is not None, lambda one: one.charger_id, ID_RULE),
        (
            "ocpp_identity",
            lambda one: identities.fullmatch(one.identity) is not None,
            lambda one: one.identity,
            _IDENTITY_RULE[version or "1.6"],
        ),
        (
            "serial",
            lambda one: len(one.serial_number) <= SERIAL_LENGTH,
            lambda one: one.serial_number,
            f"at most {SERIAL_LENGTH} characters are allowed",
        ),
    )
    sound = made
    for key, holds, shown, allowed in rules:
        wrong = [one for one in sound if not holds(one)]
        if wrong:
            more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            findings.add((*path, _key_of(group, key)), allowed, f"'{shown(wrong[0])[:120]}'{more}")
            # The identity and the serial number may follow from a wrong id.
            sound = tuple(one for one in sound if holds(one))
    return Roster(made, unknown)


def flaws(version: str, charger_id: str, identity: str, serial_number: str) -> Iterator[tuple[str, str]]:
    """(key, what is allowed) of what one charger cannot be called."""
    if not ID.fullmatch(charger_id):
        yield "charger_id", ID_RULE
    if not _IDENTITY[version].fullmatch(identity):
        yield "identity", _IDENTITY_RULE[version]
    if len(serial_number) > SERIAL_LENGTH:
        yield "serial_number", f"at most {SERIAL_LENGTH} characters are allowed"


def _key_of(group: GroupSection, key: str) -> str:
    """The key of a group that a figure comes from."""
    if group.csv is not None:
        return "csv"
    if key == "id" and group.ids is not None:
        return "ids"
    return key


def _ids(group: GroupSection, path: KeyPath, findings: Findings) -> tuple[list[Mapping[str, str]], str | None]:
    """Cells of CHARGER_COLUMNS for every charger, of which only `id` is always there; and Roster.unknown."""
    given = [key for key in ("id", "ids", "csv") if getattr(group, key) is not None]
    spoiled = [key for key in ("id", "ids", "csv") if findings.spoiled((*path, key))]
    if len(given) != 1 or spoiled:
        if not spoiled:
            found = " and ".join(given) or "neither id, ids nor csv"
            findings.add(path, "exactly one of id, ids and csv is needed", found)
        return [], ""
    if group.count is not None and group.id is None:
        findings.add((*path, "count"), "count goes with an id pattern such as AC-{n:05d}")
    if group.csv == "":
        return [], None
    if group.csv is not None:
        where = (*path, "csv")
        rows = read_table(findings.folder(where) / group.csv, CHARGER_COLUMNS, findings, where)
        return [cells for _, cells in rows or ()], "" if rows is None else None
    if group.ids is not None:
        wrong = any(findings.spoiled((*path, "ids", n)) for n in range(len(group.ids)))
        return [{"id": name} for name in group.ids if name != STAND_IN], "" if wrong else None
    assert group.id is not None
    count, start = 1 if group.count is None else group.count, group.id.partition("{")[0]
    if not _sound_pattern(group.id, (*path, "id"), findings, fields="n"):
        return [], start
    if count > 1 and "{n" not in group.id:
        findings.add((*path, "id"), f"{count} chargers need a pattern with {{n}}, such as {group.id[:40]}-{{n:05d}}")
        return [], start
    unknown = start if "{n" in group.id and findings.spoiled((*path, "count")) else None
    return [{"id": _filled(group.id, n, "")} for n in range(1, count + 1)], unknown


def _entry(group: GroupSection, n: int, cells: Mapping[str, str]) -> Entry:
    charger_id = cells["id"]
    identity = cells.get("ocpp_identity") or _filled(group.ocpp_identity, n, charger_id)
    if group.serial is None:
        serial_number = cells.get("serial", identity[:SERIAL_LENGTH])
    else:
        serial_number = cells.get("serial") or _filled(group.serial, n, charger_id)
    return Entry(
        charger_id=charger_id,
        identity=identity,
        serial_number=serial_number,
        name=_filled(group.name, n, charger_id),
        location_id=cells.get("location", group.location),
        password=cells.get("password"),
    )


def _sound_pattern(pattern: str, path: KeyPath, findings: Findings, fields: str = "id") -> bool:
    wrong = [field for field in _FIELD.findall(pattern) if field != fields and not _NUMBER.fullmatch(field)]
    rest = _FIELD.sub("", pattern)
    if wrong or "{" in rest or "}" in rest:
        allowed = "patterns are {n} and {n:05d}" + ("" if fields == "n" else ", and {id}")
        findings.add(path, allowed)
        return False
    return True


def _filled(pattern: str, n: int, charger_id: str) -> str:
    if "{" not in pattern:
        return pattern

    def value(match: re.Match[str]) -> str:
        if match[1] == "id":
            return charger_id
        return format(n, match[1].partition(":")[2] or "d")

    return _FIELD.sub(value, pattern)
