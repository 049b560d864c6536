"""Section 5: what receivers are told, how it is signed, and the log of deliveries."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from chargepoint_sim.fleet.access import TokenSpec
from chargepoint_sim.fleet.hooks import Endpoint
from chargepoint_sim.fleet.views import FleetEvent
from tests.api.amps.conftest import EV, OTHER, Bench, data, serve

KEY = b"a secret of a receiver"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


@dataclass
class Receiver:
    """Somebody who is told."""

    url: str = ""
    got: "asyncio.Queue[tuple[dict[str, str], bytes]]" = field(default_factory=asyncio.Queue)

    async def take(self) -> tuple[dict[str, str], Any]:
        """The next message: its headers and its body."""
        async with asyncio.timeout(30):
            headers, raw = await self.got.get()
        check_signature(headers, raw)
        return headers, json.loads(raw)

    async def serve(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.put_nowait((headers, await request.read()))
        return web.Response(status=204)


def check_signature(headers: dict[str, str], raw: bytes) -> None:
    """What a receiver does with the three headers."""
    assert headers["svix-id"].startswith("msg_")
    assert abs(int(headers["svix-timestamp"]) - time.time()) < 300
    signed = f"{headers['svix-id']}.{headers['svix-timestamp']}.".encode() + raw
    digest = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert f"v1,{digest}" in headers["svix-signature"].split(" ")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    told = Receiver()
    app = web.Application()
    app.router.add_post("/hook", told.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield told
    await runner.cleanup()


@pytest.fixture
async def told(receiver: Receiver) -> AsyncIterator[Bench]:
    """A surface whose actions end at once and are told to the receiver."""
    async with serve(settle_s=0, webhooks=(Endpoint.of(receiver.url, [SECRET]),)) as bench:
        yield bench


async def test_a_push_that_is_completed(told: Bench, receiver: Receiver) -> None:
    pushed = await told.push("charge")
    _, body = await receiver.take()
    action = await told.action(pushed)
    assert body == {
        "actionId": action["id"],
        "deviceId": EV,
        "deviceType": "ev_charger",
        "command": "charge",
        "parameters": None,
        "result": action["result"],
        "completedAt": action["completedAt"],
    }


async def test_a_push_that_has_failed(told: Bench, receiver: Receiver) -> None:
    told.fleet.refusals[EV] = "no vehicle is connected"
    pushed = await told.push("charge")
    _, body = await receiver.take()
    action = await told.action(pushed)
    assert (body["errorCode"], body["errorMessage"]) == ("UNKNOWN_ERROR", "no vehicle is connected")
    assert body["result"] == action["result"] == {"success": False, "message": "no vehicle is connected"}


async def test_nothing_is_told_of_what_is_scheduled_cancelled_or_replaced_nor_of_settings(
    told: Bench, receiver: Receiver
) -> None:
    scheduled = data(await told.push("charge", start="1h"), 202)["id"]
    data(await told.push("charge", start="2h", on_conflict="cancel_and_replace"), 202)
    data(await told.set({"max_charge_rate": {"value": 7, "unit": "kw"}}))
    last = data(await told.push("idle", on_conflict="cancel_and_replace"), 202)["id"]
    _, body = await receiver.take()
    assert body["actionId"] == last != scheduled
    assert receiver.got.empty()
    assert len(told.webhooks.deliveries()) == 1


async def test_commands_of_other_surfaces_are_not_told(told: Bench, receiver: Receiver) -> None:
    assert (await told.api.post(f"/v1/chargers/{EV}/commands/pause-charging", {})).status == 200
    await told.push("charge")
    assert (await receiver.take())[1]["command"] == "charge"


async def test_devices_that_come_and_go(told: Bench, receiver: Receiver) -> None:
    kinds = []
    for kind in ("charger_connected", "charger_disconnected", "charger_connected"):
        told.fleet.emit(FleetEvent(1_780_000_000.0, EV, kind))
        _, body = await receiver.take()
        assert body == {"deviceId": EV, "deviceType": "ev_charger", "timestamp": "2026-05-28T20:26:40.000Z"}
        kinds.append(told.webhooks.deliveries()[0].kind)
    assert kinds == ["device.connected", "device.disconnected", "device.reconnected"]


async def test_schedules_are_told(receiver: Receiver) -> None:
    async with serve(scale=7200, settle_s=0, webhooks=(Endpoint.of(receiver.url, [SECRET]),)) as bench:
        path, once = f"/ev-charger/{EV}/schedule", {"timezone": "UTC", "slots": [{"time": "11:00", "command": "idle"}]}
        for method in ("PUT", "PUT", "DELETE"):
            schedule = data(await bench.api.send(method, path, json=once))
            _, body = await receiver.take()
            assert body == {
                "scheduleId": schedule["id"],
                "deviceId": EV,
                "deviceType": "ev_charger",
                "timestamp": schedule["updatedAt"],
            }
        kinds = [delivery.kind for delivery in bench.webhooks.deliveries()]
        assert kinds == ["schedule.cancelled", "schedule.updated", "schedule.created"]


async def test_slots_that_fail_or_are_skipped_are_told(receiver: Receiver) -> None:
    wanted = frozenset({"schedule.slot_failed", "schedule.slot_skipped"})
    endpoint = Endpoint.of(receiver.url, [SECRET], kinds=wanted)
    async with serve(scale=7200, settle_s=0, webhooks=(endpoint,)) as bench:
        bench.fleet.refusals[EV] = "no vehicle is connected"
        await bench.push("charge", OTHER, start="20d")
        once = {"timezone": "UTC", "slots": [{"time": "12:40", "command": "charge"}]}
        for charger_id in (EV, OTHER):
            data(await bench.api.send("PUT", f"/ev-charger/{charger_id}/schedule", json=once))
        told = {(await receiver.take())[1]["deviceId"] for _ in range(2)}
        assert told == {EV, OTHER}
        kinds = {json.loads(one.body)["deviceId"]: one.kind for one in bench.webhooks.deliveries()}
        assert kinds == {EV: "schedule.slot_failed", OTHER: "schedule.slot_skipped"}


async def test_the_log_shows_every_attempt(told: Bench, receiver: Receiver) -> None:
    await told.push("charge")
    headers, body = await receiver.take()
    [waiting] = told.webhooks.deliveries()
    await told.webhooks.stop()
    log = (await told.get("/v1/webhooks/deliveries", kind="push.completed", message_id=headers["svix-id"])).json
    assert log["total"] == 1
    [shown] = log["data"]
    assert (shown["message_id"], shown["delivery_id"]) == (headers["svix-id"], waiting.delivery_id)
    assert (shown["url"], shown["body"]) == (receiver.url, body)
    assert SECRET not in json.dumps(log)
    assert (await told.get("/v1/webhooks/deliveries", kind="push.failed")).json["data"] == []


async def test_the_log_shows_what_is_tried_again_without_secrets_of_the_url() -> None:
    nobody = "http://user:word@127.0.0.1:9/hook?token=t"
    async with serve(settle_s=0, webhooks=(Endpoint.of(nobody, [SECRET], tenant="acme"),), owner="acme") as bench:
        await bench.ended(await bench.push("charge"))
        await bench.webhooks.deliver_due()
        [shown] = (await bench.get("/v1/webhooks/deliveries", state="waiting")).json["data"]
        assert shown["url"] == "http://127.0.0.1:9/hook"
        [attempt] = shown["attempts"]
        assert attempt["status"] is None
        assert attempt["error"]
        assert shown["next_at"] > shown["created_at"]


async def test_a_receiver_is_told_of_its_own_customer_alone(receiver: Receiver) -> None:
    mine = Endpoint.of(receiver.url, [SECRET], tenant="acme")
    other = Endpoint.of(receiver.url, [SECRET], tenant="other")
    async with serve(settle_s=0, webhooks=(mine, other), owner="acme", tokens=(TokenSpec.of("sk_test_1"),)) as bench:
        headers = {"x-api-key": "sk_test_1"}
        pushed = {"action": {"command": "charge"}}
        data(await bench.api.send("POST", f"/ev-charger/{EV}", json=pushed, headers=headers), 202)
        await receiver.take()
        assert [one.endpoint.tenant for one in bench.webhooks.deliveries()] == ["acme"]
        for tenant, count in (("acme", 1), ("other", 0)):
            narrowed = {**headers, "Authorization": "Bearer sk_test_1", "X-Organization-Id": tenant}
            log = await bench.api.send("GET", "/v1/webhooks/deliveries", headers=narrowed)
            assert log.json["total"] == count
