"""2.0.1 transactions told event by event: the typical sequences and all start and stop points (block E)."""

import itertools

import pytest

from chargepoint_sim.core.commands import (
    ArriveAtBay,
    InjectFault,
    LeaveBay,
    PresentToken,
    StartSession,
    StopEnergy,
    Unplug,
)
from chargepoint_sim.core.settings import TX_POINTS
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec
from tests.protocol.harness import NOON, two_sockets
from tests.protocol.v201.bench import INVALID, OTHER_TOKEN, TOKEN, Bench201

WITH_SENSOR = EvseSpec(1, (ConnectorSpec(1),), bay_sensor=True)
FIXED = EvseSpec(1, (ConnectorSpec(1, "cType2", cable_attached=True),))
OCCUPIED, AVAILABLE = ("StatusNotification", "Occupied"), ("StatusNotification", "Available")
AUTHORIZE = ("Authorize",)
PERIODIC = ("Updated", "MeterValuePeriodic", "Charging")
BEGINS = [
    OCCUPIED,
    ("Started", "CablePluggedIn", "EVConnected"),
    AUTHORIZE,
    ("Updated", "Authorized", "EVConnected"),
    ("Updated", "ChargingStateChanged", "Charging"),
]


def test_e02_cable_first() -> None:
    bench = Bench201.booted()
    bench.plug().wait(5)
    bench.swipe().wait(65)
    bench.swipe().wait(5)
    bench.unplug()
    assert bench.story() == [
        *BEGINS,
        PERIODIC,
        ("Updated", "StopAuthorized", "Charging"),
        ("Updated", "ChargingStateChanged", "EVConnected"),
        AVAILABLE,
        ("Ended", "EVCommunicationLost", "Idle"),
    ]
    events = bench.transaction_events()
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    assert {event["transactionInfo"]["transactionId"] for event in events} == {"b1-1-1"}
    assert [index for index, event in enumerate(events) if "evse" in event] == [0]
    assert [index for index, event in enumerate(events) if "idToken" in event] == [1, 4]
    assert [event.get("numberOfPhasesUsed") for event in events] == [None, None, 3, None, None, None, None]
    assert not any("offline" in event for event in events)
    assert "stoppedReason" not in events[-1]["transactionInfo"]  # Local may be left out (E07.FR.04)


@pytest.mark.parametrize(("rated_a", "told"), [(20.0, 20), (12.5, 12)])
def test_the_current_of_a_fixed_cable_is_told_once_with_its_connector(rated_a: float, told: int) -> None:
    cable = EvseSpec(1, (ConnectorSpec(1, "cType2", cable_attached=True, cable_max_current_a=rated_a),))
    bench = Bench201.booted(spec=two_sockets(evses=(cable,)))
    bench.plug().wait(5)
    bench.swipe().wait(65)
    bench.unplug()
    events = bench.transaction_events()
    assert [event.get("cableMaxCurrent") for event in events] == [told] + [None] * (len(events) - 1)
    assert [index for index, event in enumerate(events) if "evse" in event] == [0]
    assert len(events) > 3


def test_a_socket_tells_no_current_of_a_cable() -> None:
    bench = Bench201.charging()
    bench.wait(130).unplug()
    assert not any("cableMaxCurrent" in event for event in bench.transaction_events())


