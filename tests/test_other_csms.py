"""The other central system itself, driven by `ocpp.ChargePoint`: tests that rely on it must not be fooled by it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ocpp.v16
import ocpp.v16.call
import ocpp.v201
import ocpp.v201.call
import pytest
from ocpp.exceptions import NotSupportedError
from ocpp.routing import on
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.background import running
from tests.csms.test_csms_ocpp_clients import request_of
from tests.other_csms import Charger16, Charger201, OtherCsms


class Client16(ocpp.v16.ChargePoint):
    """A 1.6 client that knows one command."""

    @on("Reset")
    def on_reset(self, **_: Any) -> ocpp.v16.call_result.Reset:
        return ocpp.v16.call_result.Reset(status="Accepted")

    @on("ClearCache")
    def on_clear_cache(self, **_: Any) -> ocpp.v16.call_result.ClearCache:
        raise NotSupportedError("no cache")


CLIENTS: dict[str, tuple[type[Any], type[Any]]] = {
    "ocpp1.6": (Client16, Charger16),
    "ocpp2.0.1": (ocpp.v201.ChargePoint, Charger201),
}


@asynccontextmanager
async def client_on(csms: OtherCsms, subprotocol: str = "ocpp1.6") -> AsyncIterator[Any]:
    async with connect(f"{csms.url}/CP%201", subprotocols=[Subprotocol(subprotocol)]) as socket:
        client = CLIENTS[subprotocol][0]("CP 1", socket, response_timeout=10)
        async with running(client.start()):
            yield client


def handled() -> list[tuple[str, str]]:
    """Every message that the other central system answers."""
    return [
        (subprotocol, str(action))
        for subprotocol, (_, far_end) in CLIENTS.items()
        for action in sorted(
            {getattr(member, "_on_action", None) for member in vars(far_end).values()} - {None}, key=str
        )
    ]


@pytest.mark.parametrize(("subprotocol", "action"), handled())
async def test_each_handled_call_is_answered_and_recorded(subprotocol: str, action: str) -> None:
    async with OtherCsms() as csms, client_on(csms, subprotocol) as client:
        assert await client.call(request_of(subprotocol, action), suppress=False) is not None
        await csms.wait_call("CP 1", action)
        assert len(csms.called("CP 1", action)) == 1


async def test_settings_are_obeyed() -> None:
    async with (
        OtherCsms(boot_status="Pending", heartbeat_s=7, tags={"BAD": "Blocked"}) as csms,
        client_on(csms) as client,
    ):
        boot = await client.call(request_of("ocpp1.6", "BootNotification"), suppress=False)
        assert (boot.status, boot.interval) == ("Pending", 7)
        for tag, status in (("BAD", "Blocked"), ("GOOD", "Accepted")):
            answer = await client.call(ocpp.v16.call.Authorize(id_tag=tag), suppress=False)
            assert answer.id_tag_info == {"status": status}


async def test_calls_go_to_the_charger_and_errors_come_back() -> None:
    async with OtherCsms() as csms, client_on(csms):
        await csms.wait_connected("CP 1")
        assert (await csms.call("CP 1", ocpp.v16.call.Reset(type="Soft"))).status == "Accepted"
        with pytest.raises(NotSupportedError):
            await csms.call("CP 1", ocpp.v16.call.ClearCache())


async def test_what_never_comes_is_a_timeout_that_names_what_was_seen() -> None:
    async with OtherCsms() as csms, client_on(csms) as client:
        await client.call(request_of("ocpp1.6", "Heartbeat"), suppress=False)
        with pytest.raises(TimeoutError, match=r"calls BootNotification; seen: .*Heartbeat"):
            await csms.wait_call("CP 1", "BootNotification", timeout_s=0.05)


async def test_unknown_version_is_refused() -> None:
    async with OtherCsms() as csms:
        with pytest.raises(InvalidStatus):
            await connect(f"{csms.url}/CP-1", subprotocols=[Subprotocol("ocpp1.5")])
