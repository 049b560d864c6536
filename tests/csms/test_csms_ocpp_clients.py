"""Each message that the central system answers, sent once over a real socket by `ocpp.ChargePoint`.

The central system shares frames and schemas with the simulated chargers; these clients were written by others.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import MISSING, asdict, fields
from typing import Any

import ocpp.v16
import ocpp.v16.call
import ocpp.v201
import ocpp.v201.call
import orjson
import pytest
from ocpp.charge_point import camel_to_snake_case, remove_nones, snake_to_camel_case
from ocpp.exceptions import SecurityError
from ocpp.routing import on
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.server import CsmsServer
from tests.background import running
from tests.csms import test_csms_v16, test_csms_v201

CURRENT_TIME = "2023-11-14T22:13:20.000Z"


def clock() -> float:
    return 1_700_000_000.0


class Client16(ocpp.v16.ChargePoint):
    """A charge point that can be reset."""

    @on("Reset")
    def on_reset(self, **_: Any) -> ocpp.v16.call_result.Reset:
        return ocpp.v16.call_result.Reset(status="Rejected")


class Client201(ocpp.v201.ChargePoint):
    """A charging station that can be reset."""

    @on("Reset")
    def on_reset(self, **_: Any) -> ocpp.v201.call_result.Reset:
        return ocpp.v201.call_result.Reset(status="Scheduled")


CLIENTS: dict[str, tuple[type[Any], Any, Any]] = {
    "ocpp1.6": (Client16, ocpp.v16.call, test_csms_v16.ANSWERS),
    "ocpp2.0.1": (Client201, ocpp.v201.call, test_csms_v201.ANSWERS),
}

ALL = [(subprotocol, action) for subprotocol, (_, _, answers) in CLIENTS.items() for action in answers]


@asynccontextmanager
async def client_on(server: CsmsServer, subprotocol: str, identity: str = "CP-1") -> AsyncIterator[Any]:
    """A connected client."""
    url = f"{server.url}/{identity}"
    async with connect(url, subprotocols=[Subprotocol(subprotocol)], compression=None) as socket:
        client = CLIENTS[subprotocol][0](identity, socket, response_timeout=10)
        async with running(client.start()):
            yield client


def request_of(subprotocol: str, action: str) -> Any:
    """The request of the wire tests as a payload class of the `ocpp` package."""
    _, calls, answers = CLIENTS[subprotocol]
    payload_class = getattr(calls, action)
    values = camel_to_snake_case(orjson.loads(answers[action][0]))
    # Some optional fields have no default in the package.
    absent = {field.name: None for field in fields(payload_class) if field.default is field.default_factory is MISSING}
    return payload_class(**{**absent, **values})


@pytest.mark.parametrize(("subprotocol", "action"), ALL)
async def test_message_is_answered(subprotocol: str, action: str) -> None:
    async with CsmsServer(clock=clock) as server, client_on(server, subprotocol) as client:
        if action != "BootNotification":
            await client.call(request_of(subprotocol, "BootNotification"), suppress=False)
        answer = await client.call(request_of(subprotocol, action), suppress=False)
        expected = orjson.loads(CLIENTS[subprotocol][2][action][1])
        wire = snake_to_camel_case(remove_nones(asdict(answer)))
        if action == "StartTransaction":
            assert wire.pop("transactionId") > 0
            del expected["transactionId"]
        assert wire == expected
        assert not server.central.violations


@pytest.mark.parametrize("subprotocol", CLIENTS)
async def test_a_pending_client_is_told_so_and_refused(subprotocol: str) -> None:
    async with (
        CsmsServer(settings_from({"boot": {"status": "Pending"}})) as server,
        client_on(server, subprotocol) as client,
    ):
        answer = await client.call(request_of(subprotocol, "BootNotification"), suppress=False)
        assert answer.status == "Pending"
        with pytest.raises(SecurityError):
            await client.call(request_of(subprotocol, "Heartbeat"), suppress=False)


@pytest.mark.parametrize(
    ("subprotocol", "payload", "answer"),
    [("ocpp1.6", {"type": "Soft"}, "Rejected"), ("ocpp2.0.1", {"type": "OnIdle"}, "Scheduled")],
)
async def test_the_central_system_calls_the_client(subprotocol: str, payload: Any, answer: str) -> None:
    async with CsmsServer() as server, client_on(server, subprotocol):
        assert await server.call("CP-1", "Reset", payload) == {"status": answer}