@pytest.mark.shows("Authorize")
def test_e03_id_first() -> None:
    bench = Bench201.booted()
    bench.swipe().wait(5)
    bench.plug().wait(10)
    assert bench.story() == [
        AUTHORIZE,
        ("Started", "Authorized", "Idle"),
        OCCUPIED,
        ("Updated", "CablePluggedIn", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]
    started, plugged, charging = bench.transaction_events()
    assert started["idToken"] == {"idToken": "04A1B2C3D4E5F6", "type": "ISO14443"}
    assert "evse" not in started
    assert "idToken" not in plugged
    assert plugged["evse"] == {"id": 1, "connectorId": 1}
    # E01.FR.17, E02.FR.21, E03.FR.11: the reading of the start waits until charging starts.
    assert "meterValue" not in started
    assert "meterValue" not in plugged
    assert charging["meterValue"][0]["sampledValue"][0]["context"] == "Transaction.Begin"


def test_e03_fr_05_no_cable_in_time() -> None:
    bench = Bench201.booted()
    bench.swipe().wait(61)
    assert bench.story() == [
        AUTHORIZE,
        ("Started", "Authorized", "Idle"),
        ("Ended", "EVConnectTimeout", "Idle"),
    ]
    assert bench.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "Timeout"


def test_e05_fr_09_refused_in_the_answer_and_the_stop_point_is_the_cable() -> None:
    bench = Bench201.booted(answers={"TransactionEvent": lambda event, _: INVALID if "idToken" in event else {}})
    bench.plug().swipe().wait(70)
    assert bench.story() == [
        *BEGINS[:-1],
        ("Updated", "Deauthorized", "EVConnected"),
        ("Updated", "MeterValuePeriodic", "EVConnected"),
    ]
    bench.unplug()
    assert bench.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "DeAuthorized"
    assert bench.charger.problems is not None
    assert bench.charger.problems["TransactionEvent with token 04A1B2C3D4E5F6: Invalid"] == 1


@pytest.mark.shows("TransactionEvent")
@pytest.mark.parametrize("stop", ["Authorized", "PowerPathClosed", "Authorized,EVConnected"])
def test_e05_fr_10_refused_in_the_answer_and_authorization_is_a_stop_point(stop: str) -> None:
    bench = Bench201.booted(
        settings={"TxCtrlr.TxStopPoint": stop},
        answers={"TransactionEvent": lambda event, _: INVALID if "idToken" in event else {}},
    )
    bench.plug().swipe().wait(70)
    assert bench.story() == [*BEGINS[:-1], ("Ended", "Deauthorized", "EVConnected")]
    assert bench.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "DeAuthorized"


def test_e05_fr_02_refused_in_the_answer_suspends() -> None:
    bench = Bench201.booted(
        settings={"TxCtrlr.StopTxOnInvalidId": "false"},
        answers={"TransactionEvent": lambda event, _: INVALID if "idToken" in event else {}},
    )
    bench.plug().swipe().wait(30)
    assert bench.story() == [*BEGINS[:-1], ("Updated", "ChargingStateChanged", "SuspendedEVSE")]


def test_e05_fr_03_some_energy_is_still_delivered() -> None:
    bench = Bench201.booted(
        settings={"TxCtrlr.StopTxOnInvalidId": "false", "TxCtrlr.MaxEnergyOnInvalidId": "50"},
        answers={"TransactionEvent": lambda event, _: INVALID if "idToken" in event else {}},
    )
    bench.plug().swipe().wait(50)
    assert bench.story() == [*BEGINS, ("Updated", "ChargingStateChanged", "SuspendedEVSE")]
    transaction = bench.station.evses[0].transaction
    assert transaction is not None
    assert bench.station.evses[0].meter.register_at(bench.now.sim) == pytest.approx(50, abs=0.1)


def test_e09_pulled_out_at_the_vehicle() -> None:
    bench = Bench201.charging()
    bench.unplug(at_vehicle=True)
    assert bench.story() == [AVAILABLE, ("Ended", "EVCommunicationLost", "Idle")]
    assert bench.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "EVDisconnected"


def test_e10_pulled_out_at_the_vehicle_and_put_back() -> None:
    bench = Bench201.charging(
        settings={"TxCtrlr.StopTxOnEVSideDisconnect": "false", "TxCtrlr.TxStopPoint": "Authorized"}
    )
    bench.unplug(at_vehicle=True).wait(5)
    assert bench.status() == "SuspendedEV"
    bench.plug().wait(5)
    assert bench.story() == [
        ("Updated", "EVCommunicationLost", "Idle"),
        ("Updated", "CablePluggedIn", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]


def test_e06_fr_02_pulled_out_at_the_vehicle_where_the_cable_is_a_stop_point() -> None:
    bench = Bench201.charging(settings={"TxCtrlr.StopTxOnEVSideDisconnect": "false"})
    bench.unplug(at_vehicle=True)
    assert bench.story()[-1] == ("Ended", "EVCommunicationLost", "Idle")


def test_e10_fr_02_a_fixed_cable_that_does_not_come_back() -> None:
    settings = {
        "SampledDataCtrlr.TxUpdatedInterval": "0",
        "TxCtrlr.StopTxOnEVSideDisconnect": "false",
        "TxCtrlr.TxStopPoint": "Authorized",
    }
    bench = Bench201.charging(spec=two_sockets(evses=(FIXED,)), settings=settings)
    bench.unplug(at_vehicle=True).wait(61)
    assert bench.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "Timeout"
    assert bench.story() == [
        AVAILABLE,
        ("Updated", "EVCommunicationLost", "Idle"),
        ("Ended", "EVConnectTimeout", "Idle"),
    ]


def test_e09_fr_03_the_cable_stays_locked_until_its_driver_comes_back() -> None:
    bench = Bench201.charging(settings={"OCPPCommCtrlr.UnlockOnEVSideDisconnect": "false"})
    bench.unplug(at_vehicle=True)
    assert bench.story() == [("Ended", "EVCommunicationLost", "Idle")]
    assert not bench.command(Unplug(1)).accepted
    assert not bench.command(PresentToken(1, id_token=OTHER_TOKEN)).accepted
    bench.swipe().unplug()
    assert bench.story()[1:] == [AVAILABLE]


def test_e06_fr_16_fault() -> None:
    bench = Bench201.charging()
    bench.command(InjectFault(1, 1, "GroundFailure"))
    assert sorted(bench.story()) == [
        ("Ended", "AbnormalCondition", "EVConnected"),
        ("NotifyEvent",),
        ("StatusNotification", "Faulted"),
    ]
    assert bench.transaction_events()[-1]["transactionInfo"]["stoppedReason"] == "GroundFault"


def test_power_loss_is_told_at_the_next_boot() -> None:
    bench = Bench201.charging()
    bench.wait(20)
    bench.power_down().wait(100)
    bench.power_up()
    assert bench.story() == [
        ("BootNotification",),
        OCCUPIED,
        AVAILABLE,
        ("SecurityEventNotification",),
        ("Ended", "AbnormalCondition", "EVConnected"),
    ]
    (ended,) = bench.transaction_events()
    assert ended["transactionInfo"]["stoppedReason"] == "PowerLoss"
    assert ended["offline"] is True


def test_vehicle_suspends_and_goes_on() -> None:
    bench = Bench201.charging()
    bench.command(StopEnergy(1))
    assert bench.story() == [("Updated", "ChargingStateChanged", "SuspendedEV")]


def test_e06_fr_07_energy_ends_at_the_wish_of_the_vehicle_and_does_not_come_back_unauthorised() -> None:
    bench = Bench201.charging(settings={"TxCtrlr.TxStopPoint": "EnergyTransfer"})
    bench.command(StopEnergy(1))
    assert bench.story() == [("Ended", "ChargingStateChanged", "SuspendedEV")]
    assert bench.transaction_events()[0]["transactionInfo"]["stoppedReason"] == "StoppedByEV"
    assert bench.station.evses[0].authorized is None


@pytest.mark.parametrize("order", ["cable", "token"])
@pytest.mark.parametrize("start", TX_POINTS)
@pytest.mark.parametrize("stop", TX_POINTS)
@pytest.mark.parametrize("ending", ["token", "cable"])
def test_e01_e06_every_pair_of_points_makes_one_transaction(order: str, start: str, stop: str, ending: str) -> None:
    bench = Bench201.booted(
        spec=two_sockets(evses=(WITH_SENSOR,)),
        settings={
            "TxCtrlr.TxStartPoint": start,
            "TxCtrlr.TxStopPoint": stop,
            "SampledDataCtrlr.SignReadings": "true",
        },
    )
    assert bench.command(ArriveAtBay(1)).accepted
    steps = [bench.plug, bench.swipe]
    for step in steps if order == "cable" else reversed(steps):
        step()
        bench.wait(5)
    bench.wait(20)
    if ending == "token":
        bench.swipe().wait(5)
    bench.unplug().wait(5)
    assert bench.command(LeaveBay(1)).accepted
    events = bench.transaction_events()
    assert [event["eventType"] for event in events if event["eventType"] != "Updated"] == ["Started", "Ended"]
    assert (events[0]["eventType"], events[-1]["eventType"]) == ("Started", "Ended")
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    assert [event["evse"] for event in events if "evse" in event] == [{"id": 1, "connectorId": 1}]
    assert events[0]["triggerReason"] == _start_trigger(start, order)
    assert events[-1]["triggerReason"] == _stop_trigger(stop, ending)
    told = [event["idToken"]["idToken"] for event in events if "idToken" in event]
    assert told[:1] == [TOKEN.id_token]
    begins = [
        value["sampledValue"][0]["context"]
        for event in events
        if event["eventType"] != "Ended"
        for value in event.get("meterValue", ())
    ]
    assert begins.count("Transaction.Begin") == 1


def _start_trigger(start: str, order: str) -> str:
    last = "Authorized" if order == "cable" else "CablePluggedIn"
    return {
        "ParkingBayOccupancy": "EVDetected",
        "DataSigned": "SignedDataReceived",
        "EVConnected": "CablePluggedIn",
        "Authorized": "Authorized",
        "PowerPathClosed": last,
        "EnergyTransfer": "ChargingStateChanged",
    }[start]


def _stop_trigger(stop: str, ending: str) -> str:
    if stop == "ParkingBayOccupancy":
        return "EVDeparted"
    return "StopAuthorized" if ending == "token" and stop != "EVConnected" else "EVCommunicationLost"


@pytest.mark.parametrize(
    "points", list(itertools.combinations([point for point in TX_POINTS if point != "ParkingBayOccupancy"], 2))
)
def test_whichever_stop_point_is_lost_first_ends_the_transaction(points: tuple[str, str]) -> None:
    bench = Bench201.charging(
        settings={"TxCtrlr.TxStopPoint": ",".join(points), "SampledDataCtrlr.SignReadings": "true"}
    )
    bench.swipe()
    assert bench.story() == [("Ended", "StopAuthorized", "EVConnected")]
    assert bench.transaction_events()[0]["idToken"]["idToken"] == TOKEN.id_token


def test_a_transaction_whose_stop_point_never_came_true_ends_with_the_last_condition() -> None:
    bench = Bench201.booted()  # stop point EVConnected, and no cable comes
    bench.swipe().wait(5)
    bench.swipe()
    assert bench.story()[-1] == ("Ended", "StopAuthorized", "Idle")


def test_a_second_session_on_the_same_cable_starts_anew_where_authorization_stops() -> None:
    bench = Bench201.charging(settings={"TxCtrlr.TxStopPoint": "Authorized"})
    bench.swipe().wait(5)
    bench.swipe().wait(5)
    assert bench.story() == [
        ("Ended", "StopAuthorized", "EVConnected"),
        AUTHORIZE,
        ("Started", "Authorized", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]
    assert [event["transactionInfo"]["transactionId"] for event in bench.transaction_events()] == [
        "b1-1-1",
        "b1-1-2",
        "b1-1-2",
    ]


def test_e01_fr_02_no_energy_without_a_transaction_on_a_cable_that_stays_in() -> None:
    bench = Bench201.charging(settings={"TxCtrlr.TxStartPoint": "EVConnected", "TxCtrlr.TxStopPoint": "Authorized"})
    bench.swipe().wait(5)
    bench.swipe().wait(5)
    assert bench.story()[-2:] == [
        ("Started", "Authorized", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]


LIMITS = [
    ({"duration_s": 60}, "TimeLimitReached"),
    ({"target_energy_wh": 100}, "EnergyLimitReached"),
]


def limited(stop: str, limits: dict[str, float]) -> Bench201:
    """A session that has come to its own end; the record begins with its limit."""
    bench = Bench201.booted(settings={"TxCtrlr.TxStopPoint": stop, "SampledDataCtrlr.TxUpdatedInterval": "0"})
    assert bench.command(StartSession(id_token=TOKEN, vehicle="suv", soc=0.3, **limits)).accepted
    bench.wait(5).forget()
    return bench.wait(120)


@pytest.mark.parametrize(("limits", "why"), LIMITS)
def test_e06_fr_02_a_session_with_a_limit_takes_its_cable_out_where_only_that_ends_it(
    limits: dict[str, float], why: str
) -> None:
    bench = limited("EVConnected", limits)
    assert bench.story() == [
        ("Updated", why, "Charging"),
        AVAILABLE,
        ("Updated", "ChargingStateChanged", "EVConnected"),
        ("Ended", "EVCommunicationLost", "Idle"),
    ]
    ended = bench.transaction_events()[-1]
    assert ended["transactionInfo"]["stoppedReason"] == why  # E07.FR.06
    assert "idToken" not in ended
    assert bench.status() == "Available"


@pytest.mark.parametrize(("limits", "why"), LIMITS)
@pytest.mark.parametrize("stop", ["Authorized", "PowerPathClosed", "EnergyTransfer", "Authorized,EVConnected"])
def test_e06_fr_03_a_session_with_a_limit_ends_at_it_where_authorization_is_a_stop_point(
    stop: str, limits: dict[str, float], why: str
) -> None:
    bench = limited(stop, limits)
    assert bench.story() == [("Ended", why, "EVConnected")]
    assert bench.transaction_events()[0]["transactionInfo"]["stoppedReason"] == why
    assert bench.station.evses[0].plugged == 1  # the cable stays in, as after any stop


def test_the_limit_of_a_session_does_not_fall_on_the_next_one() -> None:
    bench = limited("EVConnected", {"duration_s": 60})
    bench.forget().plug().swipe().wait(10)
    assert bench.status() == "Charging"
    assert bench.wait(600).status() == "Charging"  # the limit was that of one session


def test_c01_a_refused_token_changes_nothing_in_the_transaction() -> None:
    bench = Bench201.booted(answers={"Authorize": INVALID})
    bench.plug()
    assert bench.command(PresentToken(1, id_token=OTHER_TOKEN)).accepted
    assert bench.story() == [OCCUPIED, ("Started", "CablePluggedIn", "EVConnected"), AUTHORIZE]


def test_started_on_the_wire() -> None:
    bench = Bench201.booted()
    bench.plug()
    (started,) = bench.transaction_events()
    assert started == {
        "eventType": "Started",
        "timestamp": "2023-11-15T12:00:00.000Z",
        "triggerReason": "CablePluggedIn",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "b1-1-1", "chargingState": "EVConnected"},
        "evse": {"id": 1, "connectorId": 1},
        "meterValue": [
            {
                "timestamp": "2023-11-15T12:00:00.000Z",
                "sampledValue": [
                    {
                        "value": 0,
                        "context": "Transaction.Begin",
                        "measurand": "Energy.Active.Import.Register",
                        "unitOfMeasure": {"unit": "Wh"},
                    }
                ],
            }
        ],
    }
    assert bench.now.sim == NOON
