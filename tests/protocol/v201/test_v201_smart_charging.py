"""2.0.1 charging profiles: verdicts, what is kept and reported, and the effect on the wire (use cases K01-K10)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chargepoint_sim.core.commands import SetPowerLimit
from chargepoint_sim.core.spec import Current
from chargepoint_sim.snapshot import restore, take
from tests.protocol.harness import one_socket, two_sockets
from tests.protocol.v201.bench import Bench201

ACCEPTED = {"status": "Accepted"}
START = "2023-11-15T12:00:00.000Z"
W_PER_A = 690


def profile(*periods: tuple[int, float], profile_id: int = 1, **changes: Any) -> dict[str, Any]:
    """A TxDefaultProfile in A from noon on, with periods (start, limit)."""
    schedule = {
        "id": 5,
        "startSchedule": START,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in periods or ((0, 10),)],
    }
    schedule |= changes.pop("schedule", {})
    return {
        "id": profile_id,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [{name: value for name, value in schedule.items() if value is not None}],
    } | changes


def relative(*periods: tuple[int, float], **changes: Any) -> dict[str, Any]:
    return profile(*periods, chargingProfileKind="Relative", **({"schedule": {"startSchedule": None}} | changes))


def tx_profile(bench: Bench201, *periods: tuple[int, float], **changes: Any) -> dict[str, Any]:
    return relative(
        *periods, **({"chargingProfilePurpose": "TxProfile", "transactionId": bench.transaction_id()} | changes)
    )


def ask_to_set(bench: Bench201, given: dict[str, Any], evse_id: int = 1) -> dict[str, Any]:
    return bench.answer("SetChargingProfile", {"evseId": evse_id, "chargingProfile": given})


def put(bench: Bench201, given: dict[str, Any], evse_id: int = 1) -> None:
    assert ask_to_set(bench, given, evse_id) == ACCEPTED


def offered_w(bench: Bench201, evse_id: int = 1) -> float:
    """What the next sample of the running transaction says is offered."""
    bench.forget()
    bench.answer("TriggerMessage", {"requestedMessage": "TransactionEvent", "evse": {"id": evse_id}})
    values = bench.transaction_events()[-1]["meterValue"][0]["sampledValue"]
    return next(float(one["value"]) for one in values if one["measurand"] == "Power.Offered")


def reported(bench: Bench201, **criteria: Any) -> list[dict[str, Any]]:
    """The ReportChargingProfiles that follow a request."""
    bench.forget()
    evse_id = criteria.pop("evseId", None)
    request = {"requestId": 9, "chargingProfile": criteria} | ({} if evse_id is None else {"evseId": evse_id})
    bench.answer("GetChargingProfiles", request)
    bench.wait(1)
    return bench.payloads("ReportChargingProfiles")


@pytest.mark.shows("SetChargingProfile")
def test_k01_fr_05_07_a_profile_acts_at_once_and_one_with_its_id_takes_its_place() -> None:
    bench = Bench201.charging()
    put(bench, profile((0, 10)))
    assert offered_w(bench) == 10 * W_PER_A
    put(bench, profile((0, 12)))
    assert offered_w(bench) == 12 * W_PER_A
    assert len(reported(bench, chargingProfileId=[1])[0]["chargingProfile"]) == 1


@pytest.mark.parametrize(
    ("given", "evse_id", "reason"),
    [
        (profile(), 7, "UnknownEvse"),
        (profile(chargingProfilePurpose="ChargingStationExternalConstraints"), 0, "InvalidProfile"),
        (profile(schedule={"startSchedule": None}), 1, "InvalidSchedule"),
        (relative(schedule={}), 1, "InvalidSchedule"),
        (profile((5, 10)), 1, "InvalidSchedule"),
        (profile((0, 10), (60, 8), (30, 6)), 1, "InvalidSchedule"),
        (profile((0, -1)), 1, "InvalidSchedule"),
        (profile(stackLevel=99), 1, "InvalidStackLevel"),
        (profile(chargingProfileKind="Recurring"), 1, "InvalidProfile"),
        (profile(chargingProfilePurpose="ChargingStationMaxProfile"), 1, "InvalidProfile"),
        (relative(chargingProfilePurpose="ChargingStationMaxProfile"), 0, "InvalidProfile"),
        (relative(chargingProfilePurpose="TxProfile", transactionId="x"), 1, "TxNotFound"),
        (relative(chargingProfilePurpose="TxProfile", transactionId="x"), 0, "InvalidProfile"),
        (
            profile(schedule={"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8, "phaseToUse": 2}]}),
            1,
            "InvalidSchedule",
        ),
        (
            profile(
                schedule={
                    "chargingSchedulePeriod": [
                        {"startPeriod": 0, "limit": 8, "numberPhases": 1},
                        {"startPeriod": 60, "limit": 8, "numberPhases": 3},
                    ]
                }
            ),
            1,
            "InvalidSchedule",
        ),
    ],
)
def test_k01_refusals_change_nothing(given: dict[str, Any], evse_id: int, reason: str) -> None:
    bench = Bench201.booted()
    answer = ask_to_set(bench, given, evse_id)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", reason)
    assert reported(bench) == []


def test_k01_fr_26_a_unit_that_is_not_in_use() -> None:
    bench = Bench201.booted(settings={"SmartChargingCtrlr.RateUnit": "W"})
    assert ask_to_set(bench, profile())["statusInfo"]["reasonCode"] == "UnsupportedRateUnit"
    assert bench.answer("GetCompositeSchedule", {"evseId": 1, "duration": 60, "chargingRateUnit": "A"})[
        "statusInfo"
    ] == {"reasonCode": "UnsupportedRateUnit"}


def test_k01_fr_29_switched_off_it_is_not_supported() -> None:
    bench = Bench201.booted(settings={"SmartChargingCtrlr.Enabled": "false"})
    requests = {
        "SetChargingProfile": {"evseId": 1, "chargingProfile": profile()},
        "ClearChargingProfile": {"chargingProfileId": 1},
        "GetChargingProfiles": {"requestId": 1, "chargingProfile": {}},
        "GetCompositeSchedule": {"evseId": 1, "duration": 60},
    }
    assert {bench.error(action, request) for action, request in requests.items()} == {"NotSupported"}


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        ((profile(), 1), (profile(profile_id=2), 1), True),
        ((profile(), 0), (profile(profile_id=2), 1), True),
        ((profile(), 1), (profile(profile_id=2), 0), True),
        ((profile(), 1), (profile(profile_id=2), 2), False),
        ((profile(), 1), (profile(profile_id=2, stackLevel=1), 1), False),
        (
            (profile(validTo="2023-11-16T00:00:00Z"), 1),
            (profile(profile_id=2, validFrom="2023-11-16T00:00:00Z"), 1),
            False,
        ),
        (
            (profile(validTo="2023-11-16T00:00:01Z"), 1),
            (profile(profile_id=2, validFrom="2023-11-16T00:00:00Z"), 1),
            True,
        ),
    ],
)
def test_k01_fr_06_52_53_duplicates(
    first: tuple[dict[str, Any], int], second: tuple[dict[str, Any], int], refused: bool
) -> None:
    bench = Bench201.booted()
    put(bench, *first)
    answer = ask_to_set(bench, *second)
    assert (answer.get("statusInfo", {}).get("reasonCode") == "DuplicateProfile") is refused
    assert sum(len(report["chargingProfile"]) for report in reported(bench)) == (1 if refused else 2)


def test_k01_fr_39_a_transaction_has_one_profile_per_stack_level() -> None:
    bench = Bench201.charging()
    put(bench, tx_profile(bench, (0, 10)))
    answer = ask_to_set(bench, tx_profile(bench, (0, 8), profile_id=2))
    assert answer["statusInfo"]["reasonCode"] == "DuplicateProfile"
    put(bench, tx_profile(bench, (0, 8), profile_id=2, stackLevel=1))
    assert offered_w(bench) == 8 * W_PER_A


def test_k01_fr_03_09_33_a_tx_profile_names_its_transaction_and_ends_with_it() -> None:
    bench = Bench201.charging()
    unnamed = tx_profile(bench)
    del unnamed["transactionId"]
    assert ask_to_set(bench, unnamed)["statusInfo"]["reasonCode"] == "MissingParam"
    assert ask_to_set(bench, tx_profile(bench, transactionId="other"))["statusInfo"]["reasonCode"] == "UnknownTxId"
    put(bench, tx_profile(bench, (0, 0)))
    assert bench.status() == "SuspendedEVSE"
    bench.swipe().unplug().wait(5)
    assert reported(bench) == []


def test_k01_fr_46_a_phase_that_the_evse_uses_anyway() -> None:
    evse = replace(one_socket().evses[0], phases=1, max_power_w=7360.0)
    bench = Bench201.booted(spec=two_sockets(evses=(evse,)))
    period = {"startPeriod": 0, "limit": 8.1, "numberPhases": 1, "phaseToUse": 1}
    put(bench, profile(schedule={"chargingSchedulePeriod": [period]}))
    assert reported(bench)[0]["chargingProfile"][0]["chargingSchedule"][0]["chargingSchedulePeriod"] == [period]


def test_k01_fr_27_k09_what_was_set_is_reported_as_it_was_also_after_a_restart() -> None:
    bench = Bench201.booted()
    given = profile(
        (0, 16),
        (3600, 8.1),
        stackLevel=3,
        chargingProfileKind="Recurring",
        recurrencyKind="Daily",
        validFrom=START,
        validTo="2024-11-15T12:00:00.000Z",
        schedule={"duration": 7200, "minChargingRate": 6.5},
    )
    put(bench, given, 2)
    restarted = Bench201()
    restore(restarted.charger, take(bench.charger, bench.now.sim))
    restarted.power_up()
    for station in (bench, restarted):
        assert reported(station, stackLevel=3) == [
            {"requestId": 9, "chargingLimitSource": "CSO", "evseId": 2, "chargingProfile": [given]}
        ]


@pytest.mark.shows("GetChargingProfiles")
def test_k09_one_message_for_each_place_and_source() -> None:
    bench = Bench201.booted()
    put(bench, profile(), 0)
    put(bench, profile(profile_id=2, stackLevel=1), 1)
    put(bench, profile(profile_id=3, stackLevel=2), 1)
    assert bench.command(SetPowerLimit(1, power_w=5000)).accepted
    reports = reported(bench)
    assert [(one["evseId"], one["chargingLimitSource"], len(one["chargingProfile"])) for one in reports] == [
        (0, "CSO", 1),
        (1, "CSO", 2),
        (1, "EMS", 1),
    ]
    assert [one.get("tbc", False) for one in reports] == [True, True, False]


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"evseId": 0}, [1]),
        ({"evseId": 1}, [2, 3]),
        ({"evseId": 1, "stackLevel": 1}, [2]),
        ({"chargingProfilePurpose": "ChargingStationMaxProfile"}, [1]),
        ({"chargingProfileId": [1, 3]}, [1, 3]),
        ({"chargingLimitSource": ["CSO"], "stackLevel": 2}, [3]),
        ({"chargingLimitSource": ["EMS"]}, []),
        ({"evseId": 2}, []),
    ],
)
def test_k09_fr_04_05_06_criteria(criteria: dict[str, Any], found: list[int]) -> None:
    bench = Bench201.booted()
    put(bench, profile(chargingProfilePurpose="ChargingStationMaxProfile"), 0)
    put(bench, profile(profile_id=2, stackLevel=1), 1)
    put(bench, profile(profile_id=3, stackLevel=2), 1)
    assert [one["id"] for report in reported(bench, **criteria) for one in report["chargingProfile"]] == found


@pytest.mark.parametrize(
    ("request_", "left"),
    [
        ({"chargingProfileId": 2}, [1, 3]),
        ({"chargingProfileId": 8}, [1, 2, 3]),
        ({"chargingProfileCriteria": {"evseId": 1}}, [1]),
        ({"chargingProfileCriteria": {"stackLevel": 2}}, [1, 2]),
        ({"chargingProfileCriteria": {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 1}}, [1, 3]),
        ({"chargingProfileCriteria": {"chargingProfilePurpose": "ChargingStationExternalConstraints"}}, [1, 2, 3]),
        ({}, []),
    ],
)
def test_k10_clear(request_: dict[str, Any], left: list[int]) -> None:
    bench = Bench201.booted()
    put(bench, profile(chargingProfilePurpose="ChargingStationMaxProfile"), 0)
    put(bench, profile(profile_id=2, stackLevel=1), 1)
    put(bench, profile(profile_id=3, stackLevel=2), 1)
    assert bench.command(SetPowerLimit(2, power_w=5000)).accepted
    status = bench.answer("ClearChargingProfile", request_)["status"]
    assert status == ("Unknown" if left == [1, 2, 3] else "Accepted")
    assert [
        one["id"] for report in reported(bench, chargingLimitSource=["CSO"]) for one in report["chargingProfile"]
    ] == left
    assert len(reported(bench, chargingLimitSource=["EMS"])) == 1, "external limits stay (K10.FR.04, .08, .09)"


@pytest.mark.shows("ClearChargingProfile")
def test_k10_fr_05_07_clearing_lets_a_transaction_go_on_without_it() -> None:
    bench = Bench201.charging()
    put(bench, profile((0, 8)))
    assert offered_w(bench) == 8 * W_PER_A
    bench.answer("ClearChargingProfile", {"chargingProfileId": 1})
    assert offered_w(bench) == 32 * W_PER_A


def test_k05_fr_03_a_profile_comes_with_a_remote_start() -> None:
    bench = Bench201.booted()
    start = {"evseId": 1, "remoteStartId": 1, "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}
    given = relative((0, 7), chargingProfilePurpose="TxProfile")
    assert bench.answer("RequestStartTransaction", start | {"chargingProfile": given}) == ACCEPTED
    bench.plug().wait(10)
    assert offered_w(bench) == 7 * W_PER_A
    assert reported(bench)[0]["chargingProfile"][0]["transactionId"] == bench.transaction_id()


@pytest.mark.parametrize(
    "given",
    [
        relative(),
        relative(chargingProfilePurpose="TxProfile", transactionId="x"),
        relative((3, 7), chargingProfilePurpose="TxProfile"),
    ],
)
def test_k05_fr_02_05_a_remote_start_with_an_unfit_profile_is_rejected(given: dict[str, Any]) -> None:
    bench = Bench201.booted()
    start = {"evseId": 1, "remoteStartId": 1, "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}
    assert bench.answer("RequestStartTransaction", start | {"chargingProfile": given})["status"] == "Rejected"
    bench.plug().wait(10)
    assert not any(event.get("idToken") for event in bench.transaction_events())


def test_k05_fr_03_the_profile_of_a_remote_start_survives_a_restart_before_the_transaction() -> None:
    settings = {"TxCtrlr.TxStartPoint": "PowerPathClosed"}
    bench = Bench201.booted(settings=settings)
    start = {"evseId": 1, "remoteStartId": 1, "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}
    given = relative((0, 7), chargingProfilePurpose="TxProfile")
    assert bench.answer("RequestStartTransaction", start | {"chargingProfile": given}) == ACCEPTED
    restarted = Bench201(settings=settings)
    restore(restarted.charger, take(bench.charger, bench.now.sim))
    restarted.power_up().wait(10)
    restarted.plug().wait(10)
    assert offered_w(restarted) == 7 * W_PER_A
    assert reported(restarted)[0]["chargingProfile"][0]["transactionId"] == restarted.transaction_id()


def test_k05_fr_04_without_smart_charging_the_profile_is_ignored() -> None:
    bench = Bench201.booted(settings={"SmartChargingCtrlr.Enabled": "false"})
    start = {"evseId": 1, "remoteStartId": 1, "idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}
    assert bench.answer("RequestStartTransaction", start | {"chargingProfile": relative((0, 1))}) == ACCEPTED
    bench.plug().wait(10)
    assert bench.status() == "Charging"


def test_k08_a_composite_schedule_on_the_wire() -> None:
    bench = Bench201.booted()
    put(bench, profile((0, 8.1), (1800, 16), schedule={"duration": 3600}))
    assert bench.answer("GetCompositeSchedule", {"evseId": 1, "duration": 7200, "chargingRateUnit": "A"}) == {
        "status": "Accepted",
        "schedule": {
            "evseId": 1,
            "duration": 7200,
            "scheduleStart": START,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 8.1, "numberPhases": 3},
                {"startPeriod": 1800, "limit": 16.0, "numberPhases": 3},
                {"startPeriod": 3600, "limit": 32.0, "numberPhases": 3},
            ],
        },
    }


def test_k08_fr_03_the_whole_station() -> None:
    bench = Bench201.booted()
    put(bench, profile((0, 20), chargingProfilePurpose="ChargingStationMaxProfile"), 0)
    answer = bench.answer("GetCompositeSchedule", {"evseId": 0, "duration": 60, "chargingRateUnit": "W"})
    assert answer["schedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 20.0 * W_PER_A, "numberPhases": 3}
    ]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [({"evseId": 7, "duration": 60}, "UnknownEvse"), ({"evseId": 1, "duration": 0}, "InvalidValue")],
)
def test_k08_fr_05_refusals(request_: dict[str, Any], reason: str) -> None:
    assert Bench201.booted().answer("GetCompositeSchedule", request_)["statusInfo"]["reasonCode"] == reason


def test_k06_a_tx_profile_goes_on_offline() -> None:
    bench = Bench201.charging()
    put(bench, tx_profile(bench, (0, 16), (600, 8)))
    bench.cut().wait(900)
    assert bench.station.evses[0].meter.power_at(bench.now.sim) <= 8 * W_PER_A
    assert not bench.charger.link_is_up


def test_capacity_and_the_count_of_profiles_in_the_device_model() -> None:
    bench = Bench201.booted(settings={"SmartChargingCtrlr.Entries[ChargingProfiles]": "1"})
    put(bench, profile())
    answer = ask_to_set(bench, profile(profile_id=2, stackLevel=1))
    assert answer["statusInfo"]["reasonCode"] == "OutOfStorage"
    asked = {
        "component": {"name": "SmartChargingCtrlr"},
        "variable": {"name": "Entries", "instance": "ChargingProfiles"},
    }
    found = bench.answer("GetVariables", {"getVariableData": [asked]})["getVariableResult"][0]
    assert found["attributeValue"] == "1"
    bench.answer("GetReport", {"requestId": 1, "componentVariable": [asked]})
    (row,) = bench.payloads("NotifyReport")[0]["reportData"]
    assert row["variableCharacteristics"]["maxLimit"] == 1


def test_dc_takes_watts_and_ignores_phases() -> None:
    evse = replace(one_socket().evses[0], current=Current.DC, max_power_w=50000.0, voltage_v=400.0, max_current_a=125.0)
    bench = Bench201.booted(spec=two_sockets(evses=(evse,)))
    period = {"startPeriod": 0, "limit": 20000, "numberPhases": 1, "phaseToUse": 2}
    put(bench, profile(schedule={"chargingRateUnit": "W", "chargingSchedulePeriod": [period]}))
    answer = bench.answer("GetCompositeSchedule", {"evseId": 1, "duration": 60})
    assert answer["schedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 20000.0}]


def test_k09_a_sales_tariff_is_reported_as_it_was_set_also_after_a_restart() -> None:
    entry = {"relativeTimeInterval": {"start": 0, "duration": 3600}, "ePriceLevel": 1}
    tariff = {"id": 1, "numEPriceLevels": 2, "salesTariffEntry": [entry]}
    given = profile()
    given["chargingSchedule"][0]["salesTariff"] = tariff
    bench = Bench201.booted()
    assert bench.answer("SetChargingProfile", {"evseId": 1, "chargingProfile": given}) == {"status": "Accepted"}
    saved = json.loads(json.dumps(take(bench.charger, bench.now.sim)))
    other = Bench201()
    restore(other.charger, saved)
    other.power_up()
    for one in (bench, other):
        one.forget()
        one.answer("GetChargingProfiles", {"requestId": 1, "chargingProfile": {}})
        (report,) = one.payloads("ReportChargingProfiles")
        assert report["chargingProfile"][0]["chargingSchedule"][0]["salesTariff"] == tariff
