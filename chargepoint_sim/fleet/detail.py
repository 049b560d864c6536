"""What a charger keeps, part by part: the views that are asked for one charger at a time, beside the cheap ChargerView.

Plain, picklable, without secrets. Instants are simulated UTC seconds, whichever clock the charger keeps them by; the
validity of certificates is their own. `fleet.inspection` reads them off the charger.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chargepoint_sim.core.certificates import HashData
from chargepoint_sim.core.smart_charging.profiles import ChargingPeriod, ChargingProfile, Unit
from chargepoint_sim.fleet.power_views import LimitsView, VehicleView
from chargepoint_sim.fleet.views import RefusedMessage


class Section(enum.StrEnum):
    """A part of what a charger keeps; the value is the last segment of its path in the native API."""

    RESERVATIONS = "reservations"
    LOCAL_LIST = "local-list"
    AUTHORIZATION_CACHE = "authorization-cache"
    CHARGING_PROFILES = "charging-profiles"
    CERTIFICATES = "certificates"
    NETWORK_PROFILES = "network-profiles"
    JOBS = "jobs"
    FAULTS = "faults"
    PUBLICATIONS = "publications"
    DISPLAY_MESSAGES = "display-messages"
    MONITORS = "monitors"
    VARIABLES = "variables"
    SECURITY_EVENTS = "security-events"
    QUEUE = "queue"
    LIMITS = "limits"
    VEHICLES = "vehicles"
    BEHAVIOUR = "behaviour"

    @property
    def member(self) -> str:
        """The member of ChargerDetail that holds it."""
        return self.value.replace("-", "_")


@dataclass(frozen=True, slots=True)
class ReservationView:
    """A place that is kept for somebody."""

    reservation_id: int
    evse_id: int | None
    """None keeps any one EVSE."""
    connector_type: str | None
    id_token: str
    token_type: str
    group_id: str | None
    expires_at: float


@dataclass(frozen=True, slots=True)
class KnownToken:
    """What a charger knows of a token. Tokens are kept in lower case, for they are compared without regard to it."""

    id_token: str
    status: str
    """AuthorizationStatusEnumType of 2.0.1, as the central system gave it."""
    group_id: str | None
    expires_at: float | None
    evse_ids: tuple[int, ...]
    """Where it may charge; empty allows every EVSE."""


@dataclass(frozen=True, slots=True)
class LocalListView:
    """The local authorization list."""

    enabled: bool
    version: int
    """0 where the central system has sent none."""
    capacity: int
    entries: tuple[KnownToken, ...]


@dataclass(frozen=True, slots=True)
class CachedTokenView:
    """An entry of the authorization cache."""

    token: KnownToken
    used_at: float
    """When it was last stored or presented."""
    uses: int
    """How often it was presented."""


@dataclass(frozen=True, slots=True)
class CacheView:
    """The authorization cache."""

    enabled: bool
    size: int
    capacity: int
    life_time_s: int
    """How long an entry counts after its last use; 0 for ever."""
    entries: tuple[CachedTokenView, ...]


@dataclass(frozen=True, slots=True)
class ProfilesView:
    """Charging profiles, those of the central system and the limits that others have set."""

    capacity: int
    """How many the central system may install."""
    installed: tuple[ChargingProfile, ...]
    awaiting_start: tuple[ChargingProfile, ...]
    """Came with a remote start, and wait for its transaction."""


@dataclass(frozen=True, slots=True)
class RootView:
    """An installed root certificate."""

    use: str
    """InstallCertificateUseEnumType of 2.0.1."""
    valid_from: float
    valid_until: float
    hashes: HashData
    """What OCPP names it by."""
    fallback: bool
    """It was replaced, and counts until the new one is proven."""
    pem: str


@dataclass(frozen=True, slots=True)
class OwnView:
    """A certificate chain of the charger's own; its private key is told to nobody."""

    purpose: str
    """CertificateSigningUseEnumType of 2.0.1."""
    previous: bool
    """It was replaced, and is gone back to if the new one does not serve."""
    valid_from: float
    valid_until: float
    chain_pem: str
    """Leaf first."""


