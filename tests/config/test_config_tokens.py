"""Where tokens of the API come from: the fleet file, a file of tokens, variables; and whose chargers are."""

from pathlib import Path

import pytest

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.errors import ConfigError
from chargepoint_sim.fleet.access import TokenSpec, token_hash
from chargepoint_sim.fleet.spec import AmpsSpec, ApiSpec, FleetSpec

HASH = token_hash("t")


def fleet_of(folder: Path, more: str, **environ: str) -> FleetSpec:
    file = folder / "fleet.yaml"
    file.write_text(f'csms: {{url: "ws://h"}}\nchargers: [{{template: public-ac-22, id: A-1}}]\n{more}\n')
    return load_fleet(file, environ)


def api_of(folder: Path, section: str, **environ: str) -> ApiSpec:
    api = fleet_of(folder, f"api: {section}", **environ).api
    assert api is not None
    return api


def test_a_text_is_a_token_for_everything(tmp_path: Path) -> None:
    assert api_of(tmp_path, "{tokens: [one, sk_live_two]}").tokens == (
        TokenSpec.of("one"),
        TokenSpec(token_hash("sk_live_two"), environment="live"),
    )


@pytest.mark.parametrize("source", ["token: t", f"token_sha256: {HASH}", "token_env: MINE"])
def test_a_mapping_says_for_what_a_token_is(tmp_path: Path, source: str) -> None:
    rest = "scope: read, tenant: acme, environment: live, expires: '1970-01-01T00:01:00Z'"
    (token,) = api_of(tmp_path, f"{{tokens: [{{{source}, {rest}}}]}}", MINE="t").tokens
    assert token == TokenSpec(HASH, "read", "acme", "live", 60.0)


def test_a_file_has_a_token_a_line(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text(
        f"# comment\n\nt\nsha256:{HASH} scope=command tenant=acme expires=1970-01-01T00:01:00Z\n"
    )
    assert api_of(tmp_path, "{tokens_file: kept}").tokens == (
        TokenSpec(HASH),
        TokenSpec(HASH, "command", "acme", expires_at=60.0),
    )


@pytest.mark.parametrize(
    "line",
    ["t scope=all", "t scope", "t colour=red", "sha256:12", "t expires=soon", "t tenant=", "t scope=read scope=read"],
)
def test_a_wrong_line_is_told_without_its_words(tmp_path: Path, line: str) -> None:
    (tmp_path / "kept").write_text(f"\n{line}\n")
    with pytest.raises(ConfigError, match="line 2") as caught:
        api_of(tmp_path, "{tokens_file: kept}")
    assert line not in str(caught.value)


def test_a_variable_holds_tokens_separated_by_commas(tmp_path: Path) -> None:
    tokens = api_of(tmp_path, "{}", CHARGEPOINT_SIM_API_TOKENS="t scope=read, other").tokens
    assert tokens == (TokenSpec(HASH, "read"), TokenSpec.of("other"))
    with pytest.raises(ConfigError, match="CHARGEPOINT_SIM_API_TOKENS"):
        api_of(tmp_path, "{}", CHARGEPOINT_SIM_API_TOKENS="t scope=all")


def test_limits(tmp_path: Path) -> None:
    section = "{rate_limit_per_s: 5, cors_origins: ['https://panel.example'], request_timeout_s: 9}"
    api = api_of(tmp_path, section)
    assert (api.rate_limit_per_s, api.cors_origins, api.request_timeout_s) == (5.0, ("https://panel.example",), 9.0)


def test_who_is_told_by_webhooks(tmp_path: Path) -> None:
    receiver = "{url: 'https://h/hook', secrets: [whsec_c2VjcmV0, whsec_b2xk], tenant: acme, events: [push.failed]}"
    api = api_of(
        tmp_path, f"{{webhooks: [{receiver}, {{url: 'http://h', secrets: [whsec_b2xk]}}], deferred_for_s: 60}}"
    )
    first, second = api.webhooks
    assert (first.url, first.keys, first.tenant) == ("https://h/hook", (b"secret", b"old"), "acme")
    assert first.kinds == {"push.failed"}
    assert (second.tenant, second.kinds) == (None, None)
    assert "old" not in repr(first), "secrets are not shown"
    assert api.deferred_for_s == 60


def test_how_the_amps_surface_behaves(tmp_path: Path) -> None:
    assert api_of(tmp_path, "{amps: {settle_s: 180, id_token: APP-1}}").amps == AmpsSpec(180, "APP-1")
    assert api_of(tmp_path, "{amps: {settle_s: 0}}").amps == AmpsSpec(0, "AMPS")


def test_a_charger_belongs_to_its_group_or_to_its_location(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yaml"
    file.write_text(
        'csms: {url: "ws://h"}\n'
        "locations: [{id: depot, tenant: acme}, {id: field}]\n"
        "chargers:\n"
        "  - {template: public-ac-22, id: A, location: depot}\n"
        "  - {template: public-ac-22, id: B, location: field, tenant: other}\n"
        "  - {template: public-ac-22, id: C}\n"
    )
    fleet = load_fleet(file, {})
    assert [one.tenant for one in fleet.chargers] == ["acme", "other", None]
    assert [one.tenant for one in fleet.locations] == ["acme", None]
    assert fleet.has_tenants
    assert not fleet_of(tmp_path, "").has_tenants
