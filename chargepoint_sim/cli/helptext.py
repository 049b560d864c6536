"""The text of `--help`: a function's docstring, reflowed, and examples at its end that a test runs or parses."""

import inspect
from collections.abc import Callable
from typing import Any

import typer
from rich.markup import escape

PROMPT = "$ chargepoint-sim "


def add(app: typer.Typer, command: Callable[..., None], *examples: str, notes: str = "", **settings: Any) -> None:
    """Add a command whose help is its docstring; examples are command lines without the program's name."""
    app.command(help=reflowed(command), epilog=epilog(*examples, notes=notes), **settings)(command)


def epilog(*examples: str, notes: str = "") -> str:
    """Examples, one a line, and a paragraph below them."""
    lines = ["[dim]Examples[/dim]", *(f"[cyan]{escape(PROMPT + line)}[/cyan]" for line in examples)]
    return "\n".join(lines) + (f"\n\n{notes}" if notes else "")


def reflowed(command: Callable[..., None]) -> str:
    """The docstring with each paragraph on one line: the terminal breaks lines, not the source."""
    paragraphs = (inspect.getdoc(command) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
