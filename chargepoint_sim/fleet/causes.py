"""Who is not charging and why, and what was lost, by cause with remedy: what a person wants to know after ramp-up.

Pure: reads views. A table from the first thing that stands in the way to what to do about it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from chargepoint_sim.fleet.views import Cause, ChargerView, FleetSummary, GroupCounts, counted

REFUSAL_REMEDIES: tuple[tuple[str, str], ...] = (
    ("refused 401", "check user name and password: `export` prints what this fleet sends"),
    ("refused 403", "the central system forbids this charger: check its registration there"),
    ("refused 404", "register the identity at the central system, or correct the path of csms.url"),
    ("refused 400", "the central system does not take this upgrade: check path and sub-protocol"),
    ("refused 3", "the address redirects; put the final address into csms.url"),
    ("refused 5", "the central system is in trouble: look at its log"),
    ("subprotocol", "the central system does not speak this OCPP version: change `ocpp:` of the template"),
    ("tls", "check csms.security: ca, cert, key, and the host name in the certificate"),
    ("unreachable", "start the central system, or correct host and port of csms.url"),
    ("closed 1008", "the central system refuses this charger by policy: register it, check its password"),
    ("closed 1000", "the central system hung up before answering the boot: register the charger there"),
    ("lost", "the connection broke; a refused TLS or upgrade may look like this: see the central system's log"),
)
"""Beginning of a refusal -> what to do."""

GIVEN_UP_REMEDY = (
    "the central system lacks them: see what and why with `ctl ID show --section queue`; more attempts take"
    " TransactionMessageAttempts (1.6) or MessageAttempts[TransactionEvent] (2.0.1)"
)


def summarise(views: Iterable[ChargerView], *, ramping: bool = False) -> FleetSummary:
    """Counts, and the causes for which chargers do not charge, the most common first.

    `ramping` says whether some are still to be powered up.
    """
    everyone = list(views)
    grouped: dict[tuple[str, str], list[str]] = {}
    for view in everyone:
        found = cause_of(view, ramping=ramping)
        if found is not None:
            grouped.setdefault(found, []).append(view.charger_id)
    return FleetSummary(
        total=len(everyone),
        connected=sum(view.connection == "connected" for view in everyone),
        booted=sum(view.registration == "Accepted" for view in everyone),
        charging=sum(_charges(view) for view in everyone),
        causes=_sorted(grouped),
        waiting=sum(_waits(view, ramping=ramping) for view in everyone),
        refused=_sorted(_refusals(everyone)),
        groups=_groups(everyone),
        given_up=sum(view.given_up for view in everyone),
        warnings=tuple(_given_up(everyone)),
    )


def _sorted(grouped: Mapping[tuple[str, str], Sequence[str]]) -> tuple[Cause, ...]:
    """The most common cause first."""
    causes = [Cause(cause, remedy, tuple(ids)) for (cause, remedy), ids in grouped.items()]
    return tuple(sorted(causes, key=lambda one: -len(one.charger_ids)))


def _refusals(views: Iterable[ChargerView]) -> dict[tuple[str, str], list[str]]:
    """Whom the central system does not serve, or not yet (boot: Pending), by cause."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for view in views:
        found = _refused(view) or (_unregistered(view) if view.registration in ("Pending", "Rejected") else None)
        if found is not None:
            grouped.setdefault(found, []).append(view.charger_id)
    return grouped


def _waits(view: ChargerView, *, ramping: bool) -> bool:
    """Nobody can say yet whether the central system will serve the charger."""
    if view.registration != "none" or view.refusal is not None:
        return False
    return ramping or view.connection != "off"


def _given_up(views: Iterable[ChargerView]) -> Iterator[Cause]:
    """The central system lacks what these chargers have told it in vain."""
    losers = [view for view in views if view.given_up]
    count = sum(view.given_up for view in losers)
    if count:
        yield Cause(
            f"{counted(count, 'transaction message')} given up",
            GIVEN_UP_REMEDY,
            tuple(view.charger_id for view in losers),
        )


def _groups(views: Iterable[ChargerView]) -> tuple[GroupCounts, ...]:
    members: dict[tuple[str, str], list[ChargerView]] = {}
    for view in views:
        members.setdefault((view.template, view.version), []).append(view)
    return tuple(
        GroupCounts(
            template,
            version,
            total=len(group),
            connected=sum(view.connection == "connected" for view in group),
            booted=sum(view.registration == "Accepted" for view in group),
            charging=sum(_charges(view) for view in group),
        )
        for (template, version), group in members.items()
    )


