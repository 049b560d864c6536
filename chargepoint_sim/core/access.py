"""What a charger shows and demands when it connects: profile, password and certificates, with their fallback.

White paper (edition 3) A01, A02 and A05. Fleet and runtime lay this over what the fleet file says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chargepoint_sim.core.certificates import CertificateStore, Use
from chargepoint_sim.core.security_log import SecurityLog
from chargepoint_sim.core.settings import Settings

PASSWORD = "SecurityCtrlr.BasicAuthPassword"
PROFILE = "SecurityCtrlr.SecurityProfile"

DIALS_BEFORE_FALLBACK = 2
"""Dials that fail with what is new before the charger goes back to what was known to work (A05.FR.08)."""


@dataclass(slots=True)
class Access:
    """The security of one charger's connection."""

    has_password: bool = False
    """The fleet file gives it a password; one that the central system has set stands among the settings."""
    certificates: CertificateStore = field(default_factory=CertificateStore)
    log: SecurityLog = field(default_factory=SecurityLog)
    previous_profile: int | None = None
    """The profile before an upgrade that is not proven yet."""
    failed_dials: int = 0
    speaks_extension: bool = False
    """The central system has sent a message of the security extension since the charger was made."""

    def to_data(self) -> dict[str, Any]:
        """What a restart of the program needs."""
        return {
            "certificates": self.certificates.to_data(),
            "log": self.log.to_data(),
            "previous_profile": self.previous_profile,
            "speaks_extension": self.speaks_extension,
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was saved."""
        self.certificates.restore(data["certificates"])
        self.log.restore(data["log"])
        self.previous_profile = data["previous_profile"]
        self.speaks_extension = data["speaks_extension"]

    def proven(self) -> None:
        """The central system has accepted the charger on a new link: nothing is gone back to any more."""
        self.failed_dials = 0
        self.previous_profile = None
        self.certificates.proven()

    def fall_back(self, settings: Settings) -> str | None:
        """After a failed dial: go back to what was known to work. What was gone back to, or None."""
        self.failed_dials += 1
        if self.failed_dials < DIALS_BEFORE_FALLBACK:
            return None
        store = self.certificates
        if self.previous_profile is not None:
            profile, self.previous_profile = self.previous_profile, None
            settings.set(PROFILE, profile)
            return f"security profile {profile}"
        if store.previous is not None:
            store.own, store.previous = store.previous, None
            return "the certificate before"
        return None

    def missing_for(self, profile: int, now: float, *, password_set: bool) -> str | None:
        """What keeps the charger from a security profile (A05.FR.02 to 04), or None."""
        if profile in (1, 2) and not (self.has_password or password_set):
            return "no AuthorizationKey"
        store = self.certificates
        if profile in (2, 3) and not any(one.valid_until > now for one in store.of(Use.CENTRAL_SYSTEM_ROOT)):
            return "no valid CentralSystemRootCertificate"
        if profile == 3 and not (store.own is not None and store.own.valid_until > now):
            return "no valid certificate of its own"
        return None
