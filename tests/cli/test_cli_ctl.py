"""`ctl SELECTOR COMMAND` against a daemon: each command does at the charger what it says."""

import asyncio
import json

import pytest

from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.views import EvseView
from tests.cli.conftest import Invoke
from tests.cli.fleets import TOKEN
from tests.cli.program import program


async def evse(daemon: Daemon, charger_id: str = "A-16") -> EvseView:
    return (await daemon.fleet.view(charger_id)).evses[0]


async def call_of(daemon: Daemon, action: str, **fields: object) -> dict[str, object]:
    """The payload of A-16's first CALL of an action at the central system."""
    assert daemon.csms is not None
    return (await daemon.csms.wait_frame("A-16", lambda frame: frame.is_call(action, **fields), 20)).payload


async def test_a_session_from_beginning_to_end(daemon: Daemon, invoke: Invoke) -> None:
    status, out, _ = await invoke("ctl", "A-16", "start-session", "--token", TOKEN, "--soc", "20%", "--json")
    assert status == 0
    assert json.loads(out) == {
        "accepted": 1,
        "refused": 0,
        "results": [{"charger_id": "A-16", "accepted": True, "reason": "", "info": {}}],
    }
    status, out, _ = await invoke("ctl", "A-16", "wait", "--status", "charging", "--timeout", "20")
    assert status == 0
    assert "Charging" in out
    assert (await evse(daemon)).soc == pytest.approx(0.2, abs=0.01)
    assert (await invoke("ctl", "A-16", "stop-session"))[0] == 0
    await call_of(daemon, "StopTransaction")
    assert not (await evse(daemon)).plugged


async def test_limits_of_a_session(daemon: Daemon, invoke: Invoke) -> None:
    arguments = ("--token", TOKEN, "--duration", "10m", "--energy-kwh", "0.002", "--vehicle", "compact")
    assert (await invoke("ctl", "A-16", "start-session", *arguments))[0] == 0
    await call_of(daemon, "StopTransaction")
    assert (await evse(daemon)).register_wh == pytest.approx(2, abs=1)


async def test_power_update_and_its_release(daemon: Daemon, invoke: Invoke) -> None:
    status, out, _ = await invoke("ctl", "*", "power-update", "--watts", "7000")
    assert status == 0
    assert out.count("accepted") == 2
    assert [(await evse(daemon, one)).offered_power_w for one in ("A-16", "A-201")] == [7000, 7000]
    status, out, _ = await invoke("ctl", "A-16", "limits")
    assert (status, "external_limit" in out, "7,000" in out) == (0, True, True)
    assert (await invoke("ctl", "site", "power-update", "--clear"))[0] == 0
    assert (await evse(daemon)).external_limit_w is None
    assert (await evse(daemon, "A-201")).offered_power_w > 10_000


async def test_the_steps_of_a_session_one_by_one(daemon: Daemon, invoke: Invoke) -> None:
    steps = [
        (("plug-in", "--vehicle", "compact", "--soc", "0.5", "--target-soc", "90%"), "Preparing"),
        (("present-token", TOKEN), "Charging"),
        (("ev-stops-energy",), "SuspendedEV"),
        (("ev-requests-energy",), "Charging"),
        (("stop-transaction",), "Finishing"),
        (("unplug",), "Available"),
    ]
    for arguments, expected in steps:
        status, out, _ = await invoke("ctl", "A-16", *arguments)
        assert status == 0, out
        status, out, _ = await invoke("ctl", "A-16", "wait", "--status", expected, "--timeout", "20s")
        assert status == 0, out


async def test_start_transaction_and_unlock(daemon: Daemon, invoke: Invoke) -> None:
    assert (await invoke("ctl", "A-16", "plug-in"))[0] == 0
    assert (await invoke("ctl", "A-16", "start-transaction", TOKEN))[0] == 0
    assert (await call_of(daemon, "StartTransaction"))["idTag"] == TOKEN
    assert (await invoke("ctl", "A-16", "unlock"))[0] == 0
    assert (await call_of(daemon, "StopTransaction"))["reason"] == "UnlockCommand"


