"""Days of a mixed fleet with mishaps and an operator's whims, held against what must always be true."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.csms.sessions import Session
from chargepoint_sim.simulation import Mishaps, Simulation
from chargepoint_sim.simulation.transcript import Line, Mark
from tests.month.checks.statuses import LEGAL_16
from tests.simulation.driver import act
from tests.simulation.fleets import lively
from tests.simulation.ledger import Ledger, Truth, keep

DAYS = 3
ROUNDING_WH = 1.0
"""Registers are told in whole Wh."""

OFTEN = Mishaps(link_drop_per_day=6, power_cut_per_day=2)


class Days:
    """What a run left behind."""

    def __init__(self, simulation: Simulation, ledger: Ledger) -> None:
        self.simulation = simulation
        self.ledger = ledger
        self.falls: list[str] = []
        """Registers that fell, draws above offers."""
        self.lines: dict[str, list[Line]] = defaultdict(list)

    def live(self, days: float, chance: Random) -> None:
        """Act every ten minutes or so, and look at every meter in between."""
        end = self.simulation.now.sim + days * 86400
        seen: dict[tuple[str, int], float] = {}
        while self.simulation.now.sim < end:
            self.simulation.run_for(chance.uniform(1, 300))
            self._look(seen)
            act(self.simulation, chance)
            self._look(seen)

    def settle(self) -> None:
        """Let everybody come back and deliver what waits."""

        def delivered() -> bool:
            chargers = [self.simulation.charger(one) for one in self.simulation.charger_ids]
            return all(one.station.online and not len(one.outbox) and not one.session.outstanding for one in chargers)

        assert self.simulation.run(until=delivered, within_s=6 * 3600), self.simulation.summary()
        for line in self.simulation.record:
            self.lines[line.charger_id].append(line)

    def _look(self, seen: dict[tuple[str, int], float]) -> None:
        for view in self.simulation.views():
            for evse in view.evses:
                key = (view.charger_id, evse.evse_id)
                if evse.register_wh < seen.get(key, 0.0):
                    self.falls.append(f"{key}: register fell from {seen[key]} to {evse.register_wh}")
                seen[key] = evse.register_wh
                if evse.power_w > evse.offered_power_w * (1 + 1e-9):
                    self.falls.append(f"{key}: draws {evse.power_w} W of {evse.offered_power_w} W offered")

    def session(self, truth: Truth) -> Session | None:
        """What the central system booked of a transaction; None where nothing, or more than one."""
        version = self.simulation.view(truth.charger_id).version
        found = [
            one
            for one in self.simulation.central.sessions(truth.charger_id)
            if (
                one.transaction_id == truth.transaction_id
                if version == "2.0.1"
                else one.evse_id == truth.evse_id
                and one.started_at == pytest.approx(truth.started_at, abs=1e-3)
                and one.meter_start_wh == pytest.approx(truth.meter_start_wh, abs=ROUNDING_WH)
            )
        ]
        return found[0] if len(found) == 1 else None

    def calls(self, charger_id: str, *actions: str) -> Iterator[Line]:
        """The charger's CALLs, repeats included."""
        for line in self.lines[charger_id]:
            if line.mark is Mark.SENT and line.name in actions and line.content[0] == 2:
                yield line


@pytest.fixture(scope="module")
def days() -> Iterator[Days]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        ledger = keep(monkeypatch)
        run = Days(Simulation(lively(), mishaps=OFTEN), ledger)
        run.live(DAYS, Random(20250329))
        run.settle()
        yield run


def test_the_run_was_worth_its_time(days: Days) -> None:
    counts = days.simulation.central.counts
    assert len(days.ledger.transactions) > 100
    for action in ("StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"):
        assert counts[action] > 20, action
    for action in ("NotifyChargingLimit", "ClearedChargingLimit", "NotifyReport"):
        assert counts[action] > 0, action
    kinds = {event.kind for event in days.simulation.events()}
    assert {"charger_rebooting", "charger_disconnected", "charger_refused"} <= kinds


def test_the_central_system_saw_no_violation(days: Days) -> None:
    assert list(days.simulation.central.violations) == []


def test_no_charger_gave_a_message_up_or_met_a_wrong_answer(days: Days) -> None:
    expected = ("no answer in time", "CALLERROR", "bad ", "not sent", "given up")
    problems = {
        view.charger_id: [cause for cause in view.problems if any(words in cause for words in expected)]
        for view in days.simulation.views()
    }
    assert {charger_id: found for charger_id, found in problems.items() if found} == {}
    assert [view.charger_id for view in days.simulation.views() if view.given_up] == []


def test_every_transaction_is_at_the_central_system_exactly_once(days: Days) -> None:
    for charger_id in days.simulation.charger_ids:
        truths = days.ledger.of(charger_id)
        assert len(truths) == days.simulation.charger(charger_id).station.transactions_n
        assert [truth for truth in truths if days.session(truth) is None] == []
        assert len(days.simulation.central.sessions(charger_id)) == len(truths)


