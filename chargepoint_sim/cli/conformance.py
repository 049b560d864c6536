"""`conformance URL`: runs cases against a central system and writes the reports."""

import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from chargepoint_sim.cli import loop
from chargepoint_sim.cli.helptext import add
from chargepoint_sim.cli.options import Json, LogLevel, console, say, set_up_logs
from chargepoint_sim.errors import LocalError, system_words
from chargepoint_sim.logs import Level, mask

if TYPE_CHECKING:
    from chargepoint_sim.conformance.cases import Case
    from chargepoint_sim.conformance.drivers import Driver
    from chargepoint_sim.conformance.testdata import TestData
    from chargepoint_sim.conformance.verdicts import CaseResult
    from chargepoint_sim.csms.config import CsmsSettings
    from chargepoint_sim.csms.server import CsmsServer
    from chargepoint_sim.pki.authority import Authority

BUILT_IN_TIMEOUT_S = 2.0
"""How long the built-in central system waits for an answer."""

BUILT_IN_VALUES: dict[str, Any] = {
    "reservation_s": 2,
    "slow_s": 1,
    "soon_s": 1.5,
    "pending_s": 1,
    "idle_s": 1,
    "storm": {"stations": 20, "within_s": 0.5},
    "queue_stations": 3,
    "queue_times": 20,
    "flaps": {"times": 10, "every_s": 0.02},
    "flood": {"messages": 20, "within_s": 1},
}
"""Smaller than against a real system, so that a run takes seconds."""

EXI_RESPONSE = "Q2VydGlmaWNhdGVJbnN0YWxsYXRpb25SZXM="
"""What the built-in central system gives a vehicle that asks for a contract certificate: no EXI; nobody reads it."""

OCSP_RESULT = "MAMKAQM="
"""An OCSPResponse that says tryLater (RFC 6960 section 4.2.1): the built-in central system asks no responder."""


class StrictnessName(StrEnum):
    """The words of conformance.verdicts.Strictness, for a command line that loads nothing that it does not need."""

    STRICT = "strict"
    NORMAL = "normal"
    LENIENT = "lenient"


class DriverName(StrEnum):
    """Who makes the central system act."""

    PROMPT = "prompt"
    HTTP = "http"
    OCTT = "octt-compat"
    COMMAND = "command"
    PASSIVE = "passive"
    SELF = "self"


