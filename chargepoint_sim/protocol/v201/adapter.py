"""OCPP 2.0.1 as tables: assembles the blocks of this folder and those that both versions share."""

from collections.abc import Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core.commands import Outcome, no_such_place
from chargepoint_sim.core.settings import DEFAULTS as CORE_DEFAULTS
from chargepoint_sim.core.spec import StationSpec
from chargepoint_sim.protocol import (
    archives,
    boot,
    certificates,
    data_transfer,
    heartbeat,
    raw,
    redial,
    security_events,
    tokens,
    updates,
)
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.registry import Adapter, BlockContext, collect
from chargepoint_sim.protocol.schemas import schemas
from chargepoint_sim.protocol.status import status_of
from chargepoint_sim.protocol.v201 import (
    authorization,
    availability,
    chain_status,
    contracts,
    customers,
    diagnostics,
    display,
    ev_charging,
    events,
    external_limits,
    firmware,
    installed,
    local_list,
    metering,
    monitoring,
    network,
    provisioning,
    publishing,
    remote_control,
    reporting,
    reservation,
    smart_charging,
    tariff,
    transactions,
    variables,
)

BLOCKS = (
    archives,
    boot,
    certificates,
    data_transfer,
    heartbeat,
    raw,
    redial,
    security_events,
    tokens,
    updates,
    authorization,
    availability,
    chain_status,
    contracts,
    customers,
    diagnostics,
    display,
    ev_charging,
    events,
    external_limits,
    local_list,
    firmware,
    installed,
    metering,
    monitoring,
    network,
    provisioning,
    publishing,
    remote_control,
    reporting,
    reservation,
    smart_charging,
    tariff,
    transactions,
    variables,
)

UNSUPPORTED: Mapping[str, str] = {}
"""Nothing: all messages of the version have their room."""


def place(spec: StationSpec, evse_id: int | None, connector_id: int | None) -> tuple[int | None, int | None] | Outcome:
    """The pair is meant exactly; a connector_id alone counts the station's connectors through, EVSE by EVSE."""
    if evse_id is not None or connector_id is None:
        return evse_id, connector_id
    left = connector_id
    for evse in spec.evses:
        if left <= len(evse.connectors):
            return evse.evse_id, left
        left -= len(evse.connectors)
    count = connector_id - left
    return no_such_place(f"there is no connector {connector_id}; counted through, this charger has 1 to {count}")


def statuses(context: BlockContext, now: Now, everything: bool) -> None:
    """What the central system is to hear once the charger is accepted, or back."""
    availability.statuses(context, now, everything)
    firmware.tell_owed(context)
    diagnostics.tell_owed(context)
    publishing.tell_owed(context)
    chain_status.tell_owed(context, now)


ADAPTER = Adapter(
    version=Version.V201,
    label=Version.V201.value,
    schemas=schemas(Version.V201),
    **collect(BLOCKS),
    unsupported=UNSUPPORTED,
    lacks=lambda station, action: "",
    defaults=CORE_DEFAULTS,
    boot=provisioning.announce,
    heartbeat=heartbeat.heartbeat,
    statuses=statuses,
    patch=transactions.patch,
    place=place,
    status=status_of,
    longest_token=36,
    silent_when_rejected=False,
)
