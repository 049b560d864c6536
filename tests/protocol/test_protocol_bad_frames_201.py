"""Bad frames at a 2.0.1 charger: what 1.6 passes over in silence is answered there (part 4 chapter 4)."""

import pytest

from chargepoint_sim.protocol.v201.adapter import ADAPTER
from tests.protocol.harness import Bench


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("garbage", ["-1", "RpcFrameworkError"]),
        ('{"a":1}', ["-1", "RpcFrameworkError"]),
        ('[2,"","Reset",{}]', ["-1", "RpcFrameworkError"]),
        (f'[2,"{"i" * 37}","Reset",{{}}]', ["-1", "RpcFrameworkError"]),
        ('[2,"a","Reset"]', ["a", "RpcFrameworkError"]),
        ('[9,"a","Reset",{}]', ["a", "MessageTypeNotSupported"]),
        ('[2,"a","Reset",[]]', ["a", "FormatViolation"]),
        ('[2,"a","Reset",{"type":"Immediate","x":1}]', ["a", "FormatViolation"]),
        ('[2,"a","Reset",{}]', ["a", "OccurrenceConstraintViolation"]),
        ('[2,"a","Reset",{"type":1}]', ["a", "TypeConstraintViolation"]),
        ('[2,"a","Reset",{"type":"Soft"}]', ["a", "PropertyConstraintViolation"]),
        ('[2,"a","Nonsense",{}]', ["a", "NotImplemented"]),
        ('[2,"a","Heartbeat",{}]', ["a", "NotSupported"]),
    ],
)
def test_a_bad_frame_gets_its_callerror(text: str, answer: list[str]) -> None:
    bench = Bench(ADAPTER)
    bench.power_up().forget().say(text)
    (sent,) = bench.sent
    assert sent.frame[0] == 4
    assert sent.frame[1:3] == answer


@pytest.mark.parametrize("text", ['[3,"nobody",{}]', '[4,"nobody","InternalError","",{}]', '[3,"nobody",[]]'])
def test_answers_to_nothing_are_ignored(text: str) -> None:
    bench = Bench(ADAPTER)
    bench.power_up().forget().say(text)
    assert bench.sent == []
    assert bench.linked
