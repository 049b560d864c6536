"""2.0.1 tariff and cost: what the central system tells the driver (use cases I01-I06).

It comes with the answers to Authorize and TransactionEvent, whose rooms call here, and by CostUpdated.
"""

from chargepoint_sim.clock import Now
from chargepoint_sim.core import tariff
from chargepoint_sim.core.state import StationState
from chargepoint_sim.errors import CallRefused
from chargepoint_sim.protocol.frames import ErrorCode, Payload
from chargepoint_sim.protocol.registry import BlockContext, handles
from chargepoint_sim.protocol.v201.display import text_of


@handles("CostUpdated")
def cost_updated(context: BlockContext, request: Payload, now: Now) -> Payload:
    """Show the running cost (I02.FR.02, I02.FR.03); the answer has no word for a transaction that does not run."""
    station = context.station
    if station.spec.display is None:
        raise CallRefused(ErrorCode.NOT_SUPPORTED, "this station has no display to show a cost on")
    transaction_id = request["transactionId"]
    if not tariff.running_cost(station, transaction_id, float(request["totalCost"]), now.sim):
        context.problem(f"CostUpdated for {transaction_id}: no such transaction runs")
    return {}


def authorized(station: StationState, ref: int, answer: Payload, at: float) -> None:
    """What the answer to Authorize has for a driver who may charge (I01.FR.03)."""
    waiting = (station.pending or {}).get(ref)
    if station.display is None or waiting is None:
        return
    info = answer.get("idTokenInfo")
    if isinstance(info, dict) and info.get("status") == "Accepted":
        tariff.greet(station, waiting[0], text_of(info.get("personalMessage")), _languages(info), at)


def transaction_answered(
    station: StationState, transaction_id: str, answer: Payload, at: float, *, ended: bool
) -> None:
    """What the answer to a TransactionEvent has for the driver (I02.FR.04, I03.FR.03, I06.FR.03)."""
    if station.display is None:
        return
    info = answer.get("idTokenInfo")
    info = info if isinstance(info, dict) else {}
    text = text_of(answer.get("updatedPersonalMessage")) or text_of(info.get("personalMessage"))
    if text is not None or _languages(info):
        tariff.told(station, transaction_id, text, _languages(info), at)
    cost = answer.get("totalCost")
    known = float(cost) if isinstance(cost, int | float) else None
    if ended:
        tariff.total_cost(station, transaction_id, known, at)
    elif known is not None:
        tariff.running_cost(station, transaction_id, known, at)


def _languages(info: Payload) -> tuple[str, ...]:
    return tuple(info[name] for name in ("language1", "language2") if isinstance(info.get(name), str))
