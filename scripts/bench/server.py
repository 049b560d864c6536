#!/usr/bin/env python3
"""A bare central system for benchmarks: it must cost less than the simulator that is measured against it.

Own framing, no checks, no state per charger but a few bytes: any identity is let in, the first sub-protocol offered is
chosen, every CALL gets the shortest answer that the schemas of 1.6 and 2.0.1 allow. Not a central system for anything
else: see `chargepoint-sim csms`.

    server.py [--port 0] [--host 127.0.0.1] [--interval 300] [--tls-cert FILE --tls-key FILE]

The first line on standard output is the port. `GET /counters` on that port gives, as JSON: open and accepted
connections, messages by action, answers (CALLRESULT and CALLERROR of the chargers), and this process's CPU seconds.
Ends on SIGTERM and Ctrl-C.
"""

import argparse
import asyncio
import base64
import hashlib
import json
import resource
import signal
import ssl
import sys
import time
from collections import Counter
from datetime import UTC, datetime

import uvloop
from websockets.speedups import apply_mask

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_CLOCK_STEP_S = 0.1

counters: Counter[str] = Counter()
actions: Counter[bytes] = Counter()


class Answers:
    """The payload for each action; the time is formatted once per step."""

    def __init__(self, interval_s: int) -> None:
        self._interval_s = interval_s
        self._transactions = 0
        self._clock_until = 0.0
        self._heartbeat = self._boot = b""
        accepted = b'{"status":"Accepted"}'
        self._fixed = {
            b"Authorize": b'{"idTagInfo":{"status":"Accepted"}}',
            b"DataTransfer": accepted,
            b"SignCertificate": accepted,
            b"NotifyEVChargingNeeds": accepted,
            b"NotifyEVChargingSchedule": accepted,
            b"GetCertificateStatus": accepted,
            b"Get15118EVCertificate": b'{"status":"Accepted","exiResponse":""}',
        }

    def payload(self, action: bytes, text: bytes) -> bytes:
        """What a CALL of `action` is answered with; `text` is the whole message."""
        if action == b"TransactionEvent":
            return b'{"idTokenInfo":{"status":"Accepted"}}' if b'"idToken"' in text else b"{}"
        if action == b"Heartbeat" or action == b"BootNotification":
            self._tick()
            return self._heartbeat if action == b"Heartbeat" else self._boot
        if action == b"StartTransaction":
            self._transactions += 1
            return b'{"transactionId":%d,"idTagInfo":{"status":"Accepted"}}' % self._transactions
        if action == b"Authorize" and b'"idToken"' in text:
            return b'{"idTokenInfo":{"status":"Accepted"}}'
        return self._fixed.get(action, b"{}")

    def _tick(self) -> None:
        now = time.monotonic()
        if now < self._clock_until:
            return
        self._clock_until = now + _CLOCK_STEP_S
        clock = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3].encode() + b"Z"
        self._heartbeat = b'{"currentTime":"%s"}' % clock
        self._boot = b'{"currentTime":"%s","interval":%d,"status":"Accepted"}' % (clock, self._interval_s)


class Connection(asyncio.Protocol):
    """One charger, or one who asks for the counters."""

    __slots__ = ("_answers", "_open", "_rest", "_transport")

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._rest = b""
        self._open = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # streams only

    def connection_lost(self, exc: Exception | None) -> None:
        if self._open:
            counters["open"] -= 1

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        if not self._open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            self._upgrade(head)
        self._rest = self._frames(data) if self._open else b""

    def _upgrade(self, head: bytes) -> None:
        request, *lines = head.split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        key = headers.get(b"sec-websocket-key")
        if key is None:
            body = counters_json() if request.split()[1:2] == [b"/counters"] else b"{}"
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
            )
            self._transport.close()
            return
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
        offered = headers.get(b"sec-websocket-protocol", b"").split(b",")[0].strip()
        chosen = b"Sec-WebSocket-Protocol: %s\r\n" % offered if offered else b""
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %s\r\n%s\r\n" % (accept, chosen)
        )
        self._open = True
        counters["accepted"] += 1
        counters["open"] += 1

    def _frames(self, data: bytes) -> bytes:
        """Answer every whole frame in `data`; gives what is left. All answers go out in one write."""
        out: list[bytes] = []
        at, size = 0, len(data)
        while size - at >= 6:
            length, body = data[at + 1] & 0x7F, at + 6
            if length >= 126:
                body += 2 if length == 126 else 8
                if body > size:
                    break
                length = int.from_bytes(data[at + 2 : body - 4], "big")
            if body + length > size:
                break
            payload = apply_mask(data[body : body + length], data[body - 4 : body]) if length else b""
            opcode = data[at] & 0x0F
            if opcode == _TEXT:
                self._message(payload, out)
            elif opcode == _PING:
                out.append(frame(_PONG, payload))
            elif opcode == _CLOSE:
                out.append(frame(_CLOSE, payload[:2]))
                self._transport.write(b"".join(out))
                self._transport.close()
                return b""
            at = body + length
        if out:
            self._transport.write(out[0] if len(out) == 1 else b"".join(out))
        return data[at:]

    def _message(self, text: bytes, out: list[bytes]) -> None:
        # [2,"id","Action",{...}: ids of chargers hold no quotes, so that no JSON has to be read.
        parts = text.split(b'"', 4)
        if len(parts) == 5 and parts[0].strip() == b"[2,":
            actions[parts[3]] += 1
            out.append(frame(_TEXT, b'[3,"%s",%s]' % (parts[1], self._answers.payload(parts[3], text))))
        else:
            counters["answers"] += 1


def frame(opcode: int, payload: bytes) -> bytes:
    """A server's frame with less than 64 KiB."""
    length = len(payload)
    head = bytes((0x80 | opcode, length)) if length < 126 else bytes((0x80 | opcode, 126)) + length.to_bytes(2, "big")
    return head + payload


def counters_json() -> bytes:
    """All counters, and the CPU seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return json.dumps(
        {
            "open": counters["open"],
            "accepted": counters["accepted"],
            "answers": counters["answers"],
            "messages": actions.total(),
            "actions": {action.decode(): number for action, number in sorted(actions.items())},
            "cpu_s": usage.ru_utime + usage.ru_stime,
        }
    ).encode()


async def serve(arguments: argparse.Namespace) -> None:
    """Listen until a signal comes."""
    loop = asyncio.get_running_loop()
    context = None
    if arguments.tls_cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments.tls_cert, arguments.tls_key)
    answers = Answers(arguments.interval)
    server = await loop.create_server(
        lambda: Connection(answers), arguments.host, arguments.port, ssl=context, backlog=4096
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 (default): any free port")
    parser.add_argument("--interval", type=int, default=300, help="heartbeat interval in the boot answer, s")
    parser.add_argument("--tls-cert", help="PEM file of the server's certificate chain; serves wss only")
    parser.add_argument("--tls-key", help="PEM file of its key")
    arguments = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if soft != hard:
        print(f"open files: {soft} raised to {hard}", file=sys.stderr)
    uvloop.run(serve(arguments))


if __name__ == "__main__":
    main()
