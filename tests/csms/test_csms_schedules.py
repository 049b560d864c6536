"""The built-in central system's own check of what a vehicle makes of a schedule (2.0.1 K15.FR.11 to K15.FR.13)."""

from typing import Any

import orjson
import pytest

from chargepoint_sim.csms.schedules import exceeds
from chargepoint_sim.protocol.frames import Version
from tests.csms.wire import IDENTITY, Wire

NOON, LATER = "2023-11-14T12:00:00Z", "2023-11-14T12:10:00Z"
JUST_BEFORE = "2023-11-14T11:59:59.300Z"


def periods(*pairs: tuple[int, float]) -> list[dict[str, Any]]:
    return [{"startPeriod": start_s, "limit": limit} for start_s, limit in pairs]


def profile(*pairs: tuple[int, float], **schedule: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Absolute",
        "transactionId": "t-1",
        "chargingSchedule": [
            {"id": 2, "chargingRateUnit": "W", "chargingSchedulePeriod": periods(*pairs)} | schedule,
        ],
    }


def told(*pairs: tuple[int, float], at: str = NOON, number: int = 2, unit: str = "W") -> dict[str, Any]:
    schedule = {"id": number, "chargingRateUnit": unit, "chargingSchedulePeriod": periods(*pairs)}
    return {"timeBase": at, "evseId": 1, "chargingSchedule": schedule}


FALLING = profile((0, 7000.0), (600, 4000.0), startSchedule=NOON)


@pytest.mark.parametrize(
    ("schedule", "beyond"),
    [
        (told((0, 7000.0), (600, 4000.0)), False),
        (told((0, 7000.1)), True),
        (told((0, 7000.0)), True),
        (told((0, 4000.0), (600, 4100.0)), True),
        (told((0, 4000.0), at=LATER), False),
        (told((0, 7000.0), at=LATER), True),
        (told((0, 9000.0), (1, 7000.0), (601, 4000.0), at=JUST_BEFORE), False),
        (told((0, 9000.0), (2, 7000.0), (601, 4000.0), at=JUST_BEFORE), True),
        (told((0, 7000.0), (602, 4000.0), at=JUST_BEFORE), True),
        (told((0, 9000.0), number=3), False),
        (told((0, 9000.0), unit="A"), False),
    ],
)
def test_k15_fr_12_a_schedule_is_beyond_its_profile_where_a_limit_is(schedule: dict[str, Any], beyond: bool) -> None:
    assert exceeds(schedule, FALLING) is beyond


def test_after_its_end_a_schedule_sets_no_bound() -> None:
    ends = profile((0, 7000.0), startSchedule=NOON, duration=600)
    assert not exceeds(told((0, 7000.0), (600, 9000.0)), ends)
    assert exceeds(told((0, 7000.0), (599, 9000.0)), ends)


def test_a_schedule_that_ends_earlier_is_not_beyond_what_comes_later() -> None:
    short = told((0, 7000.0))
    short["chargingSchedule"]["duration"] = 300
    assert not exceeds(short, FALLING)


def test_a_profile_without_a_start_begins_with_the_schedule_of_the_vehicle() -> None:
    relative = profile((0, 7000.0), (600, 4000.0))
    assert not exceeds(told((0, 7000.0), (600, 4000.0), at=LATER), relative)
    assert exceeds(told((0, 7000.0), (700, 4000.0), at=LATER), relative)


def test_k15_fr_13_after_a_schedule_beyond_it_the_profile_is_sent_once_more() -> None:
    wire = Wire(Version.V201)
    sent = {"evseId": 1, "chargingProfile": FALLING}
    message_id, _ = wire.call("SetChargingProfile", sent)
    assert wire.send(f'[3,"{message_id}",{{"status":"Accepted"}}]') == []
    answer, call = (orjson.loads(one) for one in wire.send(_schedule("a", told((0, 9000.0)))))
    assert (answer, call[2:]) == ([3, "a", {"status": "Rejected"}], ["SetChargingProfile", sent])
    assert wire.ask(_schedule("b", told((0, 4000.0)))) == [3, "b", {"status": "Accepted"}]


def test_a_profile_that_the_charger_refuses_sets_no_bound() -> None:
    wire = Wire(Version.V201)
    message_id, _ = wire.call("SetChargingProfile", {"evseId": 1, "chargingProfile": FALLING})
    wire.send(f'[3,"{message_id}",{{"status":"Rejected"}}]')
    assert wire.ask(_schedule("a", told((0, 9000.0)))) == [3, "a", {"status": "Accepted"}]


def test_c07_fr_16_one_charger_s_contracts_can_be_judged_on_their_own() -> None:
    wire = Wire(Version.V201, answers={"contract_certificate": "Accepted"})
    contract = '{"idToken":{"idToken":"DEABCC000000013","type":"eMAID"},"certificate":"-----BEGIN CERTIFICATE-----"}'
    assert wire.ask(f'[2,"a","Authorize",{contract}]')[2]["certificateStatus"] == "Accepted"
    wire.central.judge_contracts(IDENTITY, "CertificateRevoked")
    refused = {"idTokenInfo": {"status": "Invalid"}, "certificateStatus": "CertificateRevoked"}
    assert wire.ask(f'[2,"b","Authorize",{contract}]') == [3, "b", refused]


def _schedule(message_id: str, payload: dict[str, Any]) -> str:
    return orjson.dumps([2, message_id, "NotifyEVChargingSchedule", payload]).decode()
