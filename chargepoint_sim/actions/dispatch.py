"""Carries submitted commands out, now, later or for many chargers, and keeps their records up to date.

Owns the timer of all scheduled and deferred actions, the commands that are held for chargers without a link, and which
messages of the central system each action still waits for. What commands do is the charger's business, who may submit
them that of the APIs. Instants are simulated UTC seconds.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from chargepoint_sim import telemetry
from chargepoint_sim.actions.action import Action, Order, State, moved, new_action
from chargepoint_sim.actions.agenda import Agenda
from chargepoint_sim.actions.ledger import Ledger
from chargepoint_sim.actions.plain import Data, action_data, action_of, command_data, command_of
from chargepoint_sim.actions.reach import Reach, reach_of
from chargepoint_sim.clock import Timeline
from chargepoint_sim.core.commands import Command, Outcome, refused
from chargepoint_sim.errors import ActionEnded, UnknownAction, UnknownTarget
from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import FleetEvent
from chargepoint_sim.logs import get_logger

log = get_logger("actions")

SLICE_S = 0.005
"""Work in one turn of the loop, real seconds."""

DEFERRED_FOR_S = 3600.0
"""How long a command is held for a charger that is offline, simulated seconds."""

LONGEST_NAP_S = 3600.0
"""Real seconds after which the timer looks again, whatever it waits for."""

VERDICTS_ACCEPTED = frozenset({None, "Accepted", "Processing"})
"""Verdicts that refuse nothing; None: the answer has none."""

_OF_FOLLOWING = ("messages", "online", "waits_for_link", "broken")
"""What an Outcome's info holds for this room alone."""

_END = "end of "

Listener = Callable[[Action], None]
Work = Callable[[], Awaitable[None]]


