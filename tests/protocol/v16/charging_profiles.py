"""Charging profiles as a 1.6 central system writes them, and what the wire tells of their effect."""

from datetime import UTC, datetime
from typing import Any

from tests.protocol.v16.bench import Bench16

Profile = dict[str, Any]
Period = tuple[float, float] | tuple[float, float, int]


def stamp(utc: float) -> str:
    """UTC seconds as a central system writes them."""
    return f"{datetime.fromtimestamp(utc, UTC):%Y-%m-%dT%H:%M:%S}Z"


def profile(
    *periods: Period,
    purpose: str = "TxDefaultProfile",
    unit: str = "A",
    number: int = 1,
    level: int = 0,
    kind: str = "Relative",
    start: float | None = None,
    duration: int | None = None,
    min_rate: float | None = None,
    **fields: Any,
) -> Profile:
    """csChargingProfiles; a period is (startPeriod, limit) or (startPeriod, limit, numberPhases)."""
    schedule: Profile = {
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [
            dict(zip(("startPeriod", "limit", "numberPhases"), one, strict=False)) for one in periods
        ],
    }
    if start is not None:
        schedule["startSchedule"] = stamp(start)
    if duration is not None:
        schedule["duration"] = duration
    if min_rate is not None:
        schedule["minChargingRate"] = min_rate
    return {
        "chargingProfileId": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": schedule,
        **fields,
    }


def station_max(*periods: Period, start: float, **fields: Any) -> Profile:
    """A ChargePointMaxProfile from `start` on."""
    return profile(*periods, purpose="ChargePointMaxProfile", kind="Absolute", start=start, **fields)


def install(bench: Bench16, given: Profile, connector: int = 1) -> str:
    """SetChargingProfile; the status, or the code of a CALLERROR."""
    answer = bench.ask("SetChargingProfile", {"connectorId": connector, "csChargingProfiles": given})
    assert answer is not None
    return str(answer[2]["status"] if answer[0] == 3 else answer[2])


def clear(bench: Bench16, **fields: Any) -> str:
    """ClearChargingProfile; the status."""
    answer = bench.ask("ClearChargingProfile", fields)
    assert answer is not None
    return str(answer[2]["status"])


def schedule(bench: Bench16, connector: int = 1, duration: int = 600, **fields: Any) -> list[tuple[float, ...]]:
    """The periods of GetCompositeSchedule: (startPeriod, limit) and, where told, numberPhases."""
    answer = bench.ask("GetCompositeSchedule", {"connectorId": connector, "duration": duration, **fields})
    assert answer is not None
    assert answer[2]["status"] == "Accepted"
    return [tuple(one.values()) for one in answer[2]["chargingSchedule"]["chargingSchedulePeriod"]]


def sample(bench: Bench16, connector: int = 1) -> dict[str, float]:
    """The last MeterValues of a connector by measurand, without those of single phases."""
    element = [one for one in bench.payloads("MeterValues") if one["connectorId"] == connector][-1]["meterValue"][-1]
    return {one["measurand"]: float(one["value"]) for one in element["sampledValue"] if "phase" not in one}


def offered_w(bench: Bench16, connector: int = 1) -> float:
    """Power.Offered of the next sample."""
    bench.forget().wait(60)
    return sample(bench, connector)["Power.Offered"]
