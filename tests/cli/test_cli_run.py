"""`run FILE` as a process: how it starts, what it tells, and how it ends."""

import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from chargepoint_sim.client import FleetClient
from chargepoint_sim.core.commands import IdToken, StartSession
from chargepoint_sim.csms.config import settings_from
from tests.cli.fleets import TOKEN, fleet_file
from tests.cli.program import NotingCsms, program


@pytest.fixture
async def csms() -> AsyncIterator[NotingCsms]:
    async with NotingCsms(settings_from({"frames_kept": 1000})) as server:
        yield server


async def charge_everywhere(api: str, csms: NotingCsms) -> dict[str, float]:
    """Start a session at both chargers; answers the registers once energy has flowed, Wh."""
    async with FleetClient(api) as fleet:
        for identity in ("A-16", "A-201"):
            await csms.wait_connected(identity)
        outcomes = await fleet.command("*", StartSession(id_token=IdToken(TOKEN), soc=0.2))
        assert all(outcome.accepted for outcome in outcomes.values()), outcomes
        registers: dict[str, float] = {"A-16": 0.0}
        while min(registers.values()) <= 0:
            # Both sample every second, and at the same instants.
            await csms.wait_frame("A-16", lambda frame: frame.is_call("MeterValues"), after=csms.mark("A-16"))
            registers = {view.charger_id: view.evses[0].register_wh for view in await fleet.chargers()}
        return registers


async def test_sigterm_ends_sessions_closes_links_and_keeps_registers(tmp_path: Path, csms: NotingCsms) -> None:
    file = fleet_file(tmp_path, csms.url, state=True)
    async with program("run", file) as run:
        registers = await charge_everywhere(await run.api(), csms)
        assert await run.stop() == 0, run.errors
        (audited,) = run.errors.splitlines()
        assert "command_submitted" in audited, "and nothing has gone wrong"
    await csms.wait_frame("A-16", lambda frame: frame.is_call("StopTransaction"))
    await csms.wait_frame("A-201", lambda frame: frame.is_call("TransactionEvent", eventType="Ended"))
    await csms.wait_for(lambda _: len(csms.close_codes) == 2)
    assert csms.close_codes == {"A-16": 1000, "A-201": 1000}
    assert (tmp_path / "state.json").exists()

    async with program("run", file) as run, FleetClient(await run.api()) as fleet:
        for view in await fleet.chargers():
            assert view.evses[0].register_wh >= registers[view.charger_id]
            assert view.evses[0].transaction_id is None


async def test_a_power_cut_ends_nothing_and_the_next_start_reports_power_loss(tmp_path: Path, csms: NotingCsms) -> None:
    file = fleet_file(tmp_path, csms.url, state=True)
    async with program("run", file, "--power-cut") as run:
        await charge_everywhere(await run.api(), csms)
        assert await run.stop() == 0, run.errors
    await csms.wait_for(lambda _: len(csms.close_codes) == 2)
    assert set(csms.close_codes.values()) == {1006}
    assert not any(frame.is_call("StopTransaction") for frame in csms.central.frames("A-16"))
    assert not any(frame.is_call("TransactionEvent", eventType="Ended") for frame in csms.central.frames("A-201"))

    async with program("run", file):
        await csms.wait_frame("A-16", lambda frame: frame.is_call("StopTransaction", reason="PowerLoss"), 20)
        ended = await csms.wait_frame("A-201", lambda frame: frame.is_call("TransactionEvent", eventType="Ended"), 20)
        assert ended.payload["transactionInfo"]["stoppedReason"] == "PowerLoss"


async def test_chargers_that_are_refused_are_listed_by_cause_with_remedy(tmp_path: Path) -> None:
    async with (
        NotingCsms(settings_from({"chargers": ["A-16"]})) as csms,
        program("run", fleet_file(tmp_path, csms.url), "--until", "booted", "--for", "5s") as run,
    ):
        assert await run.ended() == 1
    assert "the fleet was not booted when the run ended" in run.out
    assert "1 of 2 chargers failed:" in run.out
    assert "not served: refused 404" in run.out
    assert "remedy: register the identity at the central system" in run.out
    assert "chargers: A-201" in run.out
    assert "Traceback" not in run.errors


