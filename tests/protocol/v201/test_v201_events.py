"""2.0.1 NotifyEvent (use cases N07, N08, G05): thresholds, differences, periods, the queue, and built-in notices."""

from itertools import pairwise
from typing import Any

import orjson
import pytest

from chargepoint_sim.charger import Charger
from chargepoint_sim.core.commands import ClearFault, InjectFault, RequestEnergy, SetPowerLimit, StopEnergy
from chargepoint_sim.core.monitors import Monitor, MonitorType, Origin
from chargepoint_sim.core.settings import Settings
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec
from chargepoint_sim.core.station import Station
from chargepoint_sim.snapshot import restore, take
from tests.protocol.harness import SILENCE, Refusal, two_sockets
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.test_v201_monitoring import FIRST, POWER, STATE, monitor, reported, watched
from tests.protocol.v201.test_v201_reports import DC
from tests.protocol.v201.test_v201_variables import element, put, value


def events(bench: Bench201) -> list[dict[str, Any]]:
    """Every event told, in order."""
    return [event for payload in bench.payloads("NotifyEvent") for event in payload["eventData"]]


def seen(bench: Bench201) -> list[tuple[str, str, bool]]:
    return [(one["trigger"], one["actualValue"], one.get("cleared", False)) for one in events(bench)]


def test_n07_on_the_wire() -> None:
    bench = Bench201.booted()
    (monitor_id,) = watched(bench, monitor(*POWER, "UpperThreshold", 1000, evse=FIRST))
    bench.plug().swipe().wait(10)
    (payload,) = bench.payloads("NotifyEvent")
    assert payload == {
        "generatedAt": "2023-11-15T12:00:02.000Z",
        "seqNo": 0,
        "eventData": [
            {
                "eventId": 1,
                "timestamp": "2023-11-15T12:00:02.000Z",
                "trigger": "Alerting",
                "actualValue": value(bench, *POWER, evse=FIRST),
                "eventNotificationType": "CustomMonitor",
                "component": {"name": "EVSE", "evse": {"id": 1}},
                "variable": {"name": "Power"},
                "transactionId": bench.transaction_id(),
                "variableMonitoringId": monitor_id,
            }
        ],
    }


def test_n07_fr_16_fr_17_fr_02_thresholds_are_crossed_and_kept_again() -> None:
    bench = Bench201.charging()
    watched(
        bench,
        monitor(*POWER, "UpperThreshold", 9000, evse=FIRST),
        monitor(*POWER, "LowerThreshold", 3000, evse=FIRST),
    )
    assert [one[2] for one in seen(bench)] == [False]
    bench.forget().command(SetPowerLimit(1, power_w=5000))
    assert [one[2] for one in seen(bench)] == [True]
    bench.forget().command(StopEnergy(1))
    assert seen(bench) == [("Alerting", "0.0", False)]
    bench.forget().command(RequestEnergy(1))
    assert [(one["cleared"], float(one["actualValue"]) > 3000) for one in events(bench)] == [(True, True)]
    bench.forget().wait(600)
    assert events(bench) == []


def test_n07_fr_16_a_falling_course_is_met_at_the_instant_of_crossing() -> None:
    bench = Bench201.booted(spec=two_sockets(evses=(DC,)))
    bench.plug(soc=0.78).swipe().wait(10)
    start_w = float(value(bench, *POWER, evse=FIRST))
    below = round(start_w / 2, 1)
    watched(bench, monitor(*POWER, "LowerThreshold", below, evse=FIRST))
    bench.forget().wait(3600)
    first = events(bench)[0]
    assert float(first["actualValue"]) == pytest.approx(below, abs=0.2)
    assert float(first["actualValue"]) < below
    at = bench.calls("NotifyEvent")[0].at
    evse = bench.station.evses[0]
    assert bench.station.deadlines.get("monitors") is None or evse.meter.segment.power_w > 0
    assert 0 < at < 3600
    assert first["timestamp"] == bench.calls("NotifyEvent")[0].payload["generatedAt"]


