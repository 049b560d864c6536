"""What a station knows of a customer, and what of it can be forgotten (2.0.1 N09, N10).

Known are tokens in the authorization cache and the local list, reservations and sessions. The list is the central
system's to change (N10.FR.02); open business (a session, a reservation) is not forgotten while it is open.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chargepoint_sim.core import authorization
from chargepoint_sim.core.commands import IdToken
from chargepoint_sim.core.state import IdTokenInfo, StationState


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is meant. Without either nobody is, as with a certificate: a station keeps none of its customers."""

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


def known(state: StationState, customer: Customer, at: float) -> Iterator[str]:
    """What is kept, a line for each thing, for people."""
    cached, listed = _cached(state), _listed(state)
    for key in dict.fromkeys((*cached, *listed)):
        info = authorization.known_info(state, IdToken(key), at)
        if customer.means(IdToken(key), info.group_id if info is not None else None):
            kept_in = [place for place, keys in (("cache", cached), ("local list", listed)) if key in keys]
            yield f"token {key} in {' and '.join(kept_in)}: {_verdict(info)}"
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
    """Take the customer's tokens out of the cache; False where there was none (N10.FR.03, N10.FR.06)."""
    gone = []
    for key in _cached(state):
        info = authorization.known_info(state, IdToken(key), at)
        if customer.means(IdToken(key), info.group_id if info is not None else None):
            gone.append(key)
    for key in gone:
        assert state.cache is not None
        del state.cache[key]
    return bool(gone)


def _cached(state: StationState) -> tuple[str, ...]:
    return tuple(state.cache or ())


def _listed(state: StationState) -> tuple[str, ...]:
    return tuple(state.local_list.entries) if state.local_list is not None else ()


def _verdict(info: IdTokenInfo | None) -> str:
    if info is None:
        return "not in use"
    return info.status if info.group_id is None else f"{info.status}, group {info.group_id}"
