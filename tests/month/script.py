"""Carries the deeds of a month out, each at its instant, on chargers that are there and on chargers that are away."""

import heapq
from itertools import count

from chargepoint_sim.charger import Charger
from chargepoint_sim.core.commands import ClearFault, SetPowerLimit
from chargepoint_sim.errors import LocalError
from chargepoint_sim.simulation import Simulation
from tests.month.deeds import DAY_S, Call, Deed, Outage, PowerCut, next_plan
from tests.month.watch import Played, Watch

DEEDS_PER_DAY = 10.0
RETRY_S = 1800.0
"""What must be done and could not, because the charger was away, is tried again after so long."""


class Script:
    """Carries the deeds out, each at its instant."""

    def __init__(self, simulation: Simulation, watch: Watch, played: Played) -> None:
        self._simulation = simulation
        self._watch = watch
        self._played = played
        self._numbers = count()
        self._due: list[tuple[float, int, str, Deed | None]] = []
        for charger_id in watch.chargers:
            self._plan(charger_id, simulation.now.sim)

    def play(self, until: float) -> None:
        """Let time run up to `until`, deeds included."""
        while self._due[0][0] <= until:
            at, _, charger_id, deed = heapq.heappop(self._due)
            self._simulation.run(at)
            if deed is not None:
                self._do(charger_id, deed)
                continue
            watched = self._watch.chargers[charger_id]
            plan = next_plan(watched.place, self._running(watched.charger), at)
            self._do(charger_id, plan.deed)
            for delay_s, following in plan.then:
                self._add(at + delay_s, charger_id, following)
            self._plan(charger_id, at)
        self._simulation.run(until)

    def _plan(self, charger_id: str, at: float) -> None:
        chance = self._watch.chargers[charger_id].place.chance
        self._add(at + chance.expovariate(DEEDS_PER_DAY / DAY_S), charger_id, None)

    def _add(self, at: float, charger_id: str, deed: Deed | None) -> None:
        heapq.heappush(self._due, (at, next(self._numbers), charger_id, deed))

    def _running(self, charger: Charger) -> dict[int, str]:
        """The transactions of a charger by EVSE, under the ids that the central system knows."""
        found = {}
        for evse in charger.station.evses:
            if evse.transaction is not None:
                own = evse.transaction.transaction_id
                given = charger.outbox.csms_id(own)
                found[evse.evse_id] = own if given is None else str(given)
        return found

    def _do(self, charger_id: str, deed: Deed) -> None:
        simulation, done = self._simulation, self._played.happened
        if isinstance(deed, Call):
            try:
                simulation.call(charger_id, deed.action, deed.payload)
            except LocalError:
                self._played.answered[deed.action, "not sent, the charger is away"] += 1
                if deed.payload.get("type", deed.payload.get("operationalStatus")) == "Operative":
                    self._add(simulation.now.sim + RETRY_S, charger_id, deed)
        elif isinstance(deed, Outage):
            done["network outages"] += 1
            simulation.drop_link(charger_id, deed.outage_s)
        elif isinstance(deed, PowerCut):
            done["power cuts"] += 1
            simulation.cut_power(charger_id, deed.dark_s)
        elif isinstance(deed, SetPowerLimit):
            self._limit(charger_id, deed)
        else:
            outcome = simulation.command(charger_id, deed)
            done[f"{type(deed).__name__} {'accepted' if outcome.accepted else 'refused'}"] += 1
            if isinstance(deed, ClearFault) and not simulation.charger(charger_id).station.mains:
                self._add(simulation.now.sim + RETRY_S, charger_id, deed)

    def _limit(self, charger_id: str, deed: SetPowerLimit) -> None:
        """A power-update; the meters are told of a higher limit before it can act, of a lower one afterwards."""
        held = self._watch.chargers[charger_id].meters.external_w
        assert deed.evse_id is not None
        before = held.pop(deed.evse_id, None)
        outcome = self._simulation.command(charger_id, deed)
        self._played.happened[f"SetPowerLimit {'accepted' if outcome.accepted else 'refused'}"] += 1
        now_w = deed.power_w if outcome.accepted else before
        if now_w is not None:
            held[deed.evse_id] = now_w
