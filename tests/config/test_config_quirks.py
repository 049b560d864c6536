"""`quirks:` of a template: what is taken, inherited, refused, and shown by `check`."""

from pathlib import Path

import pytest

from chargepoint_sim.config.kinds import shipped
from chargepoint_sim.config.loader import load_fleet
from chargepoint_sim.config.plan import plan
from chargepoint_sim.core.quirks import NO_QUIRKS, Quirks
from chargepoint_sim.errors import ConfigError
from chargepoint_sim.fleet.spec import FleetSpec

EVERYTHING = """{
  boot_notification: every-link,
  status_first: Faulted,
  status_info: "null",
  accepts_and_ignores: [Reset],
  never_answers: [GetConfiguration],
  answers_after_s: [1, 2.5],
  unknown_keys: [MeterValuesSampledData],
  refused_keys: [heartbeatinterval],
  refused_profiles: {TxDefaultProfile: Rejected, ChargePointMaxProfile/Relative: ignored},
  clock_offset_s: -3600,
  idle_transaction_id: 9223372036854775807,
  energy_in_kwh_as: Wh,
  units_left_out: true,
  stop_id_tag: empty,
  csr_with_crlf: true,
  refuses_rsa_pss: true,
}"""


def load(folder: Path, templates: str, name: str = "mine") -> FleetSpec:
    path = folder / "fleet.yaml"
    path.write_text(f"csms: {{url: 'ws://h'}}\ntemplates: {{{templates}}}\nchargers: [{{template: {name}, id: A}}]\n")
    return load_fleet(path, {})


def quirks_of(folder: Path, templates: str, name: str = "mine") -> Quirks:
    return load(folder, templates, name).chargers[0].station.quirks


def mistakes(folder: Path, quirks: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load(folder, f"mine: {{extends: home-ac-7, quirks: {quirks}}}")
    return str(raised.value).splitlines()


def test_every_quirk(tmp_path: Path) -> None:
    assert quirks_of(tmp_path, f"mine: {{extends: home-ac-7, quirks: {EVERYTHING}}}") == Quirks(
        boot_notification="every-link",
        status_first="Faulted",
        status_info="null",
        accepts_and_ignores=("Reset",),
        never_answers=("GetConfiguration",),
        answers_after_s=(1, 2.5),
        unknown_keys=("MeterValuesSampledData",),
        refused_keys=("heartbeatinterval",),
        refused_profiles=(("TxDefaultProfile", "Rejected"), ("ChargePointMaxProfile/Relative", "ignored")),
        clock_offset_s=-3600.0,
        idle_transaction_id=2**63 - 1,
        energy_in_kwh_as="Wh",
        units_left_out=True,
        stop_id_tag="empty",
        csr_with_crlf=True,
        refuses_rsa_pss=True,
    )


def test_a_template_without_quirks_has_none(tmp_path: Path) -> None:
    assert quirks_of(tmp_path, "", "home-ac-7") == NO_QUIRKS


def test_quirks_are_inherited_one_by_one_and_can_be_taken_back(tmp_path: Path) -> None:
    below = 'old: {extends: home-ac-7, quirks: {status_info: "null", accepts_and_ignores: [Reset], clock_offset_s: 5}}'
    above = "mine: {extends: old, quirks: {status_info: null, accepts_and_ignores: [UnlockConnector]}}"
    assert quirks_of(tmp_path, f"{below}, {above}") == Quirks(
        accepts_and_ignores=("UnlockConnector",), clock_offset_s=5
    )


def test_an_unknown_quirk(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, "{accept_and_ignore: [Reset]}")
    assert "templates.mine.quirks.accept_and_ignore: found the unknown key" in mistake
    assert "did you mean 'accepts_and_ignores'?" in mistake


@pytest.mark.parametrize(
    ("quirks", "guessed"),
    [
        ("{boot_notification: every_link}", "did you mean 'every-link'?"),
        ("{accepts_and_ignores: [ChangeAvailabilty]}", "did you mean 'ChangeAvailability'?"),
        ("{never_answers: [GetConfig]}", "did you mean 'GetConfiguration'?"),
        ("{unknown_keys: [MeterValueSampledData]}", "did you mean 'MeterValuesSampledData'?"),
        ("{refused_keys: [HeartBeatIntervall]}", "did you mean 'HeartbeatInterval'?"),
        ("{refused_profiles: {TxDefaultProfile: Reject}}", "did you mean 'Rejected'?"),
        ("{refused_profiles: {TxDefault: Rejected}}", "a purpose, a kind, or purpose/kind"),
        ("{refused_profiles: {Relative/TxProfile: Rejected}}", "a purpose, a kind, or purpose/kind"),
        ("{answers_after_s: [5, 2]}", "two numbers are needed"),
        ("{idle_transaction_id: 9223372036854775808}", "less"),
    ],
)
def test_a_mistake_in_a_quirk(tmp_path: Path, quirks: str, guessed: str) -> None:
    (mistake,) = mistakes(tmp_path, quirks)
    assert mistake.split(":")[1].strip() == "2"
    assert guessed in mistake


def test_vendor_keys_and_write_only_ones_can_be_refused(tmp_path: Path) -> None:
    mine = "mine: {extends: home-ac-7, vendor_keys: {Beep: on}, quirks: {refused_keys: [Beep, AuthorizationKey]}}"
    assert quirks_of(tmp_path, mine).refused_keys == ("Beep", "AuthorizationKey")


def test_check_shows_the_quirks_of_a_template(tmp_path: Path) -> None:
    lines = list(plan(load(tmp_path, "", "quirky-unmoved")).lines())
    at = next(n for n, line in enumerate(lines) if "quirky-unmoved" in line)
    assert [line.strip() for line in lines[at + 1 : at + 4]] == [
        "quirk accepts_and_ignores: ChangeAvailability",
        "quirk refused_profiles: TxDefaultProfile -> Rejected",
        "quirk idle_transaction_id: -1",
    ]


def test_check_warns_of_quirks_that_change_nothing(tmp_path: Path) -> None:
    planned = plan(load(tmp_path, "mine: {extends: quirky-null-text, ocpp: 2.0.1}"))
    assert "the quirk status_info of mine changes nothing in OCPP 2.0.1" in planned.warnings
    assert "the quirk unknown_keys of mine changes nothing in OCPP 2.0.1" in planned.warnings


@pytest.mark.parametrize("name", sorted(name for name in shipped() if name.startswith("quirky-")))
def test_the_templates_with_quirks_have_some_that_work(tmp_path: Path, name: str) -> None:
    fleet = load(tmp_path, "", name)
    assert fleet.chargers[0].station.quirks != NO_QUIRKS
    assert [warning for warning in plan(fleet).warnings if "quirk" in warning] == []
