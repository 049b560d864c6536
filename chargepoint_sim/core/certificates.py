"""Certificates of a charger: installed roots, its own chain and key, and what it has asked to be signed.

White paper (edition 3) chapters A02, A03, M03, M04 and M05; 2.0.1 A02, A03, M03-M05. Pure: whatever needs cryptography
is a job, whose types stand here beside the data that they bring; `pki` does them. Times are UTC seconds.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from types import MappingProxyType
from typing import Any

from chargepoint_sim.core.jobs import Job


class Use(enum.StrEnum):
    """What an installed root is for: InstallCertificateUseEnumType of 2.0.1."""

    CENTRAL_SYSTEM_ROOT = "CSMSRootCertificate"
    MANUFACTURER_ROOT = "ManufacturerRootCertificate"
    MOBILITY_OPERATOR_ROOT = "MORootCertificate"
    V2G_ROOT = "V2GRootCertificate"


_EARLIER_USES: Mapping[str, Use] = {"CentralSystemRootCertificate": Use.CENTRAL_SYSTEM_ROOT}
"""What saved states have called a use."""


class Purpose(enum.StrEnum):
    """What a certificate of the charger's own is for: CertificateSigningUseEnumType of 2.0.1, and both at once."""

    STATION = "ChargingStationCertificate"
    V2G = "V2GCertificate"
    COMBINED = "Combined"


ROOT_OF: Mapping[Purpose, Use] = {
    Purpose.STATION: Use.CENTRAL_SYSTEM_ROOT,
    Purpose.V2G: Use.V2G_ROOT,
    Purpose.COMBINED: Use.V2G_ROOT,
}
"""The roots that a certificate of the charger's own must lead to (2.0.1 A00.FR.428, A02.FR.06)."""

ENTRIES = "SecurityCtrlr.CertificateEntries"
"""The setting with the number of roots that can be installed."""

WAIT_MINIMUM = "SecurityCtrlr.CertSigningWaitMinimum"
REPEAT_TIMES = "SecurityCtrlr.CertSigningRepeatTimes"


def signing_wait_s(minimum_s: float, repeat_times: int, sent_again: int) -> float | None:
    """How long a signed certificate is waited for before its request is sent again; None: no more (A02.FR.17 to 19).

    The wait doubles `repeat_times` times; `sent_again` is how often the request was sent again already.
    """
    return minimum_s * 2.0**sent_again if sent_again <= repeat_times else None


class KeyKind(enum.StrEnum):
    """What a charger makes its own keys with; each is one half of A00.FR.318."""

    EC = "EC"
    RSA = "RSA"


@dataclass(frozen=True, slots=True)
class HashData:
    """CertificateHashDataType: what names a certificate (RFC 6960 section 4.1.1)."""

    algorithm: str
    """SHA256 | SHA384 | SHA512"""
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str
    """Hexadecimal digits without leading zeros."""

    def means(self, other: "HashData") -> bool:
        """Whether both name one certificate; digits are compared without regard to case and leading zeros."""
        return _folded(self) == _folded(other)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was read and found sound."""

    pem: str
    valid_from: float
    valid_until: float
    hashes: tuple[HashData, ...]
    """One for each algorithm; the first is the one that is reported."""


@dataclass(frozen=True, slots=True)
class Own:
    """The charger's own certificate chain, leaf first, with its private key."""

    chain_pem: str
    key_pem: str = field(repr=False)
    valid_from: float
    valid_until: float


@dataclass(frozen=True, slots=True)
class Read(Job):
    """Read a root certificate and check that it may be one; comes back as Certificate or JobFailed."""

    pem: str
    at: float
    signed_by: tuple[str, ...] | None = None
    """PEM of the roots one of which must have signed it (AdditionalRootCertificateCheck); None asks for nothing."""


@dataclass(frozen=True, slots=True)
class RequestSigning(Job):
    """Make a key pair and a certificate signing request (RFC 2986); comes back as SigningRequest or JobFailed."""

    common_name: str
    organization: str
    kind: KeyKind = KeyKind.EC
    country: str = ""
    """ISO 3166-1, two letters; empty leaves it out."""


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """A request in PEM, and the key that never leaves the charger."""

    csr_pem: str
    key_pem: str = field(repr=False)
    common_name: str = ""
    organization: str = ""


