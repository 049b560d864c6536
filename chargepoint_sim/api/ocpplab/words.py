"""Words of the OCPPLAB resources and ours: versions, connector types, addresses of central systems, instants."""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import BeforeValidator

from chargepoint_sim.clock import format_utc

CONNECTOR_TYPES: Mapping[str, str] = {
    "cCCS1": "CCS1",
    "cCCS2": "CCS2",
    "cG105": "CHAdeMO",
    "cTesla": "Tesla",
    "cType1": "Type1",
    "cType2": "Type2",
    "sType2": "Type2",
    "sType3": "Type3",
}
"""ConnectorEnumType of OCPP 2.0.1 to the words of this API; any other word stays as it is."""


def _resource_spelling(given: object) -> object:
    if not isinstance(given, str):
        return given
    spelled = given.upper()
    return spelled if spelled.startswith("OCPP") else f"OCPP{spelled}"


ResourceVersion = Annotated[Literal["OCPP1.6", "OCPP2.0.1"], BeforeValidator(_resource_spelling)]
"""A version as resources spell it; that of commands (ocpp1.6) and the bare number are taken too."""


def bare_version(spelled: str | None) -> str | None:
    """1.6 | 2.0.1 of any spelling."""
    return None if spelled is None else spelled.upper().removeprefix("OCPP")


def connector_word(kind: str) -> str:
    """The word of this API for a ConnectorEnumType."""
    return CONNECTOR_TYPES.get(kind, kind)


def endpoint(ws_url: str, identity: str) -> str:
    """The URL without the identity at the end of its path: the charger adds that itself when it dials."""
    try:
        parts = urlsplit(ws_url)
    except ValueError:
        return ws_url  # to be refused with all other flawed URLs
    path, slash, last = parts.path.rstrip("/").rpartition("/")
    return urlunsplit(parts._replace(path=path)) if slash and unquote(last) == identity else ws_url


def instant(at: float | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if at is None else format_utc(at)
