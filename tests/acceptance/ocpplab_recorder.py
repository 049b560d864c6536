"""For programs in an environment of the vendor's client: calls its methods and prints what came back.

Each line is `["name", answer]`; where the client raised, the answer is `{"raised": class name, "status": status}`.
The last line names the methods of the client that were never called.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from ocpplab.core.api_error import ApiError

PATIENCE_S = 30
POLL_S = 0.1
"""How often a client asks for a status, which is how this API tells that something has ended."""


class Recorder:
    """Calls methods of `client` by name, such as `chargers.create`."""

    def __init__(self, client: Any, groups: Sequence[str]) -> None:
        self._client = client
        self._methods = {f"{group}.{name}" for group in groups for name in self._names(group)}
        self._called: set[str] = set()

    def call(self, method: str, *args: Any, as_: str | None = None, **options: Any) -> Any:
        """Call a method and print its answer under `as_`, or its own name. None where it raised."""
        self._called.add(method)
        answer, printed = self._outcome(method, args, options)
        print(json.dumps([as_ or method, printed]))
        return answer

    def until(
        self, enough: Callable[[Any], bool], method: str, *args: Any, as_: str | None = None, **options: Any
    ) -> Any:
        """Call a method until its answer is `enough`, and print that one."""
        self._called.add(method)
        end = time.monotonic() + PATIENCE_S
        while True:
            answer, printed = self._outcome(method, args, options)
            if answer is None or enough(answer) or time.monotonic() > end:
                print(json.dumps([as_ or method, printed]))
                return answer
            time.sleep(POLL_S)

    def finish(self) -> None:
        """Print which methods were never called."""
        print(json.dumps(["never called", sorted(self._methods - self._called)]))

    def _names(self, group: str) -> list[str]:
        return [name for name in dir(self._find(group)) if name[0] != "_" and name != "with_raw_response"]

    def _find(self, path: str) -> Any:
        found = self._client
        for name in path.split("."):
            found = getattr(found, name)
        return found

    def _outcome(self, method: str, args: Any, options: Any) -> tuple[Any, Any]:
        try:
            answer = self._find(method)(*args, **options)
        except ApiError as error:
            return None, {"raised": type(error).__name__, "status": error.status_code}
        if hasattr(answer, "items") and hasattr(answer, "has_next"):
            answer = list(answer)
        return answer, _plain(answer)


def _plain(answer: Any) -> Any:
    if isinstance(answer, list):
        return [_plain(one) for one in answer]
    return json.loads(answer.json()) if hasattr(answer, "json") else answer
