"""CSV files that a fleet file names: chargers, credentials, id tags.

Owns reading and the mistakes of a table: a missing file, unknown columns, missing cells. Cells never stand in a
message, since they may be passwords.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from chargepoint_sim.config.document import KeyPath
from chargepoint_sim.config.findings import Findings, guess, listed
from chargepoint_sim.errors import ConfigProblem

CHARGER_COLUMNS = ("id", "ocpp_identity", "serial", "location", "password")
CREDENTIAL_COLUMNS = ("identity", "password", "username", "certificate", "key")

Row = tuple[int, dict[str, str]]
"""Line in the file, cells by column; empty cells are left out."""


def read_table(file: Path, columns: Sequence[str], findings: Findings, path: KeyPath) -> list[Row] | None:
    """The rows of a CSV file whose first column of `columns` is needed; None with the mistakes added.

    `path` is the place in the fleet file that names it.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            return _rows(file, stream, columns, findings)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        findings.add(path, f"a CSV file with the columns {', '.join(columns)} is needed: {_words(error)}")
        return None


def read_tags(file: Path, findings: Findings, path: KeyPath) -> tuple[str, ...] | None:
    """Id tags from the first column of a file; a heading `id_token` is passed over."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            cells = [row[0].strip() for row in csv.reader(stream, strict=True) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        findings.add(path, f"a file with one id tag a line is needed: {_words(error)}")
        return None
    tags = tuple(dict.fromkeys(cell for cell in cells if cell))
    if tags and tags[0] == "id_token":
        tags = tags[1:]
    if not tags or any(len(tag) > 36 for tag in tags):
        findings.add(path, "one id tag of 1 to 36 characters a line is needed", "a file without, or with longer ones")
        return None
    return tags


def _rows(file: Path, stream: TextIO, columns: Sequence[str], findings: Findings) -> list[Row] | None:
    reader = csv.reader(stream, strict=True)
    heading = [cell.strip() for cell in next(reader, [])]
    problems = list(_heading_problems(file, heading, columns))
    rows: list[Row] = []
    for cells in reader:
        if not any(cells):
            continue
        if len(cells) > len(heading):
            problems.append(
                ConfigProblem(
                    str(file), reader.line_num, "row", f"{len(cells)} cells", f"the heading has {len(heading)}"
                )
            )
        row = {column: cell.strip() for column, cell in zip(heading, cells, strict=False) if cell.strip()}
        if columns[0] not in row and not problems:
            problems.append(ConfigProblem(str(file), reader.line_num, columns[0], "nothing", "this cell is needed"))
        rows.append((reader.line_num, row))
    for problem in problems:
        findings.add_problem(problem)
    return None if problems else rows


def _heading_problems(file: Path, heading: Sequence[str], columns: Sequence[str]) -> Iterator[ConfigProblem]:
    known = listed("known columns", columns)
    for n, column in enumerate(heading):
        if column not in columns:
            yield ConfigProblem(
                str(file), 1, "heading", f"the unknown column {n + 1}", f"{guess(column, columns)}{known}"
            )
        elif column in heading[:n]:
            yield ConfigProblem(str(file), 1, "heading", f"the column '{column}' twice", known)
    if columns[0] not in heading:
        yield ConfigProblem(str(file), 1, "heading", f"no column '{columns[0]}'", known)


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or "it cannot be read").lower()
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else "its quotes do not match"
