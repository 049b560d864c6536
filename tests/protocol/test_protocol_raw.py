"""Messages that are sent as they are given."""

from typing import Any

import pytest

from chargepoint_sim.core.commands import SendRaw
from chargepoint_sim.protocol.raw import action_name, camel
from tests.protocol.harness import SILENCE, Bench, Refusal, Sent
from tests.protocol.v16.bench import Bench16
from tests.protocol.v201.bench import Bench201


class Lenient16(Bench16):
    """A bench that takes what breaks the schemas."""

    def _check(self, sent: Sent) -> None:
        assert sent.frame[0] in (2, 3)


class Lenient201(Bench201):
    """A bench that takes what breaks the schemas."""

    def _check(self, sent: Sent) -> None:
        assert sent.frame[0] in (2, 3)


@pytest.fixture(params=[Lenient16, Lenient201], ids=["1.6", "2.0.1"])
def bench(request: pytest.FixtureRequest) -> Any:
    return request.param.booted()


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("boot_notification", "BootNotification"),
        ("BootNotification", "BootNotification"),
        ("heartbeat", "Heartbeat"),
        ("transaction_event", "TransactionEvent"),
    ],
)
def test_an_action_may_be_in_snake_case(name: str, action: str) -> None:
    assert action_name(name) == action


def test_keys_become_camel_case_at_every_depth() -> None:
    given = {
        "evse": {"id": 1, "connector_id": 1},
        "meter_value": [{"sampled_value": [{"value": 1, "unit_of_measure": {"multiplier": 3}}]}],
        "chargingState": "Charging",
        "responder_url": "https://example.com",
        "custom_data": {"vendorId": "x", "their_key": 1},
        "data": {"their_key": 1},
        "value_with_underscore": "stays_as_it_is",
    }
    assert camel(given) == {
        "evse": {"id": 1, "connectorId": 1},
        "meterValue": [{"sampledValue": [{"value": 1, "unitOfMeasure": {"multiplier": 3}}]}],
        "chargingState": "Charging",
        "responderURL": "https://example.com",
        "customData": {"vendorId": "x", "their_key": 1},
        "data": {"their_key": 1},
        "valueWithUnderscore": "stays_as_it_is",
    }


def test_a_message_goes_out_as_it_is_given(bench: Bench) -> None:
    assert bench.command(SendRaw("data_transfer", {"vendor_id": "com.example"})).accepted
    (sent,) = bench.calls()
    assert (sent.action, sent.payload) == ("DataTransfer", {"vendorId": "com.example"})


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("BootNotification", {"nonsense": True}),
        ("StartTransaction", {}),
        ("TransactionEvent", {}),
        ("StopTransaction", {"transactionId": "seven"}),
        ("Reset", {"type": "Hard"}),
        ("NoSuchMessage", {"a": [1, None, {}]}),
    ],
)
def test_a_message_may_break_every_rule_and_the_charger_goes_on(
    bench: Bench, action: str, payload: dict[str, Any]
) -> None:
    assert bench.command(SendRaw(action, payload)).accepted
    assert [(sent.action, sent.payload) for sent in bench.calls()] == [(action, payload)]
    bench.wait(400)
    assert bench.calls("Heartbeat")


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, {"idTagInfo": 5}, Refusal(), {}], ids=str)
def test_no_answer_changes_anything(bench: Bench, answer: Any) -> None:
    registration = bench.charger.registration.status
    for action in ("BootNotification", "StartTransaction", "Authorize", "TransactionEvent", "StatusNotification"):
        bench.answers[action] = answer
        assert bench.command(SendRaw(action, {})).accepted
    assert bench.charger.registration.status is registration
    assert not any("schema" in cause or "bad answer" in cause for cause in bench.problems)


def test_a_message_that_is_not_answered_is_given_up(bench: Bench) -> None:
    bench.answers["NoSuchMessage"] = SILENCE
    bench.command(SendRaw("NoSuchMessage", {}))
    bench.wait(120)
    assert bench.charger.session.outstanding is None
    assert bench.problems["NoSuchMessage: no answer in time"] == 1


@pytest.mark.parametrize("action", ["", "Boot Notification", "Böot", "x" * 51, "a-b"])
def test_a_name_that_is_none_is_refused(bench: Bench, action: str) -> None:
    assert not bench.command(SendRaw(action, {})).accepted
    assert bench.calls() == []


def nested(levels: int) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    for n in range(levels - 1):
        payload = {"a": payload} if n % 2 else {"a": [payload]}
    return payload


def test_a_payload_is_only_so_deep(bench: Bench) -> None:
    assert bench.command(SendRaw("NoSuchMessage", nested(20))).accepted
    bench.forget()
    outcome = bench.command(SendRaw("NoSuchMessage", nested(500)))
    assert (outcome.accepted, outcome.reason) == (False, "a raw message is at most 32 levels deep")
    assert bench.calls() == []


def test_offline_nothing_is_queued(bench: Bench) -> None:
    bench.cut()
    outcome = bench.command(SendRaw("Heartbeat", {}))
    assert (outcome.accepted, outcome.reason) == (False, "the charger is offline; a raw message is not queued")


def test_without_power_nothing_is_sent(bench: Bench) -> None:
    bench.power_down()
    assert bench.command(SendRaw("Heartbeat", {})).reason == "the charger has no power"
