"""Who does which job: the table from job to function, and what a job needs beyond what the charger knows.

A charger knows neither its own frames nor the files with the roots that it trusts; `equipped` adds them.
"""

import asyncio
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.certificates import CheckSignature, CheckSigned, CheckSigner, NameChain, Read, RequestSigning
from chargepoint_sim.core.jobs import Download, Job, JobResult, Pause, Publish, Trust, Upload, UploadArchive, Withdraw
from chargepoint_sim.core.plug_and_charge import QueryStatus, ReadContract
from chargepoint_sim.fleet.spec import CsmsTarget
from chargepoint_sim.logs import mask
from chargepoint_sim.runtime.jobs import Worker
from chargepoint_sim.transport import transfers
from chargepoint_sim.transport.shelf import Shelf

Frames = Sequence[tuple[float, bool, str, bytes]]
"""(simulated instant, sent, action, text), oldest first"""


def equipped(job: Job, target: CsmsTarget, frames: Frames) -> Job:
    """The job with whom to trust and, where it asks for them, the charger's frames."""
    equip = _EQUIPMENT.get(type(job))
    return job if equip is None else equip(job, Trust(target.ca_file, target.verify), frames)


def _with_frames(job: UploadArchive, trust: Trust, frames: Frames) -> UploadArchive:
    if not job.with_frames:
        return replace(job, trust=trust)
    since, until = job.frames_since, job.frames_until
    lines = [
        orjson.dumps(
            {"timestamp": format_utc(at), "sent": sent, "action": action, "frame": mask(text.decode(errors="replace"))}
        )
        for at, sent, action, text in frames
        if (since is None or at >= since) and (until is None or at <= until)
    ]
    return replace(job, trust=trust, files={**job.files, "frames.jsonl": b"".join(line + b"\n" for line in lines)})


_EQUIPMENT: Mapping[type[Job], Callable[[Any, Trust, Frames], Job]] = {
    Download: lambda job, trust, _: replace(job, trust=trust),
    Upload: lambda job, trust, _: replace(job, trust=trust),
    UploadArchive: _with_frames,
}


async def _download(job: Download) -> JobResult:
    return await transfers.download(job.url, job.at_most_bytes, job.trust)


async def _upload(job: Upload) -> JobResult:
    return await transfers.upload(job.url, job.file_name, job.data, job.trust)


async def _upload_archive(job: UploadArchive) -> JobResult:
    archive = await asyncio.to_thread(_packed, job.files)
    return await transfers.upload(job.url, job.file_name, archive, job.trust)


def _packed(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip archive; the same files always give the same bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


async def _cryptography(job: Job) -> JobResult:
    """In a thread: making 500 keys at once must not hold up the loop."""
    from chargepoint_sim.pki import work  # most fleets need none of it

    return await asyncio.to_thread(work.do, job)


_WORK: Mapping[type[Job], Callable[[Any], Any]] = {
    CheckSignature: _cryptography,
    CheckSigned: _cryptography,
    CheckSigner: _cryptography,
    Download: _download,
    Pause: lambda job: asyncio.sleep(job.seconds),
    NameChain: _cryptography,
    Read: _cryptography,
    QueryStatus: _cryptography,
    ReadContract: _cryptography,
    RequestSigning: _cryptography,
    Upload: _upload,
    UploadArchive: _upload_archive,
}


def workers(shelf: Shelf) -> Mapping[type[Job], Worker]:
    """Every job and who does it; `shelf` has the files that the local controllers of the process offer."""
    files: Mapping[type[Job], Callable[[Any], Any]] = {Publish: shelf.publish, Withdraw: shelf.withdraw}
    return {**_WORK, **files}
