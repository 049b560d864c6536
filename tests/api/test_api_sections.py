"""What one charger keeps, over HTTP: a sub-resource for each section, all at once, and the composite schedule."""

import pytest

from chargepoint_sim.fleet.detail import (
    AttributeView,
    LocalListView,
    QueuedMessage,
    QueueView,
    ReservationView,
    Section,
    VariablePlace,
    VariableView,
)
from tests.api.conftest import TOKEN, Api
from tests.api.fake_fleet import BOOTED_AT

RESERVATION = ReservationView(7, 1, None, "04A1", "ISO14443", None, BOOTED_AT + 60)
CALL = QueuedMessage("m-1", "StopTransaction", "transaction", "t-1", False, 0, True, 0.0, {"meterStop": 1})
VARIABLE = VariableView(
    VariablePlace("EVSE", None, 1, None, "Power", None), "decimal", "W", (AttributeView("Actual", "0.0", "ReadOnly"),)
)


@pytest.mark.parametrize("section", Section)
async def test_every_section_has_a_path_and_unknown_chargers_are_404(api: Api, section: Section) -> None:
    answer = await api.get(f"/v1/chargers/CP-DC-1/{section.value}")
    assert (answer.status, answer.json) == (200, {"charger_id": "dc-1", "at": BOOTED_AT, "data": None})
    assert (await api.get(f"/v1/chargers/dc-7/{section.value}")).status == 404
    assert (await api.get(f"/v1/chargers/dc-*/{section.value}")).status == 404


async def test_a_section_in_full(api: Api) -> None:
    api.fleet.kept = {
        Section.RESERVATIONS: (RESERVATION,),
        Section.LOCAL_LIST: LocalListView(True, 3, 1000, ()),
        Section.VARIABLES: (VARIABLE,),
        Section.QUEUE: QueueView((CALL,), ()),
    }
    (kept,) = (await api.get("/v1/chargers/dep-1/reservations")).json["data"]
    assert kept == {
        "reservation_id": 7,
        "evse_id": 1,
        "connector_type": None,
        "id_token": "04A1",
        "token_type": "ISO14443",
        "group_id": None,
        "expires_at": BOOTED_AT + 60,
    }
    listed = (await api.get("/v1/chargers/dep-1/local-list")).json["data"]
    assert listed == {"enabled": True, "version": 3, "capacity": 1000, "entries": []}
    (variable,) = (await api.get("/v1/chargers/dep-1/variables")).json["data"]
    assert variable["place"]["component"] == "EVSE"
    assert variable["attributes"] == [{"type": "Actual", "value": "0.0", "mutability": "ReadOnly"}]
    queue = (await api.get("/v1/chargers/dep-1/queue")).json["data"]
    assert (queue["waiting"][0]["payload"], queue["given_up"]) == ({"meterStop": 1}, [])


async def test_several_sections_at_one_instant(api: Api) -> None:
    api.fleet.kept = {Section.RESERVATIONS: (RESERVATION,)}
    found = (await api.send("GET", "/v1/chargers/dep-1/detail?section=reservations&section=queue")).json
    assert found["sections"] == ["reservations", "queue"]
    assert (len(found["reservations"]), found["queue"]) == (1, None)
    assert (await api.get("/v1/chargers/dep-1/detail")).json["sections"] == [section.value for section in Section]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("dep-1/detail?section=moon", 422),
        ("dep-7/detail", 404),
        ("dep-1/composite-schedule?unit=V", 422),
        ("dep-1/composite-schedule?duration_s=0", 422),
        ("dep-1/composite-schedule?duration_s=604801", 422),
        ("dep-1/composite-schedule?evse_id=-1", 422),
        ("dep-1/composite-schedule?evse_id=9", 404),
        ("dep-7/composite-schedule", 404),
    ],
)
async def test_bad_questions(api: Api, path: str, status: int) -> None:
    assert (await api.send("GET", f"/v1/chargers/{path}")).status == status


async def test_a_composite_schedule(api: Api) -> None:
    found = (await api.get("/v1/chargers/dc-1/composite-schedule", evse_id=2, duration_s=600, unit="A")).json
    assert found == {
        "charger_id": "dc-1",
        "evse_id": 2,
        "unit": "A",
        "start_at": BOOTED_AT,
        "duration_s": 600,
        "periods": [{"start_s": 0.0, "limit": 50000.0, "phases": 3, "phase_to_use": None}],
    }


async def test_sections_take_a_token_where_there_is_one(guarded: Api) -> None:
    assert (await guarded.get("/v1/chargers/dep-1/certificates")).status == 401
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert (await guarded.send("GET", "/v1/chargers/dep-1/certificates", headers=headers)).status == 200


async def test_the_document_types_each_section(api: Api) -> None:
    document = (await api.get("/openapi.json")).json
    schemas = document["components"]["schemas"]
    data = schemas["ChargerReservations"]["properties"]["data"]
    assert data["anyOf"][0]["items"] == {"$ref": "#/components/schemas/ReservationView"}
    parameters = document["paths"]["/v1/chargers/{charger_id}/detail"]["get"]["parameters"]
    assert parameters[1]["schema"]["items"] == {"$ref": "#/components/schemas/Section"}


async def test_what_can_be_made_to_go_wrong(api: Api) -> None:
    found = (await api.get("/v1/faults")).json["data"]
    by_name = {one["name"]: one for one in found}
    assert by_name["WeakSignal"] == {
        "name": "WeakSignal",
        "command": "inject-fault",
        "effect": "the radio link is weak",
        "places": ["connector", "station"],
        "warns": True,
    }
    paths = (await api.get("/openapi.json")).json["paths"]
    assert all(f"/v1/chargers/{{selector}}/commands/{one['command']}" in paths for one in found)
