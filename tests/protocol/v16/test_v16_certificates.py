"""Roots and own certificates of a 1.6 charge point (white paper A02, A03, M03 to M05)."""

from typing import Any

import orjson
import pytest
from cryptography import x509 as reader
from cryptography.x509.oid import NameOID

from chargepoint_sim import snapshot
from chargepoint_sim.core.certificates import RequestSigning, Use
from chargepoint_sim.core.commands import InjectTransferFault
from chargepoint_sim.core.jobs import JobFailed
from chargepoint_sim.pki.authority import Authority
from chargepoint_sim.protocol.v16.keys import SETTING_OF
from tests.certificates import authority
from tests.protocol.harness import NOON, Refusal
from tests.protocol.v16.bench import Bench16

CS, MAKER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"


def install(bench: Bench16, pem: str, kind: str = CS) -> str:
    answer = bench.ask("InstallCertificate", {"certificateType": kind, "certificate": pem})
    assert answer is not None
    return str(answer[2]["status"])


def installed(bench: Bench16, kind: str = CS) -> list[dict[str, Any]]:
    answer = bench.ask("GetInstalledCertificateIds", {"certificateType": kind})
    assert answer is not None
    assert (answer[2]["status"] == "Accepted") == ("certificateHashData" in answer[2])
    return list(answer[2].get("certificateHashData", []))


def delete(bench: Bench16, named: dict[str, Any]) -> str:
    answer = bench.ask("DeleteCertificate", {"certificateHashData": named})
    assert answer is not None
    return str(answer[2]["status"])


def trigger(bench: Bench16, message: str = "SignChargePointCertificate") -> str:
    answer = bench.ask("ExtendedTriggerMessage", {"requestedMessage": message})
    assert answer is not None
    return str(answer[2]["status"])


def sign(bench: Bench16, chain: str) -> str:
    answer = bench.ask("CertificateSigned", {"certificateChain": chain})
    assert answer is not None
    return str(answer[2]["status"])


def requested(bench: Bench16) -> str:
    return str(bench.payloads("SignCertificate")[-1]["csr"])


def events(bench: Bench16) -> list[str]:
    return [one["type"] for one in bench.payloads("SecurityEventNotification")]


def with_request(**how: Any) -> Bench16:
    """A charge point whose root is installed and that has asked for a certificate."""
    bench = Bench16.booted(**how)
    assert install(bench, authority().certificate_pem) == "Accepted"
    assert trigger(bench) == "Accepted"
    return bench


@pytest.mark.shows("InstallCertificate", "DeleteCertificate", "GetInstalledCertificateIds")
@pytest.mark.parametrize("kind", [CS, MAKER])
def test_M05_FR_02_an_installed_root_is_listed_and_can_be_deleted(kind: str) -> None:
    bench = Bench16.booted()
    assert installed(bench, kind) == []
    assert install(bench, authority().certificate_pem, kind) == "Accepted"
    (named,) = installed(bench, kind)
    assert named["hashAlgorithm"] == "SHA256"
    assert installed(bench, MAKER if kind == CS else CS) == []
    assert delete(bench, named) == "Accepted"
    assert installed(bench, kind) == []
    assert delete(bench, named) == "NotFound"


@pytest.mark.parametrize("algorithm", ["SHA384", "SHA512"])
def test_a_root_can_be_named_by_each_algorithm_and_in_any_case(algorithm: str) -> None:
    bench = Bench16.booted()
    install(bench, authority().certificate_pem)
    (held,) = bench.station.access.certificates.of(Use.CENTRAL_SYSTEM_ROOT)
    one = next(one for one in held.hashes if one.algorithm == algorithm)
    named = {
        "hashAlgorithm": algorithm,
        "issuerNameHash": one.issuer_name_hash.upper(),
        "issuerKeyHash": one.issuer_key_hash.upper(),
        "serialNumber": one.serial_number.upper(),
    }
    assert delete(bench, {**named, "hashAlgorithm": "SHA256"}) == "NotFound"
    assert delete(bench, named) == "Accepted"


def test_M05_FR_03_a_full_store_refuses() -> None:
    bench = Bench16.booted(settings={SETTING_OF["CertificateStoreMaxLength"]: "2"})
    assert [install(bench, authority(f"Root {n}").certificate_pem) for n in range(3)] == [
        "Accepted",
        "Accepted",
        "Rejected",
    ]
    assert len(installed(bench)) == 2


def test_a_sound_root_that_cannot_be_stored_has_failed() -> None:
    bench = Bench16.booted()
    assert bench.command(InjectTransferFault("certificate-store", times=1)).accepted
    assert install(bench, "no certificate") == "Rejected"
    assert install(bench, authority().certificate_pem) == "Failed"
    assert installed(bench) == []
    assert install(bench, authority().certificate_pem) == "Accepted"


