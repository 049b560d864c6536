"""Every command of the OCPPLAB surface from the HTTP request to what a central system sees of it, in both versions."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chargepoint_sim.core.commands import LoseLink
from chargepoint_sim.csms.central import Central
from chargepoint_sim.csms.recording import SeenFrame
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from tests.fleets import do, fleet

SCALE = 60
PATIENCE_S = 30.0
IDENTITIES = ("CP-16", "CP-201")
TAG, BLOCKED = "TAG-1", "TAG-BLOCKED"


@dataclass
class Site:
    """Two running chargers of one location, the API, and the central system that all evidence is taken from."""

    daemon: Daemon
    http: aiohttp.ClientSession

    @property
    def csms(self) -> CsmsServer:
        assert self.daemon.csms is not None
        return self.daemon.csms

    async def post(self, path: str, body: Mapping[str, Any], status: int) -> Any:
        async with self.http.post(path, json=body) as reply:
            answer = await reply.json()
            assert reply.status == status, answer
            return answer

    async def one(self, command: str, identity: str, event: Mapping[str, Any] | None = None, status: int = 200) -> Any:
        """A command for one charger that answers at once."""
        body = {"target": {"charger_id": identity}, **({} if event is None else {"event": event})}
        return await self.post(f"/ocpp/commands/{command}", body, status)

    async def queue(self, command: str, identity: str, event: Mapping[str, Any] | None = None) -> str:
        """A fan-out command to one charger that takes it; its id."""
        answer = await self.one(command, identity, event, 202)
        assert (answer["targeted_count"], answer["queued_count"], answer["failed"]) == (1, 1, []), answer
        (result,) = answer["results"]
        assert result["identity"] == identity
        command_id: str = result["command"]["id"]
        return command_id

    async def told(self, identity: str, action: str, after: int = 0, **fields: object) -> dict[str, Any]:
        """The payload of the first CALL with these fields."""
        return await self.seen(identity, lambda frame: frame.is_call(action, **fields), after)

    async def seen(self, identity: str, wanted: Callable[[SeenFrame], bool], after: int = 0) -> dict[str, Any]:
        """The payload of the first frame that is wanted."""
        frame = await self.csms.wait_frame(identity, wanted, PATIENCE_S, after=after)
        return frame.payload

    async def status(self, identity: str, expected: str, after: int = 0) -> dict[str, Any]:
        """Connector 1 is told to have a status, in 1.6 words; 2.0.1 tells Occupied for all of a session."""
        if identity == "CP-16":
            return await self.told(identity, "StatusNotification", after, connectorId=1, status=expected)
        word = expected if expected in ("Available", "Faulted") else "Occupied"
        return await self.told(identity, "StatusNotification", after, evseId=1, connectorStatus=word)

    async def state(self, identity: str, expected: str, after: int = 0) -> None:
        """Charging goes over to a state: a status in 1.6, a transaction event in 2.0.1."""
        if identity == "CP-16":
            await self.status(identity, expected, after)
        else:
            await self.seen(identity, lambda frame: charging_state(frame) == expected, after)

    async def ended(self, identity: str, after: int = 0) -> dict[str, Any]:
        """A transaction ends."""
        if identity == "CP-16":
            return await self.told(identity, "StopTransaction", after)
        return await self.told(identity, "TransactionEvent", after, eventType="Ended")

    async def began(self, identity: str, after: int = 0) -> dict[str, Any]:
        """A transaction begins."""
        if identity == "CP-16":
            return await self.told(identity, "StartTransaction", after)
        return await self.told(identity, "TransactionEvent", after, eventType="Started")

    async def charging(self, identity: str) -> int:
        """A session that charges; how far the record reaches then."""
        await self.queue("start-session", identity, {"id_tag": TAG})
        await self.state(identity, "Charging")
        return self.csms.mark(identity)

    async def result(self, command_id: str) -> dict[str, Any]:
        """What became of a command, once it has ended."""
        await self.daemon.dispatch.ended(command_id)
        async with self.http.get(f"/evcharger/commands/{command_id}") as reply:
            assert reply.status == 200
            found: dict[str, Any] = await reply.json()
            return found


def connected(central: Central, identity: str) -> bool:
    peer = central.find(identity)
    return peer is not None and peer.connected


def charging_state(frame: SeenFrame) -> str | None:
    if not frame.is_call("TransactionEvent"):
        return None
    state: str | None = frame.payload["transactionInfo"].get("chargingState")
    return state


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    groups = [
        {"template": template, "id": identity, "location": "depot"}
        for template, identity in zip(("ac16", "ac201"), IDENTITIES, strict=True)
    ]
    spec = fleet(
        tmp_path,
        groups,
        clock={"mode": "scaled", "scale": SCALE},
        locations=[{"id": "depot"}],
        api={"listen": "127.0.0.1:0"},
        csms={
            "url": "builtin",
            "builtin": {"port": 0, "frames_kept": 5000, "id_tags": [{"id_tag": BLOCKED, "status": "Blocked"}]},
        },
    )
    async with Daemon(spec) as daemon, aiohttp.ClientSession(base_url=daemon.api_url) as http:
        site = Site(daemon, http)
        for identity in IDENTITIES:
            await site.status(identity, "Available")
        yield site


BOTH = pytest.mark.parametrize("identity", IDENTITIES)


@BOTH
async def test_a_session_by_hand(site: Site, identity: str) -> None:
    await site.queue("plug-connector", identity)
    await site.status(identity, "Preparing")
    begun = await site.queue("start-transaction", identity, {"id_tag": TAG})
    await site.state(identity, "Charging")
    await site.began(identity)
    assert (await site.result(begun))["status"] == "applied"
    mark = site.csms.mark(identity)
    await site.queue("ev-stops-energy", identity)
    await site.state(identity, "SuspendedEV", mark)
    mark = site.csms.mark(identity)
    await site.queue("ev-requests-energy", identity)
    await site.state(identity, "Charging", mark)
    stopped = await site.queue("stop-transaction", identity)
    assert (await site.result(stopped))["status"] == "applied"
    mark = site.csms.mark(identity)
    await site.queue("unplug-connector", identity)
    await site.status(identity, "Available", mark)
    await site.ended(identity)


async def test_a_transaction_is_stopped_by_the_id_that_the_central_system_knows(site: Site) -> None:
    mark = await site.charging("CP-16")
    (session,) = [one for one in site.csms.central.sessions() if one.identity == "CP-16"]
    await site.queue("stop-transaction", "CP-16", {"transaction_id": str(session.transaction_id)})
    assert str((await site.ended("CP-16", mark))["transactionId"]) == str(session.transaction_id)


@BOTH
async def test_a_session_in_one_call_each(site: Site, identity: str) -> None:
    mark = await site.charging(identity)
    await site.queue("stop-session", identity)
    await site.ended(identity, mark)
    await site.status(identity, "Available", mark)


@BOTH
async def test_a_session_stops_by_itself_at_its_time(site: Site, identity: str) -> None:
    await site.queue("start-session", identity, {"id_tag": TAG, "duration_seconds": 300})
    await site.state(identity, "Charging")
    await site.ended(identity)
    (session,) = [one for one in site.csms.central.sessions() if one.identity == identity]
    assert session.started_at is not None
    assert session.stopped_at is not None
    assert 285 <= session.stopped_at - session.started_at <= 305


@BOTH
async def test_a_session_stops_by_itself_at_its_energy(site: Site, identity: str) -> None:
    await site.queue("start-session", identity, {"id_tag": TAG, "target_energy_kwh": 1.5})
    await site.ended(identity)
    (session,) = [one for one in site.csms.central.sessions() if one.identity == identity]
    assert session.energy_wh == pytest.approx(1500, abs=30)


@BOTH
async def test_power_update_shows_in_the_meter(site: Site, identity: str) -> None:
    mark = await site.charging(identity)
    await site.queue("power-update", identity, {"power_w": 5000})

    def shows(frame: SeenFrame) -> bool:
        return '"Power.Offered"' in frame.text and "5000" in frame.text

    await site.seen(identity, shows, mark)


@BOTH
async def test_unlocking_ends_the_transaction(site: Site, identity: str) -> None:
    mark = await site.charging(identity)
    await site.queue("unlock-connector", identity)
    stop = await site.ended(identity, mark)
    assert stop["reason" if identity == "CP-16" else "triggerReason"] == "UnlockCommand"


@BOTH
async def test_a_tag_is_authorised_and_the_verdict_can_be_read(site: Site, identity: str) -> None:
    good = await site.queue("authorize-id-tag", identity, {"id_tag": TAG})
    bad = await site.queue("authorize-id-tag", identity, {"id_tag": BLOCKED})
    verdict = await site.result(good)
    assert (verdict["status"], verdict["result"]["status"]) == ("applied", "Accepted")
    assert (verdict["event_type"], verdict["identity"], verdict["deployment_id"]) == (
        "authorize_id_tag",
        identity,
        identity,
    )
    refusal = await site.result(bad)
    assert (refusal["status"], refusal["result"]["status"]) == ("rejected", "Blocked")
    assert refusal["detail"] == "the central system answered Authorize with Blocked"
    await site.told(identity, "Authorize")


@BOTH
async def test_a_raw_message_goes_out_and_its_answer_can_be_read(site: Site, identity: str) -> None:
    version = {"CP-16": "ocpp1.6", "CP-201": "ocpp2.0.1"}[identity]
    event = {"action": "data_transfer", "ocpp_version": version, "payload": {"vendor_id": "com.example"}}
    answer = await site.one("proxy-message", identity, event, 202)
    assert (answer["event_type"], answer["ocpp_version"]) == ("data_transfer", version)
    assert answer["payload"] == event["payload"]
    assert await site.told(identity, "DataTransfer") == {"vendorId": "com.example"}
    found = await site.result(answer["id"])
    assert (found["status"], found["result"]["answer"]) == ("rejected", {"status": "UnknownVendorId"})


@BOTH
async def test_a_raw_message_may_break_its_schema(site: Site, identity: str) -> None:
    version = {"CP-16": "ocpp1.6", "CP-201": "ocpp2.0.1"}[identity]
    event = {"action": "boot_notification", "ocpp_version": version, "payload": {"charge_point_vendor": 7}}
    answer = await site.one("proxy-message", identity, event, 202)
    await site.told(identity, "BootNotification", chargePointVendor=7)
    found = await site.result(answer["id"])
    assert found["status"] == "failed"
    assert found["detail"].startswith("BootNotification: CALLERROR")
    assert (await site.daemon.fleet.view(identity)).registration == "Accepted"


async def test_a_raw_message_of_another_version_gets_400(site: Site) -> None:
    event = {"action": "heartbeat", "ocpp_version": "ocpp2.0.1", "payload": {}}
    answer = await site.one("proxy-message", "CP-16", event, 400)
    assert answer == {"detail": "Charger CP-16 speaks ocpp1.6, not ocpp2.0.1."}


@BOTH
async def test_configuration_acts_as_if_the_central_system_had_changed_it(site: Site, identity: str) -> None:
    event = {"configuration": {"HeartbeatInterval": "1"}}
    answer = await site.one("configuration", identity, event)
    assert answer == {
        "status": "Accepted",
        "configured": ["HeartbeatInterval"],
        "msg": "Configuration updated",
        "verdicts": {"HeartbeatInterval": "Accepted"},
    }
    mark = site.csms.mark(identity)
    first = await site.csms.wait_frame(identity, lambda frame: frame.is_call("Heartbeat"), PATIENCE_S, after=mark)
    again = await site.csms.wait_frame(
        identity, lambda frame: frame.is_call("Heartbeat"), PATIENCE_S, after=first.number
    )
    assert 0.5 <= (again.at - first.at) / SCALE <= PATIENCE_S  # heartbeats follow real time
    if identity == "CP-16":
        told = await site.csms.call(identity, "GetConfiguration", {"key": ["HeartbeatInterval"]})
        assert told["configurationKey"][0]["value"] == "1"
    else:
        wanted = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
        told = await site.csms.call(identity, "GetVariables", {"getVariableData": [wanted]})
        assert told["getVariableResult"][0]["attributeValue"] == "1"


@BOTH
async def test_what_is_not_taken_of_a_configuration_is_named(site: Site, identity: str) -> None:
    event = {"configuration": {"HeartbeatInterval": "soon", "NoSuchThing": "1", "WebSocketPingInterval": "20"}}
    answer = await site.one("configuration", identity, event)
    unknown = {"CP-16": "NotSupported", "CP-201": "UnknownVariable"}[identity]
    assert (answer["status"], answer["configured"]) == ("Rejected", ["WebSocketPingInterval"])
    assert answer["msg"] == f"Not taken: HeartbeatInterval: Rejected; NoSuchThing: {unknown}"
    assert answer["verdicts"]["NoSuchThing"] == unknown


async def test_a_restart_that_a_value_needs_is_said(site: Site) -> None:
    name = "OCPPCommCtrlr.NetworkConfigurationPriority"
    answer = await site.one("configuration", "CP-201", {"configuration": {name: "1"}})
    assert (answer["status"], answer["configured"]) == ("RebootRequired", [name])


@BOTH
async def test_after_the_cache_is_cleared_a_known_tag_is_asked_about_again(site: Site, identity: str) -> None:
    on = {"CP-16": "AuthorizationCacheEnabled", "CP-201": "AuthCacheCtrlr.Enabled"}[identity]
    first = {"CP-16": "LocalPreAuthorize", "CP-201": "AuthCtrlr.LocalPreAuthorize"}[identity]
    await site.one("configuration", identity, {"configuration": {on: "true", first: "true"}})
    await site.charging(identity)
    await site.queue("stop-session", identity)
    await site.ended(identity)
    answer = await site.one("cache/reset", identity)
    assert answer == {"msg": "Authorization cache cleared", "cleared_entries": 1}
    mark = site.csms.mark(identity)
    await site.queue("start-session", identity, {"id_tag": TAG})
    await site.told(identity, "Authorize", mark)
    again = await site.one("cache/reset", identity, {})
    assert again["msg"] == "Authorization cache cleared"


@BOTH
async def test_a_local_list_is_sent_grows_old_and_is_cleared(site: Site, identity: str) -> None:
    on = {"CP-16": "LocalAuthListEnabled", "CP-201": "LocalAuthListCtrlr.Enabled"}[identity]
    await site.one("configuration", identity, {"configuration": {on: "true"}})
    entries = [
        {"id_tag": TAG, "expiry_date": "2040-12-31T00:00:00Z", "parent_id_tag": "FLEET"},
        {"id_tag": "TAG-2", "expiry_date": None},
    ]
    answer = await site.one("local-auth-list", identity, {"list_version": 2, "entries": entries})
    assert answer == {
        "status": "Accepted",
        "list_version": 2,
        "entries_received": 2,
        "msg": "Local authorization list updated",
    }
    word = {"CP-16": "listVersion", "CP-201": "versionNumber"}[identity]
    assert (await site.csms.call(identity, "GetLocalListVersion", {}))[word] == 2
    async with site.http.get(f"/v1/chargers/{identity}/local-list") as reply:
        kept = (await reply.json())["data"]
    assert len(kept["entries"]) == 2
    stale = await site.one("local-auth-list", identity, {"list_version": 2, "entries": []})
    assert (stale["status"], stale["msg"]) == (
        "VersionMismatch",
        "the list has version 2; a new one must be greater",
    )
    cleared = await site.one("clear-local-auth-list", identity)
    assert cleared == {"msg": "Local authorization list cleared", "entries_deleted": 2}
    assert (await site.csms.call(identity, "GetLocalListVersion", {}))[word] == 0


@BOTH
async def test_a_fault_is_told_and_ends(site: Site, identity: str) -> None:
    mark = site.csms.mark(identity)
    answer = await site.one("inject-fault", identity, {"fault_type": "OverCurrent"})
    assert answer == {
        "msg": "Fault injected",
        "fault_type": "OverCurrent",
        "evse_id": 1,
        "connector_id": 1,
        "status": "Faulted",
    }
    told = await site.status(identity, "Faulted", mark)
    if identity == "CP-16":
        assert told["errorCode"] == "OverCurrentFailure"
    else:
        await site.told(identity, "NotifyEvent", mark)
    mark = site.csms.mark(identity)
    healed = await site.one("clear-fault", identity)
    assert (healed["msg"], healed["status"], healed["fault_type"]) == ("Fault cleared", "Available", None)
    await site.status(identity, "Available", mark)
    again = await site.one("clear-fault", identity)
    assert again["msg"].startswith("Nothing was cleared: ")


async def test_a_fault_that_nobody_knows_is_the_vendors(site: Site) -> None:
    await site.one("inject-fault", "CP-16", {"fault_type": "CoffeeSpilled"})
    told = await site.status("CP-16", "Faulted")
    assert (told["errorCode"], told["vendorErrorCode"]) == ("OtherError", "CoffeeSpilled")


@BOTH
async def test_a_fault_ends_the_transaction_and_leaves_the_cable_in(site: Site, identity: str) -> None:
    mark = await site.charging(identity)
    await site.one("inject-fault", identity, {"fault_type": "GroundFailure"})
    await site.ended(identity, mark)
    healed = await site.one("clear-fault", identity)
    assert healed["status"] in ("Preparing", "Finishing")


@BOTH
async def test_without_a_link_the_physical_acts_and_questions_wait(site: Site, identity: str) -> None:
    mark = await site.charging(identity)
    await do(site.daemon, identity, LoseLink(duration_s=0.5))
    await site.csms.wait_for(lambda central: not connected(central, identity), PATIENCE_S)
    limited = await site.queue("power-update", identity, {"power_w": 4000})
    asked = await site.queue("authorize-id-tag", identity, {"id_tag": TAG})
    async with site.http.get(f"/evcharger/commands/{asked}") as reply:
        assert (await reply.json())["status"] == "deferred"
    assert (await site.result(limited))["status"] == "applied"
    assert (await site.daemon.fleet.view(identity)).evses[0].external_limit_w == 4000
    assert (await site.result(asked))["status"] == "applied"
    await site.told(identity, "Authorize", mark)


async def test_a_warning_is_told_and_the_connector_goes_on(site: Site) -> None:
    mark = site.csms.mark("CP-16")
    answer = await site.one("inject-fault", "CP-16", {"fault_type": "WeakSignal"})
    assert answer["status"] == "Available"
    await site.told("CP-16", "StatusNotification", mark, connectorId=1, status="Available", errorCode="WeakSignal")
    await site.charging("CP-16")


@BOTH
async def test_a_stop_without_a_link_counts_when_it_is_told(site: Site, identity: str) -> None:
    mark = await site.charging(identity)
    await do(site.daemon, identity, LoseLink(duration_s=0.5))
    await site.csms.wait_for(lambda central: not connected(central, identity), PATIENCE_S)
    stopped = await site.queue("stop-session", identity)
    async with site.http.get(f"/evcharger/commands/{stopped}") as reply:
        assert (await reply.json())["status"] == "deferred"
    await site.ended(identity, mark)
    assert (await site.result(stopped))["status"] == "applied"


async def test_the_later_dialects_command_a_location(site: Site) -> None:
    body = {"target": {"location_id": "depot"}, "payload": {"key": "HeartbeatInterval", "value": "45"}}
    for prefix in ("/ocpp", "/evcharger"):
        answer = await site.post(f"{prefix}/commands/configuration", body, 202)
        assert (answer["targeted_count"], answer["queued_count"]) == (2, 2)
        assert {one["command"]["event_type"] for one in answer["results"]} == {"configuration"}
    told = await site.csms.call("CP-16", "GetConfiguration", {"key": ["HeartbeatInterval"]})
    assert told["configurationKey"][0]["value"] == "45"


async def test_the_later_dialects_send_raw_messages_in_each_chargers_version(site: Site) -> None:
    for identity in IDENTITIES:
        body = {"target": {"identity": identity}, "payload": {"action": "Heartbeat"}}
        mark = site.csms.mark(identity)
        answer = await site.post("/evcharger/commands/proxy-message", body, 202)
        assert answer["results"][0]["command"]["event_type"] == "Heartbeat"
        await site.told(identity, "Heartbeat", mark)


async def test_the_oldest_dialect_commands_a_location(site: Site) -> None:
    answer = await site.post("/commands/plug-connector", {"target": {"location_id": "depot"}}, 202)
    assert answer["queued_count"] == 2
    for identity in IDENTITIES:
        await site.status(identity, "Preparing")
