"""A fleet that changes while it runs: real sockets against the built-in central system, through the Roster."""

import asyncio
import gc
import weakref
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim.charger import Charger
from chargepoint_sim.config.host import HostLimits
from chargepoint_sim.config.plan import FIXED_FILES
from chargepoint_sim.core.commands import IdToken, StartSession
from chargepoint_sim.core.station import Station
from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.recording import SeenFrame
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.errors import (
    DuplicateCharger,
    DuplicateLocation,
    HostFull,
    InvalidCharger,
    LocationInUse,
    UnknownModel,
    UnknownTarget,
)
from chargepoint_sim.fleet.roster import (
    MOST_AT_ONCE,
    BulkJob,
    ChargerChanges,
    LocationChanges,
    NewCharger,
    Provisioning,
    Stage,
)
from chargepoint_sim.fleet.spec import FleetSpec, LocationSpec
from chargepoint_sim.fleet.tenancy import TenantFleet
from chargepoint_sim.fleet.tenant_roster import TenantRoster
from chargepoint_sim.runtime.task import ChargerTask
from tests.fleets import VERSIONS, ac, do, fleet

PATIENCE_S = 30
UNUSED_URL = "ws://127.0.0.1:9/ocpp"


@pytest.fixture
async def csms() -> AsyncIterator[CsmsServer]:
    async with CsmsServer(settings_from({"frames_kept": 5000})) as csms:
        yield csms
        assert list(csms.central.violations) == []


def spec_of(folder: Path, **sections: Any) -> FleetSpec:
    return fleet(folder, [{"template": "ac16", "id": "CP-1"}], store={"state_file": "state.json"}, **sections)


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with Daemon(spec_of(tmp_path)) as daemon:
        yield daemon


def new(identity: str, **values: Any) -> NewCharger:
    kind = {} if "brand_slug" in values else {"template": "ac16"}
    return NewCharger(**{"identity": identity, "csms_url": "builtin", **kind, **values})


async def stage(daemon: Daemon, charger_id: str, wanted: Stage) -> Provisioning:
    """Wait until a charger has come to that stage; looked at after each of its events."""
    events = daemon.fleet.events([charger_id])
    async with asyncio.timeout(PATIENCE_S):
        while (found := await daemon.roster.provisioning(charger_id)).stage is not wanted:
            await anext(events)
    return found


async def ended(daemon: Daemon, job: BulkJob) -> BulkJob:
    task = daemon.roster._jobs[job.job_id].task
    assert task is not None
    async with asyncio.timeout(PATIENCE_S):
        await task
    return await daemon.roster.job(job.job_id)


def boot(frame: SeenFrame) -> bool:
    return frame.is_call("BootNotification")


def booted_at(daemon: Daemon) -> CsmsServer:
    assert daemon.csms is not None
    return daemon.csms


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_added_charger_dials_at_once_boots_and_lives(daemon: Daemon, version: str) -> None:
    view = await daemon.roster.add(new("NEW-1", template=ac(version), name="Gate", connector_type="Type2"))
    assert view.charger_id != "NEW-1"
    assert (view.identity, view.name, view.version, view.connector_type) == ("NEW-1", "Gate", version, "sType2")
    frame = await booted_at(daemon).wait_frame("NEW-1", boot)
    assert frame.from_charger
    ready = await stage(daemon, view.charger_id, Stage.READY)
    assert ready.error is None
    assert ready.provisioned_at is not None
    assert ready.provisioned_at >= view.created_at
    await do(daemon, view.charger_id, StartSession(id_token=IdToken("TAG-1")))
    assert await daemon.fleet.ids("NEW-1") == (view.charger_id,)


