"""The quirks of a template: from the fleet file to the plain data of the core, and the names of keys checked.

Owns what the model of the section cannot know: which configuration keys there are.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from chargepoint_sim.config.document import KeyPath
from chargepoint_sim.config.findings import Findings, guess
from chargepoint_sim.config.schema import QuirksSection
from chargepoint_sim.core.quirks import Quirks
from chargepoint_sim.protocol.v16.access import WRITE_ONLY
from chargepoint_sim.protocol.v16.keys import COMPUTED, KEYS


def quirks_of(section: QuirksSection) -> Quirks:
    """The section as the core knows it."""
    values: dict[str, Any] = {name: _plain(value) for name, value in section.model_dump().items()}
    return Quirks(**values)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value


def check_keys(section: QuirksSection, vendor_keys: Iterable[str], findings: Findings, path: KeyPath) -> None:
    """Add a mistake for every key that no charger of the template has."""
    known = (*KEYS, *COMPUTED, *WRITE_ONLY, *vendor_keys)
    folded = {name.casefold() for name in known}
    for field in ("unknown_keys", "refused_keys"):
        for n, name in enumerate(getattr(section, field)):
            if name.casefold() not in folded:
                allowed = f"{guess(name, known)}the name of a configuration key of OCPP 1.6 is needed"
                findings.add((*path, field, n), allowed, f"the unknown key '{name}'")