def test_M05_FR_06_what_is_no_root_is_rejected_with_its_event() -> None:
    bench = Bench16.booted()
    leaf = authority().client("CP-1", "Operator", NOON)
    assert install(bench, leaf.certificate_pem) == "Rejected"
    assert install(bench, "nonsense", MAKER) == "Rejected"
    assert events(bench) == ["InvalidCentralSystemCertificate"]
    assert installed(bench) == installed(bench, MAKER) == []


def test_M05_FR_09_with_the_additional_check_a_root_is_replaced_only_by_one_that_it_has_signed() -> None:
    bench = Bench16.booted(settings={SETTING_OF["AdditionalRootCertificateCheck"]: "true"})
    assert install(bench, authority().certificate_pem) == "Accepted"
    assert install(bench, authority("Other root").certificate_pem) == "Rejected"
    new = Authority.new("New root", NOON - 60, above=authority())
    assert install(bench, new.certificate_pem) == "Accepted"
    assert len(installed(bench)) == 1
    store = bench.station.access.certificates
    assert store.trusted_pem() == new.certificate_pem
    assert store.fallback is not None
    bench.cut().come_back()  # reached with the new one (M05.FR.12)
    assert store.fallback is None


@pytest.mark.shows("ExtendedTriggerMessage")
def test_A02_FR_13_the_request_names_operator_and_serial_number() -> None:
    bench = Bench16.booted()
    assert bench.configure("CpoName", "Operator") == "Accepted"
    assert trigger(bench) == "Accepted"
    csr = reader.load_pem_x509_csr(requested(bench).encode())
    assert csr.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "Operator"
    assert csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "SN1"


def test_the_key_never_leaves_the_charge_point() -> None:
    bench = with_request()
    assert sign(bench, authority().sign_request(requested(bench), NOON - 60)) == "Accepted"
    assert not any("PRIVATE KEY" in one.text.decode() for one in bench.sent)
    assert "PRIVATE KEY" not in repr(bench.station.access)


def test_A02_a_signed_certificate_is_switched_to() -> None:
    bench = with_request()
    chain = authority().sign_request(requested(bench), NOON - 60)
    assert sign(bench, chain) == "Accepted"
    own = bench.station.access.certificates.own
    assert own is not None
    assert own.chain_pem == chain
    assert bench.closes == [], "on profile 0 nothing connects with it"
    assert sign(bench, chain) == "Rejected", "it answers one request only"


@pytest.mark.shows("CertificateSigned")
def test_A02_FR_08_on_profile_3_the_charge_point_connects_with_it() -> None:
    bench = with_request(settings={"SecurityCtrlr.SecurityProfile": "3"})
    assert sign(bench, authority().sign_request(requested(bench), NOON - 60)) == "Accepted"
    bench.wait(3)
    ((_, close),) = bench.closes
    assert close.code == 1000
    assert bench.linked
    assert bench.payloads("BootNotification") == []


@pytest.mark.parametrize(
    "chain",
    [
        pytest.param(lambda csr: authority("Other root").sign_request(csr, NOON - 60), id="another authority"),
        pytest.param(lambda csr: authority().sign_request(csr, NOON + 600), id="not valid yet"),
        pytest.param(lambda csr: authority().sign_request(csr, NOON - 86000, days=0), id="expired"),
        pytest.param(lambda csr: authority().client("SN1", "", NOON - 60).certificate_pem, id="another key"),
        pytest.param(lambda csr: "nonsense", id="no certificate"),
    ],
)
def test_A02_FR_07_a_bad_certificate_is_discarded_with_its_event(chain: Any) -> None:
    bench = with_request()
    assert sign(bench, chain(requested(bench))) == "Rejected"
    assert events(bench)[-1] == "InvalidChargePointCertificate"
    assert bench.station.access.certificates.own is None


def test_a_chain_longer_than_the_key_allows_is_rejected() -> None:
    bench = with_request(settings={SETTING_OF["CertificateSignedMaxChainSize"]: "100"})
    assert sign(bench, authority().sign_request(requested(bench), NOON - 60)) == "Rejected"


def test_without_a_request_there_is_nothing_that_a_certificate_could_fit() -> None:
    bench = Bench16.booted()
    install(bench, authority().certificate_pem)
    assert sign(bench, authority().client("SN1", "", NOON - 60).certificate_pem) == "Rejected"


