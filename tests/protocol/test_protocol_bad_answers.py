"""What comes back to every message of a charger, wrong in every way: it is noted, and the charger goes on.

The answers are made from the official schemas; an action that an adapter learns to send needs its line in `MAKES`.
"""

from collections.abc import Callable, Mapping

import pytest

from chargepoint_sim.core.commands import (
    AuthorizeToken,
    IdToken,
    InjectFault,
    PlugIn,
    PresentToken,
    RaiseSecurityEvent,
    SetPowerLimit,
    TransferData,
)
from chargepoint_sim.core.display_messages import DisplaySpec
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.versions import adapter
from scripts.samples import schema_of
from tests.certificates import authority
from tests.protocol.broken import broken
from tests.protocol.harness import NOON, SILENCE, Answer, Bench, Refusal, Sent, two_sockets

LONGEST_WAIT_S = 400
"""A heartbeat, or another attempt to boot, comes within this time."""

Makes = Callable[[Bench], object]


def start(bench: Bench) -> None:
    """Begin a transaction."""
    bench.command(PlugIn(1, connector_id=1, vehicle="suv"))
    bench.command(PresentToken(1, connector_id=1, id_token=IdToken("A")))


def start_and_stop(bench: Bench) -> None:
    """Begin a transaction and end it."""
    start(bench)
    bench.wait(10)
    bench.command(PresentToken(1, connector_id=1, id_token=IdToken("A")))


def triggered(message: str, by: str = "TriggerMessage") -> Makes:
    """Have a message sent by asking for it."""
    return lambda bench: bench.ask(by, {"requestedMessage": message})


def limit_and_release(bench: Bench) -> None:
    """Set a limit of the energy management and take it back."""
    bench.command(SetPowerLimit(1, connector_id=1, power_w=5000.0))
    bench.command(SetPowerLimit(1, connector_id=1, power_w=None))


def report_limit(bench: Bench) -> None:
    """Have the limit of the energy management reported as a profile."""
    bench.command(SetPowerLimit(1, connector_id=1, power_w=5000.0))
    bench.ask("GetChargingProfiles", {"requestId": 1, "chargingProfile": {}})


def reserve_and_fail(bench: Bench) -> None:
    """Reserve an EVSE that then fails."""
    token = {"idToken": "A", "type": "Central"}
    bench.ask("ReserveNow", {"id": 1, "evseId": 1, "idToken": token, "expiryDateTime": "2030-01-01T00:00:00Z"})
    bench.command(InjectFault(1, 1, "GroundFailure"))


def ask_for_customer(bench: Bench) -> None:
    """Have it reported what is known of a customer."""
    request = {"requestId": 1, "report": True, "clear": False, "customerIdentifier": "A"}
    bench.ask("CustomerInformation", request)


def watch(bench: Bench) -> None:
    """Have the availability of an EVSE watched, and change it."""
    watched = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}}
    bench.ask("SetVariableMonitoring", {"setMonitoringData": [watched | {"type": "Delta", "value": 1, "severity": 5}]})
    bench.command(InjectFault(1, 1, "GroundFailure"))


def watch_and_report(bench: Bench) -> None:
    """Have monitors reported."""
    watch(bench)
    bench.ask("GetMonitoringReport", {"requestId": 1})


def show_and_report(bench: Bench) -> None:
    """Set a message on the display, and ask for it."""
    message = {"id": 1, "priority": "NormalCycle", "message": {"format": "UTF8", "content": "Welcome"}}
    bench.ask("SetDisplayMessage", {"message": message})
    bench.ask("GetDisplayMessages", {"requestId": 1})


def plug_in_to_negotiate(bench: Bench) -> None:
    """Have a vehicle tell what it needs."""
    enabled = {"component": {"name": "ISO15118Ctrlr"}, "variable": {"name": "Enabled"}, "attributeValue": "true"}
    bench.ask("SetVariables", {"setVariableData": [enabled]})
    bench.command(PlugIn(1, vehicle="sedan_15118", soc=0.2))
    bench.command(PresentToken(1, id_token=IdToken("A")))


