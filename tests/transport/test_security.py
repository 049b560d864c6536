"""Security profiles: their rules, the Basic header byte by byte, and TLS with certificates that fit and do not."""

import asyncio
import base64
import gc
import os
import ssl
import weakref
from pathlib import Path
from typing import cast

import pytest
import structlog
import structlog.testing
from cryptography.hazmat.primitives import serialization

from chargepoint_sim.fleet.spec import Credentials, CsmsTarget
from chargepoint_sim.protocol.link import EndKind, LinkEnd
from chargepoint_sim.transport import security
from chargepoint_sim.transport.failures import tls_failed
from tests import tls
from tests.transport.support import (
    TEXT,
    Ears,
    alerting_server,
    answer_101,
    close_frame,
    connect,
    end_of,
    frame,
    header,
    raw_server,
    read_frame,
    refusal,
    request,
    talk,
)

PASSWORD = Credentials(password="0123456789abcdef")
CERTIFICATE = Credentials(certificate_file="c.pem", key_file="c.key")

PROFILES = [
    (0, "ws", Credentials(), []),
    (0, "wss", Credentials(), []),
    (1, "ws", PASSWORD, []),
    (2, "wss", PASSWORD, []),
    (3, "wss", CERTIFICATE, []),
    (1, "ws", Credentials(), ["security profile 1 needs a password"]),
    (2, "wss", Credentials(), ["security profile 2 needs a password"]),
    (2, "wss", Credentials(password=""), ["security profile 2 needs a password"]),
    (2, "ws", PASSWORD, ["security profile 2 needs a wss:// URL"]),
    (1, "wss", PASSWORD, ["security profile 1 is Basic without TLS; with a wss:// URL use profile 2"]),
    (3, "ws", CERTIFICATE, ["security profile 3 needs a wss:// URL"]),
    (3, "wss", Credentials(certificate_file="c.pem"), ["security profile 3 needs the client certificate's key file"]),
    (
        3,
        "wss",
        PASSWORD,
        [
            "security profile 3 needs a client certificate file",
            "security profile 3 needs the client certificate's key file",
        ],
    ),
    (4, "ws", PASSWORD, ["security profile 4 does not exist; allowed: 0, 1, 2, 3"]),
    (0, "http", Credentials(), ["the URL must begin with ws:// or wss://"]),
    (1, "ws", Credentials(username="a:b", password="x"), ["a Basic username cannot hold a colon"]),
    (
        1,
        "ws",
        Credentials(password="hex:abc"),
        ["password: after hex: an even number of hexadecimal digits is needed"],
    ),
]


@pytest.mark.parametrize(("profile", "scheme", "credentials", "problems"), PROFILES)
def test_a00_what_each_profile_demands(
    profile: int, scheme: str, credentials: Credentials, problems: list[str]
) -> None:
    target = CsmsTarget(f"{scheme}://csms.example/ocpp", security_profile=profile)
    assert security.check_profile(target, credentials) == problems


def test_credentials_in_the_url_are_refused() -> None:
    problems = security.check_profile(CsmsTarget("ws://me:secret@csms.example/"), Credentials())
    assert problems == ["username and password belong into the credentials, not into the URL"]


REMARKS = [
    (CsmsTarget("ws://x/", security_profile=1), PASSWORD, []),
    (CsmsTarget("ws://x/"), PASSWORD, ["security profile 0 sends no password"]),
    (CsmsTarget("wss://x/"), Credentials(), ["TLS without authentication is no profile of the standard"]),
    (CsmsTarget("wss://x/", security_profile=2), CERTIFICATE, ["security profile 2 sends no certificate"]),
    (
        CsmsTarget("wss://x/", security_profile=2, verify=False),
        PASSWORD,
        ["verify: false accepts any server, also an impostor"],
    ),
]


@pytest.mark.parametrize(("target", "credentials", "remarks"), REMARKS)
def test_what_is_hardly_meant_is_remarked(target: CsmsTarget, credentials: Credentials, remarks: list[str]) -> None:
    assert security.profile_remarks(target, credentials) == remarks


