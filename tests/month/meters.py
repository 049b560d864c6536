"""The meters of one charger, read off the charger itself after each of its steps: what really flowed, and when.

Independent of what the charger tells: transactions are seen coming and going at the EVSE, not in messages.
"""

from collections.abc import Iterator

from chargepoint_sim.charger import Charger
from chargepoint_sim.core.spec import Current
from tests.month.checks.books import Metered
from tests.month.checks.draw import Drawing, exceeded, hardware
from tests.month.checks.profiles import Installed


class Meters:
    """Registers and transactions of one charger, and whether its draw stays within what was allowed."""

    def __init__(self, charger: Charger, installed: Installed) -> None:
        spec = charger.station.spec
        first = spec.evses[0]
        self.transactions: list[Metered] = []
        self.external_w: dict[int, float] = {}
        """Power-update limits in force, by EVSE."""
        self.looks_under_profiles = self.looks_under_external_limits = 0
        """How often a draw was held against them: what the verdict is worth."""
        self._running: dict[int, Metered] = {}
        self._registers_wh = {one.evse_id: 0.0 for one in spec.evses}
        self._installed = installed
        self._hardware = hardware(
            first.max_power_w,
            first.max_current_a,
            first.phases,
            spec.max_power_w,
            ac=first.current is Current.AC,
        )

    def look(self, charger: Charger, at: float) -> Iterator[str]:
        """Read all meters at simulated time `at`; yields, in words, what must not be."""
        drawing = []
        for evse in charger.station.evses:
            evse_id, register_wh = evse.evse_id, evse.meter.register_at(at)
            if register_wh < self._registers_wh[evse_id]:
                yield f"EVSE {evse_id}: the register fell from {self._registers_wh[evse_id]} to {register_wh} Wh"
            self._registers_wh[evse_id] = register_wh
            transaction, known = evse.transaction, self._running.get(evse_id)
            if known is not None and (transaction is None or transaction.transaction_id != known.transaction_id):
                known.meter_stop_wh = register_wh
                del self._running[evse_id]
                self._installed.transaction_ended(evse_id)
            if transaction is not None and evse_id not in self._running:
                begun = Metered(transaction.transaction_id, evse_id, transaction.started_at, transaction.meter_start_wh)
                self._running[evse_id] = begun
                self.transactions.append(begun)
            power_w = evse.meter.power_at(at)
            if power_w > 0.0:
                if transaction is None:
                    yield f"EVSE {evse_id} delivers {power_w:.1f} W outside transactions"
                else:
                    drawing.append(Drawing(evse_id, power_w, transaction.started_at))
        if drawing:
            self.looks_under_profiles += bool(self._installed.profiles)
            self.looks_under_external_limits += any(one.evse_id in self.external_w for one in drawing)
            yield from exceeded(self._hardware, self._installed.profiles, self.external_w, drawing, at)

    def registers_wh(self) -> dict[int, float]:
        """Every register as last read."""
        return dict(self._registers_wh)
