"""The station cases of the 2.0.1 certification: which profile asks for which (part 5), and which a test plays.

A test of a case is a function named after its id, `test_tc_b_06_cs`, in a file of this folder that begins with its
block. Its docstring names the case and has three parts: Precondition, Requirements, Validates.
"""

import ast
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PARTS = ("Precondition:", "Requirements:", "Validates:")


class Duty(enum.StrEnum):
    """When a station must pass a case."""

    MANDATORY = "M"
    CONDITIONAL = "C"
    """If the station has the feature."""


_M, _C = Duty.MANDATORY, Duty.CONDITIONAL
_K = "K 01,02,03,04,05,06,07,08,09,10,11,13,14,16,19,21,22,23,28,29,30,31,32,33,34,35,36"

_PROFILES: tuple[tuple[str, Duty, tuple[str, ...]], ...] = (
    (
        "Core",
        _M,
        (
            "A 01,04,05,06,09,10,19,22",
            "B 01,02,03,06,07,09,10,11,12,13,20,21,22,23,30,32,33,34,35,36,37,39,43,45,46,50,51,52,53,57",
            "E 28,29,30,32,33,34,39,40,41,42,50,51",
            "F 04,08,09,20",
            "G 01,02,03,04,05,06,07,08,09,10,11,12,13,14,15,16,17,18,19,21",
            "J 01,02,03,07,09,10",
            "L 01,02,03,05,06,07,08,18",
            "M 01,02,07,12,13,17,18,19,20,22",
            "N 25,26,32,35",
            "P 01,03",
        ),
    ),
    (
        "Core",
        _C,
        (
            "A 20",
            "B 15,25,26,27,28,29,41,47,49",
            "C 02,04,05,06,07,08,09,10,11,12,13,15,16,17,18,26,32,33,34,36,37,38,39,41,42,44,45,46,47,48,49,56,57",
            "E 01,02,03,04,05,06,07,08,09,10,11,12,13,14,15,16,17,19,20,21,22,24,25,26,27,31,35,37,38,43,44,45,52,54",
            "F 01,02,03,05,07,10,11,12,13,14,15,16,17,18,19,23,24,26,27",
            "J 04,06,08,11",
            "K 38",
            "L 10,11,12,13,14,15,16",
            "M 09,30,31",
            "N 27,28,30,31,36,62",
        ),
    ),
    (
        "Advanced Security",
        _M,
        (
            "A 07,11,14,15",
            "M 23",
        ),
    ),
    (
        "Advanced Security",
        _C,
        ("A 21,23",),
    ),
    (
        "Local Authorization List Management",
        _M,
        (
            "C 21,22,23,24,25,27,28,29,30,31,40,43",
            "D 01,02,03,04,05,06,07,08,10",
        ),
    ),
    (
        "Local Authorization List Management",
        _C,
        ("C 58",),
    ),
    (
        "Smart Charging",
        _M,
        (f"{_K},37,39,40,41,47,60",),
    ),
    (
        "Smart Charging",
        _C,
        ("K 12,24,42",),
    ),
    (
        "Advanced Device Management",
        _M,
        (
            "B 14,16,17,18,54,55,56",
            "N 01,02,03,05,06,08,09,10,11,12,13,15,16,17,18,19,20,24,37,39,40,41,43,45,47,48,51,52,53,56",
        ),
    ),
    (
        "Advanced Device Management",
        _C,
        ("N 21,22,23,44",),
    ),
    (
        "Reservation",
        _M,
        (
            "B 24",
            "H 01,02,03,04,06,07,17,18,19,21,23",
        ),
    ),
    (
        "Reservation",
        _C,
        ("H 08,09,10,12,13,14,15,16,22,24",),
    ),
    (
        "Advanced User Interface",
        _M,
        (
            "I 01,02,07",
            "O 01,12,13,14,15,20,36,37,38",
        ),
    ),
    (
        "Advanced User Interface",
        _C,
        ("O 17,19,22,24",),
    ),
    (
        "ISO 15118 Support",
        _M,
        (
            "A 12",
            "C 50,51,54,55",
            "E 46",
            f"{_K},39,40,41,47,53,54,56,57,58,60",
            "M 03,04,14,15,16,24,25,26,27,28,29",
        ),
    ),
    (
        "ISO 15118 Support",
        _C,
        (
            "A 13",
            "C 52,53",
            "K 12,24,42",
            "N 63",
        ),
    ),
)


DOES_NOT_APPLY: Mapping[str, str] = {
    "TC_B_15_CS": "the station supports SummaryInventory",
    "TC_B_28_CS": "the station restarts single EVSEs",
    "TC_B_29_CS": "the station restarts single EVSEs",
    "TC_F_27_CS": "the station sends SignCombinedCertificate",
    "TC_L_11_CS": "the station can cancel an update while it is downloaded",
    "TC_L_12_CS": "the station downloads firmware during transactions",
    "TC_L_13_CS": "the station downloads firmware during transactions",
    "TC_L_16_CS": "the station does not install firmware during transactions",
}
"""Conditional cases of a feature that this station does not lack, or lacks on purpose, and why."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case, with every profile that asks for it."""

    case_id: str
    profiles: tuple[tuple[str, Duty], ...]


@dataclass(frozen=True, slots=True)
class Played:
    """The test of a case."""

    file_name: str
    title: str
    requirements: str


@cache
def cases() -> Mapping[str, Case]:
    """Every case by its id, in the order of blocks and numbers."""
    found: dict[str, list[tuple[str, Duty]]] = {}
    for profile, duty, blocks in _PROFILES:
        for block in blocks:
            letter, _, numbers = block.partition(" ")
            for number in numbers.split(","):
                found.setdefault(f"TC_{letter}_{number}_CS", []).append((profile, duty))
    return {case_id: Case(case_id, tuple(found[case_id])) for case_id in sorted(found)}


@cache
def played() -> Mapping[str, Played]:
    """The tests of this folder by case id. ValueError where a case has two, or a docstring lacks a part."""
    found: dict[str, Played] = {}
    for path in sorted(FOLDER.glob("test_?_*.py")):
        for function in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.name.startswith("test_"):
                case_id = function.name.removeprefix("test_").upper()
                if case_id in found:
                    raise ValueError(f"{case_id} has two tests")
                found[case_id] = _read(path, function)
    return found


def _read(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Played:
    lines = [line.strip() for line in (ast.get_docstring(function) or "").splitlines()]
    for part in PARTS:
        if sum(line.startswith(part) for line in lines) != 1:
            raise ValueError(f"{path.name}: the docstring of {function.name} needs one line that begins with {part}")
    return Played(path.name, lines[0].rstrip("."), " ".join(_part(lines, "Requirements:")))


def _part(lines: list[str], part: str) -> Iterator[str]:
    """The text of one part of a docstring, which ends at the next one."""
    inside = False
    for line in lines:
        if line.startswith(PARTS):
            inside = line.startswith(part)
            line = line.partition(":")[2].strip()
        if inside and line:
            yield line
