"""The last events of the fleet, numbered, so that a stream can go on where it was cut.

Two journals stand side by side, one with frames and one without, so that many frames push nothing else out and streams
that want none do not pay for them. Each is fed only while somebody reads it, and for a while after. Who asks for what
was dropped, or was never seen, is told of the gap. Who may see which event is decided by the streams.
"""

import asyncio
import secrets
from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiohttp import web

from chargepoint_sim.fleet.service import FleetService
from chargepoint_sim.fleet.views import FleetEvent

KEPT = 10_000
"""Events of each journal, at least so many and at most twice as many: up to 1 KiB each."""
LINGER_S = 300.0
"""How long events are kept for somebody who has left and may come back, real seconds."""
BATCH = 500
"""Events that a stream is given at once."""


class Entry(NamedTuple):
    """An event and its number."""

    number: int
    event: FleetEvent


class Batch(NamedTuple):
    """What a reader has not seen yet."""

    gap: bool
    """Something before it is missing."""
    entries: Sequence[Entry]


class Journal:
    """The last events of a fleet, with frames or without."""

    def __init__(self, fleet: FleetService, *, frames: bool) -> None:
        self._fleet = fleet
        self._frames = frames
        self._run = secrets.token_hex(4)
        """Tells this journal from all others, whose numbers mean nothing here."""
        self._number = 0
        self._lost = 0
        """Of everything up to this number something may be missing."""
        self._entries: list[Entry] = []
        self._readers = 0
        self._feed: asyncio.Task[None] | None = None
        self._end: asyncio.TimerHandle | None = None
        self._waiting: set[asyncio.Future[None]] = set()

    @asynccontextmanager
    async def reader(self, after: str | None = None) -> AsyncIterator["Reader"]:
        """A place in the journal: behind the event with the id `after`, or at its end. Inside, nothing is missed."""
        self._open()
        try:
            await asyncio.sleep(0)  # one turn of the loop, in which the feed begins to listen
            yield Reader(self, self._number if after is None else self._place(after))
        finally:
            self._leave()

    async def close(self) -> None:
        """Listen no more."""
        feed = self._feed
        self._stop()
        if feed is not None:
            await asyncio.gather(feed, return_exceptions=True)

    def id_of(self, number: int) -> str:
        """What streams call a place."""
        return f"{self._run}-{number}"

    def after(self, number: int, told: int) -> Batch:
        """The first entries behind a number; a gap where some are missing that were not told of up to `told`."""
        start = bisect_right(self._entries, number, key=lambda one: one.number)
        return Batch(max(number, told) < self._lost, self._entries[start : start + BATCH])

    @property
    def lost(self) -> int:
        """Of everything up to this number something may be missing."""
        return self._lost

    async def changed(self) -> bool:
        """Wait for something new; False when the fleet tells nothing more. Raises what has broken the feed."""
        if self._feed is None or self._feed.done():
            if self._feed is not None and not self._feed.cancelled():
                self._feed.result()
            return False
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        await future
        return True

    def _place(self, event_id: str) -> int:
        """The number of a place; -1, before everything, where it is none of this journal."""
        run, _, number = event_id.rpartition("-")
        known = run == self._run and number.isdecimal() and len(number) < 20 and int(number) <= self._number
        return int(number) if known else -1

    def _open(self) -> None:
        self._readers += 1
        if self._end is not None:
            self._end.cancel()
            self._end = None
        if self._feed is None or self._feed.done():
            self._number += 1  # what happened since the last feed has no number: whoever asks for it meets a gap
            self._entries, self._lost = [], self._number
            self._feed = asyncio.create_task(self._listen(), name="journal")
            self._feed.add_done_callback(lambda _: self._wake())

    def _leave(self) -> None:
        self._readers -= 1
        if not self._readers and self._feed is not None:
            self._end = asyncio.get_running_loop().call_later(LINGER_S, self._stop)

    def _stop(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
        if self._feed is not None:
            self._feed.cancel()
            self._feed = None
        self._entries = []

    async def _listen(self) -> None:
        events = self._fleet.events(frames=self._frames)
        try:
            async for event in events:
                self._number += 1
                self._entries.append(Entry(self._number, event))
                if len(self._entries) >= 2 * KEPT:  # in one go, so that an event costs no more than an append
                    self._lost = self._entries[-KEPT - 1].number
                    del self._entries[:-KEPT]
                self._wake()
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)


class Reader:
    """One stream's place in a journal."""

    def __init__(self, journal: Journal, number: int) -> None:
        self.journal = journal
        self._number = number
        """Everything up to it was read, or is missing."""
        self._told = number
        """Of everything up to it was told that something is missing."""

    @property
    def place(self) -> str:
        """The id behind which it goes on."""
        return self.journal.id_of(max(self._number, 0))

    async def next(self) -> Batch | None:
        """What comes, as soon as there is something; None when the fleet tells nothing more."""
        while True:
            batch = self.journal.after(self._number, self._told)
            if batch.gap or batch.entries:
                self._told = self._number = max(self._number, self.journal.lost)
                if batch.entries:
                    self._number = batch.entries[-1].number
                return batch
            if not await self.journal.changed():
                return None


class Journals(NamedTuple):
    """The journals of a fleet."""

    events: Journal
    """Without frames."""
    everything: Journal

    @classmethod
    def of(cls, fleet: FleetService) -> "Journals":
        """Empty ones."""
        return cls(Journal(fleet, frames=False), Journal(fleet, frames=True))


JOURNALS: web.AppKey[Journals] = web.AppKey("journals", Journals)
