"""What chargers of one template share, and what they must not."""

from dataclasses import replace
from pathlib import Path

from chargepoint_sim.clock import Timeline
from chargepoint_sim.fleet.build import Builder
from tests.fleets import fleet


def test_chargers_of_one_template_with_different_security_profiles_keep_their_own(tmp_path: Path) -> None:
    plain = fleet(tmp_path, [{"template": "ac16", "id": "CP-1"}]).chargers[0]
    secure = replace(plain, csms=replace(plain.csms, url="wss://127.0.0.1/", security_profile=2))
    builder = Builder(Timeline(0.0, 0.0), seed=1)
    profiles = [
        builder.charger(spec, "boot").station.settings.integer("SecurityCtrlr.SecurityProfile")
        for spec in (plain, secure, plain)
    ]
    assert profiles == [0, 2, 0]
