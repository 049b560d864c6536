"""Certificates for tests of chargers: the test authority of the package, valid around a given instant."""

from functools import cache

from chargepoint_sim.pki.authority import Authority


@cache
def authority(name: str = "Operator root", at: float = 1_700_049_600.0) -> Authority:
    """An authority of its own for each name, valid from a day before `at`."""
    return Authority.new(name, at - 86400.0)
