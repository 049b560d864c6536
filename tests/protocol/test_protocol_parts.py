"""The small parts of the protocol layer: schemas, outbox, session, registration, back-off, registry, measurands."""

from math import inf
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargepoint_sim.core.facts import Context, Reading, Sample
from chargepoint_sim.core.settings import MEASURANDS
from chargepoint_sim.protocol.backoff import wait_s
from chargepoint_sim.protocol.frames import ErrorCode, Version
from chargepoint_sim.protocol.measurands import thinned, values, whole_wh
from chargepoint_sim.protocol.outbox import Entry, Lane, Outbox
from chargepoint_sim.protocol.registration import DEFAULT_WAIT_S, Registration, RegistrationStatus
from chargepoint_sim.protocol.registry import collect, handles, sends
from chargepoint_sim.protocol.schemas import schemas
from chargepoint_sim.protocol.session import Session
from chargepoint_sim.protocol.v16.adapter import ADAPTER

# Schemas


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"type": "Soft", "x": 1}, ErrorCode.FORMAT_VIOLATION),
        ({}, ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION),
        ({"type": 1}, ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        ({"type": "Medium"}, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    ],
)
def test_the_violated_keyword_names_the_code(payload: dict[str, Any], code: ErrorCode) -> None:
    violation = schemas(Version.V16).check_request("Reset", payload)
    assert violation is not None
    assert violation.code == code
    assert ":" in violation.description
    assert len(violation.description) <= 255


def test_a_good_payload_is_good() -> None:
    assert schemas(Version.V16).check_request("Reset", {"type": "Hard"}) is None
    assert schemas(Version.V201).check_response("Reset", {"status": "Accepted"}) is None


