"""A YAML file as a tree of values that know their file and line.

Owns reading, `include:`, `${VARIABLE}` substitution and the YAML-level mistakes (syntax, duplicate keys, unset
variables). It knows nothing of what a fleet file means. Scalars follow the YAML 1.2 core schema, so that `NO` is
Norway and `12:30` is text, which the 1.1 rules of PyYAML's own constructor would turn into false and 750.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from chargepoint_sim.errors import ConfigProblem

Scalar = str | int | float | bool | None
Plain = Scalar | list["Plain"] | dict[str, "Plain"]
KeyPath = tuple[str | int, ...]

MAX_BYTES = 64 * 2**20
MAX_VALUES = 250_000
"""Aliases that name aliases can stand for more values than any memory holds."""

MAX_DEPTH = 50

_TOO_DEEP = ("too many levels, or an alias within itself", "a fleet file has few levels")
_VARIABLE = re.compile(r"\$(?P<escaped>\$)?\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_OPENING = re.compile("^(but )?(found )?")
_NAME = re.compile("(alias|anchor|handle) '.*'")
_CONSTANTS: Mapping[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], Scalar]], ...] = (
    (re.compile(r"[-+]?[0-9]{1,18}"), int),
    (re.compile(r"0x[0-9a-fA-F]{1,15}"), lambda text: int(text, 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]{1,18}(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?"), float),
)
"""YAML 1.2 chapter 10.3.2; infinities and numbers of any length are left as text, which no number field takes."""


@dataclass(frozen=True, slots=True)
class Located:
    """One value and where it stands; an entry of a mapping stands where its key does."""

    value: "Scalar | list[Located] | dict[str, Located]"
    file: Path
    line: int
    written: str | None = None
    """The text before substitution, where a variable was substituted."""

    def plain(self) -> Plain:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: entry.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [entry.plain() for entry in self.value]
        return self.value

    def locate(self, path: KeyPath) -> "tuple[KeyPath, Located]":
        """The deepest value on the way along `path`, and the path as it is shown to people: without indexes that the
        document lacks, since validation puts one mapping where a list may stand into a list of one."""
        shown: KeyPath = ()
        node, missing = self, False
        for part in path:
            child = None if missing else node.child(part)
            if child is not None:
                node = child
            elif isinstance(part, int):
                continue
            missing = child is None
            shown = (*shown, part)
        return shown, node

    def child(self, part: str | int) -> "Located | None":
        """The entry with that key or index, or None."""
        if isinstance(self.value, dict):
            return self.value.get(str(part))
        if isinstance(self.value, list) and isinstance(part, int) and 0 <= part < len(self.value):
            return self.value[part]
        return None


def read_document(path: Path, environ: Mapping[str, str]) -> tuple[Located | None, list[ConfigProblem]]:
    """The tree of a file and of all that it includes, with every mistake found; None where there is no tree."""
    reader = _Reader(environ)
    return reader.read(path, ()), reader.problems


def path_text(path: KeyPath) -> str:
    """`chargers[0].csms.url`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "(file)"


