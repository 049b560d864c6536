"""Block K with a vehicle that speaks ISO 15118: cases 53 to 58."""

from typing import Any

from chargepoint_sim.core.commands import PlugIn, RequestEnergy
from tests.acceptance_v201.bench import EVSE_ID, StationUnderTest
from tests.acceptance_v201.profiles import absolute, install

SETTINGS = {"ISO15118Ctrlr.Enabled": "true"}
NEEDS, SCHEDULE = "NotifyEVChargingNeeds", "NotifyEVChargingSchedule"


def ready_to_negotiate(needs: str, **settings: str) -> StationUnderTest:
    """Authorized by a card, then EVConnectedPreSession with the vehicle; its needs are answered like that."""
    station = StationUnderTest.in_state_booted(settings={**SETTINGS, **settings}, answers={NEEDS: {"status": needs}})
    station.authorised()
    return plugged_in(station)


def plugged_in(station: StationUnderTest) -> StationUnderTest:
    assert station.command(PlugIn(EVSE_ID, vehicle="sedan_15118", soc=0.2)).accepted
    return station


def send_profile(station: StationUnderTest, limit: float) -> None:
    of_transaction = {"chargingProfilePurpose": "TxProfile", "transactionId": station.transaction_id()}
    install(station, absolute(station, (0, limit), **of_transaction))


def told_schedule(station: StationUnderTest) -> dict[str, Any]:
    (told,) = station.payloads(SCHEDULE)
    assert told["evseId"] == EVSE_ID
    schedule: dict[str, Any] = told["chargingSchedule"]
    return schedule


def negotiated(limit: float = 6) -> StationUnderTest:
    """RequestEnergyLimits: needs, an accepted answer, a profile, the schedule of the vehicle, energy."""
    station = ready_to_negotiate("Accepted")
    (needs,) = station.payloads(NEEDS)
    assert needs["evseId"] == EVSE_ID
    assert "acChargingParameters" in needs["chargingNeeds"]
    send_profile(station, limit)
    assert all(period["limit"] <= limit for period in told_schedule(station)["chargingSchedulePeriod"])
    station.wait(10)
    assert station.story()[-1] == ("Updated", "ChargingStateChanged", "Charging")
    station.forget()
    return station


def test_tc_k_53_cs() -> None:
    """Charging with load leveling based on High Level Communication - Success.

    Precondition: authorised by a card; a vehicle that speaks ISO 15118 is plugged in.
    Requirements: K15.FR.01, K15.FR.06, K15.FR.09, K15.FR.10
    Validates: needs, a TxProfile that is accepted, the vehicle's schedule within it, and charging by it.
    """
    station = negotiated(8)
    assert 0 < station.station.evses[0].meter.power_at(station.now.sim) <= 8 * 690


def test_tc_k_54_cs() -> None:
    """Charging with load leveling based on High Level Communication - No SASchedule (rejected).

    Precondition: authorised by a card; a vehicle that speaks ISO 15118 is plugged in.
    Requirements: K15.FR.01, K17.FR.04
    Validates: needs that are rejected keep nobody from charging.
    """
    station = ready_to_negotiate("Rejected")
    assert station.payloads(NEEDS)[0]["evseId"] == EVSE_ID
    station.wait(10)
    assert station.story()[-1] == ("Updated", "ChargingStateChanged", "Charging")


def test_tc_k_56_cs() -> None:
    """Charging with load leveling based on High Level Communication - Offline.

    Precondition: a TxDefaultProfile of 6 A; authorised by a card; the link breaks before the vehicle is plugged in.
    Requirements: K15.FR.15, K17.FR.15
    Validates: it charges by the profile without asking, and the event of it is told afterwards as offline.
    """
    station = StationUnderTest.in_state_booted(settings=SETTINGS)
    install(station, absolute(station, (0, 6), duration=400))
    station.authorised().cut()
    plugged_in(station).wait(20)
    assert 0 < station.station.evses[0].meter.power_at(station.now.sim) <= 6 * 690
    station.forget().wait(70)
    station.come_back().wait(5)
    charging = [one for one in station.transaction_events() if one["triggerReason"] == "ChargingStateChanged"]
    assert [(one["offline"], one["transactionInfo"]["chargingState"]) for one in charging] == [(True, "Charging")]


def test_tc_k_57_cs() -> None:
    """Renegotiating a Charging Schedule - Initiated by EV.

    Precondition: a schedule has been negotiated, and energy flows.
    Requirements: K17.FR.01, K17.FR.06, K17.FR.09, K17.FR.10
    Validates: new needs, a profile of 15 A that is accepted, the schedule of the vehicle, the changed rate.
    """
    station = negotiated()
    assert station.command(RequestEnergy(EVSE_ID, energy_wh=30000.0)).accepted
    (needs,) = station.payloads(NEEDS)
    assert (needs["evseId"], needs["chargingNeeds"]["acChargingParameters"]["energyAmount"]) == (EVSE_ID, 30000)
    send_profile(station, 15)
    assert told_schedule(station)["chargingSchedulePeriod"][0]["limit"] == 15
    assert station.story()[-1] == ("Updated", "ChargingRateChanged", "Charging")


def test_tc_k_58_cs() -> None:
    """Renegotiating a Charging Schedule - Initiated by CSMS.

    Precondition: a schedule has been negotiated, and energy flows at more than 8 A.
    Requirements: K16.FR.01, K16.FR.02, K16.FR.05, K16.FR.09, K16.FR.11
    Validates: the profile is accepted, the vehicle answers with its schedule, and the rate falls at once.
    """
    station = negotiated(12)
    send_profile(station, 8)
    assert told_schedule(station)["chargingSchedulePeriod"][0]["limit"] == 8
    assert station.story()[-1] == ("Updated", "ChargingRateChanged", "Charging")
    assert station.calls(NEEDS) == []
    assert station.station.evses[0].meter.power_at(station.now.sim) <= 8 * 690
