"""The settings of the built-in central system: one small YAML file, or the same shape as a plain mapping.

Owns the pydantic models and the way from a wrong file to a ConfigError that names every mistake. Reads no clock
and opens no socket.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from chargepoint_sim.errors import ConfigError, ConfigProblem

TagStatus = Literal[
    "Accepted",
    "Blocked",
    "ConcurrentTx",
    "Expired",
    "Invalid",
    "NoCredit",
    "NotAllowedTypeEVSE",
    "NotAtThisLocation",
    "NotAtThisTime",
    "Unknown",
]
"""AuthorizationStatusEnumType of 2.0.1; 1.6 knows the first five, `tags` has the table for the rest."""

RegistrationStatus = Literal["Accepted", "Pending", "Rejected"]

ContractVerdict = Literal["Accepted", "CertificateExpired", "CertificateRevoked", "CertChainError"]

ANY = "*"
"""In `passwords`: the password of every charger that has none of its own."""


class Section(BaseModel):
    """Root of all sections: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class IdTagSettings(Section):
    """What this central system knows of one tag; tags are not case-sensitive (1.6 section 7.28)."""

    id_tag: str = Field(min_length=1, max_length=36)
    status: TagStatus = "Accepted"
    group: str | None = Field(default=None, max_length=36)
    """parentIdTag of 1.6, groupIdToken of 2.0.1."""
    expires: AwareDatetime | None = None
    """From this instant on the tag is Expired."""


class BootSettings(Section):
    """The answer to BootNotification."""

    status: RegistrationStatus = "Accepted"
    interval_s: int = Field(default=300, ge=0)
    """Heartbeat interval when Accepted, otherwise the least wait before the next attempt."""
    required: bool = True
    """False also serves chargers that have not booted at this central system since it started."""


class AuthoritySettings(Section):
    """A certificate authority that signs what chargers ask for."""

    certificate: Path
    """PEM file of the root; chargers need it installed as CentralSystemRootCertificate."""
    key: Path
    """PEM file of its EC key."""
    days: int = Field(default=365, ge=1)
    """How long a certificate is valid."""


class AnswerSettings(Section):
    """What to answer where the standard leaves the decision to the operator."""

    sign_certificate: Literal["Accepted", "Rejected"] = "Rejected"
    """Accepted promises a CertificateSigned, which `authority` sends, and without one the operator."""
    authority: AuthoritySettings | None = None
    """Given, CertificateSigned follows by itself; a request that is not sound is Rejected."""
    contract_certificate: ContractVerdict = "CertChainError"
    """The verdict on certificate data in Authorize (2.0.1 C07). Nothing is verified here, so that by default the
    answer is that of a chain that cannot be verified (C07.FR.17)."""
    ev_charging_needs: Literal["Accepted", "Rejected", "Processing"] = "Rejected"
    """Accepted and Processing promise a SetChargingProfile, which `ev_charging_power_w` sends, and without it the
    operator (2.0.1 K15)."""
    ev_charging_power_w: tuple[float, ...] = Field(default=(), max_length=3)
    """Accepted or Processing with figures here: a TxProfile follows by itself, with one schedule of each power for the
    vehicle to choose from (2.0.1 K15.FR.07)."""
    ev_certificate: str = Field(default="", max_length=7500)
    """What a vehicle that wants a contract certificate is given, base64 of an EXI message that nobody here looks into;
    empty answers Failed (2.0.1 M01, M02)."""
    ocsp_result: str = Field(default="", max_length=5500)
    """What GetCertificateStatus is answered, base64 of an OCSP response; empty answers Failed (2.0.1 M06)."""
    ev_charging_schedule: Literal["Accepted", "Rejected"] = "Accepted"


class TlsSettings(Section):
    """TLS for security profiles 2 and 3."""

    certificate: Path
    """PEM file with the server's certificate chain."""
    key: Path
    other_certificate: Path | None = None
    """A second chain with a key of the other kind, RSA or EC, so that all suites can be served (A00.FR.317)."""
    other_key: Path | None = None
    port: int | None = Field(default=None, ge=0, le=65535)
    """Port of its own for wss://, beside the plain one; None: the one port speaks TLS alone."""
    client_ca: Path | None = None
    """PEM file of roots; given, every charger must show a certificate under one of them (profile 3)."""
    client_optional: bool = False
    """A charger may also come without a certificate and show its password (profile 2)."""
    check_serial: bool = False
    """Close the link of a charger whose BootNotification has another serial number than its certificate's common
    name (2.0.1 B01.FR.11, 1.6 white paper section 2.6); off, because a fleet often shares one test certificate."""


