"""From bytes and query strings to pydantic models; every mistake becomes an item of a 422.

`Shape` is the root of the request bodies of foreign APIs: where a field is optional, null means absent.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar, get_origin

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    GetJsonSchemaHandler,
    RootModel,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from chargepoint_sim.api.errors import HttpRefusal, unprocessable
from chargepoint_sim.core.commands import DEEPEST_RAW, too_deep

Model = TypeVar("Model", bound=BaseModel)


_ANNOTATIONS = {"default", "description", "title"}


class Nothing(BaseModel):
    """No query, or no body."""


def _shallow(payload: dict[str, Any]) -> dict[str, Any]:
    if too_deep(payload):
        raise PydanticCustomError("too_deep", "At most {most} levels", {"most": DEEPEST_RAW})
    return payload


RawMessage = Annotated[dict[str, Any], AfterValidator(_shallow)]
"""The payload of a message that is sent as it is given."""


class Patience(BaseModel):
    """How long a request may take beyond the usual."""

    wait_s: float = Field(0, ge=0, le=3600, description="Real seconds to wait until everything has ended.")


class Choice(RootModel[Model], Generic[Model]):
    """One of several objects, told apart by a Discriminator; mistakes do not say which one was taken."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        shown = handler.resolve_ref_schema(schema)
        shown["anyOf"] = shown.pop("oneOf")  # what leaves out all that is optional fits several
        return schema


class Shape(BaseModel):
    """A JSON object in which null stands for an optional field that is not given."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        fields = cls.model_fields
        return {
            name: value
            for name, value in given.items()
            if value is not None or name not in fields or fields[name].is_required()
        }

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        shown = handler.resolve_ref_schema(schema)
        for name, member in shown.get("properties", {}).items():
            if name not in shown.get("required", ()) and {"type": "null"} not in member.get("anyOf", ()):
                said = {word: member.pop(word) for word in _ANNOTATIONS & member.keys()}
                shown["properties"][name] = {"anyOf": [member, {"type": "null"}], **said}
        return schema


def parse_body(model: type[Model], raw: bytes) -> Model:
    """The body of a request as `model`; no body at all is `{}` where the model requires nothing.

    Raises HttpRefusal with 422: malformed JSON is told with its line and column, everything else with its path.
    """
    if not raw.strip():
        if any(field.is_required() for field in model.model_fields.values()):
            raise unprocessable(["body"], "Field required", "missing")
        return model()
    try:
        given = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        place = f"{error.msg}: line {error.lineno} column {error.colno} (char {error.pos})"
        raise unprocessable(["body", error.pos], f"JSON decode error: {place}", "json_invalid", {}) from None
    return _validated(model, given, "body")


def parse_query(model: type[Model], query: Mapping[str, Sequence[str]]) -> Model:
    """The query string as `model`; list fields take every occurrence of their key, others the last.

    Raises HttpRefusal with 422.
    """
    given: dict[str, object] = {}
    for name, field in model.model_fields.items():
        values = query.get(name)
        if values:
            given[name] = values if get_origin(field.annotation) is list else values[-1]
    return _validated(model, given, "query")


def _validated(model: type[Model], given: object, part: str) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        items = orjson.loads(error.json(include_url=False))
        skipped = 1 if issubclass(model, Choice) else 0
        raise HttpRefusal(422, [item | {"loc": [part, *item["loc"][skipped:]]} for item in items]) from None
