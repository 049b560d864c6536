"""SecurityCtrlr and the slots of network profiles: what is no setting (2.0.1 part 2 appendix 3.1, blocks A and B)."""

from chargepoint_sim.core.certificates import ENTRIES
from chargepoint_sim.core.device_model.model import Variable, shown
from chargepoint_sim.core.network import FIRST
from chargepoint_sim.core.settings import DEFAULTS, Kind
from chargepoint_sim.core.state import StationState


def _installed(state: StationState, _: float) -> str:
    return str(state.access.certificates.count())


def _active_slot(state: StationState, _: float) -> str:
    return str(state.access.networks.active if state.access.networks else FIRST)


def _most() -> float:
    most = DEFAULTS[ENTRIES]
    assert isinstance(most, int)
    return most


VARIABLES: tuple[Variable, ...] = (
    shown(ENTRIES, Kind.INTEGER, _installed, maximum=_most(), persistent=True),
    shown("OCPPCommCtrlr.ActiveNetworkProfile", Kind.STRING, _active_slot, persistent=True),
)