@dataclass(frozen=True, slots=True)
class SigningView:
    """A request for a certificate that the central system has not answered with one."""

    purpose: str
    sent_again: int
    csr_pem: str


@dataclass(frozen=True, slots=True)
class ContractView:
    """The contract of the vehicle at an EVSE (Plug & Charge)."""

    evse_id: int
    emaid: str
    wanted: str | None
    """What the vehicle asks for before it shows its contract: Install or Update; None: nothing."""
    proven: bool
    """The station has found it sound and may go by that alone."""


@dataclass(frozen=True, slots=True)
class CertificatesView:
    """Certificates and contracts."""

    capacity: int
    """How many roots can be installed."""
    roots: tuple[RootView, ...]
    own: tuple[OwnView, ...]
    requested: tuple[SigningView, ...]
    contracts: tuple[ContractView, ...]


@dataclass(frozen=True, slots=True)
class NetworkProfileView:
    """A network connection profile of 2.0.1."""

    slot: int
    url: str
    security_profile: int
    message_timeout_s: int
    active: bool
    """In use, or dialled next."""
    proven: bool
    """The charger was accepted over it last."""
    order: int | None
    """Its place in NetworkConfigurationPriority, from 1; None: it is not in the list."""


@dataclass(frozen=True, slots=True)
class FirmwareJobView:
    """The firmware update that was ordered last."""

    status: str
    """FirmwareStatusEnumType."""
    under_way: bool
    waits: bool
    """The file is here and is installed as soon as nobody charges."""
    url: str
    version: str | None
    """What the file says of itself, once it is here."""
    signed: bool
    request_id: int | None
    retrieve_at: float
    install_at: float | None
    tries_left: int


@dataclass(frozen=True, slots=True)
class UploadJobView:
    """The upload of a log that was ordered last."""

    status: str
    """UploadLogStatusEnumType."""
    under_way: bool
    kind: str
    """LogEnumType."""
    url: str
    file_name: str
    request_id: int | None
    since: float | None
    until: float | None
    tries_left: int


@dataclass(frozen=True, slots=True)
class JobsView:
    """Long work that the charger was ordered to do."""

    firmware: FirmwareJobView | None
    upload: UploadJobView | None
    faults: Mapping[str, int | None]
    """Injected transfer faults: how many times more; None: until cleared."""


@dataclass(frozen=True, slots=True)
class FaultView:
    """Something that is wrong with a connector, or with the whole station, until it is cleared."""

    evse_id: int | None
    """None: the whole station."""
    connector_id: int | None
    error_code: str
    """ChargePointErrorCode of 1.6."""
    warning: bool
    """The place works all the same."""
    info: str | None
    vendor_error_code: str | None


@dataclass(frozen=True, slots=True)
class FaultsView:
    """Injected faults that are in force."""

    places: tuple[FaultView, ...]
    transfers: Mapping[str, int | None]
    """Transfer faults: how many times more; None: until cleared."""


@dataclass(frozen=True, slots=True)
class PublicationView:
    """A firmware file that a local controller offers, or was ordered to."""

    checksum: str
    """MD5 in hexadecimal digits; names it."""
    status: str
    """PublishFirmwareStatusEnumType."""
    url: str
    request_id: int
    locations: tuple[str, ...]
    """Where it can be fetched while it is published."""
    tries_left: int


@dataclass(frozen=True, slots=True)
class DisplayMessageView:
    """A message for the display, shown or not."""

    message_id: int
    priority: str
    state: str | None
    """The state of the station in which it is to be seen; None: any."""
    text: str
    format: str
    language: str | None
    start_at: float | None
    end_at: float | None
    transaction_id: str | None
    shown: bool
    """It takes its turn now."""


@dataclass(frozen=True, slots=True)
class VariablePlace:
    """Where a variable is; a configuration key of 1.6 has a name alone."""

    component: str | None
    component_instance: str | None
    evse_id: int | None
    connector_id: int | None
    name: str
    instance: str | None


