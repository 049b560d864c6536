"""Imperative inputs of a charger: what people, vehicles, the environment and the control API do to it.

Plain, frozen, picklable. Where a command names a place, `evse_id` and `connector_id` are as the caller gave
them; the version's adapter resolves them (`docs/compatibility.md` has the table).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chargepoint_sim.core.smart_charging.profiles import LimitSource

NO_AUTHORIZATION = "NoAuthorization"
"""Type of a start button, and of who charges where nobody is asked who he is (2.0.1 C02)."""

KEY_CODE = "KeyCode"
"""Type of a secret that is typed in (2.0.1 C04)."""

TOKEN_TYPES = frozenset({"Central", "eMAID", "ISO14443", "ISO15693", KEY_CODE, "Local", "MacAddress", NO_AUTHORIZATION})
"""IdTokenEnumType of 2.0.1."""


@dataclass(frozen=True, slots=True)
class IdToken:
    """An identifier with its 2.x type (IdTokenEnumType); 1.6 uses the text alone."""

    id_token: str
    type: str = "ISO14443"
    additional_info: tuple[tuple[str, str], ...] = ()
    """Further identifiers, each with its custom type (AdditionalInfoType); they are passed on and never compared."""

    @property
    def key(self) -> str:
        """What identifies the token in lists and caches: tags are not case-sensitive (1.6 section 7.28)."""
        return self.id_token.casefold()

    @property
    def shown(self) -> str:
        """The token for people; a key code is a secret (C04.FR.04), a start button has none."""
        if self.type == KEY_CODE:
            return "(key code)"
        return self.id_token or "(start button)"

    def flaw(self, longest: int) -> str:
        """Why nobody can present this token, in words; empty when it is sound."""
        if self.type not in TOKEN_TYPES:
            return f"there is no token type {self.type!r}; known are {', '.join(sorted(TOKEN_TYPES))}"
        if self.type == NO_AUTHORIZATION:
            return f"a token of type {NO_AUTHORIZATION} has no text" if self.id_token else ""
        return "" if 0 < len(self.id_token) <= longest else f"an id token has 1 to {longest} characters"


def tokens(command: "Command") -> tuple[IdToken, ...]:
    """The tokens that a command has somebody present."""
    token: IdToken | None = getattr(command, "id_token", None)
    return (*(() if token is None else (token,)), *map(IdToken, getattr(command, "id_tokens", ())))


START_BUTTON = IdToken("", NO_AUTHORIZATION)
"""What starts without anybody's identity (C02.FR.01)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command. `reason` is a sentence for people when it was not accepted."""

    accepted: bool
    reason: str = ""
    info: Mapping[str, Any] = field(default_factory=dict)


ACCEPTED = Outcome(True)


def refused(reason: str) -> Outcome:
    """A command that changed nothing, and why."""
    return Outcome(False, reason)


def no_power() -> Outcome:
    """A command for a station that nobody supplies."""
    return Outcome(False, "the charger has no power", {"no_power": True})


def no_such_place(reason: str) -> Outcome:
    """A command that names an EVSE or connector which the station does not have."""
    return Outcome(False, reason, {"unknown_place": True})


@dataclass(frozen=True, slots=True)
class Command:
    """Root of all commands."""


def command_name(command: type[Command]) -> str:
    """The command in paths and views: `SetPowerLimit` is `set-power-limit`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", command.__name__).lower()


@dataclass(frozen=True, slots=True)
class Placed(Command):
    """A command for one connector. None means: the only one, or the first."""

    evse_id: int | None = None
    connector_id: int | None = None


@dataclass(frozen=True, slots=True)
class PlugIn(Placed):
    """Plug a vehicle in. `vehicle` names a preset; None takes the charger's usual one."""

    vehicle: str | None = None
    soc: float | None = None
    """State of charge on arrival, 0 to 1."""
    target_soc: float | None = None
    energy_wh: float | None = None
    """What a vehicle that speaks ISO 15118 asks for, at the outlet; None: what its battery wants."""
    departs_in_s: float | None = None
    """When such a vehicle says that it will leave; None: it does not say."""


