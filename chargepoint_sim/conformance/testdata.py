"""What a user tells about the central system under test: identities, tags, credentials, what it does not support.

Owns the YAML file, its defaults and the way from `$names` in a case to values.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import yaml

from chargepoint_sim.clock import format_utc
from chargepoint_sim.conformance.desk import FIRMWARE
from chargepoint_sim.errors import LocalError, system_words
from chargepoint_sim.pki import contracts
from chargepoint_sim.pki.authority import Authority, sign_file
from chargepoint_sim.pki.x509 import request_signing

CASE = "{case}"
LONGEST_IDENTITY = 48

_INSTANT = re.compile(r"now([+-]\d+)")


@dataclass(frozen=True, slots=True)
class TestData:
    """The values that cases use, by name."""

    __test__ = False  # no test class, whatever its name

    identity: str = "SIM-" + CASE
    """`{case}` becomes the id of the case; without it all cases share one identity and run one after the other."""
    password: str | None = field(default=None, repr=False)
    """Basic password of every charger (security profile 1, or 2 with wss://); None sends none."""
    ca_file: str | None = None
    """PEM file with the roots to trust for wss://."""
    verify: bool = True
    secure_url: str | None = None
    """wss:// of security profile 2, where the URL of the run is a plain one."""
    certificate_url: str | None = None
    """wss:// of security profile 3; None: as `secure_url`."""
    client_certificate: str | None = None
    """PEM file of a certificate chain that the central system believes, for profile 3, with its key beside."""
    client_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: {"valid": "SIM-VALID", "unknown": "SIM-UNKNOWN"})
    """valid, unknown, expired, blocked; group_a and group_b share a parent, master belongs to master_group; contract is
    the eMAID of the vehicle that shows one. Cases whose tag is missing are skipped."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Further values of cases, such as charging_rate_unit, limit or stack_level."""
    unsupported: tuple[str, ...] = ()
    """Feature profiles that the central system does not claim: their cases are NOT_APPLICABLE."""
    call_timeout_s: float = 30.0
    """How long the charger waits for an answer."""
    response_timeout_s: float = 10.0
    """Answers after this are a breach."""
    action_timeout_s: float = 120.0
    """How long an operator may take until the triggered CALL comes."""
    link_timeout_s: float = 30.0
    """How long a link may take to come up again."""
    csms_timeout_s: float = 30.0
    """How long the central system waits for an answer before it goes on."""

    def identity_of(self, case_id: str) -> str:
        """The identity of a case's charger."""
        return self.identity.replace(CASE, case_id.removesuffix("_CSMS"))[:LONGEST_IDENTITY]

    @property
    def shared_identity(self) -> bool:
        """All cases use one identity."""
        return CASE not in self.identity

    def names(self, url: str = "") -> dict[str, Any]:
        """Every value by the name that cases use; `url` is that of the run."""
        is_tls = url.startswith("wss:")
        secure = url if is_tls else self.secure_url
        return {
            **VALUES,
            **self.values,
            "password": self.password,
            "ca_file": self.ca_file,
            "plain_url": None if is_tls else url,
            "secure_url": secure,
            "certificate_url": self.certificate_url or secure,
            "client_certificate": self.client_certificate,
            "client_key": self.client_key,
            "patient_s": float({**VALUES, **self.values}["reservation_s"]) + self.response_timeout_s + 60,
            "late_s": self.csms_timeout_s + LATE_S,
            "later_s": self.csms_timeout_s + 2 * LATE_S,
            **{f"tag.{name}": tag for name, tag in self.tags.items()},
        }


LATE_S = 0.5
"""How long after the central system's time-out a late answer comes."""

BAD_PEM = "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"


def with_files(data: TestData, urls: Mapping[str, str]) -> TestData:
    """The data with the places of the run's own file server and a root of its own, where the user gave none."""
    since = time.time() - 3600
    authority = data.values.get("authority") or Authority.new("chargepoint-sim conformance", since)
    foreign = Authority.new("chargepoint-sim stranger", since).client(data.identity_of("foreign"), "Stranger", since)
    signer = authority.firmware_signer("chargepoint-sim firmware", since)
    own = {
        **urls,
        "authority": authority,
        "root_pem": authority.certificate_pem,
        "bad_pem": BAD_PEM,
        "operator_root_pem": contracts.root(),
        "firmware_md5": hashlib.md5(FIRMWARE, usedforsecurity=False).hexdigest(),
        "signing_certificate": signer.certificate_pem,
        "signature": sign_file(FIRMWARE, signer.key_pem),
        "bad_signature": sign_file(b"another file", signer.key_pem),
        "foreign_pem": f"{foreign.key_pem}\n{foreign.certificate_pem}",
        "new_key": secrets.token_hex(16),
    }
    return replace(data, values={**own, **data.values})


