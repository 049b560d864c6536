"""When transactions start and end, for every pair of start and stop points (2.0.1 part 2 chapter 2.6.6, block E)."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargepoint_sim.core.commands import (
    ClearFault,
    Command,
    IdToken,
    InjectFault,
    PlugIn,
    PresentToken,
    RequestEnergy,
    SetPowerLimit,
    StopEnergy,
    Unplug,
)
from chargepoint_sim.core.facts import StopReason, TransactionEvent, TransactionPhase, Trigger
from chargepoint_sim.core.settings import DEFAULTS, Settings
from chargepoint_sim.core.spec import ConnectorSpec, EvseSpec, StationSpec
from chargepoint_sim.core.station import Station

STARTED_AT = {"EVConnected": 0, "Authorized": 10, "PowerPathClosed": 10, "EnergyTransfer": 12}
ENDED_AT = {"EVConnected": 300, "Authorized": 200, "PowerPathClosed": 200, "EnergyTransfer": 100}
POINTS = list(STARTED_AT)
SETS = [chosen for n in (1, 2, 4) for chosen in combinations(POINTS, n)]

PLUG, TAG = PlugIn(vehicle="suv", soc=0.3), PresentToken(id_token=IdToken("TAG"))
SESSION: list[tuple[float, Command]] = [
    (0, PLUG),
    (10, TAG),
    (100, StopEnergy()),
    (200, TAG),
    (300, Unplug()),
]


def station(start: tuple[str, ...], stop: tuple[str, ...], **more: object) -> Station:
    chosen = Settings(DEFAULTS)
    chosen.set("TxCtrlr.TxStartPoint", start)
    chosen.set("TxCtrlr.TxStopPoint", stop)
    chosen.set("AuthCtrlr.OfflineTxForUnknownIdEnabled", True)
    chosen.set("TxCtrlr.TxBeforeAcceptedEnabled", True)
    for name, value in more.items():
        chosen.set(f"TxCtrlr.{name}", value)  # type: ignore[arg-type]  # settings take what their kind takes
    spec = StationSpec("t", "V", "M", "1", (EvseSpec(1, (ConnectorSpec(1),)),))
    made = Station(spec, chosen, charger_id="c", boot_id="b")
    made.power_up(0)
    return made


def run(at_station: Station, steps: list[tuple[float, Command]], until: float = 1000) -> list[TransactionEvent]:
    for at, command in steps:
        at_station.advance(at)
        at_station.apply(command, at)
    at_station.advance(until)
    return [fact for fact in at_station.take_facts() if isinstance(fact, TransactionEvent)]


def phases(events: list[TransactionEvent], phase: TransactionPhase) -> list[TransactionEvent]:
    return [event for event in events if event.phase is phase]


def is_whole(events: list[TransactionEvent]) -> None:
    """Each transaction: Started, Updated ..., Ended; numbered without gaps; what is said once is said once."""
    transactions: dict[str, list[TransactionEvent]] = {}
    for event in events:
        transactions.setdefault(event.transaction_id, []).append(event)
    for story in transactions.values():
        assert story[0].phase is TransactionPhase.STARTED
        assert len(phases(story, TransactionPhase.STARTED)) == 1
        assert len(phases(story, TransactionPhase.ENDED)) <= 1
        assert all(event.phase is TransactionPhase.UPDATED for event in story[1:-1])
        assert [event.seq_no for event in story] == list(range(len(story)))
        assert len([event for event in story if event.connector_id is not None]) <= 1
        assert all(earlier.at <= later.at for earlier, later in pairwise(story))
        assert all(earlier.register_wh <= later.register_wh for earlier, later in pairwise(story))
        assert all(event.stopped_reason is None for event in story[:-1])
        if story[-1].phase is TransactionPhase.ENDED:
            assert story[-1].stopped_reason is not None


@pytest.mark.parametrize("stop", SETS, ids="+".join)
@pytest.mark.parametrize("start", SETS, ids="+".join)
def test_one_session_starts_with_the_first_start_point_and_ends_with_the_first_stop_point(
    start: tuple[str, ...], stop: tuple[str, ...]
) -> None:
    events = run(station(start, stop), SESSION)
    is_whole(events)
    first, last = phases(events, TransactionPhase.STARTED)[0], phases(events, TransactionPhase.ENDED)[0]
    assert first.at == min(STARTED_AT[point] for point in start)
    assert last.at == min(ENDED_AT[point] for point in stop)


@pytest.mark.parametrize(
    ("start", "trigger"),
    [
        ("EVConnected", Trigger.CABLE_PLUGGED_IN),
        ("Authorized", Trigger.AUTHORIZED),
        ("PowerPathClosed", Trigger.AUTHORIZED),
        ("EnergyTransfer", Trigger.CHARGING_STATE_CHANGED),
    ],
)
def test_the_start_says_why(start: str, trigger: Trigger) -> None:
    events = run(station((start,), ("EVConnected",)), SESSION)
    assert events[0].trigger is trigger


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        ("EVConnected", StopReason.LOCAL),
        ("Authorized", StopReason.LOCAL),
        ("PowerPathClosed", StopReason.LOCAL),
        ("EnergyTransfer", StopReason.STOPPED_BY_EV),
    ],
)
def test_the_end_says_why(stop: str, reason: StopReason) -> None:
    events = run(station(("Authorized",), (stop,)), SESSION)
    end, *_ = phases(events, TransactionPhase.ENDED)
    assert end.stopped_reason is reason


@pytest.mark.parametrize("stop", POINTS)
def test_unplugging_while_charging_ends_every_kind_of_transaction(stop: str) -> None:
    events = run(station(("Authorized",), (stop,)), [(0, PLUG), (10, TAG), (100, Unplug())])
    is_whole(events)
    (end,) = phases(events, TransactionPhase.ENDED)
    assert (end.at, end.stopped_reason) == (100, StopReason.EV_DISCONNECTED)


def test_the_token_is_told_once_and_again_with_the_end() -> None:
    events = run(station(("EVConnected",), ("PowerPathClosed",)), SESSION)
    told = [(event.at, event.id_token.id_token) for event in events if event.id_token is not None]
    assert told == [(10, "TAG"), (200, "TAG")]


def test_nobody_plugs_in_and_the_transaction_times_out() -> None:
    events = run(station(("Authorized",), ("Authorized",)), [(0, TAG)])
    (end,) = phases(events, TransactionPhase.ENDED)
    assert (end.at, end.stopped_reason, end.trigger) == (60, StopReason.TIMEOUT, Trigger.EV_CONNECT_TIMEOUT)


def test_a_fault_ends_it_with_its_reason() -> None:
    events = run(
        station(("Authorized",), ("EVConnected",)), [(0, PLUG), (1, TAG), (50, InjectFault(error_code="GroundFailure"))]
    )
    (end,) = phases(events, TransactionPhase.ENDED)
    assert (end.stopped_reason, end.trigger) == (StopReason.GROUND_FAULT, Trigger.ABNORMAL_CONDITION)


COMMANDS: st.SearchStrategy[Command] = st.sampled_from(
    [
        PLUG,
        PlugIn(vehicle="compact", soc=0.99),
        TAG,
        PresentToken(id_token=IdToken("OTHER")),
        Unplug(),
        Unplug(at_vehicle=True),
        StopEnergy(),
        RequestEnergy(),
        SetPowerLimit(power_w=0),
        SetPowerLimit(power_w=6000),
        SetPowerLimit(power_w=None),
        InjectFault(error_code="OtherError"),
        ClearFault(),
    ]
)


@given(
    start=st.sampled_from(SETS),
    stop=st.sampled_from(SETS),
    stays=st.booleans(),
    steps=st.lists(st.tuples(st.sampled_from([0.0, 1.0, 30.0, 400.0]), COMMANDS), max_size=30),
)
@settings(max_examples=200, deadline=None)
def test_whatever_happens_every_transaction_is_whole(
    start: tuple[str, ...], stop: tuple[str, ...], stays: bool, steps: list[tuple[float, Command]]
) -> None:
    under_test = station(start, stop, StopTxOnEVSideDisconnect=not stays)
    at, timed = 0.0, []
    for pause, command in steps:
        at += pause
        timed.append((at, command))
    events = run(under_test, timed, until=at + 1000)
    is_whole(events)
    (evse,) = under_test.evses
    running = {event.transaction_id for event in events} - {
        event.transaction_id for event in phases(events, TransactionPhase.ENDED)
    }
    assert running == ({evse.transaction.transaction_id} if evse.transaction else set())


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 1.0, 30.0, 400.0]), COMMANDS), max_size=30),
    st.sampled_from(SETS),
)
@settings(max_examples=100, deadline=None)
def test_no_energy_flows_outside_a_transaction_that_starts_before_energy(
    steps: list[tuple[float, Command]], stop: tuple[str, ...]
) -> None:
    under_test = station(("PowerPathClosed",), stop)
    at = 0.0
    for pause, command in steps:
        at += pause
        under_test.advance(at)
        under_test.apply(command, at)
        (evse,) = under_test.evses
        assert evse.transaction is not None or evse.meter.power_at(at) == 0


def test_a_fault_ends_an_authorization_that_waits_for_its_vehicle() -> None:
    under_test = station(("PowerPathClosed",), ("PowerPathClosed",))
    for command in (PresentToken(id_token=IdToken("TAG")), InjectFault(), PlugIn(vehicle="suv"), ClearFault()):
        under_test.apply(command, 0.0)
    under_test.advance(30.0)
    (evse,) = under_test.evses
    assert (evse.authorized, evse.transaction, evse.meter.power_at(30.0)) == (None, None, 0)
