"""Plug & Charge: a vehicle authorises itself with a contract certificate (2.0.1 C07, M01, M02; ISO 15118-2).

Owns what begins when such a vehicle is plugged in, and what a contract is good for on and off line. Where a card began
the session, or the vehicle has no contract, it is charging with external identification (C08). Certificates are read by
a job: here a contract is its eMAID.
"""

from dataclasses import dataclass

from chargepoint_sim.core import authorization, iso15118
from chargepoint_sim.core.authorization import Purpose
from chargepoint_sim.core.certificates import HashData
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.facts import ContractWanted, TokenRefused
from chargepoint_sim.core.jobs import Job
from chargepoint_sim.core.state import Evse, StationState
from chargepoint_sim.core.vehicle import Conversation

ENABLED = "ISO15118Ctrlr.PnCEnabled"
CENTRAL_VALIDATION = "ISO15118Ctrlr.CentralContractValidationAllowed"
OFFLINE_VALIDATION = "ISO15118Ctrlr.ContractValidationOffline"
INSTALLATION = "ISO15118Ctrlr.ContractCertificateInstallationEnabled"

EMAID = "eMAID"
"""The type of token that a contract is."""

NOT_VALID = "Invalid"


@dataclass(frozen=True, slots=True)
class ReadContract(Job):
    """Judge the certificate chain of a contract; comes back as Contract or JobFailed."""

    emaid: str
    roots: tuple[str, ...]
    """PEM of the roots one of which the chain should lead to."""
    at: float


@dataclass(frozen=True, slots=True)
class StatusQuery:
    """What is needed to ask for the status of a certificate: OCSPRequestDataType."""

    name: HashData
    responder_url: str
    """Empty where the certificate names none."""


@dataclass(frozen=True, slots=True)
class QueryStatus(Job):
    """Find out how to ask for the status of a chain; comes back as a tuple of StatusQuery, or as JobFailed."""

    chain_pem: str
    roots: tuple[str, ...]
    """PEM of the roots, where the issuer of the chain's last certificate is looked for."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What a vehicle has shown."""

    chain_pem: str
    """Leaf first, without the root."""
    queries: tuple[StatusQuery, ...]
    """For the certificates whose issuer is known here, leaf first."""
    sound: bool
    """It leads to a root of this station, and is in force."""


def plugged_in(state: StationState, evse: Evse, at: float) -> None:
    """A vehicle has come: it gets its contract first where it wants one, and shows it."""
    talk = iso15118.conversation(state, evse)
    if talk is None or not state.settings.boolean(ENABLED):
        return
    if talk.wish is None:
        _show(state, evse, talk, at)
    elif state.online and state.settings.boolean(INSTALLATION):
        state.emit(ContractWanted(at, evse.evse_id, talk.wish))


def installed(state: StationState, evse: Evse, at: float) -> None:
    """The vehicle has got what it asked for (M01, M02), and shows it at once."""
    talk = iso15118.conversation(state, evse)
    if talk is not None:
        talk.wish = None
        plugged_in(state, evse, at)


def read(state: StationState, ref: int, sound: bool, at: float) -> bool:
    """The contract was judged: whether the central system is to be asked about it (C07.FR.01, C07.FR.06).

    Off line a sound one is looked up as any token is, where the settings allow it (C07.FR.07 to C07.FR.12).
    """
    evse_id, token, _ = (state.pending or {}).get(ref, (None, None, None))
    evse = state.evse(evse_id) if evse_id is not None else None
    if token is None or evse is None or evse.vehicle is None or evse.vehicle.talk is None:
        return False
    evse.vehicle.talk.proven = sound and state.settings.boolean(OFFLINE_VALIDATION)
    if not authorization.may_ask(state):
        authorization.unanswered(state, ref, at)
        return False
    if sound or state.settings.boolean(CENTRAL_VALIDATION):
        return True
    authorization.withdrawn(state, ref, NOT_VALID, at)
    return False


def _show(state: StationState, evse: Evse, talk: Conversation, at: float) -> None:
    token = IdToken(talk.emaid, EMAID)
    asks = talk.emaid and state.settings.boolean(authorization.ENABLED)
    if not asks or authorization.cannot_start(state, evse, token):
        return
    if authorization.may_ask(state) or state.settings.boolean(OFFLINE_VALIDATION):
        authorization.ask(state, evse, token, Purpose.START, at)
    else:
        state.emit(TokenRefused(at, token, NOT_VALID))  # C07.FR.07
