"""Roots and own certificates of a 2.0.1 charging station (use cases A02, A03, M03 to M05)."""

from typing import Any

import pytest
from cryptography import x509 as reader
from cryptography.x509.oid import NameOID

from chargepoint_sim import snapshot
from chargepoint_sim.pki.authority import Authority
from tests.certificates import authority
from tests.protocol.harness import NOON, Refusal
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.test_v201_security import get, logged, put, told

CSMS, MAKER, V2G, MO = (f"{kind}RootCertificate" for kind in ("CSMS", "Manufacturer", "V2G", "MO"))
STATION = "ChargingStationCertificate"
PROFILE_3 = {"SecurityCtrlr.SecurityProfile": "3"}


def install(bench: Bench201, pem: str, kind: str = CSMS) -> dict[str, Any]:
    return bench.answer("InstallCertificate", {"certificateType": kind, "certificate": pem})


def rows(bench: Bench201, *kinds: str) -> list[dict[str, Any]]:
    answer = bench.answer("GetInstalledCertificateIds", {"certificateType": list(kinds)} if kinds else {})
    assert (answer["status"] == "Accepted") == ("certificateHashDataChain" in answer)
    return list(answer.get("certificateHashDataChain", []))


def delete(bench: Bench201, named: dict[str, Any]) -> str:
    return str(bench.answer("DeleteCertificate", {"certificateHashData": named})["status"])


def trigger(bench: Bench201, message: str = "SignChargingStationCertificate") -> None:
    assert bench.answer("TriggerMessage", {"requestedMessage": message}) == {"status": "Accepted"}


def requested(bench: Bench201) -> str:
    return str(bench.payloads("SignCertificate")[-1]["csr"])


def signed(bench: Bench201, chain: str, kind: str | None = STATION) -> dict[str, Any]:
    return bench.answer("CertificateSigned", {"certificateChain": chain, **({"certificateType": kind} if kind else {})})


def with_request(**how: Any) -> Bench201:
    """A station whose root is installed and that has asked for a certificate."""
    bench = Bench201.booted(**how)
    assert install(bench, authority().certificate_pem)["status"] == "Accepted"
    trigger(bench)
    return bench


@pytest.mark.shows("InstallCertificate", "DeleteCertificate", "GetInstalledCertificateIds")
@pytest.mark.parametrize("kind", [CSMS, MAKER, V2G, MO])
def test_m05_fr_02_an_installed_root_is_listed_counted_and_can_be_deleted(kind: str) -> None:
    bench = Bench201.booted()
    assert rows(bench) == []
    assert install(bench, authority().certificate_pem, kind) == {"status": "Accepted"}
    (row,) = rows(bench)
    assert row["certificateType"] == kind
    assert row == rows(bench, kind)[0]
    assert get(bench, "CertificateEntries")["attributeValue"] == "1"
    others = {CSMS, MAKER, V2G, MO} - {kind}
    assert rows(bench, *others) == []
    assert delete(bench, row["certificateHashData"]) == "Accepted"
    assert rows(bench) == []
    assert delete(bench, row["certificateHashData"]) == "NotFound"


def test_m03_fr_02_nothing_found_says_so_with_a_reason() -> None:
    answer = Bench201.booted().answer("GetInstalledCertificateIds", {"certificateType": [MO]})
    assert answer == {"status": "NotFound", "statusInfo": {"reasonCode": "NotFound"}}


def test_m05_fr_06_a_full_store_rejects() -> None:
    bench = Bench201.booted(settings={"SecurityCtrlr.CertificateEntries": "2"})
    answers = [install(bench, authority(f"Root {n}").certificate_pem) for n in range(3)]
    assert [one["status"] for one in answers] == ["Accepted", "Accepted", "Rejected"]
    assert answers[2]["statusInfo"]["reasonCode"] == "OutOfStorage"
    assert len(rows(bench)) == 2


