"""Rules of the house that no linter knows: sizes, names, docstrings, left-over notes, shared vocabulary."""

import ast
import enum
import re
import subprocess
from functools import cache
from itertools import chain
from pathlib import Path

import grimp
import ocpp.exceptions
import ocpp.v16.enums
import ocpp.v201.enums
import pytest

from chargepoint_sim.core import facts
from chargepoint_sim.protocol.frames import ErrorCode, Version, wire_code

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "chargepoint_sim"
MAX_LINES = 600

BANNED_WORDS = {"helper", "helpers", "util", "utils", "manager", "impl", "misc", "common"}

# Written in pieces, so that this file does not find itself.
LEFT_OVERS = re.compile(r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK", "W" + "IP")) + r")\b")
STAND_INS = re.compile(r"(?i)\bplace" + r"holder\b|\bfor " + r"now\b")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+|opt/(?:pypi|wheels))(?:/|\b)")
REGISTRY_HOSTS = re.compile(r"py" + r"pi\.org|python" + r"hosted\.org|proxy\.golang|registry\.npm|/simp" + r"le/?\b")

# Files that only one version has (architecture chapter 3): what 1.6 must project from the core's 2.x model, and the
# device model of 2.0.1 with the reason codes of its answers. 1.6 has no message that tells of an external limit.
ONLY_IN_16 = {
    "access",
    "extended_trigger",
    "features",
    "keys",
    "status",
}
ONLY_IN_201 = {
    "chain_status",
    "contracts",
    "customers",
    "display",
    "ev_charging",
    "events",
    "external_limits",
    "monitoring",
    "naming",
    "network",
    "publishing",
    "reporting",
    "signing",
    "splitting",
    "tariff",
    "variables",
    "verdicts",
}


@cache
def package_files() -> tuple[Path, ...]:
    return tuple(sorted(PACKAGE.rglob("*.py")))


@cache
def tracked_texts() -> dict[str, str]:
    """The text of every file under version control; without git, of every file that looks like it."""
    git = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if git.returncode == 0:
        names = [name for name in git.stdout.split("\0") if name]
    else:
        folders = ("chargepoint_sim", "tests", "scripts", "configs", "docs")
        found = chain(ROOT.glob("*.*"), *((ROOT / folder).rglob("*.*") for folder in folders))
        names = [str(path.relative_to(ROOT)) for path in found if path.is_file() and "__pycache__" not in path.parts]
    texts = {}
    for name in names:
        path = ROOT / name
        if path.is_file():  # a tracked file may be deleted in the work tree
            texts[name] = path.read_text(encoding="utf-8", errors="replace")
    assert "pyproject.toml" in texts
    return texts


def lines_that_match(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in tracked_texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def words_of(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def test_no_file_of_the_package_is_longer_than_600_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in package_files()}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_every_module_of_the_package_says_what_it_is_for() -> None:
    silent = []
    for path in package_files():
        text = path.read_text()
        if text.strip() and ast.get_docstring(ast.parse(text)) is None:
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_names_say_what_a_thing_is() -> None:
    banned = []
    for path in package_files():
        place = path.relative_to(ROOT)
        names = [path.stem]
        names += [node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]
        banned += [f"{place}: {name}" for name in names if words_of(name) & BANNED_WORDS]
    assert banned == []


def test_nothing_is_left_for_later() -> None:
    assert lines_that_match(LEFT_OVERS) == []
    # Tests and docs may speak of the stand-in token of the vendor's examples.
    assert [line for line in lines_that_match(STAND_INS) if line.startswith(("chargepoint_sim/", "scripts/"))] == []


def test_nothing_names_the_machine_it_was_made_on() -> None:
    assert lines_that_match(MACHINE_PATHS) == []
    assert lines_that_match(REGISTRY_HOSTS) == []


def test_both_versions_have_the_same_blocks() -> None:
    blocks = {
        folder: {path.stem for path in (PACKAGE / "protocol" / folder).glob("*.py")} for folder in ("v16", "v201")
    }
    assert blocks["v16"] - ONLY_IN_16 == blocks["v201"] - ONLY_IN_201


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (facts.ChargingState, ocpp.v201.enums.ChargingStateEnumType),
        (facts.Trigger, ocpp.v201.enums.TriggerReasonEnumType),
        (facts.StopReason, ocpp.v201.enums.ReasonEnumType),
        (facts.Context, ocpp.v201.enums.ReadingContextEnumType),
        (facts.Context, ocpp.v16.enums.ReadingContext),
        (facts.TransactionPhase, ocpp.v201.enums.TransactionEventEnumType),
    ],
)
def test_the_words_of_the_core_are_those_of_the_standard(ours: type[enum.StrEnum], theirs: type[enum.StrEnum]) -> None:
    assert {member.value for member in ours} == {member.value for member in theirs}


def test_the_error_codes_are_those_of_the_standard() -> None:
    theirs = {error.code for error in ocpp.exceptions.OCPPError.__subclasses__()}
    # 2.x knows two codes that the ocpp package has no exception for (2.0.1 part 4 chapter 4.3).
    assert {wire_code(code, Version.V201) for code in ErrorCode} - theirs == {
        "MessageTypeNotSupported",
        "RpcFrameworkError",
    }
    assert {wire_code(code, Version.V16) for code in ErrorCode} <= theirs
    assert theirs <= {wire_code(code, version) for code in ErrorCode for version in Version}


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("chargepoint_sim", exclude_type_checking_imports=True)
    # A module whose own importers lead back to it lies on a circle.
    on_a_circle = [
        module
        for module in graph.modules
        if any(
            graph.find_shortest_chain(importer=imported, imported=module)
            for imported in graph.find_modules_directly_imported_by(module)
        )
    ]
    assert sorted(on_a_circle) == []
