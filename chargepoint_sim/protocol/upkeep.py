"""What keeps a link in use and watched: heartbeats after silence, pings, and the pong that must follow.

Heartbeat: 1.6 section 4.6, 2.0.1 G02. Pings: OCPP-J 1.6 chapter 3.1 (WebSocketPingInterval), 2.0.1 part 4 chapter 5.
All of it is I/O time; the deadlines are the charger's own.
"""

from math import inf
from typing import Protocol

from chargepoint_sim.clock import Now
from chargepoint_sim.core.deadlines import Deadlines
from chargepoint_sim.core.station import Station
from chargepoint_sim.protocol.effects import CloseLink, Effect, Ping

DAY_S = 86400.0
"""A Heartbeat asks for the time at least so often, however much else is said (1.6 section 4.6, 2.0.1 G02)."""


class Linked(Protocol):
    """What upkeep needs of a charger."""

    station: Station
    deadlines: Deadlines
    link_is_up: bool

    def heartbeat(self, now: Now) -> None:
        """Send a Heartbeat."""
        ...

    def emit(self, effect: Effect) -> None:
        """Have something done."""
        ...

    def problem(self, cause: str) -> None:
        """Note something that a user should know."""
        ...


def set_heartbeat(charger: Linked, now: Now) -> None:
    """Count the interval from now, when a CALL goes out; none while the central system does not know the charger."""
    interval_s = charger.station.settings.integer("OCPPCommCtrlr.HeartbeatInterval")
    charger.deadlines.set("heartbeat", now.io + interval_s if interval_s > 0 and charger.station.online else inf)


def start_heartbeats(charger: Linked, now: Now) -> None:
    """Count interval and day from now; an interval of 0 switches heartbeats off altogether."""
    set_heartbeat(charger, now)
    counts = charger.deadlines.get("heartbeat") is not None
    charger.deadlines.set("clock", now.io + DAY_S if counts else inf)


def heartbeat_due(charger: Linked, now: Now) -> None:
    """Send a Heartbeat after so much silence, or after a day without one."""
    charger.heartbeat(now)
    start_heartbeats(charger, now)


def set_ping(charger: Linked, now: Now) -> None:
    """Count the interval from now; none without a link."""
    interval_s = charger.station.settings.integer("OCPPCommCtrlr.WebSocketPingInterval")
    charger.deadlines.set("ping", now.io + interval_s if interval_s > 0 and charger.link_is_up else inf)


def ping_due(charger: Linked, now: Now) -> None:
    """Ping, and expect the pong within the call time-out of the first ping that is not answered."""
    charger.emit(Ping())
    if charger.deadlines.get("pong") is None:
        timeout_s = charger.station.settings.integer("OCPPCommCtrlr.MessageTimeout[Default]")
        charger.deadlines.set("pong", now.io + timeout_s)
    set_ping(charger, now)


def pong_missing(charger: Linked, now: Now) -> None:
    """Drop a link on which nobody answers."""
    charger.problem("no pong: the link is dead")
    charger.emit(CloseLink(None))


INTERVALS = {
    "OCPPCommCtrlr.HeartbeatInterval": start_heartbeats,
    "OCPPCommCtrlr.WebSocketPingInterval": set_ping,
}
"""Setting -> what a new value of it does at once."""
