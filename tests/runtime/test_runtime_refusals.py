"""Central systems that refuse or misbehave: the reason is kept and shown, and nobody else notices."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from chargepoint_sim import telemetry
from chargepoint_sim.core.commands import IdToken, StartSession
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.views import ChargerView
from tests import tls
from tests.fleets import do, fleet
from tests.transport import support

PATIENCE_S = 10.0


async def until(daemon: Daemon, charger_id: str, holds: Callable[[ChargerView], bool]) -> ChargerView:
    """The first view of a charger that passes; looked at after each event of it."""
    events = daemon.fleet.events([charger_id])
    async with asyncio.timeout(PATIENCE_S):
        while True:
            view = await daemon.fleet.view(charger_id)
            if holds(view):
                return view
            await anext(events)


def http(status: bytes, body: bytes = b"") -> support.Conversation:
    return support.say(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))


async def polite(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read until the charger's close frame, and close."""
    while (await support.read_frame(reader))[0] != support.CLOSE:
        pass


async def other_subprotocol(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(support.answer_101(await support.request(reader), "ocpp2.0.1"))
    await polite(reader, writer)


async def no_subprotocol(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(support.answer_101(await support.request(reader), None))
    await polite(reader, writer)


def hang_up_with(code: int, reason: str = "") -> support.Conversation:
    """Accept the upgrade and close with a code."""
    return support.talk(support.close_frame(code, reason), then=polite)


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close at once."""


REFUSALS = {
    "401": (http(b"401 Unauthorized", b"who are you?"), "refused 401 (Unauthorized: who are you?)", "password"),
    "404": (http(b"404 Not Found"), "refused 404", "register the identity"),
    "redirect": (http(b"301 Moved Permanently\r\nLocation: ws://else/"), "refused 301", "final address"),
    "other sub-protocol": (other_subprotocol, "subprotocol", "change `ocpp:`"),
    "no sub-protocol": (no_subprotocol, "subprotocol", "change `ocpp:`"),
    "close 1008": (
        support.talk(support.close_frame(1008, "who?"), then=polite),
        "closed 1008 (who?)",
        "refuses this charger",
    ),
    "close 1000": (
        support.talk(support.close_frame(1000), then=polite),
        "closed 1000 before any answer to Boot",
        "register the",
    ),
    "hang up": (hang_up, "lost", "broke"),
}


@pytest.mark.parametrize("kind", REFUSALS)
async def test_a_refusal_is_kept_and_shown_with_its_remedy(tmp_path: Path, kind: str) -> None:
    conversation, refusal, remedy = REFUSALS[kind]
    async with support.raw_server(conversation) as port:
        spec = fleet(tmp_path, [{"template": "ac16", "id": "CP-1"}], csms={"url": f"ws://127.0.0.1:{port}"})
        async with Daemon(spec) as daemon:
            view = await until(daemon, "CP-1", lambda view: view.refusal is not None)
            summary = await daemon.fleet.summary()
    assert view.refusal is not None
    assert view.refusal.startswith(refusal)
    (cause,) = summary.causes
    assert cause.cause == f"not served: {view.refusal}"
    assert remedy in cause.remedy
    assert cause.charger_ids == ("CP-1",)


async def test_a_password_never_shows_in_a_refusal(tmp_path: Path) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await support.request(reader)
        secret = support.header(request, "Authorization") or ""
        await http(b"401 Unauthorized", secret.encode() + b" opensesame")(_fed(request), writer)

    async with support.raw_server(echo) as port:
        csms = {"url": f"ws://127.0.0.1:{port}", "security": {"profile": 1, "password": "opensesame-opensesame"}}
        async with Daemon(fleet(tmp_path, [{"template": "ac16", "id": "CP-1"}], csms=csms)) as daemon:
            view = await until(daemon, "CP-1", lambda view: view.refusal is not None)
    assert view.refusal is not None
    assert view.refusal.startswith("refused 401")
    assert "opensesame-" not in repr(view)
    assert "Q1AtMTpv" not in repr(view), "the Basic credentials in base64"


def _fed(request: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(request)
    return reader


GARBAGE = (b"", b"{}", b"[", b'[2,"1"]', b'[3,"nobody",{}]', b'[9,"1",{}]', b'[2,"1","Reset",{"type":5}]', b"null")


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Texts that are no OCPP-J, answers to nothing, calls of nothing, and then bytes that are no UTF-8."""
    writer.write(support.answer_101(await support.request(reader)))
    for text in (
        b"",
        b"{}",
        b"[",
        b'[2,"1"]',
        b'[3,"nobody",{}]',
        b'[9,"1",{}]',
        b'[2,"1","Reset",{"type":5}]',
        b"\xff",
    ):
        writer.write(support.frame(support.TEXT, text))
    writer.write(b"\x00\xff" * 100)
    await reader.read(-1)


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept the upgrade and never say a word."""
    writer.write(support.answer_101(await support.request(reader)))
    await reader.read(-1)


async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take the connection and do not even answer the upgrade."""
    await reader.read(-1)


async def test_a_fleet_with_six_bad_central_systems_charges_at_the_good_one(tmp_path: Path) -> None:
    broken_before = telemetry.tally["charger_errors",]
    bad = {"garbage": garbage, "silence": silence, "deaf": deaf, "hang-up": hang_up, "404": http(b"404 Not Found")}
    async with contextlib.AsyncExitStack() as stack:
        urls = {}
        for name, conversation in bad.items():
            urls[name] = f"ws://127.0.0.1:{await stack.enter_async_context(support.raw_server(conversation))}"
        context = tls.server_context(ca="unknown")
        port = await stack.enter_async_context(support.raw_server(silence, context=context))
        urls["certificate"] = f"wss://127.0.0.1:{port}"
        groups = [{"template": "ac16", "count": 3, "id": f"{name}-{{n}}", "csms": {"url": url, "call_timeout_s": 1}}
                  for name, url in urls.items()]  # fmt: skip
        groups += [{"template": "ac16", "id": "GOOD-16"}, {"template": "ac201", "id": "GOOD-201"}]
        spec = fleet(tmp_path, groups, clock={"mode": "scaled", "scale": 60})
        daemon = await stack.enter_async_context(Daemon(spec))
        for name in ("hang-up", "404", "certificate"):
            await until(daemon, f"{name}-3", lambda view: view.refusal is not None)
        for name in ("garbage", "silence"):
            await until(daemon, f"{name}-3", lambda view: bool(view.problems))
        assert daemon.csms is not None
        for charger_id in ("GOOD-16", "GOOD-201"):
            await until(daemon, charger_id, lambda view: view.registration == "Accepted")
            await do(daemon, charger_id, StartSession(id_token=IdToken("TAG-1"), vehicle="truck"))
            mark = daemon.csms.mark(charger_id)
            await daemon.csms.wait_frame(charger_id, lambda frame: "Sample.Periodic" in frame.text, after=mark)
        views = {view.charger_id: view for view in (await daemon.fleet.list())[0]}
        summary = await daemon.fleet.summary()
        assert list(daemon.csms.central.violations) == []
    assert summary.charging == 2
    assert sum(len(cause.charger_ids) for cause in summary.causes) == 18
    assert (views["certificate-1"].refusal or "").startswith("tls")
    assert views["silence-1"].problems["BootNotification: no answer in time"] >= 1
    assert views["deaf-1"].connection in ("dialling", "waiting")
    assert telemetry.tally["charger_errors",] == broken_before


async def test_a_central_system_that_ignores_the_close_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async with support.raw_server(silence) as port:
        csms = {"url": f"ws://127.0.0.1:{port}"}
        daemon = Daemon(fleet(tmp_path, [{"template": "ac16", "count": 20, "id": "CP-{n}"}], csms=csms))
        await daemon.start()
        for n in range(1, 21):
            await until(daemon, f"CP-{n}", lambda view: view.connection == "connected")
        async with asyncio.timeout(5):
            await daemon.stop()
