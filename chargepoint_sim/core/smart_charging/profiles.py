"""Charging profiles: what they are, what makes one acceptable, and where a station keeps them.

Words are those of 2.0.1; the 1.6 adapter translates (1.6 section 3.13, 2.0.1 part 2 block K). Rules that the
versions share are here; who may send which purpose, and how a refusal is answered, is for the adapters.
Limits may be negative (2.1, discharging); the offer is clamped in `limits`, nowhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from math import inf, isfinite
from typing import Any, NamedTuple


class Purpose(StrEnum):
    """ChargingProfilePurposeEnumType."""

    EXTERNAL = "ChargingStationExternalConstraints"
    STATION_MAX = "ChargingStationMaxProfile"
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"


class Kind(StrEnum):
    """ChargingProfileKindEnumType."""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


class Recurrency(StrEnum):
    """RecurrencyKindEnumType."""

    DAILY = "Daily"
    WEEKLY = "Weekly"


class Unit(StrEnum):
    """ChargingRateUnitEnumType: A per phase, or W in total."""

    A = "A"
    W = "W"


class LimitSource(StrEnum):
    """ChargingLimitSourceEnumType: who sets limits."""

    CSO = "CSO"
    """The operator, by the central system."""
    EMS = "EMS"
    """An energy management system on the spot."""
    SO = "SO"
    """The operator of the grid."""
    OTHER = "Other"


STATION = 0
"""The EVSE id that stands for the whole station."""

RECURRENCE_S: Mapping[Recurrency, float] = {Recurrency.DAILY: 86_400.0, Recurrency.WEEKLY: 604_800.0}
"""Seconds of UTC; a local clock change does not move a recurring schedule."""


@dataclass(frozen=True, slots=True)
class ChargingPeriod:
    """A limit from `start_s` seconds of the schedule until the next period starts."""

    start_s: float
    limit: float
    phases: int | None = None
    """numberPhases; None means 3, or the supply phases of the EVSE if they are fewer."""
    phase_to_use: int | None = None
    """phaseToUse of 2.0.1: the one phase of a period on one phase."""


@dataclass(frozen=True, slots=True)
class ChargingSchedule:
    """Periods in one unit."""

    unit: Unit
    periods: tuple[ChargingPeriod, ...]
    start_at: float | None = None
    """UTC seconds; None counts from the start of the transaction."""
    duration_s: float | None = None
    """None: the last period lasts for ever, or until the schedule recurs."""
    min_charging_rate: float | None = None
    """In `unit`; below it charging is inefficient and may be paused."""
    schedule_id: int | None = None
    """The id of 2.0.1, as it was given."""
    sales_tariff: str = ""
    """What the energy costs, as JSON: kept and reported as it was given, for vehicles of ISO 15118."""


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """A schedule with its purpose, precedence and validity. `evse_id` 0 is the whole station."""

    profile_id: int
    stack_level: int
    purpose: Purpose
    kind: Kind
    schedule: ChargingSchedule
    evse_id: int
    recurrency: Recurrency | None = None
    valid_from: float | None = None
    valid_to: float | None = None
    """Exclusive."""
    transaction_id: str | None = None
    source: LimitSource = LimitSource.CSO
    alternatives: tuple[ChargingSchedule, ...] = ()
    """All schedules that the vehicle was offered, where it has taken `schedule` out of several (K15.FR.07)."""


class Flaw(NamedTuple):
    """Why a profile is refused."""

    code: str
    """A reasonCode of 2.0.1 (appendix 5)."""
    text: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a station's smart charging can hold (ChargeProfileMaxStackLevel and its kin)."""

    max_stack_level: int = 10
    max_periods: int = 24
    max_profiles: int = 20
    units: frozenset[Unit] = frozenset(Unit)


