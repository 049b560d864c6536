"""Signed deliveries: the signature, the plan of attempts, the log, and a real receiver."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
import pytest
from aiohttp import web

from chargepoint_sim.actions.webhooks import (
    LOG_KEPT,
    MOST_WAITING,
    PLAN_S,
    DeliveryState,
    Webhooks,
    signature,
)
from chargepoint_sim.api.webhooks import Sender
from chargepoint_sim.fleet.hooks import Endpoint, key_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_" + base64.b64encode(b"the secret before this one").decode()
NOON = 1_700_049_600.0
PATIENCE_S = 30


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@dataclass
class Desk:
    """A receiver that answers as told; an answer that is an exception is raised."""

    answers: list[int | Exception] = field(default_factory=list)
    """The last one stays."""
    seen: list[tuple[float, Mapping[str, str], bytes]] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.seen.append((self.clock.now, headers, body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def webhooks(self, *endpoints: Endpoint) -> Webhooks:
        return Webhooks(endpoints or (Endpoint.of("http://receiver/", [SECRET]),), self.post, clock=self.clock)

    async def live_through(self, webhooks: Webhooks, steps: int) -> None:
        """Turn the clock to each instant at which something is due."""
        for _ in range(steps):
            waiting = [one.next_at for one in webhooks.deliveries() if one.state is DeliveryState.WAITING]
            if waiting:
                self.clock.now = max(self.clock.now, min(waiting))
            await webhooks.deliver_due()


def verified(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a receiver that has this secret takes the message, by the rules that receivers go by."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['svix-id']}.{headers['svix-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [one.split(",", 1) for one in headers["svix-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(text, expected) for version, text in given)


def test_the_signature_is_that_of_the_svix_library() -> None:
    given = signature((key_of(SECRET),), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_what_is_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_ and base64 text are needed"):
        Endpoint.of("http://receiver/", [secret])


async def test_a_message_is_delivered_once_when_it_is_taken() -> None:
    desk = Desk([204])
    webhooks = desk.webhooks()
    message_id = webhooks.publish("push.completed", {"actionId": "act_1"})
    await desk.live_through(webhooks, 3)
    [(_, headers, body)] = desk.seen
    assert (headers["svix-id"], headers["svix-timestamp"]) == (message_id, "1700049600")
    assert orjson.loads(body) == {"actionId": "act_1"}
    assert verified(SECRET, headers, body)
    assert not verified(OLD_SECRET, headers, body)
    [delivery] = webhooks.deliveries()
    assert delivery.state is DeliveryState.DELIVERED
    assert [(one.at, one.status, one.error) for one in delivery.attempts] == [(NOON, 204, "")]


async def test_both_secrets_sign_during_a_rotation() -> None:
    desk = Desk([200])
    webhooks = desk.webhooks(Endpoint.of("http://receiver/", [SECRET, OLD_SECRET]))
    webhooks.publish("push.completed", {})
    await webhooks.deliver_due()
    [(_, headers, body)] = desk.seen
    assert verified(SECRET, headers, body)
    assert verified(OLD_SECRET, headers, body)


@pytest.mark.parametrize("answer", [500, 404, 301, OSError("cannot connect"), TimeoutError()])
async def test_what_is_not_taken_is_tried_again_by_the_plan_and_then_given_up(answer: int | Exception) -> None:
    desk = Desk([answer])
    webhooks = desk.webhooks()
    webhooks.publish("push.failed", {"errorCode": "DEVICE_OFFLINE"})
    await desk.live_through(webhooks, len(PLAN_S) + 2)
    waits = [later[0] - earlier[0] for earlier, later in zip(desk.seen, desk.seen[1:], strict=False)]
    assert waits == list(PLAN_S[1:])
    assert len({headers["svix-id"] for _, headers, _ in desk.seen}) == 1
    assert len({headers["svix-timestamp"] for _, headers, _ in desk.seen}) == len(PLAN_S), "each is stamped anew"
    assert all(verified(SECRET, headers, body) for _, headers, body in desk.seen)
    [delivery] = webhooks.deliveries()
    assert delivery.state is DeliveryState.GIVEN_UP
    assert len(delivery.attempts) == len(PLAN_S)


async def test_a_later_attempt_can_succeed() -> None:
    desk = Desk([503, 200])
    webhooks = desk.webhooks()
    webhooks.publish("push.completed", {})
    await desk.live_through(webhooks, 4)
    [delivery] = webhooks.deliveries()
    assert delivery.state is DeliveryState.DELIVERED
    assert [one.status for one in delivery.attempts] == [503, 200]


async def test_who_does_not_want_a_message_is_not_told() -> None:
    desk = Desk([200])
    webhooks = desk.webhooks(
        Endpoint.of("http://a/", [SECRET], tenant="a"),
        Endpoint.of("http://failures/", [SECRET], kinds=frozenset({"push.failed"})),
        Endpoint.of("http://all/", [SECRET]),
    )
    webhooks.publish("push.completed", {}, tenant="b")
    await webhooks.deliver_due()
    assert [one.endpoint.url for one in webhooks.deliveries()] == ["http://all/"]


async def test_two_endpoints_at_one_url_are_told_both() -> None:
    desk = Desk([200])
    webhooks = desk.webhooks(*[Endpoint.of("http://receiver/", [secret]) for secret in (SECRET, OLD_SECRET)])
    webhooks.publish("push.completed", {})
    await webhooks.deliver_due()
    assert len(desk.seen) == 2


async def test_the_log_is_bounded() -> None:
    desk = Desk([200])
    webhooks = desk.webhooks()
    for n in range(LOG_KEPT + 10):
        webhooks.publish("push.completed", {"n": n})
    await webhooks.deliver_due()
    assert len(webhooks.deliveries()) == LOG_KEPT


async def test_deliveries_that_wait_do_not_pile_up_without_end() -> None:
    desk = Desk([200])
    webhooks = desk.webhooks()
    for n in range(MOST_WAITING + 5):
        webhooks.publish("push.completed", {"n": n})
    states = [one.state for one in webhooks.deliveries()]
    assert (states.count(DeliveryState.WAITING), states.count(DeliveryState.GIVEN_UP)) == (MOST_WAITING, 5)


async def test_what_waits_survives_a_restart() -> None:
    desk = Desk([500, 200])
    before = desk.webhooks()
    message_id = before.publish("push.completed", {"n": 1})
    await before.deliver_due()
    after = desk.webhooks()
    after.restore(orjson.loads(orjson.dumps(before.saved())))
    await desk.live_through(after, 2)
    assert [headers["svix-id"] for _, headers, _ in desk.seen] == [message_id, message_id]
    [delivery] = after.deliveries()
    assert [one.status for one in delivery.attempts] == [500, 200]
    gone = desk.webhooks(Endpoint.of("http://elsewhere/", [SECRET]))
    gone.restore(before.saved())
    assert gone.deliveries() == []


@dataclass
class Receiver:
    """An HTTP server that refuses the first request and takes the second."""

    requests: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    taken: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: web.Request) -> web.Response:
        self.requests.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        if len(self.requests) == 1:
            return web.Response(status=500)
        self.taken.set()
        return web.Response(status=204)


@asynccontextmanager
async def listening(receiver: Receiver) -> AsyncIterator[str]:
    """The URL of a receiver that listens."""
    app = web.Application()
    app.router.add_post("/hook", receiver.receive)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def test_a_real_receiver_gets_a_valid_message_at_the_second_attempt() -> None:
    receiver = Receiver()
    async with listening(receiver) as url, Sender() as sender:
        webhooks = Webhooks([Endpoint.of(url, [SECRET])], sender.post, plan_s=(0, 0.01))
        webhooks.start()
        try:
            message_id = webhooks.publish("push.completed", {"actionId": "act_1", "result": {"success": True}})
            async with asyncio.timeout(PATIENCE_S):
                await receiver.taken.wait()
        finally:
            await webhooks.stop()
    assert len(receiver.requests) == 2
    for headers, body in receiver.requests:
        assert headers["svix-id"] == message_id
        assert headers["content-type"] == "application/json"
        assert verified(SECRET, headers, body)
        assert orjson.loads(body) == {"actionId": "act_1", "result": {"success": True}}


async def test_nobody_listening_is_told_in_the_log() -> None:
    receiver = Receiver()
    async with listening(receiver) as url:
        pass
    async with Sender() as sender:
        webhooks = Webhooks([Endpoint.of(url, [SECRET])], sender.post, plan_s=(0,))
        webhooks.publish("push.completed", {})
        await webhooks.deliver_due()
    [delivery] = webhooks.deliveries()
    assert delivery.state is DeliveryState.GIVEN_UP
    assert delivery.attempts[0].error == "cannot connect: connection refused"


async def test_who_does_not_answer_in_time_counts_as_failed() -> None:
    class Silent(Desk):
        async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
            return await asyncio.get_running_loop().create_future()

    desk = Silent()
    webhooks = Webhooks([Endpoint.of("http://receiver/", [SECRET])], desk.post, clock=desk.clock, timeout_s=0.01)
    webhooks.publish("push.completed", {})
    await webhooks.deliver_due()
    assert [one.error for one in webhooks.deliveries()[0].attempts] == ["no answer within 0.01 s"]
