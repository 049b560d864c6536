"""What a charger holds before OCPP has changed anything: the roots and the certificate that its fleet file names."""

from functools import lru_cache
from pathlib import Path

from chargepoint_sim.core.certificates import Certificate, CertificateStore, Own, Use
from chargepoint_sim.fleet.spec import ChargerSpec
from chargepoint_sim.pki import x509


def provision(store: CertificateStore, spec: ChargerSpec) -> None:
    """Fill an empty store from the files of a charger. What cannot be read is left out: the dial will say so."""
    if spec.csms.ca_file is not None:
        store.roots_of_file = _roots(spec.csms.ca_file)
        if store.roots_of_file:
            store.roots[Use.CENTRAL_SYSTEM_ROOT] = store.roots_of_file
    certificate, key = spec.credentials.certificate_file, spec.credentials.key_file
    if certificate is not None and key is not None:
        store.own = store.own_of_file = _own(certificate, key)


@lru_cache(maxsize=64)
def _roots(file: str) -> tuple[Certificate, ...]:
    """One tuple for all chargers with that file; intermediates in it are no roots."""
    try:
        return tuple(
            Certificate(x509.to_pem(one), *x509.period(one), x509.hash_data(one, one))
            for one in x509.load_chain(Path(file).read_text(encoding="utf-8"))
            if one.issuer == one.subject
        )
    except (OSError, ValueError):
        return ()


def _own(certificate: str, key: str) -> Own | None:
    try:
        return x509.read_own(Path(certificate).read_text(encoding="utf-8"), Path(key).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