@dataclass(frozen=True, slots=True)
class MonitorView:
    """A monitor that is in force."""

    monitor_id: int
    place: VariablePlace
    type: str
    """MonitorEnumType."""
    value: float
    severity: int
    origin: str
    """EventNotificationEnumType."""
    only_in_transactions: bool
    exceeded: bool


@dataclass(frozen=True, slots=True)
class MonitorsView:
    """Monitoring of variables."""

    enabled: bool
    base: str
    """MonitoringBaseEnumType."""
    level: int
    """Events up to this severity are told."""
    monitors: tuple[MonitorView, ...]
    events_waiting: int
    """Events that the central system has not confirmed."""


@dataclass(frozen=True, slots=True)
class AttributeView:
    """A value of a variable."""

    type: str
    """AttributeEnumType."""
    value: str | None
    """None: nobody has set one, or it is not told."""
    mutability: str
    """What the central system may do with it: ReadOnly, WriteOnly or ReadWrite."""


@dataclass(frozen=True, slots=True)
class VariableView:
    """A variable of the device model, or a configuration key of 1.6."""

    place: VariablePlace
    kind: str | None
    """DataEnumType; None for a key of 1.6, which has none on the wire."""
    unit: str | None
    attributes: tuple[AttributeView, ...]


@dataclass(frozen=True, slots=True)
class SecurityEventView:
    """An entry of the security log."""

    at: float
    type: str
    tech_info: str
    owed: bool
    """The central system has still to be told."""


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message that waits to be sent or answered."""

    message_id: str
    action: str
    lane: str
    """boot, transaction (kept until delivered or given up) or normal."""
    transaction: str | None
    """The station's id of the transaction that it belongs to."""
    under_way: bool
    """It is on the wire, and its answer is waited for."""
    sends: int
    offline: bool
    """Made, or kept, without a link."""
    retry_in_s: float
    """Real seconds before it may be sent again; 0: at once."""
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueueView:
    """Messages to the central system, in the order of their making, and those that it has refused at every attempt."""

    waiting: tuple[QueuedMessage, ...]
    given_up: tuple[RefusedMessage, ...]


@dataclass(frozen=True, slots=True)
class BehaviourView:
    """Who comes by himself."""

    sessions_per_evse_per_day: float
    """0: nobody."""
    least_dwell_s: float
    longest_dwell_s: float
    id_tokens: tuple[str, ...]
    vehicles: Mapping[str, float]
    """Preset -> share; empty: what makes the most of the EVSE."""
    changed: bool
    """A command has changed it since the fleet was made."""
    arrivals: Mapping[int, float]
    """EVSE -> when the next visitor comes; none where one is there, or nobody comes."""
    departures: Mapping[int, float]
    """EVSE -> when the visitor who is there leaves."""


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """What is offered at most from an instant on, as GetCompositeSchedule would answer."""

    charger_id: str
    evse_id: int
    """0 is the whole station; in 1.6 it is the connectorId."""
    unit: Unit
    """A per phase, or W in total."""
    start_at: float
    duration_s: float
    periods: tuple[ChargingPeriod, ...]


@dataclass(frozen=True, slots=True)
class ChargerDetail:
    """What one charger keeps at one instant, as far as it was asked for."""

    charger_id: str
    at: float
    sections: tuple[Section, ...] = ()
    """What was asked for. Of these, what is None does not exist at this charger; an empty one is empty."""
    reservations: tuple[ReservationView, ...] | None = None
    local_list: LocalListView | None = None
    authorization_cache: CacheView | None = None
    charging_profiles: ProfilesView | None = None
    certificates: CertificatesView | None = None
    network_profiles: tuple[NetworkProfileView, ...] | None = None
    jobs: JobsView | None = None
    faults: FaultsView | None = None
    publications: tuple[PublicationView, ...] | None = None
    display_messages: tuple[DisplayMessageView, ...] | None = None
    monitors: MonitorsView | None = None
    variables: tuple[VariableView, ...] | None = None
    security_events: tuple[SecurityEventView, ...] | None = None
    queue: QueueView | None = None
    limits: LimitsView | None = None
    vehicles: tuple[VehicleView, ...] | None = None
    behaviour: BehaviourView | None = None