def test_m05_fr_17_the_same_root_again_is_accepted_even_where_the_store_is_full() -> None:
    bench = Bench201.booted(settings={"SecurityCtrlr.CertificateEntries": "1"})
    assert [install(bench, authority().certificate_pem)["status"] for _ in range(2)] == ["Accepted", "Accepted"]
    assert len(rows(bench)) == 1


@pytest.mark.parametrize("kind", [CSMS, V2G])
def test_m05_fr_07_what_is_no_root_is_rejected(kind: str) -> None:
    bench = Bench201.booted()
    for pem in (authority().client("SN1", "", NOON).certificate_pem, "nonsense"):
        answer = install(bench, pem, kind)
        assert answer["status"] == "Rejected"
        assert answer["statusInfo"]["reasonCode"] == "InvalidCertificate"
    assert told(bench) == (["InvalidCsmsCertificate"] * 2 if kind == CSMS else [])
    assert rows(bench) == []


def test_m05_fr_09_to_13_with_the_additional_check_a_root_is_replaced_only_by_one_that_it_has_signed() -> None:
    bench = Bench201.booted(settings={"SecurityCtrlr.AdditionalRootCertificateCheck": "true"})
    install(bench, authority().certificate_pem)
    (old,) = rows(bench)
    assert install(bench, authority("Other root").certificate_pem)["status"] == "Rejected"
    assert rows(bench) == [old]
    new = Authority.new("New root", NOON - 60, above=authority())
    assert install(bench, new.certificate_pem)["status"] == "Accepted"
    assert len(rows(bench)) == 2
    assert old in rows(bench), "the fallback is still there"
    bench.cut().come_back()
    (left,) = rows(bench)
    assert left != old


def test_m04_fr_03_the_last_root_of_a_tls_connection_stays() -> None:
    bench = Bench201.booted(settings={"SecurityCtrlr.SecurityProfile": "2"})
    install(bench, authority().certificate_pem)
    install(bench, authority("Other root").certificate_pem)
    first, last = (row["certificateHashData"] for row in rows(bench))
    assert delete(bench, first) == "Accepted"
    assert delete(bench, last) == "Failed"
    assert len(rows(bench)) == 1


def test_m04_fr_06_the_certificate_of_the_station_cannot_be_deleted() -> None:
    bench = with_request()
    chain = authority().sign_request(requested(bench), NOON - 60)
    assert signed(bench, chain)["status"] == "Accepted"
    leaf = reader.load_pem_x509_certificate(chain.encode())
    (row,) = rows(bench)
    named = {**row["certificateHashData"], "serialNumber": f"{leaf.serial_number:X}"}
    assert delete(bench, named) == "Failed"
    assert bench.station.access.certificates.own is not None
    assert delete(bench, {**named, "serialNumber": "1"}) == "NotFound"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("SignChargingStationCertificate", {"certificateType": STATION}),
        ("SignV2GCertificate", {"certificateType": "V2GCertificate"}),
        ("SignCombinedCertificate", {}),
    ],
)
def test_a02_fr_13_the_request_names_operator_serial_number_and_purpose(message: str, kind: dict[str, str]) -> None:
    bench = Bench201.booted()
    assert put(bench, "OrganizationName", "Operator")["attributeStatus"] == "Accepted"
    trigger(bench, message)
    (payload,) = bench.payloads("SignCertificate")
    csr = reader.load_pem_x509_csr(payload.pop("csr").encode())
    assert payload == kind
    assert csr.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "Operator"
    assert csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "SN1"


