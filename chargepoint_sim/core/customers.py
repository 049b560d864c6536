"""What a station knows of a customer, and what of it can be forgotten (2.0.1 N09, N10).

Known are tokens in the authorization cache and the local list, the names of contract certificates, reservations and
sessions. The list is the central system's to change (N10.FR.02); open business (a session, a reservation) is not
forgotten while it is open. Of a contract certificate its name alone is kept, never the certificate.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chargepoint_sim.core import authorization, cache
from chargepoint_sim.core.certificates import HashData
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.state import IdTokenInfo, StationState


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is meant; without either nobody is."""

    id_token: IdToken | None = None
    identifier: str | None = None
    """The text of a token of any type, or of a group of tokens."""

    def means(self, token: IdToken, group_id: str | None) -> bool:
        """Whether a token, with its group, is the customer's."""
        if self.id_token is not None:
            return token.key == self.id_token.key
        if self.identifier is None:
            return False
        return self.identifier.casefold() in (token.key, (group_id or "").casefold())


def came_with(state: StationState, token: IdToken, certificate: HashData) -> None:
    """Remember which certificate a contract came with; one contract has one, and the oldest make place."""
    contracts = state.contracts = state.contracts or {}
    contracts.pop(token.key, None)
    if len(contracts) >= cache.CAPACITY:
        del contracts[next(iter(contracts))]
    contracts[token.key] = certificate


def holder(state: StationState, certificate: HashData) -> IdToken | None:
    """Whose contract certificate that is; None where it never came here, or was forgotten (N09.FR.08, N10.FR.09)."""
    for key, name in (state.contracts or {}).items():
        if name.means(certificate):
            return IdToken(key)
    return None


def known(state: StationState, customer: Customer, at: float) -> Iterator[str]:
    """What is kept, a line for each thing, for people."""
    cached, listed = _cached(state), _listed(state)
    for key in dict.fromkeys((*cached, *listed)):
        info = authorization.known_info(state, IdToken(key), at)
        if customer.means(IdToken(key), info.group_id if info is not None else None):
            kept_in = [place for place, keys in (("cache", cached), ("local list", listed)) if key in keys]
            yield f"token {key} in {' and '.join(kept_in)}: {_verdict(info)}"
    for key in state.contracts or ():
        if customer.means(IdToken(key), None):
            yield f"token {key} came with a contract certificate"
    yield from open_business(state, customer)


def open_business(state: StationState, customer: Customer) -> Iterator[str]:
    """What keeps the station from forgetting a customer, a line for each thing, for people."""
    for evse in state.evses:
        user = evse.authorized
        tag = evse.transaction.tag if evse.transaction is not None else None
        if (user is not None and customer.means(user.id_token, user.group_id)) or (
            tag is not None and customer.means(tag, None)
        ):
            running = f"transaction {evse.transaction.transaction_id}" if evse.transaction is not None else "session"
            yield f"{running} at EVSE {evse.evse_id}"
    for one in (state.reservations or {}).values():
        if customer.means(one.id_token, one.group_id):
            yield f"reservation {one.reservation_id}"


def forget(state: StationState, customer: Customer, at: float) -> bool:
    """Take the customer's tokens out of what is kept; False where there was none (N10.FR.03, N10.FR.06)."""
    gone = []
    for key in dict.fromkeys((*_cached(state), *(state.contracts or ()))):
        info = authorization.known_info(state, IdToken(key), at)
        if customer.means(IdToken(key), info.group_id if info is not None else None):
            gone.append(key)
    for key in gone:
        for kept in (state.cache, state.contracts):
            if kept is not None:
                kept.pop(key, None)
    return bool(gone)


def _cached(state: StationState) -> tuple[str, ...]:
    return tuple(state.cache or ())


def _listed(state: StationState) -> tuple[str, ...]:
    return tuple(state.local_list.entries) if state.local_list is not None else ()


def _verdict(info: IdTokenInfo | None) -> str:
    if info is None:
        return "not in use"
    return info.status if info.group_id is None else f"{info.status}, group {info.group_id}"
