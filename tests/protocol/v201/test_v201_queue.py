"""2.0.1: what waits for the link, what is dropped, what is split, what a restart keeps (E04, E11-E13, J02)."""

import orjson
import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core import metering
from chargepoint_sim.core.certificates import Purpose
from chargepoint_sim.core.commands import InjectFault, StartSession, TransferData
from chargepoint_sim.core.spec import ConnectorSpec, Current, EvseSpec
from tests.protocol.harness import two_sockets
from tests.protocol.v201.bench import TOKEN, Bench201

QUEUE_ALL = {"OCPPCommCtrlr.QueueAllMessages": "true", "OCPPCommCtrlr.OfflineThreshold": "100000"}


def restarted(bench: Bench201, **how: object) -> Bench201:
    """The charger in another process, after the state was written and read."""
    later = Bench201(boot_id="b2", **how)
    later.t = bench.t
    snapshot.restore(later.charger, orjson.loads(orjson.dumps(snapshot.take(bench.charger, bench.now.sim))))
    return later


def test_messages_are_forgotten_offline() -> None:
    bench = Bench201.booted(settings={"AlignedDataCtrlr.Interval": "60"})
    bench.cut().wait(120)
    bench.come_back()
    assert bench.payloads("MeterValues") == []


def test_queue_all_messages_keeps_what_is_not_of_a_transaction() -> None:
    bench = Bench201.booted(settings={**QUEUE_ALL, "AlignedDataCtrlr.Interval": "60"})
    bench.cut()
    bench.command(InjectFault(1, 1, "OtherError"))
    assert bench.command(TransferData("org.example", "hello")).accepted
    bench.wait(120)
    bench.come_back()
    assert [payload["connectorStatus"] for payload in bench.payloads("StatusNotification")] == ["Faulted"]
    assert [payload["evseId"] for payload in bench.payloads("MeterValues")] == [0, 1, 2] * round(bench.t // 60)
    assert len(bench.payloads("DataTransfer")) == 1
    assert bench.payloads("Heartbeat") == []


def test_queue_all_messages_keeps_what_was_under_way() -> None:
    bench = Bench201.booted(settings=QUEUE_ALL)
    bench.answers["StatusNotification"] = bench.answers["DataTransfer"]
    del bench.answers["StatusNotification"]
    bench.plug()
    bench.cut().forget()
    bench.answers["StatusNotification"] = {}
    bench.come_back()
    assert [payload["connectorStatus"] for payload in bench.payloads("StatusNotification")] == ["Occupied"]


def test_queue_all_messages_outlives_a_restart() -> None:
    settings = {**QUEUE_ALL, "AlignedDataCtrlr.Interval": "60"}
    bench = Bench201.booted(settings=settings)
    bench.cut().wait(70)
    later = restarted(bench, settings=settings)
    later.power_up()
    assert [payload["evseId"] for payload in later.payloads("MeterValues")] == [0, 1, 2]


def test_queue_all_messages_outlives_a_restart_whatever_it_is() -> None:
    bench = Bench201.booted(settings=QUEUE_ALL)
    bench.station.settings.set("AlignedDataCtrlr.Interval", 0)
    for action in ("DataTransfer", "NotifyReport", "StatusNotification", "SignCertificate"):
        bench.answers.pop(action)
    bench.answer("GetBaseReport", {"requestId": 7, "reportBase": "ConfigurationInventory"})
    bench.answer("TriggerMessage", {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 1}})
    bench.answer("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"})
    assert bench.command(TransferData("org.example", "hello")).accepted
    bench.cut()
    bench.command(InjectFault(1, 1, "OtherError"))
    later = restarted(bench, settings=QUEUE_ALL)
    waiting = [entry.action for entry in later.charger.outbox.normal or ()]
    later.power_up()
    later.wait(5)
    told = [one.action for one in later.calls() if one.action in waiting]
    assert set(waiting) >= {"DataTransfer", "NotifyReport", "StatusNotification", "SignCertificate"}
    assert [action for action in told if action != "StatusNotification"] == [
        action for action in waiting if action != "StatusNotification"
    ]
    assert {one["requestId"] for one in later.payloads("NotifyReport")} == {7}
    assert Purpose.STATION in later.station.access.certificates.awaited


def test_what_waits_without_queue_all_messages_does_not_outlive_a_restart() -> None:
    bench = Bench201.booted()
    bench.answers.pop("DataTransfer")
    assert bench.command(TransferData("org.example", "hello")).accepted
    assert restarted(bench).charger.outbox.normal is None


@pytest.mark.parametrize("action", sorted(snapshot.RETOLD - {"GetCertificateStatus", "NotifyEvent"}))
def test_what_is_told_again_after_a_restart_is_not_told_twice(action: str) -> None:
    bench = Bench201.booted(settings=QUEUE_ALL)
    bench.charger.call(action, {}, note=1)
    assert restarted(bench, settings=QUEUE_ALL).charger.outbox.normal is None


def test_e04_fr_08_every_second_reading_is_dropped_when_memory_ends() -> None:
    bench = Bench201.booted(spec=two_sockets(transaction_queue=20))
    bench.cut()
    bench.plug().wait(3600)
    bench.unplug().come_back()
    events = bench.transaction_events()
    assert 10 <= len(events) <= 20
    assert [events[0]["eventType"], events[-1]["eventType"]] == ["Started", "Ended"]
    assert all(event["offline"] for event in events)
    numbers = [event["seqNo"] for event in events]
    assert numbers == sorted(numbers)
    assert numbers[-1] > len(events)  # the gaps show what is missing


