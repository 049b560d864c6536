"""Mistakes of a fleet file, gathered with their places and worded for people.

Owns the words: how a value is described (secrets never are), what a rule of the models says in plain English, and
which known name an unknown one was probably meant to be. Remembers which values a mistake has spoiled, so that what
only follows from a mistake is no further one.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from chargepoint_sim.config.document import KeyPath, Located, path_text
from chargepoint_sim.config.repair import repaired
from chargepoint_sim.errors import ConfigProblem

Model = TypeVar("Model", bound=BaseModel)

SECRETS = frozenset({"password", "passwords", "tokens", "headers", "secrets"})
"""Keys under which nothing is ever repeated in a message."""

_PARTS_UNREAD = frozenset({"(file)", "include"})
"""Where the mistakes of files that could not be read stand: what is missing may be in there."""

_USERINFO = re.compile(r"(?<=://)[^/@]*(?=@)")
_QUERY = re.compile(r"(?<=\?).+")
_SHOWN = 60
_COMPARED = 2000
_LISTED = 40


class Findings:
    """The mistakes found so far in one document."""

    def __init__(self, document: Located, problems: Iterable[ConfigProblem] = ()) -> None:
        self._document = document
        self._problems = list(problems)
        self._seen = {(problem.file, problem.path) for problem in self._problems}
        self._spoiled = {problem.path for problem in self._problems}
        self._guesswork = not self._spoiled.isdisjoint(_PARTS_UNREAD)

    def add(self, path: KeyPath, allowed: str, found: str | None = None) -> None:
        """A mistake at `path`; `found` is the value there unless said otherwise. The first one at a place counts."""
        shown, node = self._document.locate(path)
        problem = ConfigProblem(str(node.file), node.line, path_text(shown), found or describe(node, path), allowed)
        if (problem.file, problem.path) not in self._seen:
            self.add_problem(problem)

    def add_problem(self, problem: ConfigProblem) -> None:
        """A mistake in another file, such as a table of chargers."""
        self._seen.add((problem.file, problem.path))
        self._problems.append(problem)

    def spoil(self, path: KeyPath) -> None:
        """Remember that the value at `path` is not what the file was meant to say."""
        self._spoiled.add(self._text(path))

    def spoiled(self, path: KeyPath, *, within: bool = False) -> bool:
        """Whether a mistake that is told already has taken the place of the value at `path`, or of what holds it;
        or, if asked for, of something within it."""
        if not self._spoiled or self._guesswork:
            return self._guesswork
        if any(self._text(path[:length]) in self._spoiled for length in range(1, len(path) + 1)):
            return True
        inside = (f"{self._text(path)}.", f"{self._text(path)}[")
        return within and any(text.startswith(inside) for text in self._spoiled)

    def stands(self, path: KeyPath) -> bool:
        """Whether the document has a value at `path`."""
        node: Located | None = self._document
        for part in path:
            node = node.child(part) if node is not None else None
        return node is not None

    def _text(self, path: KeyPath) -> str:
        return path_text(self._document.locate(path)[0])

    def folder(self, path: KeyPath) -> Path:
        """The folder of the file that the value at `path` stands in: what relative names there are relative to."""
        _, node = self._document.locate(path)
        return node.file.parent

    def validate(self, model: type[Model], path: KeyPath) -> Model:
        """The value at `path` as a model; what is wrong in it is added, and left out of the model."""
        _, node = self._document.locate(path)
        sound, errors, changed = repaired(model, node.plain())
        for error in errors:
            self._add_error(model, path, error)
        for within in changed:
            self.spoil((*path, *within))
        return sound

    def unknown_key(self, path: KeyPath, known: Sequence[str]) -> None:
        """The mistake of a key that does not exist; the one that it was probably meant to be is not missing then."""
        key = str(path[-1])
        self.add(path, f"{guess(key, known)}{listed('known keys', known)}", f"the unknown key '{key}'")
        meant = nearest(key, known)
        if meant is not None and not self.stands((*path[:-1], meant)):
            self.spoil((*path[:-1], meant))

    def _misspelt(self, path: KeyPath, known: Sequence[str]) -> bool:
        """Whether the key at `path`, which is missing, was probably meant by an unknown one beside it."""
        _, holder = self._document.locate(path[:-1])
        written = holder.value if isinstance(holder.value, dict) else {}
        return any(nearest(key, known) == path[-1] for key in written if key not in known)

    def _add_error(self, model: type[BaseModel], path: KeyPath, error: ErrorDetails) -> None:
        where = (*path, *error["loc"])
        if where[-1] == "[key]":
            self.add(where[:-1], _rule(error), f"the key '{where[-2]}'")
        elif error["type"] == "extra_forbidden":
            self.unknown_key(where, known_keys(model, error["loc"][:-1]))
        elif error["type"] != "missing":
            self.add(where, _rule(error))
        elif not self._misspelt(where, known_keys(model, error["loc"][:-1])):
            self.add(where, "this key is needed", "nothing")

    @property
    def found(self) -> bool:
        """True when there is a mistake."""
        return bool(self._problems)

    def sorted(self) -> tuple[ConfigProblem, ...]:
        """All mistakes, by file and line."""
        return tuple(sorted(self._problems, key=lambda problem: (problem.file, problem.line or 0)))


def describe(node: Located, path: KeyPath = ()) -> str:
    """A value in a few words; the ones under a secret key are not told."""
    value = node.value
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or value == "":
        return "nothing"
    if not SECRETS.isdisjoint(map(str, path)) or path[-1:] == ("security",):
        return "a secret"
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(node.written or value)


def quoted(value: str | int | float) -> str:
    """A scalar as it is shown in a message: cut, on one line, without the password of a URL."""
    if not isinstance(value, str):
        return str(value)
    text = " ".join(value.split())
    if "://" in text:
        text = _QUERY.sub("***", _USERINFO.sub("***", text))
    return f"'{text[:_SHOWN]}...'" if len(text) > _SHOWN else f"'{text}'"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be."""
    by_folded = {candidate.casefold(): candidate for candidate in islice(known, _COMPARED)}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def guess(name: str, known: Iterable[str]) -> str:
    """`did you mean 'evses'? ` or nothing."""
    near = nearest(name, known)
    return f"did you mean '{near}'? " if near is not None else ""


