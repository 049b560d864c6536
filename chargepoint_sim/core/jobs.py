"""Slow work that a charger wants done, and what came of it: plain data both ways (architecture chapter 4, Jobs).

Nothing here does the work: the runtime runs jobs in a bounded pool with `transport.transfers` and `pki`, the
simulation answers them itself.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Job:
    """Root of all jobs."""


class Cause(enum.StrEnum):
    """Why work failed, as far as somebody acts on it."""

    OTHER = "other"
    DENIED = "denied"
    """The other side does not let us."""
    UNSUPPORTED = "unsupported"
    """Nothing can be done with such an order: another attempt is pointless."""


@dataclass(frozen=True, slots=True)
class JobFailed:
    """The work could not be done; `reason` is one line for people, without secrets."""

    reason: str
    cause: Cause = Cause.OTHER


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe on the other side of TLS; the runtime fills it in from the charger's own target."""

    ca_file: str | None = None
    """PEM file of the roots; None takes the system's."""
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Download(Job):
    """Fetch a file over HTTP(S) or FTP(S); comes back as Downloaded or JobFailed."""

    url: str
    at_most_bytes: int = 64 * 1024 * 1024
    trust: Trust = Trust()


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The file."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Upload(Job):
    """Deliver a file over HTTP(S) PUT or POST, or FTP(S); comes back as Uploaded or JobFailed."""

    url: str
    file_name: str
    data: bytes = field(repr=False)
    trust: Trust = Trust()


@dataclass(frozen=True, slots=True)
class UploadArchive(Job):
    """Pack files into a zip archive and deliver it; comes back as Uploaded or JobFailed.

    The charger does not keep its frames, the runtime does: where they are asked for, it adds those from `frames_since`
    to `frames_until` (simulated instants, None for open ends) as one more file.
    """

    url: str
    file_name: str
    files: Mapping[str, bytes] = field(repr=False)
    with_frames: bool = True
    frames_since: float | None = None
    frames_until: float | None = None
    trust: Trust = Trust()


@dataclass(frozen=True, slots=True)
class Publish(Job):
    """Offer a file on the file server of local controllers; comes back as Published or JobFailed."""

    controller: str
    """The charger's id, under which its files stand."""
    checksum: str
    """Names the file."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Published:
    """The file can be fetched."""

    locations: tuple[str, ...]
    """URLs, one for each protocol that the server speaks."""


@dataclass(frozen=True, slots=True)
class Withdraw(Job):
    """Offer a file no more; comes back as Withdrawn, or as JobFailed while somebody is fetching it."""

    controller: str
    checksum: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The file cannot be fetched any more."""


@dataclass(frozen=True, slots=True)
class Pause(Job):
    """Do nothing for so many I/O seconds, beside any number of others; the result says nothing."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The other side has taken the file."""


JobResult = object
"""One of the result types, or JobFailed."""
