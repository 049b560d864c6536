"""GetLog and LogStatusNotification (2.0.1 N01)."""

import json
from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import InjectTransferFault
from chargepoint_sim.core.jobs import Cause, JobFailed, UploadArchive, Uploaded
from tests.protocol.harness import NOON, SILENCE
from tests.protocol.v201.bench import Bench201

URL = "https://files.example/logs/"
BROKEN = JobFailed("files.example:443: connection refused")


def told(bench: Bench201) -> list[tuple[str, int | None]]:
    return [(one["status"], one.get("requestId")) for one in bench.payloads("LogStatusNotification")]


def order(bench: Bench201, request_id: int = 1, kind: str = "DiagnosticsLog", **request: Any) -> dict[str, Any]:
    log = {"remoteLocation": URL, **request.pop("log", {})}
    return bench.answer("GetLog", {"logType": kind, "requestId": request_id, "log": log, **request})


def job(bench: Bench201) -> UploadArchive:
    """The upload under way."""
    start = bench.jobs[-1]
    assert isinstance(start.job, UploadArchive)
    return start.job


def triggered(bench: Bench201) -> tuple[str, int | None]:
    assert bench.answer("TriggerMessage", {"requestedMessage": "LogStatusNotification"}) == {"status": "Accepted"}
    return told(bench)[-1]


@pytest.mark.shows("GetLog")
def test_a_log_is_uploaded_and_told() -> None:
    """N01.FR.01, N01.FR.02, N01.FR.07, N01.FR.08, N01.FR.09."""
    bench = Bench201.booted()
    answer = order(bench, 7)
    assert answer == {"status": "Accepted", "filename": "diagnostics-c1-2023-11-15T120000000Z.zip"}
    assert (job(bench).url, job(bench).file_name) == (URL, answer["filename"])
    assert told(bench) == [("Uploading", 7)]
    bench.wait(5).finish(Uploaded()).wait(3600)
    assert told(bench) == [("Uploading", 7), ("Uploaded", 7)]


def test_wire_of_answer_and_status() -> None:
    bench = Bench201.booted()
    request = {"logType": "DiagnosticsLog", "requestId": 9, "log": {"remoteLocation": URL}}
    answer = bench.ask("GetLog", request, message_id="l-1")
    assert answer == [3, "l-1", {"status": "Accepted", "filename": job(bench).file_name}]
    (call,) = bench.calls("LogStatusNotification")
    frame = json.loads(call.text)
    assert frame == [2, frame[1], "LogStatusNotification", {"status": "Uploading", "requestId": 9}]


def test_the_archive_holds_the_device_model_and_asks_for_frames() -> None:
    """N01.FR.04."""
    bench = Bench201.charging()
    element = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "HeartbeatInterval"},
        "attributeValue": "1717",
    }
    bench.answer("SetVariables", {"setVariableData": [element]})
    since, until = format_utc(NOON + 5), format_utc(NOON + 9)
    order(bench, log={"oldestTimestamp": since, "latestTimestamp": until})
    upload = job(bench)
    assert (upload.with_frames, upload.frames_since, upload.frames_until) == (True, NOON + 5, NOON + 9)
    values = {
        (one["component"]["name"], one["variable"]["name"]): one["variableAttribute"][0].get("value")
        for one in json.loads(upload.files["configuration.json"])
    }
    assert values["OCPPCommCtrlr", "HeartbeatInterval"] == "1717"
    assert values["SecurityCtrlr", "BasicAuthPassword"] is None
    assert json.loads(upload.files["station.json"])["connectors"][0]["state"] == "Charging"


def test_the_security_log_holds_the_events_of_the_time_range() -> None:
    """N01.FR.03."""
    bench = Bench201.booted()
    for at in (10.0, 20.0, 30.0):
        bench.station.access.log.note(NOON + at, "MemoryExhaustion", f"at {at:g}", owed=False)
    bench.wait(60)
    log = {"oldestTimestamp": format_utc(NOON + 15), "latestTimestamp": format_utc(NOON + 25)}
    answer = order(bench, kind="SecurityLog", log=log)
    assert answer["filename"].startswith("security-")
    upload = job(bench)
    assert not upload.with_frames
    (line,) = upload.files["security-events.jsonl"].splitlines()
    assert json.loads(line)["techInfo"] == "at 20"


