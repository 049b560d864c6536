"""One text of a case serves several versions: words, holes, and texts with words in them."""

import pytest

from chargepoint_sim.conformance.words import filled, read_words
from chargepoint_sim.errors import LocalError

WORDS = {"rpc": "part 4", "status": {"place": "<place>", "at": "<at>", "list": ["<place>"]}}


def test_a_case_speaks_the_words_of_the_version() -> None:
    text = "- {reference: !text '<rpc> chapter 4', name: !word rpc, payload: !word {status: {place: 3}}}"
    expected = {"reference": "part 4 chapter 4", "name": "part 4", "payload": {"place": 3, "list": [3]}}
    assert read_words(text, WORDS, "x.yaml") == [expected]


def test_a_word_fills_a_hole_of_another() -> None:
    assert read_words("- !word {status: {at: !word rpc}}", WORDS, "x.yaml") == [{"at": "part 4", "list": [None]}]


def test_what_is_no_hole_stays() -> None:
    assert filled({"a": "<b>vendor</b>", "c": 0, "d": "<e>"}, {}) == {"a": "<b>vendor</b>", "c": 0}


@pytest.mark.parametrize("text", ["- !word nobody", "- !text 'a <nobody>'", "- [", "- !word {nobody: {}}"])
def test_an_unknown_word_and_broken_yaml_are_mistakes_of_the_file(text: str) -> None:
    with pytest.raises(LocalError, match=r"x\.yaml"):
        read_words(text, WORDS, "x.yaml")