@pytest.mark.shows("CertificateSigned")
def test_a02_fr_08_on_profile_3_the_station_connects_with_the_new_certificate() -> None:
    bench = with_request(settings=PROFILE_3)
    assert signed(bench, authority().sign_request(requested(bench), NOON - 60)) == {"status": "Accepted"}
    bench.wait(5)
    ((_, close),) = bench.closes
    assert close.code == 1000
    assert bench.linked
    assert not any("PRIVATE KEY" in one.text.decode() for one in bench.sent)


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
def test_a02_fr_07_and_20_a_bad_certificate_is_discarded_with_its_event_and_not_asked_for_again(chain: Any) -> None:
    bench = with_request()
    answer = signed(bench, chain(requested(bench)))
    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "InvalidCertificate"
    assert told(bench) == ["InvalidChargingStationCertificate"]
    assert bench.station.access.certificates.own is None
    bench.wait(3600)
    assert len(bench.payloads("SignCertificate")) == 1


def test_a02_fr_16_a_chain_longer_than_is_taken_is_rejected() -> None:
    bench = with_request(settings={"SecurityCtrlr.MaxCertificateChainSize": "100"})
    answer = signed(bench, authority().sign_request(requested(bench), NOON - 60))
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "TooLargeElement")


def test_a_certificate_that_nobody_asked_for_is_rejected() -> None:
    bench = with_request()
    chain = authority().sign_request(requested(bench), NOON - 60)
    assert signed(bench, chain, "V2GCertificate")["status"] == "Rejected"
    assert signed(bench, chain)["status"] == "Accepted"
    assert signed(bench, chain)["status"] == "Rejected", "it answers one request only"


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, Refusal("NotImplemented")])
def test_a02_a_refused_request_is_not_sent_again(answer: Any) -> None:
    bench = with_request(answers={"SignCertificate": answer})
    bench.wait(3600)
    assert len(bench.payloads("SignCertificate")) == 1
    assert signed(bench, authority().sign_request(requested(bench), NOON - 60))["status"] == "Rejected"


@pytest.mark.shows("SignCertificate")
def test_a02_fr_17_to_19_without_an_answer_the_request_is_sent_again_ever_later_and_then_no_more() -> None:
    bench = Bench201.booted()
    put(bench, "CertSigningWaitMinimum", "10")
    put(bench, "CertSigningRepeatTimes", "2")
    install(bench, authority().certificate_pem)
    trigger(bench)
    bench.wait(1000)
    calls = bench.calls("SignCertificate")
    assert [one.at for one in calls] == [0, 10, 30, 70]
    assert len({one.payload["csr"] for one in calls}) == 1
    assert "no signed certificate has come: asked for no more" in bench.problems
    assert signed(bench, authority().sign_request(requested(bench), NOON - 60))["status"] == "Accepted"


def test_a02_fr_17_what_is_awaited_through_an_offline_spell_is_asked_for_again_afterwards() -> None:
    bench = with_request()
    bench.cut()
    bench.wait(300)
    bench.come_back()
    bench.wait(60)
    assert len(bench.payloads("SignCertificate")) == 2


def test_a03_fr_02_a_certificate_is_renewed_one_month_before_it_ends() -> None:
    bench = with_request(settings=PROFILE_3)
    assert signed(bench, authority().sign_request(requested(bench), NOON - 60, days=31))["status"] == "Accepted"
    bench.wait(5).forget()
    bench.wait(86400 - 120)
    assert bench.payloads("SignCertificate") == []
    bench.wait(120)
    assert bench.payloads("SignCertificate")[0]["certificateType"] == STATION


def test_m03_fr_05_a_chain_for_vehicles_is_listed_with_its_authorities_and_can_be_deleted() -> None:
    bench = Bench201.booted()
    root = authority("V2G root")
    below = Authority.new("Sub CA", NOON - 60, above=root)
    assert install(bench, root.certificate_pem, V2G)["status"] == "Accepted"
    trigger(bench, "SignV2GCertificate")
    chain = below.sign_request(requested(bench), NOON - 60)
    if below.certificate_pem not in chain:
        chain += below.certificate_pem
    assert signed(bench, chain, "V2GCertificate") == {"status": "Accepted"}
    assert bench.wait(5).closes == [], "vehicles are shown it, not the central system"
    (row,) = rows(bench, "V2GCertificateChain")
    assert row["certificateType"] == "V2GCertificateChain"
    assert len(row["childCertificateHashData"]) == 1
    assert row in rows(bench)
    assert delete(bench, row["certificateHashData"]) == "Accepted"
    assert rows(bench, "V2GCertificateChain") == []


