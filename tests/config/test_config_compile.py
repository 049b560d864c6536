"""What a sound fleet file becomes."""

from pathlib import Path

import pytest

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.errors import ConfigError
from chargepoint_sim.fleet.access import TokenSpec
from chargepoint_sim.fleet.spec import ApiSpec, ClockSpec, Credentials, FleetSpec, RampSpec


def fleet_of(tmp_path: Path, text: str, **environ: str) -> FleetSpec:
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    return load_fleet(path, environ)


def with_group(group: str, rest: str = "") -> str:
    return f"csms: {{url: 'ws://h'}}\nchargers:\n  - {{template: public-ac-22, {group}}}\n{rest}"


def test_the_smallest_file(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, with_group("id: A"))
    assert (fleet.name, fleet.seed, fleet.clock, fleet.api) == ("fleet", 0, ClockSpec(), ApiSpec())
    assert (fleet.ramp, fleet.state_file, fleet.builtin_csms) == (RampSpec(), None, None)
    assert fleet.source_file == str(tmp_path / "fleet.yaml")
    (charger,) = fleet.chargers
    assert (charger.charger_id, charger.identity, charger.version) == ("A", "A", "1.6")
    assert (charger.name, charger.serial_number, charger.location_id) == ("A", "A", None)
    assert charger.credentials == Credentials()
    assert charger.behaviour.sessions_per_evse_per_day == 0


def test_one_variable_holds_a_list_of_ids(tmp_path: Path) -> None:
    group = "ids: '${IDS:-}', ocpp_identity: 'CP-{id}'"
    chargers = fleet_of(tmp_path, with_group(group), IDS="north, 0042,").chargers
    assert [(one.charger_id, one.identity) for one in chargers] == [("north", "CP-north"), ("0042", "CP-0042")]


@pytest.mark.parametrize("group", ["count: 0, id: 'AC-{n}'", "ids: []", "ids: '${IDS:-}'", "csv: '${TABLE:-}'"])
def test_a_group_of_nobody(tmp_path: Path, group: str) -> None:
    assert fleet_of(tmp_path, with_group(group)).chargers == ()
    both = fleet_of(tmp_path, with_group(group, "  - {template: public-ac-22, id: A}"))
    assert [one.charger_id for one in both.chargers] == ["A"]


def test_an_empty_variable_is_no_password(tmp_path: Path) -> None:
    group = with_group("id: A").replace("'ws://h'", "'ws://h', security: {profile: 1, password: '${PASSWORD:-}'}")
    given = fleet_of(tmp_path, group, PASSWORD="1234567890123456").chargers[0].credentials
    assert given == Credentials(password="1234567890123456")
    assert fleet_of(tmp_path, group.replace("profile: 1", "profile: 0")).chargers[0].credentials == Credentials()
    with pytest.raises(ConfigError, match="password"):
        fleet_of(tmp_path, group)


def test_ids_by_pattern(tmp_path: Path) -> None:
    group = "count: 3, id: 'AC-{n:03d}', ocpp_identity: 'CP-{id}', serial: 'SN{n:05}', name: 'Bay {n}'"
    chargers = fleet_of(tmp_path, with_group(group)).chargers
    assert [(one.charger_id, one.identity, one.serial_number, one.name) for one in chargers] == [
        ("AC-001", "CP-AC-001", "SN00001", "Bay 1"),
        ("AC-002", "CP-AC-002", "SN00002", "Bay 2"),
        ("AC-003", "CP-AC-003", "SN00003", "Bay 3"),
    ]


def test_ids_by_table(tmp_path: Path) -> None:
    (tmp_path / "chargers.csv").write_text(
        "id,ocpp_identity,serial,location,password\nA,CP-A,S-1,here,pw-of-a\nB,,,,\n\n"
    )
    text = """
csms: {url: "ws://h", security: {profile: 1, password: "for-{identity}-{id}"}}
locations: [{id: here}, {id: there}]
chargers: [{template: public-ac-22, csv: chargers.csv, location: there, ocpp_identity: "X-{id}"}]
"""
    chargers = fleet_of(tmp_path, text).chargers
    assert [(one.charger_id, one.identity, one.serial_number, one.location_id) for one in chargers] == [
        ("A", "CP-A", "S-1", "here"),
        ("B", "X-B", "X-B", "there"),
    ]
    assert [one.credentials.password for one in chargers] == ["pw-of-a", "for-X-B-B"]


