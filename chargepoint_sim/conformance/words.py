"""The words of each OCPP version in the case files: one text of a case serves every version that it is about.

A case file says `!word NAME` where the versions differ, or `!word {NAME: {hole: value}}` where the word has holes, and
`!text` for a text in which `<NAME>` stands for a word. Each version's words stand in `shared/words.yaml`; in them
`<hole>` as a whole value is filled by what the case gives.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from chargepoint_sim.errors import LocalError

Words = Mapping[str, Any]

_NAME = re.compile(r"<(\w+)>")


class _Loader(yaml.SafeLoader):
    """Knows the words of one version."""

    def __init__(self, stream: str, words: Words) -> None:
        super().__init__(stream)
        self.words = words


def read_words(text: str, words: Words, source: str) -> list[dict[str, Any]]:
    """A case file in the words of a version: one mapping a case. Raises LocalError for a word that it does not have."""
    loader = _Loader(text, words)
    try:
        cases: list[dict[str, Any]] = loader.get_single_data()
    except yaml.YAMLError as error:
        raise LocalError(f"{source}: {error}") from None
    finally:
        loader.dispose()
    return cases


def _word(loader: _Loader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        (name, holes), *_ = loader.construct_mapping(node, deep=True).items()
    else:
        name, holes = node.value, {}
    return filled(_known(loader.words, str(name)), holes)


def _text(loader: _Loader, node: yaml.Node) -> str:
    return _NAME.sub(lambda name: str(_known(loader.words, name[1])), str(node.value))


def _known(words: Words, name: str) -> Any:
    if name not in words:
        raise yaml.YAMLError(f"this version has no word {name!r}")
    return words[name]


def filled(word: Any, holes: Mapping[str, Any]) -> Any:
    """A word with its holes filled; one that nothing fills is left out of its mapping."""
    if isinstance(word, Mapping):
        pairs = ((key, filled(value, holes)) for key, value in word.items())
        return {key: value for key, value in pairs if value is not None}
    if isinstance(word, list):
        return [filled(one, holes) for one in word]
    hole = _NAME.fullmatch(word) if isinstance(word, str) else None
    return word if hole is None else holes.get(hole[1])


_Loader.add_constructor("!word", _word)
_Loader.add_constructor("!text", _text)