def test_a00_fr_428_a_combined_certificate_serves_both_connections() -> None:
    bench = Bench201.booted(settings=PROFILE_3)
    install(bench, authority("V2G root").certificate_pem, V2G)
    trigger(bench, "SignCombinedCertificate")
    assert signed(bench, authority("V2G root").sign_request(requested(bench), NOON - 60), None)["status"] == "Accepted"
    store = bench.station.access.certificates
    assert store.own is store.v2g is not None
    assert len(bench.wait(5).closes) == 1


def test_v2g_certificate_installation_can_be_disabled() -> None:
    bench = Bench201.booted(settings={"ISO15118Ctrlr.V2GCertificateInstallationEnabled": "false"})
    for message in ("SignV2GCertificate", "SignCombinedCertificate"):
        assert bench.answer("TriggerMessage", {"requestedMessage": message})["status"] == "Rejected"
    assert bench.payloads("SignCertificate") == []
    assert bench.answer("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"}) == {
        "status": "Accepted"
    }


def subject(bench: Bench201) -> dict[str, str]:
    """Of the last request for a certificate, by the names of its parts."""
    request = reader.load_pem_x509_csr(requested(bench).encode())
    return {part.rfc4514_attribute_name: str(part.value) for part in request.subject}


def test_a02_vehicles_know_the_station_by_names_of_its_own() -> None:
    bench = Bench201.booted(settings={"SecurityCtrlr.OrganizationName": "Operator"})
    trigger(bench, "SignV2GCertificate")
    assert subject(bench) == {"CN": bench.station.serial_number or bench.station.charger_id, "O": "Operator"}
    for name, text in {"SeccId": "NL*ABC*S1", "OrganizationName": "Charging Services", "CountryName": "NL"}.items():
        assert put(bench, name, text, "ISO15118Ctrlr")["attributeStatus"] == "Accepted"
    trigger(bench, "SignV2GCertificate")
    assert subject(bench) == {"CN": "NL*ABC*S1", "O": "Charging Services", "C": "NL"}
    trigger(bench)
    assert subject(bench)["O"] == "Operator"
    assert "C" not in subject(bench)
    root = authority("V2G root")
    install(bench, root.certificate_pem, V2G)
    for_vehicles = bench.payloads("SignCertificate")[-2]["csr"]
    assert signed(bench, root.sign_request(for_vehicles, NOON - 60), "V2GCertificate") == {"status": "Accepted"}


@pytest.mark.parametrize("text", ["nl", "NLD", "N1"])
def test_a_country_has_two_capital_letters(text: str) -> None:
    assert put(Bench201.booted(), "CountryName", text, "ISO15118Ctrlr")["attributeStatus"] == "Rejected"


def test_everything_survives_a_restart_of_the_program() -> None:
    bench = with_request()
    trigger(bench, "SignV2GCertificate")
    saved = snapshot.take(bench.charger, bench.now.sim)
    other = Bench201()
    snapshot.restore(other.charger, saved)
    other.power_up()
    assert rows(other) == rows(bench)
    store = other.station.access.certificates
    assert store.asked == bench.station.access.certificates.asked
    other.wait(60)
    assert [one["certificateType"] for one in other.payloads("SignCertificate")] == [STATION, "V2GCertificate"]
    first = bench.payloads("SignCertificate")[0]["csr"]
    assert signed(other, authority().sign_request(first, NOON - 60))["status"] == "Accepted"
    assert logged(other)[-1] == "ReconfigurationOfSecurityParameters"