def negotiate(bench: Bench) -> None:
    """Have a vehicle take a schedule."""
    plug_in_to_negotiate(bench)
    transaction = bench.station.evses[0].transaction
    assert transaction is not None
    period = {"startPeriod": 0, "limit": 8}
    profile = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "transactionId": transaction.transaction_id,
        "chargingSchedule": [{"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": [period]}],
    }
    bench.ask("SetChargingProfile", {"evseId": 1, "chargingProfile": profile})


def plug_in_for_contract(bench: Bench) -> None:
    """Have a vehicle ask for a contract certificate."""
    for name in ("Enabled", "PnCEnabled"):
        enabled = {"component": {"name": "ISO15118Ctrlr"}, "variable": {"name": name}, "attributeValue": "true"}
        bench.ask("SetVariables", {"setVariableData": [enabled]})
    bench.command(PlugIn(1, vehicle="sedan_pnc_install", soc=0.2))


def certify_for_vehicles(bench: Bench) -> None:
    """Have the station get the chain that it shows to vehicles."""
    root = authority()
    bench.ask("InstallCertificate", {"certificateType": "V2GRootCertificate", "certificate": root.certificate_pem})
    bench.ask("TriggerMessage", {"requestedMessage": "SignV2GCertificate"})
    chain = root.sign_request(bench.calls("SignCertificate")[-1].payload["csr"], NOON - 60)
    bench.ask("CertificateSigned", {"certificateType": "V2GCertificate", "certificateChain": chain})


def noted(bench: Bench) -> None:
    """Have an event that is told, where the extension is in use."""
    bench.ask("ExtendedTriggerMessage", {"requestedMessage": "Heartbeat"})
    bench.command(RaiseSecurityEvent("TamperDetectionActivated"))


BOTH: Mapping[str, Makes] = {
    "Authorize": lambda bench: bench.command(AuthorizeToken(IdToken("A"))),
    "BootNotification": lambda bench: bench.power_down().power_up(),
    "DataTransfer": lambda bench: bench.command(TransferData("org.example")),
    "Heartbeat": triggered("Heartbeat"),
    "MeterValues": triggered("MeterValues"),
    "StatusNotification": lambda bench: bench.command(InjectFault(1, 1, "GroundFailure")),
}
MAKES: Mapping[Version, Mapping[str, Makes]] = {
    Version.V16: BOTH
    | {
        "DiagnosticsStatusNotification": triggered("DiagnosticsStatusNotification"),
        "FirmwareStatusNotification": triggered("FirmwareStatusNotification"),
        "LogStatusNotification": triggered("LogStatusNotification", "ExtendedTriggerMessage"),
        "SecurityEventNotification": noted,
        "SignCertificate": triggered("SignChargePointCertificate", "ExtendedTriggerMessage"),
        "SignedFirmwareStatusNotification": triggered("FirmwareStatusNotification", "ExtendedTriggerMessage"),
        "StartTransaction": start,
        "StopTransaction": start_and_stop,
    },
    Version.V201: BOTH
    | {
        "ClearedChargingLimit": limit_and_release,
        "FirmwareStatusNotification": triggered("FirmwareStatusNotification"),
        "Get15118EVCertificate": plug_in_for_contract,
        "GetCertificateStatus": certify_for_vehicles,
        "LogStatusNotification": triggered("LogStatusNotification"),
        "NotifyChargingLimit": limit_and_release,
        "NotifyCustomerInformation": ask_for_customer,
        "NotifyDisplayMessages": show_and_report,
        "NotifyEVChargingNeeds": plug_in_to_negotiate,
        "NotifyEVChargingSchedule": negotiate,
        "NotifyEvent": watch,
        "NotifyMonitoringReport": watch_and_report,
        "NotifyReport": lambda bench: bench.ask("GetBaseReport", {"requestId": 1, "reportBase": "SummaryInventory"}),
        "PublishFirmwareStatusNotification": triggered("PublishFirmwareStatusNotification"),
        "ReportChargingProfiles": report_limit,
        "ReservationStatusUpdate": reserve_and_fail,
        "SecurityEventNotification": lambda bench: bench.command(RaiseSecurityEvent("TamperDetectionActivated")),
        "SignCertificate": triggered("SignChargingStationCertificate"),
        "TransactionEvent": start,
    },
}
"""Action -> what makes a charger send it."""

