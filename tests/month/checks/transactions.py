"""Transactions as they are told: no number missing or told twice, nothing before the start or after the end, and
registers that never fall."""

from collections.abc import Iterator
from datetime import datetime

from tests.month.frames import CALLRESULT, Frame

REGISTER = "Energy.Active.Import.Register"


class Sequence201:
    """TransactionEvents of one transaction: seqNo from 0 without gaps, Started first, Ended last, time onwards."""

    def __init__(self) -> None:
        self._last: dict[str, Frame] = {}

    def linked(self) -> None:
        """Transactions go on without a link."""

    def see(self, frame: Frame) -> Iterator[str]:
        """Compare with the event before; a repeat has its message id."""
        if not frame.is_call("TransactionEvent"):
            return
        key, number, phase = (
            frame.payload["transactionInfo"]["transactionId"],
            frame.payload["seqNo"],
            frame.payload["eventType"],
        )
        before = self._last.get(key)
        if before is not None and before.message_id == frame.message_id:
            return
        expected = 0 if before is None else before.payload["seqNo"] + 1
        if number != expected:
            yield f"transaction {key}: seqNo {number} where {expected} is due"
        if (before is None) != (phase == "Started"):
            yield f"transaction {key}: {phase} as event {expected}"
        if before is not None and before.payload["eventType"] == "Ended":
            yield f"transaction {key}: {phase} after its end"
        if before is not None and frame.payload["timestamp"] < before.payload["timestamp"]:
            yield f"transaction {key}: {frame.payload['timestamp']} after {before.payload['timestamp']}"
        self._last[key] = frame


class Sequence16:
    """StartTransaction and StopTransaction: each once, whatever is repeated, and a Stop for what was started."""

    def __init__(self) -> None:
        self._starts: dict[tuple[int, str], str] = {}
        self._stops: dict[int, str] = {}
        self._given: set[int] = set()

    def linked(self) -> None:
        """Transactions go on without a link."""

    def see(self, frame: Frame) -> Iterator[str]:
        """Compare with what was told before; a repeat has its message id."""
        payload = frame.payload
        if frame.action == "StartTransaction" and frame.kind == CALLRESULT and not frame.sent:
            self._given.add(payload["transactionId"])
        elif frame.is_call("StartTransaction"):
            begun = (payload["connectorId"], payload["timestamp"])
            if self._starts.setdefault(begun, frame.message_id) != frame.message_id:
                yield f"connector {begun[0]}: the transaction of {begun[1]} is started twice"
        elif frame.is_call("StopTransaction"):
            transaction_id = payload["transactionId"]
            if transaction_id not in self._given:
                yield f"transaction {transaction_id} is stopped and was never started"
            if self._stops.setdefault(transaction_id, frame.message_id) != frame.message_id:
                yield f"transaction {transaction_id} is stopped twice"
        elif frame.is_call("MeterValues") and payload.get("transactionId", None) in self._stops:
            yield f"transaction {payload['transactionId']}: MeterValues after its end"


class RegistersNeverFall:
    """What is told of the energy register of an EVSE never falls with the time of the reading."""

    def __init__(self) -> None:
        self._highest: dict[int, tuple[float, float]] = {}
        self._evse_of: dict[str, int] = {}

    def linked(self) -> None:
        """Registers last."""

    def see(self, frame: Frame) -> Iterator[str]:
        """Compare each reading with the latest one before it; late ones lie below."""
        for evse_id, at, register_wh in self._readings(frame):
            latest_at, highest_wh = self._highest.get(evse_id, (at, register_wh))
            if (register_wh < highest_wh) if at >= latest_at else (register_wh > highest_wh):
                yield f"EVSE {evse_id}: {register_wh:g} Wh at {at:.0f}, {highest_wh:g} Wh at {latest_at:.0f}"
            if at >= latest_at:
                self._highest[evse_id] = (at, register_wh)

    def _readings(self, frame: Frame) -> Iterator[tuple[int, float, float]]:
        payload = frame.payload
        if frame.is_call("StartTransaction"):
            yield payload["connectorId"], _seconds(payload["timestamp"]), float(payload["meterStart"])
        elif frame.is_call("MeterValues", "TransactionEvent"):
            evse_id = self._evse(frame)
            for element in payload.get("meterValue", ()) if evse_id else ():
                for sampled in element["sampledValue"]:
                    if sampled.get("measurand", REGISTER) == REGISTER and "phase" not in sampled:
                        thousand = (sampled.get("unit") or sampled.get("unitOfMeasure", {}).get("unit")) == "kWh"
                        value = float(sampled["value"]) * (1000 if thousand else 1)
                        yield evse_id, _seconds(element["timestamp"]), value

    def _evse(self, frame: Frame) -> int:
        payload = frame.payload
        if frame.action == "MeterValues":
            return int(payload["connectorId"] if "connectorId" in payload else payload["evseId"])
        key = payload["transactionInfo"]["transactionId"]
        if "evse" in payload:
            self._evse_of[key] = payload["evse"]["id"]
        return self._evse_of.get(key, 0)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