def test_secrets_do_not_show_in_the_plain_data() -> None:
    assert "0123456789abcdef" not in repr(PASSWORD)
    assert "token-value" not in repr(CsmsTarget("ws://x/", headers={"X-Token": "token-value"}))


BASIC = [
    ("CP-1", Credentials(password="pässword"), b"CP-1:p\xc3\xa4ssword"),
    ("CP-1", Credentials(password="hex:00ff0A"), b"CP-1:\x00\xff\x0a"),
    ("RDAM 123", Credentials(password="a:b"), b"RDAM 123:a:b"),
    ("CP-1", Credentials(username="other", password="x"), b"other:x"),
]


@pytest.mark.parametrize("profile", [1, 2])
@pytest.mark.parametrize(("identity", "credentials", "pair"), BASIC)
def test_basic_header_has_the_exact_bytes(identity: str, credentials: Credentials, pair: bytes, profile: int) -> None:
    target = CsmsTarget("ws://x/", security_profile=profile)
    name, value = security.request_headers(target, identity, credentials)[0]
    assert name == "Authorization"
    assert value.startswith("Basic ")
    assert base64.b64decode(value.removeprefix("Basic "), validate=True) == pair


@pytest.mark.parametrize("profile", [0, 3])
def test_profiles_without_basic_send_no_password(profile: int) -> None:
    assert security.request_headers(CsmsTarget("wss://x/", security_profile=profile), "CP-1", PASSWORD) == []


async def test_the_header_arrives_as_it_should_and_once() -> None:
    seen: list[bytes] = []

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await request(reader))
        writer.write(answer_101(seen[0]))
        await reader.read(-1)

    async with raw_server(conversation) as port:
        link = await connect(port, identity="CP 1", security_profile=1, credentials=Credentials(password="hex:00ff"))
        link.abort()
        await end_of(link)
    assert header(seen[0], "Authorization") == "Basic " + base64.b64encode(b"CP 1:\x00\xff").decode()
    assert seen[0].lower().count(b"authorization:") == 1


