"""Block M, installed certificates: cases 01, 02, 07, 09, 12, 13, 17 to 20, 22, 23 and 30."""

from typing import Any

from chargepoint_sim.core.access import PROFILE
from chargepoint_sim.pki.authority import Authority
from chargepoint_sim.pki.x509 import load
from tests.acceptance_v201.bench import StationUnderTest
from tests.acceptance_v201.test_a_security import install, renewed
from tests.certificates import authority
from tests.protocol.harness import NOON

CSMS, MAKER, V2G, MO = (f"{kind}RootCertificate" for kind in ("CSMS", "Manufacturer", "V2G", "MO"))


def secured(level: int = 2, **settings: str) -> StationUnderTest:
    return StationUnderTest.in_state_booted(settings={PROFILE: str(level), **settings})


def checked() -> StationUnderTest:
    """A station with AdditionalRootCertificateCheck and one root."""
    station = secured(**{"SecurityCtrlr.AdditionalRootCertificateCheck": "true"})
    install(station)
    return station


def listed(station: StationUnderTest, *kinds: str) -> list[dict[str, Any]]:
    """Reusable state GetInstalledCertificates."""
    answer = station.answer("GetInstalledCertificateIds", {"certificateType": list(kinds)} if kinds else {})
    assert answer["status"] == "Accepted"
    return list(answer["certificateHashDataChain"])


def kinds_listed(station: StationUnderTest, *kinds: str) -> list[str]:
    return [row["certificateType"] for row in listed(station, *kinds)]


def offered(station: StationUnderTest, pem: str) -> str:
    request = {"certificateType": CSMS, "certificate": pem}
    return str(station.answer("InstallCertificate", request)["status"])


def delete(station: StationUnderTest, named: dict[str, Any]) -> str:
    return str(station.answer("DeleteCertificate", {"certificateHashData": named})["status"])


def installs_and_lists(kind: str) -> None:
    station = secured()
    install(station, "New root", kind)
    assert kinds_listed(station, kind) == [kind]


def test_tc_m_01_cs() -> None:
    """Install CA certificate - CSMSRootCertificate.

    Precondition: security profile 2.
    Requirements: M05.FR.01, M05.FR.02
    Validates: the root is accepted and listed.
    """
    installs_and_lists(CSMS)


def test_tc_m_02_cs() -> None:
    """Install CA certificate - ManufacturerRootCertificate.

    Precondition: none.
    Requirements: M05.FR.01, M05.FR.02
    Validates: the root is accepted and listed.
    """
    installs_and_lists(MAKER)


def test_tc_m_07_cs() -> None:
    """Install CA certificate - Failed.

    Precondition: security profile 2; AdditionalRootCertificateCheck is false; one root is installed.
    Requirements: M05.FR.01, M05.FR.07
    Validates: an expired root is rejected and not listed.
    """
    station = secured()
    install(station)
    before = listed(station, CSMS)
    assert offered(station, authority("Of long ago", NOON - 30 * 365 * 86400).certificate_pem) == "Rejected"
    assert listed(station, CSMS) == before


def test_tc_m_09_cs() -> None:
    """Install CA certificate - AdditionalRootCertificateCheck - Rejected.

    Precondition: security profile 2; AdditionalRootCertificateCheck is true; one root is installed.
    Requirements: M05.FR.10, M05.FR.11
    Validates: a root that the old one has not signed is rejected; the old one alone is listed.
    """
    station = checked()
    before = listed(station, CSMS)
    assert offered(station, authority("Stranger").certificate_pem) == "Rejected"
    assert listed(station, CSMS) == before


def test_tc_m_12_cs() -> None:
    """Retrieve certificates from Charging Station - CSMSRootCertificate.

    Precondition: security profile 2; two roots of the central system are installed.
    Requirements: M03.FR.01, M03.FR.03, M03.FR.04
    Validates: both are listed.
    """
    station = secured()
    install(station)
    install(station, "New root")
    assert kinds_listed(station, CSMS) == [CSMS] * 2