@dataclass(frozen=True, slots=True)
class Unplug(Placed):
    """Take the cable out; `at_vehicle` pulls it on the vehicle's side only."""

    at_vehicle: bool = False


@dataclass(frozen=True, slots=True)
class ArriveAtBay(Placed):
    """A vehicle drives into the parking bay of an EVSE that has a sensor for it."""


@dataclass(frozen=True, slots=True)
class LeaveBay(Placed):
    """The vehicle drives out of the parking bay; its cable must be out."""


@dataclass(frozen=True, slots=True)
class PresentToken(Placed):
    """Hold a card to the reader: starts, or stops, charging at that connector."""

    id_token: IdToken = IdToken("")


@dataclass(frozen=True, slots=True)
class AuthorizeToken(Command):
    """Ask the central system about a token, and do nothing else."""

    id_token: IdToken = IdToken("")


@dataclass(frozen=True, slots=True)
class BeginTransaction(Placed):
    """Authorise at the connector and begin a transaction; the caller plugs in by itself."""

    id_token: IdToken = IdToken("")


@dataclass(frozen=True, slots=True)
class EndTransaction(Command):
    """End a transaction locally; None ends the only running one. `transaction_id` matches as text."""

    transaction_id: str | None = None
    reason: str = "Local"
    """Local (its driver), LocalOutOfCredit (the credit paid on the spot is used up) or EmergencyStop (the button)."""


@dataclass(frozen=True, slots=True)
class StartSession(Placed):
    """Plug in, authorise and charge, with optional limits after which the session stops by itself."""

    id_token: IdToken = IdToken("")
    duration_s: float | None = None
    target_energy_wh: float | None = None
    vehicle: str | None = None
    soc: float | None = None


@dataclass(frozen=True, slots=True)
class StopSession(Placed):
    """End the transaction, then take the cable out."""


@dataclass(frozen=True, slots=True)
class RequestEnergy(Placed):
    """The vehicle asks for energy; one that speaks ISO 15118 may tell new needs with it (2.0.1 K17)."""

    energy_wh: float | None = None
    """At the outlet; None: what its battery wants."""
    departs_in_s: float | None = None
    """None: it does not say."""


@dataclass(frozen=True, slots=True)
class StopEnergy(Placed):
    """The vehicle has enough; with `terminate` it ends the session for good (E15, ISO 15118 SessionStop)."""

    terminate: bool = False


@dataclass(frozen=True, slots=True)
class SetPowerLimit(Placed):
    """Hold an external limit on the EVSE's offer, W in total; None releases it (power-update)."""

    power_w: float | None = None
    whole_station: bool = False
    """On what all EVSEs draw together; where the EVSE is then does not count."""
    source: LimitSource = LimitSource.EMS
    """Who sets it, anybody but the central system (2.0.1 K11-K13)."""


@dataclass(frozen=True, slots=True)
class SetDeviceLimit(Command):
    """Set the station's own ceiling on what all EVSEs draw together, W; it stays until another is set.

    No session, OCPP reset or power cut takes it away; None, or a factory reset, does.
    """

    power_w: float | None = None


@dataclass(frozen=True, slots=True)
class PauseCharging(Command):
    """Let no energy flow at the whole station; sessions stay open (SuspendedEVSE), until ResumeCharging."""


@dataclass(frozen=True, slots=True)
class ResumeCharging(Command):
    """End a pause; where a vehicle is plugged in and nobody charges, begin a transaction with `id_token`."""

    id_token: IdToken | None = None


@dataclass(frozen=True, slots=True)
class FactoryReset(Command):
    """Forget all that has been set since the station was made, but not how it connects; then restart.

    Sessions end. Meter registers and messages that wait to be sent stay.
    """


@dataclass(frozen=True, slots=True)
class UnlockConnector(Placed):
    """Release the lock on the spot; a running transaction is stopped."""


@dataclass(frozen=True, slots=True)
class InjectFault(Placed):
    """Make the connector, or as EVSE 0 the whole station, fail with a 1.6 ChargePointErrorCode, or only warn."""

    error_code: str = "OtherError"
    info: str | None = None
    """Free text that is told with it."""
    vendor_error_code: str | None = None
    warning: bool = False
    """Tell the code, and go on working; some codes are always warnings."""