_HOOKS = {
    DriverName.HTTP: "a YAML file with its templates",
    DriverName.OCTT: "the base URL, such as http://127.0.0.1:8000",
    DriverName.COMMAND: "the command",
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How the cases are run."""

    at_once: int
    may_load: bool
    strictness: StrictnessName


@dataclass(frozen=True, slots=True)
class Reports:
    """Where the results go."""

    junit: Path | None
    html: Path | None
    json: Path | None
    markdown: Path | None
    trace: Path | None
    as_json: bool
    """JSON on stdout, and nothing else there."""

    def write(self, results: "Sequence[CaseResult]", url: str, ocpp: str) -> None:
        """Write what was asked for. Raises LocalError where a file cannot be written."""
        from chargepoint_sim.conformance.pages import as_html
        from chargepoint_sim.conformance.report import as_json, as_junit, as_markdown, as_trace

        at = time.time()
        texts: list[tuple[Path | None, Callable[[], bytes]]] = [
            (self.junit, lambda: as_junit(results, url, ocpp)),
            (self.html, lambda: as_html(results, url, ocpp, at).encode()),
            (self.json, lambda: as_json(results, url, ocpp, at)),
            (self.markdown, lambda: as_markdown(results, url, ocpp, at).encode()),
            (self.trace, lambda: as_trace(results)),
        ]
        for path, text in texts:
            if path is None:
                continue
            try:
                path.write_bytes(text())
            except OSError as error:
                raise LocalError(f"the report {path} cannot be written: {system_words(error)}") from None
        if self.as_json:
            typer.echo(as_json(results, url, ocpp, at).decode())


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(
        app,
        conformance,
        "conformance ws://127.0.0.1:9000/ocpp --ocpp 1.6 --driver passive --junit out.xml --html out.html",
        "conformance --driver self --html out.html",
        "conformance --list",
        notes="Exit statuses: 0 pass, 1 a case failed, 2 the run itself failed, 3 nothing worse than inconclusive.",
    )


def conformance(
    url: Annotated[
        str | None, typer.Argument(metavar="URL", help="The central system; --driver self starts its own.")
    ] = None,
    ocpp: Annotated[str, typer.Option("--ocpp", metavar="VERSION", help="OCPP version.")] = "1.6",
    driver: Annotated[DriverName, typer.Option("--driver", help="Who makes it act.")] = DriverName.PASSIVE,
    hooks: Annotated[
        str | None,
        typer.Option("--hooks", metavar="WHERE", help="What the driver calls: file, URL or command."),
    ] = None,
    cases: Annotated[list[str] | None, typer.Option("--cases", metavar="GLOB", help="Only these; repeatable.")] = None,
    testdata: Annotated[Path | None, typer.Option("--testdata", metavar="FILE", help="Tags, identities ...")] = None,
    at_once: Annotated[int, typer.Option("--at-once", min=1, help="Cases side by side.")] = 10,
    junit: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write one HTML page.")] = None,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write JSON.")] = None,
    markdown: Annotated[Path | None, typer.Option("--markdown", metavar="FILE", help="Write a summary.")] = None,
    trace: Annotated[Path | None, typer.Option("--trace", metavar="FILE", help="Write all frames, NDJSON.")] = None,
    strictness: Annotated[
        StrictnessName, typer.Option("--strictness", help="What breaches beside the steps count.")
    ] = StrictnessName.NORMAL,
    may_load: Annotated[
        bool, typer.Option("--i-own-this-csms", help="Also run the cases that may bring a weak system down.")
    ] = False,
    as_json: Json = False,
    only_list: Annotated[bool, typer.Option("--list", help="List the cases and what they need.")] = False,
    log_level: LogLevel = Level.ERROR,
) -> None:
    """Run conformance cases against a central system, each with a charger of its own.

    The cases are modelled on public OCTT case numbers; a pass is not an OCA certification. Run them only against
    systems that you own.
    """
    from chargepoint_sim.conformance.cases import chosen, load_cases
    from chargepoint_sim.conformance.testdata import TestData, load_testdata
    from chargepoint_sim.protocol.frames import Version

    set_up_logs(log_level, json_logs=False)
    if ocpp not in set(Version):
        raise LocalError(f"OCPP {ocpp!r} is not known; allowed are {', '.join(Version)}")
    wanted = chosen(load_cases(Version(ocpp)), cases or [])
    if only_list:
        _list(wanted, console())
        return
    reports = Reports(junit, html, report, markdown, trace, as_json)
    data = load_testdata(testdata) if testdata is not None else TestData()
    how = Manner(at_once, may_load, strictness)
    with TemporaryDirectory(prefix="chargepoint-sim-") as folder:
        status = loop.run(_run(url, ocpp, driver, hooks, wanted, data, how, reports, Path(folder)))
    raise typer.Exit(status)


async def _run(
    url: str | None,
    ocpp: str,
    driver: DriverName,
    hooks: str | None,
    wanted: "Sequence[Case]",
    data: "TestData",
    how: Manner,
    reports: Reports,
    folder: Path,
) -> int:
    """Run the cases and write the reports; the exit status."""
    from chargepoint_sim.cli.one_charger import OneCharger
    from chargepoint_sim.conformance.desk import FileDesk
    from chargepoint_sim.conformance.suite import Suite
    from chargepoint_sim.conformance.testdata import with_files
    from chargepoint_sim.conformance.verdicts import Strictness, exit_status
    from chargepoint_sim.protocol.frames import Version

    to = console()
    server: CsmsServer | None = None
    if driver is DriverName.SELF:
        if url is not None:
            raise LocalError("--driver self starts its own central system: leave the URL away")
        server, data = await _built_in(data, folder)
        url = server.url
    if url is None:
        raise LocalError("which central system? Give its URL, or --driver self")
    if not url.startswith(("ws://", "wss://")):
        raise LocalError(f"the URL of a central system begins with ws:// or wss://, not {url!r}")
    drives = _driver(driver, hooks, ocpp, server)
    desk = FileDesk()
    await desk.start()
    try:
        suite = Suite(
            url,
            Version(ocpp),
            drives,
            with_files(data, desk.names),
            OneCharger,
            how.at_once,
            how.may_load,
            Strictness(how.strictness),
        )
        results = await suite.run(wanted, None if reports.as_json else lambda result: _told(result, to))
    finally:
        await drives.close()
        await desk.stop()
        if server is not None:
            await server.stop()
    reports.write(results, url, ocpp)
    if not reports.as_json:
        _sum_up(results, to)
    return exit_status(results)


def _driver(name: DriverName, hooks: str | None, ocpp: str, server: "CsmsServer | None") -> "Driver":
    from chargepoint_sim.conformance.drivers import BuiltIn, Command, Hooks, Passive, Prompt, octt_compatible

    if name is DriverName.SELF:
        assert server is not None
        return BuiltIn(server)
    if name is DriverName.PASSIVE:
        return Passive()
    if name is DriverName.PROMPT:
        return Prompt(lambda line: typer.echo(line, err=True))
    if hooks is None:
        raise LocalError(f"--driver {name} needs --hooks: {_HOOKS[name]}")
    if name is DriverName.HTTP:
        return Hooks.load(Path(hooks))
    return Command(shlex.split(hooks)) if name is DriverName.COMMAND else octt_compatible(hooks, ocpp)


async def _built_in(data: "TestData", folder: Path) -> "tuple[CsmsServer, TestData]":
    from chargepoint_sim.csms.server import CsmsServer

    settings, data = built_in_setup(data, folder)
    server = CsmsServer(settings)
    await server.start(port=0)
    return server, replace(data, secure_url=server.secure_url)


def built_in_setup(data: "TestData", folder: Path) -> "tuple[CsmsSettings, TestData]":
    """Settings of a built-in central system that knows all test data, and the test data that it knows.

    Certificates and keys are written to `folder`.
    """
    from chargepoint_sim.core.vehicle import PLUG_AND_CHARGE
    from chargepoint_sim.csms.config import AnswerSettings, CsmsSettings, IdTagSettings, TariffSettings, TlsSettings

    names = ("valid", "unknown", "expired", "blocked", "group_a", "group_b", "master", "master_group")
    tags = {name: f"SIM-{name.upper().replace('_', '-')}" for name in names}
    tags |= {"contract": PLUG_AND_CHARGE.emaid, **data.tags}
    password = data.password or "conformance-password"
    past = datetime(2020, 1, 1, tzinfo=UTC)
    listed: list[dict[str, Any]] = [
        {"id_tag": tags["valid"]},
        {"id_tag": tags["expired"], "expires": past},
        {"id_tag": tags["blocked"], "status": "Blocked"},
        {"id_tag": tags["group_a"], "group": "SIM-GROUP"},
        {"id_tag": tags["group_b"], "group": "SIM-GROUP"},
        {"id_tag": tags["master"], "group": tags["master_group"]},
        {"id_tag": tags["contract"]},
    ]
    settings = CsmsSettings(
        id_tags=tuple(IdTagSettings(**tag) for tag in listed),
        unlisted_tags="Invalid",
        passwords={"*": password},
        answers=AnswerSettings(
            sign_certificate="Accepted",
            contract_certificate="Accepted",
            ev_charging_needs="Accepted",
            ev_charging_power_w=(7000.0,),
            ev_certificate=EXI_RESPONSE,
            ocsp_result=OCSP_RESULT,
        ),
        tls=TlsSettings(
            certificate=folder / "server.pem",
            key=folder / "server.key",
            other_certificate=folder / "server-rsa.pem",
            other_key=folder / "server-rsa.key",
            port=0,
            client_ca=folder / "root.pem",
            client_optional=True,
        ),
        tariff=TariffSettings(per_kwh=0.4, per_hour=1.0),
        call_timeout_s=BUILT_IN_TIMEOUT_S,
    )
    authority = _certificates(folder)
    data = replace(
        data,
        tags=tags,
        password=password,
        ca_file=str(folder / "root.pem"),
        client_certificate=str(folder / "client.pem"),
        client_key=str(folder / "client.key"),
        csms_timeout_s=BUILT_IN_TIMEOUT_S,
        values={"authority": authority, **BUILT_IN_VALUES, **data.values},
    )
    return settings, data


def _certificates(folder: Path) -> "Authority":
    """A root, two server certificates, and one of a charger, as files."""
    from chargepoint_sim.core.certificates import KeyKind
    from chargepoint_sim.pki.authority import Authority

    since = time.time() - 3600
    authority = Authority.new("chargepoint-sim conformance", since)
    hosts = ("127.0.0.1", "localhost")
    issued = {
        "server": authority.server(hosts, since),
        "server-rsa": authority.server(hosts, since, KeyKind.RSA),
        "client": authority.client("Conformance", "chargepoint-sim", since),
    }
    (folder / "root.pem").write_text(authority.certificate_pem, encoding="ascii")
    for name, one in issued.items():
        (folder / f"{name}.pem").write_text(one.certificate_pem, encoding="ascii")
        (folder / f"{name}.key").write_text(one.key_pem, encoding="ascii")
    return authority


def _told(result: "CaseResult", to: Console) -> None:
    say(to, f"{result.verdict.value:14} {result.case_id:16} {result.title}" + _why(result))


def _why(result: "CaseResult") -> str:
    return f": {mask(result.reason)}" if result.reason else ""


def _sum_up(results: "Sequence[CaseResult]", to: Console) -> None:
    from chargepoint_sim.conformance.report import WORDING
    from chargepoint_sim.conformance.verdicts import counted

    counts = ", ".join(f"{number} {verdict}" for verdict, number in counted(results).items() if number)
    say(to, f"{len(results)} cases: {counts}")
    say(to, WORDING)


def _list(cases: "Sequence[Case]", to: Console) -> None:
    for case in cases:
        needs = [*case.triggers, *case.prepare, *case.needs]
        say(to, f"{case.case_id:16} {case.profile:26} {case.title}" + (f" [{', '.join(needs)}]" if needs else ""))