def cause_of(view: ChargerView, *, ramping: bool = False) -> tuple[str, str] | None:
    """Why a charger does not charge, and the remedy; None when it does."""
    if _charges(view):
        return None
    if view.connection == "off":
        return ("switched off", "it powers up during ramp-up" if ramping else "see the daemon's log for what ended it")
    for rule in _RULES:
        found = rule(view)
        if found is not None:
            return found
    return ("no vehicle wants energy", "let one ask for energy: `ctl ID ev-requests-energy`, or plug in another")


def _charges(view: ChargerView) -> bool:
    return any(evse.charging_state == "Charging" for evse in view.evses)


def _refused(view: ChargerView) -> tuple[str, str] | None:
    if view.connection == "connected" and view.registration == "Accepted":
        return None
    if view.refusal is None:
        return None
    # Without its identity, which some servers repeat: what is the same for many chargers is one cause.
    words = view.refusal.replace(view.identity, "IDENTITY")
    return (f"not served: {words}", remedy_of(view.refusal))


def remedy_of(refusal: str) -> str:
    """What to do about a recorded refusal."""
    found = (remedy for start, remedy in REFUSAL_REMEDIES if refusal.startswith(start))
    return next(found, "see the central system's log")


def _unregistered(view: ChargerView) -> tuple[str, str] | None:
    if view.connection != "connected":
        return ("not connected yet", "wait; it dials again by itself")
    remedies = {
        "Pending": "approve the charger at the central system",
        "Rejected": "register the charger at the central system",
        "none": "the central system has not answered BootNotification: see its log",
    }
    boots = [cause for cause in view.problems if cause.startswith("BootNotification: ")]
    if view.registration == "none" and boots:
        return (boots[-1], "see the central system's log")
    remedy = remedies.get(view.registration)
    return (f"boot: {view.registration}", remedy) if remedy is not None else None


def _faulted(view: ChargerView) -> tuple[str, str] | None:
    codes = [evse.error_code for evse in view.evses if evse.error_code]
    return (f"faulted: {codes[0]}", "clear the fault: `ctl ID clear-fault`") if codes else None


def _problem(view: ChargerView) -> tuple[str, str] | None:
    """The problem that stands in the way of somebody who has plugged in."""
    waiting = any(evse.plugged and evse.id_token is None and evse.transaction_id is None for evse in view.evses)
    tokens = [cause for cause in view.problems if cause.startswith(("token ", "StartTransaction with token"))]
    if tokens and (waiting or not any(evse.plugged for evse in view.evses)):
        return (f"refused {tokens[-1]}", "give the central system this token, or others to the fleet")
    answers = [cause for cause in view.problems if "CALLERROR" in cause or "no answer" in cause]
    return (answers[-1], "see the central system's log") if answers and waiting else None


def _quirk(view: ChargerView) -> tuple[str, str] | None:
    """A command that would have made it charge, answered as its template says and not carried out."""
    found = next((cause for cause in view.problems if cause.startswith(_QUIRKS)), None)
    return (found, "a quirk of its template (docs/quirks.md): use another template, or live with it") if found else None


_QUIRKS = (
    "quirk: ChangeAvailability ",
    "quirk: RemoteStartTransaction ",
    "quirk: RequestStartTransaction ",
)


def _suspended(view: ChargerView) -> tuple[str, str] | None:
    for evse in view.evses:
        if evse.charging_state == "SuspendedEVSE":
            return (
                f"suspended: the offer is below the minimum, bound by {evse.offered_by}",
                "raise or release the limit: `ctl ID power-update --clear`",
            )
        if evse.charging_state == "SuspendedEV":
            return (f"suspended by the vehicle ({evse.drawn_by})", "the vehicle is full or asks for nothing")
    return None


def _unavailable(view: ChargerView) -> tuple[str, str] | None:
    if all(evse.status == "Unavailable" for evse in view.evses):
        return ("out of service", "the central system sets it operative again, with ChangeAvailability")
    return None


def _nobody(view: ChargerView) -> tuple[str, str] | None:
    """What is still to come before a session begins."""
    if any(evse.plugged and evse.id_token is None and evse.transaction_id is None for evse in view.evses):
        return ("plugged in, no id token shown", "show one: `ctl ID present-token`, or start it remotely")
    if any(evse.plugged for evse in view.evses):
        return None
    if any(evse.id_token is not None for evse in view.evses):
        return ("authorised, no vehicle plugged in", "plug one in: `ctl ID plug-in`")
    return ("no vehicle plugged in", "plug one in: `ctl ID start-session`; a fleet with a behaviour does so by itself")


_RULES: tuple[Callable[[ChargerView], tuple[str, str] | None], ...] = (
    _refused,
    _unregistered,
    _faulted,
    _problem,
    _quirk,
    _suspended,
    _unavailable,
    _nobody,
)
