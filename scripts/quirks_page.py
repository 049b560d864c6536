"""Writes docs/quirks.md from the fields of core.quirks.Quirks and their texts, with the tests and the templates."""

import ast
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

from chargepoint_sim.config.kinds import SHIPPED
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.core import quirks
from chargepoint_sim.core.quirks import NO_QUIRKS, Quirks
from chargepoint_sim.fleet.spec import ChargerSpec
from scripts.pages import write_or_compare

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "quirks.md"
TESTS = ROOT / "tests" / "protocol" / "test_protocol_quirks.py"

HEAD = """# Quirks

Made by `scripts/docs` from `core/quirks.py` and the templates; do not edit. A back end meets chargers that depart from
the standard. A template can have their habits, each one by itself:

```yaml
templates:
  stubborn:
    extends: public-ac-22
    quirks:
      accepts_and_ignores: [Reset]
      unknown_keys: [MeterValuesSampledData]
      refused_profiles: {TxDefaultProfile: Rejected}
```

What a template extends passes its quirks on, one by one; `null`, or an empty list, takes one back. `check FILE` shows
the quirks of each template, and warns of those that change nothing in its OCPP version. A command that was answered as
a quirk says, and not carried out, stands among the problems of the charger as `quirk: ...`; the summary names it where
it is why a charger does not charge. Without quirks every Accepted is carried out.

Every frame stays valid by the official schemas. Habits that break one are not here: the meter context `CurrentMax`,
timestamps without a zone, fields that are left out although they are needed.

| Quirk | What it does | Seen | Tests |
|---|---|---|---|
"""

TEMPLATES_HEAD = """
## Templates that have some

They describe habits, no product; the places where somebody met them stand in their files.

| Template | Quirks |
|---|---|
"""


def page() -> str:
    """The whole page. KeyError for a quirk without a text, ValueError for one that says not where it was seen."""
    texts = _texts()
    rows = "".join(_row(field.name, texts[field.name]) for field in fields(Quirks))
    return HEAD + rows + TEMPLATES_HEAD + "".join(_templates())


def _texts() -> Mapping[str, str]:
    """Field -> the text below it."""
    tree = ast.parse(Path(quirks.__file__).read_text(encoding="utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Quirks")
    texts: dict[str, str] = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            assert isinstance(field.target, ast.Name)
            texts[field.target.id] = " ".join(str(text.value.value).split())
    return texts


def _row(name: str, text: str) -> str:
    does, seen = text.split(" Seen: ")
    places = re.sub(r"https://github\.com/([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d+)", r"[\1#\2](\g<0>)", seen)
    tests = ", ".join(f"`{test}`" for test in _tests(name)) or "none"
    return f"| `{name}` | {does} | {places} | {tests} |\n"


def _tests(name: str) -> Iterator[str]:
    source = TESTS.read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        text = ast.get_source_segment(source, node) or ""
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and f"{name}=" in text:
            yield node.name


def _templates() -> Iterator[str]:
    for path in sorted(SHIPPED.glob("*.yaml")):
        found = _shipped(path.stem).station.quirks
        if found != NO_QUIRKS:
            yield f"| `{path.stem}` | {'; '.join(found.told())} |\n"


def _shipped(name: str) -> ChargerSpec:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fleet.yaml")
        path.write_text(f"csms: {{url: 'ws://h'}}\nchargers: [{{template: {name}, id: A}}]\n", encoding="utf-8")
        return load_fleet(path, {}).chargers[0]


if __name__ == "__main__":
    sys.exit(write_or_compare(PAGE, page(), __doc__))
