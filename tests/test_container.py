"""The container's files: they copy what exists, and their fleet runs from the environment alone."""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest
import yaml

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon

ROOT = Path(__file__).parents[1]
HERE = ROOT / "scripts" / "container"
FLEET = ROOT / "configs" / "container.yaml"
PATIENCE_S = 30.0


def dockerfile() -> list[str]:
    return (HERE / "Dockerfile").read_text().splitlines()


def test_the_dockerfile_copies_what_exists_and_what_the_ignore_file_lets_through() -> None:
    copied = [line.split()[1:-1] for line in dockerfile() if line.startswith("COPY ") and "--from" not in line]
    names = [name for line in copied for name in line]
    assert len(names) >= 5
    let_through = {line[1:] for line in (HERE / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"}
    for name in names:
        assert (ROOT / name).exists(), name
        assert name in let_through, name


def test_the_image_runs_the_install_step_that_the_check_runs() -> None:
    assert "RUN scripts/container/install /opt/chargepoint-sim" in dockerfile()
    assert "scripts/container/install" in (HERE / "check").read_text()


def test_compose_sets_variables_that_the_fleet_takes() -> None:
    taken = set(re.findall(r"\$\{(\w+)", FLEET.read_text()))
    compose = yaml.safe_load((HERE / "compose.yaml").read_text())
    assert set(compose["services"]["chargers"]["environment"]) <= taken | {"CHARGEPOINT_SIM_API_TOKENS"}
    explained = set(re.findall(r"^#   (\w+) ", FLEET.read_text(), re.MULTILINE))
    assert explained == taken


def test_the_readme_sets_variables_that_the_fleet_takes() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## In a container\n")[1].split("\n## ")[0]
    given = dict(re.findall(r"-e (\w+)=(\S+)", section))
    assert len(load_fleet(FLEET, given).chargers) == int(given["COUNT"])
    assert set(given) <= set(re.findall(r"\$\{(\w+)", FLEET.read_text(encoding="utf-8")))
    for name in re.findall(r"scripts/container/\w+(?:\.\w+)?", section):
        assert (ROOT / name).exists(), name


def test_every_page_that_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(links) > 10
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_nothing_is_kept_unless_a_file_is_named() -> None:
    assert load_fleet(FLEET, {}).state_file is None
    assert "STATE_FILE=/var/lib/chargepoint-sim/state.json" in " ".join(dockerfile())


def test_ids_come_from_a_list_and_from_a_table(tmp_path: Path) -> None:
    table = tmp_path / "chargers.csv"
    table.write_text("id,ocpp_identity,password\nbay-3,CP-3,a-password-of-20-char\n", encoding="utf-8")
    given = {"COUNT": "0", "IDS": "bay-1,bay-2", "CHARGERS_CSV": str(table), "CSMS_PASSWORD": "another-password"}
    chargers = load_fleet(FLEET, {**given, "SECURITY_PROFILE": "1"}).chargers
    assert [(one.charger_id, one.identity, one.credentials.password) for one in chargers] == [
        ("bay-1", "bay-1", "another-password"),
        ("bay-2", "bay-2", "another-password"),
        ("bay-3", "CP-3", "a-password-of-20-char"),
    ]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_one_line_of_variables_starts_fifty_chargers_and_says_when_they_are_ready(
    version: str, tmp_path: Path
) -> None:
    async with CsmsServer(settings_from({"port": 0})) as csms:
        given = {
            "CSMS_URL": csms.url,
            "OCPP": version,
            "ID_PREFIX": "BOX-",
            "RAMP": "500",
            "API_LISTEN": "127.0.0.1:0",
            "STATE_FILE": str(tmp_path / "state.json"),
        }
        async with Daemon(load_fleet(FLEET, given)) as daemon, aiohttp.ClientSession(daemon.api_url) as api:
            async with asyncio.timeout(PATIENCE_S):
                while (answer := await api.get("/health/ready")).status == 503:
                    assert (await answer.json())["status"] == "starting"
                    await csms.wait_connected("BOX-00050")
            ready = await answer.json()
            assert (ready["status"], ready["booted"], ready["refused"]) == ("ready", 50, [])
            assert {peer.version for peer in csms.central.peers()} == {version}
