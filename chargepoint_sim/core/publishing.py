"""Firmware that a local controller offers to other stations: fetch it, check it, put it on the file server (2.0.1 L03).

Owns the legal ways from status to status. Fetching and offering are jobs that the adapter starts for PublicationWanted
and PublicationDue; what came of them comes back by `downloaded` and `published`. A file is named by its checksum.
"""

import hashlib
import re
from collections.abc import Mapping

from chargepoint_sim.core.facts import PublicationChanged, PublicationDue, PublicationWanted
from chargepoint_sim.core.jobs import Cause, Downloaded, JobFailed, JobResult, Published
from chargepoint_sim.core.orders import Publication, PublishStatus, TransferFault
from chargepoint_sim.core.state import StationState

DEADLINE = "publication"
CHECKSUM = re.compile(r"[0-9a-f]{32}")

LEGAL: Mapping[PublishStatus, tuple[PublishStatus, ...]] = {
    PublishStatus.IDLE: (PublishStatus.DOWNLOADING,),
    PublishStatus.DOWNLOADING: (PublishStatus.DOWNLOADED, PublishStatus.DOWNLOAD_FAILED),
    PublishStatus.DOWNLOADED: (PublishStatus.CHECKSUM_VERIFIED, PublishStatus.INVALID_CHECKSUM),
    PublishStatus.CHECKSUM_VERIFIED: (PublishStatus.PUBLISHED, PublishStatus.PUBLISH_FAILED),
    PublishStatus.PUBLISHED: (),
    PublishStatus.DOWNLOAD_FAILED: (),
    PublishStatus.INVALID_CHECKSUM: (),
    PublishStatus.PUBLISH_FAILED: (),
}
"""From -> to, for one publication. A power cut before its end leads back to Downloading."""

_ENDS = tuple(status for status, following in LEGAL.items() if not following)
_FAILURES = tuple(status for status in _ENDS if status is not PublishStatus.PUBLISHED)


def latest(state: StationState) -> Publication | None:
    """The publication that was ordered last, or None."""
    return next(reversed((state.orders.publications or {}).values()), None)


def under_way(state: StationState) -> Publication | None:
    """The publication that is being worked on, or None; others wait only after a restart of the program."""
    return next((one for one in (state.orders.publications or {}).values() if one.status not in _ENDS), None)


def to_keep(state: StationState) -> list[Publication]:
    """What is to be offered again after a restart of the program: all but what has failed."""
    kept = (one for one in (state.orders.publications or {}).values() if one.status not in _FAILURES)
    return list(kept)


def order(state: StationState, publication: Publication, at: float) -> None:
    """Begin a publication, when no other one is under way; the same file is fetched and offered anew."""
    assert under_way(state) is None, "one publication at a time"
    publications = state.orders.publications or {}
    publications.pop(publication.checksum, None)
    state.orders.publications = publications | {publication.checksum: publication}
    _fetch(state, publication, at)


def due(state: StationState, at: float) -> None:
    """Fetch, at last or once more."""
    current = under_way(state)
    if current is not None:
        _fetch(state, current, at)


def downloaded(state: StationState, publication: Publication, result: JobResult, at: float) -> None:
    """The file is here, or could not be had; it must be what the checksum says (L03.FR.02, L03.FR.06, L03.FR.07)."""
    if under_way(state) is not publication or publication.status is not PublishStatus.DOWNLOADING:
        return
    if state.orders.strikes(TransferFault.DOWNLOAD):
        result = JobFailed("injected fault")
    if not isinstance(result, Downloaded):
        publication.tries_left -= 1
        if publication.tries_left > 0 and not (isinstance(result, JobFailed) and result.cause is Cause.UNSUPPORTED):
            state.deadlines.set(DEADLINE, at + publication.retry_interval_s)
        else:
            _become(state, publication, PublishStatus.DOWNLOAD_FAILED, at)
        return
    _become(state, publication, PublishStatus.DOWNLOADED, at)
    if hashlib.md5(result.data, usedforsecurity=False).hexdigest() != publication.checksum:
        _become(state, publication, PublishStatus.INVALID_CHECKSUM, at)
        return
    _become(state, publication, PublishStatus.CHECKSUM_VERIFIED, at)
    state.emit(PublicationDue(at, publication.checksum, result.data))


def published(state: StationState, publication: Publication, result: JobResult, at: float) -> None:
    """The file server has the file, or has not (L03.FR.08, L03.FR.09)."""
    if under_way(state) is not publication or publication.status is not PublishStatus.CHECKSUM_VERIFIED:
        return
    if state.orders.strikes(TransferFault.PUBLISH) or not isinstance(result, Published):
        _become(state, publication, PublishStatus.PUBLISH_FAILED, at)
        return
    publication.locations = result.locations
    _become(state, publication, PublishStatus.PUBLISHED, at)


def offered(state: StationState, checksum: str) -> Publication | None:
    """The publication of that file while it is offered, or None (L04.FR.03)."""
    found = (state.orders.publications or {}).get(checksum)
    return found if found is not None and found.status is PublishStatus.PUBLISHED else None


def withdrawn(state: StationState, checksum: str) -> None:
    """The file server has given the file up (L04.FR.01)."""
    publications = state.orders.publications
    if publications is not None:
        publications.pop(checksum, None)
        state.orders.publications = publications or None


def power_up(state: StationState, at: float) -> None:
    """Begin again what a power cut has broken off."""
    current = under_way(state)
    if current is not None:
        current.status = PublishStatus.IDLE
        state.deadlines.set(DEADLINE, at)


def _fetch(state: StationState, publication: Publication, at: float) -> None:
    if publication.status is PublishStatus.IDLE:
        _become(state, publication, PublishStatus.DOWNLOADING, at)
    state.emit(PublicationWanted(at, publication.checksum, publication.url))


def _become(state: StationState, publication: Publication, status: PublishStatus, at: float) -> None:
    assert status in LEGAL[publication.status], f"{publication.status} -> {status}"
    publication.status = status
    state.emit(PublicationChanged(at, publication.checksum, status))
    if status in _ENDS and under_way(state) is not None:
        state.deadlines.set(DEADLINE, at)
