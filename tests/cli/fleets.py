"""Fleet files for tests of the command line."""

from pathlib import Path

import orjson

TOKEN = "04A1B2C3"


def fleet_file(
    folder: Path, url: str = "builtin", *, name: str = "fleet.yaml", state: bool = False, **sections: object
) -> Path:
    """One charger of each version, A-16 and A-201, at location `site`; JSON is YAML."""
    content: dict[str, object] = {
        "fleet": {"name": "tested", "seed": 1},
        "csms": {"url": url, **({"builtin": {"port": 0}} if url == "builtin" else {})},
        "locations": [{"id": "site"}],
        "templates": {
            "ac16": {"extends": "public-ac-22", "settings": {"MeterValueSampleInterval": 1}, "timing": {"reboot_s": 1}},
            "ac201": {"extends": "home-ac-11", "settings": {"SampledDataCtrlr.TxUpdatedInterval": 1}},
        },
        "chargers": [
            {"template": "ac16", "id": "A-16", "location": "site"},
            {"template": "ac201", "id": "A-201", "location": "site"},
        ],
        "api": {"listen": "127.0.0.1:0"},
        **({"store": {"state_file": "state.json"}} if state else {}),
        **sections,
    }
    path = folder / name
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    return path
