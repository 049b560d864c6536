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


def test_mistakes_of_every_step_come_at_once_by_line(tmp_path: Path) -> None:
    text = """
csms: {url: "ws://h", secruity: {}}
ramp: {rate_per_s: fast}
templates:
  mine: {extends: public-ac-22, settings: {HeartbeatInterval: -1}}
  other: {ocpp: "1.7"}
chargers:
  - {template: mine, id: A}
  - {template: other, id: B}
  - {template: public-ac-22, id: "C C", location: nowhere}
  - {template: public-ac-22, id: D, seral: 1}
locations:
  - {id: here, chargers: ["X*"]}
ramp: {}
"""
    lines = [message.split(": found")[0] for message in messages(tmp_path, text)]
    assert lines == [
        "fleet.yaml:2: csms.secruity",
        "fleet.yaml:3: ramp.rate_per_s",
        "fleet.yaml:5: templates.mine.settings.HeartbeatInterval",
        "fleet.yaml:6: templates.other.ocpp",
        "fleet.yaml:10: chargers[2].location",
        "fleet.yaml:10: chargers[2].id",
        "fleet.yaml:11: chargers[3].seral",
        "fleet.yaml:14: ramp",
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