def external_limit(evse_id: int, power_w: float, at: float, source: LimitSource = LimitSource.EMS) -> ChargingProfile:
    """The profile that holds a limit from outside the central system (power-update); W in total, from `at` on.

    Its id is negative, so that there is one per place and none meets a profile of a central system
    (K11.FR.06); ids of the two are not looked at together.
    """
    schedule = ChargingSchedule(Unit.W, (ChargingPeriod(0.0, float(power_w)),), start_at=at)
    return ChargingProfile(-1 - evse_id, 0, Purpose.EXTERNAL, Kind.ABSOLUTE, schedule, evse_id, source=source)


def is_external(profile: ChargingProfile) -> bool:
    """Whether the profile is a limit from outside the central system."""
    return profile.purpose is Purpose.EXTERNAL


def validate(profile: ChargingProfile, capabilities: Capabilities) -> Flaw | None:
    """The first rule of both versions that `profile` breaks by itself, or None (1.6 section 5.16, 2.0.1 K01)."""
    schedule, periods = profile.schedule, profile.schedule.periods
    recurring = profile.kind is Kind.RECURRING
    rules = (
        (0 <= profile.stack_level <= capabilities.max_stack_level, "InvalidStackLevel",
         f"stackLevel {profile.stack_level} is outside 0 to {capabilities.max_stack_level}"),
        (schedule.unit in capabilities.units, "UnsupportedRateUnit", f"the unit {schedule.unit} is not in use here"),
        (bool(periods), "InvalidSchedule", "a schedule needs at least one period"),
        (len(periods) <= capabilities.max_periods, "InvalidSchedule",
         f"{len(periods)} periods are more than the {capabilities.max_periods} that fit"),
        (not periods or periods[0].start_s == 0, "InvalidSchedule", "the first startPeriod is 0"),
        (all(left.start_s < right.start_s for left, right in pairwise(periods)), "InvalidSchedule",
         "startPeriods ascend"),
        (all(isfinite(period.limit) for period in periods), "InvalidSchedule", "limits are finite numbers"),
        (all(period.phases in (None, 1, 2, 3) for period in periods), "InvalidSchedule",
         "numberPhases is 1, 2 or 3"),
        (schedule.duration_s is None or schedule.duration_s > 0, "InvalidSchedule", "duration is positive"),
        (recurring == (profile.recurrency is not None), "InvalidProfile",
         "recurrencyKind belongs to Recurring profiles, and to no other"),
        (not recurring or schedule.start_at is not None, "InvalidSchedule",
         "a Recurring profile needs a startSchedule"),
        (profile.valid_from is None or profile.valid_to is None or profile.valid_from < profile.valid_to,
         "InvalidProfile", "validFrom lies before validTo"),
        (profile.evse_id > 0 or profile.purpose is not Purpose.TX, "InvalidProfile",
         "a TxProfile belongs to an EVSE, not to the station"),
        (profile.evse_id == 0 or profile.purpose is not Purpose.STATION_MAX, "InvalidProfile",
         "a ChargingStationMaxProfile belongs to the station, not to an EVSE"),
        (profile.kind is not Kind.RELATIVE or profile.purpose is not Purpose.STATION_MAX, "InvalidProfile",
         "a ChargingStationMaxProfile cannot be relative to a transaction"),
        (profile.transaction_id is None or profile.purpose is Purpose.TX, "InvalidProfile",
         "transactionId belongs to TxProfiles only"),
    )  # fmt: skip
    return next((Flaw(code, text) for kept, code, text in rules if not kept), None)


