"""Anything in any order at a 1.6 charge point: what must hold whatever people, networks and central systems do."""

import json
from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import (
    ClearFault,
    EndTransaction,
    IdToken,
    InjectFault,
    LoseLink,
    PlugIn,
    PresentToken,
    Reboot,
    RequestEnergy,
    SetPowerLimit,
    StartSession,
    StopEnergy,
    StopSession,
    Unplug,
)
from chargepoint_sim.protocol.effects import Send
from chargepoint_sim.protocol.outbox import Entry, Lane, Outbox
from tests.protocol.harness import SILENCE, Refusal, Rule
from tests.protocol.v16.bench import Bench16
from tests.protocol.v16.test_v16_status import TABLE

TIMEOUT_S = 35 - 1e-6
CONNECTORS = st.sampled_from([1, 2])
PLACES = st.sampled_from([0, 1, 2])
TAGS = st.sampled_from([IdToken("A"), IdToken("B"), IdToken("C")])
REGISTER = "Energy.Active.Import.Register"


class RecordingOutbox(Outbox):
    """Keeps every transaction message that was ever queued."""

    def __init__(self) -> None:
        super().__init__()
        self.queued: list[Entry] = []

    def add(self, entry: Entry) -> None:
        if entry.lane is Lane.TRANSACTION:
            self.queued.append(entry)
        super().add(entry)