def test_n07_fr_16_state_of_charge_and_energy_rise_without_anything_happening() -> None:
    bench = Bench201.booted(spec=two_sockets(evses=(DC,)))
    bench.plug(soc=0.3).swipe().wait(10)
    watched(
        bench,
        monitor("ConnectedEV", "StateOfCharge", "UpperThreshold", 50, evse=FIRST),
        monitor("FiscalMetering", "EnergyImport", "Delta", 5000, evse=FIRST),
    )
    bench.forget().wait(1200)
    alerts = [one for one in events(bench) if one["trigger"] == "Alerting"]
    assert [one["actualValue"] for one in alerts] == ["50.1"]
    steps = [float(one["actualValue"]) for one in events(bench) if one["trigger"] == "Delta"]
    assert len(steps) > 3
    assert {round(after - before, 1) for before, after in pairwise(steps)} <= {5000.1, 5000.2}


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1])
@pytest.mark.parametrize("kind", ["UpperThreshold", "LowerThreshold"])
@pytest.mark.parametrize("soc", [0.2, 0.7])
def test_n07_crossings_are_those_that_a_look_at_every_second_finds(soc: float, kind: str, share: float) -> None:
    def charging() -> Bench201:
        bench = Bench201.booted(spec=two_sockets(evses=(DC,)))
        bench.plug(soc=soc).swipe()
        return bench

    naive, seen_w = charging(), []
    for _ in range(3600):
        naive.wait(1)
        seen_w.append(float(value(naive, *POWER, evse=FIRST)))
    limit = round(max(seen_w) * share, 1)
    beyond = [(one > limit) if kind == "UpperThreshold" else (one < limit) for one in seen_w]
    turns = [n + 1 for n, (before, now) in enumerate(pairwise([False, *beyond])) if before != now]

    bench = charging()
    watched(bench, monitor(*POWER, kind, limit, evse=FIRST))
    bench.wait(3600)
    at = [bench.calls("NotifyEvent")[n].at for n in range(len(bench.calls("NotifyEvent")))]
    # A limit that only the first instants pass is told too, and may lie between two looks.
    late = [one for one in at if one >= turns[0] - 1]
    assert len(late) == len(turns)
    assert all(turn - 1 <= one <= turn for one, turn in zip(late, turns, strict=True))


def test_a_delta_of_nothing_does_not_flood() -> None:
    bench = Bench201.charging()
    watched(bench, monitor("FiscalMetering", "EnergyImportRegister", "Delta", 0, evse=FIRST))
    bench.forget().wait(60)
    assert 50 <= len(bench.calls("NotifyEvent")) <= 61


def test_n07_fr_18_a_number_has_to_move_by_more_than_the_value() -> None:
    bench = Bench201.booted()
    watched(bench, monitor("OCPPCommCtrlr", "HeartbeatInterval", "Delta", 10))
    for text in ("310", "311", "300"):
        put(bench, element("OCPPCommCtrlr", "HeartbeatInterval", attributeValue=text))
    bench.wait(0)
    assert seen(bench) == [("Delta", "311", False), ("Delta", "300", False)]


def test_n07_fr_19_anything_else_at_every_change() -> None:
    bench = Bench201.booted()
    watched(bench, monitor(*STATE, "Delta", 1, evse=FIRST), monitor("ConnectedEV", "Available", "Delta", 1, evse=FIRST))
    bench.plug().swipe().wait(10)
    assert [(one["variable"]["name"], one["actualValue"]) for one in events(bench)] == [
        ("AvailabilityState", "Occupied"),
        ("Available", "true"),
    ]
    assert len(bench.calls("NotifyEvent")) == 1  # what is seen at one instant is told in one message


def test_n07_fr_10_a_write_only_variable_is_told_without_its_value() -> None:
    bench = Bench201.booted()
    watched(bench, monitor("SecurityCtrlr", "BasicAuthPassword", "Delta", 1))
    put(bench, element("SecurityCtrlr", "BasicAuthPassword", attributeValue="0123456789abcdef"))
    bench.wait(0)
    assert seen(bench) == [("Delta", "", False)]
    assert not any("0123456789abcdef" in text for text in bench.texts())


@pytest.mark.shows("SetVariableMonitoring")
def test_n07_fr_11_a_new_threshold_is_compared_at_once() -> None:
    bench = Bench201.charging()
    (monitor_id,) = watched(bench, monitor(*POWER, "UpperThreshold", 22080, evse=FIRST))
    assert events(bench) == []
    watched(bench, monitor(*POWER, "UpperThreshold", 100, evse=FIRST, id=monitor_id))
    assert [one[2] for one in seen(bench)] == [False]
    bench.forget()
    watched(bench, monitor(*POWER, "UpperThreshold", 22080, evse=FIRST, id=monitor_id))
    assert [one[2] for one in seen(bench)] == [True]


@pytest.mark.shows("ClearVariableMonitoring")
def test_n07_fr_12_a_monitor_that_is_removed_is_not_cleared() -> None:
    bench = Bench201.charging()
    (monitor_id,) = watched(bench, monitor(*POWER, "UpperThreshold", 100, evse=FIRST))
    bench.forget()
    bench.answer("ClearVariableMonitoring", {"id": [monitor_id]})
    bench.command(StopEnergy(1))
    bench.wait(60)
    assert events(bench) == []


