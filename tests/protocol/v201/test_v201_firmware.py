"""UpdateFirmware and FirmwareStatusNotification (2.0.1 L01, L02): real certificates, real signatures."""

import json
from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.clock import format_utc
from chargepoint_sim.core.commands import InjectTransferFault
from chargepoint_sim.core.jobs import Cause, Downloaded, JobFailed
from tests.protocol.harness import NOON, SILENCE
from tests.protocol.v201.bench import Bench201
from tests.protocol.v201.firmware import (
    FILE,
    INSTALLED,
    UP_TO_CHECK,
    boots,
    signed,
    signer,
    told,
    trust_maker,
    unsigned,
    update,
)

UNSIGNED_TAKEN = {"ChargingStation.AllowUnsignedFirmware": "true"}
BROKEN = JobFailed("files.example:443: HTTP 503")


def trusting(charging: bool = False, **how: Any) -> Bench201:
    """A station with the manufacturer's root."""
    bench = Bench201.charging(**how) if charging else Bench201.booted(**how)
    trust_maker(bench)
    return bench


def statuses(bench: Bench201, evse_id: int = 1) -> list[str]:
    return [one["connectorStatus"] for one in bench.payloads("StatusNotification") if one["evseId"] == evse_id]


def set_variable(bench: Bench201, component: str, variable: str, value: str) -> str:
    element = {"component": {"name": component}, "variable": {"name": variable}, "attributeValue": value}
    (result,) = bench.answer("SetVariables", {"setVariableData": [element]})["setVariableResult"]
    return str(result["attributeStatus"])


def triggered(bench: Bench201) -> dict[str, Any]:
    before = len(bench.payloads("FirmwareStatusNotification"))
    assert bench.answer("TriggerMessage", {"requestedMessage": "FirmwareStatusNotification"}) == {"status": "Accepted"}
    (payload,) = bench.payloads("FirmwareStatusNotification")[before:]
    return payload


@pytest.mark.shows("UpdateFirmware")
def test_a_signed_update_shows_every_status_and_the_new_version() -> None:
    """L01.FR.01, L01.FR.04, L01.FR.05, L01.FR.10, L01.FR.28, L01.FR.32."""
    bench = trusting()
    assert update(bench, signed(bench)) == "Accepted"
    assert told(bench) == ["Downloading"]
    bench.finish(Downloaded(FILE))
    assert told(bench) == INSTALLED[:4]
    assert statuses(bench) == ["Unavailable"]
    bench.wait(120)
    assert told(bench) == INSTALLED
    assert boots(bench) == [("FirmwareUpdate", "2.1.0")]
    assert statuses(bench)[-1] == "Available"


def test_wire_of_answer_and_status() -> None:
    bench = trusting()
    answer = bench.ask("UpdateFirmware", {"requestId": 77, "firmware": signed(bench)}, message_id="u-1")
    assert answer == [3, "u-1", {"status": "Accepted"}]
    (call,) = bench.calls("FirmwareStatusNotification")
    frame = json.loads(call.text)
    assert frame == [2, frame[1], "FirmwareStatusNotification", {"status": "Downloading", "requestId": 77}]


def test_a_certificate_of_another_root_is_refused() -> None:
    """L01.FR.21, L01.FR.22."""
    bench = trusting()
    assert update(bench, signed(bench, signingCertificate=signer("Stranger").certificate_pem)) == "InvalidCertificate"
    assert bench.jobs == []
    assert told(bench) == []
    without_root = Bench201.booted()
    assert update(without_root, signed(without_root)) == "InvalidCertificate"


def test_a_revoked_certificate_is_refused() -> None:
    """UpdateFirmwareStatusEnumType RevokedCertificate."""
    bench = trusting()
    assert bench.command(InjectTransferFault("firmware-revoked", times=1)).accepted
    assert update(bench, signed(bench)) == "RevokedCertificate"
    assert bench.jobs == []
    assert update(bench, signed(bench)) == "Accepted"


