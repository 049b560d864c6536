"""What a fleet will need, before it runs: the answer to `check FILE`.

Counts are exact. Memory and open files are estimates from measured costs per charger (docs of the benchmark
scripts); they say which limit of the host comes first, not to the megabyte where.
"""

import math
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from chargepoint_sim.config.host import HostLimits, read_limits
from chargepoint_sim.core.quirks import NO_QUIRKS
from chargepoint_sim.fleet.spec import ApiSpec, ChargerSpec, CsmsTarget, FleetSpec
from chargepoint_sim.fleet.views import counted
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.quirks import pointless
from chargepoint_sim.protocol.versions import adapter
from chargepoint_sim.transport.security import profile_remarks

KIB = 1024
FIXED_BYTES = 110 * KIB * KIB
CHARGER_BYTES = {"1.6": 12 * KIB, "2.0.1": 14 * KIB}
TLS_BYTES = 75 * KIB
"""A whole charger on wss, instead of CHARGER_BYTES where that is less."""
BUILTIN_BYTES = 64 * KIB
"""One charger inside the built-in central system, with the frames that it keeps."""

FIXED_FILES = 64
"""The process itself, its API and their clients."""


@dataclass(frozen=True, slots=True)
class TemplateCount:
    """Chargers of one template."""

    template: str
    version: str
    chargers: int
    evses: int
    quirks: tuple[str, ...] = ()
    """Where they depart from the standard, a line of text each."""


@dataclass(frozen=True, slots=True)
class TargetCount:
    """Connections to expect at one central system."""

    url: str
    """Without the query, which may hold a secret."""
    security_profile: int
    chargers: int
    builtin: bool


@dataclass(frozen=True, slots=True)
class Demand:
    """What the fleet needs of one limit of the host."""

    limit: str
    fixed: int
    """What a fleet of any size needs."""
    chargers: int
    """What the chargers need."""
    available: int | None
    unit: str
    remedy: str

    @property
    def needed(self) -> int:
        """All in all."""
        return self.fixed + self.chargers

    @property
    def room(self) -> float:
        """How many times the fleet would fit; infinite where no limit is known."""
        if self.available is None or self.chargers == 0:
            return math.inf
        return max(self.available - self.fixed, 0) / self.chargers


