"""The event loop of a command, and the signals that end it in order.

The first SIGINT, SIGTERM or SIGHUP asks for an orderly end; a second SIGINT ends the process at once.
"""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_ORDERLY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on uvloop where it is installed, else on asyncio's own loop."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


class StopSignals:
    """Whether somebody asked for the end. Made inside the running loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._asked = asyncio.Event()
        for number in _ORDERLY:
            self._loop.add_signal_handler(number, self._ask)

    @property
    def asked(self) -> bool:
        """An end was asked for."""
        return self._asked.is_set()

    async def wait(self) -> None:
        """Return when an end is asked for."""
        await self._asked.wait()

    def _ask(self) -> None:
        if self._asked.is_set():
            return
        self._asked.set()
        self._loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
