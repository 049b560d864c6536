"""Results made up for tests of reports."""

from chargepoint_sim.conformance.trace import TraceFrame
from chargepoint_sim.conformance.verdicts import CaseResult, Check, StepRecord, Verdict

SECRET = "0123456789abcdef0123456789abcdef"


def result(verdict: Verdict) -> CaseResult:
    """A case that ended so, with one check of that verdict and one frame that carries a secret."""
    check = Check("X.status", verdict, "'Accepted'", "'<b>Rejected</b>'", "1.6 section 4.2", ("id-1",))
    payload = {"key": "AuthorizationKey", "value": SECRET}
    text = f'[2,"id-1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"}}]'
    frame = TraceFrame(0, 1e9, 1.0, False, "CALL", "ChangeConfiguration", "id-1", payload, text)
    return CaseResult(
        f"CASE_{verdict}",
        "Title & more",
        "Core",
        verdict,
        "" if verdict is Verdict.PASS else "why <it> ended",
        "SIM-1",
        1.5,
        [StepRecord("expect X", 0.1, (check,))],
        [Check("monitor.schema", Verdict.PASS, "", "")],
        [frame],
    )
