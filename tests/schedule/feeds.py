"""Feeds that the tests of this room make for themselves."""

from pathlib import Path
from typing import Any

import polars as pl

from doorstep.rollout.shape import FeedShape
from doorstep.schedule.reading import frames
from doorstep.schedule.reading.tidy import BROKEN, LINE, RAW

FIELDS = ("work_order", "premise", "account", "day", "status", "stamp")


def feed(**keys: Any) -> FeedShape:
    """A feed shape that differs from a plain one in some keys."""
    plain = {"source": {"kind": "folder", "path": "."}, "status": {"PLANNED": "planned"},
             "columns": dict.fromkeys(FIELDS, "ID")}
    return FeedShape.model_validate(plain | keys)


def put(folder: Path, name: str, content: bytes | str) -> Path:
    """A file in a folder."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def table(path: Path, *, name: str = "", rows_per_frame: int = 50_000, **keys: Any) -> pl.DataFrame:
    """All the frames of a file as one."""
    parts = list(frames(path, name=name or path.name, feed=feed(**keys), rows_per_frame=rows_per_frame))
    assert all(0 < part.height <= rows_per_frame for part in parts)
    return pl.concat(parts, how="diagonal") if parts else pl.DataFrame()


def rows(path: Path, **keys: Any) -> list[tuple[Any, ...]]:
    """The rows of a file: its line, then its texts; a broken row is its line, what is wrong, and its text."""
    found = table(path, **keys)
    names = [name for name in found.columns if name not in (LINE, BROKEN, RAW)]
    return [(row[LINE], row[BROKEN], row[RAW]) if row[BROKEN] else (row[LINE], *(row[name] for name in names))
            for row in found.iter_rows(named=True)]
