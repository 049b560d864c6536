"""AuthCacheCtrlr, LocalAuthListCtrlr, ReservationCtrlr: what is no setting (2.0.1 part 2 appendix 3.1, blocks C, D, H).

The capacity of the list is a setting; here stands how much of it is used.
"""

from chargepoint_sim.core import cache, local_list
from chargepoint_sim.core.device_model.model import Variable, fixed, shown
from chargepoint_sim.core.settings import Kind, format_value
from chargepoint_sim.core.state import StationState

LIST_BYTES_PER_MESSAGE = 65536
ENTRIES = "LocalAuthListCtrlr.Entries"


def _list_size_b(state: StationState, _: float) -> str:
    return str(cache.BYTES_PER_TOKEN * local_list.count(state))


VARIABLES: tuple[Variable, ...] = (
    fixed("AuthCacheCtrlr.Available", Kind.BOOLEAN, "true"),
    shown(
        "AuthCacheCtrlr.Storage",
        Kind.INTEGER,
        lambda state, _: str(cache.size_b(state)),
        unit="B",
        maximum=cache.BYTES_PER_TOKEN * cache.CAPACITY,
        persistent=True,
    ),
    shown("LocalAuthListCtrlr.Available", Kind.BOOLEAN, lambda state, _: format_value(local_list.supported(state))),
    fixed("LocalAuthListCtrlr.BytesPerMessage", Kind.INTEGER, str(LIST_BYTES_PER_MESSAGE)),
    shown(
        ENTRIES,
        Kind.INTEGER,
        lambda state, _: str(local_list.count(state)),
        persistent=True,
        capacity=ENTRIES,
    ),
    shown(
        "LocalAuthListCtrlr.Storage",
        Kind.INTEGER,
        _list_size_b,
        unit="B",
        persistent=True,
        capacity=ENTRIES,
        each=cache.BYTES_PER_TOKEN,
    ),
    fixed("LocalAuthListCtrlr.SupportsExpiryDateTime", Kind.BOOLEAN, "true"),
    fixed("ReservationCtrlr.Available", Kind.BOOLEAN, "true"),
)
