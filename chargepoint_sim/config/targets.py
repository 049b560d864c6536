"""`csms` sections -> CsmsTargets and each charger's credentials.

Owns what a group inherits from the fleet's section, the files that are named, and the precedence of passwords:
credentials table, then the group's own table of chargers, then the pattern.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chargepoint_sim.config.document import KeyPath
from chargepoint_sim.config.findings import Findings
from chargepoint_sim.config.repair import STAND_IN
from chargepoint_sim.config.schema import BUILTIN, CsmsSection, FleetFile
from chargepoint_sim.config.tables import CREDENTIAL_COLUMNS, Row, read_table
from chargepoint_sim.csms.config import CsmsSettings
from chargepoint_sim.fleet.spec import Credentials, CsmsTarget
from chargepoint_sim.transport.security import check_profile

FLEET: KeyPath = ("csms",)

_ANY_HOST = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not listened on

_NONE = Credentials()
_UNKNOWN = Credentials(password=STAND_IN, certificate_file=STAND_IN, key_file=STAND_IN)
"""Of a charger whose row a mistake keeps from being known: whatever its profile demands."""


@dataclass(frozen=True, slots=True)
class Target:
    """One central system as the chargers of a group see it."""

    csms: CsmsTarget
    path: KeyPath
    """The section that names the URL."""
    username: str | None
    password: str | None
    certificate: str | None
    key: str | None
    table: Mapping[str, Credentials] | None
    """By identity; None where a mistake keeps it from being known."""

    def credentials(self, charger_id: str, identity: str, password: str | None) -> Credentials:
        """What that charger shows; `password` is the one of the group's own table."""

        def filled(pattern: str | None) -> str | None:
            return pattern and pattern.replace("{identity}", identity).replace("{id}", charger_id)

        row = _UNKNOWN if self.table is None else self.table.get(identity, _NONE)
        return Credentials(
            username=row.username or filled(self.username),
            password=row.password or password or filled(self.password),
            certificate_file=row.certificate_file or filled(self.certificate),
            key_file=row.key_file or filled(self.key),
        )


