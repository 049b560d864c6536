"""Random profile sets at a 2.0.1 station with two trucks: offers, registers and composite schedules on the wire
against the naive evaluator, second by second (K01, K02, K04, K08)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.protocol.harness import NOON
from tests.protocol.profile_oracle import CONNECTORS, INSTALLED_S, SETTINGS, Composite, Installed, check, profile_sets
from tests.protocol.v16.charging_profiles import Profile
from tests.protocol.v201.bench import Bench201

PURPOSES = {"ChargePointMaxProfile": "ChargingStationMaxProfile"}


class Wire201:
    """How 2.0.1 writes it."""

    def __init__(self) -> None:
        self.bench = Bench201.booted(settings=SETTINGS)
        for evse_id in CONNECTORS:
            self.bench.plug(evse_id, soc=0.1, vehicle="truck").swipe(evse_id).wait(10)
        assert self.bench.t == INSTALLED_S

    def install(self, one: Profile, connector: int) -> bool:
        answer = self.bench.answer(
            "SetChargingProfile", {"evseId": connector, "chargingProfile": self.written(one, connector)}
        )
        return bool(answer["status"] == "Accepted")

    def written(self, one: Profile, evse_id: int) -> dict[str, Any]:
        """A profile of 1.6 in the words of 2.0.1."""
        fields = dict(one)
        number, purpose = fields.pop("chargingProfileId"), fields["chargingProfilePurpose"]
        fields |= {
            "id": number,
            "chargingProfilePurpose": PURPOSES.get(purpose, purpose),
            "chargingSchedule": [{"id": number, **one["chargingSchedule"]}],
        }
        if purpose == "TxProfile":
            fields["transactionId"] = self.bench.transaction_id(evse_id)
        return fields

    def started(self) -> dict[int, float]:
        starts = [one for one in self.bench.transaction_events() if one["eventType"] == "Started"]
        return {one["evse"]["id"]: datetime.fromisoformat(one["timestamp"]).timestamp() for one in starts}

    def samples(self, connector: int) -> Iterator[tuple[float, dict[str, float]]]:
        transaction_id = self.bench.transaction_id(connector)
        for event in self.bench.transaction_events():
            if event["transactionInfo"]["transactionId"] == transaction_id:
                for element in event.get("meterValue", ()):
                    if element["sampledValue"][0]["context"] == "Sample.Periodic":
                        at = datetime.fromisoformat(element["timestamp"]).timestamp() - NOON
                        values = [one for one in element["sampledValue"] if "phase" not in one]
                        yield at, {one["measurand"]: float(one["value"]) for one in values}

    def composite(self, connector: int, unit: str, duration_s: int) -> Composite:
        asked = {"evseId": connector, "duration": duration_s, "chargingRateUnit": unit}
        schedule = self.bench.answer("GetCompositeSchedule", asked)["schedule"]
        start = datetime.fromisoformat(schedule["scheduleStart"]).timestamp() - NOON
        periods = schedule["chargingSchedulePeriod"]
        return Composite(tuple((start + one["startPeriod"], one["limit"]) for one in periods))


def clashes(accepted: Installed, one: Profile, evse_id: int) -> bool:
    """A TxDefaultProfile of a stack level stands on EVSE 0 or on single EVSEs, never on both (K01.FR.52, .53)."""
    return one["chargingProfilePurpose"] == "TxDefaultProfile" and any(
        other["chargingProfilePurpose"] == "TxDefaultProfile"
        and other["stackLevel"] == one["stackLevel"]
        and (place == 0) != (evse_id == 0)
        for place, other in accepted
    )


@pytest.mark.shows("GetCompositeSchedule")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(profile_sets())
def test_offers_registers_and_composites_are_those_of_the_naive_evaluator(wanted: Installed) -> None:
    wire = Wire201()
    accepted: Installed = []
    for evse_id, one in wanted:
        refused = clashes(accepted, one, evse_id)
        assert wire.install(one, evse_id) is not refused
        if not refused:
            accepted.append((evse_id, one))
    check(wire, accepted)
