"""Every class of mistake in a fleet file, with its exact message; and that several come at once."""

from pathlib import Path

import pytest

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.errors import ConfigError

CSMS = 'csms: {url: "ws://h"}\n'
FLEET = CSMS + "chargers: [{template: public-ac-22, id: A-1}]\n"

TABLES = {
    "bad.csv": "id,pasword\nA,x\n",
    "long.csv": "id,serial\nA,1,2\n,3\n",
    "cred.csv": "identity,password\nA-1,hunter2hunter2x\nA-1,q\n",
    "tags.txt": "x" * 40,
}

MISTAKES = [block.split("\n", 1) for block in (Path(__file__).parent / "mistakes.txt").read_text().split("### ")[1:]]
"""Each: a name, and below it the lines of a fleet file with, after =>, what is said of it."""


def _parts(block: str) -> tuple[str, list[str]]:
    lines = block.rstrip("\n").split("\n")
    told = [line.removeprefix("=> ") for line in lines if line.startswith("=> ")]
    return "\n".join(line for line in lines if not line.startswith("=> ")), told


def messages(tmp_path: Path, text: str, **environ: str) -> list[str]:
    for name, content in TABLES.items():
        (tmp_path / name).write_text(content)
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        load_fleet(path, environ)
    return str(raised.value).replace(f"{tmp_path}/", "").split("\n")


@pytest.mark.parametrize("block", [block for _, block in MISTAKES], ids=[name for name, _ in MISTAKES])
def test_a_mistake_is_told(tmp_path: Path, block: str) -> None:
    text, expected = _parts(block)
    told = messages(tmp_path, text)
    assert told == expected
    assert "hunter2" not in "".join(told)


def test_mistakes_of_every_kind_come_at_once_each_once_by_line(tmp_path: Path) -> None:
    text = """
csms: {url: "ws://h", secruity: {}, security: {profile: 1}}
ramp: {rate_per_s: fast}
behaviour: {vehicles: {sedann: 1}, soc: [1, 0]}
templates:
  mine: {extends: public-ac-22, settings: {HeartbeatInterval: -1}, hardware: {vendor: A vendor with a long name}}
  other:
    ocpp: "1.7"
    hardware: {modle: A}
    evses: {connector: Type2, max_power_w: 11000}
    settings: {HeartbeatIntervall: 3, OCPPCommCtrlr.HeartbeatInterval: often}
  third: {extends: mine, vendor_keys: {HeartbeatInterval: 1}}
chargers:
  - {template: mine, id: A}
  - {template: other, id: B, ids: [B]}
  - {template: public-ac-22, id: "C C", location: nowhere}
  - {template: dc-51, id: "D-{m}", count: 3, seral: 1}
  - {template: third, ids: [E, E, 5]}
  - {template: other, id: [], csms: {url: "http://h"}, behaviour: {id_tokens: none.txt}}
  - {template: third, csv: none.csv, count: "3"}
  - {id: F-1, count: 2}
locations:
  - {id: here, chargers: ["D-*", "C C", "5", "E", 7]}
  - {id: there, latitude: north}
  - {id: "x y", city: 3}
ramp: {}
"""
    lines = [message.split(": found")[0] for message in messages(tmp_path, text)]
    assert lines == [
        "fleet.yaml:2: csms.secruity",
        "fleet.yaml:2: csms.security",
        "fleet.yaml:3: ramp.rate_per_s",
        "fleet.yaml:4: behaviour.soc",
        "fleet.yaml:4: behaviour.vehicles.sedann",
        "fleet.yaml:6: templates.mine.settings.HeartbeatInterval",
        "fleet.yaml:6: templates.mine.hardware.vendor",
        "fleet.yaml:8: templates.other.ocpp",
        "fleet.yaml:9: templates.other.hardware.modle",
        "fleet.yaml:9: templates.other.hardware.vendor",
        "fleet.yaml:10: templates.other.evses.connector",
        "fleet.yaml:11: templates.other.settings.HeartbeatIntervall",
        "fleet.yaml:11: templates.other.settings.OCPPCommCtrlr.HeartbeatInterval",
        "fleet.yaml:12: templates.third.vendor_keys.HeartbeatInterval",
        "fleet.yaml:15: chargers[1]",
        "fleet.yaml:16: chargers[2].location",
        "fleet.yaml:16: chargers[2].id",
        "fleet.yaml:17: chargers[3].seral",
        "fleet.yaml:17: chargers[3].template",
        "fleet.yaml:17: chargers[3].id",
        "fleet.yaml:18: chargers[4].ids[2]",
        "fleet.yaml:18: chargers[4]",
        "fleet.yaml:19: chargers[5].id",
        "fleet.yaml:19: chargers[5].csms.url",
        "fleet.yaml:19: chargers[5].behaviour.id_tokens",
        "fleet.yaml:20: chargers[6].count",
        "fleet.yaml:20: chargers[6].csv",
        "fleet.yaml:21: chargers[7].template",
        "fleet.yaml:21: chargers[7].id",
        "fleet.yaml:23: locations[0].chargers[4]",
        "fleet.yaml:24: locations[1].latitude",
        "fleet.yaml:25: locations[2].city",
        "fleet.yaml:25: locations[2].id",
        "fleet.yaml:26: ramp",
    ]


