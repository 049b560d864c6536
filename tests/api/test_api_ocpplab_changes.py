"""Chargers and locations of the OCPPLAB surface made, changed and taken away: what that API leaves open.

A fake roster takes what is asked for; that chargers dial is tested with the real one, in tests/acceptance.
"""

import re
import uuid
from dataclasses import replace
from typing import Any

import pytest

from chargepoint_sim.api.ocpplab.bulk import Group, suffixes
from chargepoint_sim.api.ocpplab.words import endpoint
from chargepoint_sim.fleet.roster import BulkJob, FailedItem, Failure, Stage
from tests.api.conftest import Api

KIND = {"brand_slug": "acme", "model_slug": "wall", "connector_type": "Type2", "ws_url": "ws://csms.example/ocpp"}
CHARGERS, THERE = "/ocpp/chargers", "/ocpp/locations/loc-456/chargers"


async def create(api: Api, **changes: Any) -> Any:
    answer = await api.post(CHARGERS, {**KIND, "identity": "CP-NEW", **changes})
    assert answer.status == 202
    return answer.json


async def test_a_charger_is_accepted(api: Api) -> None:
    assert await create(api, charge_point_name="Bay 1", location_id="loc-456", location_name="Nowhere") == {
        "charger_id": "made-1",
        "identity": "CP-NEW",
        "status": "PROVISIONING",
        "workflow_run_id": None,
        "status_url": "/ocpp/chargers/made-1/status",
    }
    (new,) = api.roster.added
    assert (new.name, new.location_id, new.connector_type) == ("Bay 1", "loc-456", "Type2")
    status = (await api.get("/ocpp/chargers/made-1/status")).json
    assert status == {
        "charger_id": "made-1",
        "status": "PROVISIONING",
        "workflow_run_id": None,
        "error": None,
        "provisioned_at": None,
    }


async def test_a_refusal_of_the_central_system_stands_in_the_status(api: Api) -> None:
    await create(api)
    refused = replace(api.fleet.views["made-1"], connection="waiting", refusal="refused 404")
    api.fleet.views["made-1"] = refused
    status = (await api.get("/ocpp/chargers/made-1/status")).json
    assert status["status"] == "FAILED"
    assert status["error"] == {
        "code": "csms_unknown_charger",
        "message": status["error"]["message"],
        "step": "dial",
        "param": None,
        "doc_url": None,
        "retryable": True,
    }


async def test_a_charger_without_a_name_has_that_of_its_identity(api: Api) -> None:
    await create(api)
    assert api.roster.added[0].name == "CP-NEW"


@pytest.mark.parametrize(
    ("model", "given", "version"),
    [
        ("wall", None, "1.6"),
        ("pillar", None, None),
        ("wall", "OCPP2.0.1", "2.0.1"),
        ("wall", "ocpp2.0.1", "2.0.1"),
        ("wall", "1.6", "1.6"),
    ],
    ids=["1.6 where the model speaks it", "else the model's own", "resources", "commands", "bare"],
)
async def test_spellings_of_versions(api: Api, model: str, given: str | None, version: str | None) -> None:
    await create(api, model_slug=model, ocpp_version=given)
    assert api.roster.added[0].version == version


async def test_an_unknown_version_gets_422(api: Api) -> None:
    answer = await api.post(CHARGERS, {**KIND, "identity": "CP-NEW", "ocpp_version": "OCPP1.5"})
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"] == ["body", "ocpp_version"]


@pytest.mark.parametrize(
    ("url", "dialled"),
    [
        ("ws://csms.example/ocpp/CP-1", "ws://csms.example/ocpp"),
        ("ws://csms.example/ocpp/CP-1/", "ws://csms.example/ocpp"),
        ("wss://csms.example/CP-1?key=7", "wss://csms.example?key=7"),
        ("ws://csms.example/ocpp", "ws://csms.example/ocpp"),
        ("ws://csms.example/ocpp/CP-11", "ws://csms.example/ocpp/CP-11"),
        ("ws://[broken", "ws://[broken"),
    ],
)
def test_an_identity_at_the_end_of_the_url_is_not_dialled_twice(url: str, dialled: str) -> None:
    assert endpoint(url, "CP-1") == dialled


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"identity": "CP-CHARGER-1"}, "identity"),
        ({"brand_slug": "none"}, "brand_slug"),
        ({"model_slug": "none"}, "model_slug"),
        ({"location_id": "loc-0"}, "location_id"),
    ],
)
async def test_a_wrong_description_gets_400(api: Api, changes: dict[str, str], word: str) -> None:
    answer = await api.post(CHARGERS, {**KIND, "identity": "CP-NEW", **changes})
    assert answer.status == 400
    assert answer.json["detail"].startswith(f"{word}:")
    assert api.roster.added == []


