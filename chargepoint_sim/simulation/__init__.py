"""Virtual time: a fleet and its central system as discrete events, deterministic and without an event loop."""

from chargepoint_sim.simulation.mishaps import Mishaps
from chargepoint_sim.simulation.simulation import DEFAULT_START, Simulation

__all__ = ["DEFAULT_START", "Mishaps", "Simulation"]
