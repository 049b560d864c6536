"""The `api` section of a fleet file -> ApiSpec: tokens from the file itself, from a file of tokens, from variables.

Only hashes leave this module. A line of a token file, and a part of the variable CHARGEPOINT_SIM_API_TOKENS between
commas, is a token or `sha256:` and its hash, then words such as `scope=read tenant=acme expires=2027-01-01T00:00:00Z`.
"""

from collections.abc import Mapping
from pathlib import Path

from chargepoint_sim.clock import parse_utc
from chargepoint_sim.config.document import KeyPath
from chargepoint_sim.config.findings import Findings
from chargepoint_sim.config.schema import ApiSection, TokenSection
from chargepoint_sim.errors import LocalError, system_words
from chargepoint_sim.fleet.access import ENVIRONMENTS, SCOPES, TokenSpec, environment_of, is_hash
from chargepoint_sim.fleet.hooks import Endpoint
from chargepoint_sim.fleet.spec import AmpsSpec, ApiSpec

VARIABLE = "CHARGEPOINT_SIM_API_TOKENS"
_HASHED = "sha256:"
_WORDS: Mapping[str, tuple[str, ...]] = {"scope": SCOPES, "environment": ENVIRONMENTS, "tenant": (), "expires": ()}
"""Word -> what it may be; empty: any text."""
_LINE = "a token or sha256:HASH is needed, then words of scope=, tenant=, environment= and expires="


def api_spec(section: ApiSection, findings: Findings, environ: Mapping[str, str]) -> ApiSpec | None:
    """Where the control API listens and who may use it; None where it is off. Mistakes are added to `findings`."""
    if section.listen == "off":
        return None
    host, _, port = section.listen.rpartition(":")
    tokens: list[TokenSpec | None] = [
        _of_section(one, ("api", "tokens", n), findings, environ) for n, one in enumerate(section.tokens)
    ]
    path: KeyPath = ("api", "tokens_file")
    file = findings.folder(path) / section.tokens_file if section.tokens_file is not None else None
    if file is not None:
        tokens += _of_file(file, findings, path)
    if environ.get(VARIABLE):
        for part in environ[VARIABLE].split(","):
            token = _of_line(part)
            tokens.append(token)
            if token is None:
                findings.add(("api",), f"{VARIABLE} holds tokens separated by commas: {_LINE}", "a wrong part of it")
    return ApiSpec(
        host=host.strip("[]"),
        port=int(port),
        tokens=tuple(token for token in tokens if token is not None),
        tokens_file=None if file is None else str(file),
        rate_limit_per_s=section.rate_limit_per_s,
        cors_origins=tuple(section.cors_origins),
        request_timeout_s=section.request_timeout_s,
        webhooks=tuple(
            Endpoint.of(one.url, one.secrets, tenant=one.tenant, kinds=frozenset(one.events) if one.events else None)
            for one in section.webhooks
        ),
        deferred_for_s=section.deferred_for_s,
        amps=AmpsSpec(section.amps.settle_s, section.amps.id_token),
    )


def _of_section(
    section: TokenSection, path: KeyPath, findings: Findings, environ: Mapping[str, str]
) -> TokenSpec | None:
    if findings.spoiled(path, within=True):
        return None
    given = [key for key in ("token", "token_sha256", "token_env") if getattr(section, key) is not None]
    if len(given) != 1:
        findings.add(path, "exactly one of token, token_sha256 and token_env is needed", " and ".join(given) or "none")
        return None
    expires_at = None if section.expires is None else parse_utc(section.expires)
    if section.token_sha256 is not None:
        return TokenSpec(
            section.token_sha256, section.scope, section.tenant, section.environment or "sandbox", expires_at
        )
    token = section.token
    if section.token_env is not None:
        token = environ.get(section.token_env)
    if not token:
        findings.add((*path, "token_env"), "the variable has to be set", "the name of a variable that is not set")
        return None
    return TokenSpec.of(token, section.scope, section.tenant, section.environment, expires_at)


def _of_file(file: Path, findings: Findings, path: KeyPath) -> list[TokenSpec | None]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        words = system_words(error) if isinstance(error, OSError) else "it is no text"
        findings.add(path, f"a file with one token a line is needed: {words}")
        return []
    tokens: list[TokenSpec | None] = []
    for n, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        tokens.append(_of_line(line))
        if tokens[-1] is None:
            findings.add(path, _LINE, f"something else in line {n}")
    return tokens


def _of_line(line: str) -> TokenSpec | None:
    """One token with its words; None for a mistake, which is not repeated since it may hold the token."""
    first, *rest = line.split() or [""]
    words = dict(word.partition("=")[::2] for word in rest)
    wrong = [
        key for key, value in words.items() if not value or (_WORDS.get(key, (value,)) or (value,)).count(value) == 0
    ]
    if wrong or not words.keys() <= _WORDS.keys() or len(words) != len(rest):
        return None
    try:
        expires_at = parse_utc(words["expires"]) if "expires" in words else None
        scope, tenant, environment = words.get("scope", "admin"), words.get("tenant"), words.get("environment")
        if not first.startswith(_HASHED):
            return TokenSpec.of(first, scope, tenant, environment, expires_at)
    except (ValueError, LocalError):
        return None
    digest = first.removeprefix(_HASHED)
    return TokenSpec(digest, scope, tenant, environment or environment_of(""), expires_at) if is_hash(digest) else None


def _sound(key: str, value: str) -> bool:
    return key in _WORDS and bool(value) and (not _WORDS[key] or value in _WORDS[key])
