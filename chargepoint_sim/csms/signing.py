"""The certificate authority of the central system: signs what SignCertificate asks for (2.0.1 A02, white paper A02).

Owns reading its files. What a request must hold to be signed is the authority's business (`pki.authority`).
"""

from collections.abc import Callable
from pathlib import Path

from chargepoint_sim.csms.config import AuthoritySettings
from chargepoint_sim.errors import LocalError, system_words
from chargepoint_sim.pki.authority import Authority

BEFORE_S = 3600.0
"""Certificates are valid from an hour ago, for clocks that go a little wrong."""

Sign = Callable[[str, float], str]
"""(request in PEM, UTC seconds) -> chain in PEM. Raises ValueError for a request that is not sound."""


def signer(settings: AuthoritySettings | None) -> Sign | None:
    """What signs requests; None where there is no authority. Raises LocalError where its files are of no use."""
    if settings is None:
        return None
    authority = Authority(_read(settings.certificate), _read(settings.key))
    try:
        authority.subject()
    except ValueError as error:
        raise LocalError(f"{settings.certificate}: {error}") from None
    try:
        authority.key()
    except (ValueError, TypeError) as error:
        raise LocalError(f"{settings.key}: no key that signs here ({error})") from None
    days = settings.days

    def sign(csr_pem: str, at: float) -> str:
        return authority.sign_request(csr_pem, at - BEFORE_S, days)

    return sign


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        words = system_words(error) if isinstance(error, OSError) else "not a PEM file"
        raise LocalError(f"{file}: {words}") from None
