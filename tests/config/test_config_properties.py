"""Whatever stands in a fleet file: it loads, or ConfigError says why."""

import copy
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.errors import ConfigError, ConfigProblem

FULL: dict[str, Any] = {
    "fleet": {"name": "full", "seed": 1, "frames_kept": 5},
    "clock": {"mode": "scaled", "scale": 2, "start": "2026-01-01T00:00:00Z"},
    "csms": {
        "url": "builtin",
        "builtin": {"port": 0, "id_tags": [{"id_tag": "AA"}], "boot": {"interval_s": 5}},
        "security": {"profile": 1, "username": "u", "password": "p", "verify": False},
        "headers": {"X-A": "b"},
        "server_hostname": "h",
        "secure_url": "wss://h/ocpp",
        "compression": True,
        "source_addresses": ["127.0.0.1"],
        "subprotocols": ["ocpp1.6"],
        "call_timeout_s": 5,
        "open_timeout_s": 5.5,
    },
    "templates": {
        "mine": {
            "extends": "public-ac-22",
            "ocpp": "1.6",
            "hardware": {"vendor": "V", "model": "M", "firmware": "1", "meter_type": "t", "max_power_w": 9},
            "evses": {"count": 2, "connector": "cType2", "cable_max_current_a": 20, "current": "ac",
                      "max_power_w": 11000, "phases": 3, "voltage_v": 230, "max_current_a": 16, "min_current_a": 6,
                      "split_phase": False},
            "settings": {"HeartbeatInterval": 5, "StopTxnSampledData": ["Voltage"]},
            "vendor_keys": {"Own": "x"},
            "timing": {"contactor_delay_s": 1, "reboot_s": 1},
        },
        "two": {
            "ocpp": "2.0.1",
            "hardware": {"vendor": "V", "model": "M"},
            "evses": [{"connectors": [{"type": "cCCS2", "cable_max_current_a": 5}], "current": "dc",
                       "max_power_w": 50000}],
        },
    },
    "locations": [{"id": "here", "name": "n", "address": "a", "city": "c", "country": "NL", "latitude": 1,
                   "longitude": 2.5, "timezone": "UTC", "chargers": ["A-*"]}],
    "chargers": [
        {"template": "mine", "count": 3, "id": "A-{n:02d}", "ocpp_identity": "CP-{id}", "serial": "S{n}",
         "name": "N{n}", "csms": {"call_timeout_s": 7}, "behaviour": {"soc": [0.1, 0.2]}},
        {"template": "two", "ids": ["B", "C"], "location": "here"},
    ],
    "ramp": {"rate_per_s": 5, "jitter": 0.5},
    "behaviour": {"sessions_per_evse_per_day": 4, "vehicles": {"van": 1}, "id_tokens": ["AA"],
                  "dwell_s": [1, 2], "soc": [0, 1], "first_arrival_s": [1, 2], "token_delay_s": [1, 2]},
    "store": {"state_file": "x.json"},
    "api": {"listen": "127.0.0.1:0", "tokens": ["t"]},
}  # fmt: skip

Place = tuple[str | int, ...]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.sampled_from(["{n}", "{", "}", "{n:99d}", "${X}", "${", "builtin", "ws://[", "ws://h:99999", "\ud800", "*", "[",
                     "[!", "a,b", "\x00", "1" * 400, "-1", "1e999", ".", "..", "/", "/dev/null"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Every place in a tree but its root."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield (*here, key)
        yield from places(entry, (*here, key))


PLACES = list(places(FULL))


NO_PROBLEM = ConfigProblem("", None, "", "", "")
"""Stands for a ConfigError that says nothing."""


def loads_or_tells(content: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.yaml"
        path.write_bytes(content)
        problems: Sequence[ConfigProblem] = ()
        try:
            load_fleet(path, {"X": "x"})
        except ConfigError as error:
            problems = error.problems or [NO_PROBLEM]
    assert all(problem.found and problem.allowed for problem in problems)
    return not problems


def replaced(place: Place, value: Any) -> bytes:
    tree = copy.deepcopy(FULL)
    node: Any = tree
    for part in place[:-1]:
        node = node[part]
    node[place[-1]] = value
    # JSON is YAML; what JSON alone can say (NaN, lone surrogates) is text to YAML.
    return json.dumps(tree).encode()


def test_the_full_file_loads() -> None:
    assert loads_or_tells(json.dumps(FULL).encode())


@pytest.fixture
def quick_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parser in C makes the same nodes, and of well-formed files no test asks for more."""
    monkeypatch.setattr(yaml, "SafeLoader", getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@pytest.mark.usefixtures("quick_parser")
@pytest.mark.parametrize("value", [None, True, 0, -1, 1.5, "", "x", [], {}, [None], {"x": None}], ids=repr)
def test_every_key_with_a_value_of_each_type(value: Any) -> None:
    refused = sum(not loads_or_tells(replaced(place, value)) for place in PLACES)
    assert refused > len(PLACES) / 3


@pytest.mark.parametrize("name", ["\x00", "\ud800", "x" * 5000, "/", "..", "{", "no/such"])
@pytest.mark.parametrize("key", ["credentials", "ca", "cert", "key", "include", "csv", "id_tokens"])
def test_any_name_of_a_file(key: str, name: str) -> None:
    group: dict[str, Any] = {"template": "dc-50"} | ({} if key == "csv" else {"id": "A"})
    tree: dict[str, Any] = {"csms": {"url": "wss://h", "security": {}}, "chargers": [group], "behaviour": {}}
    holder = {"credentials": tree["csms"], "include": tree, "csv": group, "id_tokens": tree["behaviour"]}
    holder.get(key, tree["csms"]["security"])[key] = name
    assert not loads_or_tells(json.dumps(tree).encode()) or "{" in name


@settings(max_examples=150, deadline=None)
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_any_value_at_any_key(place: Place, value: Any) -> None:
    loads_or_tells(replaced(place, value))


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes(content: bytes) -> None:
    assert not loads_or_tells(content)


@settings(max_examples=100, deadline=None)
@given(place=st.sampled_from(PLACES), key=st.text(min_size=1, max_size=10))
def test_a_further_key_anywhere(place: Place, key: str) -> None:
    loads_or_tells(replaced((*place[:-1], key) if isinstance(place[-1], str) else place, {key: 1}))