def test_a_signature_without_a_certificate_is_refused() -> None:
    bench = trusting(settings=UNSIGNED_TAKEN)
    firmware = signed(bench)
    del firmware["signingCertificate"]
    assert update(bench, firmware) == "InvalidCertificate"
    assert bench.jobs == []


@pytest.mark.parametrize("signature", ["c2lnbmVk", "no base64!", ""])
def test_a_file_that_is_not_what_was_signed_is_refused(signature: str) -> None:
    """L01.FR.03, L01.FR.12; a signature that is missing is a wrong one (L01 step 5)."""
    bench = trusting()
    assert update(bench, signed(bench, signature=signature)) == "Accepted"
    bench.finish(Downloaded(FILE)).wait(3600)
    assert told(bench) == [*UP_TO_CHECK, "InvalidSignature"]
    assert boots(bench) == []
    assert bench.status(1) == "Available"


def test_a_signed_file_that_is_no_firmware_fails_its_verification() -> None:
    """L01.FR.29."""
    bench = trusting()
    update(bench, signed(bench, b"<html></html>"))
    bench.finish(Downloaded(b"<html></html>")).wait(3600)
    assert told(bench) == [*UP_TO_CHECK, "SignatureVerified", "InstallVerificationFailed"]
    assert boots(bench) == []


def test_an_installation_that_fails_leaves_the_old_version() -> None:
    bench = trusting()
    assert bench.command(InjectTransferFault("firmware-install")).accepted
    update(bench, signed(bench))
    bench.finish(Downloaded(FILE)).wait(3600)
    assert told(bench) == [*UP_TO_CHECK, "SignatureVerified", "Installing", "InstallationFailed"]
    assert statuses(bench) == ["Unavailable", "Available"]
    bench.power_down().power_up()
    assert boots(bench) == [("PowerUp", "1.0")]


@pytest.mark.parametrize(("retries", "attempts"), [(None, 1), (0, 1), (2, 3)])
def test_retries_come_on_top_of_the_first_attempt(retries: int | None, attempts: int) -> None:
    """L01.FR.30: told when all attempts have failed."""
    bench = trusting()
    update(bench, signed(bench), **({} if retries is None else {"retries": retries}), retryInterval=30)
    for _ in range(attempts - 1):
        bench.finish(BROKEN)
        assert told(bench) == ["Downloading"]
        assert bench.jobs == []
        bench.wait(30)
    bench.finish(BROKEN).wait(3600)
    assert told(bench) == ["Downloading", "DownloadFailed"]
    assert bench.jobs == []


def test_what_cannot_be_fetched_is_not_tried_again() -> None:
    bench = trusting()
    update(bench, signed(bench), retries=5, retryInterval=1)
    bench.finish(JobFailed("no URL", Cause.UNSUPPORTED)).wait(60)
    assert told(bench) == ["Downloading", "DownloadFailed"]


def test_download_and_installation_are_scheduled_and_connectors_stay_in_service() -> None:
    """L01.FR.13, L01.FR.16."""
    bench = trusting()
    install_at = format_utc(bench.now.sim + 3600)
    assert update(bench, signed(bench, in_s=600, installDateTime=install_at)) == "Accepted"
    assert told(bench) == ["DownloadScheduled"]
    bench.wait(601)
    assert told(bench)[1:] == ["Downloading"]
    bench.finish(Downloaded(FILE))
    assert told(bench)[1:] == [*UP_TO_CHECK, "SignatureVerified", "InstallScheduled"]
    assert statuses(bench) == []
    bench.wait(3200)
    assert told(bench)[-3:] == INSTALLED[-3:]
    assert boots(bench) == [("FirmwareUpdate", "2.1.0")]


def test_a_due_installation_waits_for_the_transaction_and_takes_nobody_new() -> None:
    """L01.FR.06, L01.FR.07, L01.FR.34."""
    bench = trusting(charging=True)
    update(bench, signed(bench))
    bench.finish(Downloaded(FILE)).wait(600)
    assert told(bench)[-2:] == ["SignatureVerified", "InstallScheduled"]
    assert (statuses(bench, 1), statuses(bench, 2)) == ([], ["Unavailable"])
    answer = bench.answer("RequestStartTransaction", start_at(2))
    assert answer["status"] == "Rejected"
    bench.swipe().wait(5).unplug().wait(120)
    assert told(bench) == [*INSTALLED[:3], "InstallScheduled", *INSTALLED[3:]]


