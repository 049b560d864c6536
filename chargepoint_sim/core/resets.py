"""The restart itself, once transactions are over: it may fail, and is tried again (1.6 ResetRetries, 2.0.1 B11).

A station with a ResetFailure does not restart, nor does one whose template has tries fail. It tries again ResetRetries
times, as far apart as a restart takes, and succeeds when the failure has been cleared, or used up, meanwhile.
"""

from chargepoint_sim.core.facts import ResetDue, ResetFailed
from chargepoint_sim.core.state import StationState

DEADLINE = "reset_retry"
FAILURE = "ResetFailure"


def restart(state: StationState, boot_reason: str, hard: bool, at: float) -> None:
    """Restart now, or find that it fails."""
    _try(state, boot_reason, hard, state.settings.integer("OCPPCommCtrlr.ResetRetries"), at)


def retry_due(state: StationState, at: float) -> None:
    """Try again."""
    if state.reset_tries is not None:
        boot_reason, hard, tries = state.reset_tries
        _try(state, boot_reason, hard, tries - 1, at)


def _try(state: StationState, boot_reason: str, hard: bool, tries_left: int, at: float) -> None:
    state.reset_tries = None
    if not _fails(state):
        state.emit(ResetDue(at, boot_reason, hard))
    elif tries_left > 0:
        state.reset_tries = (boot_reason, hard, tries_left)
        state.deadlines.set(DEADLINE, at + state.spec.timing.reboot_s)
    else:
        state.emit(ResetFailed(at))


def _fails(state: StationState) -> bool:
    """Whether this try fails; one that the template has fail is used up by it."""
    if state.reset_failures > 0:
        state.reset_failures -= 1
        return True
    return state.warning is not None and state.warning.error_code == FAILURE
