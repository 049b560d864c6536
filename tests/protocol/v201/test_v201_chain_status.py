"""2.0.1 status of the certificates of the V2G chain (use case M06)."""

import pytest

from chargepoint_sim.pki.authority import Authority
from chargepoint_sim.pki.x509 import load
from tests.certificates import authority
from tests.protocol.harness import NOON
from tests.protocol.v201.bench import Bench201

ASK = "GetCertificateStatus"
WEEK_S = 7 * 86400.0


def certified(status: str = "Accepted", *, below: Authority | None = None) -> Bench201:
    """A station that has just got the chain that it shows to vehicles."""
    kept = {"ocspResult": "AAAA"} if status == "Accepted" else {}
    bench = Bench201.booted(answers={ASK: {"status": status, **kept}})
    root = authority("V2G root")
    bench.answer("InstallCertificate", {"certificateType": "V2GRootCertificate", "certificate": root.certificate_pem})
    bench.answer("TriggerMessage", {"requestedMessage": "SignV2GCertificate"})
    chain = (below or root).sign_request(bench.payloads("SignCertificate")[-1]["csr"], NOON - 60)
    chain += below.certificate_pem if below else ""
    request = {"certificateType": "V2GCertificate", "certificateChain": chain}
    assert bench.answer("CertificateSigned", request) == {"status": "Accepted"}
    return bench


def test_m06_fr_06_07_every_certificate_below_the_root_is_asked_about() -> None:
    below = Authority.new("V2G sub-authority", NOON - 60, above=authority("V2G root"))
    leaf, above = (one["ocspRequestData"] for one in certified(below=below).payloads(ASK))
    assert above["serialNumber"] == f"{load(below.certificate_pem).serial_number:x}"
    assert leaf["issuerKeyHash"] != above["issuerKeyHash"]


def test_m06_fr_06_what_is_kept_is_asked_for_again_within_a_week_and_not_before() -> None:
    bench = certified().forget()
    bench.wait(WEEK_S / 2)
    assert bench.payloads(ASK) == []
    bench.wait(WEEK_S / 2)
    assert len(bench.payloads(ASK)) == 1


@pytest.mark.shows("GetCertificateStatus")
def test_m06_fr_04_back_on_line_only_a_failure_is_asked_about_again() -> None:
    for status, asked in (("Accepted", 0), ("Failed", 1)):
        bench = certified(status).forget()
        bench.cut().come_back().wait(60)
        assert len(bench.payloads(ASK)) == asked, status


def test_m06_fr_04_nothing_is_kept_of_a_failure() -> None:
    bench = certified("Failed")
    statuses = bench.station.access.certificates.statuses
    assert statuses is not None
    assert statuses.results == {}
    assert any(cause.startswith(ASK) for cause in bench.problems)


def test_m06_a_chain_that_is_deleted_is_not_asked_about() -> None:
    bench = certified()
    (row,) = bench.answer("GetInstalledCertificateIds", {"certificateType": ["V2GCertificateChain"]})[
        "certificateHashDataChain"
    ]
    request = {"certificateHashData": row["certificateHashData"]}
    assert bench.answer("DeleteCertificate", request) == {"status": "Accepted"}
    bench.forget().wait(WEEK_S)
    assert bench.payloads(ASK) == []
