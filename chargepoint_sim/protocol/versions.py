"""The adapter of each OCPP version; versions that a fleet does not use are never imported."""

from functools import cache
from importlib import import_module

from chargepoint_sim.protocol.frames import Version
from chargepoint_sim.protocol.registry import Adapter

_MODULES = {Version.V16: "chargepoint_sim.protocol.v16.adapter", Version.V201: "chargepoint_sim.protocol.v201.adapter"}


@cache
def adapter(version: Version) -> Adapter:
    """The tables of `version`."""
    found: Adapter = import_module(_MODULES[version]).ADAPTER
    return found
