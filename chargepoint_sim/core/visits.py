"""The life of a fleet by itself: visitors arrive, hold a card to the reader, and leave (see behaviour)."""

from math import inf

from chargepoint_sim.core import authorization, plug_and_charge
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.behaviour import NOBODY, Visit, visit
from chargepoint_sim.core.commands import ACCEPTED, IdToken, Outcome, SetBehaviour, refused
from chargepoint_sim.core.facts import StopReason, Trigger
from chargepoint_sim.core.state import Evse, StationState
from chargepoint_sim.core.vehicle import PRESETS, Vehicle
from chargepoint_sim.rng import draw

USUAL_SOC = (0.2, 0.6)
"""State of charge, from and to, of a vehicle that arrives without one given."""


def usual_vehicle(evse: Evse) -> str:
    """The preset that makes the most of an EVSE: what comes where nobody names a vehicle."""
    return max(PRESETS, key=lambda name: PRESETS[name].greatest_power_w(evse.spec))


def make_vehicle(
    state: StationState, evse: Evse, name: str | None, soc: float | None, target_soc: float | None = None
) -> Vehicle:
    """A vehicle for an EVSE; what is not given is drawn from the seed. KeyError for an unknown preset."""
    low, high = USUAL_SOC
    drawn = low + (high - low) * draw(state.seed, state.charger_id, f"soc.{evse.evse_id}", evse.visit_n)
    spec = PRESETS[name if name is not None else usual_vehicle(evse)]
    return Vehicle(spec, soc if soc is not None else drawn, target_soc if target_soc is not None else 1.0)


def schedule(state: StationState, evse: Evse, at: float) -> None:
    """Set the next arrival, if anybody comes."""
    coming = _coming(state, evse)
    state.deadlines.set("arrive", at + coming.wait_s if coming is not None else inf, evse.evse_id)


def change(state: StationState, command: SetBehaviour, at: float) -> Outcome:
    """Let others come, or more or fewer, or nobody: the next arrival at every EVSE is drawn anew from now."""
    if command == SetBehaviour():
        return refused("there is nothing to change")
    own = state.behaviour or NOBODY
    sessions = _given(command.sessions_per_evse_per_day, own.sessions_per_evse_per_day)
    dwell_s = (_given(command.least_dwell_s, own.dwell_s[0]), _given(command.longest_dwell_s, own.dwell_s[1]))
    if not 0 <= sessions < inf:
        return refused("sessions per EVSE and day are a number from 0 on")
    if not 0 < dwell_s[0] <= dwell_s[1] < inf:
        return refused("a stay is longer than 0 s, and the longest not shorter than the least")
    id_tokens = command.id_tokens or own.id_tokens
    if sessions > 0 and not id_tokens:
        return refused("there are no id tokens with which anybody could come; name some")
    changed = {"sessions_per_evse_per_day": sessions, "dwell_s": dwell_s, "id_tokens": id_tokens}
    state.behaviour = own.changed(changed)
    for evse in state.evses:
        if state.deadlines.get("depart", evse.evse_id) is None:
            schedule(state, evse, at)
    return ACCEPTED


def _given(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def arrive(state: StationState, evse: Evse, at: float) -> None:
    """Somebody drives up; where the place is taken or out of order they drive on."""
    coming = _coming(state, evse)
    if coming is None:
        return
    if evse.plugged is not None or authorization.cannot_start(state, evse, IdToken(coming.id_token)):
        evse.visit_n += 1
        schedule(state, evse, at)
        return
    transactions.plugged_in(state, evse, 1, make_vehicle(state, evse, coming.vehicle, coming.soc), at)
    authorization.by_cable(state, evse, at)
    plug_and_charge.plugged_in(state, evse, at)
    state.deadlines.set("swipe", at + coming.token_delay_s, evse.evse_id)
    state.deadlines.set("depart", at + coming.token_delay_s + coming.dwell_s, evse.evse_id)


def swipe(state: StationState, evse: Evse, at: float) -> None:
    """The visitor holds the card to the reader."""
    coming = _coming(state, evse)
    if coming is not None and evse.plugged is not None and not authorization.obstacle(state, evse):
        authorization.present(state, evse, IdToken(coming.id_token), at)


def depart(state: StationState, evse: Evse, at: float) -> None:
    """The visitor ends the session and leaves."""
    if evse.authorized is not None:
        transactions.deauthorise(
            state, evse, at, Trigger.STOP_AUTHORIZED, StopReason.LOCAL, id_token=evse.authorized.id_token
        )
    if evse.plugged is not None:
        transactions.unplugged(state, evse, at, at_vehicle=False)
    if evse.bay_occupied:
        transactions.vehicle_left(state, evse, at)
    evse.visit_n += 1
    schedule(state, evse, at)


def _coming(state: StationState, evse: Evse) -> Visit | None:
    if state.behaviour is None:
        return None
    return visit(state.behaviour, state.seed, state.charger_id, evse.evse_id, evse.visit_n)
