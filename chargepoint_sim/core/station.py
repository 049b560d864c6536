"""The station: takes commands, runs its deadlines, emits facts. Pure: time is an argument.

A table wires the deadlines to the rooms of the core; core.rules has the one for commands. It never raises for what
a central system or a user sends: it answers an Outcome.
"""

from collections.abc import Callable, Mapping

from chargepoint_sim.core import (
    diagnostics,
    display,
    external,
    firmware,
    iso15118,
    metering,
    monitoring,
    power,
    publishing,
    reservation,
    resets,
    rules,
    visits,
    wiring,
)
from chargepoint_sim.core import transaction as transactions
from chargepoint_sim.core.commands import Command, Outcome, SetDeviceLimit, SetPowerLimit, no_power
from chargepoint_sim.core.facts import ClockCorrected, Fact, PoweredUp
from chargepoint_sim.core.state import DISPLAY, Evse, StationState


class Station(StationState):
    """One charging station with its rules."""

    __slots__ = ()

    def power_up(self, at: float) -> None:
        """Power returns: behaviour starts, what was open before is closed with PowerLoss (1.6 section 4.10)."""
        self.mains = True
        self.settings.restarted()
        self.access.restarted(self.settings)
        self.reset_failures = self.spec.reset_failures
        self.emit(PoweredUp(at))
        transactions.power_up(self, at)
        wiring.wire(self)
        metering.schedule_aligned(self, at)
        reservation.schedule(self, at)
        power.refresh(self, at)
        for evse in self.evses:
            evse.resetting = evse.reset_scheduled = False
            if evse.plugged is not None:
                # A cable left in belongs to no session any more (1.6 section 4.10: Finishing).
                evse.session_over = evse.session_over or evse.authorized is None
            visits.schedule(self, evse, at)
        firmware.power_up(self, at)
        publishing.power_up(self, at)
        diagnostics.power_up(self, at)
        monitoring.power_up(self, at)
        display.power_up(self, at)

    def power_down(self, at: float) -> None:
        """Power goes: energy stops at once, nothing more is told; transactions stay open for the next power-up."""
        for evse in self.evses:
            evse.path_closed_at = None
            evse.authorized = evse.session_profile = None
        power.refresh(self, at)
        self.mains = False
        self.online = self.accepted = False
        self.pending = None
        self.reset_tries = None
        self.master_pass = None
        self.facts.clear()
        self.deadlines.clear()

    def apply(self, command: Command, at: float) -> Outcome:
        """Carry out one command; places in it must have been resolved to EVSE and connector ids."""
        if not self.mains and not isinstance(command, SetPowerLimit | SetDeviceLimit):
            return no_power()
        outcome = rules.COMMANDS[type(command)](self, command, at)
        self.advance(at)
        return outcome

    def advance(self, at: float) -> None:
        """Run every deadline up to `at`, each at its own instant, in order."""
        while (due := self.deadlines.pop_due(at)) is not None:
            instant, name, place = due
            _DEADLINES[name](self, place, instant)

    def next_deadline(self) -> float:
        """The earliest instant at which something happens by itself; infinity when never."""
        return self.deadlines.earliest()

    def take_facts(self) -> list[Fact]:
        """What has happened since the last time."""
        facts, self.facts = self.facts, []
        return facts

    def clock_corrected(self, utc_offset_s: float, at: float) -> None:
        """The charger's own clock is set; what hangs on the time of day is planned anew."""
        self.emit(ClockCorrected(at, utc_offset_s - self.utc_offset_s))
        self.utc_offset_s = utc_offset_s
        metering.schedule_aligned(self, at)
        if self.reservations is not None:
            reservation.schedule(self, at)
        if self.profiles is not None:
            power.refresh(self, at)
        self.look_again(at)

    def settings_changed(self, name: str, at: float) -> None:
        """Let a new value drive behaviour at once."""
        self.look_again(at)
        if name.endswith("Interval") and name.startswith(("SampledDataCtrlr", "AlignedDataCtrlr")):
            metering.sampling_changed(self, at)
        elif name == firmware.NEW_SESSIONS:
            firmware.sessions_allowed_changed(self, at)
        elif name == transactions.SIGN:
            transactions.signing_changed(self, at)
        elif name == external.SIGNALS:
            external.signals_changed(self, at)
        elif name == wiring.SETTING:
            wiring.wire(self)


def _power_due(state: StationState, evse: Evse, at: float) -> None:
    transactions.energy_limit_due(state, evse, at)
    power.refresh(state, at)


def _state_due(state: StationState, evse: Evse, at: float) -> None:
    transactions.energy_may_change(state, evse, at)
    metering.tell_state(state, evse, at)


def _at_evse(rule: Callable[[StationState, Evse, float], None]) -> Callable[[Station, int, float], None]:
    """Make a rule for an EVSE into one for a deadline's place."""
    return lambda station, place, at: rule(station, station.evses[place - 1], at)


_DEADLINES: Mapping[str, Callable[[Station, int, float], None]] = {
    "aligned": lambda station, _, at: metering.aligned_due(station, at),
    "aligned_ended": lambda station, _, at: metering.aligned_ended_due(station, at),
    "arrive": _at_evse(visits.arrive),
    "connect_timeout": _at_evse(transactions.connect_timed_out),
    power.CONTACTOR: _at_evse(transactions.contactor_closes),
    power.NEGOTIATE: _at_evse(iso15118.negotiate_due),
    "depart": _at_evse(visits.depart),
    DISPLAY: lambda station, _, at: display.look(station, at),
    "evse_reset": _at_evse(transactions.reset_ends),
    "ended_sample": _at_evse(metering.ended_sample_due),
    firmware.DEADLINE: lambda station, _, at: firmware.due(station, at),
    publishing.DEADLINE: lambda station, _, at: publishing.due(station, at),
    monitoring.DEADLINE: lambda station, _, at: monitoring.check(station, at),
    "plug_timeout": _at_evse(transactions.plug_timed_out),
    "power": _at_evse(_power_due),
    "profile": lambda station, _, at: power.refresh(station, at),
    "react": _at_evse(power.vehicle_reacts),
    reservation.DEADLINE: lambda station, _, at: reservation.expiry_due(station, at),
    resets.DEADLINE: lambda station, _, at: resets.retry_due(station, at),
    "sample": _at_evse(metering.sample_due),
    "state": _at_evse(_state_due),
    "swipe": _at_evse(visits.swipe),
    "time_limit": _at_evse(transactions.time_limit_due),
    diagnostics.DEADLINE: lambda station, _, at: diagnostics.due(station, at),
}