EVERY_MESSAGE = [(version, action) for version in Version for action in MAKES[version]]
every_message = pytest.mark.parametrize(("version", "action"), EVERY_MESSAGE)


def sent_and_answered(version: Version, action: str, answer: Answer) -> tuple[Bench, Sent]:
    """A charger whose message meets this answer, and the first such message."""
    bench = Bench(adapter(version), spec=two_sockets(local_controller=True, display=DisplaySpec()))
    bench.power_up().forget()
    bench.answers[action] = answer
    MAKES[version][action](bench)
    return bench, bench.calls(action)[0]


def goes_on(bench: Bench) -> bool:
    """Whether the charger stays connected and sends other messages, all of them valid, after this."""
    seen = len(bench.sent)
    bench.wait(LONGEST_WAIT_S)
    return bench.linked and bench.closes == [] and any(one.is_call for one in bench.sent[seen:])


@pytest.mark.parametrize("version", list(Version))
def test_the_table_has_every_message(version: Version) -> None:
    assert set(MAKES[version]) == set(adapter(version).sends)


@every_message
def test_an_answer_that_breaks_its_schema_is_noted(version: Version, action: str) -> None:
    for what, _, payload in broken(schema_of(version, f"{action}Response")):
        bench, _ = sent_and_answered(version, action, payload)
        causes = [cause for cause in bench.problems if cause.startswith(f"bad answer to {action}: ")]
        assert causes, what
        assert goes_on(bench), what


@every_message
@pytest.mark.parametrize("code", ["InternalError", "NotSupported", "SomethingElse"])
def test_a_callerror_is_noted(version: Version, action: str, code: str) -> None:
    bench, _ = sent_and_answered(version, action, Refusal(code))
    assert bench.problems[f"{action}: CALLERROR {code}"] >= 1
    assert goes_on(bench)


@every_message
def test_no_answer_in_time_is_noted(version: Version, action: str) -> None:
    bench, sent = sent_and_answered(version, action, SILENCE)
    timeout_s = bench.station.settings.integer("OCPPCommCtrlr.MessageTimeout[Default]")
    bench.until(sent.at + timeout_s - 1)
    assert f"{action}: no answer in time" not in bench.problems
    bench.wait(1)
    assert bench.problems[f"{action}: no answer in time"] == 1
    assert goes_on(bench)


@every_message
@pytest.mark.parametrize(
    "text", ["[3,{}]", "[3,{},[]]", "[3,{},null]", "[3,{},{{}},{{}}]", "[4,{}]", "[3,null,{{}}]", "nonsense", "[]"]
)
def test_garbage_is_no_answer(version: Version, action: str, text: str) -> None:
    bench, sent = sent_and_answered(version, action, SILENCE)
    bench.say(text.format(f'"{sent.frame[1]}"'))
    assert any(cause.startswith("bad frame: ") for cause in bench.problems)
    assert bench.charger.session.outstanding is not None
    assert bench.charger.session.outstanding.message_id == sent.frame[1]
    assert goes_on(bench)


@every_message
@pytest.mark.parametrize("text", ["[4,{},5,null,null]", '[4,{},"GenericError"]', '[4,{},"GenericError","",{{}},1]'])
def test_a_callerror_that_is_not_whole_is_one_all_the_same(version: Version, action: str, text: str) -> None:
    bench, sent = sent_and_answered(version, action, SILENCE)
    bench.say(text.format(f'"{sent.frame[1]}"'))
    assert any(cause.startswith(f"{action}: CALLERROR ") for cause in bench.problems)
    assert goes_on(bench)
