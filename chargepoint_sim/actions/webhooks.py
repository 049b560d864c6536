"""Telling others by signed HTTP requests: who is told, when it is tried again, and what came of it.

The scheme is that of Svix: headers svix-id, svix-timestamp and svix-signature (v1, HMAC-SHA256 over id, timestamp and
body). Each message is delivered at least once, in no promised order. Owns the plan of attempts and a bounded log of
deliveries. What the messages say is the business of the surface that publishes them, and the request itself is made by
a `Post`, so that this room needs no HTTP client and tests need no waiting. Instants are UTC seconds of the real clock,
by which receivers judge the timestamp.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from math import inf
from typing import Any

import orjson

from chargepoint_sim import telemetry
from chargepoint_sim.actions.agenda import Agenda
from chargepoint_sim.actions.plain import Data
from chargepoint_sim.fleet.hooks import Endpoint
from chargepoint_sim.logs import get_logger

log = get_logger("webhooks")

PLAN_S: Sequence[float] = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
"""Wait before each attempt, counted from the one before."""

TIMEOUT_S = 30.0
"""How long a receiver may take to answer."""

LOG_KEPT = 1_000
"""Deliveries kept after their end."""

MOST_WAITING = 10_000
"""Deliveries that may wait; beyond that the oldest is given up."""

AT_ONCE = 50
"""Requests under way at the same time."""

LONGEST_NAP_S = 3_600.0
"""After this the timer looks again, so that a clock that is set forward is noticed."""

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Make a POST request with these headers and this body: the status of the answer.

Raises OSError or TimeoutError, with a sentence for people, where there is none. Follows no redirects.
"""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request: the status of its answer, or why there was none."""

    at: float
    status: int | None
    error: str = ""
    took_s: float = 0.0

    @property
    def succeeded(self) -> bool:
        """Any 2xx is success."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way to one endpoint; each attempt makes a new record."""

    delivery_id: str
    message_id: str
    """The same for every endpoint and every attempt: by it receivers know repetitions."""
    endpoint: Endpoint
    kind: str
    body: bytes
    created_at: float
    state: DeliveryState = DeliveryState.WAITING
    attempts: tuple[Attempt, ...] = ()
    next_at: float = 0.0
    """When it is tried next, while it waits."""


