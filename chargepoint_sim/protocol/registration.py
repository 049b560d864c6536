"""Registration at the central system: the boot rules of both versions (1.6 section 4.2, 2.0.1 B01-B04).

Owns status, interval and when to send BootNotification again. A mere reconnect does not boot anew.
"""

import enum
from dataclasses import dataclass

DEFAULT_WAIT_S = 30
"""Used where the central system says 0: the charger chooses, without flooding."""


class RegistrationStatus(enum.StrEnum):
    """RegistrationStatusEnumType; NONE until the first answer since power-up."""

    NONE = "none"
    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


@dataclass(slots=True)
class Registration:
    """Where the charger stands with the central system."""

    status: RegistrationStatus = RegistrationStatus.NONE
    reason: str = "PowerUp"
    """BootReasonEnumType of the next BootNotification."""
    interval_s: float = 0.0

    @property
    def accepted(self) -> bool:
        """Everything may be sent."""
        return self.status is RegistrationStatus.ACCEPTED

    @property
    def pending(self) -> bool:
        """Only what the central system asks for may be sent."""
        return self.status is RegistrationStatus.PENDING

    def answered(self, status: RegistrationStatus, interval_s: float) -> None:
        """A BootNotification was answered."""
        self.status = status
        self.interval_s = interval_s if interval_s > 0 else DEFAULT_WAIT_S

    def powered_up(self, reason: str) -> None:
        """The station restarts: it is unknown until it is accepted again."""
        self.status = RegistrationStatus.NONE
        self.reason = reason
        self.interval_s = 0.0
