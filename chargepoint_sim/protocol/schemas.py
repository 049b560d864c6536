"""The official JSON schemas of the `ocpp` package, compiled once per version and applied to every payload.

Owns the way from a violated schema keyword to the error code of the standard (architecture D3). Schemas say
nothing of meaning: the blocks check that.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import jsonschema_rs

from chargepoint_sim.protocol.frames import MAX_DESCRIPTION, ErrorCode, Payload, Version

_PACKAGE = {Version.V16: "ocpp.v16", Version.V201: "ocpp.v201"}
_DRAFT = {Version.V16: jsonschema_rs.Draft4Validator, Version.V201: jsonschema_rs.Draft6Validator}

# Of several violations the first code of this order is answered.
_CODES: tuple[tuple[ErrorCode, frozenset[str]], ...] = (
    (ErrorCode.FORMAT_VIOLATION, frozenset({"additionalProperties"})),
    (ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, frozenset({"required", "minItems", "maxItems"})),
    (ErrorCode.TYPE_CONSTRAINT_VIOLATION, frozenset({"type"})),
)


@dataclass(frozen=True, slots=True)
class Violation:
    """A payload that its schema refuses: the neutral error code, and a description naming path and rule."""

    code: ErrorCode
    description: str


@dataclass(frozen=True, slots=True)
class Schemas:
    """The compiled validators of one version, by action name."""

    version: Version
    requests: dict[str, Any]
    responses: dict[str, Any]

    def check_request(self, action: str, payload: Payload) -> Violation | None:
        """What is wrong with the payload of a CALL, or None. KeyError for an action the version does not have."""
        return _check(self.requests[action], payload)

    def check_response(self, action: str, payload: Payload) -> Violation | None:
        """What is wrong with the payload of a CALLRESULT, or None."""
        return _check(self.responses[action], payload)


@cache
def schemas(version: Version) -> Schemas:
    """The validators of `version`, compiled at first use; versions that a fleet does not use cost nothing."""
    compiled = Schemas(version, {}, {})
    for entry in resources.files(_PACKAGE[version]).joinpath("schemas").iterdir():
        name = entry.name.removesuffix(".json")
        if name == entry.name:
            continue
        validator = _DRAFT[version](json.loads(entry.read_text(encoding="utf-8-sig")), validate_formats=True)
        if name.endswith("Response"):
            compiled.responses[name.removesuffix("Response")] = validator
        else:
            compiled.requests[name.removesuffix("Request")] = validator
    return compiled


def _check(validator: Any, payload: Payload) -> Violation | None:
    if validator.is_valid(payload):
        return None
    found = []
    for error in validator.iter_errors(payload):
        keyword = next(step for step in reversed(error.schema_path) if isinstance(step, str))
        # A number that multipleOf alone refuses is rounded by its block: 8.14 A is meant as 8.1 A.
        if keyword != "multipleOf":
            found.append((_rank(keyword), "/".join(map(str, error.instance_path)) or "payload", error.message))
    if not found:
        return None
    rank, path, message = min(found)
    code = _CODES[rank][0] if rank < len(_CODES) else ErrorCode.PROPERTY_CONSTRAINT_VIOLATION
    return Violation(code, f"{path}: {message}"[:MAX_DESCRIPTION])


def _rank(keyword: str) -> int:
    for rank, (_, keywords) in enumerate(_CODES):
        if keyword in keywords:
            return rank
    return len(_CODES)
