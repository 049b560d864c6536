"""Block K, charging profiles of the central system: cases 01 to 47 and 60, in A and, where it matters, in W."""

from typing import Any

import pytest

from tests.acceptance_v201.bench import EVSE_ID, StationUnderTest
from tests.acceptance_v201.profiles import (
    DEVIATION_S,
    ID,
    LOCAL_LIMIT,
    OTHER_ID,
    UNITS,
    Profile,
    absolute,
    clear,
    composite,
    in_unit,
    install,
    instant,
    no_profiles,
    of_station,
    rejected,
    relative,
    reported,
    scaled,
    with_two,
)


@UNITS
def test_tc_k_01_cs(unit: str) -> None:
    """Set Charging Profile - TxDefaultProfile - Specific EVSE.

    Precondition: none.
    Requirements: K01.FR.07, K01.FR.15
    Validates: the profile is accepted, and reported at its EVSE as it was sent.
    """
    station = StationUnderTest.in_state_booted()
    profile = install(station, absolute(station, (0, 6), unit=unit, duration=3600))
    assert reported(station, chargingProfileId=[ID]) == {EVSE_ID: [profile]}


def test_tc_k_02_cs() -> None:
    """Set Charging Profile - TxProfile without ongoing transaction on the specified EVSE.

    Precondition: no transaction.
    Requirements: K01.FR.04, K01.FR.07, K01.FR.09
    Validates: the profile is rejected and not kept.
    """
    station = StationUnderTest.in_state_booted()
    profile = relative(station, (0, 6), chargingProfilePurpose="TxProfile", transactionId="UNKNOWN-TRANSACTION-ID")
    rejected(station, profile)


@UNITS
def test_tc_k_03_cs(unit: str) -> None:
    """Set Charging Profile - ChargingStationMaxProfile.

    Precondition: none.
    Requirements: K01.FR.38, K04.FR.03
    Validates: the profile is accepted, and reported at EVSE 0 as it was sent.
    """
    station = StationUnderTest.in_state_booted()
    profile = install(station, of_station(station, unit=unit, duration=3600), 0)
    assert reported(station, chargingProfileId=[ID]) == {0: [profile]}


@UNITS
def test_tc_k_04_cs(unit: str) -> None:
    """Replace charging profile - With chargingProfileId.

    Precondition: a TxDefaultProfile with the id and a limit of 6 A or 6000 W.
    Requirements: K01.FR.05
    Validates: the profile with the same id and 10 A or 10000 W is accepted and the only one that is reported.
    """
    station = StationUnderTest.in_state_booted()
    install(station, absolute(station, (0, 6), unit=unit))
    profile = install(station, absolute(station, (0, 10), unit=unit))
    assert reported(station, chargingProfileId=[ID]) == {EVSE_ID: [profile]}


def test_tc_k_05_cs() -> None:
    """Clear Charging Profile - With chargingProfileId.

    Precondition: a profile with the id.
    Requirements: K10.FR.03
    Validates: the profile is cleared and not reported any more.
    """
    station = StationUnderTest.in_state_booted()
    install(station, absolute(station, (0, 6)))
    assert clear(station, chargingProfileId=ID) == "Accepted"
    assert no_profiles(station, chargingProfileId=[ID])


def test_tc_k_06_cs() -> None:
    """Clear Charging Profile - With stackLevel/purpose combination for one profile.

    Precondition: a profile of that purpose and stack level; energy flows.
    Requirements: K10.FR.04
    Validates: the profile is cleared and not reported any more.
    """
    station = StationUnderTest.in_state_booted()
    install(station, absolute(station, (0, 6), stackLevel=2))
    station.energy_transfer_started()
    wanted = {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 2}
    assert clear(station, chargingProfileCriteria=wanted) == "Accepted"
    assert no_profiles(station, **wanted)


