"""The charging profiles that a charger holds, as its central system must believe from the frames alone.

Kept in the words of 1.6, in which the naive evaluator reads them; 2.0.1 is put into them here.
"""

from collections.abc import Mapping
from typing import Any

from tests.month.frames import CALL, CALLRESULT, Frame

STATION = 0
PURPOSES_201: Mapping[str, str] = {
    "ChargingStationMaxProfile": "ChargePointMaxProfile",
    "TxDefaultProfile": "TxDefaultProfile",
    "TxProfile": "TxProfile",
}
Profile = dict[str, Any]


class Installed:
    """The profiles of one charger: (connector or EVSE, csChargingProfiles)."""

    def __init__(self) -> None:
        self.profiles: list[tuple[int, Profile]] = []
        self._asked: Frame | None = None

    def linked(self) -> None:
        """Profiles are kept; a request that was under way had its effect if it was answered."""
        self._asked = None

    def see(self, frame: Frame) -> None:
        """Take over what the charger has accepted."""
        if frame.kind == CALL and not frame.sent:
            self._asked = frame
        asked = self._asked
        if asked is not None and frame.sent and frame.kind == CALLRESULT and frame.message_id == asked.message_id:
            self._asked = None
            if frame.payload.get("status") == "Accepted":
                self._apply(asked)

    def transaction_ended(self, evse_id: int) -> None:
        """A TxProfile ends with its transaction."""
        self.profiles = [
            (place, one)
            for place, one in self.profiles
            if place != evse_id or one["chargingProfilePurpose"] != "TxProfile"
        ]

    def _apply(self, asked: Frame) -> None:
        request = asked.payload
        if asked.action == "SetChargingProfile" and "csChargingProfiles" in request:
            self._install(request["connectorId"], request["csChargingProfiles"])
        elif asked.action == "SetChargingProfile":
            self._install(request["evseId"], in_words_of_16(request["chargingProfile"]))
        elif asked.action == "ClearChargingProfile":
            wanted = clearing_in_words_of_16(request)
            self.profiles = [one for one in self.profiles if not _wanted(wanted, *one)]

    def _install(self, place: int, profile: Profile) -> None:
        self.profiles = [one for one in self.profiles if not _replaces(place, profile, *one)]
        self.profiles.append((place, profile))


def in_words_of_16(profile: Profile) -> Profile:
    """A ChargingProfileType of 2.0.1 with one schedule."""
    (schedule,) = profile["chargingSchedule"]
    return {
        **profile,
        "chargingProfileId": profile["id"],
        "chargingProfilePurpose": PURPOSES_201[profile["chargingProfilePurpose"]],
        "chargingSchedule": schedule,
    }


def clearing_in_words_of_16(request: Profile) -> Profile:
    """A ClearChargingProfile request of either version, without what is not given."""
    criteria = request.get("chargingProfileCriteria")
    if criteria is None:
        found = {"id": request.get("id", request.get("chargingProfileId")), **request}
    else:
        purpose = criteria.get("chargingProfilePurpose")
        found = {
            "connectorId": criteria.get("evseId"),
            "chargingProfilePurpose": purpose and PURPOSES_201[purpose],
            "stackLevel": criteria.get("stackLevel"),
        }
    names = ("id", "connectorId", "chargingProfilePurpose", "stackLevel")
    return {name: found[name] for name in names if found.get(name) is not None}


def _replaces(place: int, profile: Profile, other_place: int, other: Profile) -> bool:
    if profile["chargingProfileId"] == other["chargingProfileId"]:
        return True
    if "id" in profile:
        return False  # no two of them can be valid at once (K01.FR.06, K01.FR.39)
    names = ("chargingProfilePurpose", "stackLevel")
    return place == other_place and all(profile[name] == other[name] for name in names)


def _wanted(wanted: Profile, place: int, profile: Profile) -> bool:
    if "id" in wanted:
        return bool(profile["chargingProfileId"] == wanted["id"])
    return all(asked == (place if name == "connectorId" else profile[name]) for name, asked in wanted.items())
