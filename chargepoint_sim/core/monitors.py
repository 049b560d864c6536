"""Monitors of variables, as plain data: what is watched, for what, how bad it is (2.0.1 part 1 chapter 4.4).

Owns the kinds of monitors, which of them fits which variable, and the state of one station; core.monitoring watches.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chargepoint_sim.core.settings import Kind

LEAST_SEVERE = 9

SHORTEST_PERIOD_S = 1.0

EVENTS_KEPT = 1000
"""Events that wait for the central system; of more, the oldest go."""


class MonitorType(enum.StrEnum):
    """MonitorEnumType."""

    UPPER = "UpperThreshold"
    LOWER = "LowerThreshold"
    DELTA = "Delta"
    PERIODIC = "Periodic"
    CLOCK_ALIGNED = "PeriodicClockAligned"


class Origin(enum.StrEnum):
    """EventNotificationEnumType: who has set a monitor, or that an event needs none."""

    NOTIFICATION = "HardWiredNotification"
    HARD_WIRED = "HardWiredMonitor"
    PRECONFIGURED = "PreconfiguredMonitor"
    CUSTOM = "CustomMonitor"


THRESHOLDS = frozenset({MonitorType.UPPER, MonitorType.LOWER})
PERIODIC = frozenset({MonitorType.PERIODIC, MonitorType.CLOCK_ALIGNED})


@dataclass(frozen=True, slots=True)
class Monitor:
    """One monitor of one variable."""

    monitor_id: int
    variable: str
    """Key of the variable in the device model."""
    type: MonitorType
    value: float
    """The threshold or difference, in the variable's unit; the seconds of a periodic one."""
    severity: int
    """0 (danger) to 9 (debug)."""
    origin: Origin = Origin.CUSTOM
    transaction: bool = False
    """It watches only while a transaction runs where its component is."""
    factory_default: bool = True
    """A preconfigured one belongs to the base FactoryDefault, and not to All alone."""

    def to_data(self) -> list[Any]:
        """What a snapshot keeps of a monitor that the central system has set."""
        return [self.monitor_id, self.variable, self.type.value, self.value, self.severity, self.transaction]


def custom_monitor(data: list[Any]) -> Monitor:
    """A monitor out of a snapshot."""
    monitor_id, variable, kind, value, severity, transaction = data
    return Monitor(monitor_id, variable, MonitorType(kind), value, severity, transaction=transaction)


@dataclass(frozen=True, slots=True)
class MonitorEvent:
    """Something that the central system is to hear of (EventDataType)."""

    event_id: int
    at: float
    trigger: str
    actual: str
    variable: str
    """Key of the variable in the device model."""
    origin: Origin
    severity: int
    monitor_id: int | None = None
    cleared: bool = False
    cause: int | None = None
    transaction_id: str | None = None
    tech_code: str | None = None
    tech_info: str | None = None

    def to_data(self) -> list[Any]:
        """What a snapshot keeps."""
        return [getattr(self, name) for name in self.__slots__]

    @classmethod
    def from_data(cls, data: list[Any]) -> "MonitorEvent":
        """An event out of a snapshot, which has its words as text."""
        saved = dict(zip(cls.__slots__, data, strict=True))
        return cls(**{**saved, "origin": Origin(saved["origin"])})


@dataclass(slots=True)
class Watch:
    """What a monitor remembers of its variable."""

    exceeded: bool = False
    reference: str | None = None
    """The value that a Delta compares with."""
    next_at: float | None = None
    """When a period is over, simulated seconds."""


@dataclass(slots=True)
class Monitoring:
    """The monitors and events of one station; a station that has had none has no such state."""

    custom: dict[int, Monitor] = field(default_factory=dict)
    """What the central system has set; one with the id of a preconfigured monitor takes its place."""
    cleared: set[int] = field(default_factory=set)
    """Preconfigured monitors that the central system has cleared."""
    watches: dict[int, Watch] = field(default_factory=dict)
    events: dict[int, MonitorEvent] = field(default_factory=dict)
    """By event id: what the central system has not confirmed yet."""
    under_way: set[int] = field(default_factory=set)
    """Events that stand in messages of the present link."""
    next_monitor_id: int = 1
    next_event_id: int = 1
    was_online: bool = False
    problems: dict[int, tuple[float, int]] = field(default_factory=dict)
    """EVSE -> when its last problem began and the event that told it."""

    def to_data(self) -> dict[str, Any]:
        """What a restart of the program needs."""
        return {
            "custom": [monitor.to_data() for monitor in self.custom.values()],
            "cleared": sorted(self.cleared),
            "exceeded": [monitor_id for monitor_id, watch in self.watches.items() if watch.exceeded],
            "events": [event.to_data() for event in self.events.values()],
            "next": [self.next_monitor_id, self.next_event_id],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Monitoring":
        """The state that was saved."""
        custom = [custom_monitor(one) for one in data["custom"]]
        events = [MonitorEvent.from_data(one) for one in data["events"]]
        return cls(
            {monitor.monitor_id: monitor for monitor in custom},
            set(data["cleared"]),
            {monitor_id: Watch(exceeded=True) for monitor_id in data["exceeded"]},
            {event.event_id: event for event in events},
            next_monitor_id=data["next"][0],
            next_event_id=data["next"][1],
        )


def fits(kind: Kind, monitor: MonitorType) -> bool:
    """Whether a variable of that type can have such a monitor (part 1 chapter 4.4)."""
    if monitor in THRESHOLDS:
        return kind in (Kind.INTEGER, Kind.DECIMAL)
    return monitor is MonitorType.DELTA or kind is not Kind.DATE_TIME
