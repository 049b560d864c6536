"""The log: what is masked, how lines look, what happens to exceptions that nobody took."""

import asyncio
import base64
import io
import json
import logging
import time
from collections.abc import Callable, Iterator

import pytest
import structlog

from chargepoint_sim import logs
from chargepoint_sim.telemetry import tally

SECRET = "correct-horse-battery"
CREDENTIALS = base64.b64encode(f"CP-1:{SECRET}".encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Basic {CREDENTIALS}",
        f"authorization: Bearer {SECRET}",
        f"('Authorization', 'Basic {CREDENTIALS}')",
        f"the server saw Basic {CREDENTIALS}",
        f'{{"Authorization": "Bearer {SECRET}"}}',
        f"password={SECRET} user=CP-1",
        f"password: '{SECRET} with blanks'",
        f"wss://CP-1:{SECRET}@csms.example/ocpp",
        f"wss://csms.example/ocpp/CP-1?token={SECRET}&x=1",
        f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"}}]',
        f'[2,"1","ChangeConfiguration",{{"value":"{SECRET}","key":"AuthorizationKey"}}]',
        f'[3,"1",{{"configurationKey":[{{"key":"AuthorizationKey","readonly":false,"value":"{SECRET}"}}]}}]',
        '[2,"1","SetVariables",{"setVariableData":[{"attributeValue":"' + SECRET + '",'
        '"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}]',
        '[2,"1","SetNetworkProfile",{"vpn":{"server":"a","user":"b","password":"","key":"' + SECRET + '"}}]',
        '[2,"1","Authorize",{"idToken":{"idToken":"' + SECRET + '","type":"KeyCode"}}]',
        f'[2,"1","GetDiagnostics",{{"location":"ftp://me:{SECRET}@files.example/up"}}]',
        '[2,"1","DataTransfer",{"data":"{\\"password\\":\\"' + SECRET + '\\"}"}]',
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----",
        f'[2,"1","DataTransfer",{{"data":"-----BEGIN EC PRIVATE KEY-----\\n{SECRET}\\n"}}]',
        f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}',  # a frame cut off
    ],
)
def test_secrets_are_masked(text: str) -> None:
    masked = logs.mask(text)
    assert SECRET not in masked
    assert CREDENTIALS not in masked
    assert logs.MASKED in masked


@pytest.mark.parametrize(
    "text",
    [
        '[2, "1", "Authorize", {"idTag": "04A1B2C3"}]',
        '[2, "1", "ChangeConfiguration", {"key": "HeartbeatInterval", "value": "300"}]',
        '[3, "1", {"unknownKey": ["AuthorizationKey"]}]',
        "Basic authentication was refused with 401",
        "ws://127.0.0.1:9000/ocpp/CP-1",
        "chargers connected: 500",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert logs.mask(text) == text


@pytest.mark.parametrize("word", ["x", "x.", "x-"])
@pytest.mark.parametrize("end", ["", f" password={SECRET}", f" ws://CP-1:{SECRET}@csms.example"])
def test_masking_a_long_word_takes_no_longer_than_its_length(word: str, end: str) -> None:
    text = word * 50_000
    begun_s = time.process_time()
    masked = logs.mask(text + end)
    assert time.process_time() - begun_s < 2  # more than a minute where time grows with the square of the length
    assert SECRET not in masked
    assert masked.count(word) >= 50_000


def test_only_the_secret_of_a_frame_is_masked() -> None:
    frame = '[2,"1","X",{"a":[{"key":"AuthorizationKey","value":"s"},{"key":"Other","value":"5"}]}]'
    assert json.loads(logs.mask(frame)) == [
        2,
        "1",
        "X",
        {"a": [{"key": "AuthorizationKey", "value": "***"}, {"key": "Other", "value": "5"}]},
    ]


def test_secret_log_keys_are_masked_at_any_depth() -> None:
    assert logs.mask_tree({"password": "x", "csms": {"api_key": "y", "url": "ws://a:b@c"}, "n": 3}) == {
        "password": "***",
        "csms": {"api_key": "***", "url": "ws://a:***@c"},
        "n": 3,
    }


Lines = Callable[[], list[dict[str, object]]]
SetUp = Callable[[logs.Level], Lines]


@pytest.fixture
def set_up() -> Iterator[SetUp]:
    """Sets the log up to write JSON lines, and hands out a reader of them."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)

    def start(level: logs.Level) -> Lines:
        stream = io.StringIO()
        logs.set_up(level, logs.Style.JSON, stream)
        return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]

    yield start
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers, root.level = before


def test_lines_carry_event_level_utc_time_and_the_charger(set_up: SetUp) -> None:
    lines = set_up(logs.Level.INFO)
    logs.bind_charger("AC-00017")
    log = logs.get_logger("runtime")
    log.info("charger_connected", url=f"ws://u:{SECRET}@h/")
    log.debug("frame_sent")
    (line,) = lines()
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {
        "event": "charger_connected",
        "level": "info",
        "charger": "AC-00017",
        "source": "runtime",
        "url": "ws://u:***@h/",
    }


async def test_uncaught_exceptions_are_counted_and_logged_without_a_traceback(set_up: SetUp) -> None:
    lines = set_up(logs.Level.INFO)
    counted = tally[("uncaught_exceptions",)]
    await _lose_an_exception()
    (line,) = lines()
    assert line["event"] == "exception_uncaught"
    assert line["error"] == "ValueError: password=***"
    assert "Traceback" not in json.dumps(line)
    assert tally[("uncaught_exceptions",)] == counted + 1


async def test_the_traceback_is_there_at_level_debug(set_up: SetUp) -> None:
    lines = set_up(logs.Level.DEBUG)
    await _lose_an_exception()
    (line,) = lines()
    assert "Traceback" in str(line["exception"])
    assert SECRET not in str(line["exception"])


async def _lose_an_exception() -> None:
    """Raise in a callback that nobody waits for."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.handle_uncaught)
    loop.call_soon(_fail)
    ran = asyncio.Event()
    loop.call_soon(ran.set)
    await ran.wait()


def _fail() -> None:
    raise ValueError(f"password={SECRET}")


def test_libraries_write_to_the_same_stream(set_up: SetUp) -> None:
    lines = set_up(logs.Level.INFO)
    logging.getLogger("aiohttp.server").warning("closing %s", "slowly")
    logging.getLogger("aiohttp.access").info("GET /")
    (line,) = lines()
    assert (line["source"], line["message"], line["level"]) == ("aiohttp.server", "closing slowly", "warning")


def test_the_console_style_is_for_reading() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        logs.set_up(logs.Level.INFO, logs.Style.CONSOLE, stream)
        logs.get_logger("runtime").warning("verification_disabled", chargers=5)
    finally:
        structlog.reset_defaults()
        root.handlers, root.level = before
    assert "verification_disabled" in stream.getvalue()
    assert "chargers=5" in stream.getvalue()
