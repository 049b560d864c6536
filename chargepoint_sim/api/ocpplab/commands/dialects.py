"""How the generations of the OCPPLAB API spell a command: where it is served, and the body that says whom and what.

One request model per dialect: `event` with `charger_id`, or `payload` with `deployment_id` and `identity`. Under the
paths that both share, a request is of the dialect whose words it uses.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Discriminator, Tag, create_model

from chargepoint_sim.api.ocpplab.commands.events import Event
from chargepoint_sim.api.ocpplab.commands.targets import DeploymentTarget, Target
from chargepoint_sim.api.parsing import Choice, Shape

EVENT, PAYLOAD = "event", "payload"
"""The dialects, by the key under which they say what is to happen."""


class CommandRequest(Shape):
    """A command for one or more chargers."""

    target: Target
    event: Event

    @property
    def asked(self) -> Event:
        """What is to happen."""
        return self.event


class PayloadRequest(Shape):
    """A command for one or more chargers, in the words of the later dialects."""

    target: DeploymentTarget
    payload: Event

    @property
    def asked(self) -> Event:
        """What is to happen."""
        return self.payload


Request = CommandRequest | PayloadRequest


def event_request(name: str, target: type[Target], event: type[Event]) -> type[CommandRequest]:
    """The body `{target, event}`; where the event requires nothing it may be left out."""
    return create_model(f"{name}Request", __base__=CommandRequest, target=(target, ...), event=_optional(event))


def payload_request(name: str, payload: type[Event]) -> type[PayloadRequest]:
    """The body `{target, payload}`; where the payload requires nothing it may be left out."""
    return create_model(f"{name}PayloadRequest", __base__=PayloadRequest, payload=_optional(payload))


def either(
    name: str, target: type[Target], event: type[CommandRequest], payload: type[PayloadRequest]
) -> type[BaseModel]:
    """The body of a path that both dialects share; `target` is that of the first."""
    foreign = set(DeploymentTarget.model_fields) - set(target.model_fields)

    def dialect(given: Any) -> str:
        return dialect_of(given, foreign)

    shared: Any = Annotated[Annotated[event, Tag(EVENT)] | Annotated[payload, Tag(PAYLOAD)], Discriminator(dialect)]
    return create_model(f"{name}Command", __base__=Choice[shared])


def dialect_of(given: Any, foreign: Collection[str]) -> str:
    """The dialect of a body: by what it has of `event` and `payload`, else by `foreign` words in its target."""
    if not isinstance(given, Mapping):
        return PAYLOAD if isinstance(given, PayloadRequest) else EVENT
    for dialect in (EVENT, PAYLOAD):
        if given.get(dialect) is not None:
            return dialect
    target = given.get("target")
    says = target if isinstance(target, Mapping) else {}
    return PAYLOAD if any(says.get(name) is not None for name in foreign) else EVENT


def _optional(event: type[Event]) -> Any:
    required = any(field.is_required() for field in event.model_fields.values())
    return (event, ...) if required else (event, event())
