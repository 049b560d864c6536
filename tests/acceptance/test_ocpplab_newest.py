"""The newest release of the vendor's client, ocpplab 0.3.2, against what is served of its dialect."""

from typing import Any

from chargepoint_sim.fleet.access import TokenSpec
from tests.acceptance.conftest import StartFleet, called

TOKEN = "8d1f"


def raised(answer: Any) -> tuple[str, int]:
    return answer["raised"], answer["status"]


async def test_the_newest_client(start_fleet: StartFleet, newest_python: str) -> None:
    daemon = await start_fleet(TokenSpec.of(TOKEN))
    assert daemon.api_url is not None
    assert daemon.csms is not None
    answers = await called(newest_python, "ocpplab_newest.py", daemon.api_url, TOKEN, daemon.csms.url)
    assert answers.pop("never called") == []
    _check_resources(answers)
    _check_commands(answers)
    for action in ("BootNotification", "Authorize", "StartTransaction", "StopTransaction"):
        await daemon.csms.wait_frame("CP-NEWEST", lambda frame, wanted=action: frame.action == wanted)
    await daemon.csms.wait_frame("CP-WEST-1", lambda frame: frame.action == "BootNotification")


def _check_resources(answers: dict[str, Any]) -> None:
    assert {"wallbox", "schneider", "abb"} <= {one["slug"] for one in answers["evcharger.catalog.list_brands"]}
    assert answers["evcharger.catalog.get_model"] in answers["evcharger.catalog.list_models"]
    assert raised(answers["unknown model"]) == ("NotFoundError", 404)
    made = answers["evcharger.deployment.create"]
    assert (made["identity"], made["ocpp_version"]) == ("CP-NEWEST", "ocpp1.6")
    assert made["id"] == made["deployment_id"]
    assert made["provisioning_state"] == "PROVISIONING"
    assert raised(answers["identity taken"]) == ("UnprocessableEntityError", 422)
    assert answers["evcharger.logs.list"][0]["action"] == "BootNotification"
    site = answers["evcharger.location.create"]
    assert site["status"] == "accepted"
    assert answers["logs of the site's charger"][0]["action"] == "BootNotification"
    assert raised(answers["delete site in use"]) == ("UnprocessableEntityError", 422)
    assert answers["evcharger.logs.delete"] is None
    assert answers["evcharger.location.delete"] is None
    assert answers["evcharger.deployment.delete"] is None
    assert raised(answers["delete again"]) == ("NotFoundError", 404)


def _check_commands(answers: dict[str, Any]) -> None:
    reads = {"evcharger.commands.get_status", "evcharger.commands.list_results"}
    commands = {name: one for name, one in answers.items() if name.startswith("evcharger.commands.")}
    for name in commands.keys() - reads:
        assert (commands[name]["queued_count"], commands[name]["failed"]) == (1, []), name
        assert commands[name]["results"][0]["identity"] == "CP-NEWEST"
    assert len(commands) == 17
    assert commands["evcharger.commands.get_status"]["status"] == "applied"
    told = commands["evcharger.commands.list_results"]
    results = told if isinstance(told, list) else next(one for one in told.values() if isinstance(one, list))
    assert len(results) == 16
    assert raised(answers["unknown command"]) == ("NotFoundError", 404)
    assert raised(answers["unknown deployment"]) == ("NotFoundError", 404)
    assert raised(answers["no target"]) == ("UnprocessableEntityError", 422)