def test_a_table_of_credentials_comes_first(tmp_path: Path) -> None:
    (tmp_path / "secrets.csv").write_text("identity,username,password\nA,user,secret\nelsewhere,x,y\n")
    text = """
csms: {url: "ws://h", credentials: secrets.csv, security: {profile: 1, password: pattern, username: "u-{identity}"}}
chargers: [{template: public-ac-22, ids: [A, B]}]
"""
    chargers = fleet_of(tmp_path, text).chargers
    assert [one.credentials for one in chargers] == [
        Credentials("user", "secret"),
        Credentials("u-B", "pattern"),
    ]


def test_certificates_are_files_beside_the_fleet_file(tmp_path: Path) -> None:
    for name in ("ca", "A", "A-key", "B", "B-key"):
        (tmp_path / f"{name}.pem").write_text("")
    (tmp_path / "secrets.csv").write_text("identity,certificate,key\nB,B.pem,B-key.pem\n")
    text = """
csms:
  url: wss://h
  credentials: secrets.csv
  security: {profile: 3, ca: ca.pem, cert: "{identity}.pem", key: "{identity}-key.pem"}
chargers: [{template: public-ac-22, ids: [A, B]}]
"""
    chargers = fleet_of(tmp_path, text).chargers
    assert chargers[0].csms.ca_file == str(tmp_path / "ca.pem")
    assert [one.credentials for one in chargers] == [
        Credentials(None, None, str(tmp_path / f"{name}.pem"), str(tmp_path / f"{name}-key.pem")) for name in "AB"
    ]


def test_a_group_lays_its_csms_over_that_of_the_fleet(tmp_path: Path) -> None:
    text = """
csms: {url: "ws://h", security: {profile: 1, password: first, username: me}, headers: {X-A: "1"}, compression: true}
chargers:
  - {template: public-ac-22, id: A}
  - {template: public-ac-22, id: B, csms: {security: {password: second}, call_timeout_s: 5}}
"""
    first, second = fleet_of(tmp_path, text).chargers
    assert (first.credentials.password, second.credentials.password) == ("first", "second")
    assert (first.csms.call_timeout_s, second.csms.call_timeout_s) == (35, 5)
    assert (second.csms.url, second.csms.headers, second.csms.compression) == ("ws://h", {"X-A": "1"}, True)
    assert second.credentials.username == "me"


def test_no_secret_travels_to_another_central_system(tmp_path: Path) -> None:
    text = """
csms: {url: "ws://h", security: {profile: 1, password: first}, headers: {X-Key: "1"}}
chargers:
  - {template: public-ac-22, id: A}
  - {template: public-ac-22, id: B, csms: {url: "ws://other"}}
"""
    second = fleet_of(tmp_path, text).chargers[1]
    assert (second.csms.security_profile, second.csms.headers) == (0, {})
    assert second.credentials == Credentials()


def test_an_identity_may_be_known_to_two_central_systems(tmp_path: Path) -> None:
    text = """
csms: {url: "ws://h"}
chargers:
  - {template: public-ac-22, id: A, ocpp_identity: X}
  - {template: public-ac-22, id: B, ocpp_identity: X, csms: {url: "ws://other"}}
"""
    assert [one.identity for one in fleet_of(tmp_path, text).chargers] == ["X", "X"]


def test_the_builtin_central_system(tmp_path: Path) -> None:
    text = """
csms: {url: builtin, builtin: {port: 9123, id_tags: [{id_tag: ABCD0123}]}}
chargers: [{template: public-ac-22, id: A}, {template: dc-350, id: B, csms: {url: "ws://h"}}]
"""
    fleet = fleet_of(tmp_path, text)
    assert fleet.builtin_csms == {"port": 9123, "id_tags": [{"id_tag": "ABCD0123"}]}
    assert [(one.csms.builtin, one.csms.url) for one in fleet.chargers] == [
        (True, "ws://127.0.0.1:9123/ocpp"),
        (False, "ws://h"),
    ]


def test_the_builtin_central_system_without_settings(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, "csms: {url: builtin}\nchargers: [{template: dc-350, id: A}]")
    assert fleet.builtin_csms == {}