def test_monitors_of_a_transaction_watch_only_during_one() -> None:
    bench = Bench201.booted()
    watched(bench, monitor("ConnectedEV", "Available", "Delta", 1, evse=FIRST, transaction=True))
    watched(bench, monitor(*POWER, "Periodic", 30, evse=FIRST, transaction=True))
    bench.wait(100)
    assert events(bench) == []
    bench.plug().swipe().wait(95)
    assert [one["trigger"] for one in events(bench)] == ["Periodic"] * 3
    assert {one["transactionId"] for one in events(bench)} == {bench.transaction_id()}


@pytest.mark.shows("SetMonitoringLevel")
def test_n07_fr_15_what_is_less_severe_than_the_level_is_not_told() -> None:
    bench = Bench201.booted()
    watched(bench, monitor(*STATE, "Delta", 1, 8, evse=FIRST), monitor(*STATE, "Delta", 1, 7, evse=FIRST))
    bench.answer("SetMonitoringLevel", {"severity": 7})
    bench.plug()
    assert [one["variableMonitoringId"] for one in events(bench)] == [2]


def test_n08_fr_06_periodic() -> None:
    bench = Bench201.booted()
    bench.wait(7)
    watched(bench, monitor(*STATE, "Periodic", 60, evse=FIRST))
    bench.wait(185)
    assert [one.at for one in bench.calls("NotifyEvent")] == [67, 127, 187]
    assert seen(bench) == [("Periodic", "Available", False)] * 3
    assert {payload["seqNo"] for payload in bench.payloads("NotifyEvent")} == {0}


def test_n08_fr_07_clock_aligned() -> None:
    bench = Bench201.booted()
    bench.wait(7)
    watched(bench, monitor(*STATE, "PeriodicClockAligned", 900, evse=FIRST))
    bench.wait(2000)
    stamps = [one["timestamp"] for one in events(bench)]
    assert stamps == ["2023-11-15T12:15:00.000Z", "2023-11-15T12:30:00.000Z"]


def test_n07_fr_04_severe_events_wait_for_the_link() -> None:
    bench = Bench201.booted()
    watched(bench, monitor(*STATE, "Delta", 1, 4, evse=FIRST))
    bench.cut()
    bench.plug().wait(20)
    bench.unplug().wait(5)
    assert bench.calls("NotifyEvent") == []
    bench.come_back()
    bench.wait(1)
    assert seen(bench) == [("Delta", "Occupied", False), ("Delta", "Available", False)]
    assert [one["timestamp"] for one in events(bench)] == ["2023-11-15T12:00:00.000Z", "2023-11-15T12:00:20.000Z"]


def test_n07_fr_04_less_severe_ones_are_looked_at_when_the_link_is_back() -> None:
    bench = Bench201.booted()
    watched(bench, monitor(*STATE, "Delta", 1, 5, evse=FIRST), monitor(*STATE, "Delta", 1, 6, evse={"id": 2}))
    bench.cut()
    bench.plug().unplug().plug(2).wait(20)
    bench.come_back()
    bench.wait(1)
    assert [(one["component"]["evse"]["id"], one["actualValue"]) for one in events(bench)] == [(2, "Occupied")]


def test_the_queuing_severity_acts_at_once() -> None:
    bench = Bench201.booted()
    watched(bench, monitor(*STATE, "Delta", 1, 8, evse=FIRST))
    put(bench, element("MonitoringCtrlr", "OfflineQueuingSeverity", attributeValue="8"))
    bench.cut()
    bench.plug().wait(5)
    bench.unplug().wait(5)
    bench.come_back()
    bench.wait(1)
    assert [one[1] for one in seen(bench)] == ["Occupied", "Available"]