@dataclass(frozen=True, slots=True)
class CheckSigned(Job):
    """Check a signed certificate against its request (A02.FR.06); comes back as Own or JobFailed."""

    chain_pem: str
    request: SigningRequest
    roots: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class CheckSigner(Job):
    """Check a firmware signing certificate against the manufacturer roots (L01); comes back as True or JobFailed."""

    pem: str
    roots: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class CheckSignature(Job):
    """Check the signature of a file; comes back as True or JobFailed."""

    data: bytes = field(repr=False)
    signature: str
    """Base64."""
    certificate_pem: str


@dataclass(frozen=True, slots=True)
class NameChain(Job):
    """Name each certificate of a chain (2.0.1 M03.FR.05); comes back as NamedChain or JobFailed."""

    chain_pem: str
    roots: tuple[str, ...]
    """PEM of the roots, where the issuer of the chain's last certificate is looked for."""


@dataclass(frozen=True, slots=True)
class NamedChain:
    """The names of a chain's certificates, leaf first; each has one for each algorithm."""

    names: tuple[tuple[HashData, ...], ...]

    def holds(self, wanted: HashData) -> bool:
        """Whether one of the certificates is meant."""
        return any(one.means(wanted) for names in self.names for one in names)


@dataclass(slots=True)
class ChainStatuses:
    """What the central system has told of the revocation of the V2G chain's certificates (M06); not saved."""

    asked_at: float
    """Simulated instant."""
    results: dict[HashData, str] = field(default_factory=dict)
    """OCSP responses, DER in Base64."""


_NONE_ASKED: Mapping[Purpose, SigningRequest] = MappingProxyType({})
_NONE_AWAITED: Mapping[Purpose, int] = MappingProxyType({})


