"""What chargers offer to Amps clients: commands, how each may run, and the ways out of a conflict. Pure."""

from collections.abc import Mapping

from chargepoint_sim.api.amps import shapes
from chargepoint_sim.api.amps.errors import refused

COMMANDS: Mapping[str, shapes.CommandOffer] = {
    "charge": shapes.CommandOffer(execution=["immediate", "scheduled", "windowed"]),
    "idle": shapes.CommandOffer(execution=["immediate", "scheduled"]),
}
STRATEGIES = (shapes.Strategy.CANCEL_AND_REPLACE,)


def check_strategy(strategy: shapes.Strategy | None) -> None:
    """Raise AmpsRefusal for a strategy that chargers do not know, whether there is a conflict or not."""
    if strategy is not None and strategy not in STRATEGIES:
        raise refused(
            "STRATEGY_NOT_SUPPORTED", f"Chargers do not know the strategy {strategy}.", strategies=list(STRATEGIES)
        )


def check_command(command: str, parameters: Mapping[str, object] | None) -> None:
    """Raise AmpsRefusal for a command that the device does not offer, or parameters that the command does not take."""
    offer = COMMANDS.get(command)
    if offer is None:
        raise refused(
            "UNSUPPORTED_MODE",
            f"This device has no command {command}.",
            deviceCapabilities={"supportedActions": list(COMMANDS)},
        )
    unknown = sorted(set(parameters or {}) - set(offer.parameters))
    if unknown:
        raise refused(
            "UNSUPPORTED_PARAMETER",
            f"{command} does not take {', '.join(unknown)}.",
            unsupportedParameters=unknown,
            deviceCapabilities={"supportedParameters": list(offer.parameters)},
        )


def check_execution(command: str, *, start: bool, end: bool) -> None:
    """Raise AmpsRefusal for a way to run a command that the device does not offer."""
    requested: shapes.Execution = "windowed" if end else "scheduled" if start else "immediate"
    supported = COMMANDS[command].execution
    if requested not in supported:
        raise refused(
            "EXECUTION_NOT_SUPPORTED",
            f"{command} cannot be {requested}.",
            requestedExecution=requested,
            supportedExecution=list(supported),
        )
