"""The HTTP port of the central system."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import ClientConnection

from chargepoint_sim.csms.server import CsmsServer
from tests.csms.test_csms_server import charger, receive
from tests.csms.wire import SIM, UTC


@asynccontextmanager
async def http_on(server: CsmsServer) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the HTTP port."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.http_port}") as session:
        yield session


@asynccontextmanager
async def served() -> AsyncIterator[tuple[CsmsServer, aiohttp.ClientSession]]:
    """A central system with an HTTP port, and a client of it."""
    server = CsmsServer(clock=lambda: SIM)
    await server.start(port=0, http_port=0)
    async with server, http_on(server) as http:
        yield server, http


async def answer_next(socket: ClientConnection, rest: str, kind: int = 3) -> list[Any]:
    """Answer the next CALL; returns it."""
    call = await receive(socket)
    await socket.send(f'[{kind},"{call[1]}",{rest}]')
    return call


async def test_call_returns_the_charger_s_answer() -> None:
    async with served() as (server, http), charger(server, "RDAM%20123") as socket:
        answering = asyncio.create_task(answer_next(socket, '{"status":"Accepted"}'))
        response = await http.post("/chargers/RDAM%20123/call/Reset", json={"type": "Soft"})
        assert (response.status, await response.json()) == (200, {"answer": {"status": "Accepted"}})
        assert (await answering)[2:] == ["Reset", {"type": "Soft"}]


async def test_call_without_a_body_has_an_empty_payload() -> None:
    async with served() as (server, http), charger(server) as socket:
        answering = asyncio.create_task(answer_next(socket, '"NotSupported","no cache",{}', kind=4))
        response = await http.post("/chargers/CP-1/call/ClearCache")
        assert response.status == 200
        assert await response.json() == {"error": {"code": "NotSupported", "description": "no cache"}}
        assert (await answering)[2:] == ["ClearCache", {}]


async def test_call_that_is_not_answered_is_a_gateway_timeout() -> None:
    async with served() as (server, http), charger(server):
        response = await http.post("/chargers/CP-1/call/ClearCache?timeout_s=0.05")
        assert response.status == 504
        assert (await response.json())["error"]["code"] == "timed_out"


async def test_answer_that_breaks_its_schema_is_a_bad_gateway() -> None:
    async with served() as (server, http), charger(server) as socket:
        answering = asyncio.create_task(answer_next(socket, "{}"))
        response = await http.post("/chargers/CP-1/call/ClearCache")
        assert response.status == 502
        assert (await response.json())["error"]["code"] == "invalid"
        await answering


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/chargers/none/call/ClearCache", b"", 404),
        ("/chargers/CP-1/call/Heartbeat", b"", 422),
        ("/chargers/CP-1/call/Reset", b"{}", 422),
        ("/chargers/CP-1/call/Reset", b"[1]", 400),
        ("/chargers/CP-1/call/Reset", b"not json", 400),
        ("/chargers/CP-1/call/ClearCache?timeout_s=nan", b"", 400),
        ("/chargers/CP-1/call/ClearCache?timeout_s=soon", b"", 400),
    ],
)
async def test_what_cannot_be_sent_is_told(path: str, body: bytes, status: int) -> None:
    async with served() as (server, http), charger(server):
        response = await http.post(path, data=body)
        assert response.status == status
        assert (await response.json())["error"]["description"]


async def test_call_to_a_charger_that_left_is_a_conflict() -> None:
    async with served() as (server, http):
        async with charger(server):
            pass
        await server.wait_for(lambda central: not central.peer("CP-1").connected)
        response = await http.post("/chargers/CP-1/call/ClearCache")
        assert response.status == 409


async def test_chargers_sessions_and_frames_are_shown() -> None:
    async with served() as (server, http), charger(server) as socket:
        await socket.send(
            '[2,"a","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Charging",'
            '"timestamp":"2023-11-14T22:13:20Z"}]'
        )
        await receive(socket)
        await socket.send(
            '[2,"b","StartTransaction",{"connectorId":1,"idTag":"A","meterStart":100,'
            '"timestamp":"2023-11-14T22:13:20Z"}]'
        )
        transaction_id = (await receive(socket))[2]["transactionId"]
        await socket.send(
            f'[2,"c","MeterValues",{{"connectorId":1,"transactionId":{transaction_id},"meterValue":[{{"timestamp":'
            '"2023-11-14T22:13:20Z","sampledValue":[{"value":"150"}]}]}]'
        )
        await receive(socket)
        (shown,) = (await (await http.get("/chargers")).json())["chargers"]
        assert (shown["identity"], shown["version"], shown["registration"]) == ("CP-1", "1.6", "Accepted")
        assert shown["statuses"][0]["status"] == "Charging"
        detail = await (await http.get("/chargers/CP-1")).json()
        assert detail["boot"]["chargePointModel"] == "AC-22"
        (session,) = (await (await http.get("/sessions")).json())["sessions"]
        assert detail["sessions"] == [session]
        assert (session["transaction_id"], session["open"]) == (str(transaction_id), True)
        assert (session["started_at"], session["energy_wh"]) == (UTC, 50.0)
        frames = (await (await http.get("/chargers/CP-1/frames")).json())["frames"]
        assert [frame["action"] for frame in frames if frame["from_charger"]] == [
            "BootNotification",
            "StatusNotification",
            "StartTransaction",
            "MeterValues",
        ]


@pytest.mark.parametrize("path", ["/chargers/none", "/chargers/none/frames"])
async def test_unknown_charger_is_not_found(path: str) -> None:
    async with served() as (_, http):
        assert (await http.get(path)).status == 404


async def test_a_taken_port_is_told_and_nothing_stays_open() -> None:
    async with served() as (first, _):
        second = CsmsServer()
        with pytest.raises(OSError, match="address already in use"):
            await second.start(port=0, http_port=first.http_port)
        await second.start(port=0)
        await second.stop()


async def test_the_root_names_every_route() -> None:
    async with served() as (server, http), charger(server, "RDAM"):
        response = await http.get("/")
        routes = (await response.json())["routes"]
        assert response.status == 200
        for method, _, path in (route.partition(" ") for route in routes):
            told = await http.request(method, path.format(identity="RDAM", action="Nonsense"), json={})
            assert told.status in (200, 422), path
