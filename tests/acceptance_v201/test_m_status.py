"""Block M, the status of the certificates that vehicles are shown: cases 24 and 25."""

from typing import Any

from tests.acceptance_v201.bench import StationUnderTest
from tests.acceptance_v201.test_a_security import install, signed, triggered
from tests.acceptance_v201.test_m_certificates import MO, V2G, secured

ASK = "GetCertificateStatus"


def renews(answer: dict[str, Any]) -> StationUnderTest:
    """RenewV2GChargingStationCertificate; what the station asks then is answered like that."""
    station = secured()
    station.answers[ASK] = answer
    install(station, "V2G root", V2G)
    install(station, "MO root", MO)
    csr = triggered(station, "SignV2GCertificate")["csr"]
    assert signed(station, csr, "V2GCertificate", "V2G root") == "Accepted"
    assert len(station.payloads(ASK)) == 1
    station.forget().cut()
    station.wait(10)
    station.come_back().wait(60)
    return station


def test_tc_m_24_cs() -> None:
    """Get Charging Station Certificate status - Success.

    Precondition: a V2G and an MO root are installed; RenewV2GChargingStationCertificate.
    Requirements: M06.FR.06, M06.FR.07
    Validates: the station asks; the answer is kept, so that after a broken link it does not ask again.
    """
    assert renews({"status": "Accepted", "ocspResult": "AAAA"}).payloads(ASK) == []


def test_tc_m_25_cs() -> None:
    """Get Charging Station Certificate status - Rejected.

    Precondition: a V2G and an MO root are installed; RenewV2GChargingStationCertificate.
    Requirements: M06.FR.04
    Validates: the station asks; after Failed it goes on, and asks again when it is back after a broken link.
    """
    assert len(renews({"status": "Failed"}).payloads(ASK)) == 1