class _Reader:
    """Reads one file with its includes."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._values = 0
        self.problems: list[ConfigProblem] = []

    def read(self, path: Path, within: tuple[Path, ...]) -> Located | None:
        node = self._compose(path)
        if node is None:
            return None
        root = self._located(node, path, (), node.start_mark.line + 1)
        if root is None:
            return None
        if not isinstance(root.value, dict):
            self._complain(path, root.line, (), "no mapping", "a fleet file is a mapping of sections")
            return None
        include = root.value.pop("include", None)
        return root if include is None else self._with_includes(root, include, (*within, path.resolve()))

    def _compose(self, path: Path) -> yaml.Node | None:
        try:
            with path.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
            if len(content) > MAX_BYTES:
                self._complain(path, None, (), "a file above 64 MiB", "split it with include")
                return None
            node: yaml.Node | None = yaml.compose(content.decode("utf-8-sig"), Loader=yaml.SafeLoader)
        except OSError as error:
            self._complain(path, None, (), error.strerror or "an unreadable file", "a readable file is needed")
        except UnicodeDecodeError:
            self._complain(path, None, (), "bytes that are not UTF-8", "save the file as UTF-8")
        except yaml.YAMLError as error:
            self._complain_yaml(path, error)
        except RecursionError:
            self._complain(path, None, (), *_TOO_DEEP)
        else:
            if node is None:
                self._complain(path, None, (), "an empty file", "a fleet file is a mapping of sections")
            return node
        return None

    def _complain_yaml(self, path: Path, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        words = getattr(error, "problem", None) or getattr(error, "reason", None) or "a syntax error"
        # PyYAML quotes the names of aliases and tags, which a badly quoted password can look like.
        found = _NAME.sub(r"\1", _OPENING.sub("", words))
        line = mark.line + 1 if mark is not None else None
        self._complain(path, line, (), found, "YAML is needed; look at indentation, colons and quotes here")

    def _located(self, node: yaml.Node, file: Path, path: KeyPath, line: int) -> Located | None:
        self._values += 1
        if self._values == MAX_VALUES:
            self._complain(file, None, (), f"more than {MAX_VALUES:,} values", "write fewer aliases")
        if self._values >= MAX_VALUES:
            return None
        if len(path) > MAX_DEPTH:
            self._complain(file, line, path[:1], *_TOO_DEEP)
            return None
        if node.tag.startswith("!"):
            self._complain(file, line, path, "a YAML tag", "a fleet file has none; put the text in quotes")
        if isinstance(node, yaml.MappingNode):
            return Located(self._entries(node, file, path), file, line)
        if isinstance(node, yaml.SequenceNode):
            items = (
                self._located(item, file, (*path, n), item.start_mark.line + 1) for n, item in enumerate(node.value)
            )
            return Located([item for item in items if item is not None], file, line)
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node, file, path, line)

    def _entries(self, node: yaml.MappingNode, file: Path, path: KeyPath) -> dict[str, Located]:
        entries: dict[str, Located] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain(file, line, path, "a key that is no text", "keys are texts")
                continue
            key = key_node.value
            if key in entries:
                first = entries[key].line
                self._complain(file, line, (*path, key), f"the key '{key}' twice", f"it stands in line {first} already")
                continue
            entry = self._located(value_node, file, (*path, key), line)
            if entry is not None:
                entries[key] = entry
        return entries

    def _scalar(self, node: yaml.ScalarNode, file: Path, path: KeyPath, line: int) -> Located | None:
        unset: list[str] = []

        def value_of(match: re.Match[str]) -> str:
            if match["escaped"]:
                return match[0].removeprefix("$")
            value = self._environ.get(match["name"])
            if not value and match["default"] is not None:
                value = match["default"]
            if value is None:
                unset.append(match["name"])
            return value or ""

        text = _VARIABLE.sub(value_of, node.value)
        if "${" in _VARIABLE.sub("", node.value):
            allowed = "${NAME} or ${NAME:-default} takes a variable; $${NAME} stands for the text ${NAME}"
            self._complain(file, line, path, "${ without the name of a variable", allowed)
        for name in unset:
            allowed = f"set the environment variable {name}, or give a default: ${{{name}:-value}}"
            self._complain(file, line, path, f"${{{name}}}, which is not set", allowed)
        if _UNUSABLE.search(text):
            self._complain(file, line, path, "a character that no file name and no message can have", "leave it out")
            text = ""
        written = node.value if "${" in node.value else None
        return Located(_typed(text) if node.style is None else text, file, line, written)

    def _with_includes(self, root: Located, include: Located, within: tuple[Path, ...]) -> Located:
        """Included files first, in order, so that what stands in the file itself wins."""
        merged: Located | None = None
        for entry in include.value if isinstance(include.value, list) else [include]:
            if not isinstance(entry.value, str):
                self._complain(root.file, entry.line, ("include",), "no file name", "a file name, or a list of them")
                continue
            path = root.file.parent / entry.value
            if path.resolve() in within:
                self._complain(
                    root.file, entry.line, ("include",), f"'{entry.value}'", "files include each other in a circle"
                )
                continue
            included = self.read(path, within)
            if included is not None:
                merged = included if merged is None else _merge(merged, included, 0)
        return root if merged is None else _merge(merged, root, 0)

    def _complain(self, file: Path, line: int | None, path: KeyPath, found: str, allowed: str) -> None:
        self.problems.append(ConfigProblem(str(file), line, path_text(path), found, allowed))


def _merge(below: Located, above: Located, depth: int) -> Located:
    """Mappings key by key; the lists of the top level (chargers, locations) one after the other; else `above`."""
    if isinstance(below.value, dict) and isinstance(above.value, dict):
        entries = dict(below.value)
        for key, entry in above.value.items():
            entries[key] = _merge(entries[key], entry, depth + 1) if key in entries else entry
        return Located(entries, above.file, above.line)
    if depth == 1 and isinstance(below.value, list) and isinstance(above.value, list):
        return Located([*below.value, *above.value], above.file, above.line)
    return above


def _typed(text: str) -> Scalar:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    for pattern, number in _NUMBERS:
        if pattern.fullmatch(text):
            return number(text)
    return text