async def test_authorize_only_asks(daemon: Daemon, invoke: Invoke) -> None:
    assert (await invoke("ctl", "A-16", "authorize", "ABC"))[0] == 0
    assert (await call_of(daemon, "Authorize"))["idTag"] == "ABC"


async def test_a_fault_and_its_end(daemon: Daemon, invoke: Invoke) -> None:
    assert (await invoke("ctl", "A-16", "inject-fault", "GroundFailure"))[0] == 0
    await call_of(daemon, "StatusNotification", status="Faulted", errorCode="GroundFailure")
    assert (await invoke("ctl", "A-16", "clear-fault"))[0] == 0
    assert (await evse(daemon)).error_code is None


async def test_data_transfer(daemon: Daemon, invoke: Invoke) -> None:
    arguments = ("transfer-data", "com.example", "--message-id", "hello", "--data", "world")
    assert (await invoke("ctl", "A-16", *arguments))[0] == 0
    sent = await call_of(daemon, "DataTransfer")
    assert sent == {"vendorId": "com.example", "messageId": "hello", "data": "world"}


async def test_a_lost_link_comes_back(daemon: Daemon, invoke: Invoke) -> None:
    assert daemon.csms is not None
    assert (await invoke("ctl", "A-16", "lose-link", "--for", "500ms"))[0] == 0
    await daemon.csms.wait_for(lambda central: not central.peer("A-16").connected)
    await daemon.csms.wait_for(lambda central: central.peer("A-16").connected, 20)


async def test_reboot(daemon: Daemon, invoke: Invoke) -> None:
    assert daemon.csms is not None
    assert (await invoke("ctl", "A-16", "reboot", "--hard"))[0] == 0
    await daemon.csms.wait_for(lambda central: central.peer("A-16").boots == 2, 30)


async def test_show_as_table_and_as_json(daemon: Daemon, invoke: Invoke) -> None:
    status, out, _ = await invoke("ctl", "*", "show")
    assert status == 0
    assert [line.split()[:2] for line in out.splitlines() if line.lstrip().startswith("A-")] == [
        ["A-16", "1.6"],
        ["A-201", "2.0.1"],
    ]
    status, out, _ = await invoke("ctl", "A-201", "show", "--json")
    assert [view["charger_id"] for view in json.loads(out)] == ["A-201"]


async def test_a_refusal_is_exit_status_1_with_its_reason(daemon: Daemon, invoke: Invoke) -> None:
    status, out, _ = await invoke("ctl", "A-16", "stop-session")
    assert status == 1
    assert "refused" in out
    assert "no session" in out
    status, out, _ = await invoke("ctl", "--json", "*", "stop-session")
    assert status == 1
    assert json.loads(out)["refused"] == 2


async def test_waiting_in_vain_is_exit_status_1(daemon: Daemon, invoke: Invoke) -> None:
    status, out, _ = await invoke("ctl", "*", "wait", "--status", "Charging", "--timeout", "300ms")
    assert status == 1
    assert "not Charging after 0.3 s: A-16, A-201" in out


async def test_waiting_hears_of_a_change(daemon: Daemon, invoke: Invoke) -> None:
    waiting = asyncio.create_task(invoke("ctl", "A-16", "wait", "--status", "Faulted", "--timeout", "20s", "--json"))
    async with program("ctl", "A-16", "inject-fault", environ={"CHARGEPOINT_SIM_API": daemon.api_url or ""}) as ctl:
        assert await ctl.ended() == 0
    status, out, _ = await waiting
    assert status == 0
    assert json.loads(out)[0]["evses"][0]["status"] == "Faulted"


async def test_an_unknown_charger_is_exit_status_2(daemon: Daemon, invoke: Invoke) -> None:
    status, _, errors = await invoke("ctl", "A-17", "show")
    assert status == 2
    assert "'A-17'" in errors
