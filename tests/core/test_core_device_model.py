"""The device model: what holds for every variable of every kind of station."""

import pytest

from chargepoint_sim.core.device_model.lookup import CHAPTERS, NOT_SHOWN, DeviceModel, device_model
from chargepoint_sim.core.device_model.model import AttributeType, Component, Mutability, Variable
from chargepoint_sim.core.device_model.parts import FAULT_OF_PART
from chargepoint_sim.core.faults import ERROR_CODES
from chargepoint_sim.core.settings import SETTINGS, Kind, Settings, parse_value
from chargepoint_sim.core.spec import ConnectorSpec, Current, CustomVariable, EvseSpec
from chargepoint_sim.core.station import Station
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.versions import adapter
from tests.protocol.harness import two_sockets

DC = EvseSpec(2, (ConnectorSpec(1, "cCCS2", True), ConnectorSpec(2, "cG105", True)), Current.DC, 50_000.0)
MIXED = two_sockets(evses=(EvseSpec(1, (ConnectorSpec(1),)), DC), max_power_w=60_000.0)
MODEL = device_model(MIXED)
LISTS = (Kind.OPTION, Kind.MEMBERS, Kind.SEQUENCE)


def station() -> Station:
    return Station(MIXED, Settings(adapter(Version.V201).defaults), charger_id="c1")


@pytest.mark.parametrize("variable", list(MODEL), ids=lambda variable: variable.key)
def test_every_variable_is_sound(variable: Variable) -> None:
    text = variable.actual.read(station(), 0.0)
    assert len(text) <= 2500
    assert bool(variable.choices) == (variable.kind in LISTS) or variable.kind is Kind.STRING
    if variable.numeric and text:
        number = float(text)
        assert variable.minimum is None or number >= variable.minimum
        assert variable.maximum is None or number <= variable.maximum
    if variable.kind is Kind.BOOLEAN:
        assert text in ("true", "false")
    if variable.kind is Kind.OPTION:
        assert text in variable.choices
    for attribute in variable.attributes.values():
        assert (attribute.setting is None) == (attribute.mutability is Mutability.READ_ONLY)
        if attribute.setting is not None and text:
            assert parse_value(attribute.setting, attribute.read(station(), 0.0)) is not None


def test_no_variable_stands_in_two_tables() -> None:
    keys = [variable.key for chapter in CHAPTERS for variable in chapter]
    assert len(set(keys)) == len(keys)


def test_what_is_not_shown_is_a_setting() -> None:
    assert set(SETTINGS) >= NOT_SHOWN


def test_a_model_is_shared_by_stations_that_are_built_alike() -> None:
    assert device_model(two_sockets()) is device_model(two_sockets(vendor="another"))
    assert device_model(two_sockets()) is not MODEL


def test_names_are_found_without_regard_to_case_and_places_exactly() -> None:
    assert MODEL.find(Component("evse", 1), "POWER", None) is MODEL.variables["evse@1.power"]
    assert MODEL.find(Component("EVSE", 3), "Power", None) is None
    assert MODEL.find(Component("EVSE"), "Power", None) is None
    assert MODEL.component(Component("Connector", 2, 2)) is not None
    assert MODEL.component(Component("Connector", 2, 3)) is None
    assert MODEL.find(Component("OCPPCommCtrlr"), "MessageTimeout", "default") is not None


def test_parts_follow_from_what_the_station_is_made_of() -> None:
    def has(model: DeviceModel, *place: object) -> bool:
        return model.component(Component(*place)) is not None  # type: ignore[arg-type]  # of the parametrised place

    assert has(MODEL, "RCD", 1)
    assert not has(MODEL, "RCD", 2)
    assert has(MODEL, "GroundIsolationProtection", 2)
    assert has(MODEL, "ConnectorPlugRetentionLock", 1, 1)
    assert not has(MODEL, "ConnectorPlugRetentionLock", 2, 1)
    assert MODEL.find(Component("ConnectedEV", 1), "StateOfCharge", None) is None
    assert MODEL.find(Component("ConnectedEV", 2), "StateOfCharge", None) is not None


def test_every_fault_of_a_part_is_one_that_can_be_injected() -> None:
    assert set(FAULT_OF_PART.values()) <= ERROR_CODES.keys()


def test_a_custom_variable_that_contradicts_itself_is_an_error() -> None:
    bad = CustomVariable("X", "Y", Kind.INTEGER, "9", maximum=5)
    with pytest.raises(ValueError, match="at most 5"):
        device_model(two_sockets(components=(bad,)))


def test_every_variable_has_its_actual_value() -> None:
    assert all(AttributeType.ACTUAL in variable.attributes for variable in MODEL)
