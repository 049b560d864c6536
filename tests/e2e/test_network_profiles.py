"""A 2.0.1 station that knows two central systems, on real sockets (B09, B10)."""

from pathlib import Path
from typing import Any

from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from tests.fleets import fleet, template

CS = "CS-1"
HASTY = {
    "OCPPCommCtrlr.NetworkProfileConnectionAttempts": "2",
    "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
    "OCPPCommCtrlr.RetryBackOffRepeatTimes": "0",
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": "1",
}


async def put(csms: CsmsServer, variable: str, value: str, component: str = "OCPPCommCtrlr") -> str:
    element = {"component": {"name": component}, "variable": {"name": variable}, "attributeValue": value}
    answer: dict[str, Any] = await csms.call(CS, "SetVariables", {"setVariableData": [element]})
    return str(answer["setVariableResult"][0]["attributeStatus"])


async def test_B10_the_second_slot_is_used_when_the_first_central_system_is_gone(tmp_path: Path) -> None:
    async with CsmsServer(settings_from({"port": 0})) as second:
        first = CsmsServer(settings_from({"port": 0}))
        async with first:
            kinds = {"hasty": template("2.0.1", settings=HASTY)}
            spec = fleet(tmp_path, [{"template": "hasty", "id": CS}], csms={"url": first.url}, templates=kinds)
            daemon = Daemon(spec)
            await daemon.__aenter__()
            await first.wait_connected(CS)
            profile = {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": second.url,
                "messageTimeout": 30,
                "securityProfile": 0,
                "ocppInterface": "Wired0",
            }
            answer = await first.call(CS, "SetNetworkProfile", {"configurationSlot": 2, "connectionData": profile})
            assert answer["status"] == "Accepted"
            assert await put(first, "NetworkConfigurationPriority", "1,2") == "RebootRequired"
            mark = first.mark(CS)
            assert (await first.call(CS, "Reset", {"type": "OnIdle"}))["status"] == "Accepted"
            await first.wait_frame(CS, lambda frame: frame.is_call("BootNotification"), after=mark)
        try:
            await second.wait_connected(CS)
            element = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "ActiveNetworkProfile"}}
            answer = await second.call(CS, "GetVariables", {"getVariableData": [element]})
            assert answer["getVariableResult"][0]["attributeValue"] == "2"
        finally:
            await daemon.__aexit__(None, None, None)
        for one in (first, second):
            assert list(one.central.violations) == []


async def test_A01_FR_03_a_new_password_is_shown_and_the_old_one_is_good_no_more(tmp_path: Path) -> None:
    old, new = "the-password-before", "the-password-from-now"
    async with CsmsServer(settings_from({"port": 0, "passwords": {CS: old}, "boot": {"required": False}})) as csms:
        security = {"profile": 1, "password": old}
        spec = fleet(tmp_path, [{"template": "ac201", "id": CS}], csms={"url": csms.url, "security": security})
        async with Daemon(spec):
            await csms.wait_connected(CS)
            assert await put(csms, "BasicAuthPassword", new, "SecurityCtrlr") == "Accepted"
            for up in (False, True):
                await csms.wait_for(lambda central, up=up: central.peer(CS).connected == up)
            assert csms.settings.passwords == {CS: new}
            assert list(csms.central.violations) == []