@pytest.mark.shows("SignCertificate")
@pytest.mark.parametrize("answer", [{"status": "Rejected"}, Refusal("NotImplemented")])
def test_a_refused_request_is_forgotten(answer: Any) -> None:
    bench = with_request(answers={"SignCertificate": answer})
    assert sign(bench, authority().sign_request(requested(bench), NOON - 60)) == "Rejected"


def test_A02_FR_03_an_accepted_request_is_sent_once_however_late_the_certificate_comes() -> None:
    bench = with_request()
    bench.wait(3600)
    assert len(bench.payloads("SignCertificate")) == 1
    assert sign(bench, authority().sign_request(requested(bench), NOON - 60)) == "Accepted"


def test_a_key_that_could_not_be_made_sends_nothing() -> None:
    bench = Bench16.booted()
    bench.workers[RequestSigning] = lambda job: JobFailed("no randomness")
    assert trigger(bench) == "Accepted"
    assert bench.payloads("SignCertificate") == []
    assert "no certificate signing request: no randomness" in bench.problems


def test_A03_a_certificate_is_renewed_before_it_ends() -> None:
    bench = with_request(settings={"SecurityCtrlr.SecurityProfile": "3"})
    assert sign(bench, authority().sign_request(requested(bench), NOON - 60, days=31)) == "Accepted"
    bench.wait(3).forget()
    bench.wait(86400 - 120)
    assert bench.payloads("SignCertificate") == []
    bench.wait(120)
    assert len(bench.payloads("SignCertificate")) == 1


def test_M04_FR_06_the_last_root_of_a_tls_connection_stays() -> None:
    bench = Bench16.booted(settings={"SecurityCtrlr.SecurityProfile": "2"})
    install(bench, authority().certificate_pem)
    install(bench, authority("Other root").certificate_pem)
    first, last = installed(bench)
    assert delete(bench, first) == "Accepted"
    assert delete(bench, last) == "Failed"
    assert installed(bench) == [last]


def test_everything_survives_a_restart_of_the_program() -> None:
    bench = with_request()
    assert sign(bench, authority().sign_request(requested(bench), NOON - 60)) == "Accepted"
    assert trigger(bench) == "Accepted"
    saved = snapshot.take(bench.charger, bench.now.sim)
    other = Bench16()
    snapshot.restore(other.charger, saved)
    assert other.station.access.certificates.own == bench.station.access.certificates.own
    other.power_up()
    assert installed(other) == installed(bench)
    assert sign(other, authority().sign_request(requested(bench), NOON - 60)) == "Accepted"


def test_A02_FR_03_a_state_that_was_saved_in_2_0_1_is_not_asked_for_again() -> None:
    bench = with_request()
    saved = snapshot.take(bench.charger, bench.now.sim)
    saved["access"]["certificates"]["awaited"] = {"ChargingStationCertificate": 1}
    other = Bench16()
    snapshot.restore(other.charger, saved)
    other.power_up()
    other.wait(3600)
    assert other.payloads("SignCertificate") == []
    assert sign(other, authority().sign_request(requested(bench), NOON - 60)) == "Accepted"


def test_a_state_that_was_saved_before_there_were_purposes_is_read() -> None:
    bench = with_request(settings={"SecurityCtrlr.OrganizationName": "Operator"})
    saved = snapshot.take(bench.charger, bench.now.sim)
    saved["settings"]["Ocpp16.CpoName"] = saved["settings"].pop("SecurityCtrlr.OrganizationName")
    access = saved["access"]
    del access["networks"], access["previous_password"]
    certificates = access["certificates"]
    del certificates["v2g"], certificates["awaited"]
    certificates["asked"] = list(certificates["asked"]["ChargingStationCertificate"])
    certificates["roots"]["CentralSystemRootCertificate"] = certificates["roots"].pop("CSMSRootCertificate")
    other = Bench16()
    snapshot.restore(other.charger, orjson.loads(orjson.dumps(saved)))
    other.power_up()
    assert installed(other) == installed(bench)
    assert other.station.settings.text("SecurityCtrlr.OrganizationName") == "Operator"
    assert sign(other, authority().sign_request(requested(bench), NOON - 60)) == "Accepted"
    assert other.station.access.certificates.own is not None


def test_a_state_that_was_saved_without_a_request_is_read() -> None:
    bench = Bench16.booted()
    saved = snapshot.take(bench.charger, bench.now.sim)
    del saved["access"]["certificates"]["v2g"], saved["access"]["certificates"]["awaited"]
    saved["access"]["certificates"]["asked"] = None
    other = Bench16()
    snapshot.restore(other.charger, saved)
    assert other.station.access.certificates.asked == {}
    assert other.station.access.certificates.awaited == {}
