"""The vendor's published client, ocpplab 0.2.2, against the daemon.

The client lives in an environment of its own (`scripts/ocpplab_env`), so that its pins hold nothing else back.
"""

from typing import Any

from tests.acceptance.conftest import StartDaemon, called, run_program, run_python

CALLS = "ocpplab_calls.py"
TOKEN = "8d1f"


def chargers_of(answer: dict[str, Any]) -> list[str]:
    return [result["charger_id"] for result in answer["results"]]


def ids_of(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["data"]]


async def test_the_environments_are_apart(vendor_python: str) -> None:
    show = "import pydantic; print(pydantic.VERSION)"
    theirs = await run_program(vendor_python, "-c", f"import ocpplab; {show}")
    ours = await run_python("-c", show)
    assert theirs.status == 0, theirs.errors
    assert theirs.output != ours.output
    assert (await run_python("-c", "import ocpplab")).status != 0


async def test_the_clients_calls_work(vendor_python: str, start_daemon: StartDaemon) -> None:
    answers = await called(vendor_python, CALLS, await start_daemon(TOKEN), TOKEN)
    assert answers["health"] == {"status": "ok"}

    update = answers["power_update one"]
    assert (update["targeted_count"], update["queued_count"], update["failed_count"]) == (1, 1, 0)
    assert update["results"][0]["identity"] == "CP-CHARGER-789"
    assert update["results"][0]["command"]["event_type"] == "power_update"
    assert update["results"][0]["command"]["payload"] == {"power_w": 11000, "evse_id": 1, "connector_id": 1}
    assert answers["power_update nulls"]["results"][0]["command"]["payload"]["connector_id"] == 1
    assert chargers_of(answers["power_update site"]) == ["dep-1", "dep-2"]
    assert chargers_of(answers["power_update some"]) == ["dep-2"]

    assert chargers_of(answers["plug_connector"]) == ["dep-1"]
    assert answers["start_session"]["queued_count"] == 1
    assert answers["start_session"]["results"][0]["command"]["payload"] == {
        "id_tag": "TAG-RFID-001",
        "connector_id": 1,
        "duration_seconds": 3600,
    }
    assert answers["stop_session"]["queued_count"] == 1

    assert {"dep-789", "dep-1", "dep-2"} <= set(ids_of(answers["chargers.list"]))
    assert answers["chargers.list"]["limit"] == 100
    assert ids_of(answers["chargers.list site"]) == ["dep-1", "dep-2"]
    assert answers["chargers.get"]["identity"] == "CP-CHARGER-789"
    assert answers["chargers.get"]["ocpp_version"] == "OCPP1.6"
    assert answers["chargers.get_logs"]["limit"] == 10
    assert "loc-456" in ids_of(answers["locations.list"])
    assert answers["locations.get"]["id"] == "loc-456"
    assert ids_of(answers["location_chargers.list"]) == ["dep-1", "dep-2"]
    assert ids_of(answers["location_chargers.list some"]) == ["dep-1", "dep-2"]


async def test_the_client_raises_its_typed_errors(vendor_python: str, start_daemon: StartDaemon) -> None:
    answers = await called(vendor_python, CALLS, await start_daemon(), "any")
    assert answers["both targets"] == {"raised": "UnprocessableEntityError", "status": 422}
    assert answers["unknown charger"] == {"raised": "NotFoundError", "status": 404}
    assert answers["unknown target"] == {"raised": "NotFoundError", "status": 404}


async def test_with_a_wrong_token_everything_but_health_is_unauthorized(
    vendor_python: str, start_daemon: StartDaemon
) -> None:
    answers = await called(vendor_python, CALLS, await start_daemon(TOKEN), "wrong")
    assert answers.pop("health") == {"status": "ok"}
    assert {answer["raised"] for answer in answers.values()} == {"UnauthorizedError"}