async def test_many_refused_chargers_are_one_cause(tmp_path: Path) -> None:
    group = {"template": "public-ac-22", "count": 30, "id": "X-{n}"}
    async with NotingCsms(settings_from({"chargers": ["A-16"]})) as csms:
        file = fleet_file(tmp_path, csms.url, chargers=[group])
        async with program("run", file, "--until", "booted", "--for", "5s") as run:
            assert await run.ended() == 1
    assert run.out.count("remedy:") == 1
    assert "30 of 30 chargers failed:" in run.out


async def test_until_booted_ends_when_all_are_accepted_and_says_so(tmp_path: Path) -> None:
    async with program("run", fleet_file(tmp_path), "--until", "booted") as run:
        assert await run.ended() == 0, run.errors
    last = run.out.splitlines()[-1]
    assert last == "the fleet is booted: 2 chargers: 2 connected, 2 accepted by the central system, 0 charging"


async def test_for_alone_is_the_length_of_the_run(tmp_path: Path) -> None:
    async with program("run", fleet_file(tmp_path), "--for", "3s") as run:
        assert await run.ended() == 0, run.errors
    assert "2 chargers: 2 connected, 2 accepted by the central system, 0 charging" in run.out


async def test_sigusr1_sums_the_fleet_up(tmp_path: Path) -> None:
    async with program("run", fleet_file(tmp_path)) as run:
        await run.line("no vehicle plugged in")
        before = len(run.out.splitlines())
        run.signal(signal.SIGUSR1)
        await run.line("2 not charging, by cause:", after=before)
        assert await run.stop() == 0


async def test_a_second_ctrl_c_aborts_at_once(tmp_path: Path, csms: NotingCsms) -> None:
    async with program("run", fleet_file(tmp_path, csms.url)) as run:
        await charge_everywhere(await run.api(), csms)
        csms.silent = True  # so that the end of the session is not confirmed and the orderly stop takes seconds
        run.signal(signal.SIGINT)
        await run.line("stopping in order")
        run.signal(signal.SIGINT)
        assert await run.ended() == -signal.SIGINT


async def test_the_trace_holds_every_frame(tmp_path: Path, csms: NotingCsms) -> None:
    trace = tmp_path / "frames.jsonl"
    async with program("run", fleet_file(tmp_path, csms.url), "--until", "booted", "--trace", trace) as run:
        assert await run.ended() == 0, run.errors
    lines = [orjson.loads(line) for line in trace.read_bytes().splitlines()]
    assert {line["charger_id"] for line in lines} == {"A-16", "A-201"}
    for identity in ("A-16", "A-201"):
        at_csms = [frame.text for frame in csms.central.frames(identity) if frame.from_charger]
        assert at_csms == [line["text"] for line in lines if line["charger_id"] == identity and line["sent"]]


async def test_a_taken_port_is_told_with_a_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        async with program("run", fleet_file(tmp_path, api={"listen": listen})) as run:
            assert await run.ended() == 2
    assert f"cannot listen on {listen}: address already in use" in run.errors
    assert "choose another api.listen" in run.errors
    assert "Traceback" not in run.errors


async def test_a_trace_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    trace = tmp_path / "missing" / "frames.jsonl"
    async with program("run", fleet_file(tmp_path), "--trace", trace) as run:
        assert await run.ended() == 2
    assert run.errors == f"Error: the trace file {trace} cannot be written: no such file or directory"


async def test_a_wrong_file_is_told_with_line_and_every_mistake(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("fleet: {nme: x}\ncsms: {url: http://wrong}\nchargers:\n  - {template: public-ac-22, id: A}\n")
    async with program("run", file) as run:
        assert await run.ended() == 2
    assert f"{file}:1: fleet.nme" in run.errors
    assert f"{file}:2: csms.url" in run.errors
    assert "did you mean 'name'?" in run.errors
    assert run.errors.endswith("2 mistakes")
    assert "Traceback" not in run.errors


async def test_virtual_time_is_refused_in_words(tmp_path: Path) -> None:
    async with program("run", fleet_file(tmp_path, clock={"mode": "virtual"})) as run:
        assert await run.ended() == 2
    assert "virtual time has no sockets" in run.errors
