"""Block N, logs and customers; block F, the triggers of their statuses."""

from typing import Any

from chargepoint_sim.core.jobs import JobFailed, UploadArchive, Uploaded
from chargepoint_sim.core.state import IdTokenInfo, LocalList
from tests.acceptance_v201.bench import StationUnderTest
from tests.protocol.v201.bench import TOKEN

CUSTOMER = {"idToken": {"idToken": TOKEN.id_token, "type": TOKEN.type}}
LOCALLY = {"AuthCtrlr.LocalPreAuthorize": "true", "AuthCacheCtrlr.Enabled": "true"}


def get_log(station: StationUnderTest, request_id: int, kind: str = "DiagnosticsLog", **request: Any) -> dict[str, Any]:
    """Ask for a log; the answer."""
    log = {"remoteLocation": "https://files.example/logs/"}
    return station.answer("GetLog", {"logType": kind, "requestId": request_id, "log": log, **request})


def told(station: StationUnderTest) -> list[tuple[str, int | None]]:
    """Status and request id of each LogStatusNotification, in order."""
    return [(one["status"], one.get("requestId")) for one in station.payloads("LogStatusNotification")]


def customer(station: StationUnderTest, *, report: bool, clear: bool, **reference: Any) -> list[str]:
    """Ask about a customer; the data of what is told, once the request was accepted."""
    before = len(station.payloads("NotifyCustomerInformation"))
    request = {"requestId": 1, "report": report, "clear": clear, **(reference or CUSTOMER)}
    assert station.answer("CustomerInformation", request) == {"status": "Accepted"}
    parts = station.payloads("NotifyCustomerInformation")[before:]
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    return [part["data"] for part in parts]


def visited(*, listed: bool = True) -> StationUnderTest:
    """IdTokenCached and IdTokenLocalAuthList, then Authorized (local) and ParkingBayUnoccupied."""
    station = StationUnderTest.in_state_booted(settings=LOCALLY)
    station.energy_transfer_started().stop_authorised().ev_disconnected()
    if listed:
        station.station.local_list = LocalList(1, {TOKEN.key: IdTokenInfo("Accepted")})
    station.energy_transfer_started().stop_authorised().ev_disconnected().wait(5)
    return station.forget()  # type: ignore[return-value]  # the bench gives itself back


def triggered(station: StationUnderTest, message: str, **place: Any) -> dict[str, Any]:
    """Ask for a message; its payload."""
    before = len(station.payloads(message))
    assert station.answer("TriggerMessage", {"requestedMessage": message, **place}) == {"status": "Accepted"}
    (payload,) = station.payloads(message)[before:]
    return payload


def test_tc_n_25_cs() -> None:
    """Retrieve Log Information - Diagnostics Log - Success.

    Precondition: none.
    Requirements: N01.FR.01, N01.FR.02, N01.FR.04, N01.FR.07, N01.FR.08, N01.FR.09, N01.FR.13
    Validates: the answer names a file; Uploading, then Uploaded, with the request id.
    """
    station = StationUnderTest.in_state_booted()
    answer = get_log(station, 25)
    assert answer["status"] == "Accepted"
    assert answer["filename"]
    assert told(station) == [("Uploading", 25)]
    station.finish(Uploaded())
    assert told(station) == [("Uploading", 25), ("Uploaded", 25)]


def test_tc_n_26_cs() -> None:
    """Retrieve Log Information - Diagnostics Log - Upload failed.

    Precondition: the retry interval is longer than an attempt.
    Requirements: N01.FR.01, N01.FR.02, N01.FR.04, N01.FR.07, N01.FR.08, N01.FR.10, N01.FR.13
    Validates: with retries 3 four attempts are made; the failure is told three intervals after the beginning.
    """
    station = StationUnderTest.in_state_booted()
    assert get_log(station, 26, retries=3, retryInterval=60)["status"] == "Accepted"
    began = station.t
    for _ in range(3):
        station.finish(JobFailed("files.example:443: connection refused"))
        assert told(station) == [("Uploading", 26)]
        station.wait(60)
    station.finish(JobFailed("files.example:443: connection refused"))
    assert told(station) == [("Uploading", 26), ("UploadFailure", 26)]
    assert station.calls("LogStatusNotification")[-1].at - began == 3 * 60
    station.wait(3600)
    assert station.jobs == []


