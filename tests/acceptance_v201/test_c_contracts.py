"""Block C, authorization by contract certificates: cases 50 to 55."""

from typing import Any

from chargepoint_sim.core.commands import PlugIn
from chargepoint_sim.pki import contracts
from tests.acceptance_v201.bench import EVSE_ID, StationUnderTest
from tests.acceptance_v201.test_m_certificates import MO, V2G
from tests.certificates import authority

PNC = {"ISO15118Ctrlr.Enabled": "true", "ISO15118Ctrlr.PnCEnabled": "true"}
CENTRAL = "ISO15118Ctrlr.CentralContractValidationAllowed"
OFFLINE = {"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true", "OCPPCommCtrlr.OfflineThreshold": "60"}


def accepts(**changes: Any) -> dict[str, Any]:
    """What the central system answers to Authorize."""
    return {"idTokenInfo": {"status": "Accepted"}, "certificateStatus": "Accepted"} | changes


def plug_and_charge(answer: dict[str, Any] | None = None, *, rooted: bool, **settings: str) -> StationUnderTest:
    """A station that lets vehicles authorise themselves; `rooted` with the roots that their contracts lead to."""
    station = StationUnderTest.in_state_booted(
        settings=PNC | settings, answers={"Authorize": answer if answer is not None else accepts()}
    )
    if rooted:
        for kind, pem in ((V2G, authority("V2G root").certificate_pem), (MO, contracts.root())):
            request = {"certificateType": kind, "certificate": pem}
            assert station.answer("InstallCertificate", request) == {"status": "Accepted"}
    station.forget()
    return station


def arrives(station: StationUnderTest, vehicle: str = "sedan_pnc") -> StationUnderTest:
    assert station.command(PlugIn(EVSE_ID, vehicle=vehicle, soc=0.2)).accepted
    station.wait(10)
    return station


def asked(station: StationUnderTest) -> dict[str, Any]:
    """The one Authorize, for a contract."""
    (request,) = station.payloads("Authorize")
    assert request["idToken"]["type"] == "eMAID"
    return request


def charges(station: StationUnderTest) -> bool:
    """Whether the contract has begun the charging; the events say the same as the meter."""
    flows = station.station.evses[EVSE_ID - 1].meter.power_at(station.now.sim) > 0
    triggers = [one["triggerReason"] for one in station.transaction_events()]
    states = [one["transactionInfo"]["chargingState"] for one in station.transaction_events()]
    assert ("Authorized" in triggers) == ("Charging" in states) == flows
    return flows


def test_tc_c_50_cs() -> None:
    """Authorization using Contract Certificates 15118 - Online - Local contract certificate validation - Accepted.

    Precondition: PnCEnabled; the roots of the contract are installed; no central validation.
    Requirements: C07.FR.01, C07.FR.02
    Validates: Authorize names eMAID and the certificates; accepted, it begins the charging.
    """
    station = arrives(plug_and_charge(rooted=True))
    request = asked(station)
    assert len(request["iso15118CertificateHashData"]) == 2
    assert "certificate" not in request
    assert charges(station)


def test_tc_c_51_cs() -> None:
    """Authorization using Contract Certificates 15118 - Online - Local contract certificate validation - Rejected.

    Precondition: PnCEnabled; the roots of the contract are installed; no central validation.
    Requirements: C07.FR.01, C07.FR.02
    Validates: ContractCancelled keeps the vehicle from charging.
    """
    answer = accepts(idTokenInfo={"status": "Invalid"}, certificateStatus="ContractCancelled")
    station = arrives(plug_and_charge(answer, rooted=True))
    assert asked(station)["iso15118CertificateHashData"]
    assert not charges(station)


def test_tc_c_52_cs() -> None:
    """Authorization using Contract Certificates 15118 - Online - Central contract certificate validation - Accepted.

    Precondition: PnCEnabled; CentralContractValidationAllowed; no root of the contract is installed.
    Requirements: C07.FR.01, C07.FR.02, C07.FR.06
    Validates: Authorize holds the chain; accepted, it begins the charging.
    """
    station = arrives(plug_and_charge(rooted=False, **{CENTRAL: "true"}))
    assert asked(station)["certificate"].count("BEGIN CERTIFICATE") == 2
    assert charges(station)


def test_tc_c_53_cs() -> None:
    """Authorization using Contract Certificates 15118 - Online - Central contract validation fails.

    Precondition: PnCEnabled; CentralContractValidationAllowed; no root of the contract is installed.
    Requirements: C07.FR.06, C07.FR.16
    Validates: CertificateRevoked keeps the vehicle from charging.
    """
    answer = accepts(idTokenInfo={"status": "Invalid"}, certificateStatus="CertificateRevoked")
    station = arrives(plug_and_charge(answer, rooted=False, **{CENTRAL: "true"}))
    assert asked(station)["certificate"]
    assert not charges(station)


def plugged_in_offline(validates: str) -> StationUnderTest:
    """A vehicle arrives while there is no link, which comes back after a while."""
    settings = OFFLINE | {"ISO15118Ctrlr.ContractValidationOffline": validates}
    station = plug_and_charge(rooted=True, **settings)
    station.cut()
    arrives(station).wait(90)
    station.come_back().wait(5)
    assert station.payloads("Authorize") == []
    (told,) = [one for one in station.payloads("StatusNotification") if one["evseId"] == EVSE_ID]
    assert told["connectorStatus"] == "Occupied"
    first = station.transaction_events()[0]
    assert (first["triggerReason"], first["offline"]) == ("CablePluggedIn", True)
    assert first["transactionInfo"]["chargingState"] == "EVConnected"
    return station


def test_tc_c_54_cs() -> None:
    """Authorization using Contract Certificates 15118 - Offline - ContractValidationOffline is true.

    Precondition: PnCEnabled; ContractValidationOffline; OfflineTxForUnknownIdEnabled; the roots are installed.
    Requirements: C07.FR.08, C07.FR.09, C07.FR.10, C07.FR.11, C07.FR.12
    Validates: a sound contract begins the charging without a link; Authorized is told afterwards as offline.
    """
    station = plugged_in_offline("true")
    (authorised,) = [one for one in station.transaction_events() if one["triggerReason"] == "Authorized"]
    assert (authorised["offline"], authorised["idToken"]["type"]) == (True, "eMAID")
    assert charges(station)


def test_tc_c_55_cs() -> None:
    """Authorization using Contract Certificates 15118 - Offline - ContractValidationOffline is false.

    Precondition: PnCEnabled; OfflineTxForUnknownIdEnabled; the roots are installed.
    Requirements: C07.FR.07
    Validates: without a link no contract begins the charging.
    """
    assert not charges(plugged_in_offline("false"))
