"""Slow work in virtual time: what a job would have taken and brought, answered without doing it.

Durations are drawn from the fleet's seed. Every transfer with a URL that a real one could be made with succeeds: what
is to fail is injected (core.orders.TransferFault). Cryptography is done for real, with keys that are derived from the
seed; so a signature over `firmware_file` of a URL is found right, and no other.
"""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from chargepoint_sim.core.firmware import MAGIC
from chargepoint_sim.core.jobs import (
    Cause,
    Download,
    Downloaded,
    Job,
    JobFailed,
    JobResult,
    Pause,
    Publish,
    Published,
    Upload,
    UploadArchive,
    Uploaded,
    Withdraw,
    Withdrawn,
)
from chargepoint_sim.pki import work as pki
from chargepoint_sim.simulation.mishaps import Luck

TRANSFER_S = (2.0, 60.0)
CRYPTOGRAPHY_S = (0.05, 2.0)
SCHEMES = ("ftp", "ftps", "http", "https")


def done(job: Job, luck: Luck) -> tuple[float, JobResult]:
    """How many I/O seconds a job takes, and what comes of it."""
    if type(job) in pki.JOBS:
        return luck.between("cryptography", *CRYPTOGRAPHY_S), pki.do(job, int(luck.between("key", 1.0, 2.0**53)))
    rule = _RULES.get(type(job))
    if rule is None:
        return 0.0, JobFailed(f"nothing does {type(job).__name__} in virtual time")
    return rule(job, luck)


def _download(job: Download, luck: Luck) -> tuple[float, JobResult]:
    if not _reachable(job.url):
        return 0.0, _BOGUS
    return luck.between("download", *TRANSFER_S), Downloaded(firmware_file(job.url))


def firmware_file(url: str) -> bytes:
    """What a URL brings in virtual time: one line, whose version is the last part of the path without its ending.

    `http://host/2.1.0.bin` brings version 2.1.0, byte by byte the file that `docs/transfers.md` shows how to make.
    """
    version = PurePosixPath(unquote(urlsplit(url).path)).stem or "1"
    return MAGIC + version.encode() + b"\n"


def _upload(job: Upload | UploadArchive, luck: Luck) -> tuple[float, JobResult]:
    if not _reachable(job.url):
        return 0.0, _BOGUS
    return luck.between("upload", *TRANSFER_S), Uploaded()


def _reachable(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.hostname)


def _publish(job: Publish, luck: Luck) -> tuple[float, JobResult]:
    """Nobody serves the file in virtual time, where every URL brings a firmware file."""
    return 0.0, Published((f"http://{job.controller}.invalid/{job.checksum}",))


_BOGUS = JobFailed("no location that a file can be transferred to or from", Cause.UNSUPPORTED)

_RULES: Mapping[type[Job], Callable[[Any, Luck], tuple[float, JobResult]]] = {
    Download: _download,
    Pause: lambda job, _: (job.seconds, None),
    Publish: _publish,
    Upload: _upload,
    UploadArchive: _upload,
    Withdraw: lambda _, __: (0.0, Withdrawn()),
}
