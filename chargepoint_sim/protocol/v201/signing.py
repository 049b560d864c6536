"""Signed meter values: what the meter signs, and with which key (2.0.1 part 2 chapter 3.29, SignedMeterValueType).

The content is written in the manner of the Open Charge Metering Format. One key per template, made when it is first
needed; it follows from the template's name, so that a repeated run signs the same.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chargepoint_sim.core.facts import Context, Sample
from chargepoint_sim.core.station import Station
from chargepoint_sim.protocol.frames import Payload
from chargepoint_sim.protocol.measurands import whole_wh

SAMPLED, ALIGNED = "SampledDataCtrlr.SignReadings", "AlignedDataCtrlr.SignReadings"
SHOW_KEY = "OCPPCommCtrlr.PublicKeyWithSignedMeterValue"

_SIGNATURE = ec.ECDSA(SHA256(), deterministic_signing=True)
_REASONS: Mapping[Context, str] = {Context.TRANSACTION_BEGIN: "B", Context.TRANSACTION_END: "E"}
"""Why a value was read, as the format has it; any other is C, in the course of charging."""


def signed_meter_value(station: Station, evse_id: int, sample: Sample, taken_at: str, *, show_key: bool) -> Payload:
    """A SignedMeterValueType element for the energy register of one reading."""
    reading = sample.reading
    row = {
        "TM": f"{taken_at} S",
        "TX": _REASONS.get(sample.context, "C"),
        "RV": whole_wh(reading.register_wh),
        "RI": "1-b:1.8.0",
        "RU": "Wh",
        "RT": "DC" if reading.dc else "AC",
        "ST": "G",
    }
    content = {
        "FV": "1.0",
        "GI": station.spec.model,
        "GS": station.serial_number,
        "MV": station.spec.vendor,
        "MM": station.spec.meter_type,
        "MS": f"{station.serial_number}/{evse_id}",
        "RD": [row],
    }
    text = json.dumps(content, separators=(",", ":"))
    key = meter_key(station.spec.template)
    seal = json.dumps({"SA": "ECDSA-secp256r1-SHA256", "SD": key.sign(text.encode(), _SIGNATURE).hex()})
    return {
        "signedMeterData": base64.b64encode(f"OCMF|{text}|{seal}".encode()).decode(),
        "signingMethod": "ECDSA-secp256r1-SHA256",
        "encodingMethod": "OCMF",
        "publicKey": public_key(station.spec.template) if show_key else "",
    }


@cache
def meter_key(template: str) -> ec.EllipticCurvePrivateKey:
    """The private key in the meters of all stations of a template."""
    digest = hashlib.sha256(f"meter of {template}".encode()).digest()
    return ec.derive_private_key(int.from_bytes(digest[1:]), ec.SECP256R1())


@cache
def public_key(template: str) -> str:
    """The public key of those meters, SubjectPublicKeyInfo as Base64."""
    info = meter_key(template).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(info).decode()
