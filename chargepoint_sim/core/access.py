"""What a charger shows and demands when it connects: profile, password and certificates, with their fallback.

White paper (edition 3) A01, A02 and A05; 2.0.1 A01, A02, A05, B09 and B10. Fleet and runtime lay this over what the
fleet file says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chargepoint_sim.core import network
from chargepoint_sim.core.certificates import CertificateStore, Use
from chargepoint_sim.core.network import Networks
from chargepoint_sim.core.security_log import SecurityLog
from chargepoint_sim.core.settings import Settings

PASSWORD = "SecurityCtrlr.BasicAuthPassword"
PROFILE = network.PROFILE

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
    previous_password: str | None = None
    """The password before a change that is not proven yet; empty for that of the fleet file."""
    failed_dials: int = 0
    networks: Networks | None = None
    """The network connection profiles, once the central system has set one."""
    speaks_extension: bool = False
    """The central system has sent a message of the security extension since the charger was made."""

    def to_data(self) -> dict[str, Any]:
        """What a restart of the program needs."""
        return {
            "certificates": self.certificates.to_data(),
            "log": self.log.to_data(),
            "previous_profile": self.previous_profile,
            "previous_password": self.previous_password,
            "networks": self.networks.to_data() if self.networks else None,
            "speaks_extension": self.speaks_extension,
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was saved."""
        self.certificates.restore(data["certificates"])
        self.log.restore(data["log"])
        self.previous_profile = data["previous_profile"]
        self.previous_password = data.get("previous_password")
        self.networks = Networks.from_data(data["networks"]) if data.get("networks") else None
        self.speaks_extension = data["speaks_extension"]

    def restarted(self, settings: Settings) -> None:
        """The charger has power again and will dial."""
        if self.networks is not None:
            network.begin(self.networks, settings)

    def dialled(self, settings: Settings) -> int:
        """The security profile that a dial takes, which is in force once it has worked (A05.FR.06)."""
        return self.networks.current.security_profile if self.networks is not None else settings.integer(PROFILE)

    def link_lost(self, settings: Settings) -> None:
        """A link that was up has ended."""
        if self.networks is not None:
            network.link_lost(self.networks, settings)

    def proven(self, settings: Settings) -> None:
        """The central system has accepted the charger on a new link: nothing is gone back to any more."""
        self.failed_dials = 0
        self.previous_profile = self.previous_password = None
        self.certificates.proven()
        if self.networks is not None:
            network.proved(self.networks, settings)

    def server_refused(self) -> None:
        """The server's certificate was not believed; on the way to another central system that is no reason to
        believe the old root (M05.FR.14, M05.FR.15)."""
        if self.networks is None or not self.networks.migrating:
            self.certificates.server_refused()

    def next_network(self, settings: Settings) -> str | None:
        """After a failed dial: which network profile is dialled next, if it is another one (B10.FR.03)."""
        networks = self.networks
        if networks is None or not network.dial_failed(networks, settings):
            return None
        if not networks.migrating:
            self.certificates.use_fallback = self.certificates.fallback is not None  # M05.FR.16
        self.failed_dials = 0
        return f"network profile {networks.active}"

    def fall_back(self, settings: Settings, *, refused: bool) -> str | None:
        """After a failed dial: go back to what was known to work. What was gone back to, or None.

        `refused`: the central system did not believe who dialled.
        """
        self.failed_dials += 1
        if self.failed_dials < DIALS_BEFORE_FALLBACK:
            return None
        store = self.certificates
        if refused and self.previous_password is not None:
            password, self.previous_password = self.previous_password, None
            settings.set(PASSWORD, password)
            return "the password before"
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
            return "no password"
        store = self.certificates
        if profile in (2, 3) and not any(one.valid_until > now for one in store.of(Use.CENTRAL_SYSTEM_ROOT)):
            return "no valid root of the central system"
        if profile == 3 and not (store.own is not None and store.own.valid_until > now):
            return "no valid certificate of its own"
        return None
