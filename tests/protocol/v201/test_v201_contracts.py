"""2.0.1 contract certificates of vehicles (use cases C07, M01, M02)."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import PlugIn
from chargepoint_sim.pki import contracts
from chargepoint_sim.snapshot import restore, take
from tests.protocol.harness import SILENCE
from tests.protocol.v201.bench import Bench201

PNC = {"ISO15118Ctrlr.Enabled": "true", "ISO15118Ctrlr.PnCEnabled": "true"}
OFFLINE = {"ISO15118Ctrlr.ContractValidationOffline": "true"}
UNKNOWN_ALLOWED = {"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"}
GOOD = {"idTokenInfo": {"status": "Accepted"}, "certificateStatus": "Accepted"}
GET = "Get15118EVCertificate"
BROUGHT = {"status": "Accepted", "exiResponse": "AAAA"}


def station(answer: Any = GOOD, *, rooted: bool = True, **settings: str) -> Bench201:
    """A booted station with PnCEnabled; Authorize is answered like that."""
    bench = Bench201.booted(settings=PNC | settings, answers={"Authorize": answer, GET: BROUGHT})
    if rooted:
        request = {"certificateType": "MORootCertificate", "certificate": contracts.root()}
        assert bench.answer("InstallCertificate", request) == {"status": "Accepted"}
    bench.forget()
    return bench


def arrives(bench: Bench201, vehicle: str = "sedan_pnc") -> Bench201:
    assert bench.command(PlugIn(1, vehicle=vehicle, soc=0.2)).accepted
    bench.wait(10)
    return bench


def charges(bench: Bench201) -> bool:
    return bench.station.evses[0].meter.power_at(bench.now.sim) > 0


def test_c07_fr_02_what_authorize_tells_of_a_contract() -> None:
    bench = arrives(station())
    (request,) = bench.payloads("Authorize")
    assert request["idToken"] == {"idToken": "DEABCC000000013", "type": "eMAID"}
    leaf, below = request["iso15118CertificateHashData"]
    assert {leaf["responderURL"], below["responderURL"]} == {contracts.RESPONDER}
    assert leaf["issuerKeyHash"] != below["issuerKeyHash"]
    assert charges(bench)


def test_c07_chains_are_the_same_in_every_run() -> None:
    first = contracts.chain("DEABCC000000013")
    contracts.chain.cache_clear()
    assert contracts.chain("DEABCC000000013") == first


def test_c07_fr_06_without_the_root_and_central_validation_nobody_is_asked() -> None:
    bench = arrives(station(rooted=False))
    assert bench.payloads("Authorize") == []
    assert any("DEABCC000000013" in cause for cause in bench.problems)
    assert not charges(bench)


def test_c07_a_refused_certificate_wins_over_an_accepted_token() -> None:
    assert not charges(arrives(station(GOOD | {"certificateStatus": "CertificateExpired"})))


def test_c07_without_a_certificate_status_the_token_decides() -> None:
    assert charges(arrives(station({"idTokenInfo": {"status": "Accepted"}})))


def test_c07_disabled_c08_the_vehicle_needs_a_card() -> None:
    bench = arrives(station(**{"ISO15118Ctrlr.PnCEnabled": "false"}))
    assert bench.payloads("Authorize") == []
    bench.swipe().wait(10)
    assert bench.payloads("Authorize")[-1]["idToken"]["type"] == "ISO14443"
    assert charges(bench)


def test_c08_a_card_that_came_first_is_not_asked_about_twice() -> None:
    bench = station()
    bench.swipe()
    arrives(bench)
    assert [one["idToken"]["type"] for one in bench.payloads("Authorize")] == ["ISO14443"]
    assert charges(bench)


def test_c07_a_vehicle_that_leaves_before_the_verdict_starts_nothing() -> None:
    bench = arrives(station(SILENCE))
    bench.unplug().wait(100)
    assert bench.station.evses[0].authorized is None


def test_c07_fr_07_no_answer_is_no_permission() -> None:
    bench = arrives(station(SILENCE, **UNKNOWN_ALLOWED))
    bench.wait(100)
    assert not charges(bench)


def test_c07_fr_08_12_no_answer_for_a_sound_contract_where_that_is_enough() -> None:
    bench = arrives(station(SILENCE, **UNKNOWN_ALLOWED, **OFFLINE))
    bench.wait(50)
    assert charges(bench)


def test_c07_fr_08_offline_a_contract_without_its_root_is_not_sound() -> None:
    bench = station(rooted=False, **UNKNOWN_ALLOWED, **OFFLINE)
    bench.cut()
    assert not charges(arrives(bench))


def test_c07_fr_12_offline_an_unknown_contract_needs_permission() -> None:
    bench = station(**OFFLINE)
    bench.cut()
    assert not charges(arrives(bench))


def test_c07_fr_11_offline_a_contract_in_the_cache_is_known() -> None:
    bench = arrives(station(**OFFLINE))
    bench.unplug().cut()
    assert charges(arrives(bench))


def test_m01_fr_01_install_on_the_wire_and_kept_over_a_restart() -> None:
    bench = arrives(station(), "sedan_pnc_install")
    (request,) = bench.payloads(GET)
    assert (request["action"], request["iso15118SchemaVersion"]) == ("Install", "urn:iso:15118:2:2013:MsgDef,2,0")
    assert charges(bench)
    saved, fresh = take(bench.charger, bench.now.sim), station()
    restore(fresh.charger, saved)
    vehicle = fresh.station.evses[0].vehicle
    assert vehicle is not None
    assert vehicle.talk is not None
    assert vehicle.talk.wish is None


@pytest.mark.shows("Get15118EVCertificate")
def test_m02_fr_01_update_on_the_wire() -> None:
    bench = arrives(station(), "sedan_pnc_update")
    assert [one["action"] for one in bench.payloads(GET)] == ["Update"]
    assert charges(bench)


def test_m01_installation_disabled_or_offline_nothing_is_asked() -> None:
    disabled = station(**{"ISO15118Ctrlr.ContractCertificateInstallationEnabled": "false"})
    offline = station()
    offline.cut()
    for bench in (disabled, offline):
        arrives(bench, "sedan_pnc_install")
        assert bench.payloads(GET) == bench.payloads("Authorize") == []
        assert not charges(bench)


def test_m01_an_answer_for_a_vehicle_that_has_left_is_for_nobody() -> None:
    bench = station()
    bench.answers[GET] = SILENCE
    arrives(bench, "sedan_pnc_install").unplug()
    arrives(bench, "sedan_pnc_install")
    bench.reply(bench.unanswered[0], BROUGHT)
    assert bench.payloads("Authorize") == []
