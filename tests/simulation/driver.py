"""An operator with seeded whims: what people and a back end do to a fleet, a few times an hour."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from chargepoint_sim.core.commands import (
    ClearFault,
    Command,
    IdToken,
    InjectFault,
    PlugIn,
    PresentToken,
    SetPowerLimit,
    StartSession,
    StopSession,
    UnlockConnector,
    Unplug,
)
from chargepoint_sim.errors import LocalError
from chargepoint_sim.simulation import Simulation

TAG = "04A1B2C3"
AVAILABILITIES = ["Inoperative", "Operative", "Operative"]

COMMANDS: tuple[Callable[[Random, int], Command], ...] = (
    lambda chance, evse: SetPowerLimit(evse, None, chance.choice([0.0, 500.0, 3000.0, 7000.0, 1e6])),
    lambda chance, evse: SetPowerLimit(evse, None, None),
    lambda chance, evse: PlugIn(evse, None, vehicle=chance.choice(["compact", "suv"]), soc=chance.random()),
    lambda chance, evse: PresentToken(evse, None, IdToken(TAG)),
    lambda chance, evse: StartSession(evse, None, IdToken(TAG), duration_s=chance.choice([None, 900.0])),
    lambda chance, evse: StopSession(evse),
    lambda chance, evse: Unplug(evse, at_vehicle=chance.random() < 0.5),
    lambda chance, evse: UnlockConnector(evse),
    lambda chance, evse: InjectFault(evse, error_code=chance.choice(["GroundFailure", "OtherError"])),
    lambda chance, evse: ClearFault(evse),
    lambda chance, evse: ClearFault(evse),
)


CALLS: Mapping[str, tuple[tuple[str, Callable[[Random, int], Mapping[str, Any]]], ...]] = {
    "1.6": (
        ("RemoteStartTransaction", lambda chance, evse: {"idTag": TAG, "connectorId": evse}),
        ("RemoteStopTransaction", lambda chance, evse: {"transactionId": 1_000_000}),
        ("Reset", lambda chance, evse: {"type": chance.choice(["Soft", "Hard"])}),
        (
            "ChangeAvailability",
            lambda chance, evse: {"connectorId": chance.choice([0, evse]), "type": chance.choice(AVAILABILITIES)},
        ),
        ("UnlockConnector", lambda chance, evse: {"connectorId": evse}),
        ("GetConfiguration", lambda chance, evse: {}),
        ("ClearCache", lambda chance, evse: {}),
        (
            "ChangeConfiguration",
            lambda chance, evse: {"key": "MeterValueSampleInterval", "value": chance.choice(["30", "60", "300"])},
        ),
    ),
    "2.0.1": (
        (
            "RequestStartTransaction",
            lambda chance, evse: {
                "remoteStartId": chance.randint(1, 1_000_000),
                "idToken": {"idToken": TAG, "type": "ISO14443"},
                "evseId": evse,
            },
        ),
        ("Reset", lambda chance, evse: {"type": chance.choice(["Immediate", "OnIdle"])}),
        ("Reset", lambda chance, evse: {"type": "Immediate", "evseId": evse}),
        (
            "ChangeAvailability",
            lambda chance, evse: {"operationalStatus": chance.choice(AVAILABILITIES), "evse": {"id": evse}},
        ),
        ("TriggerMessage", lambda chance, evse: {"requestedMessage": "MeterValues", "evse": {"id": evse}}),
        ("UnlockConnector", lambda chance, evse: {"evseId": evse, "connectorId": 1}),
        ("GetBaseReport", lambda chance, evse: {"requestId": 1, "reportBase": "ConfigurationInventory"}),
        ("ClearCache", lambda chance, evse: {}),
    ),
}


def remote_stop(version: str, transaction_id: str) -> tuple[str, dict[str, Any]]:
    """The request that ends a transaction; in 1.6 a transaction that was not told yet has no number."""
    if version == "2.0.1":
        return "RequestStopTransaction", {"transactionId": transaction_id}
    return "RemoteStopTransaction", {"transactionId": int(transaction_id) if transaction_id.isdecimal() else -1}


def act(simulation: Simulation, chance: Random) -> str:
    """Do one thing to one charger; what it was."""
    charger_id = chance.choice(sorted(simulation.charger_ids))
    view = simulation.view(charger_id)
    evse = chance.choice(view.evses).evse_id
    if chance.random() < 0.5:
        command = chance.choice(COMMANDS)(chance, evse)
        simulation.command(charger_id, command)
        return f"{charger_id} {command}"
    running = [one.transaction_id for one in view.evses if one.transaction_id is not None]
    action, payload_of = chance.choice(CALLS[view.version])
    payload = dict(payload_of(chance, evse))
    if running and chance.random() < 0.3:
        action, payload = remote_stop(view.version, running[0])
    try:
        simulation.call(charger_id, action, payload)
    except LocalError as error:
        return f"{charger_id} {action} not sent: {error}"  # it is away, or not yet accepted
    return f"{charger_id} {action} {payload}"
