"""Chargers, logs and locations in the shapes of the OCPPLAB surface."""

import pytest

from chargepoint_sim.fleet.views import FrameRecord
from tests.api.conftest import Api
from tests.api.fake_fleet import BOOTED_AT

BOOT = '[2,"1","BootNotification",{"chargePointVendor":"Example","chargePointModel":"AC-22"}]'


async def test_a_charger(api: Api) -> None:
    assert (await api.get("/ocpp/chargers/dep-789")).json == {
        "id": "dep-789",
        "identity": "CP-CHARGER-789",
        "name": "Charger dep-789",
        "vendor_name": "Example",
        "model": "AC-22",
        "image_url": None,
        "ocpp_version": "OCPP1.6",
        "number_of_connectors": 1,
        "max_charging_power": 22000,
        "connector_type": "Type2",
        "location_id": None,
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
    }


async def test_a_2_0_1_charger_by_its_identity(api: Api) -> None:
    charger = (await api.get("/ocpp/chargers/CP-DC-1")).json
    assert (charger["id"], charger["ocpp_version"]) == ("dc-1", "OCPP2.0.1")
    assert charger["number_of_connectors"] == 2


async def test_chargers_come_in_pages(api: Api) -> None:
    first = (await api.get("/ocpp/chargers", page=1, limit=2)).json
    last = (await api.get("/ocpp/chargers", page=3, limit=2)).json
    beyond = (await api.get("/ocpp/chargers", page=4, limit=2)).json
    assert [charger["id"] for charger in first["data"]] == ["dep-789", "dep-1"]
    assert {key: first[key] for key in ("total", "page", "limit")} == {"total": 5, "page": 1, "limit": 2}
    assert [charger["id"] for charger in last["data"]] == ["ac-1"]
    assert beyond["data"] == []


async def test_chargers_of_one_location(api: Api) -> None:
    page = (await api.get("/ocpp/chargers", location_id="loc-456")).json
    assert [charger["id"] for charger in page["data"]] == ["dep-1", "dep-2"]
    assert (page["total"], page["page"], page["limit"]) == (2, 1, 50)
    assert (await api.get("/ocpp/chargers", location_id="loc-0")).json["total"] == 0


async def test_a_location(api: Api) -> None:
    assert (await api.get("/ocpp/locations/loc-456")).json == {
        "id": "loc-456",
        "slug": "depot-north",
        "name": "Depot North",
        "address": "Havenweg 1",
        "city": "Utrecht",
        "country": "NL",
        "coordinates": {"latitude": 52.09, "longitude": 5.12},
        "timezone": "Europe/Amsterdam",
        "owner_name": None,
        "public": None,
        "status": "active",
        "created_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:00.000Z",
    }


async def test_locations_come_in_pages(api: Api) -> None:
    page = (await api.get("/ocpp/locations", page=2, limit=1)).json
    assert [location["id"] for location in page["data"]] == ["loc-201"]
    assert (page["total"], page["page"], page["limit"]) == (2, 2, 1)


async def test_chargers_at_a_location(api: Api) -> None:
    path = "/ocpp/locations/loc-456/chargers"
    everything = (await api.get(path)).json
    assert [charger["id"] for charger in everything["data"]] == ["dep-1", "dep-2"]
    some = (await api.send("GET", f"{path}?charger_ids=dep-2&charger_ids=CP-CHARGER-1&charger_ids=dep-789")).json
    assert [charger["id"] for charger in some["data"]] == ["dep-1", "dep-2"]
    one = (await api.get(path, charger_ids="dep-2")).json
    assert [charger["id"] for charger in one["data"]] == ["dep-2"]
    assert one["total"] == 1


@pytest.fixture
def logged(api: Api) -> Api:
    """Five frames, a second apart."""
    api.fleet.kept_frames["dep-789"] = [
        FrameRecord(BOOTED_AT, "dep-789", sent=True, action="BootNotification", text=BOOT),
        FrameRecord(BOOTED_AT + 1, "dep-789", sent=False, action="BootNotification", text='[3,"1",{}]'),
        FrameRecord(BOOTED_AT + 2, "dep-789", sent=True, action="Heartbeat", text='[2,"2","Heartbeat",{}]'),
        FrameRecord(BOOTED_AT + 3, "dep-789", sent=False, action="Heartbeat", text='[3,"2",{}]'),
        FrameRecord(BOOTED_AT + 4, "dep-789", sent=False, action="Reset", text='[2,"x","Reset",{}]'),
    ]
    return api


async def test_logs_are_raw_frames(logged: Api) -> None:
    logs = (await logged.get("/ocpp/chargers/dep-789/logs")).json
    assert logs["data"][0] == {
        "direction": "cp_to_csms",
        "action": "BootNotification",
        "message": BOOT,
        "timestamp": "2026-01-01T00:00:00.000Z",
    }
    assert [entry["direction"] for entry in logs["data"][1:4]] == ["csms_to_cp", "cp_to_csms", "csms_to_cp"]
    assert (logs["total"], logs["limit"], logs["offset"]) == (5, 1000, 0)


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ({"event": "Heartbeat"}, ["Heartbeat", "Heartbeat"]),
        ({"event": "heartbeat"}, []),
        ({"limit": 2, "offset": 3}, ["Heartbeat", "Reset"]),
        ({"start_date": "2026-01-01T00:00:03Z"}, ["Heartbeat", "Reset"]),
        ({"end_date": "2026-01-01T00:00:00"}, ["BootNotification"]),
        ({"start_date": "2026-01-01T01:00:02+01:00", "end_date": "2026-01-01T00:00:03Z"}, ["Heartbeat"] * 2),
        ({"start_date": "2026-01-02T00:00:00Z"}, []),
    ],
)
async def test_logs_can_be_chosen(logged: Api, query: dict[str, str | int], actions: list[str]) -> None:
    logs = (await logged.get("/ocpp/chargers/dep-789/logs", **query)).json
    assert [entry["action"] for entry in logs["data"]] == actions


async def test_a_number_is_no_date(logged: Api) -> None:
    answer = await logged.get("/ocpp/chargers/dep-789/logs", start_date="1767225600")
    assert answer.status == 422
    assert answer.json["detail"][0]["loc"] == ["query", "start_date"]


async def test_a_charger_without_frames_has_an_empty_log(api: Api) -> None:
    assert (await api.get("/ocpp/chargers/dep-1/logs")).json == {"data": [], "total": 0, "limit": 1000, "offset": 0}
