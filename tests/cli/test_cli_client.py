"""The client of the native API: views come back as they are in the daemon, failures come as words."""

import dataclasses
from pathlib import Path

import pytest
from aiohttp import web

from chargepoint_sim.client import FleetClient
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.core.commands import AuthorizeToken, IdToken, SetBehaviour, SetPowerLimit
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.errors import LocalError, UnknownTarget
from chargepoint_sim.fleet.detail import Section
from chargepoint_sim.fleet.fault_kinds import fault_kinds
from chargepoint_sim.fleet.roster import ChargerChanges, LocationChanges, NewCharger
from chargepoint_sim.fleet.spec import LocationSpec
from chargepoint_sim.fleet.views import ChargerView
from tests.cli.fleets import fleet_file


def url_of(daemon: Daemon) -> str:
    assert daemon.api_url is not None
    return daemon.api_url


def without_power(view: ChargerView) -> ChargerView:
    """A view without what changes from one instant to the next."""
    return dataclasses.replace(view, evses=tuple(dataclasses.replace(one, power_w=0.0) for one in view.evses))


async def test_views_come_back_as_they_are(daemon: Daemon) -> None:
    async with FleetClient(url_of(daemon)) as client:
        assert await client.summary() == await daemon.fleet.summary()
        views = await client.chargers("site")
        assert [without_power(view) for view in views] == [
            without_power(await daemon.fleet.view(charger_id)) for charger_id in ("A-16", "A-201")
        ]
        assert await client.charger("A-16") == views[0]
        assert await client.frames("A-16") == list(await daemon.fleet.frames("A-16"))
        boots = await client.frames("A-16", "BootNotification")
        assert [frame.sent for frame in boots] == [True, False]


async def test_events_begin_with_the_block(daemon: Daemon) -> None:
    async with FleetClient(url_of(daemon)) as client, client.events(["A-16"], ["frame"]) as events:
        await client.command("*", AuthorizeToken(IdToken("HEARD")))
        event = await anext(events)
        assert (event.charger_id, event.kind, event.data["action"]) == ("A-16", "frame", "Authorize")


async def test_submitted_commands_are_rehearsed_kept_and_taken_back(daemon: Daemon) -> None:
    async with FleetClient(url_of(daemon)) as client:
        limit = SetPowerLimit(power_w=7000.0)
        (told,) = await client.submit("A-16", limit, dry_run=True)
        assert (told.accepted, told.action_id) == (True, None)
        at = round(daemon.dispatch.now()) + 86_400.0
        (first,) = await client.submit("A-16", limit, start_at=at, key="once")
        assert await client.submit("A-16", limit, start_at=at, key="once") == [first]
        assert first.action_id is not None
        found = await client.action(first.action_id)
        assert (found.state, found.start_at, found.arguments["power_w"]) == ("scheduled", at, 7000.0)
        assert await client.actions(["A-16"], states=["scheduled"]) == [found]
        assert (await client.cancel(first.action_id)).state == "cancelled"
        with pytest.raises(LocalError, match="cancelled already"):
            await client.cancel(first.action_id)
        (done,) = await client.submit("A-16", AuthorizeToken(IdToken("HEARD")), wait_s=30)
        assert done.state in ("applied", "rejected")


async def test_chargers_are_made_changed_switched_and_removed(daemon: Daemon) -> None:
    async with FleetClient(url_of(daemon)) as client:
        made = await client.add(NewCharger("CP-NEW", "builtin", "public-ac-22", charger_id="new"))
        assert (made.charger_id, made.identity) == ("new", "CP-NEW")
        assert (await client.change("new", ChargerChanges(name="Door"))).name == "Door"
        assert (await client.power_off("new")).connection == "off"
        assert (await client.power_on("new")).connection != "off"
        assert (await client.restart("new")).charger_id == "new"
        with pytest.raises(LocalError, match="taken"):
            await client.add(NewCharger("CP-NEW", "builtin", "public-ac-22"))
        await client.remove("new")
        with pytest.raises(UnknownTarget):
            await client.charger("new")