def test_a_limit_with_two_decimals_is_meant_as_one() -> None:
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8.14}],
        },
    }
    assert (
        schemas(Version.V16).check_request("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile})
        is None
    )


def test_both_versions_have_all_their_messages() -> None:
    assert len(schemas(Version.V16).requests) == len(schemas(Version.V16).responses) == 39
    assert len(schemas(Version.V201).requests) == len(schemas(Version.V201).responses) == 64


def test_compiled_once() -> None:
    assert schemas(Version.V16) is schemas(Version.V16)


# Outbox


def entry(outbox: Outbox, lane: Lane = Lane.TRANSACTION, **more: Any) -> Entry:
    number = outbox.number()
    one = Entry(f"m{number}", "MeterValues", {}, lane, number, **more)
    outbox.add(one)
    return one


def test_boot_goes_first_and_alone() -> None:
    outbox = Outbox()
    normal, boot = entry(outbox, Lane.NORMAL), entry(outbox, Lane.BOOT)
    assert outbox.ready(0, accepted=False, pending=False) is boot
    outbox.remove(boot)
    assert outbox.ready(0, accepted=False, pending=False) is None
    assert outbox.ready(0, accepted=True, pending=False) is normal


def test_while_pending_only_what_was_asked_for() -> None:
    outbox = Outbox()
    entry(outbox, Lane.NORMAL)
    asked = entry(outbox, Lane.NORMAL, solicited=True)
    entry(outbox)
    assert outbox.ready(0, accepted=False, pending=True) is asked


def test_the_older_head_first_but_a_backlog_last() -> None:
    outbox = Outbox()
    first, second = entry(outbox), entry(outbox, Lane.NORMAL)
    assert outbox.ready(0, accepted=True, pending=False) is first
    first.offline = True
    assert outbox.ready(0, accepted=True, pending=False) is second


def test_attempts_wait_longer_each_time() -> None:
    outbox = Outbox()
    one = entry(outbox)
    waits = []
    for sends_n in (1, 2, 3):
        one.sends = sends_n
        gone = outbox.failed(one, 1000, attempts=3, interval_s=60, reason="r")
        waits.append((gone, one.not_before))
    assert waits == [(False, 1060), (False, 1120), (True, 1120)]
    assert outbox.next_at(accepted=True) == inf
    assert [one.reason for one in outbox.given_up] == ["r"]


def test_a_message_that_waits_keeps_its_place() -> None:
    outbox = Outbox()
    one, two = entry(outbox), entry(outbox)
    one.sends = 1
    outbox.failed(one, 0, attempts=3, interval_s=60, reason="")
    assert outbox.ready(59, accepted=True, pending=False) is None
    assert outbox.next_at(accepted=True) == 60
    assert outbox.ready(60, accepted=True, pending=False) is one
    outbox.remove(one)
    assert outbox.ready(60, accepted=True, pending=False) is two


def test_a_lost_link_forgets_what_is_volatile_and_keeps_the_rest() -> None:
    outbox = Outbox()
    volatile, kept = entry(outbox, Lane.NORMAL), entry(outbox)
    entry(outbox, Lane.BOOT)
    kept.not_before = 500
    assert outbox.link_lost() == [volatile]
    assert len(outbox) == 1
    assert outbox.ready(0, accepted=True, pending=False) is kept
    assert kept.offline


@given(st.lists(st.sampled_from(["add", "sent", "failed", "lost"]), max_size=60))
def test_nothing_is_lost_and_the_order_stays(steps: list[str]) -> None:
    outbox, made, done = Outbox(), [], []
    for at, step in enumerate(steps):
        head = outbox.ready(inf, accepted=True, pending=False)
        if step == "add":
            made.append(entry(outbox))
        elif step == "lost":
            outbox.link_lost()
        elif head is not None:
            head.sends += 1
            if step == "sent":
                outbox.remove(head)
                done.append(head)
            elif outbox.failed(head, at, attempts=3, interval_s=60, reason=""):
                done.append(head)
    assert done + list(outbox.transactions or ()) == made


def test_ids_of_the_central_system() -> None:
    outbox = Outbox()
    assert outbox.csms_id("t") is None
    assert outbox.station_id("7") == "7"
    outbox.learn_id("t", 7)
    assert (outbox.csms_id("t"), outbox.station_id("7")) == (7, "t")
    outbox.forget_id("t")
    outbox.forget_id(None)
    assert outbox.csms_id("t") is None


# Session, registration, back-off


def test_a_session_takes_only_the_answer_that_it_waits_for() -> None:
    session, outbox = Session(), Outbox()
    one = entry(outbox)
    session.sent(one, 35)
    assert session.take("other") is None
    assert session.take(one.message_id) is one
    assert session.take(one.message_id) is None
    assert session.expires_at == inf


def test_a_session_never_has_two_calls_under_way() -> None:
    session, outbox = Session(), Outbox()
    session.sent(entry(outbox), 35)
    with pytest.raises(AssertionError):
        session.sent(entry(outbox), 35)


def test_a_session_keeps_its_last_answers() -> None:
    session = Session()
    for n in range(5):
        session.replied(str(n), b"%d" % n)
    assert session.reply_to("4") == b"4"
    assert session.reply_to("3") == b"3"
    assert session.reply_to("0") is None


def test_registration_forgets_at_power_up() -> None:
    registration = Registration()
    registration.answered(RegistrationStatus.ACCEPTED, 0)
    assert registration.accepted
    assert registration.interval_s == DEFAULT_WAIT_S
    registration.powered_up("RemoteReset")
    assert not registration.accepted
    assert registration.reason == "RemoteReset"


@given(st.integers(0, 100), st.floats(0, 1))
def test_back_off_lies_between_its_bounds_and_never_shrinks(attempt: int, drawn: float) -> None:
    wait = wait_s(attempt, 5, 5, 10, drawn)
    assert 5 <= wait <= 5 * 2**5 + 10
    assert wait_s(attempt + 1, 5, 5, 10, drawn) >= wait


# Registry


def test_a_message_with_two_rooms_is_a_mistake() -> None:
    rooms = []
    for name in ("left", "right"):
        room = ModuleType(name)

        @handles("Reset")
        def handler(context: Any, request: Any, now: Any) -> dict[str, Any]:
            return {}

        handler.__module__ = name
        room.handler = handler  # type: ignore[attr-defined]  # a block made for the test
        rooms.append(room)
    with pytest.raises(ValueError, match="Reset has two rooms"):
        collect(rooms)


def test_one_function_may_make_several_messages() -> None:
    room = ModuleType("room")

    @sends("A", "B")
    def make() -> None: ...

    make.__module__ = "room"
    room.make = make  # type: ignore[attr-defined]  # a block made for the test
    assert collect([room])["sends"] == {"A": "room", "B": "room"}


def test_every_1_6_message_is_handled_sent_or_unsupported_with_a_reason() -> None:
    rooms = [set(ADAPTER.handles), set(ADAPTER.sends), set(ADAPTER.unsupported)]
    both_ways = {"DataTransfer"}
    assert set().union(*rooms) == set(schemas(Version.V16).requests)
    for first in range(3):
        for second in range(first):
            assert rooms[first] & rooms[second] <= both_ways
    assert all(ADAPTER.unsupported.values())
    assert set(ADAPTER.results) | set(ADAPTER.failures) <= set(ADAPTER.sends)


# Measurands


def reading(*, dc: bool) -> Reading:
    return Reading(
        at=0,
        register_wh=1234.999999999,
        power_w=6900.04,
        offered_power_w=7000,
        offered_current_a=10.15,
        current_a=(30.004,) if dc else (10.004, 10.0, 0.0),
        voltage_v=(400.04,) if dc else (230.04, 231.0, 229.0),
        soc=0.5555 if dc else None,
        dc=dc,
    )


def test_every_measurand_that_can_be_configured_can_be_shown() -> None:
    for measurand in MEASURANDS:
        assert values(reading(dc=True), [measurand]) or values(reading(dc=False), [measurand])


def test_phases_on_ac_none_on_dc() -> None:
    ac = values(reading(dc=False), ["Current.Import", "Voltage"])
    assert [quantity.phase for quantity, _ in ac] == ["L1", "L2", "L3", "L1-N", "L2-N", "L3-N"]
    assert [one.phase for one, _ in values(reading(dc=True), ["Current.Import", "Voltage"])] == [None, None]


def test_a_split_phase_has_its_voltage_between_the_lines() -> None:
    split = reading(dc=False)._replace(split_phase=True, current_a=(40.0,), voltage_v=(240.5,))
    shown = [(one.phase, figure) for one, figure in values(split, ["Current.Import", "Voltage"])]
    assert shown == [("L1", 40.0), ("L1-L2", 240.5)]


def test_soc_is_percent_at_the_vehicle_and_absent_on_ac() -> None:
    ((soc, value),) = values(reading(dc=True), ["SoC"])
    assert (soc.unit, soc.location, value) == ("Percent", "EV", pytest.approx(55.55, abs=0.051))
    assert values(reading(dc=False), ["SoC"]) == []


@given(st.floats(0, 1e9), st.floats(0, 1e5))
def test_whole_wh_never_falls_and_never_invents(register_wh: float, more_wh: float) -> None:
    assert whole_wh(register_wh) <= whole_wh(register_wh + more_wh)
    assert whole_wh(register_wh) <= register_wh + 1e-6


@given(st.integers(2, 400), st.integers(2, 50))
def test_thinning_keeps_the_ends_and_the_order(n: int, at_most: int) -> None:
    samples = tuple(Sample(Context.SAMPLE_PERIODIC, Reading(at, 0, 0, 0, 0, (), (), None, False)) for at in range(n))
    kept = thinned(samples, at_most)
    assert len(kept) <= max(at_most, 2)
    assert (kept[0], kept[-1]) == (samples[0], samples[-1])
    assert [one.reading.at for one in kept] == sorted({one.reading.at for one in kept})
