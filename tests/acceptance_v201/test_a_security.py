"""Block A, passwords, certificates and security profiles: cases 09 to 15 and 19 to 23."""

from typing import Any

from cryptography import x509 as reader
from cryptography.hazmat.primitives.asymmetric import ec

from chargepoint_sim.core.access import PASSWORD, PROFILE
from chargepoint_sim.core.certificates import Own
from tests.acceptance_v201.bench import StationUnderTest, named
from tests.certificates import authority
from tests.protocol.harness import NOON

STATION = "ChargingStationCertificate"
OLD, NEW = "the-password-before", "the-password-from-now"


def secured(level: int, **settings: str) -> StationUnderTest:
    """A booted station on a security profile."""
    return StationUnderTest.in_state_booted(settings={PROFILE: str(level), **settings})


def put(station: StationUnderTest, component: str, variable: str, value: str) -> str:
    element = named(component, variable, attributeValue=value)
    (result,) = station.answer("SetVariables", {"setVariableData": [element]})["setVariableResult"]
    return str(result["attributeStatus"])


def get(station: StationUnderTest, component: str, variable: str) -> str:
    element = named(component, variable)
    (result,) = station.answer("GetVariables", {"getVariableData": [element]})["getVariableResult"]
    return str(result["attributeValue"])


def install(station: StationUnderTest, root: str = "Operator root", kind: str = "CSMSRootCertificate") -> None:
    request = {"certificateType": kind, "certificate": authority(root).certificate_pem}
    assert station.answer("InstallCertificate", request) == {"status": "Accepted"}


