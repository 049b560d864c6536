"""A token that `token` makes is known by the line that it prints."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from chargepoint_sim.cli.app import app
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.config.plan import plan
from chargepoint_sim.fleet.access import TokenSpec


def printed(*arguments: str) -> list[str]:
    result = CliRunner().invoke(app, ["token", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


@pytest.mark.parametrize("environment", ["sandbox", "live"])
def test_the_line_of_a_token_file_lets_the_token_in(tmp_path: Path, environment: str) -> None:
    token, line = printed("--scope", "read", "--tenant", "acme", "--environment", environment)
    assert token not in line
    (tmp_path / "tokens").write_text(f"# ours\n\n{line}\n")
    file = tmp_path / "fleet.yaml"
    file.write_text(
        'csms: {url: "ws://h"}\nchargers: [{template: public-ac-22, id: A-1}]\napi: {tokens_file: tokens}\n'
    )
    api = load_fleet(file, {}).api
    assert api is not None
    assert api.tokens == (TokenSpec.of(token, "read", "acme", environment),)


def test_no_token_is_made_twice() -> None:
    assert printed()[0] != printed()[0]


def test_a_tenant_that_the_line_cannot_hold_is_refused() -> None:
    assert CliRunner().invoke(app, ["token", "--tenant", "a b"]).exit_code == 2


def test_a_token_file_that_everybody_reads_is_remarked(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("secret scope=read\n")
    file = tmp_path / "fleet.yaml"
    file.write_text(
        'csms: {url: "ws://h"}\nchargers: [{template: public-ac-22, id: A-1}]\napi: {tokens_file: tokens}\n'
    )
    for mode, remarked in ((0o644, True), (0o600, False)):
        tokens.chmod(mode)
        warnings = plan(load_fleet(file, {})).warnings
        assert any(str(tokens) in one for one in warnings) == remarked