def test_periods_that_go_by_off_line() -> None:
    bench = Bench201.booted()
    watched(bench, monitor(*STATE, "Periodic", 60, 4, evse=FIRST), monitor(*STATE, "Periodic", 60, 5, evse=FIRST))
    bench.cut()
    bench.wait(200)
    bench.come_back()
    came_back = bench.t
    bench.wait(0)
    assert [one["variableMonitoringId"] for one in events(bench)] == [1] * int(came_back // 60)  # N08.FR.03
    bench.forget().wait(61)
    assert [one["variableMonitoringId"] for one in events(bench)] == [1, 2]
    assert bench.calls("NotifyEvent")[-1].at == pytest.approx(came_back + 60)


def test_an_event_without_an_answer_is_told_again() -> None:
    bench = Bench201.booted(answers={"NotifyEvent": SILENCE})
    watched(bench, monitor(*STATE, "Delta", 1, 5, evse=FIRST))
    bench.plug().wait(200)
    ids = [one["eventId"] for one in events(bench)]
    assert len(ids) > 1
    assert set(ids) == {1}
    bench.answers["NotifyEvent"] = {}
    bench.forget().wait(200)
    assert [one["eventId"] for one in events(bench)] == [1]


def test_an_event_that_is_refused_is_not_told_again() -> None:
    bench = Bench201.booted(answers={"NotifyEvent": Refusal("NotSupported")})
    watched(bench, monitor(*STATE, "Delta", 1, 5, evse=FIRST))
    bench.plug().wait(300)
    assert len(bench.calls("NotifyEvent")) == 1


@pytest.mark.shows("NotifyEvent")
def test_an_event_lost_with_the_link_is_told_again_if_it_is_severe_enough() -> None:
    bench = Bench201.booted(answers={"NotifyEvent": SILENCE})
    watched(bench, monitor(*STATE, "Delta", 1, 4, evse=FIRST), monitor(*STATE, "Delta", 1, 5, evse=FIRST))
    bench.plug()
    assert [one["eventId"] for one in events(bench)] == [1, 2]
    bench.forget().cut()
    bench.answers["NotifyEvent"] = {}
    bench.come_back()
    bench.wait(1)
    assert [one["eventId"] for one in events(bench)] == [1]
    bench.forget().cut()
    bench.come_back()
    bench.wait(1)
    assert events(bench) == []


def test_many_events_are_split() -> None:
    bench = Bench201.booted()
    watched(bench, monitor(*STATE, "Periodic", 1, 0, evse=FIRST))
    bench.cut()
    bench.wait(250)
    bench.come_back()
    bench.wait(0)
    parts = bench.payloads("NotifyEvent")
    assert len(parts) > 2
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {len(part["eventData"]) for part in parts[:-1]} == {100}


def test_n07_fr_13_fr_14_a_restart_keeps_monitors_and_what_they_have_seen() -> None:
    bench = Bench201.charging()
    watched(
        bench,
        monitor(*POWER, "UpperThreshold", 1000, 6, evse=FIRST),
        monitor(*STATE, "Periodic", 60, 7, evse=FIRST),
    )
    assert [one[2] for one in seen(bench)] == [False]
    bench.power_down().wait(40)
    bench.forget().power_up()
    bench.wait(1)
    assert seen(bench) == [("Alerting", "0.0", True)]
    assert reported(bench) == [(1, "UpperThreshold", 6), (2, "Periodic", 7)]
    bench.forget().wait(65)
    assert [one["trigger"] for one in events(bench)] == ["Periodic"]


def test_a_snapshot_keeps_monitors_and_events() -> None:
    bench = Bench201.charging()
    watched(
        bench,
        monitor(*POWER, "UpperThreshold", 1000, 3, evse=FIRST),
        monitor(*STATE, "Delta", 1, 4, evse=FIRST, transaction=True),
    )
    bench.answer("SetMonitoringBase", {"monitoringBase": "All"})
    bench.cut()
    bench.command(StopEnergy(1))
    bench.wait(1)
    saved = orjson.loads(orjson.dumps(take(bench.charger, bench.now.sim)))
    adapter, spec = bench.charger.adapter, bench.station.spec
    station = Station(spec, Settings(adapter.defaults), charger_id="c1", boot_id="b2")
    restored = Charger(adapter, station, bench.timeline)
    restore(restored, saved)
    assert station.monitoring is not None
    assert bench.station.monitoring is not None
    assert station.monitoring.custom == bench.station.monitoring.custom
    assert list(station.monitoring.events.values()) == list(bench.station.monitoring.events.values())
    assert {type(event.origin) for event in station.monitoring.events.values()} == {Origin}
    assert take(restored, bench.now.sim)["monitoring"] == saved["monitoring"]
    assert station.settings.text("MonitoringCtrlr.ActiveMonitoringBase") == "All"


def test_monitors_of_the_template_watch_from_the_start() -> None:
    hard_wired = Monitor(1, "evse@1.availabilitystate", MonitorType.DELTA, 1, 3, Origin.HARD_WIRED)
    preconfigured = Monitor(2, "evse@1.power", MonitorType.UPPER, 5000, 6, Origin.PRECONFIGURED)
    bench = Bench201.booted(spec=two_sockets(monitors=(hard_wired, preconfigured)))
    bench.plug().swipe().wait(10)
    assert [(one["eventNotificationType"], one["variableMonitoringId"]) for one in events(bench)] == [
        ("HardWiredMonitor", 1),
        ("PreconfiguredMonitor", 2),
    ]


def test_g05_fr_02_a_lock_that_fails() -> None:
    bench = Bench201.booted()
    bench.plug()
    bench.forget()
    bench.command(InjectFault(1, 1, "ConnectorLockFailure", info="jammed", vendor_error_code="L7"))
    (event,) = events(bench)
    assert event == {
        "eventId": 1,
        "timestamp": bench.stamp,
        "trigger": "Delta",
        "actualValue": "true",
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": "ConnectorPlugRetentionLock", "evse": {"id": 1, "connectorId": 1}},
        "variable": {"name": "Problem"},
        "techCode": "L7",
        "techInfo": "jammed",
    } | ({"transactionId": event["transactionId"]} if "transactionId" in event else {})
    bench.swipe().wait(30)
    assert float(value(bench, *POWER, evse=FIRST)) == 0  # G05.FR.01
    bench.forget().command(ClearFault(1, 1))
    assert seen(bench) == [("Delta", "false", True)]


@pytest.mark.parametrize(
    ("code", "component"),
    [
        ("GroundFailure", "RCD"),
        ("HighTemperature", "TemperatureSensor"),
        ("OverCurrentFailure", "OverCurrentProtection"),
        ("PowerMeterFailure", "FiscalMetering"),
        ("PowerSwitchFailure", "PowerContactor"),
        ("ReaderFailure", "TokenReader"),
        ("InternalError", "Connector"),
    ],
)
def test_the_part_that_fails_tells_its_problem(code: str, component: str) -> None:
    bench = Bench201.booted()
    bench.command(InjectFault(1, 1, code))
    (event,) = events(bench)
    assert event["component"]["name"] == component
    where = {"evse": event["component"]["evse"]} if "evse" in event["component"] else {}
    assert value(bench, component, "Problem", **where) == "true"


def test_a_fixed_cable_has_no_lock_to_fail() -> None:
    evse = EvseSpec(1, (ConnectorSpec(1, "cType2", True),), Current.AC)
    bench = Bench201.booted(spec=two_sockets(evses=(evse,)))
    bench.command(InjectFault(1, 1, "ConnectorLockFailure"))
    assert [one["component"]["name"] for one in events(bench)] == ["Connector"]


def test_a_fault_of_the_station() -> None:
    bench = Bench201.booted()
    bench.command(InjectFault(0, None, "InternalError"))
    assert [one["component"] for one in events(bench)] == [{"name": "ChargingStation"}]
    assert value(bench, "ChargingStation", "Problem") == "true"


def test_n07_fr_05_what_a_problem_causes_names_it() -> None:
    bench = Bench201.booted()
    watched(bench, monitor(*STATE, "Delta", 1, 5, evse=FIRST), monitor(*STATE, "Delta", 1, 5, evse={"id": 2}))
    bench.command(InjectFault(1, 1, "GroundFailure"))
    state, problem = sorted(events(bench), key=lambda one: str(one["variable"]["name"]))
    assert (state["actualValue"], state["cause"]) == ("Faulted", problem["eventId"])
    bench.wait(10)
    bench.forget().plug(2)
    assert "cause" not in events(bench)[0]


def test_a_warning_is_no_problem() -> None:
    bench = Bench201.booted()
    bench.command(InjectFault(1, 1, "WeakSignal"))
    assert events(bench) == []


def test_g01_states_can_be_told_as_events() -> None:
    bench = Bench201(spec=two_sockets(status_by_event=True))
    bench.power_up()
    assert bench.calls("StatusNotification") == []
    told = [(one["component"]["evse"]["id"], one["actualValue"]) for one in events(bench)]
    assert told == [(1, "Available"), (2, "Available")]
    bench.forget().plug()
    (event,) = events(bench)
    assert (event["component"], event["variable"], event["trigger"], event["actualValue"]) == (
        {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
        {"name": "AvailabilityState"},
        "Delta",
        "Occupied",
    )
    bench.answer("SetMonitoringLevel", {"severity": 0})
    bench.forget().unplug()
    assert [one["actualValue"] for one in events(bench)] == ["Available"]
    place = {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}}
    assert bench.answer("TriggerMessage", place)["status"] == "Accepted"  # F06: what is asked for by name is sent
    assert len(bench.calls("StatusNotification")) == 1
