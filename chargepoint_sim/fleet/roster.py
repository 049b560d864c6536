"""Roster: the door through which a running fleet changes: chargers and locations come, change and go.

Plain, picklable data in and out, as with FleetService, which shows what is there. A charger that is added dials at
once. What is changed here comes back after a restart of the program with the same fleet file.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from chargepoint_sim.fleet.catalog import Catalog
from chargepoint_sim.fleet.causes import remedy_of
from chargepoint_sim.fleet.spec import LocationSpec
from chargepoint_sim.fleet.views import ChargerView, LocationView

MOST_AT_ONCE = 1000
"""Chargers in one call of add_many."""


class Stage(StrEnum):
    """How far a new charger, or a job that makes many, has come."""

    PENDING = "PENDING"
    """Not switched on."""
    PROVISIONING = "PROVISIONING"
    """On its way to the central system."""
    READY = "READY"
    """It has been accepted; a link that is lost later changes nothing about that."""
    FAILED = "FAILED"
    """The central system refuses it, or cannot be reached; it keeps trying, as a real charger does."""


@dataclass(frozen=True, slots=True)
class NewCharger:
    """A charger to be made: of a template, or of a brand's model in the catalog."""

    identity: str
    """Charge point id in the URL towards the central system."""
    csms_url: str
    """ws:// or wss:// endpoint as CsmsTarget.url has it, or `builtin` for the one of the daemon, where it runs one."""
    template: str | None = None
    brand_slug: str | None = None
    model_slug: str | None = None
    charger_id: str | None = None
    """None: an opaque id is made."""
    connector_type: str | None = None
    """ConnectorEnumType of 2.0.1, or a usual word such as Type2 and CCS2; None: the model's own."""
    version: str | None = None
    """1.6 | 2.0.1; None: the template's own."""
    name: str = ""
    location_id: str | None = None
    tenant: str | None = None
    serial_number: str | None = None
    """None: the identity."""
    security_profile: int = 0
    username: str | None = None
    """None: the identity."""
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True, slots=True)
class ChargerChanges:
    """What to change of a charger; None leaves as it is.

    Another version, URL, connector type, profile or password restarts the charger: sessions end, what waits is
    delivered to the old central system, the link closes in order, and it boots at the new one.
    """

    name: str | None = None
    connector_type: str | None = None
    version: str | None = None
    csms_url: str | None = None
    location_id: str | None = None
    """Empty: it stands nowhere."""
    security_profile: int | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class LocationChanges:
    """What to change of a location; None leaves as it is."""

    name: str | None = None
    slug: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    timezone: str | None = None
    owner_name: str | None = None
    public: bool | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something has not come about."""

    code: str
    """snake_case, for programs."""
    message: str
    """For people, with the remedy."""
    step: str | None = None
    """validate | dial | boot"""
    retryable: bool = False
    """It may still come about: the charger keeps trying, or the caller may."""


@dataclass(frozen=True, slots=True)
class Provisioning:
    """Where one charger stands on its way to service."""

    charger_id: str
    identity: str
    stage: Stage
    error: Failure | None = None
    provisioned_at: float | None = None
    """Simulated UTC seconds at which it was accepted first, as far as this program has seen it."""
    updated_at: float | None = None
    """Simulated UTC seconds of its making or last change here."""


@dataclass(frozen=True, slots=True)
class FailedItem:
    """A charger of a job that was not made."""

    identity: str
    error: Failure


@dataclass(frozen=True, slots=True)
class BulkJob:
    """A job that makes many chargers, at one instant."""

    job_id: str
    stage: Stage
    """READY when all are made and switched on, FAILED where not one could be made."""
    total: int
    created: tuple[str, ...] = ()
    """Charger ids of those that exist so far, in the order given."""
    failed: tuple[FailedItem, ...] = ()
    location_id: str | None = None
    tenant: str | None = None
    created_at: float = 0.0
    ended_at: float | None = None

    @property
    def done(self) -> int:
        """How many items have their outcome."""
        return len(self.created) + len(self.failed)


class Roster(Protocol):
    """The chargers and locations of a running fleet, to be changed."""

    def catalog(self) -> Catalog:
        """What chargers can be made by name, and the gallery of usual sites."""
        ...

    async def add(self, new: NewCharger) -> ChargerView:
        """Make a charger and switch it on: it dials at once. Raises UnknownModel, UnknownTarget (its location),
        InvalidCharger, DuplicateCharger and HostFull."""
        ...

    async def add_many(
        self, chargers: Sequence[NewCharger], *, location_id: str | None = None, tenant: str | None = None
    ) -> BulkJob:
        """Begin to make up to 1,000 chargers, switched on as the ramp says; one that cannot be made stops no other.

        With `location_id` all of them stand there. Raises InvalidCharger for more than 1,000, UnknownTarget for the
        location.
        """
        ...

    async def job(self, job_id: str) -> BulkJob:
        """A job of add_many. Raises UnknownTarget."""
        ...

    async def provisioning(self, charger_id: str) -> Provisioning:
        """Where a charger stands on its way to service. Raises UnknownTarget."""
        ...

    async def update(self, charger_id: str, changes: ChargerChanges) -> ChargerView:
        """Change a charger. Raises UnknownTarget, InvalidCharger and DuplicateCharger, and then nothing is changed."""
        ...

    async def remove(self, charger_id: str) -> None:
        """Switch a charger off in order and forget it. Raises UnknownTarget."""
        ...

    async def start(self, charger_id: str) -> ChargerView:
        """Switch a charger on; nothing happens to one that is on. Raises UnknownTarget."""
        ...

    async def stop(self, charger_id: str) -> ChargerView:
        """Switch a charger off in order: sessions end, what waits is sent, the link closes with 1000. Raises
        UnknownTarget."""
        ...

    async def reset(self, charger_id: str) -> ChargerView:
        """Switch a charger off in order, and on again. Raises UnknownTarget."""
        ...

    async def forget_frames(
        self, charger_id: str, since: float = -math.inf, until: float = math.inf, actions: Collection[str] = ()
    ) -> int:
        """Forget kept frames from `since` to `until`, simulated UTC seconds, of these actions or of all; answers how
        many. Raises UnknownTarget."""
        ...

    async def add_location(self, new: LocationSpec) -> LocationView:
        """Add a location; with an empty id an opaque one is made. Raises DuplicateLocation."""
        ...

    async def update_location(self, location_id: str, changes: LocationChanges) -> LocationView:
        """Change a location. Raises UnknownTarget."""
        ...

    async def remove_location(self, location_id: str) -> None:
        """Remove a location without chargers. Raises UnknownTarget and LocationInUse."""
        ...


REFUSALS: tuple[tuple[str, str, str], ...] = (
    ("refused 401", "csms_unauthorized", "dial"),
    ("refused 403", "csms_forbidden", "dial"),
    ("refused 404", "csms_unknown_charger", "dial"),
    ("refused", "csms_refused", "dial"),
    ("subprotocol", "csms_subprotocol", "dial"),
    ("tls", "csms_tls", "dial"),
    ("unreachable", "csms_unreachable", "dial"),
    ("closed", "csms_closed", "boot"),
    ("lost", "csms_link_lost", "boot"),
)
"""Beginning of a recorded refusal, code, step; the first that fits counts."""


def provisioning_of(view: ChargerView, provisioned_at: float | None) -> Provisioning:
    """Where a charger stands; `provisioned_at` is when it was accepted first, if that was seen."""
    stage, error = Stage.PROVISIONING, None
    if provisioned_at is not None or view.registration == "Accepted":
        stage = Stage.READY
    elif view.connection == "off":
        stage = Stage.PENDING
    elif view.registration == "Rejected":
        stage = Stage.FAILED
        words = "the central system has answered BootNotification with Rejected; register the charger there"
        error = Failure("csms_boot_rejected", words, "boot", retryable=True)
    elif view.refusal is not None:
        refusal = view.refusal
        found = ((code, step) for start, code, step in REFUSALS if refusal.startswith(start))
        code, step = next(found, ("csms_refused", "dial"))
        stage, error = Stage.FAILED, Failure(code, f"{refusal}; {remedy_of(refusal)}", step, retryable=True)
    return Provisioning(
        charger_id=view.charger_id,
        identity=view.identity,
        stage=stage,
        error=error,
        provisioned_at=provisioned_at,
        updated_at=view.created_at if view.updated_at is None else view.updated_at,
    )