@dataclass(frozen=True, slots=True)
class Plan:
    """What a fleet will be and need."""

    name: str
    chargers: int
    templates: tuple[TemplateCount, ...]
    targets: tuple[TargetCount, ...]
    locations: tuple[tuple[str, int], ...]
    """Location id, chargers."""
    ramp_s: float
    """Least time until all chargers have powered up."""
    demands: tuple[Demand, ...]
    """Tightest first."""
    warnings: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether no limit of the host is exceeded."""
        return all(demand.room >= 1 for demand in self.demands)

    def lines(self) -> Iterator[str]:
        """The plan as text for people."""
        yield f"Fleet {self.name}: {counted(self.chargers, 'charger')}, all powered up after {self.ramp_s:,.0f} s"
        yield "Chargers by template"
        for one in self.templates:
            yield f"  {one.chargers:>7,}  {one.template:<20} OCPP {one.version:<6} {counted(one.evses, 'EVSE')}"
            yield from (f"           quirk {quirk}" for quirk in one.quirks)
        if self.locations:
            yield "Chargers by location"
            yield from (f"  {count:>7,}  {location_id}" for location_id, count in self.locations)
        yield "Connections to expect"
        for target in self.targets:
            where = "the built-in central system" if target.builtin else target.url
            yield f"  {target.chargers:>7,}  {where}, security profile {target.security_profile}"
        yield "Limits of this host, tightest first (needs are estimates)"
        for demand in self.demands:
            available = "no limit known" if demand.available is None else f"{demand.available:,}"
            yield f"  {demand.limit}: {demand.needed:,} of {available} {demand.unit}"
        yield from self._verdict()
        yield from (f"Warning: {warning}" for warning in self.warnings)

    def _verdict(self) -> Iterator[str]:
        first = self.demands[0]
        if not self.fits:
            yield f"This fleet does not fit: {first.limit} would run out first. {first.remedy}"
        elif first.room < math.inf:
            reach = int(self.chargers * first.room)
            yield f"This fleet fits. A bigger one runs out of {first.limit} at about {reach:,} chargers. {first.remedy}"


def plan(fleet: FleetSpec, host: HostLimits | None = None) -> Plan:
    """The plan of a fleet on `host`; None reads the limits of this one."""
    limits = host or read_limits()
    demands = (_files(fleet, limits), _memory(fleet, limits), *_ports(fleet, limits))
    return Plan(
        name=fleet.name,
        chargers=len(fleet.chargers),
        templates=tuple(_templates(fleet.chargers)),
        targets=tuple(_targets(fleet.chargers)),
        locations=tuple(_locations(fleet)),
        ramp_s=len(fleet.chargers) / fleet.ramp.rate_per_s,
        demands=tuple(sorted(demands, key=lambda demand: demand.room)),
        warnings=tuple(_warnings(fleet)),
    )


def _templates(chargers: Iterable[ChargerSpec]) -> Iterator[TemplateCount]:
    counts = Counter(
        (one.station.template, one.version, len(one.station.evses), one.station.quirks) for one in chargers
    )
    for (template, version, evses, quirks), count in counts.items():
        yield TemplateCount(template, version, count, count * evses, tuple(quirks.told()))


def _targets(chargers: Iterable[ChargerSpec]) -> Iterator[TargetCount]:
    counts = Counter((_shown(one.csms), one.csms.security_profile, one.csms.builtin) for one in chargers)
    for (url, profile, builtin), count in counts.items():
        yield TargetCount(url, profile, count, builtin)


def _shown(target: CsmsTarget) -> str:
    return target.url.partition("?")[0]


def _locations(fleet: FleetSpec) -> Iterator[tuple[str, int]]:
    counts = Counter(one.location_id for one in fleet.chargers)
    for location in fleet.locations:
        yield location.location_id, counts[location.location_id]


def _files(fleet: FleetSpec, limits: HostLimits) -> Demand:
    builtin = sum(one.csms.builtin for one in fleet.chargers)
    chargers = len(fleet.chargers) + builtin
    remedy = (
        "Raise the hard limit: nofile in /etc/security/limits.conf, LimitNOFILE of a unit, --ulimit of a container."
    )
    return Demand("open files", FIXED_FILES, chargers, limits.open_files, "files", remedy)


def _memory(fleet: FleetSpec, limits: HostLimits) -> Demand:
    needed = 0
    for one in fleet.chargers:
        own = CHARGER_BYTES[one.version]
        secure = one.csms.url.startswith("wss:")
        needed += (max(own, TLS_BYTES) if secure else own) + (BUILTIN_BYTES if one.csms.builtin else 0)
    available = None if limits.memory_bytes is None else limits.memory_bytes // KIB**2
    remedy = "Spread the fleet over several hosts, or give this one more memory."
    return Demand("memory", FIXED_BYTES // KIB**2, -(-needed // KIB**2), available, "MiB", remedy)


def _ports(fleet: FleetSpec, limits: HostLimits) -> Iterator[Demand]:
    """One demand per destination; each source address has its own ports towards each."""
    counts = Counter((_destination(one.csms), one.csms.source_addresses) for one in fleet.chargers)
    for (destination, sources), count in counts.items():
        remedy = "Give this host more addresses and list them as csms.source_addresses."
        available = limits.local_ports * max(len(sources), 1)
        yield Demand(f"local ports towards {destination}", 0, count, available, "ports", remedy)


def _destination(target: CsmsTarget) -> str:
    if target.builtin:
        return "the built-in central system"
    parts = urlsplit(target.url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'wss' else 80)}"


def _warnings(fleet: FleetSpec) -> Iterator[str]:
    foreign = [one for one in fleet.chargers if not one.csms.builtin]
    if fleet.clock.mode == "scaled" and foreign:
        yield (
            f"time runs {fleet.clock.scale:g} times as fast as the clock of {_shown(foreign[0].csms)}, which will see"
            " timestamps from the future"
        )
    kinds = dict.fromkeys((one.station.template, one.version, one.station.quirks) for one in fleet.chargers)
    for template, version, quirks in kinds:
        # Without quirks there is no need to have the tables of the version at all.
        for quirk in pointless(adapter(Version(version)), quirks) if quirks != NO_QUIRKS else ():
            yield f"the quirk {quirk} of {template} changes nothing in OCPP {version}"
    remarks: dict[str, list[str]] = {}
    for one in fleet.chargers:
        for remark in profile_remarks(one.csms, one.credentials):
            remarks.setdefault(remark, []).append(one.charger_id)
    for remark, ids in remarks.items():
        yield f"{remark} ({ids[0]}" + (f" and {len(ids) - 1:,} more)" if len(ids) > 1 else ")")
    if fleet.api is not None and not fleet.api.tokens and not _is_loopback(fleet.api):
        yield (
            f"the control API on {fleet.api.host}:{fleet.api.port} would obey everybody who reaches it, so the daemon"
            " refuses to start; set api.tokens or listen on 127.0.0.1"
        )
    if fleet.api is not None and fleet.api.tokens_file is not None and _others_read(Path(fleet.api.tokens_file)):
        yield f"every user of this machine can read {fleet.api.tokens_file}: chmod 600 keeps its tokens"


def _others_read(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def _is_loopback(api: ApiSpec) -> bool:
    try:
        return ip_address(api.host).is_loopback
    except ValueError:
        return api.host == "localhost"
