"""CSV for people: it opens in a spreadsheet in any language, and no cell of it is ever run as a formula."""

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

# What makes a spreadsheet take a cell for a formula; the full-width forms too, in the locales that type them.
STARTS = tuple("=+-@\t\r\n＝＋－＠")


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write rows as they come, every cell quoted; how many. UTF-8 with the mark that spreadsheets know it by.

    A text that would start a formula gets an apostrophe before it: a number is written '+256 ... ; `bare` takes it off.
    """
    count = 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)      # such a list may hold names and numbers
    with os.fdopen(handle, "w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(map(guarded, columns))
        for row in rows:
            writer.writerow(map(guarded, row))
            count += 1
    return count


def guarded(value: object) -> str:
    """A cell that no spreadsheet runs. A number is no text and stays as it is; None is an empty cell."""
    text = "" if value is None else str(value)
    risky = text.lstrip("'").startswith(STARTS) and not isinstance(value, int | float)
    return f"'{text}" if risky else text


def bare(text: str) -> str:
    """The cell as it was before `guarded`."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(STARTS) else text

