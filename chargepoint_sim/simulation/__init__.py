"""Virtual time: a fleet and its central system as discrete events, deterministic and without an event loop."""

from chargepoint_sim.simulation.mishaps import Mishaps
from chargepoint_sim.simulation.simulation import DEFAULT_START, Simulation
from chargepoint_sim.simulation.transcript import Digest

__all__ = ["DEFAULT_START", "Digest", "Mishaps", "Simulation"]
