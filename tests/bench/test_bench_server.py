"""The bare server of the benchmarks: its answers are valid, its framing holds, its counters count."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from chargepoint_sim.protocol.schemas import schemas
from tests import tls
from tests.transport.support import Ears, connect, end_of

SERVER = Path(__file__).parents[2] / "scripts" / "bench" / "server.py"

FROM_STATIONS = {
    Version.V16: """
        Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat
        LogStatusNotification MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification
        StartTransaction StatusNotification StopTransaction""",
    Version.V201: """
        Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification
        Get15118EVCertificate GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit
        NotifyCustomerInformation NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent
        NotifyMonitoringReport NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles
        ReservationStatusUpdate SecurityEventNotification SignCertificate StatusNotification TransactionEvent""",
}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with started() as number:
        yield number


@contextlib.asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SERVER), "--interval", "77", *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            yield int(await process.stdout.readline())
    finally:
        process.terminate()
        assert await process.wait() == 0


async def answers(port: int, version: Version, calls: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The payloads that the server answers, in order."""
    ears = Ears()
    link = await connect(port, ears, subprotocols=(version.subprotocol,))
    assert link.subprotocol == version.subprotocol
    for number, (action, payload) in enumerate(calls):
        link.send(orjson.dumps([2, f"id-{number}", action, payload]))
    await ears.until(lambda: len(ears.texts) == len(calls))
    link.close(1000)
    assert await end_of(link) == LinkEnd(EndKind.CLOSED, 1000, by_us=True)
    found = [orjson.loads(text) for text in ears.texts]
    assert [(kind, message_id) for kind, message_id, _ in found] == [(3, f"id-{n}") for n in range(len(calls))]
    return [payload for _, _, payload in found]


@pytest.mark.parametrize("version", Version)
async def test_every_answer_is_valid(port: int, version: Version) -> None:
    token = {"idToken": {"idToken": "0123", "type": "ISO14443"}} if version is Version.V201 else {"idTag": "0123"}
    actions = FROM_STATIONS[version].split()
    calls: list[tuple[str, dict[str, Any]]] = [
        (action, token if action in {"Authorize", "TransactionEvent"} else {}) for action in actions
    ]
    found = await answers(port, version, calls)
    for action, payload in zip(actions, found, strict=True):
        assert schemas(version).check_response(action, payload) is None, action
    boot = found[actions.index("BootNotification")]
    assert (boot["status"], boot["interval"]) == ("Accepted", 77)


async def test_transactions_get_ids_of_their_own(port: int) -> None:
    found = await answers(port, Version.V16, [("StartTransaction", {})] * 3)
    assert len({payload["transactionId"] for payload in found}) == 3


async def test_long_and_split_messages_pings_and_the_counters(port: int) -> None:
    ears = Ears()
    link = await connect(port, ears)
    for size in (100, 126, 65535, 65536, 500_000):
        link.send(orjson.dumps([2, "x", "MeterValues", {"filler": "y" * size}]))
    link.ping()
    link.send(b'[3,"an answer",{}]')
    link.ping()
    await ears.until(lambda: ears.pongs == 2)
    assert ears.texts == [b'[3,"x",{}]'] * 5
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/counters") as reply:
        counters = json.loads(await reply.text())
    assert counters.pop("cpu_s") > 0
    assert counters == {"open": 1, "accepted": 1, "answers": 1, "messages": 5, "actions": {"MeterValues": 5}}
    link.abort()


async def test_it_serves_tls(tmp_path: Path) -> None:
    certificate, key = tls.server_files(tmp_path)
    async with started("--tls-cert", certificate, "--tls-key", key) as port:
        ears = Ears()
        link = await connect(port, ears, scheme="wss", ca_file=tls.ca_file(tmp_path))
        link.send(b'[2,"1","Heartbeat",{}]')
        await ears.until(lambda: bool(ears.texts))
        assert schemas(Version.V16).check_response("Heartbeat", orjson.loads(ears.texts[0])[2]) is None
        link.close(1000)
        await end_of(link)
