"""Reads any feed file in frames of texts, a block at a time; a row that cannot be split is kept and named."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from doorstep.rollout.shape import FeedShape
from doorstep.schedule.reading import columnar, delimited, json_list, json_rows, workbook
from doorstep.schedule.reading.delimited import CSV, TSV
from doorstep.schedule.reading.lines import Block, blocks
from doorstep.schedule.reading.opening import Opened, open_feed

ROWS_PER_FRAME = 50_000
DIALECTS = {"csv": CSV, "tsv": TSV}


def frames(path: Path, *, name: str, feed: FeedShape, rows_per_frame: int = ROWS_PER_FRAME) -> Iterator[pl.DataFrame]:
    """The rows of a feed file, in its order, at most `rows_per_frame` in a frame; none where the file is empty.

    `name` is the file as its sender calls it (`path` may be a download). Every column is a text, named as in the file,
    null where empty or absent, without outer spaces; nested JSON is flattened as a.b.c. Besides them each frame has
    `line` (the line in a text file, the row of a sheet, else the record's number from 1), and `broken` and `broken_row`,
    null but for a row that cannot be split: what is wrong in a few words, and its text. A column of the file that has one
    of these names gets `_2`.

    Raises FeedError where the file is not what its format and encoding say, is cut short, or unpacks beyond the caps.
    That may come after frames were given: nothing may be kept of a file until its last frame is read.
    """
    opened = open_feed(path, name=name, feed=feed)
    for frame in _read(opened, feed, rows_per_frame):
        if frame.height:
            yield from frame.iter_slices(rows_per_frame)


def header(path: Path, *, name: str, feed: FeedShape) -> list[str] | None:
    """The columns a file has, named as in its frames; [] where it is empty, None for JSON, which has no header."""
    opened = open_feed(path, name=name, feed=feed)
    if opened.format in DIALECTS:
        return delimited.header(_blocks(opened, feed), DIALECTS[opened.format], name)
    if opened.format in ("json", "jsonl"):
        return None
    with opened.file() as plain:
        if not plain.stat().st_size:
            return []
        if opened.format == "xlsx":
            return workbook.header(plain, name=name, sheet=feed.sheet)
        return columnar.header(plain, name=name)


def _read(opened: Opened, feed: FeedShape, rows_per_frame: int) -> Iterator[pl.DataFrame]:
    name = opened.name
    if opened.format in DIALECTS:
        yield from delimited.read(_blocks(opened, feed), DIALECTS[opened.format], name)
    elif opened.format == "jsonl":
        yield from json_rows.read(_blocks(opened, feed), name=name, feed=feed)
    elif opened.format == "json":
        yield from json_list.read(opened.pieces(), name=name, feed=feed, rows_per_frame=rows_per_frame)
    else:
        with opened.file() as plain:
            if not plain.stat().st_size:
                return
            if opened.format == "xlsx":
                yield from workbook.read(plain, name=name, sheet=feed.sheet)
            else:
                yield from columnar.read(plain, name=name, rows_per_frame=rows_per_frame)


def _blocks(opened: Opened, feed: FeedShape) -> Iterator[Block]:
    return blocks(opened.pieces(), name=opened.name, encoding=feed.encoding)
