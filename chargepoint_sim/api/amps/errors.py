"""The error codes of the Amps surface: what its handlers raise, and the code of everything that is raised elsewhere.

Owns the catalogue. The envelope around a code is made in `failures.py`.
"""

from collections.abc import Mapping
from typing import Any

from chargepoint_sim.api.errors import AccessRefused, Failure, HttpRefusal, Reason
from chargepoint_sim.errors import UnknownAction, UnknownTarget

VALIDATION_ERROR = "VALIDATION_ERROR"

_ACCESS: Mapping[Reason, str] = {
    Reason.NO_TOKEN: "UNAUTHORIZED",
    Reason.WRONG_TOKEN: "INVALID_API_KEY",
    Reason.EXPIRED_TOKEN: "EXPIRED_TOKEN",
    Reason.SCOPE: "INSUFFICIENT_PERMISSIONS",
    Reason.TENANT: "INSUFFICIENT_PERMISSIONS",
    Reason.PLACE: "INSUFFICIENT_PERMISSIONS",
    Reason.RATE: "RATE_LIMIT_EXCEEDED",
}

_STATUSES: Mapping[int, str] = {
    400: VALIDATION_ERROR,
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    408: "TIMEOUT",
    413: "PAYLOAD_TOO_LARGE",
    501: "NOT_IMPLEMENTED",
    503: "SERVICE_UNAVAILABLE",
}
"""For what has no code of its own; anything else is an internal error."""


class AmpsRefusal(HttpRefusal):
    """A request that is answered with this status and error, and changes nothing."""

    def __init__(self, status: int, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(status, message)
        self.code = code
        self.details: Mapping[str, Any] = details or {}


def refused(code: str, message: str, **details: Any) -> AmpsRefusal:
    """A 422: the request is sound, but not for this device, or not now."""
    return AmpsRefusal(422, code, message, details)


def invalid(message: str, *fields: str) -> AmpsRefusal:
    """A 400: the request itself is wrong, at these places of its body."""
    return AmpsRefusal(400, VALIDATION_ERROR, message, {"fields": list(fields)})


def as_refusal(failure: Failure) -> AmpsRefusal:
    """Whatever went wrong, in the words of this surface."""
    error = failure.error
    if isinstance(error, AmpsRefusal):
        return error
    if isinstance(error, AccessRefused):
        return AmpsRefusal(failure.status, _ACCESS[error.reason], str(failure.detail))
    if isinstance(error, UnknownTarget):
        return AmpsRefusal(404, "DEVICE_NOT_FOUND", "There is no such device, or it is not yours.")
    if isinstance(error, UnknownAction):
        return AmpsRefusal(404, "ACTION_NOT_FOUND", "There is no such action, or it is not yours.")
    if not isinstance(failure.detail, str):  # a request that does not fit its model
        places = [".".join(str(part) for part in item["loc"]) for item in failure.detail]
        words = "; ".join(f"{place}: {item['msg']}" for place, item in zip(places, failure.detail, strict=True))
        return AmpsRefusal(400, VALIDATION_ERROR, words, {"fields": places})
    return AmpsRefusal(failure.status, _STATUSES.get(failure.status, "INTERNAL_ERROR"), failure.detail)
