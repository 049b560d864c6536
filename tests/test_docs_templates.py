"""docs/templates.md has a row for every key that a template can have, with its default, and an example that loads."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.config.schema import DisplaySection, EvsesSection, HardwareSection, TemplateSection, TimingSection
from tests.test_docs import DOCS, names, section

PAGE = "templates.md"
SECTIONS: dict[str, type[BaseModel]] = {
    "The station": TemplateSection,
    "`hardware`": HardwareSection,
    "`evses`": EvsesSection,
    "`timing`": TimingSection,
    "`display`": DisplaySection,
}


@pytest.mark.parametrize(("title", "model"), SECTIONS.items())
def test_every_key_of_a_template_has_its_row(title: str, model: type[BaseModel]) -> None:
    assert names(section(PAGE, title)) == list(model.model_fields)


@pytest.mark.parametrize(("title", "model"), SECTIONS.items())
def test_numbers_and_switches_have_their_defaults(title: str, model: type[BaseModel]) -> None:
    usual = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section(PAGE, title), flags=re.MULTILINE))
    defaults = {name: field.default for name, field in model.model_fields.items()}
    plain = {name: value for name, value in defaults.items() if isinstance(value, bool | int | float)}
    assert {name: usual[name] for name in plain} == {
        name: str(value).lower() if isinstance(value, bool) else f"{value:g}" for name, value in plain.items()
    }


def test_the_example_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (DOCS / PAGE).read_text(encoding="utf-8"), re.DOTALL)
    file = tmp_path / "fleet.yaml"
    file.write_text(
        f"csms: {{url: 'ws://127.0.0.1:9/ocpp'}}\n{example}chargers:\n  - {{template: kerbside, ids: [one]}}\n",
        encoding="utf-8",
    )
    (charger,) = load_fleet(file, {}).chargers
    station = charger.station
    assert (station.measurands_per_event, station.transaction_queue) == (3, 200)
    assert all(evse.bay_sensor for evse in station.evses)