def triggered(station: StationUnderTest, message: str = "SignChargingStationCertificate") -> dict[str, Any]:
    """The SignCertificate that follows the trigger; its request holds a strong key."""
    assert station.answer("TriggerMessage", {"requestedMessage": message}) == {"status": "Accepted"}
    request: dict[str, Any] = station.payloads("SignCertificate")[-1]
    key = reader.load_pem_x509_csr(request["csr"].encode()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.key_size >= 224
    return request


def signed(station: StationUnderTest, csr: str, kind: str | None, root: str = "Operator root") -> str:
    request = {"certificateChain": authority(root).sign_request(csr, NOON - 60)}
    request |= {"certificateType": kind} if kind else {}
    return str(station.answer("CertificateSigned", request)["status"])


def renewed(station: StationUnderTest) -> None:
    """Reusable state RenewChargingStationCertificate."""
    assert signed(station, triggered(station)["csr"], STATION) == "Accepted"


def set_profile(station: StationUnderTest, level: int, slot: int = 2) -> str:
    scheme = "wss" if level >= 2 else "ws"
    data = {
        "messageTimeout": 30,
        "ocppCsmsUrl": f"{scheme}://other.example/ocpp",
        "ocppInterface": "Wired0",
        "ocppTransport": "JSON",
        "ocppVersion": "OCPP20",
        "securityProfile": level,
    }
    request = {"configurationSlot": slot, "connectionData": data}
    return str(station.answer("SetNetworkProfile", request)["status"])


def prioritise(station: StationUnderTest, slots: str = "2,1") -> str:
    return put(station, "OCPPCommCtrlr", "NetworkConfigurationPriority", slots)


def test_tc_a_09_cs() -> None:
    """Update Charging Station Password for HTTP Basic Authentication - Accepted.

    Precondition: security profile 1.
    Requirements: A01.FR.01, A01.FR.11, A01.FR.12, B01.FR.01
    Validates: the password is accepted, logged without its content, and the next connection is made with it.
    """
    station = secured(1)
    assert put(station, "SecurityCtrlr", "BasicAuthPassword", NEW) == "Accepted"
    station.wait(5)
    assert len(station.closes) == len(station.dials) == 1
    assert station.station.settings.text(PASSWORD) == NEW
    assert NEW not in str(station.station.access.log.events)


def test_tc_a_10_cs() -> None:
    """Update Charging Station Password for HTTP Basic Authentication - Rejected.

    Precondition: security profile 1; a password is set.
    Requirements: A01.FR.01, A01.FR.11, A01.FR.12
    Validates: a password of less than 16 characters is rejected; a new connection is made with the old one.
    """
    station = secured(1)
    station.station.settings.set(PASSWORD, OLD)
    assert put(station, "SecurityCtrlr", "BasicAuthPassword", "too-short") == "Rejected"
    station.cut().come_back()
    assert station.station.settings.text(PASSWORD) == OLD


def test_tc_a_11_cs() -> None:
    """Update Charging Station Certificate by request of CSMS - Success - Charging Station Certificate.

    Precondition: security profile 3; the root of the central system is installed.
    Requirements: A02.FR.02, A02.FR.03, A02.FR.06, A02.FR.08, A02.FR.09, F06.FR.04, F06.FR.05, F06.FR.10
    Validates: a request with a strong key follows the trigger; the signed chain is accepted and connected with.
    """
    station = secured(3)
    install(station)
    renewed(station)
    assert station.payloads("SignCertificate")[0]["certificateType"] == STATION
    station.wait(5)
    assert len(station.closes) == len(station.dials) == 1


def test_tc_a_12_cs() -> None:
    """Update Charging Station Certificate by request of CSMS - Success - V2G Certificate.

    Precondition: a V2G root is installed; the station has no SECC id of its own.
    Requirements: A02.FR.02, A02.FR.03, A02.FR.06, A02.FR.13, A02.FR.15, F06.FR.04, F06.FR.05, F06.FR.10
    Validates: the request is for a V2G certificate with an elliptic curve key of 256 bits; its chain is accepted.
    """
    station = secured(3)
    install(station, "V2G root", "V2GRootCertificate")
    request = triggered(station, "SignV2GCertificate")
    assert request["certificateType"] == "V2GCertificate"
    assert signed(station, request["csr"], "V2GCertificate", "V2G root") == "Accepted"


def test_tc_a_13_cs() -> None:
    """Update Charging Station Certificate by request of CSMS - Success - Combined Certificate.

    Precondition: security profile 3; a V2G root is installed.
    Requirements: A00.FR.428, A02.FR.02, A02.FR.03, A02.FR.06
    Validates: the request has no certificate type; a chain under the V2G root is accepted.
    """
    station = secured(3)
    install(station, "V2G root", "V2GRootCertificate")
    request = triggered(station, "SignCombinedCertificate")
    assert "certificateType" not in request
    assert signed(station, request["csr"], None, "V2G root") == "Accepted"


def test_tc_a_14_cs() -> None:
    """Update Charging Station Certificate by request of CSMS - Invalid certificate.

    Precondition: security profile 3; the root of the central system is installed.
    Requirements: A02.FR.07, A03.FR.07
    Validates: a certificate of another authority is rejected, and InvalidChargingStationCertificate is told.
    """
    station = secured(3)
    install(station)
    assert signed(station, triggered(station)["csr"], STATION, "Stranger") == "Rejected"
    assert [one["type"] for one in station.payloads("SecurityEventNotification")] == [
        "InvalidChargingStationCertificate"
    ]


def test_tc_a_15_cs() -> None:
    """Update Charging Station Certificate by request of CSMS - SignCertificateRequest Rejected.

    Precondition: security profile 3; the central system rejects SignCertificate.
    Requirements: A02.FR.12
    Validates: the trigger is accepted, one request is sent, and none after its rejection.
    """
    station = secured(3)
    station.answers["SignCertificate"] = {"status": "Rejected"}
    triggered(station)
    station.wait(600)
    assert len(station.payloads("SignCertificate")) == 1


def test_tc_a_19_cs() -> None:
    """Upgrade Charging Station Security Profile - Accepted.

    Precondition: security profile 2; root and station certificate are installed.
    Requirements: A05.FR.04, A05.FR.05, A05.FR.06
    Validates: after the restart the higher profile is in force, and the slot of the lower one left the list.
    """
    station = secured(2)
    install(station)
    renewed(station)
    assert set_profile(station, 3) == "Accepted"
    assert prioritise(station) == "RebootRequired"
    assert station.answer("Reset", {"type": "OnIdle"})["status"] == "Accepted"
    station.wait(60)
    assert get(station, "SecurityCtrlr", "SecurityProfile") == "3"
    assert get(station, "OCPPCommCtrlr", "NetworkConfigurationPriority") == "2"


def test_tc_a_20_cs() -> None:
    """Upgrade Charging Station Security Profile - No valid CSMSRootCertificate installed.

    Precondition: security profile 1; no root is installed.
    Requirements: A05.FR.02
    Validates: the network profile is accepted, the list with its slot is rejected.
    """
    station = secured(1)
    station.station.settings.set(PASSWORD, OLD)
    assert set_profile(station, 2) == "Accepted"
    assert prioritise(station) == "Rejected"


def test_tc_a_21_cs() -> None:
    """Upgrade Charging Station Security Profile - No valid ChargingStationCertificate installed.

    Precondition: security profile 2; a root is installed, no certificate of the station that is still valid.
    Requirements: A05.FR.03
    Validates: the network profile is accepted, the list with its slot is rejected.
    """
    station = secured(2)
    install(station)
    station.station.access.certificates.own = Own("chain", "key", NOON - 60, NOON - 1)
    assert set_profile(station, 3) == "Accepted"
    assert prioritise(station) == "Rejected"


def test_tc_a_22_cs() -> None:
    """Upgrade Charging Station Security Profile - Downgrade security profile - Rejected.

    Precondition: security profile 2.
    Requirements: B09.FR.04
    Validates: a network profile with a lower security profile is rejected.
    """
    assert set_profile(secured(2), 1) == "Rejected"


def test_tc_a_23_cs() -> None:
    """Update Charging Station Certificate by request of CSMS - CertificateSignedRequest Timeout.

    Precondition: security profile 3; CertSigningWaitMinimum is 20, CertSigningRepeatTimes is 1.
    Requirements: A02.FR.17, A02.FR.18
    Validates: the request comes again after 20 s and after 40 s more; a chain for the first one is accepted then.
    """
    station = secured(3, **{"SecurityCtrlr.CertSigningWaitMinimum": "20", "SecurityCtrlr.CertSigningRepeatTimes": "1"})
    install(station)
    first = triggered(station)
    began = station.t
    station.wait(200)
    assert [one.at - began for one in station.calls("SignCertificate")] == [0, 20, 60]
    assert signed(station, first["csr"], STATION) == "Accepted"