class TariffSettings(Section):
    """What charging costs; 2.0.1 stations are told with the answers to Authorize and TransactionEvent (block I)."""

    start: float = Field(default=0.0, ge=0)
    """For each transaction, in the currency of the station."""
    per_kwh: float = Field(default=0.0, ge=0)
    per_hour: float = Field(default=0.0, ge=0)
    """For the time between start and end, whether energy flows or not."""
    message: str | None = Field(default=None, max_length=512)
    """What drivers are told of it; None tells nothing."""


class CsmsSettings(Section):
    """The whole file; every key has a default, so an empty file is a central system that accepts everybody."""

    host: str = "127.0.0.1"
    port: int = Field(default=9000, ge=0, le=65535)
    """Port for both OCPP versions; 0 takes a free one."""
    http_host: str = "127.0.0.1"
    http_port: int | None = Field(default=None, ge=0, le=65535)
    """Port of the HTTP commands; None offers none."""
    boot: BootSettings = BootSettings()
    id_tags: tuple[IdTagSettings, ...] = ()
    unlisted_tags: TagStatus = "Accepted"
    chargers: tuple[str, ...] | None = None
    """Identities or globs that may connect; None admits all."""
    passwords: Mapping[str, str] = Field(default_factory=dict)
    """Identity -> Basic password; "*" stands for all others. Empty asks nobody for a password."""
    profiles: Mapping[str, int] = Field(default_factory=dict)
    """Identity -> lowest security profile that it may connect with; "*" stands for all others."""
    vendors: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """DataTransfer: known vendorId -> known messageIds; no messageIds means any."""
    answers: AnswerSettings = AnswerSettings()
    tariff: TariffSettings | None = None
    """None tells no costs."""
    tls: TlsSettings | None = None
    call_timeout_s: float = Field(default=30.0, gt=0)
    """How long a charger may take to answer a CALL."""
    ping_interval_s: float | None = Field(default=60.0, gt=0)
    frames_kept: int = Field(default=200, ge=1)
    """Last frames kept per charger."""
    sessions_kept: int = Field(default=20_000, ge=1)
    """Sessions kept; beyond that the oldest closed ones are forgotten."""

    def admits(self, identity: str) -> bool:
        """Whether a charger of that identity may connect."""
        if self.chargers is None or identity in self._listed:
            return True
        return any(fnmatchcase(identity, pattern) for pattern in self._globs)

    @cached_property
    def _listed(self) -> frozenset[str]:
        return frozenset(self.chargers or ())

    @cached_property
    def _globs(self) -> tuple[str, ...]:
        return tuple(pattern for pattern in self._listed if any(mark in pattern for mark in "*?["))


def settings_from(mapping: Mapping[str, Any], file: str = "csms") -> CsmsSettings:
    """Settings from plain data. Raises ConfigError with every mistake."""
    return _validated(mapping, file, lambda _: None)


def load_settings(path: Path) -> CsmsSettings:
    """Settings from a YAML file. Raises ConfigError with every mistake and its line."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([ConfigProblem(str(path), None, "file", str(error), "a readable YAML file")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise ConfigError([ConfigProblem(str(path), line, "file", "text that is not YAML", str(error))]) from None
    if content is not None and not isinstance(content, dict):
        raise ConfigError([ConfigProblem(str(path), 1, "file", type(content).__name__, "a mapping is allowed")])
    return _validated(content or {}, str(path), lambda steps: _line(tree, steps))


def _validated(mapping: Mapping[str, Any], file: str, line_of: Any) -> CsmsSettings:
    try:
        return CsmsSettings.model_validate(dict(mapping))
    except ValidationError as error:
        problems = [
            ConfigProblem(
                file,
                line_of(problem["loc"]),
                ".".join(map(str, problem["loc"])),
                "a key that does not exist" if problem["type"] == "extra_forbidden" else repr(problem["input"]),
                problem["msg"],
            )
            for problem in error.errors(include_url=False)
        ]
        raise ConfigError(problems) from None


def _line(node: yaml.Node | None, steps: tuple[str | int, ...]) -> int | None:
    """The line of the deepest node on the way along `steps`, from 1."""
    line = node.start_mark.line + 1 if node is not None else None
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            node, line = next(
                ((value, key.start_mark.line + 1) for key, value in node.value if key.value == str(step)), (None, line)
            )
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