def test_tc_k_07_cs() -> None:
    """Clear Charging Profile - With unknown stackLevel/purpose combination.

    Precondition: a TxDefaultProfile of stack level 1.
    Requirements: K10.FR.01
    Validates: another combination is Unknown, and the profile stays.
    """
    station = StationUnderTest.in_state_booted()
    profile = install(station, absolute(station, (0, 6), stackLevel=1))
    wanted = {"chargingProfilePurpose": "ChargingStationMaxProfile", "stackLevel": 0}
    assert clear(station, chargingProfileCriteria=wanted) == "Unknown"
    assert reported(station) == {EVSE_ID: [profile]}


def test_tc_k_08_cs() -> None:
    """Clear Charging Profile - Without previous charging profile.

    Precondition: no profile.
    Requirements: K10.FR.01
    Validates: the answer is Unknown.
    """
    assert clear(StationUnderTest.in_state_booted(), chargingProfileId=ID) == "Unknown"


@UNITS
def test_tc_k_09_cs(unit: str) -> None:
    """Clear Charging Profile - Clearing a TxDefaultProfile - With ongoing transaction.

    Precondition: LimitChangeSignificance is 1; a TxDefaultProfile of 6 A or 6000 W; energy flows.
    Requirements: K10.FR.07
    Validates: the composite schedule starts with that limit, and without it once the profile is cleared.
    """
    station = StationUnderTest.in_state_booted(settings={"SmartChargingCtrlr.LimitChangeSignificance": "1.0"})
    validity = {
        "validFrom": instant(station, -DEVIATION_S),
        "validTo": instant(station, DEVIATION_S + 401),
        "duration": 400 + DEVIATION_S,
    }
    install(station, absolute(station, (0, 6), unit=unit, **validity))
    station.energy_transfer_started()
    assert composite(station, 300, unit) == in_unit(unit, (0, 6))
    assert clear(station, chargingProfileCriteria={"chargingProfilePurpose": "TxDefaultProfile"}) == "Accepted"
    assert composite(station, 300, unit) == [(0, LOCAL_LIMIT[unit])]


@UNITS
def test_tc_k_10_cs(unit: str) -> None:
    """Set Charging Profile - TxDefaultProfile - All EVSE.

    Precondition: none.
    Requirements: K01.FR.07, K01.FR.14
    Validates: the profile is accepted, and reported at EVSE 0 alone, as it was sent.
    """
    station = StationUnderTest.in_state_booted()
    profile = install(station, absolute(station, (0, 6), unit=unit, duration=3600), 0)
    assert reported(station, chargingProfileId=[ID]) == {0: [profile]}


def test_tc_k_11_cs() -> None:
    """Set Charging Profile - Unable to set TxProfile on all EVSE at once.

    Precondition: none.
    Requirements: K01.FR.04, K01.FR.16
    Validates: a TxProfile for EVSE 0 is rejected and not kept.
    """
    station = StationUnderTest.in_state_booted()
    rejected(station, relative(station, (0, 6), chargingProfilePurpose="TxProfile"), 0)


def test_tc_k_12_cs() -> None:
    """Set Charging Profile - ChargerRateUnit Rejected.

    Precondition: the station takes W alone.
    Requirements: K01.FR.26
    Validates: a profile in A is rejected and not kept.
    """
    station = StationUnderTest.in_state_booted(settings={"SmartChargingCtrlr.RateUnit": "W"})
    rejected(station, absolute(station, (0, 6)))


def test_tc_k_13_cs() -> None:
    """Set Charging Profile - Persistent over reboot.

    Precondition: none.
    Requirements: K01.FR.27
    Validates: after a restart the profile is reported as it was sent.
    """
    station = StationUnderTest.in_state_booted()
    profile = install(station, absolute(station, (0, 6), duration=3600))
    station.reboot()
    assert reported(station, chargingProfileId=[ID]) == {EVSE_ID: [profile]}


def test_tc_k_14_cs() -> None:
    """Set Charging Profile - Unexisting EVSEid.

    Precondition: none.
    Requirements: K01.FR.28
    Validates: a profile for one EVSE more than there are is rejected and not kept.
    """
    station = StationUnderTest.in_state_booted()
    rejected(station, absolute(station, (0, 6)), len(station.station.evses) + 1)