def start_at(evse_id: int) -> dict[str, Any]:
    return {"idToken": {"idToken": "04AA", "type": "ISO14443"}, "remoteStartId": 7, "evseId": evse_id}


def test_new_sessions_may_come_where_the_variable_says_so() -> None:
    """L01.FR.07, AllowNewSessionsPendingFirmwareUpdate: set while the update waits, it opens and closes free EVSEs."""
    bench = trusting(charging=True)
    update(bench, signed(bench))
    bench.finish(Downloaded(FILE)).wait(10)
    assert statuses(bench, 2) == ["Unavailable"]
    assert set_variable(bench, "ChargingStation", "AllowNewSessionsPendingFirmwareUpdate", "true") == "Accepted"
    assert statuses(bench, 2) == ["Unavailable", "Available"]
    assert bench.answer("RequestStartTransaction", start_at(2))["status"] == "Accepted"
    bench.plug(2).wait(10)
    bench.swipe().wait(5).unplug().wait(60)
    assert told(bench)[-1] == "InstallScheduled"
    assert bench.answer("RequestStopTransaction", {"transactionId": bench.transaction_id(2)})["status"] == "Accepted"
    bench.wait(5).unplug(2).wait(120)
    assert told(bench)[-1] == "Installed"


def test_a_second_order_cancels_the_first_but_not_its_installation() -> None:
    """L01.FR.24, L01.FR.27."""
    bench = trusting()
    assert update(bench, signed(bench), 1) == "Accepted"
    assert update(bench, signed(bench), 2) == "AcceptedCanceled"
    bench.finish(Downloaded(FILE))  # of the first: nobody waits for it
    assert (told(bench, 1), told(bench, 2)) == (["Downloading"], ["Downloading"])
    bench.finish(Downloaded(FILE))
    assert told(bench, 2)[-1] == "Installing"
    assert update(bench, signed(bench), 3) == "Rejected"
    bench.wait(120)
    assert told(bench, 2) == INSTALLED
    assert update(bench, signed(bench), 4) == "Accepted"


def test_a_file_without_a_signature_is_rejected_by_default() -> None:
    bench = trusting()
    answer = bench.answer("UpdateFirmware", {"requestId": 1, "firmware": unsigned(bench)})
    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "MissingParam"
    assert bench.jobs == []


def test_an_unsigned_update_where_the_station_takes_one() -> None:
    """L02.FR.01, L02.FR.02, L02.FR.06, L02.FR.07, L02.FR.10, L02.FR.20, L02.FR.21."""
    bench = Bench201.booted(settings=UNSIGNED_TAKEN)
    install_at = format_utc(bench.now.sim + 900)
    assert update(bench, unsigned(bench, in_s=300, installDateTime=install_at), 5) == "Accepted"
    bench.wait(301).finish(Downloaded(FILE)).wait(700)
    assert told(bench, 5) == [
        "DownloadScheduled",
        *UP_TO_CHECK,
        "InstallScheduled",
        "Installing",
        "InstallRebooting",
        "Installed",
    ]
    assert boots(bench) == [("FirmwareUpdate", "2.1.0")]


def test_an_unsigned_update_waits_for_transactions() -> None:
    """L02.FR.03, L02.FR.04, L02.FR.23."""
    bench = Bench201.charging(settings=UNSIGNED_TAKEN)
    assert update(bench, unsigned(bench)) == "Accepted"
    bench.finish(Downloaded(FILE)).wait(600)
    assert told(bench) == [*UP_TO_CHECK, "InstallScheduled"]
    assert statuses(bench, 2) == ["Unavailable"]
    bench.swipe().wait(5).unplug().wait(120)
    assert told(bench)[-1] == "Installed"


