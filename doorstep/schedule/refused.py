"""Refused rows: kept whole, handed out for mending as CSV, and known again when they come back mended."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import select

from doorstep.errors import DoorstepError
from doorstep.exports import STARTS, bare, guarded, write_csv
from doorstep.model import Feed, Refused, table
from doorstep.rollout import FeedShape, Rollout
from doorstep.schedule.holding import TAKEN
from doorstep.schedule.reading import header
from doorstep.schedule.tables import Pull
from doorstep.store import Store

LINE, REASON = "doorstep_line", "doorstep_reason"
# What `guarded` put an apostrophe before: apostrophes, then what starts a formula.
_GUARDED = rf"^'+[{''.join(STARTS).replace('-', '')}-]"
__all__ = ["LINE", "REASON", "export_refused", "guarded", "mended_shape", "refused_rows", "settle_refused", "unguarded"]
refused, feed = table(Refused), table(Feed)


def refused_rows(store: Store, rollout: str) -> Iterator[dict[str, Any]]:
    """The rows that wait for mending, each whole, with its line and reason. A later full feed makes older ones void."""
    with store.read() as connection:
        since = _last_full(connection.execute(
            select(feed.c.id, feed.c.report).where(feed.c.rollout == rollout, feed.c.state.in_(TAKEN))
            .order_by(feed.c.id.desc())))
        wanted = select(refused.c.row, refused.c.line, refused.c.reason).where(
            refused.c.rollout == rollout, refused.c.mended_at.is_(None), refused.c.feed_id >= since).order_by(refused.c.id)
        for row, line, reason in connection.execute(wanted):
            yield {**json.loads(row), LINE: line, REASON: reason}


def _last_full(feeds: Any) -> int:
    return next((int(feed_id) for feed_id, report in feeds if report.get("full")), 0)


def export_refused(store: Store, rollout: Rollout, out: Path) -> int:
    """Write the rows that wait as CSV with all their source columns; how many. Mended, the file can be pulled as it is."""
    columns = list(dict.fromkeys(name for row in refused_rows(store, rollout.name) for name in row if name not in (LINE, REASON)))
    return write_csv(out, [*columns, LINE, REASON], _cells(store, rollout.name, [*columns, LINE, REASON]))


def _cells(store: Store, rollout: str, columns: Sequence[str]) -> Iterator[list[Any]]:
    for row in refused_rows(store, rollout):
        yield [row.get(name) for name in columns]


def unguarded(frame: pl.DataFrame) -> pl.DataFrame:
    """The cells and names of a mended part without the apostrophe that `guarded` put before them."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_GUARDED)).then(pl.col(name).str.slice(1)).otherwise(pl.col(name)).alias(name)
        for name in texts).rename(bare)


def mended_shape(path: Path, shape: FeedShape) -> FeedShape | None:
    """How to read a file that is a mended part (its header has `doorstep_reason`), whatever the feed's own format."""
    with path.open("rb") as file:
        if REASON.encode() not in file.readline(1 << 20):
            return None
    as_csv = shape.model_copy(update={"format": "csv", "encoding": "utf-8", "records": None, "full": False,
                                      "source": {"kind": "folder"}})
    try:
        return as_csv if REASON in (header(path, name="mended.csv", feed=as_csv) or []) else None
    except DoorstepError:
        return None


def settle_refused(pull: Pull) -> None:
    """Keep the staged refused rows, and mark those of earlier feeds that came back mended."""
    if not pull.fresh:
        pull.run(_MENDED_BY_NUMBER)
        pull.run(_MENDED_BY_LINE)
    pull.run(_KEEP)


_KEEP = """
INSERT INTO refused (rollout, feed_id, line, reason, detail, row, work_order)
SELECT :rollout, :feed, line, reason, detail, row, work_order FROM pull_refused ORDER BY seq
"""
_MENDED_BY_NUMBER = """
UPDATE refused SET mended_at = :now WHERE rollout = :rollout AND mended_at IS NULL
AND work_order IN (SELECT number FROM pull_rows WHERE stamp <> -1)
"""
# A row that named no work order is known by its line and reason.
_MENDED_BY_LINE = """
UPDATE refused SET mended_at = :now WHERE rollout = :rollout AND mended_at IS NULL AND work_order IS NULL
AND EXISTS (SELECT 1 FROM pull_mended m WHERE m.line = refused.line AND m.reason = refused.reason)
"""
