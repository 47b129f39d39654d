"""Lists as spreadsheets save them: rows by their column names, with the line on which each stands."""

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from doorstep.errors import UsageError
from doorstep.exports import bare
from doorstep.facts.clean import clean


class Line(NamedTuple):
    """One row of a list: where it stands, and its cells by column; what is not there is empty."""

    number: int
    cells: dict[str, str]


def read_lines(path: Path, columns: Sequence[str], required: Sequence[str]) -> Iterator[Line]:
    """The rows of a CSV with commas, semicolons or tabs, but for empty ones. Raises UsageError for one that is no such list."""
    rows = csv.reader(StringIO(text := _text(path), newline=""), delimiter=_between(text))
    try:
        names = [_word(cell) for cell in next(rows, [])]
        missing = [name for name in required if name not in names]
        if missing:
            raise UsageError(f'{path.name}: line 1: there is no column "{missing[0]}"; the columns are {", ".join(columns)}')
        for row in rows:
            said = {name: clean(bare(cell.strip())).strip() for name, cell in zip(names, row, strict=False)}
            if any(said.values()):
                yield Line(rows.line_num, {name: said.get(name, "") for name in columns})
    except csv.Error as error:
        raise UsageError(f"{path.name}: line {rows.line_num}: this is no line of a CSV file: {error}") from error


def _text(path: Path) -> str:
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name}: not UTF-8 at byte {error.start}; save the list as CSV UTF-8") from error
    if "\0" in text:
        raise UsageError(f"{path.name}: this is no text; save the list as CSV")
    return text


def _between(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _word(said: str) -> str:
    return re.sub(r"[\s_-]+", "_", said.strip().casefold())
