"""Block N, customer information by certificate: case 63."""

from tests.acceptance_v201.bench import EVSE_ID, StationUnderTest
from tests.acceptance_v201.test_c_contracts import arrives, charges, plug_and_charge

NOTIFY = "NotifyCustomerInformation"


def told(station: StationUnderTest, request_id: int, *, clear: bool) -> str:
    """What the station reports of the holder of the contract certificate that was used."""
    (request,) = station.payloads("Authorize")
    certificate = dict(request["iso15118CertificateHashData"][0])
    del certificate["responderURL"]
    asked = {"requestId": request_id, "report": True, "clear": clear, "customerCertificate": certificate}
    assert station.answer("CustomerInformation", asked) == {"status": "Accepted"}
    parts = [one for one in station.payloads(NOTIFY) if one["requestId"] == request_id]
    assert [one["seqNo"] for one in parts] == list(range(len(parts)))
    assert not parts[-1].get("tbc", False)
    return "".join(one["data"] for one in parts)


def test_tc_n_63_cs() -> None:
    """Clear Customer Information - Clear and report - customerCertificate.

    Precondition: a vehicle has authorised itself with a contract certificate, and is gone again.
    Requirements: N10.FR.09
    Validates: clear and report are accepted; what the contract has left is told and gone, so the last report is empty.
    """
    station = arrives(plug_and_charge(rooted=True))
    assert charges(station)
    station.unplug(EVSE_ID)
    first = told(station, 1, clear=True)
    assert "in cache: Accepted" in first
    assert "came with a contract certificate" in first
    assert told(station, 2, clear=False) == ""