def test_what_holds_nothing_is_rejected() -> None:
    """N01.FR.05."""
    bench = Bench201.booted()
    later, sooner = format_utc(NOON + 3600), format_utc(NOON - 3600)
    for log in ({"oldestTimestamp": later}, {"oldestTimestamp": sooner, "latestTimestamp": sooner}):
        assert order(bench, log=log)["status"] == "Rejected"
    long_ago = {"oldestTimestamp": format_utc(NOON - 7200), "latestTimestamp": sooner}
    assert order(bench, kind="SecurityLog", log=long_ago)["status"] == "Rejected"
    assert bench.jobs == []
    assert told(bench) == []


def test_a_second_order_takes_the_place_of_the_first() -> None:
    """N01.FR.12, N01.FR.20."""
    bench = Bench201.booted()
    order(bench, 1)
    assert order(bench, 2)["status"] == "AcceptedCanceled"
    assert told(bench) == [("Uploading", 1), ("AcceptedCanceled", 1), ("Uploading", 2)]
    bench.finish(Uploaded())  # of the first: nobody waits for it
    bench.finish(Uploaded())
    assert told(bench)[3:] == [("Uploaded", 2)]
    assert order(bench, 3)["status"] == "Accepted"


@pytest.mark.parametrize(("retries", "attempts"), [(None, 1), (0, 1), (3, 4)])
def test_retries_come_on_top_of_the_first_attempt(retries: int | None, attempts: int) -> None:
    """N01.FR.10: told when all attempts have failed."""
    bench = Bench201.booted()
    order(bench, 4, **({} if retries is None else {"retries": retries}), retryInterval=60)
    began = bench.t
    for _ in range(attempts - 1):
        bench.finish(BROKEN)
        assert told(bench) == [("Uploading", 4)]
        bench.wait(60)
    bench.finish(BROKEN)
    assert bench.t - began == 60 * (attempts - 1)
    bench.wait(3600)
    assert told(bench) == [("Uploading", 4), ("UploadFailure", 4)]


@pytest.mark.parametrize(
    ("cause", "status"), [(Cause.DENIED, "PermissionDenied"), (Cause.UNSUPPORTED, "NotSupportedOperation")]
)
def test_why_an_upload_fails_is_told(cause: Cause, status: str) -> None:
    """N01.FR.10."""
    bench = Bench201.booted()
    order(bench, 4)
    bench.finish(JobFailed("no", cause))
    assert told(bench)[-1] == (status, 4)


def test_an_injected_fault_fails_the_upload() -> None:
    bench = Bench201.booted()
    assert bench.command(InjectTransferFault("log-upload", times=1)).accepted
    order(bench, 1)
    bench.finish(Uploaded())
    assert told(bench)[-1] == ("UploadFailure", 1)


def test_triggered_status() -> None:
    """F06.FR.14, F06.FR.15, N01.FR.13."""
    bench = Bench201.booted()
    assert triggered(bench) == ("Idle", None)
    order(bench, 5)
    assert triggered(bench) == ("Uploading", 5)
    bench.finish(Uploaded())
    assert triggered(bench) == ("Idle", None)


@pytest.mark.shows("LogStatusNotification")
def test_a_status_is_told_after_every_offline_spell_until_it_is_acknowledged() -> None:
    bench = Bench201.booted()
    bench.answers["LogStatusNotification"] = SILENCE
    order(bench, 1)
    bench.forget().cut().finish(Uploaded())
    bench.answers["LogStatusNotification"] = {}
    bench.come_back().wait(60)
    assert told(bench) == [("Uploaded", 1)]
    bench.forget().cut()
    bench.come_back().wait(60)
    assert told(bench) == []


def test_an_upload_goes_on_after_a_restart_of_the_program() -> None:
    first = Bench201.booted()
    order(first, 8)
    saved = json.loads(json.dumps(snapshot.take(first.charger, first.now.sim)))
    bench = Bench201(boot_id="b2")
    snapshot.restore(bench.charger, saved)
    bench.power_up().finish(Uploaded())
    assert told(bench)[-1] == ("Uploaded", 8)


@pytest.mark.parametrize("change", [{"logType": "Anything"}, {"log": {}}, {"requestId": "one"}])
def test_bad_input_is_refused(change: dict[str, Any]) -> None:
    bench = Bench201.booted()
    request = {"logType": "DiagnosticsLog", "requestId": 1, "log": {"remoteLocation": URL}, **change}
    frame = bench.ask("GetLog", request)
    assert frame is not None
    assert frame[0] == 4
    assert bench.jobs == []


def test_an_instant_that_is_none_is_refused() -> None:
    bench = Bench201.booted()
    log = {"remoteLocation": URL, "oldestTimestamp": "2023-02-30T00:00:00Z"}
    assert bench.error("GetLog", {"logType": "DiagnosticsLog", "requestId": 1, "log": log})
    assert bench.jobs == []
