"""The adapter of each OCPP version; versions that a fleet does not use are never imported."""

from functools import cache
from importlib import import_module

from chargepoint_sim.core.quirks import NO_QUIRKS, Quirks
from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.quirks import quirky
from chargepoint_sim.protocol.registry import Adapter

_MODULES = {Version.V16: "chargepoint_sim.protocol.v16.adapter", Version.V201: "chargepoint_sim.protocol.v201.adapter"}


@cache
def adapter(version: Version, quirks: Quirks = NO_QUIRKS) -> Adapter:
    """The tables of `version`, for chargers with such quirks; made once and shared."""
    found: Adapter = import_module(_MODULES[version]).ADAPTER
    return quirky(found, quirks)