@pytest.mark.parametrize("padding", [0, 150, 175])
async def test_a_server_that_echoes_the_header_does_not_reveal_it(padding: int) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent = header(await request(reader), "Authorization")
        body = f"{'x' * padding} bad header {sent} 0123456789abcdef"
        writer.write(f"HTTP/1.1 401 No\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await reader.read(-1)

    async with raw_server(echo) as port:
        end = await refusal(port, security_profile=1, credentials=PASSWORD)
    assert end.code == 401
    assert "***" in end.reason
    assert "0123" not in end.reason
    assert base64.b64encode(b"CP-1:0123456789abcdef").decode()[:8] not in end.reason


# TLS


async def test_a_trusted_server(tmp_path: Path) -> None:
    ears = Ears()
    async with raw_server(talk(frame(TEXT, b"over TLS")), context=tls.server_context()) as port:
        link = await connect(
            port, ears, scheme="wss", ca_file=tls.ca_file(tmp_path), security_profile=2, credentials=PASSWORD
        )
        await ears.until(lambda: bool(ears.texts))
        link.abort()
        end = await end_of(link)
    assert ears.texts == [b"over TLS"]
    assert (end.kind, end.by_us) == (EndKind.LOST, True)


async def test_an_orderly_close_under_tls(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)
        writer.write(close_frame(1000))
        await writer.drain()

    async with raw_server(talk(then=answer), context=tls.server_context()) as port:
        link = await connect(port, scheme="wss", ca_file=tls.ca_file(tmp_path))
        link.close(1000, "bye")
        assert await end_of(link) == LinkEnd(EndKind.CLOSED, 1000, "bye", by_us=True)


async def test_a_tls_peer_that_reads_nothing_does_not_hold_the_link(tmp_path: Path) -> None:
    never = asyncio.Event()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cast("asyncio.Transport", writer.transport).pause_reading()
        await never.wait()

    async with raw_server(talk(then=deaf), context=tls.server_context()) as port:
        link = await connect(port, scheme="wss", ca_file=tls.ca_file(tmp_path))
        link._close_timeout_s = 0.05
        for _ in range(64):
            link.send(b"x" * 2**18)
        assert link.unwritten() > 0
        assert link.writing_paused
        link.close(1000)
        assert await end_of(link) == LinkEnd(EndKind.CLOSED, 1000, "not answered", by_us=True)


async def test_a_refusal_under_tls(tmp_path: Path) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        await reader.read(-1)

    async with raw_server(refuse, context=tls.server_context()) as port:
        end = await refusal(port, scheme="wss", ca_file=tls.ca_file(tmp_path))
    assert end == LinkEnd(EndKind.REFUSED, 401, "Unauthorized")


async def test_an_untrusted_server_names_the_setting(tmp_path: Path) -> None:
    async with raw_server(talk(), context=tls.server_context(ca="stranger")) as port:
        end = await refusal(port, scheme="wss", ca_file=tls.ca_file(tmp_path))
    assert end.kind is EndKind.TLS
    assert end.reason.startswith(f"127.0.0.1:{port}: certificate verify failed: ")
    assert "ca_file" in end.reason


async def test_a_certificate_for_another_host(tmp_path: Path) -> None:
    async with raw_server(talk(), context=tls.server_context("csms.example")) as port:
        ca_file = tls.ca_file(tmp_path)
        end = await refusal(port, scheme="wss", ca_file=ca_file)
        assert end.kind is EndKind.TLS
        assert "server_hostname" in end.reason
        link = await connect(port, scheme="wss", ca_file=ca_file, server_hostname="csms.example")
        link.abort()


async def test_the_server_name_is_indicated(tmp_path: Path) -> None:
    names: list[str | None] = []
    context = tls.server_context("csms.example")

    def note(connection: ssl.SSLObject, name: str | None, own: ssl.SSLContext) -> None:
        names.append(name)

    context.sni_callback = note
    async with raw_server(talk(), context=context) as port:
        link = await connect(port, scheme="wss", ca_file=tls.ca_file(tmp_path), server_hostname="csms.example")
        link.abort()
    assert names == ["csms.example"]


async def test_a_client_certificate_is_shown_with_profile_3(tmp_path: Path) -> None:
    certificate, key = tls.client_files(tmp_path, "CP-1", ca="clients")
    shown: list[object] = []

    async def look(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown.append(writer.get_extra_info("peercert")["subject"])
        await talk()(reader, writer)

    async with raw_server(look, context=tls.server_context(clients_of="clients")) as port:
        link = await connect(
            port,
            scheme="wss",
            ca_file=tls.ca_file(tmp_path),
            security_profile=3,
            credentials=Credentials(certificate_file=certificate, key_file=key),
        )
        link.abort()
    assert "CP-1" in str(shown)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("issuer", [None, "stranger"])
async def test_a_client_certificate_that_is_missing_or_not_trusted(
    tmp_path: Path, issuer: str | None, version: ssl.TLSVersion
) -> None:
    context = tls.server_context(clients_of="clients")
    context.minimum_version = context.maximum_version = version
    credentials, profile = Credentials(), 0
    if issuer is not None:
        certificate, key = tls.client_files(tmp_path, "CP-1", ca=issuer)
        credentials, profile = Credentials(certificate_file=certificate, key_file=key), 3
    async with alerting_server(context) as port:
        end = await refusal(
            port, scheme="wss", ca_file=tls.ca_file(tmp_path), security_profile=profile, credentials=credentials
        )
    assert end.kind is EndKind.TLS
    assert "client certificate" in end.reason


async def test_an_old_tls_version_is_not_spoken(tmp_path: Path) -> None:
    context = tls.server_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with alerting_server(context) as port:
        end = await refusal(port, scheme="wss", ca_file=tls.ca_file(tmp_path))
    assert end.kind is EndKind.TLS
    assert "1.2" in end.reason


async def test_tls_on_a_plain_port(tmp_path: Path) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with raw_server(plain) as port:
        end = await refusal(port, scheme="wss", ca_file=tls.ca_file(tmp_path))
    assert end.kind is EndKind.TLS
    assert "ws://" in end.reason


async def test_a_plain_dial_on_a_tls_port() -> None:
    async with raw_server(talk(), context=tls.server_context()) as port:
        end = await refusal(port)
    assert end.kind is EndKind.LOST
    assert "wss://" in end.reason


async def test_a_server_that_drops_the_handshake(tmp_path: Path) -> None:
    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5)
        writer.transport.abort()

    async with raw_server(drop) as port:
        end = await refusal(port, scheme="wss", ca_file=tls.ca_file(tmp_path))
    assert end.kind is EndKind.TLS
    assert end.reason.startswith(f"127.0.0.1:{port}: connection dropped in the TLS handshake")


async def test_a_handshake_that_never_ends(tmp_path: Path) -> None:
    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)

    async with raw_server(keep_silent) as port:
        end = await refusal(port, scheme="wss", ca_file=tls.ca_file(tmp_path), open_timeout_s=0.2)
    assert end == LinkEnd(EndKind.TLS, reason=f"127.0.0.1:{port}: no TLS handshake within 0.2 s")


