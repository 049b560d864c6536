"""PublishFirmware, UnpublishFirmware and PublishFirmwareStatusNotification (2.0.1 L03, L04)."""

import hashlib
import json
from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.commands import InjectTransferFault
from chargepoint_sim.core.jobs import Cause, Download, Downloaded, JobFailed, Publish, Published, Withdraw, Withdrawn
from tests.protocol.harness import SILENCE, two_sockets
from tests.protocol.v201.bench import Bench201

URL = "https://files.example/2.1.0.bin"
FILE = b"chargepoint-sim-firmware 2.1.0\n"
CHECKSUM = hashlib.md5(FILE, usedforsecurity=False).hexdigest()
LOCATION = "http://127.0.0.1:8080/c1/file"
BROKEN = JobFailed("files.example:443: HTTP 503")

UP_TO_CHECK = ["Downloading", "Downloaded"]
PUBLISHED = [*UP_TO_CHECK, "ChecksumVerified", "Published"]


def controller(**how: Any) -> Bench201:
    """A local controller."""
    return Bench201.booted(spec=two_sockets(local_controller=True), **how)


def publish(bench: Bench201, request_id: int = 1, checksum: str = CHECKSUM, **request: Any) -> dict[str, Any]:
    return bench.answer("PublishFirmware", {"location": URL, "checksum": checksum, "requestId": request_id, **request})


def unpublish(bench: Bench201, checksum: str = CHECKSUM) -> str:
    return str(bench.answer("UnpublishFirmware", {"checksum": checksum})["status"])


def told(bench: Bench201, request_id: int = 1) -> list[str]:
    payloads = bench.payloads("PublishFirmwareStatusNotification")
    return [one["status"] for one in payloads if one.get("requestId") == request_id]


def triggered(bench: Bench201) -> dict[str, Any]:
    request = {"requestedMessage": "PublishFirmwareStatusNotification"}
    assert bench.answer("TriggerMessage", request) == {"status": "Accepted"}
    return bench.payloads("PublishFirmwareStatusNotification")[-1]


def offering(**how: Any) -> Bench201:
    """A local controller that offers the file."""
    bench = controller(**how)
    assert publish(bench) == {"status": "Accepted"}
    bench.finish(Downloaded(FILE)).finish(Published((LOCATION,)))
    return bench


@pytest.mark.shows("PublishFirmware")
def test_a_file_is_fetched_checked_and_offered() -> None:
    """L03.FR.01, L03.FR.02, L03.FR.04, L03.FR.05, L03.FR.09."""
    bench = controller()
    assert publish(bench, 7) == {"status": "Accepted"}
    assert isinstance(bench.jobs[0].job, Download)
    assert told(bench, 7) == ["Downloading"]
    bench.finish(Downloaded(FILE))
    job = bench.jobs[0].job
    assert isinstance(job, Publish)
    assert (job.controller, job.checksum, job.data) == ("c1", CHECKSUM, FILE)
    bench.finish(Published((LOCATION,))).wait(3600)
    assert told(bench, 7) == PUBLISHED
    last = bench.payloads("PublishFirmwareStatusNotification")[-1]
    assert last == {"status": "Published", "location": [LOCATION], "requestId": 7}


def test_wire_of_answer_and_status() -> None:
    bench = controller()
    request = {"location": URL, "checksum": CHECKSUM, "requestId": 9}
    assert bench.ask("PublishFirmware", request, message_id="p-1") == [3, "p-1", {"status": "Accepted"}]
    (call,) = bench.calls("PublishFirmwareStatusNotification")
    frame = json.loads(call.text)
    assert frame == [2, frame[1], "PublishFirmwareStatusNotification", {"status": "Downloading", "requestId": 9}]


@pytest.mark.parametrize(("retries", "attempts"), [(None, 1), (0, 1), (2, 3)])
def test_a_file_that_cannot_be_had(retries: int | None, attempts: int) -> None:
    """L03.FR.06."""
    bench = controller()
    publish(bench, **({} if retries is None else {"retries": retries}), retryInterval=30)
    for _ in range(attempts - 1):
        bench.finish(BROKEN)
        assert told(bench) == ["Downloading"]
        bench.wait(30)
    bench.finish(BROKEN).wait(3600)
    assert told(bench) == ["Downloading", "DownloadFailed"]


def test_a_location_that_is_none_is_not_tried_again() -> None:
    bench = controller()
    publish(bench, retries=4)
    bench.finish(JobFailed("no URL", Cause.UNSUPPORTED))
    assert told(bench) == ["Downloading", "DownloadFailed"]


def test_another_file_than_the_checksum_says() -> None:
    """L03.FR.07."""
    bench = controller()
    publish(bench)
    bench.finish(Downloaded(FILE + b"!")).wait(60)
    assert told(bench) == [*UP_TO_CHECK, "InvalidChecksum"]
    assert unpublish(bench) == "NoFirmware"