def test_tc_k_16_cs() -> None:
    """Set Charging Profile - Unknown transactionId.

    Precondition: energy flows.
    Requirements: K01.FR.33
    Validates: a TxProfile for another transaction is rejected and not kept.
    """
    station = StationUnderTest.in_state_booted().energy_transfer_started()
    profile = relative(station, (0, 6), chargingProfilePurpose="TxProfile", transactionId="UNKNOWN-TRANSACTION-ID")
    rejected(station, profile)


@pytest.mark.parametrize("recurrency", ["Daily", "Weekly"])
def test_tc_k_19_cs(recurrency: str) -> None:
    """Set Charging Profile - ChargingProfileKind is Recurring.

    Precondition: none.
    Requirements: K01.FR.40
    Validates: the profile is accepted, for both kinds of recurrence, and reported as it was sent.
    """
    station = StationUnderTest.in_state_booted()
    profile = absolute(station, (0, 6), chargingProfileKind="Recurring", recurrencyKind=recurrency)
    install(station, profile)
    assert reported(station) == {EVSE_ID: [profile]}


@UNITS
def test_tc_k_21_cs(unit: str) -> None:
    """Set Charging Profile - ValidFrom.

    Precondition: none.
    Requirements: K01.FR.36
    Validates: the composite schedule follows the profile from validFrom on, 300 s later, and not before.
    """
    station = StationUnderTest.in_state_booted()
    install(station, relative(station, (0, 6), unit=unit, validFrom=instant(station, 300)))
    station.wait(7)
    assert composite(station, 400, unit) == [(0, LOCAL_LIMIT[unit]), (293, scaled(6, unit))]


@UNITS
def test_tc_k_22_cs(unit: str) -> None:
    """Set Charging Profile - ValidTo.

    Precondition: none.
    Requirements: K01.FR.37
    Validates: every EVSE follows the profile of EVSE 0 until validTo, 300 s later; the station adds them up.
    """
    station = StationUnderTest.in_state_booted()
    validity = {"validFrom": instant(station, -DEVIATION_S), "validTo": instant(station, 300)}
    install(station, absolute(station, (0, 6), unit=unit, **validity), 0)
    station.wait(7)
    evses = len(station.station.evses)
    for evse_id, count in ((0, evses), *((one, 1) for one in range(1, evses + 1))):
        expected = [(0, scaled(6, unit) * count), (293, LOCAL_LIMIT[unit] * count)]
        assert composite(station, 400, unit, evse_id) == expected


@UNITS
def test_tc_k_23_cs(unit: str) -> None:
    """Set Charging Profile - StartSchedule.

    Precondition: none.
    Requirements: K01.FR.30
    Validates: the composite schedule follows the profile from startSchedule on, not from validFrom.
    """
    station = StationUnderTest.in_state_booted()
    validity = {
        "validFrom": instant(station, 50 - DEVIATION_S),
        "validTo": instant(station, DEVIATION_S + 400),
    }
    install(station, absolute(station, (0, 6), unit=unit, since=60 - DEVIATION_S, **validity))
    station.wait(7)
    assert composite(station, 300, unit) == [(0, LOCAL_LIMIT[unit]), (43, scaled(6, unit))]


def test_tc_k_24_cs() -> None:
    """Clear Charging Profile - With stackLevel/purpose combination for multiple profiles.

    Precondition: two EVSEs, each with a profile of that purpose and stack level.
    Requirements: K10.FR.04
    Validates: both are cleared and not reported any more.
    """
    station = StationUnderTest.in_state_booted()
    for evse_id in (1, 2):
        install(station, absolute(station, (0, 6), stackLevel=1, id=ID + evse_id), evse_id)
    wanted = {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 1}
    assert clear(station, chargingProfileCriteria=wanted) == "Accepted"
    assert no_profiles(station, **wanted)


