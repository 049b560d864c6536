"""GetDiagnostics and GetLog with their notifications (1.6 sections 4.4, 5.9; security white paper GetLog)."""

import json
from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import ClearTransferFault, InjectTransferFault
from chargepoint_sim.core.jobs import Cause, JobFailed, UploadArchive, Uploaded
from tests.protocol.harness import NOON, SILENCE, two_sockets
from tests.protocol.v16.bench import Bench16

URL = "ftp://files.example/logs/"
BROKEN = JobFailed("files.example:21: connection refused")


def told(bench: Bench16) -> list[str]:
    return [one["status"] for one in bench.payloads("DiagnosticsStatusNotification")]


def told_log(bench: Bench16) -> list[tuple[str, int | None]]:
    return [(one["status"], one.get("requestId")) for one in bench.payloads("LogStatusNotification")]


def order(bench: Bench16, **request: Any) -> dict[str, Any]:
    answer = bench.ask("GetDiagnostics", {"location": URL, **request})
    assert answer is not None
    return dict(answer[2])


def order_log(bench: Bench16, request_id: int, kind: str = "DiagnosticsLog", **request: Any) -> dict[str, Any]:
    log = {"remoteLocation": URL, **request.pop("log", {})}
    answer = bench.ask("GetLog", {"logType": kind, "requestId": request_id, "log": log, **request})
    assert answer is not None
    return dict(answer[2])


def job(bench: Bench16) -> UploadArchive:
    """The upload under way."""
    (start,) = bench.jobs
    assert isinstance(start.job, UploadArchive)
    return start.job


@pytest.mark.shows("GetDiagnostics")
def test_diagnostics_are_uploaded_and_told() -> None:
    bench = Bench16.booted()
    answer = order(bench)
    upload = job(bench)
    assert (upload.url, upload.file_name) == (URL, answer["fileName"])
    assert answer["fileName"] == "diagnostics-c1-2023-11-15T120000000Z.zip"
    assert told(bench) == ["Uploading"]
    bench.wait(5).finish(Uploaded())
    assert told(bench) == ["Uploading", "Uploaded"]
    bench.wait(3600)
    assert told(bench) == ["Uploading", "Uploaded"]


def test_wire_of_answer_and_status() -> None:
    bench = Bench16.booted()
    answer = bench.ask("GetDiagnostics", {"location": URL}, message_id="d-1")
    assert answer == [3, "d-1", {"fileName": job(bench).file_name}]
    (call,) = bench.calls("DiagnosticsStatusNotification")
    frame = json.loads(call.text)
    assert frame == [2, frame[1], "DiagnosticsStatusNotification", {"status": "Uploading"}]


def test_the_archive_holds_configuration_and_state_and_asks_for_frames() -> None:
    bench = Bench16.charging()
    assert bench.configure("MeterValueSampleInterval", "17") == "Accepted"
    order(bench)
    upload = job(bench)
    assert upload.with_frames
    keys = {one["key"]: one.get("value") for one in json.loads(upload.files["configuration.json"])}
    assert keys["MeterValueSampleInterval"] == "17"
    assert not keys.get("AuthorizationKey")
    state = json.loads(upload.files["station.json"])
    assert (state["firmware"], state["serial_number"]) == ("1.0", "SN1")
    assert [one["state"] for one in state["connectors"]] == ["Charging", "Idle"]


def test_the_time_range_goes_with_the_order() -> None:
    bench = Bench16.booted()
    bench.station.csms_offset_s = 60.0
    order(bench, startTime="2023-11-15T10:00:00Z", stopTime="2023-11-15T11:00:00Z")
    assert (job(bench).frames_since, job(bench).frames_until) == (NOON - 7260, NOON - 3660)


@pytest.mark.parametrize(
    "range_",
    [
        {"startTime": "2023-11-15T13:00:00Z"},
        {"startTime": "2023-11-15T11:00:00Z", "stopTime": "2023-11-15T10:00:00Z"},
    ],
)
def test_without_anything_to_upload_there_is_no_file_name(range_: dict[str, str]) -> None:
    bench = Bench16.booted()
    assert order(bench, **range_) == {}
    log = {"oldestTimestamp": range_["startTime"]}
    if "stopTime" in range_:
        log["latestTimestamp"] = range_["stopTime"]
    assert order_log(bench, 1, log=log) == {"status": "Rejected"}
    assert bench.jobs == []
    assert (told(bench), told_log(bench)) == ([], [])