class Watched(Bench16):
    """A bench that watches the link: one CALL at a time, legal statuses."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.charger.outbox = RecordingOutbox()
        self.under_way: tuple[float, int, str] | None = None
        self.last_status: dict[int, tuple[int, str, str]] = {}

    @property
    def queued(self) -> list[Entry]:
        outbox = self.charger.outbox
        assert isinstance(outbox, RecordingOutbox)
        return outbox.queued

    def _take(self, effect: Send) -> None:
        frame = json.loads(effect.text)
        if frame[0] == 2:
            link = len(self.dials)
            if self.under_way is not None:
                sent_at, on_link, _ = self.under_way
                assert on_link != link or self.t - sent_at >= TIMEOUT_S, "two CALLs under way"
            self.under_way = (self.t, link, frame[1])
            if frame[2] == "StatusNotification":
                self._watch_status(frame[3]["connectorId"], frame[3]["status"], frame[3]["errorCode"], link)
        super()._take(effect)

    def _reply(self, call: Any, answer: Any) -> None:
        if self.linked and self.under_way is not None and self.under_way[2] == call.frame[1]:
            self.under_way = None
        super()._reply(call, answer)

    def _watch_status(self, connector: int, status: str, error: str, link: int) -> None:
        on_link, last, last_error = self.last_status.get(connector, (-1, "", ""))
        if on_link == link:
            if error != "LocalListConflict":  # that one is an event
                assert (status, error) != (last, last_error), f"{status} {error} told twice"
            if status != last:
                assert status in TABLE[last].split(), f"{last} to {status} is no transition of the standard"
            if connector == 0:
                assert {status, last} <= {"Available", "Unavailable", "Faulted"}
        self.last_status[connector] = (link, status, error)


class ChargePoint(RuleBasedStateMachine):
    """One charge point among random events."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Watched(
            settings={
                "AuthCtrlr.OfflineTxForUnknownIdEnabled": "true",
                "SampledDataCtrlr.TxUpdatedMeasurands": REGISTER,
                "SampledDataCtrlr.TxEndedMeasurands": REGISTER,
            }
        )
        self.bench.power_up()
        self.friendly = dict(self.bench.answers)
        self.registers = [0.0, 0.0]

    # People and vehicles

    @rule(connector=CONNECTORS, soc=st.floats(0.1, 1), vehicle=st.sampled_from(["suv", "compact", "phev"]))
    def plug(self, connector: int, soc: float, vehicle: str) -> None:
        self.bench.command(PlugIn(connector_id=connector, vehicle=vehicle, soc=soc))

    @rule(connector=CONNECTORS, at_vehicle=st.booleans())
    def unplug(self, connector: int, at_vehicle: bool) -> None:
        self.bench.command(Unplug(connector_id=connector, at_vehicle=at_vehicle))

    @rule(connector=CONNECTORS, tag=TAGS)
    def swipe(self, connector: int, tag: IdToken) -> None:
        self.bench.command(PresentToken(connector_id=connector, id_token=tag))

    @rule(
        connector=CONNECTORS,
        tag=TAGS,
        duration_s=st.none() | st.floats(1, 900),
        energy_wh=st.none() | st.floats(1, 5000),
    )
    def start_session(self, connector: int, tag: IdToken, duration_s: float | None, energy_wh: float | None) -> None:
        self.bench.command(
            StartSession(connector_id=connector, id_token=tag, duration_s=duration_s, target_energy_wh=energy_wh)
        )

    @rule(connector=CONNECTORS)
    def stop_session(self, connector: int) -> None:
        self.bench.command(StopSession(connector_id=connector))

    @rule()
    def end_transaction(self) -> None:
        self.bench.command(EndTransaction())

    @rule(connector=CONNECTORS, wants=st.booleans())
    def ask_energy(self, connector: int, wants: bool) -> None:
        self.bench.command((RequestEnergy if wants else StopEnergy)(connector_id=connector))

    @rule(connector=CONNECTORS, power_w=st.none() | st.sampled_from([0.0, 1000.0, 5000.0, 30000.0]))
    def limit(self, connector: int, power_w: float | None) -> None:
        self.bench.command(SetPowerLimit(connector_id=connector, power_w=power_w))

    # Trouble

    @rule(connector=PLACES, code=st.sampled_from(["GroundFailure", "OtherError", "EVCommunicationError"]))
    def fail(self, connector: int, code: str) -> None:
        self.bench.command(InjectFault(connector_id=connector, error_code=code))

    @rule(connector=PLACES)
    def mend(self, connector: int) -> None:
        self.bench.command(ClearFault(connector_id=connector))

    @rule(for_long=st.sampled_from([False, False, False, True]))
    def cut(self, for_long: bool) -> None:
        self.bench.cut()
        if not for_long and self.bench.station.mains:
            self.bench.come_back()

    @rule()
    def restore(self) -> None:
        self.bench.restore()

    @rule(seconds=st.floats(0, 20))
    def lose_link(self, seconds: float) -> None:
        self.bench.command(LoseLink(duration_s=seconds))

    @rule(seconds=st.floats(0, 300))
    def power_cut(self, seconds: float) -> None:
        self.bench.power_down()
        self.bench.wait(seconds)
        self.bench.restore().power_up()

    @rule(hard=st.booleans())
    def reboot(self, hard: bool) -> None:
        self.bench.command(Reboot(hard=hard))
        self.bench.restore().wait(10)

    # The central system

    @rule(
        action=st.sampled_from(
            ["StartTransaction", "StopTransaction", "MeterValues", "StatusNotification", "Authorize", "Heartbeat"]
        ),
        how=st.sampled_from(["friendly", "friendly", "silent", "error", "invalid"]),
    )
    def change_mood(self, action: str, how: str) -> None:
        moods: dict[str, Rule] = {"friendly": self.friendly[action], "silent": SILENCE, "error": Refusal()}
        if action == "Authorize":
            moods["invalid"] = {"idTagInfo": {"status": "Invalid"}}
        elif action == "StartTransaction":
            moods["invalid"] = {"transactionId": 4711, "idTagInfo": {"status": "Invalid"}}
        self.bench.answers[action] = moods.get(how, self.friendly[action])

    @rule(connector=CONNECTORS | st.none(), tag=TAGS)
    def remote_start(self, connector: int | None, tag: IdToken) -> None:
        place = {} if connector is None else {"connectorId": connector}
        self._ask("RemoteStartTransaction", {"idTag": tag.id_token, **place})

    @rule(transaction=st.integers(-1, 12))
    def remote_stop(self, transaction: int) -> None:
        self._ask("RemoteStopTransaction", {"transactionId": transaction})

    @rule(connector=st.sampled_from([0, 1, 2]), kind=st.sampled_from(["Operative", "Inoperative"]))
    def change_availability(self, connector: int, kind: str) -> None:
        self._ask("ChangeAvailability", {"connectorId": connector, "type": kind})

    @rule(connector=PLACES, number=st.sampled_from([1, 2]), tag=TAGS, for_s=st.floats(1, 3600))
    def reserve(self, connector: int, number: int, tag: IdToken, for_s: float) -> None:
        place = {"connectorId": connector, "reservationId": number}
        whom = {"idTag": tag.id_token, "parentIdTag": "P", "expiryDate": format_utc(self.bench.now.sim + for_s)}
        self._ask("ReserveNow", place | whom)

    @rule(number=st.sampled_from([1, 2]))
    def cancel_reservation(self, number: int) -> None:
        self._ask("CancelReservation", {"reservationId": number})

    @rule(tag=TAGS, status=st.sampled_from(["Accepted", "Blocked"]), parent=st.sampled_from(["P", "Q"]))
    def list_tag(self, tag: IdToken, status: str, parent: str) -> None:
        entry = {"idTag": tag.id_token, "idTagInfo": {"status": status, "parentIdTag": parent}}
        self._ask("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [entry]})

    @rule(message=st.sampled_from(["Heartbeat", "BootNotification"]), connector=PLACES)
    def trigger(self, message: str, connector: int) -> None:
        self._ask("TriggerMessage", {"requestedMessage": message, "connectorId": connector})

    @rule(kind=st.sampled_from(["Soft", "Hard"]))
    def reset(self, kind: str) -> None:
        self._ask("Reset", {"type": kind})
        self.bench.restore().wait(10)

    @rule(connector=CONNECTORS)
    def unlock(self, connector: int) -> None:
        self._ask("UnlockConnector", {"connectorId": connector})

    @rule(
        change=st.sampled_from(
            [
                ("StopTransactionOnEVSideDisconnect", "false"),
                ("StopTransactionOnEVSideDisconnect", "true"),
                ("UnlockConnectorOnEVSideDisconnect", "false"),
                ("StopTransactionOnInvalidId", "false"),
                ("MaxEnergyOnInvalidId", "300"),
                ("MeterValueSampleInterval", "20"),
                ("ClockAlignedDataInterval", "300"),
                ("MinimumStatusDuration", "5"),
                ("MinimumStatusDuration", "0"),
                ("LocalPreAuthorize", "true"),
                ("AuthorizeRemoteTxRequests", "true"),
            ]
        )
    )
    def configure(self, change: tuple[str, str]) -> None:
        self._ask("ChangeConfiguration", {"key": change[0], "value": change[1]})

    @rule(seconds=st.sampled_from([0.5, 3.0, 20.0, 61.0, 400.0]))
    def wait(self, seconds: float) -> None:
        self.bench.wait(seconds)

    @rule(seconds=st.sampled_from([0.5, 70.0]))
    def be_held_up(self, seconds: float) -> None:
        self.bench.leap(seconds)

    def _ask(self, action: str, payload: dict[str, Any]) -> None:
        if self.bench.linked:
            answer = self.bench.ask(action, payload)
            assert answer is not None
            assert answer[0] == 3

    # What must hold

    @invariant()
    def nothing_is_overdue(self) -> None:
        assert self.bench.charger.next_deadline() > self.bench.t

    @invariant()
    def registers_never_fall(self) -> None:
        now = self.bench.now.sim
        registers = [evse.meter.register_at(now) for evse in self.bench.station.evses]
        assert all(new >= old - 1e-9 for new, old in zip(registers, self.registers, strict=True))
        self.registers = registers

    @invariant()
    def nothing_is_lost_from_the_queue(self) -> None:
        outbox = self.bench.charger.outbox
        waiting = {entry.message_id for entry in outbox.transactions or ()}
        given_up = {entry.message_id for entry in outbox.given_up}
        refused = {one.frame[1] for one in self.bench.calls()}
        for entry in self.bench.queued:
            assert entry.message_id in waiting | given_up | refused

    @invariant()
    def first_sends_keep_the_order_of_events(self) -> None:
        number = {entry.message_id: entry.number for entry in self.bench.queued}
        first_sends = list(dict.fromkeys(one.frame[1] for one in self.bench.of_transactions()))
        numbers = [number[message_id] for message_id in first_sends]
        assert numbers == sorted(numbers)

    @invariant()
    def every_transaction_is_one_start_then_values_then_one_stop(self) -> None:
        running: dict[int, str] = {}
        stories: dict[str, list[str]] = defaultdict(list)
        for entry in self.bench.queued:
            if entry.transaction is None:
                continue
            story = stories[entry.transaction]
            story.append(entry.action)
            if entry.action == "StartTransaction":
                connector = entry.payload["connectorId"]
                assert running.get(connector) is None, "a second transaction on a connector"
                running[connector] = entry.transaction
            elif entry.action == "StopTransaction":
                (connector,) = [place for place, name in running.items() if name == entry.transaction]
                del running[connector]
        for story in stories.values():
            assert story[0] == "StartTransaction"
            assert "StartTransaction" not in story[1:]
            assert "StopTransaction" not in story[:-1]
        open_now = {
            evse.evse_id: evse.transaction.transaction_id for evse in self.bench.station.evses if evse.transaction
        }
        assert running == open_now

    def teardown(self) -> None:
        bench = self.bench
        bench.answers = dict(self.friendly)
        bench.restore().wait(900)
        for connector in (1, 2):
            bench.command(StopSession(connector_id=connector))
        bench.wait(1800)
        assert bench.linked
        assert not bench.charger.outbox.transactions
        assert all(evse.transaction is None for evse in bench.station.evses)
        self.every_transaction_is_one_start_then_values_then_one_stop()
        self.registers_on_the_wire_never_fall()

    def registers_on_the_wire_never_fall(self) -> None:
        told: dict[int, list[tuple[str, int]]] = defaultdict(list)
        connector_of: dict[str, int] = {}
        for entry in self.bench.queued:
            if entry.action == "StartTransaction":
                assert entry.transaction is not None
                connector_of[entry.transaction] = entry.payload["connectorId"]
                told[entry.payload["connectorId"]].append((entry.payload["timestamp"], entry.payload["meterStart"]))
            elif entry.action == "StopTransaction":
                assert entry.transaction is not None
                told[connector_of[entry.transaction]].append((entry.payload["timestamp"], entry.payload["meterStop"]))
            else:
                for element in entry.payload["meterValue"]:
                    (register,) = [one["value"] for one in element["sampledValue"] if one["measurand"] == REGISTER]
                    told[entry.payload["connectorId"]].append((element["timestamp"], int(register)))
        for points in told.values():
            for (earlier, less), (later, more) in pairwise(points):
                assert earlier <= later
                assert less <= more


TestChargePoint = ChargePoint.TestCase
TestChargePoint.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_the_watch_sees_what_it_is_for() -> None:
    bench = Watched()
    bench.power_up()
    with pytest.raises(AssertionError, match="no transition of the standard"):
        bench._watch_status(1, "Finishing", "NoError", len(bench.dials))
