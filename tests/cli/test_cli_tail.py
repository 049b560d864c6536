"""`tail CHARGER` against a daemon, and as a process that follows."""

import re
import signal

import orjson

from chargepoint_sim.core.commands import AuthorizeToken, IdToken, TransferData
from chargepoint_sim.daemon import Daemon
from tests.cli.conftest import Invoke
from tests.cli.program import program


async def test_kept_frames_in_pretty_lines(daemon: Daemon, invoke: Invoke) -> None:
    status, out, _ = await invoke("tail", "A-16", "--no-follow")
    assert status == 0
    first, second = out.splitlines()[:2]
    assert re.match(r'\d\d:\d\d:\d\d\.\d{3} -> BootNotification +\[2,"[^"]+","BootNotification",\{', first)
    assert re.match(r'\d\d:\d\d:\d\d\.\d{3} <- BootNotification +\[3,"', second)


async def test_raw_frames_of_one_action(daemon: Daemon, invoke: Invoke) -> None:
    _, out, _ = await invoke("tail", "A-201", "--no-follow", "--raw", "--action", "BootNotification")
    call, result = map(orjson.loads, out.splitlines())
    assert (call[0], call[2], result[0]) == (2, "BootNotification", 3)
    assert call[1] == result[1]


async def test_secrets_are_masked(daemon: Daemon, invoke: Invoke) -> None:
    secret = '{"password": "hunter2"}'
    assert (await daemon.fleet.command("A-16", TransferData("com.example", None, secret))).accepted
    assert daemon.csms is not None
    await daemon.csms.wait_frame("A-16", lambda frame: frame.is_call("DataTransfer"))
    _, out, _ = await invoke("tail", "A-16", "--no-follow")
    assert "DataTransfer" in out
    assert "hunter2" not in out


async def test_following_shows_what_comes_until_ctrl_c(daemon: Daemon) -> None:
    environ = {"CHARGEPOINT_SIM_API": daemon.api_url or ""}
    async with program("tail", "A-16", environ=environ) as tail:
        await tail.line("-> BootNotification")
        await daemon.fleet.command("A-16", AuthorizeToken(IdToken("FOLLOWED")))
        await tail.line(lambda line: "-> Authorize" in line and '"idTag":"FOLLOWED"' in line)
        await tail.line("<- Authorize")
        tail.signal(signal.SIGINT)
        assert await tail.ended() == 130
        assert tail.errors == ""


async def test_following_ends_with_the_daemon(daemon: Daemon) -> None:
    environ = {"CHARGEPOINT_SIM_API": daemon.api_url or ""}
    async with program("tail", "A-16", environ=environ) as tail:
        await tail.line("-> BootNotification")
        await daemon.stop()
        assert await tail.ended() == 0
