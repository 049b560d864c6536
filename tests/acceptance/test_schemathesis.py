"""Every operation of /openapi.json against a running daemon: schemathesis finds no crash and no undocumented answer.

What is sent, and what is left out and why, stands in schemathesis.toml.
"""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chargepoint_sim.daemon import Daemon
from tests.acceptance.conftest import Finished, run_program
from tests.fleets import fleet

SETTINGS = Path(__file__).parent / "schemathesis.toml"
STREAMS = 3
"""Operations that schemathesis.toml leaves out."""
KINDS = ("ac16", "ac201", "dc16", "dc201")
ADMIN = "dc2f6f2e"


@asynccontextmanager
async def running(folder: Path, *, tenants: bool) -> AsyncIterator[str]:
    """The base URL of a daemon with chargers of both versions; with tenants, half of them are of another tenant."""
    owner = {"tenant": "acme"} if tenants else {}
    chargers = [
        {"template": name, "ids": [f"{name}-1", f"{name}-2"], **(owner if "dc" in name else {})} for name in KINDS
    ]
    locations = [
        {"id": "depot", "name": "Depot", "chargers": ["ac16-1", "ac201-1"]},
        {"id": "street", "name": "Street", "chargers": ["dc16-1", "dc201-1"], **owner},
    ]
    api = {"listen": "127.0.0.1:0", "tokens": [ADMIN] if tenants else []}
    async with Daemon(fleet(folder, chargers, locations=locations, api=api)) as daemon:
        assert daemon.api_url is not None
        yield daemon.api_url


async def schemathesis(folder: Path, url: str, *options: str) -> tuple[Finished, dict[str, Any]]:
    """What schemathesis said, and its report."""
    report = folder / "report.json"
    program = str(Path(sys.executable).parent / "schemathesis")
    asked = ("run", f"{url}/openapi.json", "--report", "json", "--report-json-path", str(report), *options)
    done = await run_program(program, "--config-file", str(SETTINGS), *asked, timeout_s=300.0)
    assert report.exists(), done.output + done.errors
    return done, json.loads(report.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("tenants", "options"),
    [(False, ()), (True, ("--phases", "examples,fuzzing,stateful", "-H", f"Authorization: Bearer {ADMIN}"))],
    ids=["without_tenants", "with_tenants"],
)
async def test_every_answer_is_documented(tmp_path: Path, tenants: bool, options: tuple[str, ...]) -> None:
    async with running(tmp_path, tenants=tenants) as url:
        done, report = await schemathesis(tmp_path, url, *options)
    assert done.status == 0, done.output
    operations = report["operations"]
    assert operations["tested"] == operations["selected"] == operations["total"] - STREAMS
    assert (operations["errored"], operations["skipped"], report["errors"]) == (0, 0, [])
