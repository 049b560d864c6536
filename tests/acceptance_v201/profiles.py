"""What the cases of block K share: charging profiles as the test system writes, asks for and reads them."""

from typing import Any

import pytest

from chargepoint_sim.clock import format_utc
from tests.acceptance_v201.bench import EVSE_ID, StationUnderTest

ACCEPTED = {"status": "Accepted"}
ID, OTHER_ID = 158, 159
REQUEST = 633
DEVIATION_S = 10
"""How far the clocks of test system and station may lie apart."""

UNITS = pytest.mark.parametrize("unit", ["A", "W"])
LOCAL_LIMIT = {"A": 32.0, "W": 22080.0}
"""What an EVSE offers without a profile."""

Profile = dict[str, Any]
Period = tuple[int, float]


def scaled(limit: float, unit: str) -> float:
    """The limits of the cases are those in A; in W they are a thousand times as great."""
    return limit if unit == "A" else limit * 1000


def instant(station: StationUnderTest, seconds: float) -> str:
    """So many seconds from now on."""
    return format_utc(station.now.sim + seconds)


def absolute(station: StationUnderTest, *periods: Period, unit: str = "A", since: float = 0, **more: Any) -> Profile:
    """A TxDefaultProfile that starts `since` seconds from now; the schedule's `duration` stands among the rest."""
    schedule: Profile = {
        "id": 1,
        "startSchedule": instant(station, since),
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [
            {"startPeriod": start, "limit": scaled(limit, unit), "numberPhases": 3} for start, limit in periods
        ],
    }
    if "duration" in more:
        schedule["duration"] = more.pop("duration")
    return {
        "id": ID,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
        **more,
    }


def relative(station: StationUnderTest, *periods: Period, unit: str = "A", **more: Any) -> Profile:
    """The same, relative to the transaction."""
    profile = absolute(station, *periods, unit=unit, chargingProfileKind="Relative", **more)
    del profile["chargingSchedule"][0]["startSchedule"]
    return profile


def of_station(station: StationUnderTest, **more: Any) -> Profile:
    return absolute(station, (0, 6), chargingProfilePurpose="ChargingStationMaxProfile", **more)


def ask_to_set(station: StationUnderTest, profile: Profile, evse_id: int = EVSE_ID) -> dict[str, Any]:
    return station.answer("SetChargingProfile", {"evseId": evse_id, "chargingProfile": profile})


def install(station: StationUnderTest, profile: Profile, evse_id: int = EVSE_ID) -> Profile:
    assert ask_to_set(station, profile, evse_id) == ACCEPTED
    return profile


def rejected(station: StationUnderTest, profile: Profile, evse_id: int = EVSE_ID) -> None:
    """The profile is rejected, and none is installed."""
    assert ask_to_set(station, profile, evse_id)["status"] == "Rejected"
    assert no_profiles(station)


def ask_for(station: StationUnderTest, evse_id: int | None = None, **criteria: Any) -> str:
    request = {"requestId": REQUEST, "chargingProfile": criteria}
    status: str = station.answer("GetChargingProfiles", request if evse_id is None else {**request, "evseId": evse_id})[
        "status"
    ]
    return status


def reported(station: StationUnderTest, evse_id: int | None = None, **criteria: Any) -> dict[int, list[Profile]]:
    """The profiles reported by EVSE, after a check of the messages that bring them."""
    station.forget()
    assert ask_for(station, evse_id, **criteria) == "Accepted"
    station.wait(1)
    parts = station.payloads("ReportChargingProfiles")
    assert all(part["requestId"] == REQUEST and part["chargingLimitSource"] == "CSO" for part in parts)
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    return {part["evseId"]: part["chargingProfile"] for part in parts}


def no_profiles(station: StationUnderTest, evse_id: int | None = None, **criteria: Any) -> bool:
    station.forget()
    status = ask_for(station, evse_id, **criteria)
    station.wait(30)
    return status == "NoProfiles" and station.calls("ReportChargingProfiles") == []


def clear(station: StationUnderTest, **request: Any) -> str:
    status: str = station.answer("ClearChargingProfile", request)["status"]
    return status


def composite(station: StationUnderTest, duration: int, unit: str = "A", evse_id: int = EVSE_ID) -> list[Period]:
    """(startPeriod, limit) of the composite schedule, after a check of what stands around them."""
    asked = {"evseId": evse_id, "duration": duration, "chargingRateUnit": unit}
    answer = station.answer("GetCompositeSchedule", asked)
    assert answer["status"] == "Accepted"
    schedule = answer["schedule"]
    assert (schedule["evseId"], schedule["duration"], schedule["chargingRateUnit"]) == (evse_id, duration, unit)
    assert schedule["scheduleStart"] == station.stamp
    return [(one["startPeriod"], one["limit"]) for one in schedule["chargingSchedulePeriod"]]


def in_unit(unit: str, *periods: Period) -> list[Period]:
    return [(start, scaled(limit, unit)) for start, limit in periods]


def with_two(**of_the_evse: Any) -> tuple[StationUnderTest, Profile, Profile]:
    """A station with a profile for itself, and one for the EVSE."""
    station = StationUnderTest.in_state_booted()
    own = install(station, of_station(station), 0)
    return station, own, install(station, absolute(station, (0, 6), **{"id": OTHER_ID, **of_the_evse}))
