"""What can still be said of a section that holds mistakes: the section without them.

Owns the way from a wrong mapping to the nearest sound one, so that the checks that need several sections run in spite
of a mistake in one. It words no mistake; what was changed is told, so that nobody is blamed for what follows from it.
"""

from collections import Counter
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from chargepoint_sim.config.document import KeyPath, Plain

Model = TypeVar("Model", bound=BaseModel)

STAND_IN = "?"
"""In place of a text that is missing or cannot be one; no id, name or URL is that short and odd."""

_TEXT_ERRORS = frozenset({"missing", "string_type", "string_too_short", "string_too_long"})


def repaired(model: type[Model], written: Plain) -> tuple[Model, list[ErrorDetails], set[KeyPath]]:
    """`written` as a model, the mistakes that kept it from being one, and the paths where something else stands now.

    A number where text is needed becomes its text, which is what was meant; all other wrong values are left out, and
    what cannot do without them with them. `written` is changed.
    """
    root: list[Any] = [written]
    mistakes: list[ErrorDetails] | None = None
    changed: set[KeyPath] = set()
    tries: Counter[KeyPath] = Counter()
    while True:
        try:
            sound = model.model_validate(root[0])
        except ValidationError as invalid:
            errors = invalid.errors(include_url=False)
        else:
            return sound, mistakes or [], changed
        mistakes = errors if mistakes is None else mistakes
        for error in errors:
            path: KeyPath = error["loc"][:-1] if error["loc"][-1:] == ("[key]",) else error["loc"]
            tries[path] += 1
            if tries[path] == 1 and error["type"] in _TEXT_ERRORS:
                value = error["input"] if error["type"] == "string_type" else None
                meant = isinstance(value, bool | int | float)
                _put(root, path, str(value) if meant else STAND_IN)
                if not meant:
                    changed.add(path)
            else:
                changed.add(_remove(root, path[: len(path) - max(0, tries[path] - 2)]))


def _put(root: list[Any], path: KeyPath, text: str) -> None:
    holder, key = _holder(root, path)
    if isinstance(holder, dict | list):
        holder[key] = text


def _remove(root: list[Any], path: KeyPath) -> KeyPath:
    """Leave out the value at `path`, or the whole list that it stands in; answers the path of what is left out."""
    holder, key = _holder(root, path)
    while isinstance(holder, list) and holder is not root:
        path = path[:-1]
        holder, key = _holder(root, path)
    if holder is root:
        root[0] = {}
    elif isinstance(holder, dict):
        holder.pop(key, None)
    return path


def _holder(root: list[Any], path: KeyPath) -> tuple[Any, Any]:
    """The mapping or list that holds the value at `path`, and its key there. Indexes of a single mapping that stands
    for a list are passed over."""
    holder: Any = root
    key: Any = 0
    for part in path:
        here = holder[key] if isinstance(holder, list) or (isinstance(holder, dict) and key in holder) else None
        if isinstance(here, dict) and isinstance(part, int):
            continue
        holder, key = here, part
    return holder, key
