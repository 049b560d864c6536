"""Rows of the OCPPLAB resources: which errors they declare, and how one is written down in a line or two.

That API declares 400 for few operations and no conflict at all, for its clients repeat what is answered with 409.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from pydantic import BaseModel

from chargepoint_sim.api.errors import HttpErrorResponse
from chargepoint_sim.api.routes import (
    COMMAND_ERRORS,
    FIND_ERRORS,
    Answer,
    AnyRoute,
    Call,
    Response,
    Route,
    Scope,
    Surface,
)

Query = TypeVar("Query", bound=BaseModel)
Body = TypeVar("Body", bound=BaseModel)

WRITE_ERRORS: Mapping[int, Response] = COMMAND_ERRORS
DESCRIBE_ERRORS: Mapping[int, Response] = {**COMMAND_ERRORS, 400: HttpErrorResponse}
"""Of an operation whose body describes a charger or a location."""
CREATE_ERRORS: Mapping[int, Response] = {status: one for status, one in DESCRIBE_ERRORS.items() if status != 404}
NO_ROOM: Mapping[int, Response] = {503: HttpErrorResponse}
"""This host has no room for a further charger."""


def row(
    operation: str,
    name: str,
    summary: str,
    takes: tuple[type[Query], type[Body]],
    handler: Callable[[Call[Query, Body]], Awaitable[Answer]],
    responses: Mapping[int, Response],
    scope: Scope = Scope.READ,
    errors: Mapping[int, Response] = FIND_ERRORS,
) -> AnyRoute:
    """A row; `operation` is the method and the path, `takes` the query and the body."""
    method, _, path = operation.partition(" ")
    query, request = takes
    return Route(
        method=method,
        path=path,
        scope=scope,
        query=query,
        request=request,
        responses={**responses, **errors},
        handler=handler,
        surface=Surface.OCPPLAB,
        name=name,
        summary=summary,
    )
