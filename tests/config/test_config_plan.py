"""The plan of `check`: counts, estimates, the limit that comes first, warnings."""

from pathlib import Path

from chargepoint_sim.config.host import HostLimits, read_limits
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.config.plan import Plan, plan

WIDE = HostLimits(1_000_000, 28_000, 64 * 2**30)

FLEET = """
fleet: {name: town}
csms: {url: "ws://h:9000/ocpp?key=hunter2"}
locations: [{id: here, chargers: ["A*"]}]
chargers:
  - {template: work-ac-22-dual, count: 1000, id: "A{n}"}
  - {template: dc-350, count: 10, id: "D{n}", csms: {url: "wss://h/x"}}
ramp: {rate_per_s: 10}
"""


def plan_of(tmp_path: Path, text: str, host: HostLimits = WIDE) -> Plan:
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    return plan(load_fleet(path, {}), host)


def test_the_whole_text(tmp_path: Path) -> None:
    assert list(plan_of(tmp_path, FLEET).lines()) == [
        "Fleet town: 1,010 chargers, all powered up after 101 s",
        "Chargers by template",
        "    1,000  work-ac-22-dual      OCPP 1.6    2,000 EVSEs",
        "       10  dc-350               OCPP 2.0.1  10 EVSEs",
        "Chargers by location",
        "    1,000  here",
        "Connections to expect",
        "    1,000  ws://h:9000/ocpp, security profile 0",
        "       10  wss://h/x, security profile 0",
        "Limits of this host, tightest first (needs are estimates)",
        "  local ports towards h:9000: 1,000 of 28,000 ports",
        "  open files: 1,074 of 1,000,000 files",
        "  local ports towards h:443: 10 of 28,000 ports",
        "  memory: 123 of 65,536 MiB",
        (
            "This fleet fits. A bigger one runs out of local ports towards h:9000 at about 28,280 chargers. "
            "Give this host more addresses and list them as csms.source_addresses."
        ),
        "Warning: TLS without authentication is no profile of the standard (D1 and 9 more)",
    ]


def test_open_files_above_the_hard_limit(tmp_path: Path) -> None:
    planned = plan_of(tmp_path, FLEET, HostLimits(1024, 28_000, None))
    assert not planned.fits
    assert (
        "This fleet does not fit: open files would run out first. Raise the hard limit: nofile in "
        "/etc/security/limits.conf, LimitNOFILE of a unit, --ulimit of a container."
    ) in planned.lines()


def test_the_builtin_central_system_holds_the_other_end_of_every_connection(tmp_path: Path) -> None:
    text = "csms: {url: builtin}\nchargers: [{template: dc-50, count: 100, id: 'A{n}'}]"
    planned = plan_of(tmp_path, text)
    files = next(demand for demand in planned.demands if demand.limit == "open files")
    assert files.chargers == 200
    assert "      100  the built-in central system, security profile 0" in planned.lines()


def test_source_addresses_multiply_local_ports(tmp_path: Path) -> None:
    text = "csms: {url: 'ws://h', source_addresses: [127.0.0.1, 127.0.0.2]}\nchargers: [{template: dc-50, id: A}]"
    ports = next(demand for demand in plan_of(tmp_path, text).demands if demand.unit == "ports")
    assert ports.available == 56_000


def test_no_known_limit_is_no_verdict(tmp_path: Path) -> None:
    planned = plan_of(tmp_path, FLEET, HostLimits())
    assert "  memory: 123 of no limit known MiB" in planned.lines()


def test_warnings(tmp_path: Path) -> None:
    text = """
csms: {url: "wss://h/x", security: {profile: 2, password: hunter2, verify: false}}
chargers: [{template: dc-50, id: A}]
clock: {mode: scaled, scale: 60}
api: {listen: "0.0.0.0:8080"}
"""
    assert plan_of(tmp_path, text).warnings == (
        "time runs 60 times as fast as the clock of wss://h/x, which will see timestamps from the future",
        "verify: false accepts any server, also an impostor (A)",
        (
            "the control API on 0.0.0.0:8080 would obey everybody who reaches it, so the daemon refuses to start; "
            "set api.tokens or listen on 127.0.0.1"
        ),
    )


def test_a_loopback_api_needs_no_token(tmp_path: Path) -> None:
    for listen in ("127.0.0.1:1", "[::1]:1", "localhost:1", "off"):
        text = f"csms: {{url: 'ws://h'}}\nchargers: [{{template: dc-50, id: A}}]\napi: {{listen: '{listen}'}}"
        assert plan_of(tmp_path, text).warnings == ()


def test_the_limits_of_this_host_can_be_read() -> None:
    limits = read_limits()
    assert limits.local_ports > 0
    assert limits.open_files is None or limits.open_files > 0
