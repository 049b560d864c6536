"""Everything that can be made to go wrong with a charger, told from the tables by which the core does it.

Plain views, the same for every charger; what is in force at one is a Section of `fleet.detail`.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from chargepoint_sim.core.faults import ERROR_CODES, WARNINGS
from chargepoint_sim.core.orders import EFFECTS
from chargepoint_sim.core.security_log import CRITICAL, RAISED


class Place(enum.StrEnum):
    """Where a fault can be injected."""

    CONNECTOR = "connector"
    STATION = "station"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """Something that can be made to go wrong."""

    name: str
    command: str
    """The command that has it happen, as `ctl` and /v1 call it."""
    effect: str
    """What is wrong, or what becomes of it, in words."""
    places: tuple[Place, ...]
    warns: bool
    """It is told, and what it befalls goes on working."""


def fault_kinds() -> tuple[FaultKind, ...]:
    """Errors of connectors and stations, faults of transfers, and events that only the security log tells of."""
    return (*_errors(), *_transfers(), *_events())


def _errors() -> Iterator[FaultKind]:
    for code, effect in ERROR_CODES.items():
        yield FaultKind(code, "inject-fault", effect, tuple(Place), code in WARNINGS)


def _transfers() -> Iterator[FaultKind]:
    for fault, effect in EFFECTS.items():
        yield FaultKind(fault.value, "inject-transfer-fault", effect, (Place.STATION,), warns=False)


def _events() -> Iterator[FaultKind]:
    for event in RAISED:
        told = "the central system is told" if CRITICAL[event] else "stands in the security log alone"
        yield FaultKind(event, "raise-security-event", told, (Place.STATION,), warns=True)