def signature(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of svix-signature: one signature per key, with spaces between."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def headers_of(delivery: Delivery, at: float) -> dict[str, str]:
    """The headers of an attempt at `at`."""
    timestamp = int(at)
    return {
        "content-type": "application/json",
        "svix-id": delivery.message_id,
        "svix-timestamp": str(timestamp),
        "svix-signature": signature(delivery.endpoint.keys, delivery.message_id, timestamp, delivery.body),
    }


def attempted(delivery: Delivery, attempt: Attempt, plan_s: Sequence[float] = PLAN_S) -> Delivery:
    """The record after an attempt: delivered, to be tried again by the plan, or given up at its end."""
    attempts = (*delivery.attempts, attempt)
    if attempt.succeeded:
        return replace(delivery, state=DeliveryState.DELIVERED, attempts=attempts)
    if len(attempts) >= len(plan_s):
        return replace(delivery, state=DeliveryState.GIVEN_UP, attempts=attempts)
    return replace(delivery, attempts=attempts, next_at=attempt.at + plan_s[len(attempts)])


class Webhooks:
    """Delivers messages to endpoints."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        post: Post,
        *,
        clock: Callable[[], float] = time.time,
        plan_s: Sequence[float] = PLAN_S,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.endpoints = tuple(endpoints)
        self._post = post
        self._clock = clock
        self._plan_s = plan_s
        self._timeout_s = timeout_s
        self._waiting: dict[str, Delivery] = {}
        self._ended: deque[Delivery] = deque(maxlen=LOG_KEPT)
        self._agenda = Agenda()
        self._alarm = asyncio.Event()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()
        self._timer: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Keep time; what was published before waits until then."""
        self._timer = asyncio.create_task(self._keep_time(), name="webhooks")

    async def stop(self) -> None:
        """Break off what is under way; it counts as not attempted."""
        tasks = [*self._under_way, *([self._timer] if self._timer else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._timer = None

    def publish(self, kind: str, body: Mapping[str, Any], tenant: str | None = None) -> str:
        """Have every endpoint that wants it told; the id of the message."""
        message_id = f"msg_{secrets.token_hex(12)}"
        text, now = orjson.dumps(body), self._clock()
        for n, endpoint in enumerate(self.endpoints):
            if endpoint.wants(kind, tenant):
                next_at = now + self._plan_s[0]
                self._wait(Delivery(f"{message_id}/{n}", message_id, endpoint, kind, text, now, next_at=next_at))
        while len(self._waiting) > MOST_WAITING:
            self._end(replace(next(iter(self._waiting.values())), state=DeliveryState.GIVEN_UP))
        return message_id

    def deliveries(self) -> Sequence[Delivery]:
        """The log: what waits, and the last that have ended; newest first."""
        return sorted([*self._waiting.values(), *self._ended], key=lambda one: one.created_at, reverse=True)

    def saved(self) -> list[Data]:
        """What survives a restart: the deliveries that wait."""
        return [
            {
                "delivery_id": one.delivery_id,
                "message_id": one.message_id,
                "url": one.endpoint.url,
                "tenant": one.endpoint.tenant,
                "kind": one.kind,
                "body": one.body.decode(),
                "created_at": one.created_at,
                "attempts": [asdict(attempt) for attempt in one.attempts],
                "next_at": one.next_at,
            }
            for one in self._waiting.values()
        ]

    def restore(self, saved: Sequence[Mapping[str, Any]]) -> None:
        """Take up what `saved` has told; what was meant for an endpoint that is gone is dropped."""
        endpoints = {(endpoint.url, endpoint.tenant): endpoint for endpoint in self.endpoints}
        for one in saved:
            endpoint = endpoints.get((one["url"], one["tenant"]))
            if endpoint is not None:
                attempts = tuple(Attempt(**attempt) for attempt in one["attempts"])
                body, kind, created_at = one["body"].encode(), one["kind"], one["created_at"]
                record = Delivery(one["delivery_id"], one["message_id"], endpoint, kind, body, created_at)
                self._wait(replace(record, attempts=attempts, next_at=one["next_at"]))

    async def deliver_due(self) -> None:
        """Make every attempt that is due, and return when all are over."""
        self._begin_due()
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    def _begin_due(self) -> None:
        while (delivery_id := self._agenda.pop_due(self._clock())) is not None:
            task = asyncio.create_task(self._attempt(delivery_id), name=f"webhook {delivery_id}")
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _attempt(self, delivery_id: str) -> None:
        async with self._at_once:
            delivery = self._waiting.get(delivery_id)
            if delivery is None:  # given up to make room
                return
            at, began = self._clock(), time.monotonic()
            status, error = None, ""
            try:
                async with asyncio.timeout(self._timeout_s):
                    status = await self._post(delivery.endpoint.url, headers_of(delivery, at), delivery.body)
            except TimeoutError:
                error = f"no answer within {self._timeout_s:g} s"
            except OSError as failure:
                error = str(failure) or type(failure).__name__
        after = attempted(delivery, Attempt(at, status, error, time.monotonic() - began), self._plan_s)
        if delivery_id not in self._waiting:
            return
        if after.state is DeliveryState.WAITING:
            self._wait(after)
        else:
            self._end(after)

    def _wait(self, delivery: Delivery) -> None:
        self._waiting[delivery.delivery_id] = delivery
        if delivery.next_at < self._agenda.earliest():
            self._alarm.set()
        self._agenda.set(delivery.delivery_id, delivery.next_at)

    def _end(self, delivery: Delivery) -> None:
        self._waiting.pop(delivery.delivery_id, None)
        self._agenda.drop(delivery.delivery_id)
        self._ended.append(delivery)
        telemetry.count("webhooks_ended", delivery.kind, delivery.state)
        if delivery.state is DeliveryState.GIVEN_UP:
            log.warning("webhook_given_up", message_id=delivery.message_id, attempts=len(delivery.attempts))

    async def _keep_time(self) -> None:
        while True:
            self._alarm.clear()
            self._begin_due()
            earliest = self._agenda.earliest()
            wait_s = LONGEST_NAP_S if earliest == inf else max(earliest - self._clock(), 0.0)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(wait_s, LONGEST_NAP_S)):
                    await self._alarm.wait()
