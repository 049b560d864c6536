"""Legal changes only: connector statuses of 1.6, connectorStatus and chargingState of 2.0.1."""

from collections.abc import Iterator, Mapping

from tests.month.frames import Frame

# Section 4.9 of 1.6 with its errata, written down apart from the product's own table.
LEGAL_16: Mapping[str, frozenset[str]] = {
    status: frozenset(following.split())
    for status, following in {
        "Available": "Preparing Charging SuspendedEV SuspendedEVSE Reserved Unavailable Faulted",
        "Preparing": "Available Charging SuspendedEV SuspendedEVSE Finishing Faulted",
        "Charging": "Available SuspendedEV SuspendedEVSE Finishing Unavailable Faulted",
        "SuspendedEV": "Available Charging SuspendedEVSE Finishing Unavailable Faulted",
        "SuspendedEVSE": "Available Charging SuspendedEV Finishing Unavailable Faulted",
        "Finishing": "Available Preparing Unavailable Faulted",
        "Reserved": "Available Preparing Unavailable Faulted",
        "Unavailable": "Available Preparing Charging SuspendedEV SuspendedEVSE Faulted",
        "Faulted": "Available Preparing Charging SuspendedEV SuspendedEVSE Finishing Reserved Unavailable",
    }.items()
}

# 2.0.1 has no such table. What G01, G03, H01 and the meaning of the words leave out: nobody keeps a place that is out
# of use, and a status is told when it changes.
LEGAL_201: Mapping[str, frozenset[str]] = {
    status: frozenset(following.split())
    for status, following in {
        "Available": "Occupied Reserved Unavailable Faulted",
        "Occupied": "Available Reserved Unavailable Faulted",
        "Reserved": "Available Occupied Unavailable Faulted",
        "Unavailable": "Available Occupied Reserved Faulted",
        "Faulted": "Available Occupied Reserved Unavailable",
    }.items()
}

# 2.0.1 block E and ChargingStateEnumType: energy needs a cable, and a cable is plugged in before it carries any.
LEGAL_CHARGING_STATES: Mapping[str, frozenset[str]] = {
    state: frozenset(following.split())
    for state, following in {
        "Idle": "EVConnected",
        "EVConnected": "Idle Charging SuspendedEV SuspendedEVSE",
        "Charging": "Idle EVConnected SuspendedEV SuspendedEVSE",
        "SuspendedEV": "Idle EVConnected Charging SuspendedEVSE",
        "SuspendedEVSE": "Idle EVConnected Charging SuspendedEV",
    }.items()
}


class LegalStatuses16:
    """StatusNotification of 1.6; what changed without a link is told by its last status alone (section 4.9)."""

    def __init__(self) -> None:
        self._told: dict[int, str] = {}

    def linked(self) -> None:
        """Anything may have happened."""
        self._told.clear()

    def see(self, frame: Frame) -> Iterator[str]:
        """Follow each connector; 0 knows three statuses and every way between them."""
        if not frame.is_call("StatusNotification"):
            return
        connector_id, status = frame.payload["connectorId"], frame.payload["status"]
        before = self._told.get(connector_id, status)
        if connector_id == 0 and status not in ("Available", "Unavailable", "Faulted"):
            yield f"connector 0 is {status}"
        elif connector_id != 0 and status != before and status not in LEGAL_16[before]:
            yield f"connector {connector_id}: {before} -> {status}"
        self._told[connector_id] = status


class LegalStatuses201:
    """StatusNotification of 2.0.1."""

    def __init__(self) -> None:
        self._told: dict[tuple[int, int], str] = {}
        self._asked = False

    def linked(self) -> None:
        """After being away everything is told again (B04)."""
        self._told.clear()

    def see(self, frame: Frame) -> Iterator[str]:
        """Follow each connector; a status that is told again was asked for (F06)."""
        if frame.action == "TriggerMessage" and frame.payload.get("requestedMessage") == "StatusNotification":
            self._asked = True
        if not frame.is_call("StatusNotification"):
            return
        place, status = (frame.payload["evseId"], frame.payload["connectorId"]), frame.payload["connectorStatus"]
        before = self._told.get(place)
        if before is not None and status not in LEGAL_201[before] and not (self._asked and status == before):
            yield f"connector {place}: {before} -> {status}"
        self._told[place] = status


class LegalChargingStates:
    """chargingState of TransactionEvents, transaction by transaction."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def linked(self) -> None:
        """Transactions go on without a link."""

    def see(self, frame: Frame) -> Iterator[str]:
        """Follow each transaction."""
        if not frame.is_call("TransactionEvent"):
            return
        info = frame.payload["transactionInfo"]
        state, key = info.get("chargingState"), info["transactionId"]
        before = self._told.get(key)
        if state is not None:
            if before is not None and state != before and state not in LEGAL_CHARGING_STATES[before]:
                yield f"transaction {key}: {before} -> {state}"
            self._told[key] = state
        if frame.payload["eventType"] == "Ended":
            self._told.pop(key, None)
