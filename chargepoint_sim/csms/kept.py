"""What a charger keeps for its central system: reservations, the version of its local list, and the profiles of its
transactions (1.6 chapters 5.4, 5.10, 5.13 and 5.15, 2.0.1 blocks D, H and K).

Owns what both sides have said of it last; a charger's answer counts, not what it was asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chargepoint_sim.protocol.frames import Payload

RESERVATIONS_KEPT = 100


@dataclass(slots=True)
class Reservation:
    """One reservation, with how it stands: Accepted, Cancelled, Used, Expired or Removed."""

    request: Payload
    """The last ReserveNow that was accepted."""
    status: str = "Accepted"


@dataclass(slots=True)
class Kept:
    """What one charger keeps."""

    reservations: dict[int, Reservation] = field(default_factory=dict)
    list_version: int | None = None
    """None: not known."""
    tx_profiles: dict[int, Payload] = field(default_factory=dict)
    """EVSE -> the last SetChargingProfile with a TxProfile that was accepted."""

    def answered(self, action: str, request: Payload, answer: Payload) -> None:
        """A CALL of the central system was answered."""
        learn = _LEARNS.get(action)
        if learn is not None:
            learn(self, request, answer)

    def ended(self, reservation_id: int | None, status: str) -> None:
        """The charger tells that a reservation has been used, has expired or is gone."""
        if reservation_id in self.reservations:
            self.reservations[reservation_id].status = status

    def view(self) -> dict[str, Any]:
        """Plain data; nothing where nothing is known."""
        view: dict[str, Any] = {}
        if self.reservations:
            view["reservations"] = [
                {"reservation_id": number, "status": one.status, "request": one.request}
                for number, one in self.reservations.items()
            ]
        if self.list_version is not None:
            view["local_list_version"] = self.list_version
        return view


def _reserved(kept: Kept, request: Payload, answer: Payload) -> None:
    if answer["status"] != "Accepted":
        return
    number = request["id"] if "id" in request else request["reservationId"]
    kept.reservations.pop(number, None)
    kept.reservations[number] = Reservation(request)
    if len(kept.reservations) > RESERVATIONS_KEPT:
        del kept.reservations[next(iter(kept.reservations))]


def _cancelled(kept: Kept, request: Payload, answer: Payload) -> None:
    if answer["status"] == "Accepted":
        kept.ended(request["reservationId"], "Cancelled")


def _list_sent(kept: Kept, request: Payload, answer: Payload) -> None:
    if answer["status"] == "Accepted":
        kept.list_version = _version(request)


def _list_asked(kept: Kept, request: Payload, answer: Payload) -> None:
    kept.list_version = _version(answer)


def _profile_set(kept: Kept, request: Payload, answer: Payload) -> None:
    profile = request.get("chargingProfile")
    if answer["status"] == "Accepted" and profile is not None and profile["chargingProfilePurpose"] == "TxProfile":
        kept.tx_profiles[request["evseId"]] = request


def _version(payload: Payload) -> int:
    """versionNumber of 2.0.1, listVersion of 1.6."""
    number: int = payload["versionNumber"] if "versionNumber" in payload else payload["listVersion"]
    return number


_LEARNS: Mapping[str, Callable[[Kept, Payload, Payload], None]] = {
    "CancelReservation": _cancelled,
    "GetLocalListVersion": _list_asked,
    "ReserveNow": _reserved,
    "SendLocalList": _list_sent,
    "SetChargingProfile": _profile_set,
}
