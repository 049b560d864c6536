"""What outlives the link and the program: offline sessions, saved registers, running transactions, the queue."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.core.commands import IdToken, LoseLink, SetPowerLimit, StartSession, StopSession
from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.recording import SeenFrame
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.errors import ConfigError
from chargepoint_sim.fleet.spec import FleetSpec
from chargepoint_sim.fleet.views import ChargerView
from tests.e2e.evidence import samples
from tests.fleets import VERSIONS, ac, do, fleet, template

TAG = IdToken("TAG-1")
SCALE = 120
CP = "CP-1"


CREDENTIALS = {
    "1.6": ("ChangeConfiguration", {"key": "AuthorizationKey", "value": b"new-password-16b".hex()}),
    "2.0.1": (
        "SetVariables",
        {
            "setVariableData": [
                {
                    "component": {"name": "SecurityCtrlr"},
                    "variable": {"name": "BasicAuthPassword"},
                    "attributeValue": "new-password-of-the-charger",
                }
            ]
        },
    ),
}


@pytest.fixture
async def csms() -> AsyncIterator[CsmsServer]:
    """A central system that outlives the daemon."""
    async with CsmsServer(settings_from({"frames_kept": 5000})) as csms:
        yield csms
        assert list(csms.central.violations) == []


def one_charger(folder: Path, csms: CsmsServer, version: str) -> FleetSpec:
    """Transactions end with the authorization in both versions, so that a session with a limit ends by itself."""
    return fleet(
        folder,
        [{"template": ac(version), "id": CP}],
        csms={"url": csms.url},
        clock={"mode": "scaled", "scale": SCALE},
        store={"state_file": "state.json"},
        templates={"ac201": template("2.0.1", settings={"TxCtrlr.TxStopPoint": ["Authorized"]})},
    )


def started(frame: SeenFrame) -> bool:
    return frame.is_call("StartTransaction") or frame.is_call("TransactionEvent", eventType="Started")


def ended(frame: SeenFrame) -> bool:
    return frame.is_call("StopTransaction") or frame.is_call("TransactionEvent", eventType="Ended")


def sampled(frame: SeenFrame) -> bool:
    return frame.from_charger and bool(samples([frame.text]))


async def online(csms: CsmsServer, after: int = 0) -> SeenFrame:
    return await csms.wait_frame(CP, lambda frame: frame.is_call("StatusNotification"), after=after)


async def until(daemon: Daemon, holds: Callable[[ChargerView], bool]) -> None:
    """Wait until the charger's view passes; looked at after each of its events."""
    events = daemon.fleet.events([CP])
    async with asyncio.timeout(10):
        while not holds(await daemon.fleet.view(CP)):
            await anext(events)


async def charging(daemon: Daemon, csms: CsmsServer) -> SeenFrame:
    """Start a session; the first frame with a sample of it."""
    mark = csms.mark(CP)
    await do(daemon, CP, StartSession(id_token=TAG, vehicle="truck", soc=0.1))
    return await csms.wait_frame(CP, sampled, after=mark)


def told_of_transactions(csms: CsmsServer, after: int) -> list[SeenFrame]:
    actions = ("StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent")
    frames = csms.central.frames(CP)
    return [one for one in frames if one.number > after and one.kind == "CALL" and one.action in actions]


def instant(frame: SeenFrame) -> float:
    payload = frame.payload
    return parse_utc(payload.get("timestamp") or payload["meterValue"][0]["timestamp"])


def end_of(frame: SeenFrame) -> dict[str, Any]:
    """What both versions say at the end: register in Wh, reason and transaction."""
    payload = frame.payload
    if frame.action == "StopTransaction":
        reason = payload.get("reason", "Local")
        return {"wh": payload["meterStop"], "reason": reason, "id": str(payload["transactionId"])}
    values = [value for element in payload["meterValue"] for value in element["sampledValue"]]
    info = payload["transactionInfo"]
    return {"wh": values[-1]["value"], "reason": info.get("stoppedReason", "Local"), "id": info["transactionId"]}


async def an_offline_session(daemon: Daemon, csms: CsmsServer, link_lost_s: float) -> int:
    """One session online, so that the token is known, and one of 90 s with the link down; gives the mark between."""
    await online(csms)
    await charging(daemon, csms)
    await do(daemon, CP, StopSession())
    await csms.wait_frame(CP, ended)
    await until(daemon, lambda view: view.queued_messages == 0)
    mark = csms.mark(CP)
    await do(daemon, CP, LoseLink(duration_s=link_lost_s))
    await csms.wait_for(lambda central: not central.peer(CP).connected)
    await do(daemon, CP, StartSession(id_token=TAG, vehicle="truck", soc=0.1, duration_s=90))
    return mark


