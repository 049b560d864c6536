"""1.6 refusals that no schema makes: instants that no clock shows, and places that were taken meanwhile."""

from typing import Any

import pytest

from chargepoint_sim import snapshot
from chargepoint_sim.core.certificates import Use
from chargepoint_sim.pki import work as pki
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.v16 import extended_trigger, remote_control
from scripts.samples import schema_of
from tests.certificates import authority
from tests.protocol.v16.bench import Bench16
from tests.protocol.v16.charging_profiles import profile

LEAP_SECOND = "2016-12-31T23:59:60Z"
YEAR_0 = "0000-01-01T00:00:00Z"

URL = "ftp://files.example/"
FIRMWARE = {"location": URL, "retrieveDateTime": "2030-01-01T00:00:00Z", "signingCertificate": "a", "signature": "a"}


def with_instants(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Every request in which an instant is read: action, member, payload."""
    log = {"remoteLocation": URL}
    relative = profile((0, 16))
    absolute = profile((0, 16), kind="Absolute")
    return [
        ("UpdateFirmware", "retrieveDate", {"location": URL, "retrieveDate": text}),
        (
            "SignedUpdateFirmware",
            "retrieveDateTime",
            {"requestId": 1, "firmware": FIRMWARE | {"retrieveDateTime": text}},
        ),
        ("SignedUpdateFirmware", "installDateTime", {"requestId": 1, "firmware": FIRMWARE | {"installDateTime": text}}),
        ("GetDiagnostics", "startTime", {"location": URL, "startTime": text}),
        ("GetDiagnostics", "stopTime", {"location": URL, "stopTime": text}),
        (
            "GetLog",
            "oldestTimestamp",
            {"logType": "SecurityLog", "requestId": 1, "log": log | {"oldestTimestamp": text}},
        ),
        (
            "GetLog",
            "latestTimestamp",
            {"logType": "SecurityLog", "requestId": 1, "log": log | {"latestTimestamp": text}},
        ),
        ("ReserveNow", "expiryDate", {"connectorId": 1, "expiryDate": text, "idTag": "A", "reservationId": 1}),
        ("SetChargingProfile", "validFrom", {"connectorId": 1, "csChargingProfiles": relative | {"validFrom": text}}),
        ("SetChargingProfile", "validTo", {"connectorId": 1, "csChargingProfiles": relative | {"validTo": text}}),
        (
            "SetChargingProfile",
            "startSchedule",
            {
                "connectorId": 1,
                "csChargingProfiles": absolute
                | {"chargingSchedule": absolute["chargingSchedule"] | {"startSchedule": text}},
            },
        ),
    ]


@pytest.mark.parametrize(
    ("action", "member", "payload"),
    [
        pytest.param(*one, id=f"{one[0]} {one[1]} {text}")
        for text in (LEAP_SECOND, YEAR_0)
        for one in with_instants(text)
    ],
)
def test_an_instant_that_no_clock_shows_is_refused(action: str, member: str, payload: dict[str, Any]) -> None:
    bench = Bench16.booted()
    before = snapshot.take(bench.charger, bench.now.sim)
    frame = bench.ask(action, payload, message_id="x")
    assert frame is not None
    assert frame[:3] == [4, "x", "PropertyConstraintViolation"]
    assert frame[3].startswith(f"{member}: ")
    bench.wait(1)
    after = snapshot.take(bench.charger, bench.now.sim)
    assert {**after, "access": None, "outbox": None} == {**before, "access": None, "outbox": None}
    assert bench.jobs == []


def test_of_two_roots_for_one_place_the_second_is_rejected() -> None:
    bench = Bench16.booted(settings={"SecurityCtrlr.CertificateEntries": "1"})
    bench.workers = {}
    request = {"certificateType": "CentralSystemRootCertificate"}
    for message_id, name in (("first", "Test root"), ("second", "Other root")):
        asked = bench.ask("InstallCertificate", request | {"certificate": authority(name).certificate_pem}, message_id)
        assert asked is None
    for _ in range(2):
        bench.finish(pki.do(bench.jobs[0].job))
    assert [one.frame for one in bench.sent if not one.is_call] == [
        [3, "first", {"status": "Accepted"}],
        [3, "second", {"status": "Rejected"}],
    ]
    assert len(bench.station.access.certificates.of(Use.CENTRAL_SYSTEM_ROOT)) == 1


@pytest.mark.parametrize(
    ("action", "rules"),
    [("TriggerMessage", remote_control.TRIGGERS), ("ExtendedTriggerMessage", extended_trigger.EXTENDED)],
)
def test_every_message_that_can_be_asked_for_has_a_rule(action: str, rules: dict[str, Any]) -> None:
    words = schema_of(Version.V16, f"{action}Request")["properties"]["requestedMessage"]["enum"]
    assert set(rules) == set(words)