def test_tc_m_13_cs() -> None:
    """Retrieve certificates from Charging Station - ManufacturerRootCertificate.

    Precondition: a root of the manufacturer is installed, and one of the central system.
    Requirements: M03.FR.01, M03.FR.03, M03.FR.04
    Validates: the former alone is listed.
    """
    station = secured()
    install(station)
    install(station, "Maker", MAKER)
    assert kinds_listed(station, MAKER) == [MAKER]


def test_tc_m_17_cs() -> None:
    """Retrieve certificates from Charging Station - CSMSRootCertificate and ManufacturerRootCertificate.

    Precondition: one root of each of these types is installed, and a V2G root.
    Requirements: M03.FR.01, M03.FR.03, M03.FR.04
    Validates: the two that were asked for are listed.
    """
    station = secured()
    for kind in (CSMS, MAKER, V2G):
        install(station, kind, kind)
    assert sorted(kinds_listed(station, CSMS, MAKER)) == [CSMS, MAKER]


def test_tc_m_18_cs() -> None:
    """Retrieve certificates from Charging Station - All certificateTypes.

    Precondition: a root of the central system and one of the manufacturer are installed.
    Requirements: M03.FR.01, M03.FR.03, M03.FR.04
    Validates: without a type both are listed.
    """
    station = secured()
    for kind in (CSMS, MAKER):
        install(station, kind, kind)
    assert sorted(kinds_listed(station)) == [CSMS, MAKER]


def test_tc_m_19_cs() -> None:
    """Retrieve certificates from Charging Station - No matching certificate found.

    Precondition: no MO root is installed.
    Requirements: M03.FR.01, M03.FR.02
    Validates: NotFound, without a list.
    """
    station = secured()
    install(station)
    answer = station.answer("GetInstalledCertificateIds", {"certificateType": [MO]})
    assert answer["status"] == "NotFound"
    assert "certificateHashDataChain" not in answer


def test_tc_m_20_cs() -> None:
    """Delete a certificate from a Charging Station - Success.

    Precondition: security profile 2; two roots of the central system are installed, for the last one stays.
    Requirements: M04.FR.01, M04.FR.02
    Validates: the one named as it was listed is deleted, and not listed any more.
    """
    station = secured()
    install(station)
    install(station, "New root")
    first, second = listed(station, CSMS)
    assert delete(station, first["certificateHashData"]) == "Accepted"
    assert listed(station, CSMS) == [second]


def test_tc_m_22_cs() -> None:
    """Delete a certificate from a Charging Station - No matching certificate found.

    Precondition: security profile 2; one root is installed.
    Requirements: M04.FR.01, M04.FR.04
    Validates: a name that no certificate has is NotFound.
    """
    station = secured()
    install(station)
    (row,) = listed(station, CSMS)
    assert delete(station, {**row["certificateHashData"], "serialNumber": "1"}) == "NotFound"


def test_tc_m_23_cs() -> None:
    """Delete a certificate from a Charging Station - Unable to delete the Charging Station Certificate.

    Precondition: security profile 3; RenewChargingStationCertificate.
    Requirements: M04.FR.01, M04.FR.06
    Validates: Failed for the name of the certificate of the station, which stays in use.
    """
    station = secured(3)
    install(station)
    renewed(station)
    own = station.station.access.certificates.own
    assert own is not None
    leaf = x509_name(own.chain_pem)
    (row,) = listed(station)
    assert delete(station, {**row["certificateHashData"], "serialNumber": leaf}) == "Failed"
    assert station.station.access.certificates.own is own


def x509_name(pem: str) -> str:
    """The serial number, as it stands on the wire."""
    return f"{load(pem).serial_number:x}"


def test_tc_m_30_cs() -> None:
    """Install CA certificate - AdditionalRootCertificateCheck - Reconnect using new CSMS Root - Success.

    Precondition: security profile 2; AdditionalRootCertificateCheck is true; the old root has signed the new one.
    Requirements: M05.FR.13
    Validates: after a restart with a connection by the new root the old one is not listed any more.
    """
    station = checked()
    (old,) = listed(station, CSMS)
    new = Authority.new("Next root", NOON - 60, above=authority("Operator root"))
    assert offered(station, new.certificate_pem) == "Accepted"
    station.reboot()
    (left,) = listed(station, CSMS)
    assert left != old
