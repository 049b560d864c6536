"""Who may connect: the judgement of a websocket upgrade (OCPP-J 1.6 chapter 3, 2.0.1 part 4 chapter 3, A00).

Pure: path and headers in, a version or an HTTP refusal out.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from chargepoint_sim.csms.config import ANY, CsmsSettings
from chargepoint_sim.protocol.frames import Payload, Version

SUBPROTOCOLS = {version.subprotocol: version for version in Version}


@dataclass(frozen=True, slots=True)
class Admission:
    """A charger that may connect."""

    identity: str
    version: Version


@dataclass(frozen=True, slots=True)
class Channel:
    """What stands below the upgrade."""

    is_tls: bool = False
    has_certificate: bool = False
    """The charger has shown one that was verified."""


PLAIN = Channel()


@dataclass(frozen=True, slots=True)
class Refusal:
    """An upgrade that is answered with an HTTP status and one line of text."""

    status: HTTPStatus
    reason: str


@dataclass(frozen=True, slots=True)
class VersionMismatch:
    """An upgrade that is completed without a sub-protocol and closed at once (OCPP-J 1.6 and 2.0.1 chapter 3.1.2)."""

    reason: str


def judge_upgrade(
    path: str,
    subprotocols: Sequence[str],
    authorization: str | None,
    settings: CsmsSettings,
    channel: Channel = PLAIN,
) -> Admission | VersionMismatch | Refusal:
    """Judge one upgrade: identity first, then certificate or password, then security profile and version.

    `path` is the request target, `subprotocols` are in the client's order of preference, which decides.
    """
    identity = unquote(urlsplit(path).path.rsplit("/", 1)[-1])
    if not identity or not settings.admits(identity):
        return Refusal(HTTPStatus.NOT_FOUND, f"no charger {identity!r} is registered here")
    if not channel.has_certificate and not _password_matches(identity, authorization, settings):
        return Refusal(HTTPStatus.UNAUTHORIZED, f"Basic authentication of {identity!r} failed")
    least = least_profile(identity, settings)
    if profile_of(channel, settings) < least:
        return Refusal(HTTPStatus.FORBIDDEN, f"{identity!r} must use security profile {least}")
    version = next((SUBPROTOCOLS[name] for name in subprotocols if name in SUBPROTOCOLS), None)
    if version is None:
        offered = ", ".join(subprotocols) or "none"
        spoken = ", ".join(SUBPROTOCOLS)
        return VersionMismatch(f"sub-protocol offered: {offered}; spoken here: {spoken}")
    return Admission(identity, version)


def serial_matches(boot: Payload, common_name: str) -> bool:
    """Whether a BootNotification names the serial number that the certificate's common name carries (B01.FR.11).

    In 1.6 the common name may carry more than the serial number (white paper section 2.6).
    """
    station: Payload = boot.get("chargingStation", {})
    serial = station.get("serialNumber") or boot.get("chargePointSerialNumber") or boot.get("chargeBoxSerialNumber")
    if not serial:
        return False
    return serial == common_name if station else serial in common_name


def least_profile(identity: str, settings: CsmsSettings) -> int:
    """The lowest security profile that a charger may connect with."""
    return settings.profiles.get(identity, settings.profiles.get(ANY, 0))


def profile_of(channel: Channel, settings: CsmsSettings) -> int:
    """The security profile of a charger that has been let in (2.0.1 part 2 A00, white paper chapter 2)."""
    if channel.is_tls:
        return 3 if channel.has_certificate else 2
    return 1 if settings.passwords else 0


def _password_matches(identity: str, authorization: str | None, settings: CsmsSettings) -> bool:
    if not settings.passwords:
        return True
    expected = settings.passwords.get(identity, settings.passwords.get(ANY))
    scheme, _, encoded = (authorization or "").partition(" ")
    if expected is None or scheme.casefold() != "basic":
        return False
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except binascii.Error:
        return False
    matches = any(hmac.compare_digest(password, known) for known in _encodings(expected))
    return bool(colon) and user == identity.encode() and matches


def _encodings(password: str) -> list[bytes]:
    """The bytes that stand for a password: its text and, for hexadecimal text, what it encodes (1.6J chapter 6.1)."""
    encodings = [password.encode()]
    try:
        encodings.append(bytes.fromhex(password))
    except ValueError:
        return encodings
    return encodings