@dataclass(slots=True)
class CertificateStore:
    """What one charger holds."""

    roots: dict[Use, tuple[Certificate, ...]] = field(default_factory=dict)
    roots_of_file: tuple[Certificate, ...] = ()
    """The central system roots that the fleet file names; the very object in `roots` while nothing has changed."""
    own_of_file: Own | None = None
    fallback: Certificate | None = None
    """The central system root that was replaced last, until the new one is proven (M05.FR.11 to 13)."""
    use_fallback: bool = False
    """The next dial is checked against the fallback alone (M05.FR.13)."""
    own: Own | None = None
    previous: Own | None = None
    """The chain in use before, until the new one is proven."""
    v2g: Own | None = None
    """The chain that vehicles are shown (ISO 15118)."""
    statuses: ChainStatuses | None = None
    """What they are shown with it."""
    asked: Mapping[Purpose, SigningRequest] = field(default_factory=lambda: _NONE_ASKED)
    """The requests that a CertificateSigned may answer."""
    awaited: Mapping[Purpose, int] = field(default_factory=lambda: _NONE_AWAITED)
    """Requests that the central system has accepted and not answered -> how often they were sent again."""

    def of(self, use: Use) -> tuple[Certificate, ...]:
        """The installed roots of a type, oldest first."""
        return self.roots.get(use, ())

    def count(self) -> int:
        """How many roots are installed."""
        return sum(len(certificates) for certificates in self.roots.values())

    def holds(self, use: Use, certificate: Certificate) -> bool:
        """Whether that very root is installed."""
        return any(one.hashes == certificate.hashes for one in self.of(use))

    def install(self, use: Use, certificate: Certificate) -> None:
        """Add a root; the same one twice is one."""
        others = tuple(one for one in self.of(use) if one.hashes != certificate.hashes)
        self.roots[use] = (*others, certificate)

    def replace(self, certificate: Certificate) -> None:
        """The only central system root from now on; the one before stays as fallback (M05.FR.11)."""
        held = self.of(Use.CENTRAL_SYSTEM_ROOT)
        self.fallback = held[-1] if held else None
        self.use_fallback = False
        self.roots[Use.CENTRAL_SYSTEM_ROOT] = (certificate,)

    def find(self, wanted: HashData) -> tuple[Use, Certificate] | None:
        """The root that a hash names; digits are compared without regard to case."""
        for use, certificates in self.roots.items():
            for certificate in certificates:
                if any(one.means(wanted) for one in certificate.hashes):
                    return use, certificate
        if self.fallback is not None and any(one.means(wanted) for one in self.fallback.hashes):
            return Use.CENTRAL_SYSTEM_ROOT, self.fallback
        return None

    def remove(self, use: Use, certificate: Certificate) -> None:
        """Forget a root."""
        self.roots[use] = tuple(one for one in self.of(use) if one is not certificate)
        if certificate is self.fallback:
            self.fallback, self.use_fallback = None, False

    def ask(self, purpose: Purpose, request: SigningRequest) -> None:
        """A request goes out; the one before it for the same purpose is void."""
        self.asked = {**self.asked, purpose: request}
        self.forget_wait(purpose)

    def forget(self, purpose: Purpose) -> None:
        """The request is answered, or of no use: its key goes too."""
        self.asked = {one: request for one, request in self.asked.items() if one is not purpose} or _NONE_ASKED
        self.forget_wait(purpose)

    def wait(self, purpose: Purpose, sent_again: int) -> None:
        """The central system is to answer a request that it has accepted."""
        self.awaited = {**self.awaited, purpose: sent_again}

    def forget_wait(self, purpose: Purpose) -> None:
        """The request is not sent again by itself."""
        self.awaited = {one: times for one, times in self.awaited.items() if one is not purpose} or _NONE_AWAITED

    def take_over(self, purpose: Purpose, own: Own) -> None:
        """A signed certificate is good: it takes its place, and the request is answered."""
        if purpose is not Purpose.V2G:
            self.previous, self.own = self.own, own
        if purpose is not Purpose.STATION:
            self.v2g, self.statuses = own, None
        self.forget(purpose)

    def trusted_pem(self) -> str:
        """The central system roots that the next dial is checked against, as one PEM text; empty without any."""
        if self.use_fallback and self.fallback is not None:
            return self.fallback.pem
        return "".join(one.pem for one in self.of(Use.CENTRAL_SYSTEM_ROOT))

    def server_refused(self) -> None:
        """The server's certificate was not believed: try the other of the new root and the fallback (M05.FR.13)."""
        self.use_fallback = self.fallback is not None and not self.use_fallback

    def to_data(self) -> dict[str, Any]:
        """What OCPP has changed, as plain data; what stands in files of the fleet is not repeated."""
        changed = self.of(Use.CENTRAL_SYSTEM_ROOT) is not self.roots_of_file
        return {
            "roots": {
                use.value: [_certificate_to_data(one) for one in certificates]
                for use, certificates in self.roots.items()
                if changed or use is not Use.CENTRAL_SYSTEM_ROOT
            },
            "fallback": _certificate_to_data(self.fallback) if self.fallback else None,
            "own": astuple(self.own) if self.own is not None and self.own is not self.own_of_file else None,
            "previous": astuple(self.previous) if self.previous else None,
            "v2g": astuple(self.v2g) if self.v2g else None,
            "asked": {purpose.value: astuple(request) for purpose, request in self.asked.items()},
            "awaited": {purpose.value: sent_again for purpose, sent_again in self.awaited.items()},
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Lay saved data over what the files of the fleet have brought, also data of earlier programs."""
        for use, certificates in data["roots"].items():
            self.roots[Use(_EARLIER_USES.get(use, use))] = tuple(_certificate_from_data(one) for one in certificates)
        self.fallback = _certificate_from_data(data["fallback"]) if data["fallback"] else None
        self.own = Own(*data["own"]) if data["own"] else self.own
        self.previous = Own(*data["previous"]) if data["previous"] else None
        self.v2g = Own(*data["v2g"]) if data.get("v2g") else None
        asked = data["asked"] or {}
        if isinstance(asked, Sequence):  # saved when a charger could ask for one purpose alone
            asked = {Purpose.STATION.value: asked}
        self.asked = {Purpose(one): SigningRequest(*request) for one, request in asked.items()} or _NONE_ASKED
        awaited = data.get("awaited") or {}
        self.awaited = {Purpose(one): sent_again for one, sent_again in awaited.items()} or _NONE_AWAITED

    def proven(self) -> None:
        """The central system was reached with what is in use now: what was kept beside it may go (M05.FR.12)."""
        if not self.use_fallback:
            self.fallback = None
        self.previous = None


def _certificate_to_data(one: Certificate) -> list[Any]:
    return [one.pem, one.valid_from, one.valid_until, [list(astuple(hashes)) for hashes in one.hashes]]


def _certificate_from_data(data: Sequence[Any]) -> Certificate:
    pem, valid_from, valid_until, hashes = data
    return Certificate(pem, valid_from, valid_until, tuple(HashData(*one) for one in hashes))


def _folded(one: HashData) -> tuple[str, str, str, str]:
    return (
        one.algorithm,
        one.issuer_name_hash.casefold(),
        one.issuer_key_hash.casefold(),
        one.serial_number.casefold().lstrip("0"),
    )
