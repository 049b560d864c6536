"""Instants in requests: ISO 8601, in UTC where no zone is given."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema


def _text(given: object) -> object:
    # Pydantic takes a number for seconds or milliseconds since 1970, whichever looks likelier.
    if isinstance(given, int | float) or (isinstance(given, str) and re.fullmatch(r"[-+]?[\d.]+", given)):
        raise ValueError("Input should be a date and a time in ISO 8601")
    return given


def _in_utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


Instant = Annotated[datetime, BeforeValidator(_text), AfterValidator(_in_utc)]
"""A text."""

InstantOrSeconds = Annotated[
    datetime,
    AfterValidator(_in_utc),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "number"}]}),
]
"""A text, or seconds since 1970."""