class ProfileStore:
    """The profiles of one station, in the order of their installation. Made only when the first one comes."""

    __slots__ = ("_profiles",)

    def __init__(self, profiles: Iterable[ChargingProfile] = ()) -> None:
        self._profiles = tuple(profiles)

    def __len__(self) -> int:
        return len(self._profiles)

    def __iter__(self) -> Iterator[ChargingProfile]:
        return iter(self._profiles)

    def install(self, profile: ChargingProfile) -> tuple[ChargingProfile, ...]:
        """Keep `profile` in place of the one with its id; returns what it replaced."""
        replaced = self.remove(lambda other: _identity(other) == _identity(profile))
        self._profiles = (*self._profiles, profile)
        return replaced

    def remove(self, predicate: Callable[[ChargingProfile], bool]) -> tuple[ChargingProfile, ...]:
        """Forget the profiles for which `predicate` holds; returns them."""
        removed = tuple(filter(predicate, self._profiles))
        if removed:
            self._profiles = tuple(profile for profile in self._profiles if profile not in removed)
        return removed

    def rivals(self, profile: ChargingProfile) -> tuple[ChargingProfile, ...]:
        """Others with the same purpose, stack level and EVSE: in 1.6 `profile` takes their place."""
        return tuple(
            other
            for other in self._profiles
            if _slot(other) == _slot(profile) and _identity(other) != _identity(profile)
        )

    def duplicates(self, profile: ChargingProfile) -> tuple[ChargingProfile, ...]:
        """Others of its stack level beside which `profile` cannot stand in 2.0.1 (K01.FR.06, .39, .52, .53)."""
        return tuple(
            other
            for other in self._profiles
            if (other.purpose, other.stack_level) == (profile.purpose, profile.stack_level)
            and _identity(other) != _identity(profile)
            and _clash(other, profile)
        )

    def for_evse(self, evse_id: int) -> tuple[ChargingProfile, ...]:
        """What bears on one EVSE: its own profiles and those of the station."""
        return tuple(profile for profile in self._profiles if profile.evse_id in (0, evse_id))

    def to_data(self) -> list[dict[str, Any]]:
        """Plain data for a snapshot."""
        return [asdict(profile) for profile in self._profiles]

    @classmethod
    def from_data(cls, data: Iterable[Mapping[str, Any]]) -> "ProfileStore":
        """The store that `to_data` described."""
        return cls(_profile_from(entry) for entry in data)


def _identity(profile: ChargingProfile) -> tuple[bool, int]:
    """Ids of external limits and of the central system's profiles do not meet."""
    return is_external(profile), profile.profile_id


def _slot(profile: ChargingProfile) -> tuple[Purpose, int, int]:
    return profile.purpose, profile.stack_level, profile.evse_id


def _clash(one: ChargingProfile, other: ChargingProfile) -> bool:
    """Whether two profiles of one purpose and stack level could both lead at one EVSE."""
    if one.purpose is Purpose.TX:
        return one.transaction_id == other.transaction_id
    if one.evse_id != other.evse_id:
        return one.purpose is Purpose.TX_DEFAULT and STATION in (one.evse_id, other.evse_id)
    first_end, second_end = (inf if each.valid_to is None else each.valid_to for each in (one, other))
    return max(one.valid_from or -inf, other.valid_from or -inf) < min(first_end, second_end)


def _profile_from(entry: Mapping[str, Any]) -> ChargingProfile:
    recurrency, purpose = entry["recurrency"], Purpose(entry["purpose"])
    usual = LimitSource.EMS if purpose is Purpose.EXTERNAL else LimitSource.CSO
    return ChargingProfile(
        **{
            **entry,
            "purpose": purpose,
            # Earlier programs have saved neither the source nor alternatives.
            "source": LimitSource(entry.get("source", usual)),
            "kind": Kind(entry["kind"]),
            "recurrency": None if recurrency is None else Recurrency(recurrency),
            "schedule": _schedule_from(entry["schedule"]),
            "alternatives": tuple(map(_schedule_from, entry.get("alternatives", ()))),
        }
    )


def _schedule_from(entry: Mapping[str, Any]) -> ChargingSchedule:
    periods = tuple(ChargingPeriod(**period) for period in entry["periods"])
    return ChargingSchedule(**{**entry, "unit": Unit(entry["unit"]), "periods": periods})