def test_locations_hold_chargers_by_glob_by_id_and_by_group(tmp_path: Path) -> None:
    text = """
csms: {url: "ws://h"}
locations:
  - {id: north, name: Depot North, city: Oslo, country: NO, latitude: 59.9, longitude: 10, chargers: ["A-*", B]}
  - {id: south}
chargers:
  - {template: public-ac-22, ids: [A-1, A-2, B, C]}
  - {template: public-ac-22, id: D, location: south}
"""
    fleet = fleet_of(tmp_path, text)
    assert [one.location_id for one in fleet.chargers] == ["north", "north", "north", None, "south"]
    north, south = fleet.locations
    assert (north.name, north.city, north.country, north.latitude, north.longitude) == (
        "Depot North",
        "Oslo",
        "NO",
        59.9,
        10,
    )
    assert (south.location_id, south.name) == ("south", "south")


def test_id_tags_are_made_up_from_the_seed(tmp_path: Path) -> None:
    def tags(seed: int) -> tuple[str, ...]:
        return fleet_of(tmp_path, with_group("id: A", f"fleet: {{seed: {seed}}}")).chargers[0].behaviour.id_tokens

    assert len(tags(1)) == 8
    assert all(len(tag) == 8 and int(tag, 16) >= 0 for tag in tags(1))
    assert tags(1) == tags(1) != tags(2)


def test_id_tags_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "tokens.csv").write_text("id_token,name\nAB12CD34,somebody\nAB12CD34,again\n00112233,\n")
    fleet = fleet_of(tmp_path, with_group("id: A", "behaviour: {id_tokens: tokens.csv}"))
    assert fleet.chargers[0].behaviour.id_tokens == ("AB12CD34", "00112233")


def test_a_group_lays_its_behaviour_over_that_of_the_fleet(tmp_path: Path) -> None:
    text = with_group(
        "id: A, behaviour: {sessions_per_evse_per_day: 9, vehicles: {van: 1}}",
        "behaviour: {sessions_per_evse_per_day: 4, vehicles: {suv: 1}, soc: [0.2, 0.3], first_arrival_s: [1, 2],"
        " id_tokens: [X]}",
    )
    behaviour = fleet_of(tmp_path, text).chargers[0].behaviour
    assert (behaviour.sessions_per_evse_per_day, behaviour.vehicles) == (9, {"van": 1})
    assert (behaviour.soc, behaviour.first_arrival_s, behaviour.id_tokens) == ((0.2, 0.3), (1, 2), ("X",))


def test_clock_ramp_store_and_api(tmp_path: Path) -> None:
    text = with_group(
        "id: A",
        "clock: {mode: virtual, start: '2026-01-01T00:00:00Z'}\n"
        "ramp: {rate_per_s: 7, jitter: 0}\n"
        "store: {state_file: kept/state.json}\n"
        "api: {listen: '[::1]:${PORT}', tokens: ['${TOKEN}']}\n",
    )
    fleet = fleet_of(tmp_path, text, PORT="0", TOKEN="t0ken")
    assert fleet.clock == ClockSpec("virtual", 1.0, 1767225600.0)
    assert fleet.ramp == RampSpec(7, 0)
    assert fleet.state_file == str(tmp_path / "kept/state.json")
    assert fleet.api == ApiSpec("::1", 0, (TokenSpec.of("t0ken"),))


def test_the_api_may_be_off(tmp_path: Path) -> None:
    assert fleet_of(tmp_path, with_group("id: A", "api: {listen: off}")).api is None


def test_files_named_in_an_included_file_are_beside_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/ids.csv").write_text("id\nA\n")
    (tmp_path / "sub/part.yaml").write_text("chargers: [{template: dc-50, csv: ids.csv}]\n")
    fleet = fleet_of(tmp_path, "include: sub/part.yaml\ncsms: {url: 'ws://h'}\n")
    assert [one.charger_id for one in fleet.chargers] == ["A"]


@pytest.mark.parametrize("identity", ["RDAM 123", "CP:1", "Säule-1"])
def test_16_identities_are_free_text(tmp_path: Path, identity: str) -> None:
    fleet = fleet_of(tmp_path, with_group(f"id: A, ocpp_identity: '{identity}'"))
    assert fleet.chargers[0].identity == identity
