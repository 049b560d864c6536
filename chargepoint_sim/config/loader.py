"""From a path to a FleetSpec: the public door of this room.

Reads, validates section by section, compiles what is sound; every mistake of all three steps comes in one ConfigError.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chargepoint_sim.config.compile import compile_fleet
from chargepoint_sim.config.document import KeyPath, Located, read_document
from chargepoint_sim.config.findings import Findings
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
    fleet = compile_fleet(file, findings, path, environ)
    if findings.found:
        raise ConfigError(findings.sorted())
    return fleet


def _validated(document: Located, findings: Findings) -> FleetFile:
    """Every section without what is wrong in it; a mistake hides no other."""
    assert isinstance(document.value, dict)
    sections: dict[str, Any] = {}
    for name, node in document.value.items():
        path: KeyPath = (name,)
        if name in SECTIONS:
            sections[name] = findings.validate(SECTIONS[name], path)
        elif name in NAMED and isinstance(node.value, dict):
            sections[name] = {key: findings.validate(NAMED[name], (name, key)) for key in node.value}
        elif name in LISTED and isinstance(node.value, list):
            sections[name] = [findings.validate(LISTED[name], (name, n)) for n in range(len(node.value))]
        elif name in NAMED or name in LISTED:
            findings.add(path, "a mapping is needed" if name in NAMED else "a list is needed")
            findings.spoil(path)
        else:
            findings.unknown_key(path, KNOWN_SECTIONS)
    return FleetFile(**sections)