@pytest.mark.parametrize(
    "mistake",
    [
        "templates: {mine: {extends: public-ac-22, timing: {reboot_s: soon}}}\nchargers: [{template: mine, id: A}]",
        "templates: {mine: 3}\nchargers: [{template: mine, id: A}]",
        "templates: {mine: {extends: {}}}\nchargers: [{template: mine, id: A}]",
        "templates: []\nchargers: [{template: mine, id: A}]",
        "templates: {mine: {extends: public-ac-22, ocpp: 3, settings: {}}}\nchargers: [{template: mine, id: A}]",
        "template: {mine: {}}\nchargers: [{template: mine, id: A}]",
        "templates: {base: {extends: dc-51}, mine: {extends: base, settings: {}}}\nchargers: [{template: mine, id: A}]",
        "chargers: [{template: public-ac-22, id: 'A-{n}', count: x}]\nlocations: [{id: here, chargers: [A-7]}]",
        "chargers: [{template: public-ac-22, id: 'A-{m}', count: 9}]\nlocations: [{id: here, chargers: ['A-*']}]",
        "chargers: [{template: public-ac-22, ids: [A, '']}]\nlocations: [{id: here, chargers: [B]}]",
        "chargers: [{template: public-ac-22, id: A, location: x y}]\nlocations: [{id: x y}]",
        "chargers: [{template: public-ac-22, id: A, location: x}]\nlocations: [{name: x}]",
        "chargers: [{template: public-ac-22, id: A, location: x}]\nlocation: [{id: x}]",
        "charger: [{template: public-ac-22, id: A}]",
        "chargers: [{templat: public-ac-22, id: A}]",
        "chargers: 3\nlocations: [{id: here, chargers: [A]}]",
        "include: none.yaml\nchargers: [{template: mine, id: A, location: x}]",
        "clock: {mode: scled, scale: 3}\nchargers: [{template: public-ac-22, id: A}]",
        "chargers: [{template: public-ac-22, id: A, csms: {compresion: true}}]",
    ],
)
def test_what_follows_from_a_mistake_is_no_further_one(tmp_path: Path, mistake: str) -> None:
    assert len(messages(tmp_path, CSMS + mistake)) == 1


@pytest.mark.parametrize(
    "csms",
    [
        "csms: 3",
        "csms: {ulr: 'ws://h'}",
        "csmss: {url: 'ws://h'}",
        "csms: {url: 'http://h', security: {profile: 1, password: hunter2hunter2x}}",
        "csms: {url: 'ws://h', security: {profile: 1, password: {}}}",
        "csms: {url: 'ws://h', security: {profile: 1}, credentials: none.csv}",
        "csms: {url: 'wss://h', security: {profile: 3}, credentials: none.csv}",
    ],
)
def test_what_follows_from_a_mistake_of_the_central_system_is_no_further_one(tmp_path: Path, csms: str) -> None:
    assert len(messages(tmp_path, f"{csms}\nchargers: [{{template: public-ac-22, id: 'A-{{n}}', count: 2}}]")) == 1


