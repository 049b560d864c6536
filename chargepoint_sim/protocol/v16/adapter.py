"""OCPP 1.6 as tables: assembles the blocks of this folder and those that both versions share."""

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
from chargepoint_sim.protocol.v16 import (
    authorization,
    availability,
    diagnostics,
    extended_trigger,
    features,
    firmware,
    installed,
    keys,
    local_list,
    metering,
    provisioning,
    remote_control,
    reservation,
    smart_charging,
    transactions,
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
    diagnostics,
    extended_trigger,
    firmware,
    installed,
    local_list,
    metering,
    provisioning,
    remote_control,
    reservation,
    smart_charging,
    transactions,
)

UNSUPPORTED: Mapping[str, str] = {}
"""Nothing: all base messages and those of the security white paper (edition 3) have their room."""


def statuses(context: BlockContext, now: Now, everything: bool) -> None:
    """What the central system is to hear once the charger is accepted, or back."""
    availability.statuses(context, now, everything)
    firmware.tell_owed(context)
    diagnostics.tell_owed(context)


def place(spec: StationSpec, evse_id: int | None, connector_id: int | None) -> tuple[int | None, int | None] | Outcome:
    """connectorId n is EVSE n: where an API gives both, the connector selects."""
    meant = connector_id if connector_id is not None else evse_id
    if meant and spec.evse(meant) is None:
        return no_such_place(f"there is no connector {meant}; this charger has 1 to {len(spec.evses)}")
    return meant, 1


ADAPTER = Adapter(
    version=Version.V16,
    label=Version.V16.value,
    schemas=schemas(Version.V16),
    **collect(BLOCKS),
    unsupported=UNSUPPORTED,
    lacks=features.lacks,
    defaults={**CORE_DEFAULTS, **keys.DEFAULTS},
    boot=provisioning.announce,
    heartbeat=heartbeat.heartbeat,
    statuses=statuses,
    patch=transactions.patch,
    place=place,
    status=status_of,
    longest_token=20,
    silent_when_rejected=True,
)