async def test_an_update_changes_what_is_given(api: Api) -> None:
    answer = await api.send("PUT", f"{CHARGERS}/dep-1", json={"charge_point_name": "Blue", "ocpp_version": None})
    assert (answer.status, answer.json["name"]) == (200, "Blue")
    assert answer.json["updated_at"] > answer.json["created_at"]
    await api.send("PUT", f"{CHARGERS}/dep-1", json={"name": "Red", "charge_point_name": "Blue", "location_id": ""})
    first, second = api.roster.changed
    assert (first.name, first.version, first.location_id) == ("Blue", None, None)
    assert (second.name, second.location_id) == ("Red", "")


async def test_what_is_deleted_is_gone(api: Api) -> None:
    answer = await api.send("DELETE", f"{CHARGERS}/dep-1")
    assert (answer.status, answer.text) == (204, "")
    assert (await api.send("DELETE", f"{CHARGERS}/dep-1")).status == 404


@pytest.mark.parametrize(("verb", "count"), [("start", 1), ("stop", 0), ("reset", 1)])
async def test_the_power_switch(api: Api, verb: str, count: int) -> None:
    for options in ({}, {"json": {}}, {"json": {"anything": 1}}):
        answer = await api.send("POST", f"{CHARGERS}/dep-789/{verb}-charger", **options)
        assert answer.status == 202
    assert answer.json == {
        "id": "dep-789",
        "event_type": f"{verb}_charger",
        "ocpp_version": "OCPP1.6",
        "payload": {
            "provider": "chargepoint-sim",
            "runtime_kind": "process",
            "service_name": "CP-CHARGER-789",
            "desired_count": count,
            "status": "ACTIVE",
        },
    }
    assert api.roster.switched == [("dep-789", verb)] * 3


PLACE = {"name": "Depot (South)", "address": "Havenweg 2", "city": "Utrecht", "country": "nl"}
AT = {"latitude": 52, "longitude": 5.1}


async def test_a_location_has_a_uuid_and_a_slug_of_its_own(api: Api) -> None:
    answer = await api.post("/ocpp/locations", {**PLACE, "coordinates": AT})
    assert answer.status == 201
    assert str(uuid.UUID(answer.json["id"])) == answer.json["id"]
    assert re.fullmatch(r"depot-south-[0-9a-f]{6}", answer.json["slug"])
    assert answer.json["country"] == "NL"


@pytest.mark.parametrize(
    "wrong",
    [{"country": "Netherlands"}, {"coordinates": {"latitude": 91, "longitude": 0}}, {"name": ""}, {"city": None}],
)
async def test_a_wrong_location_gets_422(api: Api, wrong: dict[str, Any]) -> None:
    assert (await api.post("/ocpp/locations", {**PLACE, "coordinates": AT, **wrong})).status == 422


@pytest.mark.parametrize(
    ("given", "number", "made"),
    [
        (["1", "2"], None, ["1", "2"]),
        (None, 2, ["r", "r"]),
        (["1"], 3, ["1", "r", "r"]),
        (["1", "2", "3"], 2, ["1", "2"]),
    ],
    ids=["ids", "number", "padded", "cut"],
)
def test_suffixes_of_a_group(given: list[str] | None, number: int | None, made: list[str]) -> None:
    group = Group.model_validate({"template": KIND, "charger_ids": given, "chargers_number": number})
    assert suffixes(group, lambda: "r") == made


async def test_groups_become_a_job(api: Api) -> None:
    row = {**KIND, "identity_prefix": "CP-ROW-", "template_name": "Row"}
    groups = [{"template": row, "charger_ids": ["A"]}, {"template": KIND, "chargers_number": 1}]
    accepted = await api.post(THERE, groups)
    assert accepted.status == 202
    job_id = accepted.json["job_id"]
    assert accepted.json["status_url"] == f"{THERE}/jobs/{job_id}"
    first, second = api.roster.added
    assert (first.identity, first.name, first.location_id) == ("CP-ROW-A", "Row A", "loc-456")
    assert re.fullmatch(r"[0-9a-f]{8}", second.identity)
    assert second.name == second.identity
    job = (await api.get(accepted.json["status_url"])).json
    assert (job["status"], job["job_type"], job["error"]) == ("READY", "location_chargers_create", None)
    assert (job["results"]["created_count"], job["results"]["failed_count"]) == (2, 0)
    assert [one["identity"] for one in job["results"]["created"]] == [first.identity, second.identity]
    assert (await api.get(f"/ocpp/locations/loc-201/chargers/jobs/{job_id}")).status == 404