def test_tc_n_27_cs() -> None:
    """Get Customer Information - Accepted + data.

    Precondition: the token is cached and on the local list; it has charged.
    Requirements: N09.FR.02, N09.FR.05
    Validates: the data is not empty.
    """
    assert all(customer(visited(), report=True, clear=False))


def test_tc_n_28_cs() -> None:
    """Get Customer Information - Accepted + no data.

    Precondition: the information of the customer was cleared.
    Requirements: N09.FR.02, N09.FR.06
    Validates: one message says that nothing is known.
    """
    station = visited(listed=False)
    customer(station, report=False, clear=True)
    assert customer(station, report=True, clear=False) == [""]


def test_tc_n_30_cs() -> None:
    """Clear Customer Information - Clear and report + data.

    Precondition: the token is cached and on the local list; it has charged.
    Requirements: N10.FR.01, N10.FR.03
    Validates: what is known is reported; afterwards only the local list has the token.
    """
    station = visited()
    assert all(customer(station, report=True, clear=True))
    assert customer(station, report=True, clear=False) == [f"token {TOKEN.key} in local list: Accepted"]


def test_tc_n_31_cs() -> None:
    """Clear Customer Information - Clear and report + no data.

    Precondition: nothing is known of the customer.
    Requirements: N10.FR.01, N10.FR.04
    Validates: one message says that nothing is known.
    """
    assert customer(StationUnderTest.in_state_booted(), report=True, clear=True) == [""]


def test_tc_n_32_cs() -> None:
    """Clear Customer Information - Clear and no report.

    Precondition: none.
    Requirements: N10.FR.01, N10.FR.06
    Validates: one message says that the data was cleared.
    """
    (data,) = customer(StationUnderTest.in_state_booted(), report=False, clear=True)
    assert "cleared" in data


def test_tc_n_35_cs() -> None:
    """Retrieve Log Information - Security Log - Success.

    Precondition: the security log has an event.
    Requirements: N01.FR.01, N01.FR.02, N01.FR.03, N01.FR.07, N01.FR.08, N01.FR.09, N01.FR.13
    Validates: the security log is what is uploaded; Uploading, then Uploaded, with the request id.
    """
    station = StationUnderTest.in_state_booted()
    station.station.access.log.note(station.now.sim, "MemoryExhaustion", "for the case", owed=False)
    assert get_log(station, 35, "SecurityLog")["status"] == "Accepted"
    job = station.jobs[0].job
    assert isinstance(job, UploadArchive)
    assert b"MemoryExhaustion" in job.files["security-events.jsonl"]
    station.finish(Uploaded())
    assert told(station) == [("Uploading", 35), ("Uploaded", 35)]


def test_tc_n_36_cs() -> None:
    """Retrieve Log Information - Second Request.

    Precondition: a log is being uploaded.
    Requirements: N01.FR.01, N01.FR.02, N01.FR.07, N01.FR.08, N01.FR.09, N01.FR.12, N01.FR.13, N01.FR.20
    Validates: the second request is AcceptedCanceled, the first upload told so, the second Uploading and Uploaded.
    """
    station = StationUnderTest.in_state_booted()
    assert get_log(station, 36)["status"] == "Accepted"
    assert get_log(station, 37)["status"] == "AcceptedCanceled"
    station.finish(Uploaded()).finish(Uploaded())
    assert told(station) == [("Uploading", 36), ("AcceptedCanceled", 36), ("Uploading", 37), ("Uploaded", 37)]


def test_tc_n_62_cs() -> None:
    """Clear Customer Information - Clear and report - customerIdentifier.

    Precondition: the customer is known by an identifier, the text of a token that has charged.
    Requirements: N10.FR.01, N10.FR.03
    Validates: what is known is reported; afterwards the data is empty.
    """
    station = visited(listed=False)
    assert all(customer(station, report=True, clear=True, customerIdentifier=TOKEN.id_token))
    assert customer(station, report=True, clear=False, customerIdentifier=TOKEN.id_token) == [""]
