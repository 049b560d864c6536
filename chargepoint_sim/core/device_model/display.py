"""Variables of a station with a display: DisplayMessageCtrlr, TariffCostCtrlr, Display (2.0.1 appendices 3.1, 3.2)."""

from collections.abc import Iterator

from chargepoint_sim.core import display
from chargepoint_sim.core.device_model.model import Component, Variable, fixed, shown
from chargepoint_sim.core.display_messages import DisplaySpec, Format, Priority
from chargepoint_sim.core.settings import Kind
from chargepoint_sim.core.state import StationState

DISPLAY_CONTROLLERS = ("DisplayMessageCtrlr.", "TariffCostCtrlr.")
"""Components that a station without a display does not have."""

DISPLAY = "Display"


def display_variables(spec: DisplaySpec) -> Iterator[Variable]:
    """Besides the settings."""
    yield fixed("Available", Kind.BOOLEAN, "true", at=Component(DISPLAY))
    yield fixed("DisplayMessageCtrlr.Available", Kind.BOOLEAN, "true")
    yield shown("DisplayMessageCtrlr.DisplayMessages", Kind.INTEGER, _count, minimum=0, maximum=spec.messages)
    yield fixed("DisplayMessageCtrlr.PersonalMessageSize", Kind.INTEGER, str(spec.personal_message_size))
    yield fixed("DisplayMessageCtrlr.SupportedFormats", Kind.MEMBERS, ",".join(spec.formats), choices=tuple(Format))
    yield fixed(
        "DisplayMessageCtrlr.SupportedPriorities", Kind.MEMBERS, ",".join(spec.priorities), choices=tuple(Priority)
    )
    for instance in ("Tariff", "Cost"):
        yield fixed(f"TariffCostCtrlr.Available[{instance}]", Kind.BOOLEAN, "true")


def _count(state: StationState, _: float) -> str:
    return str(len(tuple(display.messages(state))))