async def test_the_clock_is_read_and_real_time_is_left_alone(daemon: Daemon) -> None:
    async with FleetClient(url_of(daemon)) as client:
        found = await client.clock()
        assert (found.mode, found.scale) == ("real", 1.0)
        with pytest.raises(LocalError, match="real time"):
            await client.set_scale(2.0)


async def test_unknown_chargers(daemon: Daemon) -> None:
    async with FleetClient(url_of(daemon)) as client:
        for asking in (client.charger("A-17"), client.chargers("B-*"), client.command("A-17", AuthorizeToken())):
            with pytest.raises(UnknownTarget, match=r"A-17|B-\*"):
                await asking


async def test_a_body_that_the_daemon_refuses(daemon: Daemon) -> None:
    async with FleetClient(url_of(daemon)) as client:
        with pytest.raises(LocalError, match="power_w: "):
            await client.command("A-16", SetPowerLimit(power_w=-1))


async def test_a_token(tmp_path: Path) -> None:
    file = fleet_file(tmp_path, api={"listen": "127.0.0.1:0", "tokens": ["right"]})
    async with Daemon(load_fleet(file, {})) as daemon:
        async with FleetClient(url_of(daemon), "right") as client:
            assert len(await client.chargers()) == 2
        for token in (None, "wrong"):
            async with FleetClient(url_of(daemon), token) as client:
                with pytest.raises(LocalError, match="--api-token"):
                    await client.chargers()


async def test_somebody_else_at_that_address() -> None:
    async def page(_: web.BaseRequest) -> web.Response:
        return web.Response(text="<html>hello</html>", content_type="text/html")

    runner = web.ServerRunner(web.Server(page))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        async with FleetClient(f"127.0.0.1:{runner.addresses[0][1]}") as client:
            with pytest.raises(LocalError, match="does not answer as a daemon"):
                await client.chargers()
            with pytest.raises(LocalError, match="does not answer as a daemon"):
                async with client.events():
                    pass
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("url", ["", "ftp://host", "http://", "http://host:0", "http://host:port"])
def test_no_url(url: str) -> None:
    with pytest.raises(LocalError, match="no URL"):
        FleetClient(url)


async def test_many_commands_at_once(daemon: Daemon) -> None:
    async with FleetClient(url_of(daemon)) as client:
        first, second = await client.bulk([("A-16", SetBehaviour(0)), ("nowhere", SetPowerLimit(power_w=1.0))])
        assert (first.command, first.error) == ("set-behaviour", None)
        assert [one.charger_id for one in first.outcomes.results] == ["A-16"]
        assert second.error is not None
        assert "nowhere" in second.error
        behaviour = (await client.detail("A-16", [Section.BEHAVIOUR])).behaviour
        assert behaviour is not None
        assert behaviour.changed


async def test_what_can_be_made_and_made_to_go_wrong(daemon: Daemon) -> None:
    async with FleetClient(url_of(daemon)) as client:
        assert await client.fault_kinds() == list(fault_kinds())
        catalog, templates = await client.catalog(), await client.templates()
        assert {one.brand_slug for one in catalog.models} <= {one.slug for one in catalog.brands}
        assert templates
        assert {one.template for one in templates} <= {one.template for one in catalog.models}


async def test_locations_and_the_chargers_that_are_made_there(daemon: Daemon) -> None:
    async with FleetClient(url_of(daemon)) as client:
        made = await client.add_location(LocationSpec("loc-new", name="Yard"))
        assert await client.location("loc-new") == made
        assert made in await client.locations()
        assert (await client.change_location("loc-new", LocationChanges(city="Ghent"))).city == "Ghent"
        template = (await client.templates())[0].template
        job = await client.add_many([NewCharger("NEW-1", "builtin", template=template)])
        assert (await client.job(job.job_id)).job_id == job.job_id
        assert (await client.provisioning("A-16")).charger_id == "A-16"
        async with client.events(kinds=["frame"], locations=["site"]) as events:
            await client.command("*", AuthorizeToken(IdToken("HEARD")))
            assert (await anext(events)).charger_id in ("A-16", "A-201")
        await client.remove_location("loc-new")
        with pytest.raises(UnknownTarget):
            await client.location("loc-new")
