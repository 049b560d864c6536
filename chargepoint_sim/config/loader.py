"""From a path to a FleetSpec: the public door of this room.

Reads, validates part by part, compiles; every mistake of all three steps comes in one ConfigError.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chargepoint_sim.config.compile import compile_fleet
from chargepoint_sim.config.document import KeyPath, Located, read_document
from chargepoint_sim.config.findings import Findings, guess, listed
from chargepoint_sim.config.schema import KNOWN_SECTIONS, LISTED, NAMED, SECTIONS, FleetFile
from chargepoint_sim.errors import ConfigError
from chargepoint_sim.fleet.spec import FleetSpec

DEMO = Path(__file__).parent / "demo.yaml"
"""The fleet of the `demo` command; configs/demo.yaml is a link to it."""


def load_fleet(path: Path, environ: Mapping[str, str]) -> FleetSpec:
    """The fleet of a YAML file; `environ` fills `${NAME}`. Raises ConfigError with every mistake."""
    document, problems = read_document(path, environ)
    if document is None:
        raise ConfigError(tuple(problems))
    findings = Findings(document, problems)
    file = _validated(document, findings)
    plain = document.plain()
    assert isinstance(plain, dict)
    fleet = compile_fleet(file, plain, findings, path)
    if findings.found:
        raise ConfigError(findings.sorted())
    return fleet


def _validated(document: Located, findings: Findings) -> FleetFile:
    """Every part that is sound by itself; a wrong one hides no mistake of another."""
    assert isinstance(document.value, dict)
    unsound: set[KeyPath] = set()

    def part(model: Any, path: KeyPath) -> Any:
        validated = findings.validate(model, path)
        if validated is None:
            unsound.add(path)
        return validated

    sections: dict[str, Any] = {}
    for name, node in document.value.items():
        path: KeyPath = (name,)
        if name in SECTIONS:
            sections[name] = part(SECTIONS[name], path)
        elif name in NAMED and isinstance(node.value, dict):
            sections[name] = {key: part(NAMED[name], (name, key)) for key in node.value}
        elif name in LISTED and isinstance(node.value, list):
            sections[name] = {n: part(LISTED[name], (name, n)) for n in range(len(node.value))}
        elif name in NAMED or name in LISTED:
            findings.add(path, "a mapping is needed" if name in NAMED else "a list is needed")
            unsound.add(path)
        else:
            allowed = f"{guess(name, KNOWN_SECTIONS)}{listed('known keys', KNOWN_SECTIONS)}"
            findings.add(path, allowed, f"the unknown key '{name}'")
    for name in (*NAMED, *LISTED):
        sections[name] = {key: item for key, item in sections.get(name, {}).items() if item is not None}
    sound = {name: section for name, section in sections.items() if section is not None}
    return FleetFile(**sound, unsound=frozenset(unsound))