def listed(what: str, names: Iterable[str]) -> str:
    """`known keys: a, b`, cut after forty."""
    ordered = list(names)
    shown = ", ".join(ordered[:_LISTED])
    return f"{what}: {shown}" + (f" and {len(ordered) - _LISTED} more" if len(ordered) > _LISTED else "")


def known_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys that the model at `path` below `model` takes."""
    here: Any = model
    for part in path:
        here = _step(here, part)
    here = _bare(here)
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _step(annotation: Any, part: str | int) -> Any:
    annotation = _bare(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(part))
        return field.annotation if field is not None else None
    arguments = get_args(annotation)
    return arguments[-1] if arguments else None


def _bare(annotation: Any) -> Any:
    """Without Annotated and `| None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _bare(get_args(annotation)[0])
    return annotation


_SENTENCES: Mapping[str, str] = {
    "string_type": "text is needed; put numbers, true and false in quotes",
    "int_type": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "float_type": "a number is needed",
    "finite_number": "a finite number is needed",
    "bool_type": "true or false is needed",
    "list_type": "a list is needed",
    "dict_type": "a mapping is needed",
    "model_type": "a mapping is needed",
    "greater_than": "a number above {gt:g} is needed",
    "greater_than_equal": "{ge:g} or more is needed",
    "less_than_equal": "{le:g} or less is needed",
    "too_short": "at least {min_length} of them needed",
    "too_long": "at most {max_length} of them allowed",
    "string_too_short": "text is needed",
    "string_too_long": "at most {max_length} characters are allowed",
    "value_error": "{error}",
}
"""pydantic's error types -> what is allowed."""


def _rule(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] == "literal_error":
        choices = [choice.strip("'") for choice in re.split(r", | or ", str(context["expected"]))]
        return f"{guess(str(error['input']), choices)}{listed('allowed', choices)}"
    sentence = _SENTENCES.get(error["type"])
    return sentence.format(**context) if sentence is not None else error["msg"]