def test_a_time_that_is_none_is_refused() -> None:
    bench = Bench16.booted()
    answer = bench.ask("GetDiagnostics", {"location": URL, "startTime": "yesterday"})
    assert answer is not None
    assert answer[0] == 4
    assert bench.jobs == []


def test_retries_keep_their_interval_and_then_give_up() -> None:
    bench = Bench16.booted()
    order(bench, retries=3, retryInterval=30)
    for _ in range(2):
        bench.finish(BROKEN)
        bench.wait(29)
        assert bench.jobs == []
        bench.wait(2)
    assert told(bench) == ["Uploading"]
    bench.finish(BROKEN)
    assert told(bench) == ["Uploading", "UploadFailed"]
    bench.wait(3600)
    assert bench.jobs == []
    assert bench.problems[f"log not uploaded: {BROKEN.reason}"] == 3


@pytest.mark.parametrize(
    ("cause", "word"),
    [
        (Cause.OTHER, "UploadFailure"),
        (Cause.DENIED, "PermissionDenied"),
        (Cause.UNSUPPORTED, "NotSupportedOperation"),
    ],
)
def test_get_log_says_why_it_failed(cause: Cause, word: str) -> None:
    bench = Bench16.booted()
    assert order_log(bench, 7)["status"] == "Accepted"
    bench.finish(JobFailed("no", cause))
    assert told_log(bench) == [("Uploading", 7), (word, 7)]
    order(bench)
    bench.finish(JobFailed("no", cause))
    assert told(bench) == ["Uploading", "UploadFailed"]


def test_an_impossible_location_is_not_tried_twice() -> None:
    bench = Bench16.booted()
    order(bench, retries=5, retryInterval=1)
    bench.finish(JobFailed("the location is no URL", Cause.UNSUPPORTED)).wait(60)
    assert told(bench) == ["Uploading", "UploadFailed"]
    assert bench.jobs == []


@pytest.mark.shows("GetLog")
def test_get_log_wire_with_its_request_id() -> None:
    bench = Bench16.booted()
    request = {"logType": "DiagnosticsLog", "requestId": 42, "log": {"remoteLocation": URL}}
    answer = bench.ask("GetLog", request, message_id="l-1")
    assert answer == [3, "l-1", {"status": "Accepted", "filename": job(bench).file_name}]
    bench.finish(Uploaded())
    assert told_log(bench) == [("Uploading", 42), ("Uploaded", 42)]
    assert told(bench) == []


def test_the_security_log_holds_the_events_of_the_range_and_no_frames() -> None:
    bench = Bench16.booted()
    for at, kind in ((NOON - 100, "InvalidMessages"), (NOON - 50, "ResetOrReboot"), (NOON - 10, "SettingSystemTime")):
        bench.station.access.log.note(at, kind, f"at {at}", owed=False)
    log = {"oldestTimestamp": format_utc(NOON - 60), "latestTimestamp": format_utc(NOON - 20)}
    order_log(bench, 1, "SecurityLog", log=log)
    upload = job(bench)
    assert not upload.with_frames
    assert upload.file_name.startswith("security-")
    (line,) = upload.files["security-events.jsonl"].splitlines()
    assert json.loads(line) == {
        "timestamp": format_utc(NOON - 50),
        "type": "ResetOrReboot",
        "techInfo": f"at {NOON - 50}",
    }


def test_a_second_order_cancels_the_first() -> None:
    bench = Bench16.booted()
    order_log(bench, 1)
    answer = order_log(bench, 2)
    assert answer["status"] == "AcceptedCanceled"
    bench.finish(Uploaded())  # of the first: nobody hears of it
    assert told_log(bench) == [("Uploading", 1), ("Uploading", 2)]
    bench.finish(Uploaded())
    assert told_log(bench)[2:] == [("Uploaded", 2)]
    assert order_log(bench, 3)["status"] == "Accepted"


