"""Block M, the roots and the chain that vehicles are met with: cases 03, 04 and 14 to 16."""

from chargepoint_sim.pki.authority import Authority
from tests.acceptance_v201.test_a_security import install, triggered
from tests.acceptance_v201.test_m_certificates import MO, V2G, installs_and_lists, kinds_listed, listed, secured
from tests.certificates import authority
from tests.protocol.harness import NOON

CHAIN = "V2GCertificateChain"


def test_tc_m_03_cs() -> None:
    """Install CA certificate - V2GRootCertificate.

    Precondition: AdditionalRootCertificateCheck is false.
    Requirements: M05.FR.01, M05.FR.02
    Validates: the root is accepted and listed.
    """
    installs_and_lists(V2G)


def test_tc_m_04_cs() -> None:
    """Install CA certificate - MORootCertificate.

    Precondition: AdditionalRootCertificateCheck is false.
    Requirements: M05.FR.01, M05.FR.02
    Validates: the root is accepted and listed.
    """
    installs_and_lists(MO)


def test_tc_m_14_cs() -> None:
    """Retrieve certificates from Charging Station - V2GRootCertificate.

    Precondition: a V2G root is installed, and one of the central system.
    Requirements: M03.FR.01, M03.FR.03, M03.FR.04
    Validates: the former alone is listed.
    """
    lists_alone(V2G)


def test_tc_m_15_cs() -> None:
    """Retrieve certificates from Charging Station - V2GCertificateChain.

    Precondition: the station has a V2G certificate, with the authority below the V2G root that has signed it.
    Requirements: M03.FR.01, M03.FR.03, M03.FR.04, M03.FR.05
    Validates: the chain is listed, and the authority in childCertificateHashData.
    """
    station = secured()
    install(station, "V2G root", V2G)
    below = Authority.new("V2G sub-authority", NOON - 60, above=authority("V2G root"))
    chain = below.sign_request(triggered(station, "SignV2GCertificate")["csr"], NOON - 60)
    request = {"certificateType": "V2GCertificate", "certificateChain": chain + below.certificate_pem}
    assert station.answer("CertificateSigned", request) == {"status": "Accepted"}
    (row,) = listed(station, CHAIN)
    assert row["certificateType"] == CHAIN
    assert len(row["childCertificateHashData"]) == 1


def test_tc_m_16_cs() -> None:
    """Retrieve certificates from Charging Station - MORootCertificate.

    Precondition: an MO root is installed, and one of the central system.
    Requirements: M03.FR.01, M03.FR.03, M03.FR.04
    Validates: the former alone is listed.
    """
    lists_alone(MO)


def lists_alone(kind: str) -> None:
    station = secured()
    install(station)
    install(station, "Root for vehicles", kind)
    assert kinds_listed(station, kind) == [kind]
