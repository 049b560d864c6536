"""1.6 GetInstalledCertificateIds (white paper M03); the other messages of certificates are shared by both versions."""

from chargepoint_sim.clock import Now
from chargepoint_sim.protocol.certificates import USES, named
from chargepoint_sim.protocol.frames import Payload, Version
from chargepoint_sim.protocol.registry import BlockContext, handles


@handles("GetInstalledCertificateIds")
def list_installed(context: BlockContext, request: Payload, now: Now) -> Payload:
    """The roots of one type (M03)."""
    access = context.station.access
    access.speaks_extension = True
    installed = access.certificates.of(USES[Version.V16][request["certificateType"]])
    if not installed:
        return {"status": "NotFound"}
    return {"status": "Accepted", "certificateHashData": [named(one.hashes[0]) for one in installed]}
