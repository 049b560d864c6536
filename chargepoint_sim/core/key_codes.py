"""Key codes typed at the charger: whoever tries one after the other has to wait longer and longer (2.0.1 C04.FR.06).

Owns how many wrong codes the key pad puts up with and how long it is locked after them. What a code is worth is judged
in `authorization.py`; a restart does not open a locked pad.
"""

from math import ceil

from chargepoint_sim.core.commands import KEY_CODE, IdToken
from chargepoint_sim.core.state import StationState

FREE_TRIES = 2
"""Wrong codes in a row that cost nothing: people mistype."""

FIRST_WAIT_S = 10.0
"""How long the pad is locked after the next one; it doubles with each that follows."""

LONGEST_WAIT_S = 900.0

_WRONG = frozenset({"Invalid", "Unknown"})
"""Verdicts that say that there is no such code; with any other verdict it was typed rightly."""


def hindrance(state: StationState, token: IdToken, at: float) -> str:
    """Why a key code cannot be typed in now, in words; empty when it can, and for all other tokens."""
    if state.wrong_codes is None or token.type != KEY_CODE or at >= state.wrong_codes[1]:
        return ""
    times, until = state.wrong_codes
    return f"the key pad is locked for another {ceil(until - at)} s after {times} wrong key codes"


def judged(state: StationState, token: IdToken, status: str, at: float) -> None:
    """Note the verdict on a code: a wrong one may lock the pad, a right one makes up for those before."""
    if token.type != KEY_CODE:
        return
    if status not in _WRONG:
        state.wrong_codes = None
        return
    times = 1 + (state.wrong_codes[0] if state.wrong_codes is not None else 0)
    over = times - FREE_TRIES
    wait_s = min(FIRST_WAIT_S * 2.0 ** min(over - 1, 10), LONGEST_WAIT_S) if over > 0 else 0.0
    state.wrong_codes = (times, at + wait_s)