@UNITS
def test_tc_k_28_cs(unit: str) -> None:
    """Set Charging Profile - TxDefaultProfile with transaction ongoing.

    Precondition: LimitChangeSignificance is 1; energy flows.
    Requirements: K01.FR.32
    Validates: the running transaction follows the new profile: composite schedule, and power.
    """
    station = StationUnderTest.in_state_booted(settings={"SmartChargingCtrlr.LimitChangeSignificance": "1.0"})
    station.energy_transfer_started()
    validity = {
        "validFrom": instant(station, -DEVIATION_S),
        "validTo": instant(station, DEVIATION_S + 300),
        "duration": 300,
    }
    install(station, absolute(station, (0, 6), unit=unit, since=-DEVIATION_S, **validity))
    assert composite(station, 280, unit) == in_unit(unit, (0, 6))
    most_w = 6000 if unit == "W" else 6 * 690
    assert 0.9 * most_w < station.station.evses[0].meter.power_at(station.now.sim) <= most_w


def test_tc_k_29_cs() -> None:
    """Get Charging Profile - EvseId 0.

    Precondition: a ChargingStationMaxProfile, and a TxDefaultProfile on the EVSE.
    Requirements: K09.FR.02, K09.FR.05
    Validates: the profile of the station alone is reported.
    """
    station, own, _ = with_two()
    assert reported(station, 0) == {0: [own]}


def test_tc_k_30_cs() -> None:
    """Get Charging Profile - EvseId > 0.

    Precondition: a ChargingStationMaxProfile, and a TxDefaultProfile on the EVSE.
    Requirements: K09.FR.02, K09.FR.04
    Validates: the profile of the EVSE alone is reported.
    """
    station, _, of_evse = with_two()
    assert reported(station, EVSE_ID) == {EVSE_ID: [of_evse]}


def test_tc_k_31_cs() -> None:
    """Get Charging Profile - No EvseId.

    Precondition: a ChargingStationMaxProfile, and a TxDefaultProfile on the EVSE.
    Requirements: K09.FR.02, K09.FR.06
    Validates: both profiles are reported.
    """
    station, own, of_evse = with_two()
    assert reported(station) == {0: [own], EVSE_ID: [of_evse]}


def test_tc_k_32_cs() -> None:
    """Get Charging Profile - chargingProfileId.

    Precondition: a ChargingStationMaxProfile, and a TxDefaultProfile on the EVSE.
    Requirements: K09.FR.01, K09.FR.02
    Validates: the profile with the id alone is reported.
    """
    station, own, _ = with_two()
    assert reported(station, chargingProfileId=[ID]) == {0: [own]}


def test_tc_k_33_cs() -> None:
    """Get Charging Profile - EvseId > 0 + stackLevel.

    Precondition: a ChargingStationMaxProfile, and on the EVSE a TxDefaultProfile of another stack level.
    Requirements: K09.FR.02, K09.FR.04
    Validates: the profile of the EVSE with the stack level is reported; that of the station's level finds none.
    """
    station, _, of_evse = with_two(stackLevel=3)
    assert reported(station, EVSE_ID, stackLevel=3) == {EVSE_ID: [of_evse]}
    assert no_profiles(station, EVSE_ID, stackLevel=0)


def test_tc_k_34_cs() -> None:
    """Get Charging Profile - EvseId > 0 + chargingLimitSource.

    Precondition: a TxDefaultProfile on the EVSE; nothing was set by an energy management system.
    Requirements: K09.FR.02, K09.FR.04
    Validates: the profile is reported for the source CSO, none for the source EMS.
    """
    station = StationUnderTest.in_state_booted()
    profile = install(station, absolute(station, (0, 6), stackLevel=1))
    assert reported(station, EVSE_ID, chargingLimitSource=["CSO"]) == {EVSE_ID: [profile]}
    assert no_profiles(station, EVSE_ID, chargingLimitSource=["EMS"])


def test_tc_k_35_cs() -> None:
    """Get Charging Profile - EvseId > 0 + chargingProfilePurpose.

    Precondition: a ChargingStationMaxProfile, and a TxDefaultProfile on the EVSE.
    Requirements: K09.FR.02, K09.FR.04
    Validates: the profile of the EVSE with the purpose alone is reported.
    """
    station, _, of_evse = with_two()
    assert reported(station, EVSE_ID, chargingProfilePurpose="TxDefaultProfile") == {EVSE_ID: [of_evse]}


