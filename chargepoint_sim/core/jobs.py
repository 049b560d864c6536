"""Slow work that a charger wants done, and what came of it: plain data both ways (architecture chapter 4, Jobs).

Nothing here does the work: the runtime runs jobs in a bounded pool with `transport.transfers` and `pki`, the
simulation answers them itself.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Job:
    """Root of all jobs."""


@dataclass(frozen=True, slots=True)
class JobFailed:
    """The work could not be done; `reason` is one line for people, without secrets."""

    reason: str


@dataclass(frozen=True, slots=True)
class Download(Job):
    """Fetch a file over HTTP(S) or FTP(S); comes back as Downloaded or JobFailed."""

    url: str
    at_most_bytes: int = 64 * 1024 * 1024


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


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The other side has taken the file."""


JobResult = object
"""One of the result types, or JobFailed."""
