"""What a charger connects with: the fleet file's target and credentials, and what OCPP has changed since."""

from dataclasses import replace

import pytest

from chargepoint_sim.clock import Timeline
from chargepoint_sim.core.access import PASSWORD, PROFILE
from chargepoint_sim.core.certificates import Certificate, HashData, Own, Use
from chargepoint_sim.core.station import Station
from chargepoint_sim.fleet.build import Builder
from chargepoint_sim.fleet.connection import connection
from chargepoint_sim.fleet.spec import ChargerSpec, Credentials, CsmsTarget
from tests.protocol.harness import NOON, one_socket

ROOT = Certificate("root\n", NOON, NOON + 1, (HashData("SHA256", "aa", "aa", "1"),))
OTHER = Certificate("other\n", NOON, NOON + 1, (HashData("SHA256", "aa", "aa", "2"),))


def made(**target: object) -> tuple[ChargerSpec, Station]:
    csms = replace(CsmsTarget("ws://host:9000/ocpp"), **target)  # type: ignore[arg-type]  # fields of CsmsTarget
    spec = ChargerSpec("c1", "CP-1", "1.6", one_socket(), csms, Credentials(password="of the file"))
    return spec, Builder(Timeline(NOON, 0.0), 1).charger(spec, "b1").station


def test_without_changes_everything_is_shared() -> None:
    spec, station = made()
    assert connection(spec, station) == (spec.csms, spec.credentials)
    target, credentials = connection(spec, station)
    assert target is spec.csms
    assert credentials is spec.credentials
    assert station.access.has_password


def test_a_new_key_goes_out_as_its_bytes() -> None:
    spec, station = made()
    station.settings.set(PASSWORD, "00ff" * 8)
    assert connection(spec, station)[1].password == "hex:" + "00ff" * 8


@pytest.mark.parametrize(
    ("profile", "secure_url", "url"),
    [
        (1, None, "ws://host:9000/ocpp"),
        (2, None, "wss://host:9000/ocpp"),
        (3, "wss://secure/{identity}", "wss://secure/{identity}"),
    ],
)
def test_the_profile_in_force_decides_over_the_url(profile: int, secure_url: str | None, url: str) -> None:
    spec, station = made(secure_url=secure_url)
    station.settings.set(PROFILE, profile)
    target, _ = connection(spec, station)
    assert (target.security_profile, target.url) == (profile, url)


def test_installed_roots_take_the_place_of_the_file_and_only_when_they_differ() -> None:
    spec, station = made(ca_file="ca.pem")
    store = station.access.certificates
    store.roots_of_file = store.roots[Use.CENTRAL_SYSTEM_ROOT] = (ROOT,)
    assert connection(spec, station)[0].ca_pem is None
    store.install(Use.CENTRAL_SYSTEM_ROOT, OTHER)
    assert connection(spec, station)[0].ca_pem == "root\nother\n"


def test_a_replaced_root_is_dialled_with_again_when_the_new_one_does_not_fit_the_server() -> None:
    spec, station = made()
    store = station.access.certificates
    store.install(Use.CENTRAL_SYSTEM_ROOT, ROOT)
    store.replace(OTHER)
    dialled = []
    for _ in range(3):
        dialled.append(connection(spec, station)[0].ca_pem)
        store.server_refused()
    assert dialled == ["other\n", "root\n", "other\n"]


def test_a_signed_certificate_takes_the_place_of_the_file() -> None:
    spec, station = made()
    store = station.access.certificates
    store.own = store.own_of_file = Own("of file", "key of file", NOON, NOON + 1)
    assert connection(spec, station)[1].certificate_pem is None
    store.own = Own("chain", "key", NOON, NOON + 1)
    credentials = connection(spec, station)[1]
    assert (credentials.certificate_pem, credentials.key_pem) == ("chain", "key")
    assert "'key'" not in repr(credentials)
