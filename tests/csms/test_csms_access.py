"""Who may connect, and as what."""

import base64
from http import HTTPStatus

import pytest

from chargepoint_sim.csms.access import PLAIN, Admission, Channel, Refusal, VersionMismatch, judge_upgrade
from chargepoint_sim.csms.config import CsmsSettings, settings_from
from chargepoint_sim.protocol.frames import Version

OPEN = CsmsSettings()


def basic(user: str, password: bytes | str) -> str:
    secret = password if isinstance(password, bytes) else password.encode()
    return "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/CP-1", "CP-1"),
        ("/ocpp/CP-1?token=x", "CP-1"),
        ("/ocpp/RDAM%20123", "RDAM 123"),
        ("/ocpp/a%2Fb", "a/b"),
        ("/ocpp/%E2%82%AC", "€"),
    ],
)
def test_identity_is_the_last_segment_decoded(path: str, identity: str) -> None:
    assert judge_upgrade(path, ["ocpp1.6"], None, OPEN) == Admission(identity, Version.V16)


@pytest.mark.parametrize(
    ("offered", "version"),
    [
        (["ocpp1.6"], Version.V16),
        (["ocpp2.0.1"], Version.V201),
        (["ocpp2.1", "ocpp2.0.1", "ocpp1.6"], Version.V201),
        (["ocpp1.6", "ocpp2.0.1"], Version.V16),
    ],
)
def test_first_offered_version_that_is_spoken_is_taken(offered: list[str], version: Version) -> None:
    assert judge_upgrade("/CP-1", offered, None, OPEN) == Admission("CP-1", version)


@pytest.mark.parametrize("offered", [[], ["ocpp1.5"], ["mqtt", "OCPP1.6"]])
def test_without_a_common_version_the_upgrade_ends_without_a_sub_protocol(offered: list[str]) -> None:
    assert isinstance(judge_upgrade("/CP-1", offered, None, OPEN), VersionMismatch)


@pytest.mark.parametrize("path", ["/", "/ocpp/", "/CP-2"])
def test_unknown_identity_is_not_found(path: str) -> None:
    verdict = judge_upgrade(path, ["ocpp1.6"], None, settings_from({"chargers": ["CP-1"]}))
    assert isinstance(verdict, Refusal)
    assert verdict.status is HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("authorization", "admitted"),
    [
        (basic("CP-1", "secret"), True),
        (basic("CP-1", "secret").replace("Basic", "basic"), True),
        (basic("CP-1", "wrong"), False),
        (basic("CP-2", "secret"), False),
        (basic("CP-1", "secret:more"), False),
        ("Basic !!", False),
        ("Bearer secret", False),
        (None, False),
    ],
)
def test_password(authorization: str | None, admitted: bool) -> None:
    verdict = judge_upgrade("/CP-1", ["ocpp1.6"], authorization, settings_from({"passwords": {"CP-1": "secret"}}))
    assert isinstance(verdict, Admission if admitted else Refusal)
    if isinstance(verdict, Refusal):
        assert verdict.status is HTTPStatus.UNAUTHORIZED


def test_hexadecimal_password_may_come_as_bytes() -> None:
    settings = settings_from({"passwords": {"*": "0a0b0cff"}})
    assert isinstance(judge_upgrade("/X", ["ocpp1.6"], basic("X", b"\x0a\x0b\x0c\xff"), settings), Admission)
    assert isinstance(judge_upgrade("/X", ["ocpp1.6"], basic("X", "0a0b0cff"), settings), Admission)


def test_charger_without_a_password_of_its_own_is_refused() -> None:
    verdict = judge_upgrade("/X", ["ocpp1.6"], basic("X", ""), settings_from({"passwords": {"Y": "s"}}))
    assert isinstance(verdict, Refusal)


TLS, SHOWN = Channel(is_tls=True), Channel(is_tls=True, has_certificate=True)


@pytest.mark.parametrize(
    ("least", "authorization", "channel", "status"),
    [
        (1, basic("CP-1", "secret"), PLAIN, None),
        (2, basic("CP-1", "secret"), PLAIN, HTTPStatus.FORBIDDEN),
        (2, basic("CP-1", "secret"), TLS, None),
        (2, None, TLS, HTTPStatus.UNAUTHORIZED),
        (2, None, SHOWN, None),
        (3, basic("CP-1", "secret"), TLS, HTTPStatus.FORBIDDEN),
        (3, None, SHOWN, None),
    ],
)
def test_A05_a_charger_must_use_its_security_profile_or_a_higher_one(
    least: int, authorization: str | None, channel: Channel, status: HTTPStatus | None
) -> None:
    settings = settings_from({"passwords": {"CP-1": "secret"}, "profiles": {"CP-1": least}})
    verdict = judge_upgrade("/CP-1", ["ocpp1.6"], authorization, settings, channel)
    assert (verdict.status if isinstance(verdict, Refusal) else None) == status
