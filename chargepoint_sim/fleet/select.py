"""Which chargers a selector means: ids, globs and location ids, separated by commas; `*` is all.

Pure: it knows the fleet's order and nothing else of it. A name that is a charger's id means that charger; otherwise
a location's id means its chargers; otherwise `*`, `?` and `[...]` match charger ids, with case.
"""

import difflib
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from itertools import chain, islice

from chargepoint_sim.errors import UnknownTarget

ALL = "*"

_COMPARED = 1000
_WILDCARDS = frozenset("*?[")


def select(selector: str, chargers: Mapping[str, str | None], locations: Collection[str] = ()) -> tuple[str, ...]:
    """The charger ids that `selector` means, each once, in the order of the fleet.

    `chargers`: id -> location id or None, in the fleet's order. A location without chargers is no mistake.
    Raises UnknownTarget for a part that means nothing, naming what comes close.
    """
    if selector in chargers:
        return (selector,)
    parts = [part.strip() for part in selector.split(",")]
    if ALL in parts:
        return tuple(chargers)
    wanted: set[str] = set()
    for part in parts:
        wanted.update(_one(part, chargers, locations))
    return tuple(charger_id for charger_id in chargers if charger_id in wanted)


def _one(part: str, chargers: Mapping[str, str | None], locations: Collection[str]) -> Collection[str]:
    if part in chargers:
        return (part,)
    if part in locations:
        return [charger_id for charger_id, location_id in chargers.items() if location_id == part]
    matching = [charger_id for charger_id in chargers if fnmatchcase(charger_id, part)] if part else []
    if matching:
        return matching
    raise UnknownTarget(_unknown(part, chargers, locations))


def _unknown(part: str, chargers: Collection[str], locations: Collection[str]) -> str:
    if not part:
        return "an empty selector; give charger ids, globs or a location id, separated by commas"
    if not _WILDCARDS.isdisjoint(part):
        return f"no charger id matches '{part}'"
    # Comparing with every id of a big fleet would hold up everybody else for seconds.
    similar = (name for name in chain(chargers, locations) if name[0].casefold() == part[0].casefold())
    near = difflib.get_close_matches(part, list(islice(similar, _COMPARED)), n=3)
    hint = f"; did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
    return f"no charger or location '{part}'{hint}"
