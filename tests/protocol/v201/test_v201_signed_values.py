"""2.0.1 signed meter values: what is signed, and that the signature holds (E02.FR.14, J01.FR.21, J02.FR.21)."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from chargepoint_sim.protocol.v201.signing import public_key
from tests.protocol.v201.bench import Bench201

SIGNED = {"SampledDataCtrlr.SignReadings": "true"}
SHOW_KEY = "OCPPCommCtrlr.PublicKeyWithSignedMeterValue"


def signed_values(payload: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """(sampledValue, signedMeterValue) of every value that is signed."""
    return [
        (value, value["signedMeterValue"])
        for element in payload.get("meterValue", ())
        for value in element["sampledValue"]
        if "signedMeterValue" in value
    ]


def check(signed: dict[str, Any], key: str) -> dict[str, Any]:
    """The content, after the signature was verified."""
    assert (signed["signingMethod"], signed["encodingMethod"]) == ("ECDSA-secp256r1-SHA256", "OCMF")
    head, content, seal = base64.b64decode(signed["signedMeterData"]).decode().split("|")
    assert head == "OCMF"
    public = load_der_public_key(base64.b64decode(key))
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(bytes.fromhex(json.loads(seal)["SD"]), content.encode(), ec.ECDSA(SHA256()))
    found: dict[str, Any] = json.loads(content)
    return found


def session(settings: dict[str, str]) -> Bench201:
    bench = Bench201.booted(settings=settings)
    bench.plug().swipe().wait(130)
    bench.swipe().unplug()
    return bench


def test_j02_fr_21_every_reading_of_the_register_is_signed() -> None:
    bench = session(SIGNED)
    reasons = []
    for event in bench.transaction_events():
        for value, signed in signed_values(event):
            content = check(signed, public_key("ac22"))
            assert value["measurand"] == "Energy.Active.Import.Register"
            assert content["RD"][0]["RV"] == value["value"]
            assert content["MS"] == "SN1/1"
            reasons.append(content["RD"][0]["TX"])
    assert reasons == ["B", "C", "C", "B", "E"]


def test_nothing_is_signed_where_it_is_not_asked_for() -> None:
    assert not any(signed_values(event) for event in session({}).transaction_events())


@pytest.mark.parametrize(
    ("when", "shown"), [("Never", [0, 0, 0]), ("OncePerTransaction", [1, 0, 0]), ("EveryMeterValue", [1, 1, 2])]
)
def test_when_the_key_goes_with_it(when: str, shown: list[int]) -> None:
    bench = Bench201.booted(settings={**SIGNED, SHOW_KEY: when})
    bench.plug().swipe().wait(70)
    bench.swipe().unplug()
    events = [signed_values(event) for event in bench.transaction_events()]
    keys = [[signed["publicKey"] for _, signed in event] for event in events if event]
    assert [sum(map(bool, event)) for event in keys] == shown
    assert {key for event in keys for key in event if key} <= {public_key("ac22")}


def test_the_key_comes_with_the_end_where_the_start_shows_no_register() -> None:
    bench = session({**SIGNED, SHOW_KEY: "OncePerTransaction", "SampledDataCtrlr.TxStartedMeasurands": "Voltage"})
    first, last = signed_values(bench.transaction_events()[-1])
    assert first[1]["publicKey"] == public_key("ac22")
    assert last[1]["publicKey"] == ""


def test_j01_fr_21_clock_aligned_readings_of_idle_evses() -> None:
    bench = Bench201.booted(settings={"AlignedDataCtrlr.SignReadings": "true", "AlignedDataCtrlr.Interval": "60"})
    bench.wait(60)
    by_evse = {payload["evseId"]: signed_values(payload) for payload in bench.payloads("MeterValues")}
    assert by_evse[0] == []  # the main meter is a sum, it signs nothing
    for evse_id in (1, 2):
        assert check(by_evse[evse_id][0][1], public_key("ac22"))["MS"] == f"SN1/{evse_id}"


def test_sampled_and_aligned_readings_are_signed_apart() -> None:
    bench = Bench201.charging(settings={**SIGNED, "AlignedDataCtrlr.Interval": "60"})
    bench.wait(120)
    signed = {event["triggerReason"]: bool(signed_values(event)) for event in bench.transaction_events()}
    assert signed == {"MeterValueClock": False, "MeterValuePeriodic": True}


def test_the_same_life_is_signed_the_same() -> None:
    assert session(SIGNED).texts() == session(SIGNED).texts()
