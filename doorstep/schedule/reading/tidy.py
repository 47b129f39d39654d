"""How every frame leaves the reader: texts without outer spaces, nothing instead of empty, the line, and what was broken."""

from collections.abc import Sequence

import polars as pl

LINE, BROKEN, RAW = "line", "broken", "broken_row"


def names_of(header: Sequence[str | None]) -> list[str]:
    """Column names as the source has them; a nameless one is `column_7`, a second NAME is `NAME_2`."""
    taken = {LINE, BROKEN, RAW}
    names = []
    for place, cell in enumerate(header, 1):
        wanted = name = (cell or "").strip() or f"column_{place}"
        count = 1
        while name in taken:
            count += 1
            name = f"{wanted}_{count}"
        taken.add(name)
        names.append(name)
    return names


def finished(frame: pl.DataFrame, lines: pl.Series | Sequence[int], *, broken: Sequence[str | None] | None = None,
             raw: Sequence[str | None] | None = None) -> pl.DataFrame:
    """A frame of texts made ready: `lines` numbers its rows; `broken` and `raw` say which could not be split."""
    tidy = frame.with_columns(pl.all().str.strip_chars()).with_columns(pl.when(pl.all() != "").then(pl.all()))
    return tidy.with_columns(pl.Series(LINE, lines, dtype=pl.Int64), _texts_or_none(BROKEN, broken), _texts_or_none(RAW, raw))


def _texts_or_none(name: str, found: Sequence[str | None] | None) -> pl.Series | pl.Expr:
    return pl.lit(None, pl.String).alias(name) if found is None else pl.Series(name, found, dtype=pl.String)


def numbered(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    """A frame of sound rows whose lines follow one another from `first`."""
    return finished(frame, pl.int_range(first, first + frame.height, eager=True))


def texts(columns: dict[str, list[str | None]]) -> pl.DataFrame:
    """Columns of texts as a frame."""
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
