"""Writes a page of docs/ that is made from the code, or compares it with what the code says now."""

import argparse
from pathlib import Path


def write_or_compare(page: Path, made: str, description: str | None) -> int:
    """Write `made` to `page`, or with --check on the command line only compare; answers the exit status."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 when the page is old")
    name = page.relative_to(page.parent.parent)
    if parser.parse_args().check:
        if page.exists() and page.read_text(encoding="utf-8") == made:
            return 0
        print(f"{name} is not up to date: run scripts/docs")
        return 1
    page.write_text(made, encoding="utf-8")
    print(f"wrote {name}")
    return 0
