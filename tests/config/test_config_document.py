"""YAML with lines, variables and includes; every mistake with its exact message."""

from pathlib import Path

import pytest

from chargepoint_sim.config.document import read_document


def problems_of(tmp_path: Path, text: str | bytes, **environ: str) -> list[str]:
    path = tmp_path / "fleet.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    _, problems = read_document(path, environ)
    return [str(problem).replace(f"{tmp_path}/", "") for problem in problems]


def value_of(tmp_path: Path, text: str, **environ: str) -> object:
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    document, problems = read_document(path, environ)
    assert problems == []
    assert document is not None
    return document.plain()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("010", 10),
        ("0x1F", 31),
        ("-7", -7),
        ("1.6", 1.6),
        ("2.0.1", "2.0.1"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ('"1.6"', "1.6"),
        ("'true'", "true"),
        ("9" * 5000, "9" * 5000),
        (".inf", ".inf"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    assert value_of(tmp_path, f"key: {text}\n") == {"key": value}


def test_lines_are_those_of_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text("a:\n  b: 1\n  c:\n    - x\n    - y\n")
    document, _ = read_document(path, {})
    assert document is not None
    paths = [(), ("a",), ("a", "b"), ("a", "c"), ("a", "c", 1), ("a", "d", "e")]
    assert [document.locate(path)[1].line for path in paths] == [1, 1, 2, 3, 5, 1]


def test_a_path_is_shown_without_indexes_that_the_document_lacks(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text("a: {b: {c: 1}}\n")
    document, _ = read_document(path, {})
    assert document is not None
    assert document.locate(("a", "b", 0, "c"))[0] == ("a", "b", "c")
    assert document.locate(("a", "x", 0, "y"))[0] == ("a", "x", "y")


def test_variables_are_filled_and_typed_like_written_text(tmp_path: Path) -> None:
    text = 'port: ${PORT}\nname: "${PORT}"\nurl: ws://${HOST:-localhost}:${PORT:-1}/x\nnone: ${EMPTY:-fallback}\n'
    assert value_of(tmp_path, text, PORT="9000", EMPTY="") == {
        "port": 9000,
        "name": "9000",
        "url": "ws://localhost:9000/x",
        "none": "fallback",
    }


def test_a_doubled_dollar_is_a_dollar(tmp_path: Path) -> None:
    assert value_of(tmp_path, 'key: "$${NAME} and $5"\n') == {"key": "${NAME} and $5"}


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "csms:\n  password: ${SECRET}\n") == [
        (
            "fleet.yaml:2: csms.password: found ${SECRET}, which is not set; "
            "set the environment variable SECRET, or give a default: ${SECRET:-value}"
        )
    ]


def test_a_variable_without_a_name(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "key: ${1X}\n") == [
        (
            "fleet.yaml:1: key: found ${ without the name of a variable; "
            "${NAME} or ${NAME:-default} takes a variable; $${NAME} stands for the text ${NAME}"
        )
    ]


def test_a_key_twice(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "api:\n  listen: a\n\n  listen: b\n") == [
        "fleet.yaml:4: api.listen: found the key 'listen' twice; it stands in line 2 already"
    ]


def test_a_key_that_is_no_text(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "? [a, b]\n: 1\n") == [
        "fleet.yaml:1: (file): found a key that is no text; keys are texts"
    ]


def test_a_tag(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "password: !secret hidden\n") == [
        "fleet.yaml:1: password: found a YAML tag; a fleet file has none; put the text in quotes"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: 1\n b: 2\n",
            (
                "fleet.yaml:2: (file): found mapping values are not allowed here; "
                "YAML is needed; look at indentation, colons and quotes here"
            ),
        ),
        (
            "a: [1, 2\nb: 3\n",
            (
                "fleet.yaml:2: (file): found expected ',' or ']', but got ':'; "
                "YAML is needed; look at indentation, colons and quotes here"
            ),
        ),
        (
            "a: *hunter2\n",
            "fleet.yaml:1: (file): found undefined alias; YAML is needed; look at indentation, colons and quotes here",
        ),
        (
            "a: 1\n---\nb: 2\n",
            "fleet.yaml:2: (file): found another document; YAML is needed; look at indentation, colons and quotes here",
        ),
        (
            "a: \x01\n",
            (
                "fleet.yaml: (file): found special characters are not allowed; "
                "YAML is needed; look at indentation, colons and quotes here"
            ),
        ),
        ("", "fleet.yaml: (file): found an empty file; a fleet file is a mapping of sections"),
        ("- a\n", "fleet.yaml:1: (file): found no mapping; a fleet file is a mapping of sections"),
        (b"a: \xff\xfe\n", "fleet.yaml: (file): found bytes that are not UTF-8; save the file as UTF-8"),
        (
            "a: " + "[" * 60 + "]" * 60,
            "fleet.yaml:1: a: found too many levels, or an alias within itself; a fleet file has few levels",
        ),
        (
            "a: " + "[" * 5000 + "]" * 5000,
            "fleet.yaml: (file): found too many levels, or an alias within itself; a fleet file has few levels",
        ),
        (
            "a: &x [*x]\n",
            "fleet.yaml:1: a: found too many levels, or an alias within itself; a fleet file has few levels",
        ),
    ],
)
def test_what_is_no_document(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert problems_of(tmp_path, text) == [message]


def test_aliases_that_multiply_are_cut_off(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    found = problems_of(tmp_path, "\n".join(lines))
    assert found == ["fleet.yaml: (file): found more than 250,000 values; write fewer aliases"]


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    _, problems = read_document(tmp_path / "none.yaml", {})
    assert [problem.found for problem in problems] == ["No such file or directory"]


def test_included_files_come_first_and_the_file_itself_wins(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("api: {listen: a, tokens: [t]}\nchargers: [{id: A}]\n")
    text = "include: base.yaml\napi: {listen: b}\nchargers: [{id: B}]\n"
    assert value_of(tmp_path, text) == {
        "api": {"listen": "b", "tokens": ["t"]},
        "chargers": [{"id": "A"}, {"id": "B"}],
    }


def test_an_included_value_knows_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("\n\nchargers:\n  - {id: A}\n")
    path = tmp_path / "fleet.yaml"
    path.write_text("include: [base.yaml]\nchargers:\n  - {id: B}\n")
    document, _ = read_document(path, {})
    assert document is not None
    places = [document.locate(("chargers", n))[1] for n in (0, 1)]
    assert [(place.file.name, place.line) for place in places] == [("base.yaml", 4), ("fleet.yaml", 3)]


def test_files_that_include_each_other(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("include: fleet.yaml\n")
    assert problems_of(tmp_path, "include: other.yaml\n") == [
        "other.yaml:1: include: found 'fleet.yaml'; files include each other in a circle"
    ]


def test_an_include_that_is_no_name(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "include: [1]\n") == [
        "fleet.yaml:1: include: found no file name; a file name, or a list of them"
    ]


def test_an_included_file_that_does_not_exist(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "include: none.yaml\n") == [
        "none.yaml: (file): found No such file or directory; a readable file is needed"
    ]
