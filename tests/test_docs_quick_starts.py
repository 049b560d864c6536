"""docs/quick-starts/: the fleet files load, the commands run, and each refusal is told in the words of the page.

A fake central system behaves as the page says of the real one; what each row of a page rests on stands in FAKES.
"""

import asyncio
import contextlib
import re
import shlex
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession
from ocpp.v201 import call
from typer.testing import CliRunner

from chargepoint_sim.cli.app import app
from chargepoint_sim.cli.operate import goal
from chargepoint_sim.cli.orders import Until
from chargepoint_sim.cli.report import counts_line
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.core.commands import IdToken, StartSession
from chargepoint_sim.csms.config import settings_from
from chargepoint_sim.csms.server import CsmsServer
from chargepoint_sim.daemon import Daemon
from chargepoint_sim.fleet.views import FleetSummary
from tests import tls
from tests.fleets import do
from tests.other_csms import OtherCsms
from tests.test_docs import DOCS, ROOT
from tests.transport import support

PAGES = sorted((DOCS / "quick-starts").glob("*.md"))
FLEET = ROOT / "configs" / "container.yaml"
COMPOSE = ROOT / "scripts" / "container" / "compose.yaml"
PATIENCE_S = 30.0

Fake = Callable[[], contextlib.AbstractAsyncContextManager[str]]


