"""The security log of a charger: every security event, bounded, and those that the central system is still owed.

2.0.1 A04, white paper (edition 3) A04 and chapter 8. The log rolls; what is owed is kept until it is delivered or
refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

EVENTS_KEPT = 100

CRITICAL: Mapping[str, bool] = {
    "FirmwareUpdated": True,
    "FailedToAuthenticateAtCsms": False,
    "CsmsFailedToAuthenticate": False,
    "SettingSystemTime": True,
    "StartupOfTheDevice": True,
    "ResetOrReboot": True,
    "SecurityLogWasCleared": True,
    "ReconfigurationOfSecurityParameters": False,
    "MemoryExhaustion": True,
    "InvalidMessages": False,
    "AttemptedReplayAttacks": False,
    "TamperDetectionActivated": True,
    "InvalidFirmwareSignature": True,
    "InvalidFirmwareSigningCertificate": True,
    "InvalidCsmsCertificate": True,
    "InvalidChargingStationCertificate": True,
    "InvalidTLSVersion": True,
    "InvalidTLSCipherSuite": True,
    "MaintenanceLoginAccepted": True,
    "MaintenanceLoginFailed": True,
}
"""Every security event of 2.0.1 (part 2 appendix 1) -> whether the central system is told of it."""

CLEARED = "SecurityLogWasCleared"
RAISED = (
    CLEARED,
    "AttemptedReplayAttacks",
    "MaintenanceLoginAccepted",
    "MaintenanceLoginFailed",
    "MemoryExhaustion",
    "TamperDetectionActivated",
)
"""Events whose causes are not simulated: a command has them happen."""


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One event."""

    number: int
    at: float
    """Simulated UTC seconds."""
    type: str
    """As the version calls it."""
    tech: str
    """Technical details for people, without secrets."""


@dataclass(slots=True)
class SecurityLog:
    """The log of one charger."""

    events: list[SecurityEvent] = field(default_factory=list)
    """Oldest first; the oldest is forgotten for one too many."""
    owed: list[SecurityEvent] = field(default_factory=list)
    """Pushed events that the central system has not confirmed."""
    under_way: int | None = None
    """Number of the event whose CALL waits for its answer."""
    numbered: int = 0

    def note(self, at: float, event_type: str, tech: str, *, owed: bool) -> None:
        """Write an event into the log."""
        self.numbered += 1
        event = SecurityEvent(self.numbered, at, event_type, tech[:255])
        for events in (self.events, *((self.owed,) if owed else ())):
            events.append(event)
            del events[:-EVENTS_KEPT]

    def clear(self) -> None:
        """Forget what happened; what the central system is owed is owed still."""
        self.events = []

    def to_data(self) -> list[list[Any]]:
        """The log as plain data; the last member says whether the event is owed."""
        owed = {event.number for event in self.owed}
        return [[event.at, event.type, event.tech, event.number in owed] for event in self.events]

    def restore(self, data: Sequence[Sequence[Any]]) -> None:
        """Take over a saved log."""
        for at, event_type, tech, owed in data:
            self.note(at, event_type, tech, owed=owed)

    def settle(self, number: int) -> None:
        """An event was confirmed or refused."""
        self.owed = [one for one in self.owed if one.number != number]
        self.under_way = None
