"""The log of webhooks as /v1/webhooks/deliveries shows it: what waits, and the last that have ended, newest first.

Who has a tenant sees what goes to his own receivers. Secrets are not shown, nor what may hold one: the query of a URL.
"""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, Field

from chargepoint_sim.actions.webhooks import Delivery, DeliveryState
from chargepoint_sim.api.parsing import Nothing
from chargepoint_sim.api.routes import READ_ERRORS, AnyRoute, Call, Route, Scope, Surface


class DeliveryQuery(BaseModel):
    """Which deliveries."""

    state: DeliveryState | None = None
    kind: str | None = Field(None, description="For example push.completed.")
    message_id: str | None = Field(None, description="What stands in svix-id.")
    offset: int = Field(0, ge=0)
    limit: int = Field(100, ge=1, le=1000)


class AttemptView(BaseModel):
    """One request."""

    at: float = Field(description="UTC seconds of the real clock.")
    status: int | None = Field(description="Of the answer; null where there was none.")
    error: str
    took_s: float


class DeliveryView(BaseModel):
    """One message on its way to one receiver."""

    delivery_id: str
    message_id: str
    url: str
    tenant: str | None
    kind: str
    body: dict[str, Any]
    state: DeliveryState
    created_at: float
    attempts: list[AttemptView]
    next_at: float | None = Field(description="When it is tried next; null once it has ended.")

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryView":
        """What a delivery looks like from outside."""
        return cls(
            delivery_id=delivery.delivery_id,
            message_id=delivery.message_id,
            url=_shown(delivery.endpoint.url),
            tenant=delivery.endpoint.tenant,
            kind=delivery.kind,
            body=orjson.loads(delivery.body),
            state=delivery.state,
            created_at=delivery.created_at,
            attempts=[AttemptView(**asdict(attempt)) for attempt in delivery.attempts],
            next_at=delivery.next_at if delivery.state is DeliveryState.WAITING else None,
        )


class DeliveryPage(BaseModel):
    """Some deliveries, newest first."""

    data: list[DeliveryView]
    total: int = Field(description="How many the query matches.")
    offset: int
    limit: int


async def list_deliveries(call: Call[DeliveryQuery, Nothing]) -> DeliveryPage:
    """A page of the log."""
    query, tenant = call.query, call.principal.tenant
    found = [
        delivery
        for delivery in call.webhooks.deliveries()
        if tenant in (None, delivery.endpoint.tenant)
        and query.state in (None, delivery.state)
        and query.kind in (None, delivery.kind)
        and query.message_id in (None, delivery.message_id)
    ]
    page = found[query.offset : query.offset + query.limit]
    data = [DeliveryView.of(delivery) for delivery in page]
    return DeliveryPage(data=data, total=len(found), offset=query.offset, limit=query.limit)


def _shown(url: str) -> str:
    """Where it goes, without user, password and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


DELIVERY_ROUTES: tuple[AnyRoute, ...] = (
    Route(
        method="GET",
        path="/v1/webhooks/deliveries",
        scope=Scope.READ,
        query=DeliveryQuery,
        request=Nothing,
        responses={200: DeliveryPage, **READ_ERRORS},
        handler=list_deliveries,
        surface=Surface.NATIVE,
        name="list-deliveries",
        summary="Messages to the receivers of webhooks, with every attempt",
    ),
)
