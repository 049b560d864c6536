"""For each case of 2.0.1 alone the defect of the central system that the case must find."""

from collections.abc import Mapping

from tests.conformance.defective import Defect
from tests.conformance.defects import obliges, refuses

V201: Mapping[str, Defect] = {
    "RB_07": obliges("TransactionEvent"),
    "RB_12": Defect(deaf_to='"twice-at-once"'),
    "RB_16": Defect(settings={"call_timeout_s": 0.05}),
    "RB_21": refuses("TransactionEvent"),
    "RB_23": refuses("TransactionEvent"),
    "RB_24": refuses("MeterValues"),
    "RB_27": Defect(breaks_at='"id":77'),
    "RB_32": refuses("TransactionEvent"),
}
"""Case -> what is broken."""
