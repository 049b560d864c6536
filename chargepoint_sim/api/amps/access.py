"""What a key may do to chargers by its environment: live keys read alone, until control is open to them."""

from typing import Any

from chargepoint_sim.api.amps.errors import refused
from chargepoint_sim.api.routes import Call, Environment


def check_sandbox(call: Call[Any, Any]) -> None:
    """Raise AmpsRefusal for a live key: neither commands nor settings of chargers are open to it."""
    if call.principal.environment is Environment.LIVE:
        raise refused("COMMAND_NOT_SUPPORTED", "EV chargers are not controlled with live keys yet; use a sandbox key.")
