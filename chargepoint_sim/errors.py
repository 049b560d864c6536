"""Every exception that this package raises on purpose.

    SimulatorError
        LocalError            somebody used the simulator wrongly
            UnknownTarget     no such charger or location
            UnknownAction     no such submitted command
            ActionEnded       a submitted command that cannot be taken back any more
            UnknownModel      no such brand, model or template
            InvalidCharger    a charger that cannot be made as it is described
            DuplicateCharger  an id, or an identity at its central system, that another charger has
            DuplicateLocation a location id that another one has
            HostFull          no room for a further charger in this process
            LocationInUse     a location that chargers stand at
        RemoteError           the central system broke the protocol
            FrameError        a received text is not an OCPP-J message
            CallRefused       a CALL must be answered with a CALLERROR
        ConfigError           a fleet file is wrong; carries every mistake found

Any other exception is a bug.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class SimulatorError(Exception):
    """Root of all errors raised on purpose."""


class LocalError(SimulatorError):
    """The caller asked for something that cannot be done; the text says what to do instead."""


class UnknownTarget(LocalError):
    """A charger or location id that the fleet does not have."""


class UnknownAction(LocalError):
    """A submitted command that is not known, or was forgotten long after its end."""


class ActionEnded(LocalError):
    """A submitted command has ended: there is nothing left to cancel."""


class UnknownModel(LocalError):
    """A brand, model or template that the catalog does not have."""


class InvalidCharger(LocalError):
    """A charger that cannot be made as it is described; the text names the field and what is allowed."""


class DuplicateCharger(LocalError):
    """A charger id, or an identity at one central system, that another charger has already."""


class DuplicateLocation(LocalError):
    """A location id that another location, or a charger, has already."""


class HostFull(LocalError):
    """This host allows the process no further charger; the text says which limit and how to raise it."""


class LocationInUse(LocalError):
    """A location that chargers stand at cannot go before them."""


class RemoteError(SimulatorError):
    """The central system sent something that the protocol does not allow."""


class FrameError(RemoteError):
    """A received text that is not an OCPP-J message (1.6J chapter 4, 2.0.1 part 4 chapter 4).

    `code` is the neutral error code, `message_id` is None where it could not be read, `ignore` is True
    where the standard says that the message is to be passed over in silence.
    """

    def __init__(self, code: str, description: str, message_id: str | None = None, *, ignore: bool = False) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.message_id = message_id
        self.ignore = ignore


class CallRefused(RemoteError):
    """Answer the CALL being handled with a CALLERROR of this `code` (a neutral code of protocol.frames)."""

    def __init__(self, code: str, description: str = "", details: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.details: Mapping[str, Any] = details or {}


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One mistake in a fleet file: where it is, what was found, what is allowed."""

    file: str
    line: int | None
    path: str
    found: str
    allowed: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line is not None else self.file
        return f"{place}: {self.path}: found {self.found}; {self.allowed}"


@dataclass
class ConfigError(SimulatorError):
    """A fleet file with mistakes, all of them."""

    problems: Sequence[ConfigProblem] = field(default_factory=tuple)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def system_words(error: OSError) -> str:
    """What the system calls the error, without the words that asyncio puts around it."""
    return os.strerror(error.errno).lower() if error.errno else str(error)
