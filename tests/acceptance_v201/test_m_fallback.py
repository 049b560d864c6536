"""Block M, the root that was replaced, on real sockets: case 31."""

from pathlib import Path

from tests.acceptance_v201.sockets import CHECKED, CS, install_root, root, roots_listed, secure, station, wait_booted


async def test_tc_m_31_cs(tmp_path: Path) -> None:
    """Install CA certificate - AdditionalRootCertificateCheck - Reconnect using new CSMS Root - Fallback mechanism.

    Precondition: security profile 2; AdditionalRootCertificateCheck is true; a new root that the old one has signed
    is installed; the central system still has a certificate of the old one.
    Requirements: M05.FR.14
    Validates: after the restart the certificate is refused by the new root and believed by the old one, which is
    listed.
    """
    async with secure(tmp_path, root()) as csms, station(tmp_path, csms.url, 2, **CHECKED):
        await wait_booted(csms)
        old = await roots_listed(csms)
        assert await install_root(csms, root("Next root", below="Operator root")) == "Accepted"
        mark = csms.mark(CS)
        assert (await csms.call(CS, "Reset", {"type": "OnIdle"}))["status"] == "Accepted"
        await wait_booted(csms, after=mark)
        refused = {"type": "InvalidCsmsCertificate"}
        await csms.wait_frame(CS, lambda frame: frame.is_call("SecurityEventNotification", **refused), after=mark)
        assert old[0] in await roots_listed(csms)
