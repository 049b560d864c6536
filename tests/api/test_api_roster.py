"""What the fleet consists of, over /v1: catalog, chargers and locations that come, change and go."""

from typing import Any

import pytest

from chargepoint_sim.errors import DuplicateLocation, InvalidCharger, LocationInUse, UnknownModel
from chargepoint_sim.fleet.roster import ChargerChanges, NewCharger
from tests.api.conftest import Api
from tests.api.fake_roster import FakeRoster

NEW = {"identity": "CP-NEW", "csms_url": "ws://csms.example/ocpp", "template": "wall"}


async def test_the_catalog_and_its_templates(api: Api) -> None:
    catalog = (await api.get("/v1/catalog")).json
    assert [one["slug"] for one in catalog["brands"]] == ["acme", "zap"]
    assert [one["slug"] for one in catalog["models"]] == ["wall", "pillar"]
    assert catalog["locations"][0]["groups"][0]["count"] == 2
    templates = (await api.get("/v1/templates")).json["data"]
    assert [(one["template"], one["powers_kw"]) for one in templates] == [
        ("pillar", [7.4, 22.0]),
        ("wall", [7.4, 22.0]),
    ]


async def test_a_charger_is_made_changed_switched_and_removed(api: Api) -> None:
    made = await api.post("/v1/chargers", {**NEW, "name": "Door", "charger_id": "new", "version": "2.0.1"})
    assert made.status == 201
    assert (made.json["charger_id"], made.json["version"]) == ("new", "2.0.1")
    assert api.roster.added == [
        NewCharger("CP-NEW", "ws://csms.example/ocpp", "wall", charger_id="new", version="2.0.1", name="Door")
    ]
    assert (await api.get("/v1/chargers/new/provisioning")).json["stage"] == "PROVISIONING"
    changed = await api.send("PATCH", "/v1/chargers/CP-NEW", json={"name": "Gate", "location_id": ""})
    assert changed.json["name"] == "Gate"
    assert api.roster.changed == [ChargerChanges(name="Gate", location_id="")]
    for path in ("power-off", "power-on", "restart"):
        assert (await api.send("POST", f"/v1/chargers/new/{path}")).json["charger_id"] == "new"
    assert api.roster.switched == [("new", "stop"), ("new", "start"), ("new", "reset")]
    gone = await api.send("DELETE", "/v1/chargers/new")
    assert (gone.status, gone.text) == (204, "")
    assert (await api.get("/v1/chargers/new")).status == 404


async def test_what_is_under_way_at_a_charger_that_is_removed_has_failed(api: Api) -> None:
    answer = await api.send("POST", "/v1/chargers/dep-1/commands/reboot", params={"start_at": "2999-01-01"})
    assert (await api.send("DELETE", "/v1/chargers/dep-1")).status == 204
    action = (await api.get(f"/v1/actions/{answer.json['results'][0]['action_id']}")).json
    assert (action["state"], action["reason"]) == ("failed", "the charger was taken out of the fleet")


async def test_many_chargers_are_a_job(api: Api) -> None:
    chargers = [{**NEW, "identity": f"CP-{n}"} for n in range(3)]
    job = await api.post("/v1/jobs", {"chargers": chargers, "location_id": "loc-456"})
    assert job.status == 202
    assert job.json["created"] == ["made-1", "made-2", "made-3"]
    assert (await api.get(f"/v1/jobs/{job.json['job_id']}")).json == job.json
    assert (await api.get("/v1/jobs/job-0")).status == 404


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "identity"),
        ({**NEW, "identity": ""}, "identity"),
        ({**NEW, "version": "1.5"}, "version"),
        ({**NEW, "security_profile": 3}, "security_profile"),
        ({**NEW, "security_profile": False}, "security_profile"),
        ({**NEW, "key_file": "/etc/passwd"}, "key_file"),
    ],
)
async def test_a_charger_that_is_described_wrongly(api: Api, body: dict[str, Any], place: str) -> None:
    answer = await api.post("/v1/chargers", body)
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"] == ["body", place]
    assert api.roster.added == []


@pytest.mark.parametrize(
    ("error", "status", "loc"),
    [
        (InvalidCharger("csms_url: not a URL"), 422, ["body", "csms_url"]),
        (InvalidCharger("it cannot be"), 422, ["body"]),
        (UnknownModel("template: there is no 'x'"), 422, ["body", "template"]),
    ],
)
async def test_what_the_roster_refuses(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, loc: list[str]
) -> None:
    async def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(FakeRoster, "add", refuse)
    answer = await api.post("/v1/chargers", NEW)
    assert answer.status == status
    assert (answer.json["detail"][0]["loc"], answer.json["detail"][0]["msg"]) == (loc, str(error))


async def test_what_is_taken_is_a_conflict(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await api.post("/v1/chargers", {**NEW, "identity": "CP-CHARGER-1"})).status == 409

    async def refuse(*_: object) -> None:
        raise DuplicateLocation("location_id: taken")

    async def in_use(*_: object) -> None:
        raise LocationInUse("2 chargers stand at the location")

    monkeypatch.setattr(FakeRoster, "add_location", refuse)
    monkeypatch.setattr(FakeRoster, "remove_location", in_use)
    assert (await api.post("/v1/locations", {"location_id": "loc-456"})).status == 409
    answer = await api.send("DELETE", "/v1/locations/loc-456")
    assert (answer.status, answer.json["detail"]) == (409, "2 chargers stand at the location")


@pytest.mark.parametrize("wrong", [{"public": 0}, {"latitude": True, "longitude": 5.1}])
async def test_a_location_that_is_described_wrongly(api: Api, wrong: dict[str, Any]) -> None:
    answer = await api.post("/v1/locations", {"name": "Depot", **wrong})
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"] == ["body", next(iter(wrong))]


async def test_a_location_is_made_changed_and_removed(api: Api) -> None:
    made = await api.post("/v1/locations", {"location_id": "loc-9", "name": "Depot", "country": "NL"})
    assert (made.status, made.json["location_id"], made.json["country"]) == (201, "loc-9", "NL")
    assert [one["location_id"] for one in (await api.get("/v1/locations")).json["data"]][-1] == "loc-9"
    changed = await api.send("PATCH", "/v1/locations/loc-9", json={"name": "Yard"})
    assert (changed.json["name"], (await api.get("/v1/locations/loc-9")).json["name"]) == ("Yard", "Yard")
    assert (await api.send("DELETE", "/v1/locations/loc-9")).status == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert (await api.send(method, "/v1/locations/loc-9", json={})).status == 404
