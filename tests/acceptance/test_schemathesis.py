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
ADMIN = "dc2f6f2e"


@asynccontextmanager
async def running(folder: Path, *, tenants: bool) -> AsyncIterator[str]:
    """The base URL of a daemon with chargers of both versions; with tenants, half of them are of another tenant."""
    owner = {"tenant": "acme"} if tenants else {}
    chargers = [
        {"template": "ac16", "ids": ["dep-789", "dep-3"]},
        {"template": "ac201", "ids": ["dep-123", "dep-4"]},
        {"template": "dc16", "ids": ["dep-1", "dep-5"], **owner},
        {"template": "dc201", "ids": ["dep-2", "dep-6"], **owner},
    ]
    locations = [
        {"id": "loc-456", "name": "Depot North", "chargers": ["dep-789", "dep-123"]},
        {"id": "loc-457", "name": "Depot South", "chargers": ["dep-1", "dep-2"], **owner},
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
    [(False, ()), (True, ("--phases", "examples,fuzzing,stateful", "-n", "1", "-H", f"Authorization: Bearer {ADMIN}"))],
    ids=["without_tenants", "with_tenants"],
)
async def test_every_answer_is_documented(tmp_path: Path, tenants: bool, options: tuple[str, ...]) -> None:
    async with running(tmp_path, tenants=tenants) as url:
        done, report = await schemathesis(tmp_path, url, *options)
    assert done.status == 0, done.output
    operations = report["operations"]
    assert operations["tested"] == operations["selected"] == operations["total"] - STREAMS
    assert (operations["errored"], operations["skipped"], report["errors"]) == (0, 0, [])
