"""Parquet: typed columns back to the texts a person would write."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from doorstep.errors import FeedError
from doorstep.schedule.reading.tidy import names_of, numbered

MAX_ROWS = 50_000_000      # repeated values cost a parquet file nothing, so its size is no bound
EXACT = 1e15               # below this a float that is whole is a whole number


def header(path: Path, *, name: str) -> list[str]:
    """The column names, those of nested columns as a.b.c."""
    try:
        return names_of(_flat(pl.scan_parquet(path).head(0).collect()).columns)
    except pl.exceptions.PolarsError as error:
        raise _unreadable(name, error) from error


def read(path: Path, *, name: str, rows_per_frame: int) -> Iterator[pl.DataFrame]:
    """The rows in the file's order; `line` counts them from 1."""
    try:
        file = pl.scan_parquet(path)
        height = int(file.select(pl.len()).collect().item())
        if height > MAX_ROWS:
            raise FeedError(f"{name}: {height:,} rows; more than {MAX_ROWS:,} are no schedule")
        for place in range(0, height, rows_per_frame):   # polars' own batches hold whole row groups in memory
            yield numbered(_as_texts(file.slice(place, rows_per_frame).collect()), place + 1)
    except pl.exceptions.PolarsError as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: Exception) -> FeedError:
    return FeedError(f"{name}: not a parquet file, or one that is cut short ({str(error).splitlines()[0]})")


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    while nested := [name for name, kind in frame.schema.items() if isinstance(kind, pl.Struct)]:
        frame = frame.with_columns(pl.col(name).name.prefix_fields(f"{name}.") for name in nested).unnest(nested)
    return frame


def _as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    flat = _flat(frame)
    texts = flat.select(_text(name, kind) for name, kind in flat.schema.items())
    return texts.rename(dict(zip(flat.columns, names_of(flat.columns), strict=True)))


def _text(name: str, kind: pl.DataType) -> pl.Expr:
    cell = pl.col(name)
    if kind.is_float():
        whole = (cell == cell.floor()) & (cell.abs() < EXACT)
        number = cell.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(whole).then(number).otherwise(cell.cast(pl.String)).alias(name)
    if isinstance(kind, pl.Datetime):
        return _moment(name, kind)
    if kind.is_nested():
        return pl.when(cell.is_not_null()).then(
            pl.struct(cell).struct.json_encode().str.strip_prefix(f'{{"{name}":').str.strip_suffix("}")).alias(name)
    return cell.cast(pl.String)


def _moment(name: str, kind: pl.Datetime) -> pl.Expr:
    """ISO with its offset; a column without zone that has none but midnights holds dates."""
    cell = pl.col(name)
    if kind.time_zone:
        return cell.dt.strftime("%Y-%m-%dT%H:%M:%S%.f%:z")
    return (pl.when((cell == cell.dt.truncate("1d")).all()).then(cell.dt.strftime("%Y-%m-%d"))
            .otherwise(cell.dt.strftime("%Y-%m-%dT%H:%M:%S%.f")).alias(name))