class Dispatch:
    """The one door for commands that come through an API."""

    def __init__(
        self, fleet: FleetService, ledger: Ledger, timeline: Timeline, *, deferred_for_s: float = DEFERRED_FOR_S
    ) -> None:
        self.ledger = ledger
        self._fleet = fleet
        self._timeline = timeline
        self._deferred_for_s = deferred_for_s
        self._agenda = Agenda()
        self._alarm = asyncio.Event()
        self._held: dict[str, dict[str, None]] = {}
        """Charger id -> ids of the actions that are held until it is online, in order."""
        self._waiting: dict[str, dict[str, str]] = {}
        """Action id -> messages (id -> action of OCPP) whose answers decide."""
        self._settling: dict[str, Outcome] = {}
        """Action id -> the charger's answer, by which it is to end when it has settled."""
        self._windows: dict[str, tuple[str, Command]] = {}
        """Action id -> charger and command at its `end_at`."""
        self._calls: dict[str, Work] = {}
        """What surfaces do by the clock, by names that are no action ids."""
        self._awaited: dict[str, list[asyncio.Future[Action]]] = {}
        self._listeners: list[Listener] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._slice_began = 0.0
        self._seen = 0
        """Events of the fleet so far."""

    def start(self) -> None:
        """Listen to the fleet and keep time."""
        events = self._fleet.events(kinds=frozenset(self._EVENTS))
        self._tasks = [
            asyncio.create_task(self._listen(events), name="actions: events"),
            asyncio.create_task(self._keep_time(), name="actions: time"),
        ]

    def rest(self) -> None:
        """Begin nothing more, and go on listening: the fleet is about to stop."""
        for task in self._tasks[1:]:
            task.cancel()

    async def stop(self) -> None:
        """Take note of what the fleet has told until now, then end; what is under way stays as it is in the ledger."""
        seen = -1
        while self._tasks and seen != self._seen:
            seen = self._seen
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # one turn to wake the listener, one for it to work
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def saved(self) -> Data:
        """What survives a restart: all that is under way, and the windows that are still to end."""
        return {
            "open": [
                {**action_data(action), "messages": self._waiting.get(action.action_id, {})}
                for action in self.ledger.all_open()
            ],
            "settling": [
                [action_id, self._agenda.at(action_id), outcome.accepted, outcome.reason, dict(outcome.info)]
                for action_id, outcome in self._settling.items()
            ],
            "windows": [
                [action_id, charger_id, self._agenda.at(_end(action_id)), command_data(command)]
                for action_id, (charger_id, command) in self._windows.items()
            ],
        }

    async def restore(self, saved: Mapping[str, Any]) -> None:
        """Take up what `saved` has told, before `start`: what came due meanwhile is begun at once.

        What was under way at the central system fails, unless the charger still has its messages.
        """
        settling = {action_id: (at, Outcome(*answer)) for action_id, at, *answer in saved.get("settling", ())}
        for data in saved["open"]:
            try:
                action = await self.ledger.add(action_of(data))
            except ValueError as error:  # saved by a later program
                log.warning("action_not_restored", action_id=data["action_id"], reason=str(error))
                continue
            if action.state is State.SCHEDULED:
                self._set(action.action_id, action.order.start_at or 0.0)
            elif action.action_id in settling:
                self._settle(action, *settling[action.action_id])
            elif action.state is State.DEFERRED and not data["messages"]:
                self._held.setdefault(action.charger_id, {})[action.action_id] = None
                self._set(action.action_id, action.expires_at or self.now())
            else:
                await self._take_up(action, data["messages"])
        for action_id, charger_id, end_at, command in saved["windows"]:
            self._windows[action_id] = (charger_id, command_of(command))
            self._set(_end(action_id), end_at)

    def on_change(self, listener: Listener) -> None:
        """Call `listener` with each new record, synchronously; it must be quick and must not raise."""
        self._listeners.append(listener)

    def now(self) -> float:
        """Simulated time."""
        return self._timeline.at_io(time.monotonic()).sim

    async def submit(self, charger_id: str, order: Order) -> Action:
        """Carry an order out, or keep it for its time. Raises UnknownTarget.

        The record returned is as far as the action has come by then: what acts on the physical charger has ended.
        With a key that was used before, it is the earlier action.
        """
        view = await self._fleet.view(charger_id)
        return await self._submit(view.charger_id, order, order.key)

    async def submit_many(self, charger_ids: Sequence[str], order: Order) -> list[Action | UnknownTarget]:
        """One action per charger, in the order given; an error where there is no such charger.

        Works in slices, so that the loop stays responsive. The key of an order stands for all of its actions.
        """
        known = frozenset(await self._fleet.ids())
        results: list[Action | UnknownTarget] = []
        for charger_id in charger_ids:
            key = None if order.key is None else f"{order.key}/{charger_id}"
            if charger_id in known:
                results.append(await self._submit(charger_id, order, key))
            else:
                results.append(UnknownTarget(f"there is no charger {charger_id!r}"))
            await self._breathe()
        return results

    async def cancel(self, action_id: str, reason: str = "") -> Action:
        """Take an action back, also one whose messages are under way: what the charger did stays done.

        Raises UnknownAction, and ActionEnded where there is nothing left to cancel.
        """
        action = self.ledger.current(action_id)
        if action is None:
            ended = await self.ledger.get(action_id)
            if ended is None:
                raise UnknownAction(f"there is no action {action_id!r}")
            raise ActionEnded(f"the action {action_id} is {ended.state} already")
        return self._move(action, State.CANCELLED, reason=reason)

    async def ended(self, action_id: str) -> Action:
        """The action when it has ended; waits for it. Raises UnknownAction."""
        if self.ledger.current(action_id) is None:
            action = await self.ledger.get(action_id)
            if action is None:
                raise UnknownAction(f"there is no action {action_id!r}")
            return action
        future: asyncio.Future[Action] = asyncio.get_running_loop().create_future()
        self._awaited.setdefault(action_id, []).append(future)
        return await future

    def call_at(self, name: str, at: float, work: Work) -> None:
        """Have a surface's own work done at `at`, by the same timer; replaces what stands there under `name`.

        It is not saved: whoever has asked for it asks again after a restart.
        """
        self._calls[name] = work
        self._set(name, at)

    def call_off(self, name: str) -> None:
        """Have such work done no more."""
        if self._calls.pop(name, None) is not None:
            self._agenda.drop(name)

    def forget_end(self, charger_id: str) -> None:
        """Something else governs the charger now: what was to be done at the end of applied windows is not done."""
        for action_id in [one for one, (where, _) in self._windows.items() if where == charger_id]:
            del self._windows[action_id]
            self._agenda.drop(_end(action_id))

    def forget_charger(self, charger_id: str) -> None:
        """The charger was taken out of the fleet: what is under way there fails."""
        self.forget_end(charger_id)
        for action in self.ledger.open(charger_id):
            self._move(action, State.FAILED, reason="the charger was taken out of the fleet")

    async def _submit(self, charger_id: str, order: Order, key: str | None) -> Action:
        action = new_action(charger_id, order, self.now(), key=key)
        kept = await self.ledger.add(action)
        if kept is not action:
            return kept
        telemetry.count("actions_submitted", order.surface)
        self._tell(action)
        if order.start_at is not None:
            self._set(action.action_id, order.start_at)
            return action
        return await self._begin(action)

    async def _begin(self, action: Action) -> Action:
        """Hand an action to its charger."""
        order, charger_id, action_id = action.order, action.charger_id, action.action_id
        reach = reach_of(action.command) if order.settle_s is None else None
        try:
            if order.refusal:
                outcome = refused(order.refusal)
            elif reach is None:
                outcome = await self._fleet.command(charger_id, action.command)
            else:
                outcome = await self._fleet.follow(charger_id, action.command, action_id, needs_link=reach.needs_link)
        except UnknownTarget as error:
            outcome = Outcome(False, str(error), {"broken": True})
        current = self.ledger.current(action_id)
        if current is None:  # cancelled meanwhile
            return await self.ledger.get(action_id) or action
        if order.settle_s is not None:
            return self._settle(current, self.now() + order.settle_s, outcome)
        return self._begun(current, reach or Reach(), outcome)

    def _settle(self, action: Action, at: float, outcome: Outcome) -> Action:
        """Keep the charger's answer back until `at`."""
        self._settling[action.action_id] = outcome
        self._set(action.action_id, at)
        return action

    def _begun(self, action: Action, reach: Reach, outcome: Outcome) -> Action:
        """The charger has carried the command out, or refused it."""
        if outcome.info.get("waits_for_link"):
            return self._hold(action)
        info = {name: value for name, value in outcome.info.items() if name not in _OF_FOLLOWING} or None
        if not outcome.accepted:
            state = State.FAILED if outcome.info.get("broken") else State.REJECTED
            return self._move(action, state, reason=outcome.reason, info=info)
        waiting = _deciding(reach, outcome.info.get("messages", {}))
        if not waiting:
            return self._move(action, State.APPLIED, info=info)
        self._waiting[action.action_id] = waiting
        self._agenda.drop(action.action_id)
        state = State.QUEUED if outcome.info["online"] else State.DEFERRED
        if state is not action.state:
            return self._move(action, state, info=info)
        after = replace(action, info=info)
        self.ledger.put(after)
        return after

    def _hold(self, action: Action) -> Action:
        """Keep a command until its charger is online."""
        self._held.setdefault(action.charger_id, {})[action.action_id] = None
        if action.state is State.DEFERRED:
            return action
        now = self.now()
        expires_at = now + self._deferred_for_s
        if action.expires_at is not None:
            expires_at = min(expires_at, action.expires_at)
        self._set(action.action_id, expires_at)
        return self._move(action, State.DEFERRED, expires_at=expires_at)

    def _let_go(self, action: Action) -> None:
        """Hold an action no longer."""
        held = self._held.get(action.charger_id)
        if held is not None and action.action_id in held:
            del held[action.action_id]
            if not held:
                del self._held[action.charger_id]

    async def _online(self, event: FleetEvent) -> None:
        """A charger can be reached: carry out what was held for it, in order."""
        for action_id in self._held.pop(event.charger_id, ()):
            action = self.ledger.current(action_id)
            if action is not None:
                await self._begin(action)

    async def _message_sent(self, event: FleetEvent) -> None:
        action, waiting = self._followed(event)
        if action is not None and event.data["message_id"] in waiting and action.state is not State.SENT:
            self._move(action, State.SENT)

    async def _message_answered(self, event: FleetEvent) -> None:
        """An answer decides, unless it has caused further messages that do."""
        action, waiting = self._followed(event)
        if action is None:
            return
        data = event.data
        reach = reach_of(action.command) or Reach()
        waiting.update(_deciding(reach, data["then"]))
        if waiting.pop(data["message_id"], None) is None:
            return
        result = {"action": data["action"], "status": data["status"], "answer": data["answer"]}
        if reach.judged and data["status"] not in VERDICTS_ACCEPTED:
            reason = f"the central system answered {data['action']} with {data['status']}"
            self._move(action, State.REJECTED, reason=reason, result=result)
        elif not waiting:
            self._move(action, State.APPLIED, result=result)

    async def _message_given_up(self, event: FleetEvent) -> None:
        """What was never written waits for the next link; anything else has failed."""
        action, waiting = self._followed(event)
        if action is None or event.data["message_id"] not in waiting:
            return
        reach = reach_of(action.command) or Reach()
        if reach.needs_link and not event.data["written"] and action.state is not State.SENT:
            self._waiting.pop(action.action_id, None)
            self._hold(action)
        else:
            self._move(action, State.FAILED, reason=f"{event.data['action']}: {event.data['reason']}")

    async def _broken(self, event: FleetEvent) -> None:
        """The charger was restarted after a fault of the simulator: see which messages it still has."""
        for action in self.ledger.open(event.charger_id):
            if action.action_id in self._waiting:
                await self._take_up(action, self._waiting.pop(action.action_id))

    async def _take_up(self, action: Action, messages: Mapping[str, str]) -> None:
        """Follow again what an action waits for; it fails where nothing of that is left."""
        try:
            left = await self._fleet.follow_again(action.charger_id, action.action_id, list(messages))
        except UnknownTarget:
            left = ()
        if left:
            self._waiting[action.action_id] = {message_id: messages[message_id] for message_id in left}
        else:
            self._move(action, State.FAILED, reason="the charger was restarted before the answer came")

    def _followed(self, event: FleetEvent) -> tuple[Action | None, dict[str, str]]:
        """The action that an event is about, if it is still under way, and what it waits for."""
        action = self.ledger.current(event.data["cause"])
        return action, self._waiting.get(event.data["cause"], {})

    def _move(self, action: Action, state: State, **changes: Any) -> Action:
        """Make a transition, keep the new record, and tell it."""
        after = moved(action, state, self.now(), **changes)
        self.ledger.put(after)
        if after.ended:
            self._agenda.drop(after.action_id)
            self._waiting.pop(after.action_id, None)
            self._settling.pop(after.action_id, None)
            self._let_go(after)
            telemetry.count("actions_ended", after.order.surface, after.state)
            end_at, end_command = after.order.end_at, after.order.end_command
            if state is State.APPLIED and end_at is not None and end_command is not None:
                self._windows[after.action_id] = (after.charger_id, end_command)
                self._set(_end(after.action_id), end_at)
        self._tell(after)
        return after

    def _tell(self, action: Action) -> None:
        for listener in self._listeners:
            listener(action)
        if action.ended:
            for future in self._awaited.pop(action.action_id, ()):
                if not future.done():
                    future.set_result(action)

    def scale_changed(self) -> None:
        """Simulated time goes at another pace from now on: look again when what is due comes."""
        self._alarm.set()

    def _set(self, name: str, at: float) -> None:
        if at < self._agenda.earliest():
            self._alarm.set()
        self._agenda.set(name, at)

    async def _keep_time(self) -> None:
        while True:
            self._alarm.clear()
            while (name := self._agenda.pop_due(self.now())) is not None:
                await self._guarded(self._due(name), name)
                await self._breathe()
            wait_s = self._timeline.io_at(self._agenda.earliest()) - time.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(wait_s, LONGEST_NAP_S)):
                    await self._alarm.wait()

    async def _due(self, name: str) -> None:
        """The start of an action, its expiry, the end of its window, or work of a surface."""
        work = self._calls.pop(name, None)
        if work is not None:
            await work()
            return
        window = self._windows.pop(name.removeprefix(_END), None) if name.startswith(_END) else None
        if window is not None:
            charger_id, command = window
            with contextlib.suppress(UnknownTarget):  # the charger was taken away: nothing is left to end
                outcome = await self._fleet.command(charger_id, command)
                if not outcome.accepted:
                    log.info("window_end_refused", charger_id=charger_id, reason=outcome.reason)
            return
        action = self.ledger.current(name)
        if action is None:
            return
        if name in self._settling:
            self._begun(action, Reach(), self._settling.pop(name))
        elif action.state is not State.SCHEDULED:
            self._move(action, State.EXPIRED, reason="the charger was not online in time")
        elif action.expires_at is not None and action.expires_at <= self.now():
            self._move(action, State.EXPIRED, reason="its time was over before it could begin")
        else:
            await self._begin(self._move(action, State.QUEUED, begun_at=self.now()))

    async def _listen(self, events: Any) -> None:
        async for event in events:
            self._seen += 1
            await self._guarded(self._EVENTS[event.kind](self, event), event.charger_id)
            await self._breathe()

    async def _guarded(self, work: Awaitable[None], about: str) -> None:
        try:
            await work
        except Exception as error:  # the boundary: a bug over one action must not stop the clock of all
            telemetry.count("action_errors")
            log.error("action_broke", about=about, error=repr(error), exc_info=error)

    async def _breathe(self) -> None:
        """Let others work when the slice is used up."""
        if time.monotonic() - self._slice_began > SLICE_S:
            await asyncio.sleep(0)
            self._slice_began = time.monotonic()

    _EVENTS: ClassVar[Mapping[str, Callable[["Dispatch", FleetEvent], Awaitable[None]]]] = {
        "charger_booted": _online,
        "charger_broke": _broken,
        "charger_connected": _online,
        "message_answered": _message_answered,
        "message_given_up": _message_given_up,
        "message_sent": _message_sent,
    }


def _end(action_id: str) -> str:
    """The name under which the end of a window stands in the agenda."""
    return f"{_END}{action_id}"


def _deciding(reach: Reach, messages: Mapping[str, str]) -> dict[str, str]:
    """Those of the messages that decide about a command."""
    return {
        message_id: action
        for message_id, action in messages.items()
        if not reach.decided_by or action in reach.decided_by
    }