VALUES: Mapping[str, Any] = {
    "charging_rate_unit": "A",
    "limit": 6,
    "stack_level": 0,
    "slot": 1,
    "connector_type": "cType2",
    "schedule_s": 300,
    "reservation_s": 60,
    "slow_s": 20,
    "soon_s": 60,
    "pending_s": 60,
    "idle_s": 3600,
    "storm": {"stations": 100, "within_s": 1},
    "queue_stations": 20,
    "queue_times": 100,
    "flaps": {"times": 300, "every_s": 2},
    "flood": {"messages": 100, "within_s": 60},
}
"""Defaults of the values."""


def load_testdata(path: Path) -> TestData:
    """Test data from a YAML file. Raises LocalError naming what is wrong."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise LocalError(f"{path}: {system_words(error)}") from None
    except yaml.YAMLError as error:
        raise LocalError(f"{path}: not YAML: {error}") from None
    known = {one.name for one in fields(TestData)}
    if not isinstance(raw, dict) or set(raw) - known:
        raise LocalError(f"{path}: a mapping with the keys {', '.join(sorted(known))} is allowed")
    if "unsupported" in raw:
        raw["unsupported"] = tuple(raw["unsupported"])
    if "tags" in raw:
        raw["tags"] = {**TestData().tags, **raw["tags"]}
    return replace(TestData(), **raw)


def resolve(value: Any, names: Mapping[str, Any]) -> Any:
    """`value` with every text that begins with `$` replaced by what it names. Raises LocalError for an unknown name."""
    if isinstance(value, str) and value.startswith("$"):
        return _named(value[1:], names)
    if isinstance(value, Mapping):
        return {key: resolve(one, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(one, names) for one in value]
    return value


def _meter_values(count: int, kind: type[str] | type[float]) -> list[dict[str, Any]]:
    """So many readings of one transaction, a second apart and ending now; figures are texts in 1.6."""
    contexts = ["Transaction.Begin", *["Sample.Periodic"] * (count - 2), "Transaction.End"]
    began = time.time() - count
    return [
        {"timestamp": format_utc(began + n), "sampledValue": [{"value": kind(100 + n), "context": context}]}
        for n, context in enumerate(contexts)
    ]


_MADE: Mapping[str, Callable[[str, Mapping[str, Any]], Any]] = {
    "filler": lambda size, _: "x" * int(size),
    "nested": lambda depth, _: '[2,"deep","DataTransfer",{"vendorId":' + "[" * int(depth) + "]" * int(depth) + "}]",
    "in": lambda name, names: format_utc(time.time() + float(names[name])),
    "meter_values": lambda count, _: _meter_values(int(count), str),
    "readings": lambda count, _: _meter_values(int(count), float),
    "request_for": lambda name, names: request_signing(str(names[name]), "chargepoint-sim").csr_pem,
    "lower": lambda name, names: str(names[name]).lower(),
    "text": lambda name, names: str(names[name]),
    "upper": lambda name, names: str(names[name]).upper(),
}
"""`$word:argument` -> a text that is made."""


def _named(name: str, names: Mapping[str, Any]) -> Any:
    if name == "now":
        return format_utc(time.time())
    instant = _INSTANT.fullmatch(name)
    if instant is not None:
        return format_utc(time.time() + int(instant[1]))
    if name.startswith("signed:"):
        authority: Authority = names["authority"]
        return authority.sign_request(names[name.removeprefix("signed:")], time.time() - 60)
    made = _MADE.get(name.partition(":")[0])
    if made is not None:
        return made(name.partition(":")[2], names)
    outer, _, inner = name.partition(".")
    if name not in names and inner and isinstance(names.get(outer), Mapping):
        return names[outer][inner]
    if name not in names:
        raise LocalError(f"the case uses ${name}, which nothing has set")
    return names[name]