async def test_a_job_has_results_when_it_has_ended(api: Api) -> None:
    running = BulkJob("job-7", Stage.PROVISIONING, 2, ("dep-1",), (), "loc-456")
    api.roster.jobs["job-7"] = running
    job = (await api.get(f"{THERE}/jobs/job-7")).json
    assert (job["status"], job["results"], job["provisioned_at"]) == ("PROVISIONING", None, None)
    failed = (FailedItem("CP-1", Failure("invalid_charger", "csms_url: no good", "validate")),)
    api.roster.jobs["job-7"] = replace(running, stage=Stage.FAILED, created=(), failed=failed, ended_at=1.0)
    job = (await api.get(f"{THERE}/jobs/job-7")).json
    assert (job["status"], job["error"]["code"]) == ("FAILED", "no_charger_created")
    assert job["results"]["failed"] == [{"identity": "CP-1", "error": "ws_url: no good"}]


@pytest.mark.parametrize(
    ("groups", "loc"),
    [
        ([], ["body"]),
        ([{"template": KIND}], ["body", 0]),
        ([{"template": KIND, "charger_ids": []}], ["body", 0]),
        ([{"template": KIND, "chargers_number": 0}], ["body", 0, "chargers_number"]),
        ([{"template": {**KIND, "brand_slug": "none"}, "chargers_number": 1}], ["body", 0, "template"]),
        ([{"template": KIND, "chargers_number": 600}] * 2, ["body"]),
    ],
    ids=["none", "nobody", "empty", "zero", "unknown brand", "more than 1,000"],
)
async def test_groups_that_cannot_be_made_get_422(api: Api, groups: Any, loc: list[Any]) -> None:
    answer = await api.post(THERE, groups)
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"] == loc
    assert api.roster.added == []


async def test_members_of_other_locations_are_neither_changed_nor_deleted(api: Api) -> None:
    items = [{"charger_id": "CP-CHARGER-1", "name": "Blue"}, {"charger_id": "dep-789", "name": "Blue"}]
    updated = (await api.send("PUT", THERE, json={"chargers": items})).json
    assert (updated["updated_count"], updated["failed_count"]) == (1, 1)
    assert (updated["updated"][0]["id"], updated["failed"][0]["charger_id"]) == ("dep-1", "dep-789")
    deleted = (await api.send("DELETE", f"{THERE}?charger_ids=dep-2&charger_ids=dep-2&charger_ids=dep-789")).json
    assert (deleted["deleted"], deleted["deleted_count"], deleted["failed_count"]) == (["dep-2"], 1, 1)
    assert "dep-789" in api.fleet.views


async def test_brands_and_models(api: Api) -> None:
    for path in ("/ocpp/catalog/brands", "/ocpp/catalog", "/evcharger/catalog"):
        page = (await api.get(path, page=2, limit=1)).json
        assert page["data"] == [{"id": "zap", "slug": "zap", "name": "Zap", "image_url": None, "created_at": None}]
        assert (page["total"], page["page"], page["limit"]) == (2, 2, 1)
    for path in ("/ocpp/catalog/brands/acme/models", "/ocpp/catalog/acme/models", "/evcharger/catalog/acme/models"):
        assert [one["slug"] for one in (await api.get(path)).json["data"]] == ["wall", "pillar"]
        model = (await api.get(f"{path}/wall")).json
        assert (model["id"], model["brand_id"], model["connector_types"]) == ("acme/wall", "acme", ["Type2"])
        assert model["ocpp_versions"] == ["OCPP1.6", "OCPP2.0.1"]
        assert (await api.get(f"{path}/none")).status == 404
    assert (await api.get("/ocpp/catalog/brands/none/models")).status == 404


@pytest.mark.parametrize(
    ("query", "slugs"),
    [({}, ["street"]), ({"type": "DC"}, []), ({"type": "AC", "ocpp_version": "OCPP1.6"}, ["street"])],
)
async def test_the_gallery(api: Api, query: dict[str, str], slugs: list[str]) -> None:
    gallery = (await api.get("/ocpp/templates/locations", **query)).json
    assert [one["slug"] for one in gallery["data"]] == slugs
    assert gallery["total"] == len(slugs)


async def test_the_landing_page_leads_on(api: Api) -> None:
    page = await api.get("/")
    assert page.headers["Content-Type"].startswith("text/html")
    for target in re.findall(r'href="([^"]+)"', page.text):
        assert (await api.get(f"/{target}")).status == 200