def test_every_end_is_booked_as_it_was(days: Days) -> None:
    for truth in days.ledger.transactions.values():
        session = days.session(truth)
        assert session is not None
        assert session.is_open == (truth.ended_at is None), truth
        if truth.ended_at is not None:
            assert session.stopped_at == pytest.approx(truth.ended_at, abs=1e-3)
            assert session.meter_stop_wh == pytest.approx(truth.meter_stop_wh, abs=ROUNDING_WH)


def test_nothing_odd_was_booked_and_no_number_is_missing(days: Days) -> None:
    odd = {one.transaction_id: one.oddities for one in days.simulation.central.sessions() if one.oddities}
    assert odd == {}
    for truth in days.ledger.transactions.values():
        session = days.session(truth)
        assert session is not None
        assert truth.seq_nos == list(range(len(truth.seq_nos)))
        if days.simulation.view(truth.charger_id).version == "2.0.1":
            assert (session.first_seq_no, session.last_seq_no) == (0, truth.seq_nos[-1])
            assert session.missing_seq_nos == set()


def test_energy_metered_is_energy_reported(days: Days) -> None:
    for view in days.simulation.views():
        for evse in view.evses:
            truths = days.ledger.of(view.charger_id, evse.evse_id)
            reported_wh = 0.0
            for truth in truths:
                session = days.session(truth)
                assert session is not None
                reported_wh += (session.energy_wh or 0.0) if truth.ended_at is not None else 0.0
            running_wh = evse.register_wh - truths[-1].meter_start_wh if truths and truths[-1].ended_at is None else 0.0
            assert reported_wh + running_wh == pytest.approx(evse.register_wh, abs=ROUNDING_WH * (len(truths) + 1))


def test_registers_never_fall_and_no_draw_exceeds_its_offer(days: Days) -> None:
    assert days.falls == []


def test_at_most_one_call_is_outstanding(days: Days) -> None:
    for charger_id in days.simulation.charger_ids:
        outstanding: str | None = None
        for line in days.lines[charger_id]:
            if line.mark is Mark.EVENT:
                if line.name in ("charger_connected", "charger_disconnected", "charger_rebooting"):
                    outstanding = None
                continue
            kind, message_id, *_ = line.content
            if line.mark is Mark.SENT and kind == 2:
                assert outstanding is None, line
                outstanding = message_id
            elif line.mark is Mark.RECEIVED and kind != 2 and message_id == outstanding:
                outstanding = None


def test_a_message_id_belongs_to_one_message(days: Days) -> None:
    for charger_id in days.simulation.charger_ids:
        texts: dict[str, set[bytes]] = defaultdict(set)
        for line in days.lines[charger_id]:
            if line.mark is Mark.SENT and line.content[0] == 2:
                texts[line.content[1]].add(line.text)
        assert [message_id for message_id, different in texts.items() if len(different) > 1] == []


def test_1_6_statuses_change_only_as_section_4_9_allows(days: Days) -> None:
    for view in days.simulation.views():
        if view.version != "1.6":
            continue
        told: dict[int, str] = {}
        for line in days.lines[view.charger_id]:
            if line.mark is Mark.EVENT and line.name == "charger_connected":
                told.clear()  # what changed without a link is told by its last status alone (section 4.9)
            if line.mark is not Mark.SENT or line.name != "StatusNotification" or line.content[0] != 2:
                continue
            payload = line.content[3]
            connector, status = payload["connectorId"], payload["status"]
            before = told.get(connector)
            if connector and before is not None and before != status:
                assert status in LEGAL_16[before], f"{line.at} {view.charger_id} {connector}: {before} -> {status}"
            told[connector] = status


def test_the_timestamps_of_a_transaction_never_run_backwards(days: Days) -> None:
    for truth in days.ledger.transactions.values():
        assert truth.told == sorted(truth.told), truth
    for charger_id in days.simulation.charger_ids:
        stamps: dict[str, list[float]] = defaultdict(list)
        sent: set[str] = set()
        for line in days.calls(charger_id, "TransactionEvent", "MeterValues", "StartTransaction", "StopTransaction"):
            _, message_id, _action, payload = line.content
            if message_id in sent:
                continue
            sent.add(message_id)
            key = payload.get("transactionInfo", payload).get("transactionId")
            if key is None:
                continue
            at = payload.get("timestamp") or payload["meterValue"][0]["timestamp"]
            stamps[str(key)].append(parse_utc(at))
        for key, instants in stamps.items():
            assert all(earlier <= later for earlier, later in pairwise(instants)), (charger_id, key)
        assert stamps


def test_the_longest_silence_of_an_online_charger_is_a_heartbeat(days: Days) -> None:
    """Whoever is connected and booted is heard of within the heartbeat interval (1.6 section 4.6, G02)."""
    for charger_id in days.simulation.charger_ids:
        heartbeat_s = days.simulation.charger(charger_id).station.settings.integer("OCPPCommCtrlr.HeartbeatInterval")
        heard_at: float | None = None
        for line in days.lines[charger_id]:
            if line.mark is Mark.EVENT and line.name == "charger_connected":
                heard_at = None
            elif line.mark is Mark.SENT:
                if heard_at is not None:
                    assert line.at - heard_at <= heartbeat_s + 1, (charger_id, line.at)
                heard_at = line.at
