"""Excel workbooks: one sheet, every cell as the text a person would write, dates as ISO."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import fastexcel
import polars as pl

from doorstep.errors import FeedError
from doorstep.schedule.reading.opening import PIECE
from doorstep.schedule.reading.tidy import finished, names_of

MAX_BYTES = 1 << 30        # a full sheet of 1,048,576 rows stays below this
TIME_ONLY = r"^1899-12-3[01] (\d\d:\d\d:\d\d.*)$"
MIDNIGHT = r"^(\d{4}-\d\d-\d\d) 00:00:00$"
MOMENT = r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d.*)$"


def header(path: Path, *, name: str, sheet: str | None) -> list[str]:
    """The cells of the first row that holds anything."""
    return _split(_cells(path, name, sheet))[0]


def read(path: Path, *, name: str, sheet: str | None) -> Iterator[pl.DataFrame]:
    """The sheet's rows under its header; `line` is the row's number in the sheet; rows without any cell are not rows."""
    names, rows = _split(_cells(path, name, sheet))
    if names and rows.height:
        yield finished(rows.drop("row").rename(dict(zip(rows.columns[1:], names, strict=True))), rows["row"])


def _split(cells: pl.DataFrame) -> tuple[list[str], pl.DataFrame]:
    full = cells.with_row_index("row", offset=1).filter(pl.any_horizontal(pl.all().exclude("row").is_not_null()))
    if not full.height:
        return [], full
    return names_of(full.row(0)[1:]), full[1:].with_columns(_as_written(column) for column in cells.columns)


def _cells(path: Path, name: str, sheet: str | None) -> pl.DataFrame:
    _refuse_bombs(path, name)
    try:
        book = fastexcel.read_excel(path)
        wanted = sheet or book.sheet_names[0]
        if wanted not in book.sheet_names:
            raise FeedError(f'{name}: no sheet "{wanted}"; its sheets are {", ".join(book.sheet_names)}')
        # skip_rows=0 keeps empty rows at the top, so that places are the sheet's own.
        cells = book.load_sheet(wanted, header_row=None, skip_rows=0, dtypes="string", whitespace_as_null=True)
        return cells.to_polars()
    except fastexcel.FastExcelError as error:
        raise FeedError(f"{name}: not a workbook that can be read ({str(error).splitlines()[0]})") from error


def _refuse_bombs(path: Path, name: str) -> None:
    """Unpack every part once, counting real bytes: what a zip says of its sizes may be false."""
    total = 0
    try:
        with zipfile.ZipFile(path) as book:
            for part in book.infolist():
                with book.open(part) as file:
                    while piece := file.read(PIECE):
                        total += len(piece)
                        if total > MAX_BYTES:
                            raise FeedError(f"{name}: unpacks to more than {MAX_BYTES:,} bytes, which no sheet does")
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise FeedError(f"{name}: not a workbook, or one that is cut short ({error})") from error


def _as_written(column: str) -> pl.Expr:
    """Dates and times as ISO. Excel knows only moments: where a column has none but midnights, they are dates."""
    cell = pl.col(column)
    dates = (~cell.str.contains(MOMENT) | cell.str.contains(MIDNIGHT)).all()
    return (pl.when(dates).then(cell.str.replace(MIDNIGHT, "$1"))
            .when(cell.str.contains(TIME_ONLY)).then(cell.str.replace(TIME_ONLY, "$1"))
            .otherwise(cell.str.replace(MOMENT, "${1}T$2")).alias(column))
