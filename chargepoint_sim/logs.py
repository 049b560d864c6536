"""Logging: structlog on stderr for people or as JSON lines, secrets masked, no traceback unless asked for.

Owns the set-up of the process's log, the masking of secrets in whatever is logged or shown, and the handler for
exceptions that no asyncio task took. The pure rooms must not import it (architecture chapter 2).

Events are nouns_verbs (`charger_connected`); figures and names go into keys of their own. What belongs to one
charger is bound as context of its task, never as a logger per charger (architecture D5, D11).
"""

import asyncio
import enum
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO, cast

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from chargepoint_sim.telemetry import count

MASKED = "***"


class Style(enum.StrEnum):
    """How log lines look."""

    CONSOLE = "console"
    JSON = "json"


class Level(enum.StrEnum):
    """From which level on events are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def number(self) -> int:
        """The level as the logging module counts."""
        return getattr(logging, self.name)  # type: ignore[no-any-return]  # the names are the logging module's


def set_up(level: Level = Level.INFO, style: Style = Style.CONSOLE, stream: TextIO | None = None) -> None:
    """Configure the log of this process, once, before the first event; `stream` is stderr where not given.

    Records of the standard library's logging join the same stream. Tracebacks appear at level debug only.
    """
    file = cast("TextIO", _Stderr()) if stream is None else stream
    renderer: Processor
    if style is Style.JSON:
        renderer = structlog.processors.JSONRenderer(serializer=_to_json)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=file.isatty(), sort_keys=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if level is Level.DEBUG else _name_exception,
            _mask_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level.number),
        logger_factory=structlog.WriteLoggerFactory(file=file),
        cache_logger_on_first_use=True,
    )
    # What libraries tell at info, the chargers' own events say better.
    library_level = logging.INFO if level is Level.DEBUG else max(level.number, logging.WARNING)
    logging.basicConfig(handlers=[_ToStructlog()], level=library_level, force=True)


def get_logger(source: str) -> FilteringBoundLogger:
    """The logger of a module; `source` is the room, such as "runtime"."""
    return cast("FilteringBoundLogger", structlog.get_logger(source=source))


def bind_charger(charger_id: str) -> None:
    """Name the charger in every event of the current task and of the callbacks that it schedules."""
    structlog.contextvars.bind_contextvars(charger=charger_id)


def handle_uncaught(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Log an exception that no task took (for `loop.set_exception_handler`); the others go on."""
    count("uncaught_exceptions")
    get_logger("asyncio").error(
        "exception_uncaught", message=context.get("message", ""), exc_info=context.get("exception")
    )


