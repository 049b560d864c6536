"""What a charger wants done, as plain data: the runtime and the simulation carry it out, in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from chargepoint_sim.core.jobs import Job


class Send(NamedTuple):
    """Write this text message."""

    text: bytes
    action: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Write a ping."""


@dataclass(frozen=True, slots=True)
class CloseLink:
    """Close the link in order with this code, or abort it where there is none."""

    code: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that observers may want to know; `kind` is a noun_verb."""

    kind: str
    data: Mapping[str, Any]


class FrameSeen(NamedTuple):
    """A frame came in (for the frame log; sent ones are seen as Send)."""

    text: bytes
    action: str


@dataclass(frozen=True, slots=True)
class StartJob:
    """Have this work done, and call `Charger.job_done` with the id and the result."""

    job_id: int
    job: Job


Effect = StartJob | Send | Ping | CloseLink | Event | FrameSeen
