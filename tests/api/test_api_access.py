"""Who is let in, and where the API may listen."""

import socket

import pytest

from chargepoint_sim.api.access import check_listen
from chargepoint_sim.api.app import create_app, start_api
from chargepoint_sim.errors import LocalError
from chargepoint_sim.fleet.access import TokenSpec
from chargepoint_sim.fleet.spec import ApiSpec
from tests.api.conftest import TOKEN, Api
from tests.api.fake_fleet import seed_fleet


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"])
def test_loopback_needs_no_token(host: str) -> None:
    check_listen(host, [])


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.7", "simulator.example", "localhost.example"])
def test_a_public_address_needs_a_token(host: str) -> None:
    check_listen(host, [TokenSpec.of("secret")])
    with pytest.raises(LocalError, match=r"without a token.*api\.tokens.*127\.0\.0\.1"):
        check_listen(host, [])


@pytest.mark.parametrize("token", ["", "  "])
def test_an_empty_token_is_refused(token: str) -> None:
    with pytest.raises(LocalError, match="token is empty"):
        TokenSpec.of(token)


async def test_the_server_itself_refuses_a_public_address_without_a_token() -> None:
    with pytest.raises(LocalError, match="without a token"):
        await start_api(create_app(seed_fleet(), ApiSpec()), "0.0.0.0", 0)


async def test_a_port_in_use_is_told_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalError, match=f"cannot listen on 127.0.0.1:{port}"):
            await start_api(create_app(seed_fleet(), ApiSpec()), "127.0.0.1", port)


@pytest.mark.parametrize("header", [None, "Bearer <token>", "Bearer x", "Basic eDp5", "nonsense", ""])
async def test_without_a_configured_token_every_authorization_is_accepted(api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    assert (await api.send("GET", "/ocpp/chargers", headers=headers)).status == 200


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer <token>", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"]
)
async def test_a_missing_or_wrong_token_gets_401(guarded: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = await guarded.send("GET", "/ocpp/chargers", headers=headers)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert list(answer.json) == ["detail"]
    assert answer.json["detail"].startswith(("A bearer token is required", "The bearer token is not valid"))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("token", [TOKEN, "another"])
async def test_each_configured_token_is_accepted(guarded: Api, scheme: str, token: str) -> None:
    answer = await guarded.send("GET", "/ocpp/chargers", headers={"Authorization": f"{scheme} {token}"})
    assert answer.status == 200


async def test_a_wrong_token_is_refused_before_the_body_is_looked_at(guarded: Api) -> None:
    answer = await guarded.send("POST", "/ocpp/commands/power-update", data=b"{")
    assert answer.status == 401


async def test_a_web_page_of_another_origin_gets_403_where_no_token_protects(api: Api) -> None:
    answer = await api.send("GET", "/ocpp/chargers", headers={"Origin": "https://elsewhere.example"})
    assert answer.status == 403
    assert "elsewhere.example" in answer.json["detail"]
    assert (await api.send("GET", "/ocpp/chargers", headers={"Origin": "null"})).status == 403
    assert (await api.send("GET", "/ocpp/chargers", headers={"Origin": api.url})).status == 200


@pytest.mark.parametrize(
    "host", ["rebound.example", "rebound.example:80", "192.0.2.7", "[", "[::1", "127.0.0.1.example"]
)
async def test_a_foreign_host_name_gets_403_where_no_token_protects(api: Api, host: str) -> None:
    answer = await api.send("GET", "/ocpp/chargers", headers={"Host": host})
    assert answer.status == 403
    assert host in answer.json["detail"]


@pytest.mark.parametrize("host", ["localhost", "localhost:1", "127.0.0.1", "[::1]:8080"])
async def test_local_host_names_are_let_in(api: Api, host: str) -> None:
    assert (await api.send("GET", "/ocpp/chargers", headers={"Host": host})).status == 200


async def test_with_a_token_origin_and_host_do_not_matter(guarded: Api) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Origin": "https://elsewhere.example", "Host": "sim.example"}
    assert (await guarded.send("GET", "/ocpp/chargers", headers=headers)).status == 200


@pytest.mark.parametrize("path", ["/health", "/metrics", "/openapi.json", "/docs", "/docs/start.js"])
async def test_health_metrics_and_documents_are_open(guarded: Api, path: str) -> None:
    assert (await guarded.get(path)).status == 200
