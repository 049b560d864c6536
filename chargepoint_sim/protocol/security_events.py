"""SecurityEventNotification in both versions: events are logged, the critical ones are told (A04).

An event that is owed to the central system is kept until it is confirmed or refused, also through an offline spell;
it never stands in the way of transaction messages. A 1.6 central system is told only where the security extension is
in use: on a security profile from 1, or once it has sent one of the extension's messages itself. Events have their
2.0.1 names here; what 1.6 calls otherwise stands in a table (white paper chapter 8).
"""

from collections.abc import Mapping

from chargepoint_sim.clock import Now
from chargepoint_sim.core.access import PROFILE
from chargepoint_sim.core.facts import ClockCorrected, LinkEnded, MessageInvalid, PoweredUp, SecurityEventRaised
from chargepoint_sim.core.security_log import CRITICAL
from chargepoint_sim.protocol.frames import CallError, Payload, Version
from chargepoint_sim.protocol.outbox import Entry
from chargepoint_sim.protocol.registry import BlockContext, on_failure, on_result, sends, tells, wakes

TRY_AGAIN_S = 60.0
"""Wait before an event that was not answered is sent again, simulated seconds."""

WORDS_16: Mapping[str, str] = {
    "FailedToAuthenticateAtCsms": "FailedToAuthenticationAtCentralSystem",
    "CsmsFailedToAuthenticate": "CentralSystemFailedToAuthentication",
    "InvalidCsmsCertificate": "InvalidCentralSystemCertificate",
    "InvalidChargingStationCertificate": "InvalidChargePointCertificate",
}
"""2.0.1 name of an event -> that of the white paper, where it is another one."""

NOT_TOLD_16 = frozenset(
    {"InvalidTLSVersion", "InvalidTLSCipherSuite", "MaintenanceLoginAccepted", "MaintenanceLoginFailed"}
)
"""Critical in 2.0.1 alone."""

THRESHOLD = "ClockCtrlr.TimeAdjustmentReportingThreshold"


def note(context: BlockContext, event_type: str, now: Now, tech: str) -> None:
    """Log an event, and tell it where its kind is told; `tech` is for people and holds no secret."""
    access, owed = context.station.access, CRITICAL[event_type]
    if context.version is Version.V16:
        in_use = access.speaks_extension or context.station.settings.integer(PROFILE) > 0
        owed = owed and in_use and event_type not in NOT_TOLD_16
        event_type = WORDS_16.get(event_type, event_type)
    access.log.note(now.sim, event_type, tech, owed=owed)
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
    """The system time was changed, by more than is passed over."""
    if abs(fact.by_s) > context.station.settings.integer(THRESHOLD):
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
    access, settings = context.station.access, context.station.settings
    access.log.under_way = None
    if fact.was_up:
        access.link_lost(settings)
        return
    event_type = _event_of(fact)
    if event_type is not None and access.failed_dials == 0:  # once for a row of failures
        note(context, event_type, now, fact.reason)
    if event_type == "InvalidCsmsCertificate":
        if access.failed_dials == 0:
            note(context, "CsmsFailedToAuthenticate", now, fact.reason)
        access.server_refused()
    back_to = access.fall_back(settings, refused=event_type == "FailedToAuthenticateAtCsms")
    if back_to is not None:
        context.problem(f"no connection with what is new: back to {back_to}")
        note(context, "ReconfigurationOfSecurityParameters", now, f"fell back to {back_to}")
    other = access.next_network(settings)
    if other is not None:
        context.problem(f"no connection: trying {other}")
        context.registration.powered_up("Unknown")  # another central system has not registered it yet


def _event_of(fact: LinkEnded) -> str | None:
    """Which event a failed dial is. An alert is what the other side says of us."""
    if fact.kind == "refused":
        return "FailedToAuthenticateAtCsms" if fact.code in (401, 403) else None
    if fact.kind != "tls":
        return None
    words = fact.reason.casefold()
    if "alert" in words and "certificate" in words:
        return "FailedToAuthenticateAtCsms"
    if "certificate" in words:
        return "InvalidCsmsCertificate"
    if "version" in words or "protocol" in words:
        return "InvalidTLSVersion"
    return "InvalidTLSCipherSuite" if "cipher" in words else None
