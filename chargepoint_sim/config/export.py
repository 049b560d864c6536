"""What has to be registered at a central system: the answer to `export FILE`.

The rows hold passwords, since that is what they are for; nobody else prints them.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

import orjson

from chargepoint_sim.fleet.spec import ChargerSpec, FleetSpec
from chargepoint_sim.transport.dial import endpoint_url

_BASIC_PROFILES = (1, 2)
_LIST_SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class Row:
    """One charger as a central system has to know it."""

    charger_id: str
    identity: str
    url: str
    """What the charger dials. Of the built-in central system with a free port, the port is 0."""
    version: str
    security_profile: int
    username: str | None
    password: str | None
    vendor: str
    model: str
    serial_number: str
    connector_count: int
    connectors: tuple[str, ...]
    """ConnectorEnumType and how many, in order: 2x sType2."""
    id_tags: tuple[str, ...]


def rows(fleet: FleetSpec) -> Iterator[Row]:
    """One row per charger, in the fleet's order."""
    for one in fleet.chargers:
        basic = one.csms.security_profile in _BASIC_PROFILES
        connectors = _connectors(one)
        yield Row(
            charger_id=one.charger_id,
            identity=one.identity,
            url=_url(one),
            version=one.version,
            security_profile=one.csms.security_profile,
            username=(one.credentials.username or one.identity) if basic else None,
            password=one.credentials.password if basic else None,
            vendor=one.station.vendor,
            model=one.station.model,
            serial_number=one.serial_number,
            connector_count=sum(connectors.values()),
            connectors=tuple(f"{count}x {kind}" for kind, count in connectors.items()),
            id_tags=one.behaviour.id_tokens,
        )


def to_csv(table: Iterable[Row]) -> str:
    """CSV with a heading; lists within a cell are separated by semicolons."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = [field.name for field in fields(Row)]
    writer.writerow(columns)
    for row in table:
        cells = (getattr(row, column) for column in columns)
        writer.writerow(_LIST_SEPARATOR.join(cell) if isinstance(cell, tuple) else cell for cell in cells)
    return text.getvalue()


def to_json(table: Iterable[Row]) -> str:
    """A JSON array of objects, indented."""
    return orjson.dumps(list(table), option=orjson.OPT_INDENT_2).decode()


def _url(one: ChargerSpec) -> str:
    """What the charger dials; a built-in central system on a free port has no address before it runs."""
    if one.csms.builtin and urlsplit(one.csms.url).port == 0:
        return "built-in central system, on a free port"
    return endpoint_url(one.csms.url, one.identity)


def _connectors(one: ChargerSpec) -> Counter[str]:
    return Counter(connector.connector_type for evse in one.station.evses for connector in evse.connectors)
