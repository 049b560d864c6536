"""2.0.1: for each triggerReason and each stoppedReason a way to it (TriggerReasonEnumType, ReasonEnumType)."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chargepoint_sim.core.commands import (
    ArriveAtBay,
    EndTransaction,
    IdToken,
    InjectFault,
    LeaveBay,
    PlugIn,
    Reboot,
    SetPowerLimit,
    StartSession,
    StopEnergy,
    UnlockConnector,
)
from chargepoint_sim.core.facts import StopReason, Trigger
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec
from tests.protocol.harness import Answer, Bench, two_sockets
from tests.protocol.v201.bench import GROUPED, INVALID, OTHER_TOKEN, TOKEN, Bench201

WITH_SENSOR = two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1),), bay_sensor=True),))
BY_TOKEN = {"TxCtrlr.TxStopPoint": "Authorized"}
BY_ENERGY = {"TxCtrlr.TxStopPoint": "EnergyTransfer"}
START = {"idToken": {"idToken": TOKEN.id_token, "type": TOKEN.type}, "remoteStartId": 7, "evseId": 1}

Way = Callable[[], Bench201]


def charging(**how: Any) -> Bench201:
    return Bench201.charging(**how)


def refuse_tokens(event: dict[str, Any], _: Bench) -> Answer:
    return INVALID if "idToken" in event else {}


def plugged_in() -> Bench201:
    return Bench201.booted().plug()


def authorised() -> Bench201:
    return Bench201.booted().swipe()


def limited() -> Bench201:
    bench = charging()
    bench.command(SetPowerLimit(1, 1, 7000.0))
    return bench


def refused_in_the_answer() -> Bench201:
    bench = Bench201.booted(settings=BY_TOKEN, answers={"TransactionEvent": refuse_tokens})
    return bench.plug().swipe()


def limited_session(**limits: float) -> Way:
    def way() -> Bench201:
        bench = Bench201.booted()
        assert bench.command(StartSession(1, 1, TOKEN, vehicle="suv", soc=0.3, **limits)).accepted
        bench.wait(600)
        return bench

    return way


def pulled_out() -> Bench201:
    return charging().unplug()


def nobody_comes() -> Bench201:
    bench = authorised()
    bench.wait(61)
    return bench


def read_by_the_clock() -> Bench201:
    bench = charging(settings={"AlignedDataCtrlr.Interval": "60"})
    bench.wait(60)
    return bench


def read_periodically() -> Bench201:
    bench = charging()
    bench.wait(60)
    return bench


def asked() -> Bench201:
    bench = charging()
    bench.answer("TriggerMessage", {"requestedMessage": "TransactionEvent"})
    return bench


def unlocked() -> Bench201:
    bench = charging()
    assert bench.command(UnlockConnector(1, 1)).accepted
    return bench


def stopped() -> Bench201:
    return charging(settings=BY_TOKEN).swipe()


def driven_in() -> Bench201:
    bench = Bench201.booted(spec=WITH_SENSOR, settings={"TxCtrlr.TxStartPoint": "ParkingBayOccupancy"})
    assert bench.command(ArriveAtBay(1)).accepted
    return bench


def driven_away() -> Bench201:
    bench = Bench201.booted(
        spec=WITH_SENSOR,
        settings={"TxCtrlr.TxStartPoint": "ParkingBayOccupancy", "TxCtrlr.TxStopPoint": "ParkingBayOccupancy"},
    )
    bench.plug().swipe().wait(10)
    bench.swipe().unplug()
    assert bench.command(LeaveBay(1)).accepted
    return bench


def stopped_remotely() -> Bench201:
    bench = charging(settings=BY_TOKEN)
    assert bench.answer("RequestStopTransaction", {"transactionId": bench.transaction_id()})["status"] == "Accepted"
    return bench


def started_remotely() -> Bench201:
    bench = Bench201.booted()
    assert bench.answer("RequestStartTransaction", START)["status"] == "Accepted"
    return bench


def signed() -> Bench201:
    bench = Bench201.booted(settings={"TxCtrlr.TxStartPoint": "DataSigned", "SampledDataCtrlr.SignReadings": "true"})
    bench.plug().swipe().wait(5)
    return bench


def reset_by_the_central_system() -> Bench201:
    bench = charging()
    assert bench.answer("Reset", {"type": "Immediate"})["status"] == "Accepted"
    return bench


def failed(code: str) -> Way:
    def way() -> Bench201:
        bench = charging()
        assert bench.command(InjectFault(1, 1, code)).accepted
        return bench

    return way


def ended_on_the_spot(reason: str) -> Way:
    def way() -> Bench201:
        bench = charging(settings=BY_TOKEN)
        assert bench.command(EndTransaction(reason=reason)).accepted
        return bench

    return way


def ended_by_the_master_pass() -> Bench201:
    bench = charging(
        settings={**BY_TOKEN, "AuthCtrlr.MasterPassGroupId": "family"},
        answers={"Authorize": lambda request, _: GROUPED if _is_other(request) else {"idTokenInfo": ACCEPTED}},
    )
    return bench.swipe(token=OTHER_TOKEN)


ACCEPTED = {"status": "Accepted"}


def _is_other(request: dict[str, Any]) -> bool:
    return IdToken(request["idToken"]["idToken"]).key == OTHER_TOKEN.key


def power_lost() -> Bench201:
    bench = charging()
    bench.power_down().wait(60)
    bench.power_up()
    return bench


def restarted_on_the_spot() -> Bench201:
    bench = charging()
    assert bench.command(Reboot(hard=False)).accepted
    return bench


def limit_of_the_battery() -> Bench201:
    bench = Bench201.booted(settings=BY_ENERGY)
    assert bench.command(PlugIn(1, vehicle="suv", soc=0.795, target_soc=0.8)).accepted
    bench.swipe().wait(3600)
    return bench


def vehicle_has_enough() -> Bench201:
    bench = charging(settings=BY_ENERGY)
    bench.command(StopEnergy(1))
    return bench


def station_suspends() -> Bench201:
    bench = charging(settings=BY_ENERGY)
    bench.command(SetPowerLimit(1, 1, 0.0))
    return bench


TRIGGERS: Mapping[Trigger, Way] = {
    Trigger.AUTHORIZED: authorised,
    Trigger.CABLE_PLUGGED_IN: plugged_in,
    Trigger.CHARGING_RATE_CHANGED: limited,
    Trigger.CHARGING_STATE_CHANGED: vehicle_has_enough,
    Trigger.DEAUTHORIZED: refused_in_the_answer,
    Trigger.ENERGY_LIMIT_REACHED: limited_session(target_energy_wh=200.0),
    Trigger.EV_COMMUNICATION_LOST: pulled_out,
    Trigger.EV_CONNECT_TIMEOUT: nobody_comes,
    Trigger.METER_VALUE_CLOCK: read_by_the_clock,
    Trigger.METER_VALUE_PERIODIC: read_periodically,
    Trigger.TIME_LIMIT_REACHED: limited_session(duration_s=120.0),
    Trigger.TRIGGER: asked,
    Trigger.UNLOCK_COMMAND: unlocked,
    Trigger.STOP_AUTHORIZED: stopped,
    Trigger.EV_DEPARTED: driven_away,
    Trigger.EV_DETECTED: driven_in,
    Trigger.REMOTE_STOP: stopped_remotely,
    Trigger.REMOTE_START: started_remotely,
    Trigger.ABNORMAL_CONDITION: failed("GroundFailure"),
    Trigger.SIGNED_DATA_RECEIVED: signed,
    Trigger.RESET_COMMAND: reset_by_the_central_system,
}

REASONS: Mapping[StopReason, Way] = {
    StopReason.DE_AUTHORIZED: refused_in_the_answer,
    StopReason.EMERGENCY_STOP: ended_on_the_spot("EmergencyStop"),
    StopReason.ENERGY_LIMIT_REACHED: limited_session(target_energy_wh=200.0),
    StopReason.EV_DISCONNECTED: pulled_out,
    StopReason.GROUND_FAULT: failed("GroundFailure"),
    StopReason.IMMEDIATE_RESET: reset_by_the_central_system,
    StopReason.LOCAL: stopped,
    StopReason.LOCAL_OUT_OF_CREDIT: ended_on_the_spot("LocalOutOfCredit"),
    StopReason.MASTER_PASS: ended_by_the_master_pass,
    StopReason.OTHER: station_suspends,
    StopReason.OVERCURRENT_FAULT: failed("OverCurrentFailure"),
    StopReason.POWER_LOSS: power_lost,
    StopReason.POWER_QUALITY: failed("OverVoltage"),
    StopReason.REBOOT: restarted_on_the_spot,
    StopReason.REMOTE: stopped_remotely,
    StopReason.SOC_LIMIT_REACHED: limit_of_the_battery,
    StopReason.STOPPED_BY_EV: vehicle_has_enough,
    StopReason.TIME_LIMIT_REACHED: limited_session(duration_s=120.0),
    StopReason.TIMEOUT: nobody_comes,
}


def test_each_value_has_its_way() -> None:
    assert set(TRIGGERS) == set(Trigger)
    assert set(REASONS) == set(StopReason)


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_e02_fr_17_each_trigger_reason_is_reached(trigger: Trigger) -> None:
    events = TRIGGERS[trigger]().transaction_events()
    assert trigger.value in {event["triggerReason"] for event in events}
    assert [event["seqNo"] for event in events] == list(range(events[0]["seqNo"], events[0]["seqNo"] + len(events)))


@pytest.mark.parametrize("reason", REASONS)
def test_e06_fr_08_each_stopped_reason_is_reached(reason: StopReason) -> None:
    ended = REASONS[reason]().transaction_events()[-1]
    assert ended["eventType"] == "Ended"
    # E06.FR.09: Local may be left out.
    assert ended["transactionInfo"].get("stoppedReason", "Local") == reason.value


@pytest.mark.parametrize(("stop", "phase"), [("Authorized", "Ended"), ("EVConnected", "Updated")])
def test_e15_the_vehicle_ends_the_session(stop: str, phase: str) -> None:
    bench = charging(settings={"TxCtrlr.TxStopPoint": stop})
    assert bench.command(StopEnergy(1, terminate=True)).accepted
    event = bench.transaction_events()[0]
    assert (event["eventType"], event["triggerReason"]) == (phase, "StopAuthorized")
    if phase == "Updated":
        bench.unplug()
    assert bench.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "StoppedByEV"


def test_a_transaction_ends_on_the_spot_only_as_people_can_end_it() -> None:
    outcome = charging().command(EndTransaction(reason="GroundFault"))
    assert not outcome.accepted
    assert "EmergencyStop" in outcome.reason


def test_commands_of_the_bay() -> None:
    without = Bench201.booted()
    assert not without.command(ArriveAtBay(1)).accepted
    bench = driven_in()
    assert not bench.command(ArriveAtBay(1)).accepted
    bench.plug()
    assert not bench.command(LeaveBay(1)).accepted
    bench.unplug()
    assert bench.command(LeaveBay(1)).accepted
    assert not bench.command(LeaveBay(1)).accepted


def test_a_station_without_a_sensor_takes_no_point_of_the_bay() -> None:
    element = {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStartPoint"}}
    wanted = {"setVariableData": [{**element, "attributeValue": "ParkingBayOccupancy"}]}
    for spec, status in ((two_sockets(), "Rejected"), (WITH_SENSOR, "Accepted")):
        result = Bench201.booted(spec=spec).answer("SetVariables", wanted)["setVariableResult"][0]
        assert result["attributeStatus"] == status


def test_e03_fr_15_no_cable_in_time_while_the_vehicle_stands_in_the_bay() -> None:
    bench = Bench201.booted(
        spec=WITH_SENSOR,
        settings={
            "SampledDataCtrlr.TxUpdatedInterval": "0",
            "TxCtrlr.TxStartPoint": "Authorized",
            "TxCtrlr.TxStopPoint": "ParkingBayOccupancy",
        },
    )
    bench.command(ArriveAtBay(1))
    bench.swipe().wait(61)
    assert bench.story()[-1] == ("Updated", "EVConnectTimeout", "Idle")
    bench.command(LeaveBay(1))
    assert bench.story()[-1] == ("Ended", "EVDeparted", "Idle")
    assert bench.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "Timeout"


def test_e06_fr_05_no_signed_values_any_more() -> None:
    bench = charging(settings={"TxCtrlr.TxStopPoint": "DataSigned", "SampledDataCtrlr.SignReadings": "true"})
    element = {"component": {"name": "SampledDataCtrlr"}, "variable": {"name": "SignReadings"}}
    bench.answer("SetVariables", {"setVariableData": [{**element, "attributeValue": "false"}]})
    assert bench.story() == [("Ended", "AbnormalCondition", "EVConnected")]
