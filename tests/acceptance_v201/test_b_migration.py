"""Block B, another central system with roots of its own, on real sockets: cases 47 and 50."""

from pathlib import Path

from tests.acceptance_v201.sockets import (
    CHECKED,
    CS,
    WatchedServer,
    install_root,
    root,
    roots_listed,
    secure,
    set_up_slot,
    station,
    wait_booted,
)


async def migrate(first: WatchedServer, second: WatchedServer) -> None:
    """Profile and list are taken; the station restarts and dials the second central system."""
    await set_up_slot(first, second.url, "2,1")
    assert (await first.call(CS, "Reset", {"type": "OnIdle"}))["status"] == "Accepted"


async def test_tc_b_47_cs(tmp_path: Path) -> None:
    """Migrate to new ConnectionProfile - Fallback after NetworkProfileConnectionAttempts - New CSMS Root - New CSMS.

    Precondition: security profile 2; AdditionalRootCertificateCheck is true; a new root that the old one has signed
    is installed; NetworkProfileConnectionAttempts is 1.
    Requirements: B10.FR.07, M05.FR.15, M05.FR.16
    Validates: the certificate of the new central system is checked against the new root alone and refused; the old
    one is connected to by the old root, which is listed.
    """
    attempts = {"OCPPCommCtrlr.NetworkProfileConnectionAttempts": "1"}
    async with (
        secure(tmp_path, root()) as first,
        secure(tmp_path, root()) as second,
        station(tmp_path, first.url, 2, **CHECKED, **attempts),
    ):
        await wait_booted(first)
        old = await roots_listed(first)
        assert await install_root(first, root("Next root", below="Operator root")) == "Accepted"
        mark = first.mark(CS)
        await migrate(first, second)
        await wait_booted(first, after=mark)
        refused = {"type": "InvalidCsmsCertificate"}
        await first.wait_frame(CS, lambda frame: frame.is_call("SecurityEventNotification", **refused), after=mark)
        assert second.upgrades == []
        assert old[0] in await roots_listed(first)


async def test_tc_b_50_cs(tmp_path: Path) -> None:
    """Migrate to new ConnectionProfile - Success - New CSMS Root - New CSMS.

    Precondition: security profile 2; the root of the new central system is installed.
    Requirements: M05.FR.13
    Validates: profile and list are taken, and after the restart the station believes the certificate of the new
    central system and boots there.
    """
    async with (
        secure(tmp_path, root()) as first,
        secure(tmp_path, root("Other root")) as second,
        station(tmp_path, first.url, 2),
    ):
        await wait_booted(first)
        assert await install_root(first, root("Other root")) == "Accepted"
        await migrate(first, second)
        await wait_booted(second)
