"""1.6 SecurityEventNotification: security events are logged, the critical ones are told (white paper A04, chapter 8).

An event that is owed to the central system is kept until it is confirmed or refused, also through an offline spell;
it never stands in the way of transaction messages. A central system is told only where the security extension is in
use: on a security profile from 1, or once it has sent one of the extension's messages itself.
"""

from chargepoint_sim.clock import Now
from chargepoint_sim.core.access import PROFILE
from chargepoint_sim.core.facts import ClockCorrected, LinkEnded, MessageInvalid, PoweredUp, SecurityEventRaised
from chargepoint_sim.core.security_log import PUSHED
from chargepoint_sim.protocol.frames import CallError, Payload
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, on_failure, on_result, sends, tells, wakes

TRY_AGAIN_S = 60.0
"""Wait before an event that was not answered is sent again, simulated seconds."""


def note(context: BlockContext, event_type: str, now: Now, tech: str) -> None:
    """Log an event, and tell it where its kind is told; `tech` is for people and holds no secret."""
    station = context.station
    in_use = station.access.speaks_extension or station.settings.integer(PROFILE) > 0
    station.access.log.note(now.sim, event_type, tech, owed=PUSHED[event_type] and in_use)
    context.event("security_event_noted", type=event_type, tech=tech)
    push(context)


@sends("SecurityEventNotification")
def push(context: BlockContext) -> None:
    """Send the oldest event that is owed, unless one is under way."""
    log = context.station.access.log
    if not log.owed or log.under_way is not None or not context.station.online:
        return
    event = log.owed[0]
    payload: Payload = {"type": event.type, "timestamp": context.stamp(event.at), "techInfo": event.tech}
    log.under_way = event.number
    context.call("SecurityEventNotification", payload, note=event.number)


@on_result("SecurityEventNotification")
def confirmed(context: BlockContext, entry: Entry, answer: Payload, now: Now) -> None:
    """The central system has it: on to the next."""
    context.station.access.log.settle(entry.note)
    push(context)


@on_failure("SecurityEventNotification")
def failed(context: BlockContext, entry: Entry, error: CallError | None, now: Now) -> None:
    """Refused: it stays in the log alone. Not answered: it is sent again."""
    log = context.station.access.log
    if error is not None:
        log.settle(entry.note)
        push(context)
    else:
        log.under_way = None
        context.wake("security_event", now.sim + TRY_AGAIN_S)


@wakes("security_event")
def try_again(context: BlockContext, place: int, now: Now) -> None:
    """An event was not answered."""
    push(context)


@tells(PoweredUp)
def started(context: BlockContext, fact: PoweredUp, now: Now) -> None:
    """The device has started, perhaps after a reset."""
    context.station.access.log.under_way = None
    reason = context.registration.reason
    if reason not in ("PowerUp", "Unknown"):
        note(context, "ResetOrReboot", now, reason)
    note(context, "StartupOfTheDevice", now, reason)


@tells(ClockCorrected)
def clock_set(context: BlockContext, fact: ClockCorrected, now: Now) -> None:
    """The system time was changed."""
    note(context, "SettingSystemTime", now, f"by {fact.by_s:+.1f} s")


@tells(MessageInvalid)
def message_invalid(context: BlockContext, fact: MessageInvalid, now: Now) -> None:
    """A frame or a request that is not valid was refused."""
    note(context, "InvalidMessages", now, fact.description)


@tells(SecurityEventRaised)
def raised(context: BlockContext, fact: SecurityEventRaised, now: Now) -> None:
    """A command has it happen: what causes it is not simulated."""
    note(context, fact.event, now, fact.details)


@tells(LinkEnded)
def link_ended(context: BlockContext, fact: LinkEnded, now: Now) -> None:
    """A link that could not be made for reasons of security is an event; a change that it follows is taken back."""
    access = context.station.access
    access.log.under_way = None
    if fact.was_up:
        return
    event_type = _event_of(fact)
    if event_type is not None and access.failed_dials == 0:  # once for a row of failures
        note(context, event_type, now, fact.reason)
    if event_type == "InvalidCentralSystemCertificate":
        if access.failed_dials == 0:
            note(context, "CentralSystemFailedToAuthentication", now, fact.reason)
        access.certificates.server_refused()
    back_to = access.fall_back(context.station.settings)
    if back_to is not None:
        context.problem(f"no connection with what is new: back to {back_to}")
        note(context, "ReconfigurationOfSecurityParameters", now, f"fell back to {back_to}")


def _event_of(fact: LinkEnded) -> str | None:
    """Which event a failed dial is. An alert is what the other side says of us."""
    if fact.kind == "refused":
        return "FailedToAuthenticationAtCentralSystem" if fact.code in (401, 403) else None
    if fact.kind != "tls":
        return None
    words = fact.reason.casefold()
    if "alert" in words and "certificate" in words:
        return "FailedToAuthenticationAtCentralSystem"
    if "certificate" in words:
        return "InvalidCentralSystemCertificate"
    if "version" in words or "protocol" in words:
        return "InvalidTLSVersion"
    return "InvalidTLSCipherSuite" if "cipher" in words else None
