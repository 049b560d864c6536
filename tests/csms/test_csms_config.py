"""The central system's YAML."""

from pathlib import Path

import pytest

from chargepoint_sim.csms.config import load_settings, settings_from
from chargepoint_sim.errors import ConfigError


def test_empty_file_accepts_everybody(tmp_path: Path) -> None:
    file = tmp_path / "csms.yaml"
    file.write_text("")
    settings = load_settings(file)
    assert settings.admits("anything")
    assert (settings.boot.status, settings.unlisted_tags) == ("Accepted", "Accepted")


def test_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "csms.yaml"
    file.write_text(
        "port: 9100\n"
        "http_port: 9101\n"
        "boot: {status: Pending, interval_s: 20}\n"
        "id_tags:\n"
        "  - {id_tag: 04A1B2C3, status: Blocked, group: FAMILY, expires: 2030-01-01T00:00:00Z}\n"
        "chargers: [CP-1, 'AC-*']\n"
        "passwords: {CP-1: secret, '*': common}\n"
        "tls: {certificate: server.pem, key: server.key, client_ca: ca.pem}\n"
    )
    settings = load_settings(file)
    assert (settings.port, settings.http_port, settings.boot.interval_s) == (9100, 9101, 20)
    assert settings.id_tags[0].status == "Blocked"
    assert [settings.admits(identity) for identity in ("CP-1", "AC-7", "CP-2")] == [True, True, False]


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "csms.yaml"
    file.write_text("port: 9100\nbot: {}\nid_tags:\n  - {id_tag: A}\n  - id_tag: B\n    status: Broken\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    assert {(problem.line, problem.path) for problem in caught.value.problems} == {
        (2, "bot"),
        (6, "id_tags.1.status"),
    }


@pytest.mark.parametrize(("text", "line"), [("port: [", 1), ("- a\n- b\n", 1)])
def test_what_is_no_mapping_is_told(tmp_path: Path, text: str, line: int) -> None:
    file = tmp_path / "csms.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    (problem,) = caught.value.problems
    assert problem.line == line


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_settings(tmp_path / "none.yaml")


def test_plain_mapping() -> None:
    assert settings_from({"boot": {"interval_s": 5}}).boot.interval_s == 5
    with pytest.raises(ConfigError, match=r"boot\.interval_s"):
        settings_from({"boot": {"interval_s": -5}})