def check_offline_session(frames: list[SeenFrame], version: str) -> None:
    """Whole, in order, with the times at which things happened."""
    assert started(frames[0])
    assert ended(frames[-1])
    instants = [instant(frame) for frame in frames]
    assert instants == sorted(instants)
    assert 90 <= instants[-1] - instants[0] <= 92
    assert [instant(frame) - instants[0] for frame in frames if sampled(frame)] == [60.0]
    if version == "2.0.1":
        assert all(frame.payload["offline"] for frame in frames)
        assert [frame.payload["seqNo"] for frame in frames] == list(range(len(frames)))


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_offline_session_arrives_in_order_with_its_own_times(
    tmp_path: Path, csms: CsmsServer, version: str
) -> None:
    async with Daemon(one_charger(tmp_path, csms, version)) as daemon:
        mark = await an_offline_session(daemon, csms, link_lost_s=1.2)
        await csms.wait_frame(CP, ended, after=mark)
        check_offline_session(told_of_transactions(csms, mark), version)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_queue_survives_the_end_of_the_program(tmp_path: Path, csms: CsmsServer, version: str) -> None:
    daemon = Daemon(one_charger(tmp_path, csms, version))
    await daemon.start()
    try:
        mark = await an_offline_session(daemon, csms, link_lost_s=60)
        await until(daemon, lambda view: view.queued_messages >= 3 and view.evses[0].transaction_id is None)
    finally:
        await daemon.stop()
    assert told_of_transactions(csms, mark) == []
    async with Daemon(one_charger(tmp_path, csms, version)):
        await csms.wait_frame(CP, ended, after=mark)
    check_offline_session(told_of_transactions(csms, mark), version)


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_orderly_stop_ends_sessions_and_the_register_goes_on(
    tmp_path: Path, csms: CsmsServer, version: str
) -> None:
    async with Daemon(one_charger(tmp_path, csms, version)) as daemon:
        await online(csms)
        await do(daemon, CP, SetPowerLimit(power_w=9000))
        await charging(daemon, csms)
    end = await csms.wait_frame(CP, ended)
    assert end_of(end)["reason"] == "Reboot"
    assert end_of(end)["wh"] > 0
    mark = csms.mark(CP)
    async with Daemon(one_charger(tmp_path, csms, version)) as daemon:
        await online(csms, after=mark)
        view = await daemon.fleet.view(CP)
        assert view.evses[0].register_wh >= end_of(end)["wh"]
        assert view.evses[0].external_limit_w == 9000
        await do(daemon, CP, StopSession())
        first = samples([(await charging(daemon, csms)).text])[0]
    assert first.register_wh > end_of(end)["wh"]
    assert first.offered_w == 9000


@pytest.mark.parametrize("version", VERSIONS)
async def test_after_a_power_cut_the_transaction_ends_with_power_loss(
    tmp_path: Path, csms: CsmsServer, version: str
) -> None:
    daemon = Daemon(one_charger(tmp_path, csms, version))
    await daemon.start()
    try:
        await online(csms)
        last = samples([(await charging(daemon, csms)).text])[-1]
        transaction_id = (await daemon.fleet.view(CP)).evses[0].transaction_id
    finally:
        await daemon.stop(power_cut=True)
    await csms.wait_for(lambda central: not central.peer(CP).connected)
    mark = csms.mark(CP)
    assert not any(ended(frame) for frame in csms.central.frames(CP)), "nothing is told"
    async with Daemon(one_charger(tmp_path, csms, version)):
        boot = await csms.wait_frame(CP, lambda frame: frame.is_call("BootNotification"), after=mark)
        end = await csms.wait_frame(CP, ended, after=mark)
    assert boot.number < end.number
    told = end_of(end)
    assert (told["reason"], told["id"]) == ("PowerLoss", transaction_id)
    assert told["wh"] >= last.register_wh
    assert [session.is_open for session in csms.central.sessions(CP)] == [False]


async def test_the_state_file_is_whole_and_a_broken_one_is_refused_with_its_name(
    tmp_path: Path, csms: CsmsServer
) -> None:
    spec = one_charger(tmp_path, csms, "1.6")
    async with Daemon(spec):
        await online(csms)
    file = tmp_path / "state.json"
    assert set(orjson.loads(file.read_bytes())["chargers"]) == {CP}
    file.write_bytes(file.read_bytes()[:50])
    with pytest.raises(ConfigError, match=r"state\.json"):
        await Daemon(spec).start()


async def test_no_frames_are_kept_where_none_are_asked_for(tmp_path: Path, csms: CsmsServer) -> None:
    spec = fleet(tmp_path, [{"template": ac("1.6"), "id": CP}], csms={"url": csms.url}, fleet={"frames_kept": 0})
    trace = tmp_path / "trace.jsonl"
    async with Daemon(spec, trace_file=trace) as daemon:
        await online(csms)
        assert await daemon.fleet.frames(CP) == []
    assert "BootNotification" in trace.read_text()


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_built_in_central_system_knows_a_new_password_after_a_restart(tmp_path: Path, version: str) -> None:
    spec = fleet(
        tmp_path,
        [{"template": ac(version), "id": CP}],
        csms={
            "url": "builtin",
            "security": {"profile": 1, "password": "the-password-of-the-file"},
            "builtin": {"port": 0, "passwords": {CP: "the-password-of-the-file"}, "frames_kept": 500},
        },
        store={"state_file": "state.json"},
    )
    async with Daemon(spec) as daemon:
        assert daemon.csms is not None
        await online(daemon.csms)
        await daemon.csms.call(CP, *CREDENTIALS[version])
        given = daemon.csms.settings.passwords[CP]
        assert given != "the-password-of-the-file"
    async with Daemon(spec) as daemon:
        assert daemon.csms is not None
        await online(daemon.csms)
        assert daemon.csms.settings.passwords == {CP: given}
        assert daemon.csms.saved_state()["passwords"] == {CP: given}