def test_tc_k_36_cs() -> None:
    """Get Charging Profile - EvseId > 0 + chargingProfilePurpose + stackLevel.

    Precondition: a ChargingStationMaxProfile and, of the same stack level, a TxDefaultProfile on the EVSE.
    Requirements: K09.FR.02, K09.FR.04
    Validates: the profile of the EVSE with purpose and stack level alone is reported.
    """
    station, _, of_evse = with_two()
    wanted = {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0}
    assert reported(station, EVSE_ID, **wanted) == {EVSE_ID: [of_evse]}


def remote_start(station: StationUnderTest, profile: Profile) -> dict[str, Any]:
    """RequestStartTransaction with a profile in EVConnectedPreSession; the event that tells the token."""
    station.ev_connected_pre_session()
    transaction_id = station.transaction_id()
    station.forget()
    request = {
        "evseId": EVSE_ID,
        "remoteStartId": 12,
        "idToken": {"idToken": "04A1B2C3D4E5F6", "type": "ISO14443"},
        "chargingProfile": profile,
    }
    assert station.answer("RequestStartTransaction", request) == {"status": "Accepted", "transactionId": transaction_id}
    station.wait(10)
    return station.transaction_events()[0]


@UNITS
def test_tc_k_37_cs(unit: str) -> None:
    """Remote start transaction with charging profile - Success.

    Precondition: the cable is in; a remote start is authorised first.
    Requirements: K05.FR.03, E01.FR.02, F01.FR.10, F01.FR.13
    Validates: the start names the running transaction, asks about the token, and the profile is reported for it.
    """
    station = StationUnderTest.in_state_booted(settings={"AuthCtrlr.AuthorizeRemoteStart": "true"})
    profile = relative(station, (0, 6), unit=unit, chargingProfilePurpose="TxProfile")
    event = remote_start(station, profile)
    assert station.payloads("Authorize") == [{"idToken": {"idToken": "04A1B2C3D4E5F6", "type": "ISO14443"}}]
    assert (event["triggerReason"], event["transactionInfo"]["remoteStartId"]) == ("RemoteStart", 12)
    assert station.status() == "Charging"
    expected = {**profile, "transactionId": station.transaction_id()}
    assert reported(station, chargingProfileId=[ID]) == {EVSE_ID: [expected]}


def test_tc_k_38_cs() -> None:
    """Remote start transaction with charging profile - Ignore chargingProfile.

    Precondition: the station has smart charging switched off; the cable is in.
    Requirements: F01.FR.12, F01.FR.13
    Validates: the transaction starts and charges beyond the limit of the profile.
    """
    station = StationUnderTest.in_state_booted(settings={"SmartChargingCtrlr.Enabled": "false"})
    event = remote_start(station, relative(station, (0, 6), chargingProfilePurpose="TxProfile"))
    assert (event["triggerReason"], event["transactionInfo"]["remoteStartId"]) == ("RemoteStart", 12)
    assert station.status() == "Charging"
    assert station.station.evses[0].meter.power_at(station.now.sim) > 6 * 690


@UNITS
def test_tc_k_39_cs(unit: str) -> None:
    """Get Composite Schedule - No ChargingProfile installed on Charging Station.

    Precondition: no profile.
    Requirements: K08.FR.02, K08.FR.03, K08.FR.06
    Validates: the schedule of the station has one period, the sum of what the EVSEs are built for.
    """
    station = StationUnderTest.in_state_booted()
    assert composite(station, 300, unit, 0) == [(0, 2 * LOCAL_LIMIT[unit])]