def test_an_order_that_waits_for_its_retry_is_cancelled_with_its_retry() -> None:
    bench = Bench16.booted()
    order_log(bench, 1, retries=5, retryInterval=60)
    bench.finish(BROKEN)
    order_log(bench, 2)
    bench.finish(Uploaded())
    bench.wait(3600)
    assert bench.jobs == []
    assert told_log(bench) == [("Uploading", 1), ("Uploading", 2), ("Uploaded", 2)]


@pytest.mark.parametrize("by", ["template", "command"])
def test_injected_fault(by: str) -> None:
    bench = Bench16.booted(spec=two_sockets(transfer_faults=("log-upload",) if by == "template" else ()))
    if by == "command":
        assert bench.command(InjectTransferFault("log-upload")).accepted
    order(bench)
    bench.finish(Uploaded())
    assert told(bench) == ["Uploading", "UploadFailed"]
    assert bench.command(ClearTransferFault("log-upload")).accepted
    order(bench)
    bench.finish(Uploaded())
    assert told(bench)[2:] == ["Uploading", "Uploaded"]


def test_what_happens_offline_is_told_when_the_link_is_back() -> None:
    bench = Bench16.booted(answers={"LogStatusNotification": SILENCE})
    order_log(bench, 9)
    bench.cut()
    bench.finish(Uploaded())
    bench.answers["LogStatusNotification"] = {}
    bench.forget()
    bench.come_back().wait(60)
    assert told_log(bench) == [("Uploaded", 9)]


@pytest.mark.shows("DiagnosticsStatusNotification", "LogStatusNotification")
@pytest.mark.parametrize("action", ["DiagnosticsStatusNotification", "LogStatusNotification"])
def test_a_status_is_told_after_every_offline_spell_until_it_is_acknowledged(action: str) -> None:
    bench = Bench16.booted(answers={action: SILENCE})
    if action == "LogStatusNotification":
        order_log(bench, 9)
    else:
        order(bench)
    bench.forget().cut()
    bench.answers[action] = {}
    bench.come_back().wait(60)
    assert [one["status"] for one in bench.payloads(action)] == ["Uploading"]
    bench.forget().cut()
    bench.come_back().wait(60)
    assert bench.payloads(action) == []


def test_the_acknowledgement_of_another_order_is_none() -> None:
    bench = Bench16.booted(answers={"LogStatusNotification": SILENCE})
    order_log(bench, 1)
    (first,) = bench.unanswered
    order_log(bench, 2)
    bench.reply(first, {})
    bench.answers["LogStatusNotification"] = {}
    bench.forget().cut()
    bench.come_back().wait(60)
    assert told_log(bench) == [("Uploading", 2)]


@pytest.mark.parametrize("how", ["power cut", "restart of the program"])
def test_an_upload_begins_again_after_a(how: str) -> None:
    bench = Bench16.booted()
    order(bench, retries=2, retryInterval=5)
    if how == "power cut":
        bench.jobs.clear()
        bench.power_down().wait(60)
        bench.power_up().wait(1)
    else:
        saved = json.loads(json.dumps(snapshot.take(bench.charger, bench.now.sim)))
        bench = Bench16(boot_id="b2")
        snapshot.restore(bench.charger, saved)
        bench.power_up().wait(1)
    bench.finish(Uploaded())
    assert told(bench)[-1] == "Uploaded"


def test_triggered_diagnostics_status() -> None:
    bench = Bench16.booted()

    def triggered() -> str:
        bench.ask("TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"})
        return told(bench)[-1]

    assert triggered() == "Idle"
    order(bench)
    assert triggered() == "Uploading"
    bench.finish(Uploaded())
    assert triggered() == "Idle"


def test_triggered_log_status() -> None:
    bench = Bench16.booted()

    def triggered() -> tuple[str, int | None]:
        bench.ask("ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"})
        return told_log(bench)[-1]

    assert triggered() == ("Idle", None)
    order_log(bench, 5)
    assert triggered() == ("Uploading", 5)
    bench.finish(Uploaded())
    assert triggered() == ("Idle", None)