def test_a_mistake_in_some_ids_hides_no_mistake_about_others(tmp_path: Path) -> None:
    text = CSMS + (
        "chargers: [{template: public-ac-22, id: 'A-{m}', count: 9}]\n"
        "locations: [{id: here, chargers: ['A-1*', 'B-*', 'A*', '*']}]"
    )
    assert [message.split(";")[0] for message in messages(tmp_path, text)] == [
        "fleet.yaml:2: chargers[0].id: found 'A-{m}'",
        "fleet.yaml:3: locations[0].chargers[1]: found 'B-*'",
    ]


def test_a_template_with_a_mistake_stays_among_the_known_ones(tmp_path: Path) -> None:
    text = (
        CSMS + "templates: {mine: {extends: public-ac-22, ocp: '1.6'}}\n"
        "chargers: [{template: mein, id: A}, {template: mine, id: B}]"
    )
    told = messages(tmp_path, text)
    assert [message.split(";")[0] for message in told] == [
        "fleet.yaml:2: templates.mine.ocp: found the unknown key 'ocp'",
        "fleet.yaml:3: chargers[0].template: found the unknown template 'mein'",
    ]
    assert "did you mean 'mine'? known templates: mine, " in told[1]


def test_a_mistake_below_is_told_where_it_stands(tmp_path: Path) -> None:
    text = CSMS + (
        "templates:\n"
        "  base: {extends: public-ac-22, hardware: {vendor: A vendor with a long name}}\n"
        "  one: {extends: base}\n"
        "  two: {extends: base}\n"
        "chargers: [{template: one, id: A}, {template: two, id: B}, {template: base, id: C}]"
    )
    assert messages(tmp_path, text) == [
        "fleet.yaml:3: templates.base.hardware.vendor: found 25 characters; OCPP 1.6 takes at most 20"
    ]


def test_a_mistake_in_an_included_file_is_told_with_that_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("\nramp: {rate_per_s: 0}\n")
    assert messages(tmp_path, "include: base.yaml\n" + FLEET) == [
        "base.yaml:2: ramp.rate_per_s: found 0; a number above 0 is needed"
    ]


def test_a_value_from_the_environment_is_shown_as_written(tmp_path: Path) -> None:
    assert messages(tmp_path, FLEET + "clock: {mode: '${MODE}'}", MODE="fast") == [
        "fleet.yaml:3: clock.mode: found '${MODE}'; allowed: real, scaled, virtual"
    ]


def test_settings_of_no_version(tmp_path: Path) -> None:
    text = (
        FLEET
        + """templates:
  base: {settings: {HeartbeatInterval: 9}}
  mine: {extends: base, ocpp: "1.6", hardware: {vendor: A, model: B}, evses: {connector: cType2, max_current_a: 16}}
"""
    )
    assert messages(tmp_path, text) == [
        (
            "fleet.yaml:4: templates.base.settings: found settings of no version; "
            "ocpp is needed beside them: each version has names of its own"
        )
    ]


def test_a_long_table_of_wrong_chargers_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "many.csv").write_text("id\n" + "".join(f"A/{n}\n" for n in range(1000)))
    assert messages(tmp_path, CSMS + "chargers: [{template: public-ac-22, csv: many.csv}]") == [
        (
            "fleet.yaml:2: chargers[0].csv: found 'A/0' and 999 more; "
            "1 to 100 letters, digits and - _ . : = + | @ are allowed"
        )
    ]


def test_a_group_that_is_left_out_does_not_make_a_location_wrong(tmp_path: Path) -> None:
    text = "chargers: [{template: public-ac-22, id: A}]\nlocations: [{id: here, chargers: [A]}]"
    assert messages(tmp_path, text) == [
        "fleet.yaml:1: chargers[0].csms: found nothing; csms with a url is needed, in the file or in the group"
    ]