@UNITS
def test_tc_k_40_cs(unit: str) -> None:
    """Get Composite Schedule - Stacking ChargingProfiles.

    Precondition: TxDefaultProfiles of the stack levels 0 and 1, the upper one for 150 s.
    Requirements: K08.FR.02, K08.FR.06
    Validates: the upper profile leads until its duration is over, then the lower one.
    """
    station = StationUnderTest.in_state_booted()
    validity = {"validFrom": instant(station, -DEVIATION_S), "validTo": instant(station, DEVIATION_S + 401)}
    lower = absolute(station, (0, 6), (100, 8), (200, 10), unit=unit, duration=400 + DEVIATION_S, **validity)
    upper = absolute(station, (0, 7), (100, 9), unit=unit, duration=150, id=OTHER_ID, stackLevel=1, **validity)
    install(station, lower)
    install(station, upper)
    station.wait(7)
    assert composite(station, 350, unit) == in_unit(unit, (0, 7), (93, 9), (143, 8), (193, 10))


@UNITS
def test_tc_k_41_cs(unit: str) -> None:
    """Get Composite Schedule - Combining chargingProfilePurposes.

    Precondition: a transaction; a ChargingStationMaxProfile, a TxDefaultProfile and a TxProfile.
    Requirements: K08.FR.02, K08.FR.04
    Validates: the TxProfile leads for its 260 s and the TxDefaultProfile after it, never above the station's maximum.
    """
    station = StationUnderTest.in_state_booted().energy_transfer_started()
    validity = {"validFrom": instant(station, -DEVIATION_S), "validTo": instant(station, DEVIATION_S + 401)}
    most = absolute(
        station, (0, 10), unit=unit, duration=86400, id=ID + 2, chargingProfilePurpose="ChargingStationMaxProfile"
    )
    default_periods = ((0, 6), (60, 10), (120, 8), (180, 15), (260, 8))
    default = absolute(station, *default_periods, unit=unit, duration=300, **validity)
    of_transaction = {"chargingProfilePurpose": "TxProfile", "transactionId": station.transaction_id(), "id": OTHER_ID}
    tx_periods = ((0, 8), (50, 11), (140, 16), (200, 6), (240, 12))
    install(station, most, 0)
    install(station, default)
    install(station, absolute(station, *tx_periods, unit=unit, duration=260, **validity, **of_transaction))
    expected = in_unit(unit, (0, 8), (50, 10), (200, 6), (240, 10), (260, 8), (300, 10))
    assert composite(station, 400, unit) == expected


def test_tc_k_42_cs() -> None:
    """Get Composite Schedule - chargingRateUnit not supported.

    Precondition: the station takes W alone.
    Requirements: K08.FR.07
    Validates: a schedule in A is rejected, and none is given.
    """
    station = StationUnderTest.in_state_booted(settings={"SmartChargingCtrlr.RateUnit": "W"})
    answer = station.answer("GetCompositeSchedule", {"evseId": 0, "duration": 300, "chargingRateUnit": "A"})
    assert (answer["status"], "schedule" in answer) == ("Rejected", False)


def test_tc_k_47_cs() -> None:
    """Get Composite Schedule - Unknown EVSEId.

    Precondition: none.
    Requirements: K08.FR.05
    Validates: a schedule of one EVSE more than there are is rejected, and none is given.
    """
    station = StationUnderTest.in_state_booted()
    asked = {"evseId": len(station.station.evses) + 1, "duration": 300, "chargingRateUnit": "A"}
    answer = station.answer("GetCompositeSchedule", asked)
    assert (answer["status"], "schedule" in answer) == ("Rejected", False)


@UNITS
def test_tc_k_60_cs(unit: str) -> None:
    """Set Charging Profile - TxProfile with ongoing transaction on the specified EVSE.

    Precondition: energy flows.
    Requirements: K01.FR.04, K01.FR.07, K01.FR.15
    Validates: the profile is accepted, and reported as it was sent.
    """
    station = StationUnderTest.in_state_booted().energy_transfer_started()
    of_transaction = {"chargingProfilePurpose": "TxProfile", "transactionId": station.transaction_id()}
    profile = install(station, relative(station, (0, 6), unit=unit, **of_transaction))
    assert reported(station, chargingProfileId=[ID]) == {EVSE_ID: [profile]}