def _to_json(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


def _name_exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Put the exception's type and text where the traceback would stand."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()[1]
    elif isinstance(raised, tuple):
        raised = raised[1]
    if isinstance(raised, BaseException):
        event["error"] = f"{type(raised).__name__}: {raised}"
    return event


def _mask_event(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return cast("EventDict", mask_tree(event))


class _Stderr:
    """The process's stderr as it is at each write: a logger outlives a redirection."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return sys.stderr.isatty()


class _ToStructlog(logging.Handler):
    """Hands the records of the standard library's logging to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        exception = record.exc_info[1] if record.exc_info else None
        log = get_logger(record.name)
        log.log(record.levelno, "library_reported", message=record.getMessage(), exc_info=exception)


# How names end whose value is a secret, wherever they stand: keys of JSON and YAML, settings, headers, log keys.
# A search for one does not match how the name begins: that would try every place in a long word against all of it.
_SECRET = r"(?:password|passwd|secret|private_?key|api_?key|access_?token|authorizationkey|simpin)"
_SECRET_NAME = re.compile(rf"[\w.-]*{_SECRET}|(?:proxy-)?authorization|cookie", re.IGNORECASE)
# Where a name of a setting and its value are members of one object: 1.6 KeyValue, 2.x SetVariableData and its kin.
_VALUE_MEMBERS = frozenset({"value", "attributeValue"})

# Nothing is looked at closer that holds none of these.
_HINT = re.compile(
    rf"{_SECRET}|authorization|cookie|basic |bearer |private key|keycode|://[^/\s]*@|[?&]", re.IGNORECASE
)

_LITERAL = r'"(?:[^"\\]|\\.)*"?'
_QUOTED = rf"{_LITERAL}|'[^']*'?"
# (what stays before it, the secret, what stays after it)
_RULES: tuple[tuple[str, str, str], ...] = (
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----", r".*?", r"-----END [A-Z ]*PRIVATE KEY-----|\Z"),
    # The user's part of a URL, as in the location of GetDiagnostics or of a central system.
    (r"[a-z0-9+.-]://[^/\s:@\"']*:", r"[^/\s@\"']+", r"@"),
    (r"[?&](?:[\w-]*token|key|auth|sig)=", r"[^&\s\"'#]+", r""),
    # A header as a line, a member or a pair; a scheme and what follows it.
    (
        r"authorization(?:[\"']?\s*[:=]\s*|[\"']\s*,\s*)",
        rf"{_QUOTED}|(?:(?:basic|bearer|digest)\s+)?[^\s,;\"'}}]+",
        r"",
    ),
    (r"\b(?:basic|bearer) ", r"[\w+/=.~-]{16,}", r""),
    (r"cookie[\"']?\s*[:=]\s*", rf"{_QUOTED}|[^\r\n\"']+", r""),
    (rf"{_SECRET}[\"']?\s*[:=]\s*", rf"{_QUOTED}|[^\s,;\"'}}&]+", r""),
)
_PATTERNS = tuple(
    re.compile(f"({before})(?:{secret})({after})", re.IGNORECASE | re.DOTALL) for before, secret, after in _RULES
)
# A text that is no JSON (a cut frame) and names a secret setting: no value in it can be trusted.
_NAMED_SETTING = re.compile(rf'"[\w.-]*{_SECRET}"\s*(?:,|}})', re.IGNORECASE)
_ANY_VALUE = re.compile(rf'("(?:{"|".join(sorted(_VALUE_MEMBERS))})"\s*:\s*){_LITERAL}')


def mask(text: str) -> str:
    """`text` without its secrets: header lines, frames, URLs, keys in PEM, `name=value` pairs.

    A frame with a secret comes back as compact JSON with that value replaced; a text without one unchanged.
    """
    if _HINT.search(text) is None:
        return text
    if text[:1] in ("[", "{"):
        try:
            tree = orjson.loads(text)
        except orjson.JSONDecodeError:
            pass
        else:
            masked = mask_tree(tree)
            return text if masked == tree else orjson.dumps(masked).decode()
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{MASKED}\2", text)
    if _NAMED_SETTING.search(text):
        text = _ANY_VALUE.sub(rf'\1"{MASKED}"', text)
    return text


def mask_tree(tree: Any) -> Any:
    """A copy of plain data with the secrets in its texts and under secret names replaced."""
    if isinstance(tree, str):
        return mask(tree)
    if isinstance(tree, bytes):
        return mask(tree.decode("utf-8", "replace"))
    if isinstance(tree, Mapping):
        return _mask_members(tree)
    if isinstance(tree, list | tuple):
        return [mask_tree(item) for item in tree]
    return tree


def _mask_members(tree: Mapping[Any, Any]) -> dict[Any, Any]:
    about_secret = any(_is_secret(name) for name in _names_of_setting(tree))
    # The VPN settings of SetNetworkProfile (2.0.1) call the shared key simply "key".
    vpn = "password" in tree and "server" in tree
    # What a driver has typed in (2.0.1 C04.FR.04), in an IdTokenType.
    key_code = tree.get("type") == "KeyCode"
    masked = {}
    for name, value in tree.items():
        secret = (
            _is_secret(name)
            or (about_secret and name in _VALUE_MEMBERS)
            or (vpn and name == "key")
            or (key_code and name == "idToken")
        )
        masked[name] = MASKED if secret and value else mask_tree(value)
    return masked


def _names_of_setting(tree: Mapping[Any, Any]) -> tuple[Any, ...]:
    variable = tree.get("variable")
    return (tree.get("key"), variable.get("name") if isinstance(variable, Mapping) else None)


def _is_secret(name: Any) -> bool:
    return isinstance(name, str) and _SECRET_NAME.fullmatch(name) is not None