def test_e02_fr_11_more_measurands_than_one_event_takes() -> None:
    bench = Bench201.charging(spec=two_sockets(measurands_per_event=2))
    bench.wait(61)
    events = bench.transaction_events()
    assert [event["triggerReason"] for event in events] == ["MeterValuePeriodic"] * 3
    assert len({event["timestamp"] for event in events}) == 1
    assert [event["seqNo"] for event in events] == list(range(events[0]["seqNo"], events[0]["seqNo"] + 3))
    shown = [
        list(dict.fromkeys(value["measurand"] for value in event["meterValue"][0]["sampledValue"])) for event in events
    ]
    assert shown == [
        ["Energy.Active.Import.Register", "Power.Active.Import"],
        ["Power.Offered", "Current.Import"],
        ["Current.Offered", "Voltage"],
    ]


def test_a_restart_keeps_what_the_end_of_a_transaction_needs() -> None:
    settings = {"SampledDataCtrlr.TxEndedInterval": "60"}
    bench = Bench201.booted(settings=settings)
    bench.swipe().wait(5)
    bench.plug().wait(130)
    later = restarted(bench, settings=settings)
    later.power_up()
    ended = later.transaction_events()[-1]
    contexts = [element["sampledValue"][0]["context"] for element in ended["meterValue"]]
    assert contexts == ["Transaction.Begin", "Sample.Periodic", "Sample.Periodic", "Transaction.End"]
    assert ended["transactionInfo"]["stoppedReason"] == "PowerLoss"


def test_a_restart_keeps_what_a_transaction_owes() -> None:
    bench = Bench201.booted()
    bench.swipe().wait(5)
    assert bench.command(StartSession(2, 1, TOKEN, target_energy_wh=500.0)).accepted
    bench.wait(10)
    later = restarted(bench)
    owing, limited = (evse.transaction for evse in later.station.evses)
    assert owing is not None
    assert owing.begin_owed
    assert limited is not None
    assert limited.energy_limit_wh == pytest.approx(500.0)
    assert limited.phases_told == 3


def test_a_restart_keeps_the_limits_of_a_session_that_has_not_begun() -> None:
    bench = Bench201.booted(settings={"TxCtrlr.TxStartPoint": "EnergyTransfer"})
    bench.station.evses[0].session_limits = (60.0, 500.0)
    assert restarted(bench).station.evses[0].session_limits == (60.0, 500.0)


def test_j01_fr_04_the_main_meter_shows_every_phase_of_any_evse() -> None:
    one_phase = EvseSpec(1, (ConnectorSpec(1),), phases=1, max_power_w=7360.0)
    three_phases = EvseSpec(2, (ConnectorSpec(1),))
    bench = Bench201.booted(spec=two_sockets(evses=(one_phase, three_phases)))
    for evse_id in (1, 2):
        bench.plug(evse_id).swipe(evse_id)
    bench.wait(30)
    whole = metering.main_reading(bench.station, bench.now.sim)
    assert len(whole.current_a) == len(whole.voltage_v) == 3
    single, triple = (metering.reading(bench.station, evse, bench.now.sim) for evse in bench.station.evses)
    assert whole.current_a[0] == pytest.approx(single.current_a[0] + triple.current_a[0])
    assert whole.current_a[1:] == triple.current_a[1:]
    assert whole.power_w == pytest.approx(single.power_w + triple.power_w)


def test_the_main_meter_of_a_station_with_both_kinds_of_outlet_is_an_ac_meter() -> None:
    direct = EvseSpec(1, (ConnectorSpec(1, "cCCS2", cable_attached=True),), current=Current.DC, voltage_v=400.0)
    bench = Bench201.booted(spec=two_sockets(evses=(direct, EvseSpec(2, (ConnectorSpec(1),)))))
    assert not metering.main_reading(bench.station, bench.now.sim).dc


@pytest.mark.parametrize("phases", [1, 3])
def test_j01_fr_04_the_main_meter_shows_what_dc_outlets_draw_as_alternating_current(phases: int) -> None:
    direct = EvseSpec(
        1, (ConnectorSpec(1, "cCCS2"),), current=Current.DC, voltage_v=400.0, max_power_w=50e3, max_current_a=125.0
    )
    socket = EvseSpec(2, (ConnectorSpec(1),), phases=phases)
    bench = Bench201.booted(spec=two_sockets(evses=(direct, socket)))
    for evse_id in (1, 2):
        bench.plug(evse_id).swipe(evse_id)
    bench.wait(60)
    whole = metering.main_reading(bench.station, bench.now.sim)
    dc, ac = (metering.reading(bench.station, evse, bench.now.sim) for evse in bench.station.evses)
    assert dc.power_w > ac.power_w > 0
    assert not whole.dc
    assert len(whole.current_a) == phases
    shown_w = sum(a * v for a, v in zip(whole.current_a, whole.voltage_v, strict=True)) * whole.power_factor
    assert whole.power_w == pytest.approx(shown_w) == pytest.approx(dc.power_w + ac.power_w)
    drawn = [total - own for total, own in zip(whole.current_a, ac.current_a, strict=True)]
    assert drawn == pytest.approx([drawn[0]] * phases)
    assert whole.offered_current_a == pytest.approx(
        ac.offered_current_a + dc.offered_power_w / (whole.power_factor * sum(whole.voltage_v))
    )
