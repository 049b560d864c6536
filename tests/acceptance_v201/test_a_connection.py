"""Block A, what is shown and believed while connecting, on real sockets: cases 01 and 04 to 07."""

import asyncio
import base64
import ssl
from pathlib import Path

import pytest

from tests import tls
from tests.acceptance_v201.sockets import CS, PASSWORD, SUITES, WatchedServer, root, secure, station, wait_booted
from tests.e2e.test_security_profiles import refused
from tests.transport.support import raw_server

SERVER_HELLO_1_1 = bytes.fromhex("160302002a 02000026 0302") + bytes(32) + bytes.fromhex("00 c014 00")
"""A record with a ServerHello of TLS 1.1 (RFC 4346 section 7.4.1.3)."""


async def test_tc_a_01_cs(tmp_path: Path) -> None:
    """Basic Authentication - Valid username/password combination.

    Precondition: security profile 1; the station has a password.
    Requirements: A00.FR.202, A00.FR.203, A00.FR.204, A00.FR.205, A00.FR.301, A00.FR.302, A00.FR.304, B01.FR.01,
    B01.FR.05, B01.FR.09
    Validates: the upgrade carries the Base64 of identity and password; the identity is that at the end of its path.
    """
    async with WatchedServer(passwords={CS: PASSWORD}) as csms, station(tmp_path, csms.url, 1):
        await wait_booted(csms)
    (upgrade,) = csms.upgrades
    scheme, _, encoded = upgrade.authorization[0].partition(" ")
    assert len(upgrade.authorization) == 1
    assert scheme == "Basic"
    identity, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    assert upgrade.path.rsplit("/", 1)[-1] == identity == CS
    assert password == PASSWORD
    assert 16 <= len(password) <= 40


async def test_tc_a_04_cs(tmp_path: Path) -> None:
    """TLS - server-side certificate - Valid certificate.

    Precondition: security profile 2; the root of the central system is installed.
    Requirements: A00.FR.309, A00.FR.312, A00.FR.313, A00.FR.319, A00.FR.321, A00.FR.412, A00.FR.422
    Validates: the station connects by TLS 1.2 or newer, with either suite that it must have, shows its
    password inside, and boots.
    """
    for suite in (None, *SUITES):
        async with secure(tmp_path, root()) as csms:
            assert csms.context is not None
            if suite is not None:
                csms.context.maximum_version = ssl.TLSVersion.TLSv1_2
                csms.context.set_ciphers(suite)
            async with station(tmp_path, csms.url, 2):
                await wait_booted(csms)
        (upgrade,) = csms.upgrades
        assert upgrade.tls == ("TLSv1.3" if suite is None else "TLSv1.2")
        assert suite in (None, upgrade.cipher)
        assert len(upgrade.authorization) == 1


@pytest.mark.parametrize("flaw", ["unknown", "expired", "another name"])
async def test_tc_a_05_cs(tmp_path: Path, flaw: str) -> None:
    """TLS - server-side certificate - Invalid certificate.

    Precondition: security profile 2; the certificate of the central system is of an unknown authority, or expired, or
    has another name; NetworkProfileConnectionAttempts is 2.
    Requirements: A00.FR.309, A00.FR.310, A00.FR.311, A00.FR.412, A00.FR.413, A00.FR.414
    Validates: the station ends the handshake and shows nothing; it connects once the certificate is good, and tells
    InvalidCsmsCertificate.
    """
    async with secure(tmp_path, root()) as csms:
        if flaw == "unknown":
            csms.show(tmp_path, root("Stranger"))
        elif flaw == "expired":
            csms.show(tmp_path, root(), days_ago=400)
        else:
            csms.show(tmp_path, root(), "elsewhere.example")
        attempts = {"OCPPCommCtrlr.NetworkProfileConnectionAttempts": "2"}
        async with station(tmp_path, csms.url, 2, **attempts) as daemon:
            assert (await refused(daemon, CS)).refusal
            assert csms.upgrades == []
            csms.show(tmp_path, root())
            await wait_booted(csms)
            event = {"type": "InvalidCsmsCertificate"}
            await csms.wait_frame(CS, lambda frame: frame.is_call("SecurityEventNotification", **event))


async def test_tc_a_06_cs(tmp_path: Path) -> None:
    """TLS - server-side certificate - TLS version too low.

    Precondition: security profile 2; the central system answers the first handshake with TLS 1.1;
    NetworkProfileConnectionAttempts is 1.
    Requirements: A00.FR.314, A00.FR.316, A00.FR.416, A00.FR.417, A00.FR.419
    Validates: the station ends that handshake, connects by a version that it takes, and tells
    StartupOfTheDevice and InvalidTLSVersion.
    """
    answers: list[bytes] = []
    async with secure(tmp_path, root()) as csms:

        async def old_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if not answers:
                await reader.read(4096)
                writer.write(SERVER_HELLO_1_1)
                answers.append(await reader.read())
                return
            inner, outer = await asyncio.open_connection("127.0.0.1", csms.port)
            await asyncio.gather(pump(reader, outer), pump(inner, writer))

        attempts = {"OCPPCommCtrlr.NetworkProfileConnectionAttempts": "1"}
        async with raw_server(old_once) as port, station(tmp_path, f"wss://127.0.0.1:{port}/ocpp", 2, **attempts):
            await wait_booted(csms)
            for event in ("StartupOfTheDevice", "InvalidTLSVersion"):
                told = {"type": event}
                await csms.wait_frame(CS, lambda frame, told=told: frame.is_call("SecurityEventNotification", **told))
    assert len(answers) == 1, "the handshake has ended"
    assert [one.tls for one in csms.upgrades] == ["TLSv1.3"]


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what arrives, until its end."""
    while part := await reader.read(65536):
        writer.write(part)
    writer.close()


async def test_tc_a_07_cs(tmp_path: Path) -> None:
    """TLS - Client-side certificate - valid certificate.

    Precondition: security profile 3; the station has a certificate of an authority that the central system believes.
    Requirements: A00.FR.401, A00.FR.402, A00.FR.415, A00.FR.416, A00.FR.422, A00.FR.502, A00.FR.503, A00.FR.507,
    A00.FR.508, A00.FR.511
    Validates: the station shows it by TLS 1.2 or newer, also with the suites that it must have; the certificate has a
    serial number and names that of the station; no password is sent, and the station boots.
    """
    chain, key = tls.client_files(tmp_path, CS)
    security = {"cert": chain, "key": key}
    for suite in (None, *SUITES):
        async with secure(tmp_path, root(), client_ca=tls.ca_file(tmp_path)) as csms:
            assert csms.context is not None
            if suite is not None:
                csms.context.maximum_version = ssl.TLSVersion.TLSv1_2
                csms.context.set_ciphers(suite)
            async with station(tmp_path, csms.url, 3, security=security):
                boot = await wait_booted(csms)
        (upgrade,) = csms.upgrades
        assert upgrade.authorization == []
        assert upgrade.tls == ("TLSv1.3" if suite is None else "TLSv1.2")
        assert suite in (None, upgrade.cipher)
        assert upgrade.peer_certificate is not None
        assert int(upgrade.peer_certificate["serialNumber"], 16) > 0
        subject = [pair for names in upgrade.peer_certificate["subject"] for pair in names]
        assert ("commonName", boot["chargingStation"]["serialNumber"]) in subject
