"""What one charger connects with: the fleet file's target and credentials, overlaid by what OCPP has changed since.

White paper (edition 3) A01, A02, A05 and M05: password, profile, own certificate and installed roots; 2.0.1 B09 and
B10: the network connection profile. Pure.
"""

from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

from chargepoint_sim.core.access import PASSWORD
from chargepoint_sim.core.certificates import Use
from chargepoint_sim.core.network import TLS_FROM
from chargepoint_sim.core.station import Station
from chargepoint_sim.fleet.spec import ChargerSpec, Credentials, CsmsTarget


def connection(spec: ChargerSpec, station: Station) -> tuple[CsmsTarget, Credentials]:
    """What the next dial takes; the fleet file's own objects, shared by many, where nothing has changed."""
    return _target(spec.csms, station), _credentials(spec, station)


def _target(target: CsmsTarget, station: Station) -> CsmsTarget:
    networks = station.access.networks
    profile = station.access.dialled(station.settings)
    if networks and networks.current.url:
        target = replace(target, security_profile=profile, url=networks.current.url, server_hostname=None)
    elif profile != target.security_profile:
        url = _secure(target) if profile >= TLS_FROM else target.url
        target = replace(target, security_profile=profile, url=url)
    store = station.access.certificates
    if store.use_fallback or store.of(Use.CENTRAL_SYSTEM_ROOT) is not store.roots_of_file:
        target = replace(target, ca_pem=store.trusted_pem() or None)
    return target


def _secure(target: CsmsTarget) -> str:
    """The URL of a target whose fleet file has a plain one."""
    parts = urlsplit(target.url)
    if parts.scheme == "wss":
        return target.url
    return target.secure_url or urlunsplit(parts._replace(scheme="wss"))


def _credentials(spec: ChargerSpec, station: Station) -> Credentials:
    credentials, password = spec.credentials, station.settings.text(PASSWORD)
    if password:
        # 1.6 brings the digits of raw bytes, 2.0.1 the text itself.
        credentials = replace(credentials, password=f"hex:{password}" if spec.version == "1.6" else password)
    store = station.access.certificates
    if store.own is not None and store.own is not store.own_of_file:
        credentials = replace(credentials, certificate_pem=store.own.chain_pem, key_pem=store.own.key_pem)
    return credentials
