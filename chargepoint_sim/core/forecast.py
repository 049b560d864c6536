"""What a station expects to offer from an instant on, with its profiles and vehicles as they are (1.6 section 5.7).

The bound of GetCompositeSchedule: composition and sharing are those of `core.power`, asked about later instants. An
EVSE that is asked about counts as charging; where it has no transaction, as if one began at that instant.
"""

from collections.abc import Mapping
from math import inf

from chargepoint_sim.core import power
from chargepoint_sim.core.smart_charging.composite import composite
from chargepoint_sim.core.smart_charging.limits import Offer
from chargepoint_sim.core.smart_charging.profiles import ChargingPeriod, Unit
from chargepoint_sim.core.state import Evse, StationState


def of_evse(state: StationState, evse: Evse, at: float, duration_s: float, unit: Unit) -> tuple[ChargingPeriod, ...]:
    """The limits of one EVSE from simulated time `at` on; the others draw as they do now."""
    began_at = _began(evse, at)
    assumed = {evse.evse_id: began_at}

    def offer_at(t: float) -> Offer:
        share_w = power.shares(state, t, assumed).get(evse.evse_id)
        return power.offer_of(state, evse, t, share_w, began_at)

    return _walk(state, offer_at, assumed, evse, at, duration_s, unit)


def of_station(state: StationState, at: float, duration_s: float, unit: Unit) -> tuple[ChargingPeriod, ...]:
    """What the whole station takes at most from the grid: the offers of all EVSEs on which a vehicle can charge.

    A is per phase, as if all EVSEs hung on the same ones.
    """
    assumed = {evse.evse_id: _began(evse, at) for evse in state.evses}

    def offer_at(t: float) -> Offer:
        parts = power.shares(state, t, assumed)
        offers = []
        for evse in state.evses:
            offer = power.offer_of(state, evse, t, parts.get(evse.evse_id), assumed[evse.evse_id])
            if power.sufficient(evse, offer):
                offers.append(offer)
        return Offer(
            sum(offer.power_w for offer in offers),
            sum(offer.current_a for offer in offers),
            "station",
            max((offer.phases for offer in offers), default=max(evse.spec.phases for evse in state.evses)),
        )

    return _walk(state, offer_at, assumed, state.evses[0], at, duration_s, unit)


def _began(evse: Evse, at: float) -> float:
    return at if evse.transaction is None else evse.transaction.started_at


def _walk(
    state: StationState,
    offer_at: power.OfferAt,
    assumed: Mapping[int, float],
    evse: Evse,
    at: float,
    duration_s: float,
    unit: Unit,
) -> tuple[ChargingPeriod, ...]:
    def change_after(t: float) -> float:
        return min((power.next_change_at(state, one, t, assumed.get(one.evse_id)) for one in state.evses), default=inf)

    return composite(offer_at, change_after, evse.spec.current, at, duration_s, unit)