async def test_verify_false_connects_and_warns_once_per_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "_log", structlog.get_logger())  # a test that set up a log may have bound the other
    async with raw_server(talk(), context=tls.server_context("elsewhere.example", ca="stranger")) as port:
        with structlog.testing.capture_logs() as logs:
            for _ in range(2):
                link = await connect(port, scheme="wss", verify=False)
                link.abort()
                await end_of(link)
    assert [(entry["event"], entry["log_level"], entry["host"]) for entry in logs] == [
        ("tls_verification_disabled", "warning", f"127.0.0.1:{port}")
    ]


def test_contexts_are_shared_until_a_file_changes(tmp_path: Path) -> None:
    ca_file = tls.ca_file(tmp_path)
    target = CsmsTarget("wss://x/", ca_file=ca_file)
    first = security.tls_context(target, Credentials())
    assert security.tls_context(CsmsTarget("wss://y/", ca_file=ca_file), PASSWORD) is first
    os.utime(ca_file, ns=(1, 1))
    assert security.tls_context(target, Credentials()) is not first
    assert first.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_key_with_a_passphrase_is_refused_and_never_asked_for(tmp_path: Path) -> None:
    certificate, key = tls.client_files(tmp_path, "CP-1")
    private = serialization.load_pem_private_key(Path(key).read_bytes(), None)
    Path(key).write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"passphrase"),
        )
    )
    target = CsmsTarget("wss://x/", ca_file=tls.ca_file(tmp_path), security_profile=3)
    with pytest.raises(ssl.SSLError, match=r"CP-1\.pem: the key is encrypted"):
        security.tls_context(target, Credentials(certificate_file=certificate, key_file=key))


def test_python_3_13_s_stricter_check_has_its_own_words() -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed: CA cert does not include key usage extension")
    error.verify_message = "CA cert does not include key usage extension"
    end = tls_failed(error, "csms.example:443")
    assert end.reason == (
        "csms.example:443: certificate verify failed: CA cert does not include key usage extension; "
        "Python 3.13 and newer refuse a CA certificate without that extension: issue the CA anew with it"
    )


async def test_a_dropped_tls_link_is_freed_without_the_collector(tmp_path: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_frame(reader)

    async with raw_server(talk(close_frame(1000), then=hang_up), context=tls.server_context()) as port:
        link = await connect(port, scheme="wss", ca_file=tls.ca_file(tmp_path))
        gc.collect()
        gc.disable()
        try:
            await end_of(link)
            for _ in range(5):
                await asyncio.sleep(0)
            gone = weakref.ref(link)
            del link
            assert gone() is None
        finally:
            gc.enable()