def commands(page: Path) -> Iterator[tuple[dict[str, str], list[str]]]:
    """(variables, words) of each command line in the code blocks of a page."""
    for language, block in re.findall(
        r"^ *```(\w*)\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        if language == "":
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                given = [word for word in words if re.match(r"[A-Z_]+=", word)]
                yield dict(word.split("=", 1) for word in given), [word for word in words if word not in given]


def of_program(page: Path, name: str) -> list[tuple[dict[str, str], list[str]]]:
    """The commands of a page that begin with `name`, without it."""
    return [(given, words[1:]) for given, words in commands(page) if words and words[0] == name]


def promised_counts(page: Path) -> tuple[str, int]:
    """The line with the counts that a page promises, and how many chargers it speaks of."""
    ((line, total),) = re.findall(r"`((\d+) chargers?: [^`]*)`", page.read_text(encoding="utf-8"))
    return line, int(total)


def rows(page: Path) -> list[str]:
    """What the program says, of the page's table of refusals."""
    return re.findall(r"^\| `([^`]+)` \|", page.read_text(encoding="utf-8").split("| It says |")[1], re.MULTILINE)


by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@by_page
def test_each_fleet_file_loads(page: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        file = tmp_path / "fleet.yaml"
        file.write_text(block, encoding="utf-8")
        assert CliRunner().invoke(app, ["check", str(file)]).exit_code == 0
        assert any(one.behaviour.sessions_per_evse_per_day for one in load_fleet(file, {}).chargers)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.stem)
def test_each_line_that_starts_chargers_is_sound(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    starts = [(given, words) for given, words in of_program(page, "chargepoint-sim") if words[0] == "run" and given]
    assert starts
    taken = set(re.findall(r"\$\{(\w+)", FLEET.read_text(encoding="utf-8")))
    for given, (_, file, *_) in starts:
        assert set(given) <= taken
        checked = CliRunner(env=given).invoke(app, ["check", file])
        assert checked.exit_code == 0, checked.output


@by_page
def test_each_line_for_compose_is_sound(page: Path) -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    ((given, words),) = of_program(page, "docker")
    assert words[:3] == ["compose", "-f", str(COMPOSE.relative_to(ROOT))]
    assert words[-1] in yaml.safe_load(text)["services"]
    assert set(given) <= set(re.findall(r"\$\{(\w+)", text))


@by_page
async def test_the_commands_for_running_chargers_work(page: Path, tmp_path: Path) -> None:
    lines = [words for _, words in of_program(page, "chargepoint-sim") if words[0] in ("ctl", "tail")]
    assert lines
    given = {"COUNT": "2", "IDS": "garage", "API_LISTEN": "127.0.0.1:0", "STATE_FILE": str(tmp_path / "state.json")}
    async with (
        CsmsServer(settings_from({"port": 0})) as csms,
        Daemon(load_fleet(FLEET, {**given, "CSMS_URL": csms.url})) as daemon,
        ClientSession(daemon.api_url) as api,
    ):
        async with asyncio.timeout(PATIENCE_S):
            await goal(daemon.fleet, Until.BOOTED)
        runner = CliRunner(env={"CHARGEPOINT_SIM_API": str(daemon.api_url)})
        for words in lines:
            arguments = [*words, "--no-follow"] if words[0] == "tail" else words
            result = await asyncio.to_thread(runner.invoke, app, arguments)
            assert result.exit_code == 0, (words, result.output)
        answer = await api.get("/health/ready")
        assert (await answer.json())["status"] == "ready"


@by_page
def test_the_counts_that_a_page_promises_are_in_the_words_of_the_program(page: Path) -> None:
    line, total = promised_counts(page)
    assert line == counts_line(FleetSummary(total, connected=total, booted=total, charging=0, causes=()))


async def until_caused(daemon: Daemon, words: str) -> str:
    """The cause, of those that the fleet sums up, that begins with `words`."""
    events = daemon.fleet.events(None)
    while True:
        causes = (await daemon.fleet.summary()).causes
        found = [one.cause for one in causes if one.cause.startswith(words)]
        if found:
            return found[0]
        try:
            async with asyncio.timeout(PATIENCE_S):
                await anext(events)
        except TimeoutError:
            raise AssertionError(f"not {words!r} but {[one.cause for one in causes]}") from None


async def polite(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while (await support.read_frame(reader))[0] != support.CLOSE:
        pass


async def no_subprotocol(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(support.answer_101(await support.request(reader), None))
    await polite(reader, writer)


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await support.request(reader)


def says(conversation: support.Conversation, *, secure: bool = False) -> Fake:
    @contextlib.asynccontextmanager
    async def fake() -> AsyncIterator[str]:
        async with support.raw_server(conversation, context=tls.server_context() if secure else None) as port:
            yield f"{'wss' if secure else 'ws'}://127.0.0.1:{port}"

    return fake


def refuses(status: str) -> Fake:
    return says(support.say(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()))


def knows(**settings: Any) -> Fake:
    @contextlib.asynccontextmanager
    async def fake() -> AsyncIterator[str]:
        async with OtherCsms(**settings) as csms:
            yield csms.url

    return fake


@contextlib.asynccontextmanager
async def nobody() -> AsyncIterator[str]:
    async with support.raw_server(polite) as port:
        pass
    yield f"ws://127.0.0.1:{port}"


FAKES: dict[str, Fake] = {
    "not served: unreachable": nobody,
    "not served: subprotocol": says(no_subprotocol),
    "not served: refused 400": refuses("400 Bad Request"),
    "not served: refused 401": refuses("401 Unauthorized"),
    "not served: refused 404": refuses("404 Not Found"),
    "not served: lost": says(hang_up, secure=True),
    "not served: closed 1000 before any answer to BootNotification": says(
        support.talk(support.close_frame(1000), then=polite)
    ),
    "boot: Pending": knows(boot_status="Pending"),
    "boot: Rejected": knows(boot_status="Rejected"),
    "refused token 04A1B2C3: Invalid": knows(tags={"04A1B2C3": "Invalid"}),
    "refused token 04A1B2C3: Blocked": knows(tags={"04A1B2C3": "Blocked"}),
    "refused token 04A1B2C3: ConcurrentTx": knows(tags={"04A1B2C3": "ConcurrentTx"}),
}
"""What a page says that the program says -> a central system that makes it say so."""


def test_no_fake_is_left_over() -> None:
    assert {row for page in PAGES for row in rows(page)} == set(FAKES)


@pytest.mark.parametrize("words", FAKES)
async def test_a_refusal_is_told_in_the_words_of_the_page(words: str, tmp_path: Path) -> None:
    async with FAKES[words]() as url:
        given = {"CSMS_URL": url, "COUNT": "1", "API_LISTEN": "off", "STATE_FILE": str(tmp_path / "state.json")}
        if url.startswith("wss:"):
            given |= {"SECURITY_PROFILE": "2", "CSMS_PASSWORD": "a-password", "CSMS_CA": tls.ca_file(tmp_path)}
        async with Daemon(load_fleet(FLEET, given)) as daemon:
            if words.startswith("refused token"):
                async with asyncio.timeout(PATIENCE_S):
                    await goal(daemon.fleet, Until.BOOTED)
                await do(daemon, "SIM-00001", StartSession(id_token=IdToken("04A1B2C3"), vehicle="sedan"))
            assert await until_caused(daemon, words)


async def test_the_probing_update_of_home_assistant_begins_nothing(tmp_path: Path) -> None:
    given = {"COUNT": "1", "OCPP": "2.0.1", "API_LISTEN": "off", "STATE_FILE": str(tmp_path / "state.json")}
    async with OtherCsms() as csms, Daemon(load_fleet(FLEET, {**given, "CSMS_URL": csms.url})) as daemon:
        async with asyncio.timeout(PATIENCE_S):
            await goal(daemon.fleet, Until.BOOTED)
        firmware = {"location": "dummy://dummy", "retrieve_date_time": "2026-01-01T00:00:00Z", "signature": "\u263a"}
        answer = await csms.call("SIM-00001", call.UpdateFirmware(request_id=1, firmware=firmware))
        assert answer.status in ("Rejected", "InvalidCertificate")
