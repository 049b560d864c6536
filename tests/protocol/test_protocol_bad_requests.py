"""Every request of a central system, wrong in every way that its schema knows: its CALLERROR, and nothing changes.

The requests are made from the official schemas, so an action that an adapter learns is covered from then on.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.commands import IdToken, PlugIn, PresentToken
from chargepoint_sim.protocol.frames import ErrorCode, Payload, Version, wire_code
from chargepoint_sim.protocol.schemas import schemas
from chargepoint_sim.protocol.versions import adapter
from scripts.samples import sample, schema_of
from tests.protocol.harness import Bench

EVERY_REQUEST = [(version, action) for version in Version for action in adapter(version).handles]

UNKNOWN = ErrorCode.FORMAT_VIOLATION
MISSING = ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION
TYPE = ErrorCode.TYPE_CONSTRAINT_VIOLATION
VALUE = ErrorCode.PROPERTY_CONSTRAINT_VIOLATION

OF_ANOTHER_TYPE = {"string": 5, "integer": "5", "number": "5", "boolean": "true", "object": "a", "array": {}}

Place = tuple[str | int, ...]
Case = tuple[str, ErrorCode, Payload]
"""What is wrong, the code of the answer, the payload."""


def places(schema: Payload, here: Place = ()) -> Iterator[tuple[Place, Payload]]:
    """Every value of the fullest payload: where it stands, and its schema."""
    yield here, schema
    for name, part in schema.get("properties", {}).items():
        yield from places(part, (*here, name))
    if schema.get("type") == "array":
        yield from places(schema["items"], (*here, 0))


def changed(payload: Payload, place: Place, value: Any) -> Payload:
    """A copy with another value in one place."""
    copy: Any = deepcopy({"": payload})
    holder = copy
    for step in ("", *place)[:-1]:
        holder = holder[step]
    holder[("", *place)[-1]] = value
    result: Payload = copy[""]
    return result


def at(payload: Any, place: Place) -> Any:
    """The value in a place."""
    for step in place:
        payload = payload[step]
    return payload


def wrong(schema: Payload) -> Iterator[Case]:
    """Every way in which a request can break its schema once."""
    good = sample(schema, full=True)
    if schema.get("required"):
        yield "empty payload", MISSING, {}
    for place, part in places(schema):
        name, value = "/".join(map(str, place)), at(good, place)
        if place and "type" in part:
            yield f"{name} of another type", TYPE, changed(good, place, OF_ANOTHER_TYPE[part["type"]])
        if isinstance(value, dict) and part.get("additionalProperties") is False:
            yield f"{name} with a member too many", UNKNOWN, changed(good, place, {**value, "surprise": 1})
        for member in part.get("required", ()):
            without = {key: one for key, one in value.items() if key != member}
            yield f"{name} without {member}", MISSING, changed(good, place, without)
        if "maxLength" in part:
            yield f"{name} too long", VALUE, changed(good, place, "a" * (part["maxLength"] + 1))
        if "enum" in part or part.get("format") == "date-time":
            yield f"{name} unknown", VALUE, changed(good, place, "Nonsense")
        if "minimum" in part:
            yield f"{name} too small", VALUE, changed(good, place, part["minimum"] - 1)
        if "minItems" in part:
            yield f"{name} with too few", MISSING, changed(good, place, value[: part["minItems"] - 1])
        if "maxItems" in part:
            yield f"{name} with too many", MISSING, changed(good, place, value[:1] * (part["maxItems"] + 1))


def state(bench: Bench) -> Any:
    """What a charger would keep over a restart, but for the log, in which each bad request has its line."""
    kept = snapshot.take(bench.charger, bench.now.sim)
    kept["access"] = {name: one for name, one in kept["access"].items() if name != "log"}
    return deepcopy(kept)


@pytest.mark.parametrize(("version", "action"), EVERY_REQUEST)
def test_the_fullest_request_is_good(version: Version, action: str) -> None:
    assert schemas(version).check_request(action, sample(schema_of(version, f"{action}Request"), full=True)) is None


@pytest.mark.parametrize(("version", "action"), EVERY_REQUEST)
def test_a_bad_request_gets_its_callerror_and_changes_nothing(version: Version, action: str) -> None:
    bench = Bench(adapter(version))
    bench.power_up()
    bench.command(PlugIn(1, connector_id=1, vehicle="suv"))
    bench.command(PresentToken(1, connector_id=1, id_token=IdToken("A")))
    bench.wait(10).forget()
    before = state(bench)
    for what, code, payload in wrong(schema_of(version, f"{action}Request")):
        frame = bench.ask(action, payload)
        assert frame is not None, what
        assert frame[0] == 4, what
        assert (what, frame[2]) == (what, wire_code(code, version))
        assert frame[3], what
        assert frame[4] == {}, what
    assert state(bench) == before
    assert bench.calls() == []
    assert bench.jobs == []


@pytest.mark.parametrize("payload", ["[]", "null", '"a"', "5"])
@pytest.mark.parametrize(("version", "action"), EVERY_REQUEST)
def test_a_payload_that_is_no_object_gets_its_callerror(version: Version, action: str, payload: str) -> None:
    bench = Bench(adapter(version))
    bench.power_up().forget().say(f'[2,"x","{action}",{payload}]')
    assert [one.frame[:3] for one in bench.sent] == [[4, "x", wire_code(UNKNOWN, version)]]
