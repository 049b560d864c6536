"""Block M, contract certificates for vehicles: cases 26 to 29."""

from tests.acceptance_v201.bench import StationUnderTest
from tests.acceptance_v201.test_c_contracts import arrives, asked, charges, plug_and_charge

GET = "Get15118EVCertificate"


def asks_for(action: str, status: str) -> StationUnderTest:
    """A vehicle arrives that wants a contract certificate, and is answered like that."""
    station = plug_and_charge(rooted=True)
    station.answers[GET] = {"status": status, "exiResponse": "AAAA" if status == "Accepted" else ""}
    arrives(station, f"sedan_pnc_{action.lower()}")
    (request,) = station.payloads(GET)
    assert request["action"] == action
    return station


def gets(action: str) -> None:
    station = asks_for(action, "Accepted")
    assert asked(station)["iso15118CertificateHashData"]
    assert charges(station)


def gets_none(action: str) -> None:
    station = asks_for(action, "Failed")
    assert station.payloads("Authorize") == []
    assert not charges(station)


def test_tc_m_26_cs() -> None:
    """Certificate Installation EV - Success.

    Precondition: PnCEnabled; the roots are installed; the vehicle has no contract certificate.
    Requirements: M01.FR.01
    Validates: the request goes on with action Install; with what it brings the vehicle authorises itself.
    """
    gets("Install")


def test_tc_m_27_cs() -> None:
    """Certificate Installation EV - Failed.

    Precondition: PnCEnabled; the roots are installed; the vehicle has no contract certificate.
    Requirements: M01.FR.01
    Validates: after Failed there is no Authorize, and no charging.
    """
    gets_none("Install")


def test_tc_m_28_cs() -> None:
    """Certificate Update EV - Success.

    Precondition: ContractCertificateInstallationEnabled; the roots are installed; it wants a newer certificate.
    Requirements: M02.FR.01
    Validates: the request goes on with action Update; with what it brings the vehicle authorises itself.
    """
    gets("Update")


def test_tc_m_29_cs() -> None:
    """Certificate Update EV - Failed.

    Precondition: ContractCertificateInstallationEnabled; the roots are installed; it wants a newer certificate.
    Requirements: M02.FR.01
    Validates: after Failed there is no Authorize, and no charging.
    """
    gets_none("Update")