@dataclass(frozen=True, slots=True)
class ClearFault(Placed):
    """End the fault or warning of the connector, or as EVSE 0 of the station; it goes back to where it was."""


@dataclass(frozen=True, slots=True)
class InjectTransferFault(Command):
    """Make firmware updates, publications or log uploads fail.

    Faults: firmware-download, firmware-file, firmware-install, firmware-publish, firmware-revoked and log-upload.
    """

    fault: str = ""
    times: int | None = None
    """How often; None: until it is cleared."""


@dataclass(frozen=True, slots=True)
class ClearTransferFault(Command):
    """Let firmware updates or log uploads work again."""

    fault: str = ""


@dataclass(frozen=True, slots=True)
class RaiseSecurityEvent(Command):
    """Have something happen that only a security event tells of.

    TamperDetectionActivated, MemoryExhaustion, AttemptedReplayAttacks, MaintenanceLoginAccepted,
    MaintenanceLoginFailed, or SecurityLogWasCleared, which empties the log.
    """

    event: str = ""
    details: str | None = None
    """Text for people that is told with it."""


@dataclass(frozen=True, slots=True)
class SetBehaviour(Command):
    """Change who comes by himself from now on; what is not given stays as it is.

    The next arrival at every EVSE is drawn anew. Who is there leaves when he meant to.
    """

    sessions_per_evse_per_day: float | None = None
    """0: nobody comes any more."""
    least_dwell_s: float | None = None
    longest_dwell_s: float | None = None
    id_tokens: tuple[str, ...] = ()
    """Whose cards are shown; none leaves them as they are."""


@dataclass(frozen=True, slots=True)
class ChangeSettings(Command):
    """Change settings as if the central system had asked for it: ChangeConfiguration, or SetVariables.

    The Outcome's info has `verdicts`: the status of each setting in the words of the version.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    """1.6: keys. 2.0.1: Component.Variable[Instance], or the variable alone where only one component has it."""


@dataclass(frozen=True, slots=True)
class ClearCache(Command):
    """Forget all tokens of the authorization cache; the Outcome's info says how many (`cleared`)."""


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token that is accepted by the local authorization list."""

    id_token: str
    expires_at: float | None = None
    """UTC seconds; None: never."""
    group_id: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateLocalList(Command):
    """Set the local authorization list, or add to it, as if the central system had sent it; its version must rise.

    The Outcome's info has `status`, that of SendLocalList.
    """

    list_version: int = 1
    entries: tuple[ListedToken, ...] = ()
    differential: bool = False
    """Add the entries to those that are there."""


@dataclass(frozen=True, slots=True)
class ClearLocalList(Command):
    """Take the local authorization list away, its version too; the Outcome's info says how many tokens (`deleted`)."""


DEEPEST_RAW = 32
"""Objects and lists within each other in a raw message; no message of OCPP comes near."""


def too_deep(payload: Mapping[str, Any]) -> bool:
    """Whether a payload is deeper than a raw message may be."""
    level: list[Any] = [payload]
    for _ in range(DEEPEST_RAW):
        inner = [list(one.values()) if isinstance(one, Mapping) else one for one in level]
        level = [one for ones in inner for one in ones if isinstance(one, Mapping | list | tuple)]
        if not level:
            return False
    return True


@dataclass(frozen=True, slots=True)
class SendRaw(Command):
    """Send a CALL to the central system as it is given, right or wrong; the answer changes nothing in the charger."""

    action: str = ""
    """In CamelCase or snake_case."""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """Keys in camelCase or snake_case."""


@dataclass(frozen=True, slots=True)
class UseMasterPass(Command):
    """Choose, after a master pass was presented, whose session it ends; None ends all (2.0.1 C16)."""

    evse_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reboot(Command):
    """Restart the station locally; `hard` ends transactions with the reason Reboot and drops the link."""

    hard: bool = False


@dataclass(frozen=True, slots=True)
class LoseLink(Command):
    """Cut the network for so many I/O seconds."""

    duration_s: float = 60.0


@dataclass(frozen=True, slots=True)
class TransferData(Command):
    """Send a DataTransfer to the central system."""

    vendor_id: str = ""
    message_id: str | None = None
    data: str | None = None
