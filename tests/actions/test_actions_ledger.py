"""What the ledger keeps, finds and forgets."""

import tracemalloc

from chargepoint_sim.actions.action import Action, Order, State, moved, new_action
from chargepoint_sim.actions.ledger import MemoryLedger, Query
from chargepoint_sim.core.commands import PlugIn, Unplug

NOON = 1_700_049_600.0


async def added(ledger: MemoryLedger, charger_id: str, order: Order, key: str | None = None) -> Action:
    return await ledger.add(new_action(charger_id, order, NOON, key=key))


def ends(ledger: MemoryLedger, action: Action, state: State = State.APPLIED) -> Action:
    after = moved(action, state, NOON)
    ledger.put(after)
    return after


async def test_the_newest_record_is_found() -> None:
    ledger = MemoryLedger()
    action = await added(ledger, "c1", Order(PlugIn()))
    assert await ledger.get(action.action_id) is action
    assert ledger.current(action.action_id) is action
    after = ends(ledger, action)
    assert await ledger.get(action.action_id) is after
    assert ledger.current(action.action_id) is None
    assert await ledger.get("unknown") is None


async def test_pages_come_newest_first_with_the_count_of_all() -> None:
    ledger = MemoryLedger()
    actions = [await added(ledger, f"c{n}", Order(PlugIn())) for n in range(5)]
    page, total = await ledger.list(Query(), offset=1, limit=2)
    assert (list(page), total) == ([actions[3], actions[2]], 5)
    for beyond in (9, 2**64):
        assert (await ledger.list(Query(), offset=beyond))[0] == []


async def test_filters_are_combined() -> None:
    ledger = MemoryLedger()
    mine = await added(ledger, "c1", Order(PlugIn(), surface="amps", tenant="a", name="charge"))
    await added(ledger, "c1", Order(PlugIn(), surface="amps", tenant="b"))
    await added(ledger, "c2", Order(Unplug(), surface="ocpplab", tenant="a"))
    for query in (
        Query(charger_ids=frozenset({"c1"}), tenant="a"),
        Query(surface="amps", tenant="a", states=frozenset({State.QUEUED})),
        Query(names=frozenset({"charge"})),
    ):
        assert await ledger.list(query) == ([mine], 1)
    assert await ledger.list(Query(states=frozenset({State.SENT}))) == ([], 0)


async def test_the_same_key_is_the_same_action_within_tenant_and_surface() -> None:
    ledger = MemoryLedger()
    first = await added(ledger, "c1", Order(PlugIn(), tenant="a"), "k")
    assert await added(ledger, "c1", Order(PlugIn(), tenant="a"), "k") is first
    after = ends(ledger, first)
    assert await added(ledger, "c1", Order(PlugIn(), tenant="a"), "k") is after
    assert await added(ledger, "c1", Order(PlugIn(), tenant="b"), "k") is not after
    assert await added(ledger, "c1", Order(PlugIn(), tenant="a", surface="amps"), "k") is not after
    assert len(ledger) == 3


async def test_what_is_under_way_is_known_per_charger() -> None:
    ledger = MemoryLedger()
    one, two = [await added(ledger, "c1", Order(PlugIn())) for _ in range(2)]
    other = await added(ledger, "c2", Order(PlugIn()))
    assert ledger.open("c1") == [one, two]
    ends(ledger, one)
    assert ledger.open("c1") == [two]
    assert ledger.all_open() == [two, other]
    assert ledger.open("c3") == []


async def test_ended_actions_are_forgotten_oldest_end_first_and_their_keys_with_them() -> None:
    ledger = MemoryLedger(ended_kept=2)
    open_one = await added(ledger, "c0", Order(PlugIn()))
    ended = [ends(ledger, await added(ledger, "c1", Order(PlugIn()), f"k{n}")) for n in range(3)]
    assert [await ledger.get(one.action_id) for one in ended] == [None, *ended[1:]]
    assert await ledger.get(open_one.action_id) is open_one
    again = await added(ledger, "c1", Order(PlugIn()), "k0")
    assert again.action_id != ended[0].action_id


async def test_memory_stays_flat_under_many_commands() -> None:
    ledger, order = MemoryLedger(ended_kept=500), Order(PlugIn())

    async def run(count: int) -> int:
        for n in range(count):
            ends(ledger, await added(ledger, "c1", order, f"k{n}"))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        full = await run(2_000)
        later = await run(20_000)
    finally:
        tracemalloc.stop()
    assert len(ledger) == 500
    assert later < full * 1.25
    assert full < 500 * 1_000, "bytes per kept action"
