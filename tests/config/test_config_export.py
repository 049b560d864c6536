"""The table of `export`."""

import csv
import io
import json
from pathlib import Path

from chargepoint_sim.config.export import rows, to_csv, to_json
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.fleet.spec import FleetSpec

FLEET = """
csms: {url: "ws://h/ocpp?x=1", security: {profile: 1, password: "pw-{identity}"}}
behaviour: {id_tokens: [AA, BB]}
chargers:
  - {template: work-ac-22-dual, id: A, ocpp_identity: "CP 1", serial: S-1}
  - {template: dc-50, id: B, csms: {url: "wss://h/{identity}/x"}}
"""


def fleet(tmp_path: Path) -> FleetSpec:
    path = tmp_path / "fleet.yaml"
    path.write_text(FLEET)
    return load_fleet(path, {})


def test_csv(tmp_path: Path) -> None:
    text = to_csv(rows(fleet(tmp_path)))
    assert text.splitlines() == [
        (
            "charger_id,identity,url,version,security_profile,username,password,vendor,model,serial_number,"
            "connector_count,connectors,id_tags"
        ),
        "A,CP 1,ws://h/ocpp/CP%201?x=1,1.6,1,CP 1,pw-CP 1,Example,Work Duo 22,S-1,2,2x sType2,AA;BB",
        "B,B,wss://h/B/x,1.6,0,,,Example,Fast 50,B,2,1x cCCS2;1x cG105,AA;BB",
    ]
    assert len(list(csv.DictReader(io.StringIO(text)))) == 2


def test_json(tmp_path: Path) -> None:
    first, second = json.loads(to_json(rows(fleet(tmp_path))))
    assert first == {
        "charger_id": "A",
        "identity": "CP 1",
        "url": "ws://h/ocpp/CP%201?x=1",
        "version": "1.6",
        "security_profile": 1,
        "username": "CP 1",
        "password": "pw-CP 1",
        "vendor": "Example",
        "model": "Work Duo 22",
        "serial_number": "S-1",
        "connector_count": 2,
        "connectors": ["2x sType2"],
        "id_tags": ["AA", "BB"],
    }
    assert (second["username"], second["password"]) == (None, None)
