"""The seed's own example requests, sent by `requests` as its snippets do, with only the base URL changed."""

import ast
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Finished, StartDaemon, run_python

SEED = json.loads((Path(__file__).parent / "seed_requests.json").read_text())
TOKEN = "8d1f"

SNIPPET = """
import requests

url = {url!r}
payload = {payload!r}
headers = {headers!r}

response = requests.request({method!r}, url, json=payload, headers=headers, timeout=20)

print(response.status_code)
print(response.json())
"""

every_request = pytest.mark.parametrize("request_", SEED["requests"], ids=lambda request: request["title"])


async def send(base_url: str, request_: dict[str, Any], token: str = "<token>") -> tuple[int, Any]:
    headers = {name: value.replace("<token>", token) for name, value in request_["headers"].items()}
    url = base_url + request_["path"]
    program = SNIPPET.format(url=url, payload=request_["body"], headers=headers, method=request_["method"])
    done: Finished = await run_python("-c", program)
    assert done.status == 0, done.errors
    status, answer = done.output.splitlines()
    return int(status), ast.literal_eval(answer)


def without_id(answer: dict[str, Any]) -> dict[str, Any]:
    answer = copy.deepcopy(answer)
    command_id = answer["results"][0]["command"].pop("id")
    assert len(command_id) == 12
    assert int(command_id, 16) >= 0
    return answer


def test_there_are_four_requests() -> None:
    assert len(SEED["requests"]) == 4


@every_request
async def test_without_a_configured_token_the_documented_answer_comes_back(
    daemon_url: str, request_: dict[str, Any]
) -> None:
    status, answer = await send(daemon_url, request_)
    assert status == 202
    assert without_id(answer) == without_id(SEED["answer"])


@every_request
async def test_with_one_configured_the_snippet_needs_it(start_daemon: StartDaemon, request_: dict[str, Any]) -> None:
    url = await start_daemon(TOKEN)
    status, refusal = await send(url, request_)
    assert status == 401
    assert list(refusal) == ["detail"]
    status, answer = await send(url, request_, TOKEN)
    assert status == 202
    assert without_id(answer) == without_id(SEED["answer"])


@pytest.mark.parametrize(
    ("target", "chargers"),
    [
        ({"charger_id": "dep-789"}, ["dep-789"]),
        ({"location_id": "loc-456"}, ["dep-1", "dep-2"]),
        ({"location_id": "loc-456", "charger_ids": ["dep-1", "dep-2"]}, ["dep-1", "dep-2"]),
        ({"charger_id": None, "location_id": "loc-456", "charger_ids": None}, ["dep-1", "dep-2"]),
    ],
    ids=["charger", "location", "some of a location", "nulls"],
)
async def test_the_targets_of_the_description(daemon_url: str, target: dict[str, Any], chargers: list[str]) -> None:
    request_ = SEED["requests"][0]
    body = {"target": target, "event": {"power_w": 11000, "evse_id": None, "connector_id": None}}
    status, answer = await send(daemon_url, {**request_, "body": body})
    assert status == 202
    assert [result["charger_id"] for result in answer["results"]] == chargers
    assert (answer["targeted_count"], answer["failed_count"]) == (len(chargers), 0)
    payloads = [result["command"]["payload"] for result in answer["results"]]
    assert payloads == [{"power_w": 11000, "evse_id": 1, "connector_id": 1}] * len(chargers)


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"charger_id": "dep-1", "location_id": "loc-456"},
        {"charger_id": "dep-1", "charger_ids": ["dep-1"]},
        {"location_id": "loc-456", "charger_ids": []},
    ],
    ids=["neither", "both", "charger_ids without location", "empty charger_ids"],
)
async def test_targets_that_break_the_rules_get_422(daemon_url: str, target: dict[str, Any]) -> None:
    body = {"target": target, "event": {"power_w": 11000}}
    status, answer = await send(daemon_url, {**SEED["requests"][0], "body": body})
    assert status == 422
    assert answer["detail"][0]["loc"][:2] == ["body", "target"]
