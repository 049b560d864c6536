"""Each check of the month on frames written by hand: quiet where all is well, and able to find what it is for."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chargepoint_sim.clock import format_utc
from chargepoint_sim.csms.sessions import Session
from chargepoint_sim.protocol.frames import Version
from tests.month.checks import books, draw
from tests.month.checks.books import Metered
from tests.month.checks.draw import Drawing, hardware
from tests.month.checks.profiles import Installed, clearing_in_words_of_16, in_words_of_16
from tests.month.checks.statuses import LegalChargingStates, LegalStatuses16, LegalStatuses201
from tests.month.checks.transactions import RegistersNeverFall, Sequence16, Sequence201
from tests.month.checks.wire import OneMessageForAnId, OneOutstanding, SchemaValid
from tests.month.frames import CALL, CALLRESULT, Check, Frame, breaches, read

NEW_LINK = None
T0 = 1_700_049_600.0


def call(action: str, payload: dict[str, Any], message_id: str = "m1", at: float = T0, *, sent: bool = True) -> Frame:
    text = json.dumps([CALL, message_id, action, payload]).encode()
    return read(at, action, text, sent=sent)


def answer(
    action: str, payload: dict[str, Any], message_id: str = "m1", at: float = T0, *, sent: bool = False
) -> Frame:
    text = json.dumps([CALLRESULT, message_id, payload]).encode()
    return read(at, action, text, sent=sent)


def status_16(*told: str) -> list[Frame | None]:
    return [
        call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": one}, f"s{n}")
        for n, one in enumerate(told)
    ]


def status_201(*told: str) -> list[Frame | None]:
    return [
        call(
            "StatusNotification",
            {"evseId": 1, "connectorId": 1, "connectorStatus": one, "timestamp": format_utc(T0)},
            f"s{n}",
        )
        for n, one in enumerate(told)
    ]


def event(
    seq_no: int, phase: str = "Updated", state: str = "Charging", register_wh: float | None = None, **how: Any
) -> Frame:
    stamp = format_utc(T0 + how.pop("second", seq_no))
    payload: dict[str, Any] = {
        "eventType": phase,
        "timestamp": stamp,
        "triggerReason": "Trigger",
        "seqNo": seq_no,
        "transactionInfo": {"transactionId": how.pop("transaction", "t1"), "chargingState": state},
        "evse": {"id": 1, "connectorId": 1},
    }
    if register_wh is not None:
        payload["meterValue"] = [{"timestamp": stamp, "sampledValue": [{"value": register_wh}]}]
    return call("TransactionEvent", payload, how.pop("message_id", f"e{seq_no}"), **how)


def start(second: int = 0, message_id: str = "b1", meter: int = 100) -> Frame:
    payload = {"connectorId": 1, "idTag": "TAG", "meterStart": meter, "timestamp": format_utc(T0 + second)}
    return call("StartTransaction", payload, message_id)


def given(transaction_id: int, message_id: str = "b1") -> Frame:
    payload = {"transactionId": transaction_id, "idTagInfo": {"status": "Accepted"}}
    return answer("StartTransaction", payload, message_id)


def stop(transaction_id: int, message_id: str = "z1") -> Frame:
    payload = {"transactionId": transaction_id, "meterStop": 200, "timestamp": format_utc(T0 + 99)}
    return call("StopTransaction", payload, message_id)


def reading(second: int, register_wh: float, message_id: str = "m1") -> Frame:
    element = {"timestamp": format_utc(T0 + second), "sampledValue": [{"value": str(register_wh)}]}
    return call("MeterValues", {"connectorId": 1, "transactionId": 7, "meterValue": [element]}, message_id)


def profile(limit: float = 16.0, **fields: Any) -> dict[str, Any]:
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Recurring",
        "recurrencyKind": "Daily",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "startSchedule": format_utc(T0),
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}, {"startPeriod": 3600, "limit": 32.0}],
        },
        **fields,
    }


BEAT, BEAT_2 = call("Heartbeat", {}, "h1"), call("Heartbeat", {}, "h2", T0 + 1)
BEATEN = answer("Heartbeat", {"currentTime": format_utc(T0)}, "h1")

GOOD: list[tuple[Callable[[], Check], list[Frame | None]]] = [
    (lambda: SchemaValid(Version.V16), [BEAT, BEATEN, call("ClearCache", {}, sent=False)]),
    (lambda: OneOutstanding(30), [BEAT, BEATEN, BEAT_2, call("ClearCache", {}, sent=False)]),
    (lambda: OneOutstanding(30), [BEAT, NEW_LINK, BEAT_2]),
    (lambda: OneOutstanding(30), [BEAT, call("Heartbeat", {}, "h3", T0 + 30)]),
    (OneMessageForAnId, [BEAT, NEW_LINK, BEAT, BEAT_2]),
    (LegalStatuses16, status_16("Available", "Preparing", "Preparing", "Charging", "Finishing", "Available")),
    (LegalStatuses16, [*status_16("Reserved"), NEW_LINK, *status_16("Charging")]),
    (LegalStatuses201, status_201("Available", "Occupied", "Available", "Reserved", "Faulted", "Unavailable")),
    (LegalStatuses201, [*status_201("Occupied"), NEW_LINK, *status_201("Occupied")]),
    (
        LegalStatuses201,
        [
            *status_201("Occupied"),
            call("TriggerMessage", {"requestedMessage": "StatusNotification"}, "t", sent=False),
            *status_201("Occupied"),
        ],
    ),
    (LegalChargingStates, [event(0, state="Idle"), event(1, state="EVConnected"), event(2), event(3, state="Idle")]),
    (Sequence201, [event(0, "Started"), event(1), event(1), event(2, "Ended"), event(0, "Started", transaction="t2")]),
    (Sequence16, [start(), start(), given(7), reading(5, 150), stop(7), stop(7), start(100, "b2"), given(8, "b2")]),
    (RegistersNeverFall, [start(meter=100), reading(10, 110), reading(5, 105), reading(20, 110)]),
    (RegistersNeverFall, [event(0, "Started", register_wh=10), event(1), event(2, register_wh=11)]),
]

BAD: list[tuple[Callable[[], Check], list[Frame | None], str]] = [
    (lambda: SchemaValid(Version.V16), [call("Heartbeat", {"x": 1})], "Heartbeat: payload"),
    (lambda: SchemaValid(Version.V16), [call("Heartbeet", {})], "no such action"),
    (lambda: SchemaValid(Version.V16), [answer("Heartbeat", {})], "currentTime"),
    (lambda: OneOutstanding(30), [BEAT, BEAT_2], "while Heartbeat"),
    (
        lambda: OneOutstanding(30),
        [call("ClearCache", {}, "c1", sent=False), call("ClearCache", {}, "c2", sent=False)],
        "while ClearCache",
    ),
    (OneMessageForAnId, [BEAT, call("Authorize", {"idTag": "T"}, "h1")], "the id of another"),
    (LegalStatuses16, status_16("Reserved", "Charging"), "Reserved -> Charging"),
    (LegalStatuses16, status_16("Unavailable", "Finishing"), "Unavailable -> Finishing"),
    (
        LegalStatuses16,
        [call("StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Charging"})],
        "connector 0",
    ),
    (LegalStatuses201, status_201("Available", "Available"), "Available -> Available"),
    (LegalChargingStates, [event(0, state="Idle"), event(1, state="Charging")], "Idle -> Charging"),
    (Sequence201, [event(0, "Started"), event(2)], "seqNo 2 where 1"),
    (Sequence201, [event(1, "Started")], "seqNo 1 where 0"),
    (Sequence201, [event(0)], "Updated as event 0"),
    (Sequence201, [event(0, "Started"), event(0, "Started", message_id="again")], "seqNo 0 where 1"),
    (Sequence201, [event(0, "Started"), event(1, "Ended"), event(2)], "after its end"),
    (Sequence201, [event(0, "Started"), event(1, second=-5)], " after "),
    (Sequence16, [start(), given(7), start(message_id="b2")], "started twice"),
    (Sequence16, [stop(7)], "never started"),
    (Sequence16, [start(), given(7), stop(7), stop(7, "z2")], "stopped twice"),
    (Sequence16, [start(), given(7), stop(7), reading(100, 300)], "after its end"),
    (RegistersNeverFall, [reading(10, 110), reading(20, 109)], "109 Wh"),
    (RegistersNeverFall, [reading(10, 110), reading(5, 111)], "111 Wh"),
    (RegistersNeverFall, [event(0, "Started", register_wh=10), event(1, register_wh=9)], "9 Wh"),
]


@pytest.mark.parametrize(("check", "frames"), GOOD)
def test_a_check_is_quiet_where_all_is_well(check: Callable[[], Check], frames: list[Frame | None]) -> None:
    assert breaches(check(), frames) == []


@pytest.mark.parametrize(("check", "frames", "words"), BAD)
def test_a_check_finds_what_it_is_for(check: Callable[[], Check], frames: list[Frame | None], words: str) -> None:
    found = breaches(check(), frames)
    assert any(words in one for one in found), found


# Books against meters

TRUE = Metered("t1", 1, T0, 0.2, 5000.9)


def booked(**changes: Any) -> Session:
    fields = {"started_at": T0, "meter_start_wh": 0.0, "stopped_at": T0 + 9, "meter_stop_wh": 5000.0}
    return Session("c1", **({"transaction_id": "7", "evse_id": 1} | fields | changes))


@pytest.mark.parametrize(
    ("sessions", "words"),
    [
        ([], "booked 0 times"),
        ([booked(), booked()], "booked 2 times"),
        ([booked(), booked(started_at=T0 + 50)], "never metered"),
        ([booked(stopped_at=None)], "open at the central system"),
        ([booked(meter_stop_wh=4999.0)], "5000.7 Wh metered, 4999.0 Wh booked"),
        ([booked(missing_seq_nos={4})], "seqNo [4] never arrived"),
        ([booked(oddities=["meterStop is below meterStart"])], "below"),
    ],
)
def test_books_are_held_against_meters(sessions: list[Session], words: str) -> None:
    registers_wh = {1: 5000.9, 2: 0.0}
    assert list(books.compare([TRUE], [booked()], registers_wh, own_ids=False)) == []
    found = list(books.compare([TRUE], sessions, registers_wh, own_ids=False))
    assert any(words in one for one in found), found


def test_a_running_transaction_counts_and_energy_that_no_session_has_is_found() -> None:
    running = Metered("t2", 1, T0 + 60, 5000.9)
    sessions = [booked(), booked(started_at=T0 + 60, stopped_at=None, meter_start_wh=5000.0, meter_stop_wh=None)]
    assert list(books.compare([TRUE, running], sessions, {1: 5030.9}, own_ids=False)) == []
    (found,) = books.compare([TRUE], sessions[:1], {1: 5030.9}, own_ids=False)
    assert "sessions of 5000.0 Wh, register 5030.9 Wh" in found


def test_2_0_1_transactions_are_known_by_the_chargers_own_ids() -> None:
    assert list(books.compare([TRUE], [booked(transaction_id="t1")], {1: 5000.9}, own_ids=True)) == []
    found = list(books.compare([TRUE], [booked(transaction_id="t2")], {1: 5000.9}, own_ids=True))
    assert any("booked 0 times" in one for one in found)
    assert any("never metered" in one for one in found)


# Draw against limits

AC = hardware(22080.0, 32.0, 3, None, ac=True)
DC = hardware(50000.0, 160.0, 3, 60000.0, ac=False)


@pytest.mark.parametrize(
    ("power_w", "second", "installed", "external_w", "words"),
    [
        (22080.0, 0, [], {}, None),
        (22090.0, 0, [], {}, "of 22080.0 W"),
        (11040.0, 1800, [(0, profile())], {}, None),
        (11050.0, 1800, [(0, profile())], {}, "no profile allows"),
        (22080.0, 3601, [(0, profile())], {}, None),
        (22080.0, 3600 + 86400 * 20, [(0, profile())], {}, None),
        (11050.0, 1800 + 86400 * 20, [(0, profile())], {}, "no profile allows"),
        (5000.0, 0, [], {1: 5000.0}, None),
        (5001.0, 0, [], {1: 5000.0}, "of 5000.0 W"),
        (4000.0, 1800, [(0, profile(5.0))], {}, "no profile allows"),
    ],
)
def test_draws_are_held_against_limits(
    power_w: float, second: float, installed: Any, external_w: dict[int, float], words: str | None
) -> None:
    found = list(draw.exceeded(AC, installed, external_w, [Drawing(1, power_w, T0)], T0 + second))
    assert len(found) == (words is not None)
    assert words is None or words in found[0]


def test_what_all_evses_share_is_bound_too() -> None:
    two = [Drawing(1, 35000.0, T0), Drawing(2, 35000.0, T0)]
    (found,) = draw.exceeded(DC, [], {}, two, T0)
    assert "all EVSEs draw 70000.0 W of 60000.0 W" in found
    station = profile(chargingProfilePurpose="ChargePointMaxProfile")
    station["chargingSchedule"] = {**station["chargingSchedule"], "chargingRateUnit": "W"}
    station["chargingSchedule"]["chargingSchedulePeriod"] = [{"startPeriod": 0, "limit": 30000.0}]
    shared = [Drawing(1, 20000.0, T0), Drawing(2, 20000.0, T0)]
    (found,) = draw.exceeded(DC, [(0, station)], {}, shared, T0 + 60)
    assert "station maximum" in found


def setting(number: str, connector_id: int, **fields: Any) -> list[Frame]:
    request = {"connectorId": connector_id, "csChargingProfiles": profile(**fields)}
    return [
        call("SetChargingProfile", request, number, sent=False),
        answer("SetChargingProfile", {"status": "Accepted"}, number, sent=True),
    ]


def held(*frames: Frame) -> list[tuple[int, int]]:
    """(connector, id) of the profiles that remain."""
    installed = Installed()
    for frame in frames:
        installed.see(frame)
    return [(place, one["chargingProfileId"]) for place, one in installed.profiles]


def test_profiles_are_known_from_frames() -> None:
    first, second = setting("1", 0), setting("2", 1, chargingProfileId=2)
    refused = [setting("3", 1, chargingProfileId=3)[0], answer("", {"status": "Rejected"}, "3", sent=True)]
    assert held(*first, *second, *refused) == [(0, 1), (1, 2)]
    same_id, same_level = setting("4", 1), setting("5", 0, chargingProfileId=5)
    assert held(*first, *same_id) == [(1, 1)]
    assert held(*first, *same_level) == [(0, 5)]
    clear = [call("ClearChargingProfile", {"connectorId": 1}, "6", sent=False), answer("", {"status": "Accepted"}, "6")]
    done = answer("ClearChargingProfile", {"status": "Accepted"}, "6", sent=True)
    assert held(*first, *second, clear[0], done) == [(0, 1)]


def test_a_tx_profile_ends_with_its_transaction() -> None:
    installed = Installed()
    for frame in (*setting("1", 1), *setting("2", 1, chargingProfileId=2, chargingProfilePurpose="TxProfile")):
        installed.see(frame)
    installed.transaction_ended(2)
    assert len(installed.profiles) == 2
    installed.transaction_ended(1)
    assert [one["chargingProfileId"] for _, one in installed.profiles] == [1]


def test_2_0_1_profiles_are_put_into_the_words_of_1_6() -> None:
    schedule = profile()["chargingSchedule"]
    given_201 = {
        "id": 9,
        "stackLevel": 1,
        "chargingProfilePurpose": "ChargingStationMaxProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [{"id": 9, **schedule}],
    }
    found = in_words_of_16(given_201)
    assert (found["chargingProfileId"], found["chargingProfilePurpose"]) == (9, "ChargePointMaxProfile")
    assert found["chargingSchedule"]["chargingSchedulePeriod"] == schedule["chargingSchedulePeriod"]
    criteria = {"chargingProfilePurpose": "ChargingStationMaxProfile", "evseId": 0}
    assert clearing_in_words_of_16({"chargingProfileCriteria": criteria}) == {
        "connectorId": 0,
        "chargingProfilePurpose": "ChargePointMaxProfile",
    }
    assert clearing_in_words_of_16({"chargingProfileId": 4}) == {"id": 4}