class Targets:
    """All central systems of a file; groups that say nothing of their own share one."""

    def __init__(self, file: FleetFile, findings: Findings) -> None:
        self._fleet = file.csms
        self._findings = findings
        self._shared: Target | None = None
        self._tables: dict[Path, Mapping[str, Credentials] | None] = {}
        self.builtin: Mapping[str, Any] | None = None
        """Settings of the built-in central system, once a target has asked for it."""
        self._builtin_settings = CsmsSettings()
        if file.csms is not None and file.csms.builtin is not None:
            self._validate_builtin(file.csms.builtin)

    def find(self, own: CsmsSection | None, path: KeyPath) -> Target | None:
        """The target of a group at `path`; None where that is a mistake, which is added."""
        if own is None:
            if self._fleet is None:
                where = (*path, "csms")
                if not (self._findings.spoiled(FLEET) or self._findings.spoiled(where)):
                    self._findings.add(where, "csms with a url is needed, in the file or in the group", "nothing")
                return None
            if self._shared is None:
                self._shared = self._target(self._fleet, FLEET, FLEET)
            return self._shared
        path = (*path, "csms")
        if own.builtin is not None:
            self._findings.add((*path, "builtin"), "the built-in central system is set up in the fleet's csms section")
        if own.url is not None:
            return self._target(own, path, path)
        return self._target(self._inherited(own), path, FLEET)

    def _inherited(self, own: CsmsSection) -> CsmsSection:
        """The fleet's section with the group's laid over it; a group with a URL of its own inherits nothing, so
        that no password travels to another central system."""
        if self._fleet is None:
            return own
        below = self._fleet.model_dump(exclude_unset=True)
        above = own.model_dump(exclude_unset=True)
        security = {**below.get("security", {}), **above.get("security", {})}
        return CsmsSection.model_validate({**below, **above, "security": security})

    def _target(self, section: CsmsSection, path: KeyPath, below: KeyPath) -> Target | None:
        def where(*key: str) -> KeyPath:
            return (*(path if self._findings.stands((*path, *key)) else below), *key)

        security = section.security
        if section.url is None and not any(self._findings.spoiled((*place, "url")) for place in (path, below)):
            self._findings.add((*path, "url"), "a URL is needed, or builtin", "nothing")
        builtin = section.url == BUILTIN
        csms = CsmsTarget(
            url=self._builtin_url() if builtin else section.url or "",
            security_profile=security.profile,
            secure_url=section.secure_url,
            ca_file=self._file(security.ca, where("security", "ca")),
            verify=security.verify,
            server_hostname=section.server_hostname,
            headers=dict(section.headers),
            compression=section.compression,
            source_addresses=tuple(section.source_addresses),
            subprotocols=tuple(section.subprotocols),
            call_timeout_s=section.call_timeout_s,
            open_timeout_s=section.open_timeout_s,
            builtin=builtin,
        )
        table: Mapping[str, Credentials] | None = {}
        if section.credentials is not None:
            place = where("credentials")
            table = self._table(self._findings.folder(place) / section.credentials, place)
        return Target(
            csms=csms,
            path=path,
            username=security.username,
            password=security.password,
            certificate=self._file(security.cert, where("security", "cert")),
            key=self._file(security.key, where("security", "key")),
            table=table,
        )

    def _file(self, name: str | None, path: KeyPath) -> str | None:
        """A file named relative to the YAML file; one with a pattern is looked for charger by charger."""
        if name is None:
            return None
        file = self._findings.folder(path) / name
        if "{" not in name and not file.is_file():
            self._findings.add(path, "the name of an existing PEM file is needed")
        return str(file)

    def _table(self, file: Path, path: KeyPath) -> Mapping[str, Credentials] | None:
        if file not in self._tables:
            rows = read_table(file, CREDENTIAL_COLUMNS, self._findings, path)
            self._tables[file] = None if rows is None else self._by_identity(rows, file, path)
        return self._tables[file]

    def _by_identity(self, rows: Iterable[Row], file: Path, path: KeyPath) -> Mapping[str, Credentials]:
        table: dict[str, Credentials] = {}
        for line, cells in rows:
            if cells["identity"] in table:
                self._findings.add(path, f"line {line} names an identity that an earlier line has")
            files = {column: str(file.parent / cells[column]) for column in ("certificate", "key") if column in cells}
            table[cells["identity"]] = Credentials(
                cells.get("username"), cells.get("password"), files.get("certificate"), files.get("key")
            )
        return table

    def _validate_builtin(self, written: Mapping[str, Any]) -> None:
        self._builtin_settings = self._findings.validate(CsmsSettings, (*FLEET, "builtin"))
        self.builtin = written

    def _builtin_url(self) -> str:
        """Where the built-in central system will listen; the daemon puts the real port in place of 0."""
        settings = self._builtin_settings
        if self.builtin is None:
            self.builtin = {}
        scheme = "wss" if settings.tls is not None else "ws"
        host = "127.0.0.1" if settings.host in _ANY_HOST else settings.host
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}/ocpp"


def check_credentials(
    target: Target, charger_ids: Iterable[str], shown: Iterable[Credentials], findings: Findings
) -> None:
    """One mistake for all chargers that cannot show what their target's security profile demands."""
    flawed: dict[str, list[str]] = {}
    csms = target.csms
    if not csms.url:
        # A URL that is no mistake in itself: the one that is missing or wrong has been told.
        csms = dataclasses.replace(csms, url="wss://h" if csms.security_profile > 1 else "ws://h")
    # Files without a pattern were looked for when the section was read.
    looked_for = {target.certificate, target.key, STAND_IN, None}
    for charger_id, credentials in zip(charger_ids, shown, strict=True):
        texts = check_profile(csms, credentials)
        for name in (credentials.certificate_file, credentials.key_file):
            if name not in looked_for and not Path(str(name)).is_file():
                texts.append("its certificate or key file does not exist")
                break
        for text in texts:
            flawed.setdefault(text, []).append(charger_id)
    for text, ids in flawed.items():
        others = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
        findings.add((*target.path, "security"), text, f"charger '{ids[0]}'{others}")
