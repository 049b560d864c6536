"""Deployments, sites and logs in the words of the later dialects of the OCPPLAB API."""

from typing import Any

import pytest

from chargepoint_sim.fleet.views import FrameRecord
from tests.api.conftest import Api
from tests.api.fake_fleet import BOOTED_AT

BASE = {"identity": "CP-NEW", "ws_url": "ws://csms.example/ocpp"}
PLACE = {"name": "Depot", "address": "Havenweg 2", "city": "Utrecht", "country": "NL"}
AT = {"lat": 52.0, "lng": 5.0}
both = pytest.mark.parametrize("prefix", ["/ocpp", "/evcharger"])


@both
@pytest.mark.parametrize(
    "model",
    [{"brand_slug": "acme", "model_slug": "wall"}, {"model": "Wall"}, {"brand_slug": "acme", "model": "wall"}],
    ids=["brand and slug", "slug alone", "brand and model"],
)
async def test_a_deployment_is_a_charger(api: Api, prefix: str, model: dict[str, str]) -> None:
    answer = await api.post(
        f"{prefix}/deployment", {**BASE, **model, "charger_name": "Bay", "authorization_key": "k", "power_kwh": 22}
    )
    assert answer.status == 202
    assert answer.json == {
        "id": "made-1",
        "deployment_id": "made-1",
        "identity": "CP-NEW",
        "ocpp_version": "ocpp1.6",
        "provisioning_state": "PROVISIONING",
    }
    (new,) = api.roster.added
    assert (new.brand_slug, new.model_slug, new.name, new.password) == ("acme", "wall", "Bay", "k")
    assert (await api.get("/ocpp/chargers/made-1")).status == 200


@pytest.mark.parametrize(
    "wrong",
    [{}, {"model": "none"}, {"model": "wall", "identity": "CP-CHARGER-1"}, {"model": "wall", "location_id": "loc-0"}],
    ids=["no model", "unknown model", "identity taken", "unknown location"],
)
async def test_a_deployment_that_cannot_be_made_gets_422(api: Api, wrong: dict[str, str]) -> None:
    answer = await api.post("/ocpp/deployment", {**BASE, **wrong})
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"] == ["body"]
    assert api.roster.added == []


@both
async def test_a_deployment_goes_by_id_or_identity(api: Api, prefix: str) -> None:
    path = f"{prefix}/deployment"
    assert (await api.send("DELETE", path, params={"deployment_id": "dep-1"})).status == 204
    assert (await api.send("DELETE", path, params={"identity": "CP-CHARGER-2"})).status == 204
    assert (await api.send("DELETE", path, params={"identity": "CP-CHARGER-2"})).status == 404
    assert (await api.send("DELETE", path)).status == 422


@both
async def test_operations_on_one_and_on_a_location(api: Api, prefix: str) -> None:
    path = f"{prefix}/deployment-runtime-ops"
    one = await api.post(path, {"action": "stop", "deployment_id": "dep-789"})
    assert (one.status, one.json["target_type"], one.json["accepted_count"]) == (202, "deployment", 1)
    all_ = (await api.post(path, {"action": "restart", "location_id": "loc-456"})).json
    assert (all_["target_type"], all_["accepted_count"], all_["failed_count"]) == ("location", 2, 0)
    assert [result["deployment_id"] for result in all_["results"]] == ["dep-1", "dep-2"]
    assert api.roster.switched == [("dep-789", "stop"), ("dep-1", "reset"), ("dep-2", "reset")]
    assert (await api.post(path, {"action": "delete", "location_id": "loc-456"})).json["accepted_count"] == 2
    assert "dep-1" not in api.fleet.views
    assert (await api.post(path, {"action": "stop"})).status == 422
    assert (await api.post(path, {"action": "stop", "deployment_id": "dep-0"})).status == 404


@both
async def test_a_site_comes_with_its_chargers(api: Api, prefix: str) -> None:
    item = {**BASE, "brand_slug": "acme", "model": "wall", "connector_type": "Type2"}
    answer = await api.post(f"{prefix}/location", {**PLACE, "coordinates": AT, "chargers": [item]})
    assert (answer.status, answer.json["status"]) == (202, "accepted")
    location_id, job_id = answer.json["location_id"], answer.json["job_id"]
    assert api.roster.added[0].location_id == location_id
    assert (await api.get(f"/ocpp/locations/{location_id}/chargers/jobs/{job_id}")).json["status"] == "READY"
    assert (await api.send("DELETE", f"{prefix}/location", params={"location_id": location_id})).status == 204


async def test_a_site_with_an_unknown_model_is_not_made(api: Api) -> None:
    before = len(api.fleet.places)
    item = {**BASE, "model": "none"}
    answer = await api.post("/ocpp/location", {**PLACE, "coordinates": AT, "chargers": [item]})
    assert (answer.status, answer.json["detail"][0]["loc"]) == (422, ["body", "chargers", 0])
    assert len(api.fleet.places) == before


@both
async def test_logs_are_read_and_deleted(api: Api, prefix: str) -> None:
    api.fleet.kept_frames["dep-789"] = [
        FrameRecord(BOOTED_AT + n, "dep-789", sent=True, action=action, text="[]")
        for n, action in enumerate(["BootNotification", "Heartbeat", "StatusNotification", "Heartbeat"])
    ]
    path, whose = f"{prefix}/logs", {"identity": "CP-CHARGER-789"}

    async def actions(**query: Any) -> list[str]:
        return [entry["action"] for entry in (await api.get(path, **whose, **query)).json["data"]]

    first = (await api.get(path, deployment_id="dep-789")).json
    assert (first["total"], first["limit"], first["offset"]) == (4, 50, 0)
    assert await actions(page=2, page_size=3) == ["Heartbeat"]
    assert await actions(action="Heartbeat") == ["Heartbeat"] * 2
    assert await actions(date_start="2026-01-01T00:00:01Z", date_end="2026-01-01T00:00:02Z") == [
        "Heartbeat",
        "StatusNotification",
    ]
    assert (await api.get(path, identity="CP-0")).json["data"] == []
    deleted = await api.send("DELETE", path, params={**whose, "action": "Heartbeat"})
    assert (deleted.status, deleted.text) == (204, "")
    assert await actions() == ["BootNotification", "StatusNotification"]
    assert (await api.send("DELETE", path, params=whose)).status == 204
    assert await actions() == []
    assert (await api.send("DELETE", path, params={"identity": "CP-0"})).status == 204


@pytest.mark.parametrize(
    "path",
    [
        "deployment-runtime-ops/status",
        "deployment-runtime-ops/events",
        "deployment-runtime-ops/diagnostics",
        "templates/locations",
    ],
)
async def test_what_is_not_served_of_the_later_dialects(api: Api, path: str) -> None:
    assert (await api.get(f"/evcharger/{path}")).status == 404