def test_an_unsigned_file_that_is_no_firmware() -> None:
    bench = Bench201.booted(settings=UNSIGNED_TAKEN)
    update(bench, unsigned(bench))
    bench.finish(Downloaded(b"<html></html>")).wait(600)
    assert told(bench) == [*UP_TO_CHECK, "InstallationFailed"]


@pytest.mark.parametrize("phase", ["scheduled", "downloading", "downloaded", "install scheduled", "rebooting"])
def test_a_restart_of_the_program_breaks_off_nothing(phase: str) -> None:
    first = trusting()
    install_at = format_utc(NOON + (600 if phase == "install scheduled" else 0))
    update(first, signed(first, in_s=300 if phase == "scheduled" else 0, installDateTime=install_at))
    if phase == "downloaded":
        first.workers.clear()  # the check of the signature is still under way
    if phase in ("downloaded", "install scheduled", "rebooting"):
        first.finish(Downloaded(FILE))
    if phase == "rebooting":
        first.wait(31)
        assert told(first)[-1] == "InstallRebooting"
    saved = json.loads(json.dumps(snapshot.take(first.charger, first.now.sim)))
    bench = Bench201(boot_id="b2")
    bench.t = first.t
    snapshot.restore(bench.charger, saved)
    bench.power_up().wait(301)
    if phase in ("scheduled", "downloading", "downloaded"):
        bench.finish(Downloaded(FILE))
    bench.wait(700)
    assert told(bench)[-1] == "Installed"
    assert boots(bench)[-1][1] == "2.1.0"


def test_what_waits_for_transactions_waits_on_after_a_power_cut() -> None:
    bench = trusting(charging=True)
    update(bench, signed(bench))
    bench.finish(Downloaded(FILE)).wait(10)
    bench.power_down().wait(5)
    bench.power_up().wait(300)
    assert told(bench)[-1] == "Installed"


@pytest.mark.shows("FirmwareStatusNotification")
def test_a_status_is_told_after_every_offline_spell_until_it_is_acknowledged() -> None:
    bench = trusting()
    bench.answers["FirmwareStatusNotification"] = SILENCE
    assert update(bench, signed(bench)) == "Accepted"
    bench.forget().cut()
    bench.answers["FirmwareStatusNotification"] = {}
    bench.come_back().wait(60)
    assert told(bench) == ["Downloading"]
    bench.forget().cut()
    bench.come_back().wait(60)
    assert told(bench) == []


def test_triggered_status() -> None:
    """F06.FR.03, F06.FR.16, L01.FR.20, L01.FR.25, L01.FR.26."""
    bench = trusting()
    assert triggered(bench) == {"status": "Idle"}
    update(bench, signed(bench), 5)
    assert triggered(bench) == {"status": "Downloading", "requestId": 5}
    bench.finish(Downloaded(FILE)).wait(120)
    assert triggered(bench) == {"status": "Idle"}
    update(bench, signed(bench), 6)
    bench.finish(BROKEN)
    assert triggered(bench) == {"status": "DownloadFailed", "requestId": 6}


def test_what_goes_wrong_with_signatures_and_what_goes_right_is_a_security_event() -> None:
    """L01.FR.02, L01.FR.03, L01.FR.31."""
    bench = trusting()
    update(bench, signed(bench, signingCertificate="none"))
    update(bench, signed(bench, signature="c2ln"))
    bench.finish(Downloaded(FILE))
    update(bench, signed(bench))
    bench.finish(Downloaded(FILE)).wait(120)
    seen = [one["type"] for one in bench.payloads("SecurityEventNotification")]
    assert [one for one in seen if "Firmware" in one] == [
        "InvalidFirmwareSigningCertificate",
        "InvalidFirmwareSignature",
        "FirmwareUpdated",
    ]


@pytest.mark.parametrize(
    "change", [{"retrieveDateTime": "soon"}, {"installDateTime": "2026-13-01T00:00:00Z"}, {"location": None}]
)
def test_bad_input_is_refused(change: dict[str, Any]) -> None:
    bench = trusting()
    frame = bench.ask("UpdateFirmware", {"requestId": 1, "firmware": {**signed(bench), **change}})
    assert frame is not None
    assert frame[0] == 4
    assert bench.jobs == []
