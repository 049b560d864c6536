"""The lock that holds a plug in its socket (2.0.1 E09, F05; 1.6 UnlockConnector, UnlockConnectorOnEVSideDisconnect).

An attached cable has none. A session locks the plug, and its end lets it go; a cable that was pulled at the vehicle
may be kept until its driver shows a token or somebody unlocks it.
"""

from chargepoint_sim.core.state import Connector, Evse, StationState

FAILURE = "ConnectorLockFailure"


def locked(evse: Evse, connector_id: int) -> bool:
    """Whether the plug in that socket cannot be taken out."""
    if evse.plugged != connector_id or evse.spec.connectors[connector_id - 1].cable_attached:
        return False
    if evse.connectors[connector_id - 1].error_code == FAILURE:
        return False
    in_session = evse.authorized is not None or evse.transaction is not None
    return evse.cable_of is not None or (in_session and not evse.released)


def release(state: StationState, evse: Evse, connector: Connector, at: float) -> bool:
    """Let the plug go, if there is one; False where the lock has failed (F05.FR.04 to F05.FR.06)."""
    if connector.error_code == FAILURE:
        return False
    if evse.plugged == connector.connector_id:
        evse.cable_of = None
        evse.released = True
        state.look_again(at)
    return True