async def test_a_model_of_the_catalog_has_its_hardware(daemon: Daemon) -> None:
    view = await daemon.roster.add(
        new("T-1", brand_slug="abb", model_slug="terra-184", connector_type="CCS2", version="2.0.1")
    )
    assert (view.vendor, view.model, view.max_power_w) == ("ABB", "Terra 184", 180_000)
    assert [evse.connector_ids for evse in view.evses] == [(1,), (1,)]
    assert view.connector_type == "cCCS2"
    await stage(daemon, view.charger_id, Stage.READY)


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"template": "ac17"}, UnknownModel, "no template 'ac17'; there are ac16"),
        ({"brand_slug": "acme", "model_slug": "x"}, UnknownModel, "no brand 'acme'; it has wallbox"),
        ({"brand_slug": "abb", "model_slug": "x"}, UnknownModel, "no model 'x'; it has terra-184"),
        ({"brand_slug": "abb"}, InvalidCharger, "template, or brand_slug and model_slug"),
        ({"csms_url": "http://h/"}, InvalidCharger, "csms_url: a URL such as ws://host:9000/ocpp"),
        ({"version": "1.5"}, InvalidCharger, "version: ac16 speaks 1.6 or 2.0.1, not '1.5'"),
        ({"connector_type": "Plug"}, InvalidCharger, "connector_type: 'Plug' is not known; use Type1"),
        ({"identity": "a/b"}, InvalidCharger, "identity: 1 to 255 printable characters without slash"),
        ({"security_profile": 1}, InvalidCharger, "security profile 1 needs a password"),
        ({"location_id": "nowhere"}, UnknownTarget, "no location 'nowhere'"),
        ({"charger_id": "CP-1"}, DuplicateCharger, "charger_id: 'CP-1' is taken"),
        ({"identity": "CP-1"}, DuplicateCharger, "identity: 'CP-1' is taken at ws://"),
    ],
)
async def test_what_cannot_be_made_is_refused_by_name(
    daemon: Daemon, values: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        await daemon.roster.add(new(**{"identity": "X-1", **values}))
    assert words in str(refusal.value)
    assert (await daemon.fleet.list())[1] == 1


async def test_a_charger_that_is_refused_is_failed_with_the_cause_and_keeps_trying(daemon: Daemon) -> None:
    view = await daemon.roster.add(new("LOST-1", csms_url=UNUSED_URL))
    failed = await stage(daemon, view.charger_id, Stage.FAILED)
    assert failed.error is not None
    assert (failed.error.code, failed.error.step, failed.error.retryable) == ("csms_unreachable", "dial", True)
    assert "start the central system" in failed.error.message
    await daemon.roster.update(view.charger_id, ChargerChanges(csms_url="builtin"))
    await stage(daemon, view.charger_id, Stage.READY)


async def test_another_url_closes_in_order_and_boots_at_the_new_central_system(
    daemon: Daemon, csms: CsmsServer
) -> None:
    view = await daemon.roster.add(new("MOVE-1"))
    await stage(daemon, view.charger_id, Stage.READY)
    changed = await daemon.roster.update(view.charger_id, ChargerChanges(csms_url=csms.url, version="2.0.1"))
    assert changed.version == "2.0.1"
    assert changed.updated_at is not None
    assert boot(await csms.wait_frame("MOVE-1", boot))
    await stage(daemon, view.charger_id, Stage.READY)


async def test_a_new_name_and_place_disturb_no_session(daemon: Daemon) -> None:
    view = await daemon.roster.add(new("NAME-1"))
    await stage(daemon, view.charger_id, Stage.READY)
    place = await daemon.roster.add_location(LocationSpec("", name="Yard"))
    await do(daemon, view.charger_id, StartSession(id_token=IdToken("TAG-1")))
    changed = await daemon.roster.update(
        view.charger_id, ChargerChanges(name="Dock 3", location_id=place.location_id, csms_url="builtin")
    )
    assert (changed.name, changed.location_id, changed.connection) == ("Dock 3", place.location_id, "connected")
    assert changed.evses[0].plugged
    assert (await daemon.fleet.ids(place.location_id)) == (view.charger_id,)
    assert (await daemon.roster.update(view.charger_id, ChargerChanges(location_id=""))).location_id is None


async def test_stop_start_and_reset_are_power(daemon: Daemon) -> None:
    view = await daemon.roster.add(new("POWER-1"))
    await stage(daemon, view.charger_id, Stage.READY)
    stopped = await daemon.roster.stop(view.charger_id)
    assert stopped.connection == "off"
    await daemon.roster.start(view.charger_id)
    await stage_connected(daemon, view.charger_id)
    await daemon.roster.reset(view.charger_id)
    await stage_connected(daemon, view.charger_id)


async def stage_connected(daemon: Daemon, charger_id: str) -> None:
    events = daemon.fleet.events([charger_id])
    async with asyncio.timeout(PATIENCE_S):
        while (await daemon.fleet.view(charger_id)).registration != "Accepted":
            await anext(events)


async def test_a_removed_charger_is_gone_for_everybody(daemon: Daemon) -> None:
    view = await daemon.roster.add(new("GONE-1"))
    await stage(daemon, view.charger_id, Stage.READY)
    await daemon.roster.remove(view.charger_id)
    with pytest.raises(UnknownTarget):
        await daemon.fleet.view(view.charger_id)
    with pytest.raises(UnknownTarget):
        await daemon.roster.provisioning("GONE-1")
    again = await daemon.roster.add(new("GONE-1"))
    await stage(daemon, again.charger_id, Stage.READY)


async def test_a_removed_charger_and_its_link_are_freed_without_the_collector(daemon: Daemon) -> None:
    view = await daemon.roster.add(new("FREE-1"))
    await stage(daemon, view.charger_id, Stage.READY)
    link = daemon.fleet._task(view.charger_id).link
    assert link is not None
    gone = weakref.ref(link)
    del link
    gc.collect()
    gc.disable()
    try:
        before = kept_objects()
        await daemon.roster.remove(view.charger_id)
        for _ in range(3):
            await asyncio.sleep(0)  # the loop lets go of the callbacks' arguments
        assert gone() is None
        assert {kind: before[kind] - count for kind, count in kept_objects().items()} == dict.fromkeys(before, 1)
    finally:
        gc.enable()


def kept_objects() -> dict[type, int]:
    counts = Counter(map(type, gc.get_objects()))
    return {kind: counts[kind] for kind in (ChargerTask, Charger, Station)}


async def test_a_change_comes_to_its_end_when_who_asked_for_it_goes_away(daemon: Daemon) -> None:
    view = await daemon.roster.add(new("LEFT-1"))
    await stage(daemon, view.charger_id, Stage.READY)
    events = daemon.fleet.events([view.charger_id], ["charger_booted"])
    asking = asyncio.create_task(daemon.roster.reset(view.charger_id))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with asyncio.timeout(PATIENCE_S):
        assert (await anext(events)).kind == "charger_booted"


async def test_a_tenant_changes_its_own_and_nothing_else(daemon: Daemon) -> None:
    mine = TenantRoster(daemon.roster, TenantFleet(daemon.fleet, "north"), "north")
    theirs = TenantRoster(daemon.roster, TenantFleet(daemon.fleet, "south"), "south")
    place = await mine.add_location(LocationSpec("", name="Yard"))
    view = await mine.add(new("OWN-1", location_id=place.location_id))
    assert (view.tenant, place.tenant) == ("north", "north")
    job = await mine.add_many([new("OWN-2")])
    with pytest.raises(UnknownTarget):
        await theirs.job(job.job_id)
    with pytest.raises(UnknownTarget):
        await theirs.add(new("OTHER-1", location_id=place.location_id))
    with pytest.raises(UnknownTarget):
        await theirs.remove_location(place.location_id)
    for change in (theirs.remove, theirs.start, theirs.stop, theirs.reset, theirs.provisioning):
        with pytest.raises(UnknownTarget):
            await change(view.charger_id)
    with pytest.raises(UnknownTarget):
        await mine.remove("CP-1")
    assert (await ended(daemon, job)).tenant == "north"
    await mine.remove(view.charger_id)


async def test_many_are_made_with_an_outcome_for_each(daemon: Daemon) -> None:
    place = await daemon.roster.add_location(LocationSpec("", name="Yard"))
    wanted = [new(f"BULK-{n}") for n in range(20)]
    wanted[7] = new("CP-1")
    wanted[9] = new("BULK-9", csms_url="nonsense")
    job = await daemon.roster.add_many(wanted, location_id=place.location_id)
    assert (job.stage, job.total, job.done) == (Stage.PROVISIONING, 20, 0)
    job = await ended(daemon, job)
    assert (job.stage, len(job.created), job.done) == (Stage.READY, 18, 20)
    assert [(one.identity, one.error.code) for one in job.failed] == [
        ("CP-1", "duplicate_charger"),
        ("BULK-9", "invalid_charger"),
    ]
    assert (await daemon.fleet.list(location_id=place.location_id))[1] == 18
    for charger_id in job.created:
        await stage(daemon, charger_id, Stage.READY)


async def test_more_than_a_thousand_at_once_are_refused(daemon: Daemon) -> None:
    with pytest.raises(InvalidCharger, match="1001 are too many"):
        await daemon.roster.add_many([new("X")] * (MOST_AT_ONCE + 1))


async def test_locations_come_change_and_go(daemon: Daemon) -> None:
    roster = daemon.roster
    place = await roster.add_location(LocationSpec("yard", name="Yard", country="NL"))
    with pytest.raises(DuplicateLocation):
        await roster.add_location(LocationSpec("yard"))
    with pytest.raises(DuplicateLocation):
        await roster.add_location(LocationSpec("CP-1"))
    changed = await roster.update_location(place.location_id, LocationChanges(city="Delft", public=True))
    assert (changed.name, changed.city, changed.public, changed.country) == ("Yard", "Delft", True, "NL")
    view = await roster.add(new("LOC-1", location_id="yard"))
    with pytest.raises(LocationInUse, match="1 chargers stand"):
        await roster.remove_location("yard")
    await roster.remove(view.charger_id)
    await roster.remove_location("yard")
    assert await daemon.fleet.locations() == []
    with pytest.raises(UnknownTarget):
        await roster.remove_location("yard")


async def test_what_was_changed_comes_back_after_a_restart(tmp_path: Path) -> None:
    spec = spec_of(tmp_path)
    async with Daemon(spec) as daemon:
        await daemon.roster.add_location(LocationSpec("yard", name="Yard"))
        first = await daemon.roster.add(new("KEEP-1", location_id="yard", name="Gate", charger_id="keep"))
        off = await daemon.roster.add(new("OFF-1"))
        await daemon.roster.stop(off.charger_id)
        await daemon.roster.update("keep", ChargerChanges(version="2.0.1"))
        await daemon.roster.remove("CP-1")
    async with Daemon(spec) as daemon:
        view = await daemon.fleet.view("keep")
        assert (view.identity, view.version, view.name, view.location_id) == ("KEEP-1", "2.0.1", "Gate", "yard")
        assert view.created_at == first.created_at
        assert [one.name for one in await daemon.fleet.locations()] == ["Yard"]
        with pytest.raises(UnknownTarget):
            await daemon.fleet.view("CP-1")
        await stage(daemon, "keep", Stage.READY)
        assert (await daemon.fleet.view(off.charger_id)).connection == "off"
        await daemon.roster.start(off.charger_id)
        await stage(daemon, off.charger_id, Stage.READY)


async def test_a_charger_that_this_host_has_no_room_for_is_refused_and_the_others_stay(
    daemon: Daemon, csms: CsmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = FIXED_FILES + len(daemon.fleet) + 1
    monkeypatch.setattr(daemon.roster, "_limits", lambda: HostLimits(open_files=room))
    await daemon.roster.add(NewCharger("CP-ROOM", template="ac16", csms_url=csms.url))
    with pytest.raises(HostFull, match=f"{room + 1} open files would be needed and this host allows {room}"):
        await daemon.roster.add(NewCharger("CP-NONE", template="ac16", csms_url=csms.url))
    with pytest.raises(HostFull):
        await daemon.roster.add_many([NewCharger("CP-NONE", template="ac16", csms_url=csms.url)])
    await csms.wait_connected("CP-ROOM")
    assert len(daemon.fleet) == 2
