"""How outlets are wired to their meters: phase rotation (1.6 sections 4.7 and 9.1.7, 2.0.1 chapter 2.13.5).

Owns the words of a rotation, which of them an outlet can have, and what each means to the meter. A figure of one phase
is that of the meter's phase: a vehicle that draws on the first phase of an outlet wired as STR shows on L2. Index 0 is
what lies between the grid and the main meter; it is reported and changes no figure of a meter.
"""

from collections.abc import Mapping

from chargepoint_sim.core.settings import ROTATIONS
from chargepoint_sim.core.spec import Current, EvseSpec, StationSpec
from chargepoint_sim.core.state import StationState

SETTING = "Connector.PhaseRotation"
STANDARD, NOT_APPLICABLE, UNKNOWN = "RST", "NotApplicable", "Unknown"
MAIN_METER = 0

ORDERS: Mapping[str, tuple[int, ...]] = {
    rotation: tuple("RST".index(letter) for letter in rotation)
    for rotation in ROTATIONS
    if rotation not in (STANDARD, NOT_APPLICABLE, UNKNOWN)
}
"""Rotation -> the meter's phase, from 0, that each phase of the outlet is wired to, where it is another one."""


def fits(text: str, spec: StationSpec) -> bool:
    """Whether a station can be wired so: no place twice or too many, and only three phases can change places."""
    entries = _entries(text)
    places = [place for place, _ in entries]
    return len(set(places)) == len(places) and all(
        place == MAIN_METER or (place <= len(spec.evses) and _can_have(spec.evses[place - 1], rotation))
        for place, rotation in entries
    )


def rotations(text: str, spec: StationSpec) -> dict[int, str]:
    """The rotation of the main meter and of each EVSE; what `text` leaves out is wired in the standard way."""
    usual = {evse.evse_id: STANDARD if _three_phases(evse) else NOT_APPLICABLE for evse in spec.evses}
    main = STANDARD if STANDARD in usual.values() else NOT_APPLICABLE
    given = {place: rotation for place, rotation in _entries(text) if place <= len(spec.evses)}
    return {MAIN_METER: main} | usual | given


def wire(state: StationState) -> None:
    """Let the meters show what the setting says from now on."""
    text = state.settings.text(SETTING)
    known = rotations(text, state.spec) if text else {}
    for evse in state.evses:
        order = ORDERS.get(known.get(evse.evse_id, STANDARD))
        evse.meter.wiring = order if _three_phases(evse.spec) else None


def _entries(text: str) -> list[tuple[int, str]]:
    parts = [entry.strip().partition(".") for entry in text.split(",")] if text else []
    return [(int(place), rotation) for place, _, rotation in parts if place.isdecimal()]


def _can_have(evse: EvseSpec, rotation: str) -> bool:
    return _three_phases(evse) or rotation not in ORDERS


def _three_phases(evse: EvseSpec) -> bool:
    return evse.current is Current.AC and evse.phases == len("RST")