@pytest.mark.parametrize("by", ["job", "fault"])
def test_a_file_that_cannot_be_offered(by: str) -> None:
    """L03.FR.08."""
    bench = controller()
    if by == "fault":
        assert bench.command(InjectTransferFault("firmware-publish")).accepted
    publish(bench)
    bench.finish(Downloaded(FILE)).finish(JobFailed("no port") if by == "job" else Published((LOCATION,)))
    assert told(bench) == [*PUBLISHED[:3], "PublishFailed"]


@pytest.mark.shows("UnpublishFirmware")
def test_a_file_is_withdrawn() -> None:
    """L04.FR.01, L04.FR.02, L04.FR.03: afterwards there is none, and it can be published again."""
    bench = offering()
    bench.workers[Withdraw] = lambda _: Withdrawn()
    assert unpublish(bench, CHECKSUM.upper()) == "Unpublished"
    assert unpublish(bench) == "NoFirmware"
    publish(bench, 2)
    bench.finish(Downloaded(FILE)).finish(Published((LOCATION,)))
    assert told(bench, 2) == PUBLISHED


def test_a_file_that_somebody_fetches_stays() -> None:
    """L04.FR.04."""
    bench = offering()
    bench.workers[Withdraw] = lambda _: JobFailed("somebody is fetching the file")
    assert unpublish(bench) == "DownloadOngoing"
    bench.workers[Withdraw] = lambda _: Withdrawn()
    assert unpublish(bench) == "Unpublished"


def test_what_is_no_checksum_and_a_second_order_are_rejected() -> None:
    bench = controller()
    assert publish(bench, checksum="0815")["statusInfo"]["reasonCode"] == "InvalidValue"
    assert publish(bench, 1)["status"] == "Accepted"
    assert publish(bench, 2)["status"] == "Rejected"
    assert told(bench, 2) == []
    assert len(bench.jobs) == 1


def test_a_station_that_is_no_local_controller_does_not_know_the_messages() -> None:
    bench = Bench201.booted()
    request = {"location": URL, "checksum": CHECKSUM, "requestId": 1}
    assert bench.error("PublishFirmware", request) == "NotSupported"
    assert bench.error("UnpublishFirmware", {"checksum": CHECKSUM}) == "NotSupported"
    trigger = {"requestedMessage": "PublishFirmwareStatusNotification"}
    assert bench.answer("TriggerMessage", trigger) == {"status": "NotImplemented"}


def test_triggered_status() -> None:
    """L03.FR.10, L03.FR.11."""
    bench = controller()
    assert triggered(bench) == {"status": "Idle"}
    publish(bench, 5)
    assert triggered(bench) == {"status": "Downloading", "requestId": 5}
    bench.finish(Downloaded(FILE)).finish(Published((LOCATION,)))
    assert triggered(bench) == {"status": "Idle"}
    publish(bench, 6, checksum="0" * 32)
    bench.finish(Downloaded(FILE))
    assert triggered(bench) == {"status": "InvalidChecksum", "requestId": 6}


@pytest.mark.shows("PublishFirmwareStatusNotification")
def test_a_status_is_told_after_every_offline_spell_until_it_is_acknowledged() -> None:
    bench = controller()
    bench.answers["PublishFirmwareStatusNotification"] = SILENCE
    publish(bench)
    bench.forget().cut()
    bench.answers["PublishFirmwareStatusNotification"] = {}
    bench.come_back().wait(60)
    assert told(bench) == ["Downloading"]
    bench.forget().cut()
    bench.come_back().wait(60)
    assert told(bench) == []


def test_everything_is_offered_again_after_a_restart_of_the_program() -> None:
    first = offering()
    other = b"chargepoint-sim-firmware 3\n"
    publish(first, 2, hashlib.md5(other, usedforsecurity=False).hexdigest())
    saved = json.loads(json.dumps(snapshot.take(first.charger, first.now.sim)))
    bench = Bench201(spec=two_sockets(local_controller=True), boot_id="b2")
    snapshot.restore(bench.charger, saved)
    bench.power_up()
    for data in (FILE, other):
        bench.finish(Downloaded(data)).finish(Published((LOCATION,)))
    assert (told(bench, 1)[-1], told(bench, 2)[-1]) == ("Published", "Published")
    assert bench.jobs == []


def test_a_power_cut_breaks_off_nothing_for_good() -> None:
    bench = controller()
    publish(bench)
    bench.finish(Downloaded(FILE)).power_down().wait(5)
    bench.jobs.clear()
    bench.forget().power_up()
    bench.finish(Downloaded(FILE)).finish(Published((LOCATION,)))
    assert told(bench) == PUBLISHED


@pytest.mark.parametrize("change", [{"checksum": "0" * 33}, {"location": 1}, {"requestId": None}])
def test_bad_input_is_refused(change: dict[str, Any]) -> None:
    bench = controller()
    assert bench.error("PublishFirmware", {"location": URL, "checksum": CHECKSUM, "requestId": 1, **change})
    assert bench.error("UnpublishFirmware", {})
    assert bench.jobs == []
