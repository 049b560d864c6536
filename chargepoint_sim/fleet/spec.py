"""What a fleet is to be: the compiled form of a fleet file, plain frozen data.

`config/compile.py` makes it, `runtime` runs it, `simulation` runs it in virtual time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from chargepoint_sim.core.behaviour import NOBODY, Behaviour
from chargepoint_sim.core.spec import StationSpec
from chargepoint_sim.fleet.access import TokenSpec
from chargepoint_sim.fleet.hooks import Endpoint


@dataclass(frozen=True, slots=True)
class CsmsTarget:
    """Where and how to reach a central system; shared by all chargers of a group."""

    url: str
    """ws:// or wss:// endpoint. `{identity}` is replaced by the percent-encoded identity; without it the identity
    is appended as the last path segment (OCPP-J 1.6 chapter 3.1.1). A query is kept."""
    security_profile: int = 0
    """0 plain, 1 Basic auth, 2 TLS and Basic auth, 3 TLS with client certificate (2.0.1 part 2 A00)."""
    secure_url: str | None = None
    """wss:// endpoint for when OCPP raises the security profile to 2 or 3; None: `url` with wss."""
    ca_file: str | None = None
    """PEM file of the roots to trust; None takes the system's."""
    ca_pem: str | None = None
    """Roots that OCPP has installed, as PEM; they take the place of the file."""
    verify: bool = True
    server_hostname: str | None = None
    """Name for SNI and verification where it differs from the URL's host."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    compression: bool = False
    source_addresses: tuple[str, ...] = ()
    subprotocols: tuple[str, ...] = ()
    """Sub-protocols to offer; empty offers the charger's own version."""
    call_timeout_s: float = 35.0
    open_timeout_s: float = 30.0
    builtin: bool = False
    """True where the daemon starts its own central system for this target."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one charger shows to prove who it is."""

    username: str | None = None
    """None: the identity."""
    password: str | None = field(default=None, repr=False)
    """UTF-8 text, or `hex:` and the digits of raw bytes."""
    certificate_file: str | None = None
    key_file: str | None = None
    certificate_pem: str | None = None
    """The chain that OCPP has brought; it takes the place of the file, with its key."""
    key_pem: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ChargerSpec:
    """One charger of the fleet."""

    charger_id: str
    """Id in the control API."""
    identity: str
    """Charge point id in the URL towards the central system."""
    version: str
    """OCPP version: "1.6" or "2.0.1"."""
    station: StationSpec
    csms: CsmsTarget
    credentials: Credentials = Credentials()
    serial_number: str = ""
    location_id: str | None = None
    behaviour: Behaviour = NOBODY
    name: str = ""
    tenant: str | None = None
    """Whose it is; None belongs to nobody, and only who may see everything sees it."""
    created_at: float | None = None
    """Simulated UTC seconds at which it was added to a running fleet; None: with the fleet."""
    updated_at: float | None = None
    """Simulated UTC seconds of its last change; None: never."""


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of charger that more can be made of."""

    version: str
    station: StationSpec


@dataclass(frozen=True, slots=True)
class LocationSpec:
    """A site with chargers."""

    location_id: str
    name: str = ""
    address: str = ""
    city: str = ""
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None
    timezone: str | None = None
    tenant: str | None = None
    slug: str = ""
    owner_name: str | None = None
    public: bool | None = None
    status: str = "active"
    created_at: float | None = None
    """Simulated UTC seconds at which it was added to a running fleet; None: with the fleet."""
    updated_at: float | None = None
    """Simulated UTC seconds of its last change; None: never."""


@dataclass(frozen=True, slots=True)
class ClockSpec:
    """Which time the fleet lives in."""

    mode: str = "real"
    """real | scaled | virtual"""
    scale: float = 1.0
    start: float | None = None
    """UTC seconds at which virtual time begins; None: now."""


@dataclass(frozen=True, slots=True)
class RampSpec:
    """How fast chargers power up."""

    rate_per_s: float = 50.0
    jitter: float = 0.2


@dataclass(frozen=True, slots=True)
class AmpsSpec:
    """How the Amps surface of the control API behaves."""

    settle_s: float = 2.0
    """How long an action stays acknowledged before it ends, simulated seconds; the vendor's sandbox takes 180."""
    id_token: str = "AMPS"
    """With whose token `charge` begins a transaction, at most 20 characters."""


@dataclass(frozen=True, slots=True)
class ApiSpec:
    """Where the control API listens."""

    host: str = "127.0.0.1"
    port: int = 8080
    tokens: tuple[TokenSpec, ...] = ()
    tokens_file: str | None = None
    """Where some of them were read from."""
    rate_limit_per_s: float | None = None
    """Requests of one token in a second, on average; None sets no limit."""
    cors_origins: tuple[str, ...] = ()
    """Origins of web pages that may use the API."""
    request_timeout_s: float = 30.0
    """How long a request may take to come in, and to be carried out; streams are exempt."""
    webhooks: tuple[Endpoint, ...] = ()
    """Who is told what became of submitted commands."""
    deferred_for_s: float = 3600.0
    """How long a command is held for a charger without a link, simulated seconds."""
    amps: AmpsSpec = AmpsSpec()


@dataclass(frozen=True, slots=True)
class FleetSpec:
    """A whole fleet."""

    name: str
    seed: int = 0
    clock: ClockSpec = ClockSpec()
    ramp: RampSpec = RampSpec()
    chargers: tuple[ChargerSpec, ...] = ()
    locations: tuple[LocationSpec, ...] = ()
    templates: Mapping[str, Template] = field(default_factory=dict)
    """The templates of the fleet file, whether chargers are made from them or not."""
    switched_off: frozenset[str] = frozenset()
    """Ids of chargers that are not powered up with the others."""
    api: ApiSpec | None = ApiSpec()
    state_file: str | None = None
    """Where registers and open state are kept at an orderly stop; None keeps nothing."""
    builtin_csms: Mapping[str, object] | None = None
    """Settings of the built-in central system where some target uses it; shape of csms.config."""
    frames_kept: int | None = None
    """Last frames kept per charger; None: 200 up to 100 chargers, 20 above."""
    source_file: str | None = None

    @property
    def has_tenants(self) -> bool:
        """Whether anything belongs to a tenant: a charger, a location or a token."""
        tokens = self.api.tokens if self.api is not None else ()
        named = chain(
            (one.tenant for one in tokens),
            (one.tenant for one in self.locations),
            (one.tenant for one in self.chargers),
        )
        return any(tenant is not None for tenant in named)
