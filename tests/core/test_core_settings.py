"""Settings: every default is a value that its own parser gives back; what does not fit is refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargepoint_sim.core.settings import DEFAULTS, SETTINGS, Kind, Settings, format_value, parse_setting


@pytest.mark.parametrize("name", SETTINGS)
def test_default_survives_the_wire(name: str) -> None:
    assert parse_setting(name, format_value(DEFAULTS[name])) == DEFAULTS[name]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("AuthCtrlr.Enabled", "yes", "true or false"),
        ("OCPPCommCtrlr.HeartbeatInterval", "-1", "at least 0"),
        ("OCPPCommCtrlr.HeartbeatInterval", "ten", "whole number"),
        ("OCPPCommCtrlr.HeartbeatInterval", "1e3", "whole number"),
        ("Ocpp16.LightIntensity", "101", "at most 100"),
        ("SmartChargingCtrlr.LimitChangeSignificance", "nan", "finite"),
        ("SmartChargingCtrlr.LimitChangeSignificance", "inf", "finite"),
        ("SampledDataCtrlr.TxUpdatedMeasurands", "Voltage,Volume", "Volume"),
        ("TxCtrlr.TxStartPoint", "Sometimes", "EVConnected"),
        ("AuthCtrlr.MasterPassGroupId", "x" * 37, "36"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(name: str, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_setting(name, text)


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        parse_setting("No.Such", "1")


def test_members_take_any_case_and_lose_repetitions() -> None:
    found = parse_setting("SampledDataCtrlr.TxUpdatedMeasurands", "voltage, VOLTAGE ,SoC")
    assert found == ("Voltage", "SoC")


def test_booleans_take_any_case() -> None:
    assert parse_setting("AuthCtrlr.Enabled", " TRUE ") is True


@given(st.sampled_from(sorted(SETTINGS)), st.text(max_size=30))
def test_parsing_raises_nothing_but_value_errors(name: str, text: str) -> None:
    try:
        value = parse_setting(name, text)
    except ValueError:
        value = DEFAULTS[name]
    assert isinstance(value, tuple if SETTINGS[name].kind in (Kind.MEMBERS, Kind.SEQUENCE) else (bool, int, float, str))


def test_chargers_share_defaults_and_keep_their_own_deviations() -> None:
    first, second = Settings(DEFAULTS), Settings(DEFAULTS)
    first.set("AuthCtrlr.Enabled", False)
    assert first.boolean("AuthCtrlr.Enabled") is False
    assert second.boolean("AuthCtrlr.Enabled") is True
    assert second.overlay is None
    with pytest.raises(KeyError):
        first.get("No.Such")
