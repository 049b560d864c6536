"""Network connection profiles of a charger: which central systems it knows, and which of them it dials next.

2.0.1 B09, B10 and A05. The first slot is the target of the fleet file until the central system sets another one.
After a restart, and when a link is lost, each slot of the list gets its attempts; after the last of them the charger
stays with the slot over which it was accepted last.
"""

from dataclasses import astuple, dataclass
from typing import Any

from chargepoint_sim.core.settings import NETWORK_SLOTS, Settings

PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"
ATTEMPTS = "OCPPCommCtrlr.NetworkProfileConnectionAttempts"
TIMEOUT = "OCPPCommCtrlr.MessageTimeout[Default]"
PROFILE = "SecurityCtrlr.SecurityProfile"

FIRST = 1
"""The slot of the fleet file's target."""

TLS_FROM = 2
"""The first security profile with TLS."""


@dataclass(frozen=True, slots=True)
class NetworkProfile:
    """A way to a central system: what matters here of NetworkConnectionProfileType."""

    url: str
    """Empty: the target of the fleet file."""
    security_profile: int
    message_timeout_s: int


def flaw(slot: int, profile: NetworkProfile) -> str | None:
    """What is wrong with a profile that is to be stored (B09.FR.02, B09.FR.05), as a sentence; or None."""
    if str(slot) not in NETWORK_SLOTS:
        return f"there is no slot {slot}; known are {', '.join(NETWORK_SLOTS)}"
    if not 0 <= profile.security_profile <= 3:
        return f"there is no security profile {profile.security_profile}"
    scheme, colon, rest = profile.url.partition("://")
    schemes = ("wss",) if profile.security_profile >= TLS_FROM else ("ws", "wss")
    if not colon or not rest or scheme.lower() not in schemes:
        return f"security profile {profile.security_profile} takes a URL that begins with {' or '.join(schemes)}://"
    if profile.message_timeout_s < 1:
        return "messageTimeout is at least 1 second"
    return None


@dataclass(slots=True)
class Networks:
    """The slots of one charger, and where it stands in its list."""

    slots: dict[int, NetworkProfile]
    active: int = FIRST
    """The slot that is in use, or dialled next."""
    proven: int = FIRST
    """The slot over which the charger was accepted last."""
    waiting: tuple[int, ...] = ()
    """Slots that are tried after the active one."""
    failed_dials: int = 0
    """Over the active slot, in a row."""

    @property
    def current(self) -> NetworkProfile:
        """The profile in the active slot."""
        return self.slots[self.active]

    @property
    def migrating(self) -> bool:
        """Another slot is tried than the one that is known to work (M05.FR.15)."""
        return self.active != self.proven

    def to_data(self) -> list[Any]:
        """As plain data."""
        return [[[slot, *astuple(profile)] for slot, profile in self.slots.items()], self.active, self.proven]

    @classmethod
    def from_data(cls, data: Any) -> "Networks":
        """What `to_data` has made."""
        slots, active, proven = data
        return cls({slot: NetworkProfile(*profile) for slot, *profile in slots}, active, proven)


def networks_of_file(settings: Settings) -> Networks:
    """What a charger knows before its central system has set anything."""
    return Networks({FIRST: NetworkProfile("", settings.integer(PROFILE), settings.integer(TIMEOUT))})


def store(networks: Networks, slot: int, profile: NetworkProfile) -> None:
    """Keep a profile; a link that is up stays, and what is in the list is tried after the next restart (B09.FR.01)."""
    networks.slots[slot] = profile


def begin(networks: Networks, settings: Settings) -> None:
    """After a restart: dial the first of the list (B10.FR.04, A05.FR.05)."""
    first, *others = _list(networks, settings) or [networks.proven]
    networks.waiting = tuple(others)
    _use(networks, settings, first)


def link_lost(networks: Networks, settings: Settings) -> None:
    """A link has ended: the slot that was in use is tried again, and then the others of the list (B10.FR.03)."""
    networks.waiting = tuple(slot for slot in _list(networks, settings) if slot != networks.active)
    networks.failed_dials = 0


def dial_failed(networks: Networks, settings: Settings) -> bool:
    """Count a failed attempt; whether another slot is dialled next (B10.FR.03, B10.FR.07)."""
    networks.failed_dials += 1
    if networks.failed_dials < settings.integer(ATTEMPTS):
        return False
    before = networks.active
    if networks.waiting:
        following, *others = networks.waiting
        networks.waiting = tuple(others)
    else:
        following = networks.proven
    _use(networks, settings, following)
    return networks.active != before


def proved(networks: Networks, settings: Settings) -> None:
    """Accepted over the active slot: its security profile is the one in force, lower ones are forgotten (A05.FR.06)."""
    networks.proven, networks.waiting, networks.failed_dials = networks.active, (), 0
    profile = networks.current.security_profile
    if profile == settings.integer(PROFILE):
        return
    settings.set(PROFILE, profile)
    networks.slots = {slot: one for slot, one in networks.slots.items() if one.security_profile >= profile}
    settings.set(PRIORITY, tuple(str(slot) for slot in _list(networks, settings)) or (str(networks.active),))


def _list(networks: Networks, settings: Settings) -> list[int]:
    """NetworkConfigurationPriority, without slots that are empty."""
    return [int(slot) for slot in settings.members(PRIORITY) if int(slot) in networks.slots]


def _use(networks: Networks, settings: Settings, slot: int) -> None:
    networks.active, networks.failed_dials = slot, 0
    settings.set(TIMEOUT, networks.current.message_timeout_s)
