"""Finds the tests that show what a message does: those marked `@pytest.mark.shows("<action>", ...)`.

A marked test sees the effect of the message in another message or in the metered power. Read from the source, so that
pages can be made without running anything.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.registry import Adapter

ROOT = Path(__file__).resolve().parent.parent
FOLDERS: dict[Version, Path] = {
    Version.V16: ROOT / "tests" / "protocol" / "v16",
    Version.V201: ROOT / "tests" / "protocol" / "v201",
}
"""Where the tests of a version stand."""

NOTHING_TO_SHOW: Mapping[Version, Mapping[str, str]] = {
    Version.V16: {"DataTransfer": "changes nothing: it is answered as `data_transfers` of the template says"},
    Version.V201: {
        "DataTransfer": "changes nothing: it is answered as `data_transfers` of the template says",
    },
}
"""Messages that change nothing, and why."""


def must_show(tables: Adapter) -> set[str]:
    """The actions that need such a test: what is handled, and what has an answer that is used."""
    return {*tables.handles, *tables.results} - set(NOTHING_TO_SHOW[tables.version])


@cache
def shown(version: Version) -> Mapping[str, str]:
    """Action -> the node id of its test. ValueError where two tests are marked for one action."""
    found: dict[str, str] = {}
    for path in sorted(FOLDERS[version].glob("test_*.py")):
        for action, test in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            if action in found:
                raise ValueError(f"{version} {action} is shown twice: {found[action]} and {path.name}::{test}")
            found[action] = f"{path}::{test}"
    return found


def files_naming(version: Version, action: str) -> list[Path]:
    """The files of tests in which the action stands."""
    word = re.compile(rf"\b{action}\b")
    paths = sorted(FOLDERS[version].glob("test_*.py"))
    return [path for path in paths if word.search(path.read_text(encoding="utf-8"))]


def _marks(module: ast.Module) -> Iterator[tuple[str, str]]:
    for function in module.body:
        if isinstance(function, ast.FunctionDef):
            for mark in function.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.shows":
                    yield from ((ast.literal_eval(action), function.name) for action in mark.args)
