"""The waiting room of a feed: its checked rows in temporary tables, until it is decided whether they are taken.

Nothing here touches the real tables. Only rows that are new or different are staged whole; of the others just number and
digest pass, so that a nightly feed in which little changed costs little. What many rows share (day, window, status ...)
is kept once, since a value handed to the database costs more than anything polars does with it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import polars as pl
from sqlalchemy import Connection, Table, text

from doorstep.schedule import tables
from doorstep.schedule.checking import WARNINGS, check
from doorstep.schedule.mapping import Rules, mapped
from doorstep.schedule.tables import CONTACTS, TERMS, TRAITS
from doorstep.store import analyze, bulk

REFUSED = -1        # the stamp of a refused row: any row that can be taken counts as newer
T = TypeVar("T")


@dataclass(frozen=True)
class Batch:
    """A frame of a feed, checked: its rows that may be taken, those that may not, and these as they were read."""

    count: int
    taken: pl.DataFrame
    refused: pl.DataFrame
    whole: pl.DataFrame
    mended: pl.DataFrame | None = None
    fingerprint: str = ""


def checked(frames: Iterable[pl.DataFrame], rules: Rules) -> Iterator[Batch]:
    """The frames of a feed as batches; `seq` numbers its rows from 0."""
    rows = 0
    for source in frames:
        source = source.with_columns(pl.int_range(rows, rows + source.height).alias("seq"))
        rows += source.height
        yield _batch(source, rules)


def _batch(source: pl.DataFrame, rules: Rules) -> Batch:
    raw = mapped(source, rules)
    rows = check(raw, rules)
    good = rows["reason"].is_null()
    taken = rows.with_columns(_said(raw)).filter(good)
    mended = source.select("seq", "doorstep_line", "doorstep_reason") if "doorstep_reason" in source.columns else None
    return Batch(source.height, taken, rows.filter(~good), source.filter(~good), mended, rules.fingerprint)


def _said(raw: pl.DataFrame) -> pl.Series:
    """All that a row says but for its stamp, in one text."""
    said = [name for name in sorted(raw.columns) if name not in ("seq", "line", "broken", "stamp")]
    joined = raw.select(pl.concat_str([pl.col(name).fill_null("") for name in said], separator="\x1f").alias("spoken"))
    return joined["spoken"].cast(pl.Binary)


def _digests(said: pl.Series, fingerprint: str) -> pl.Series:
    """What each row says as a short digest that means the same in every process and version."""
    digests = [fingerprint + hashlib.blake2b(row, digest_size=8).hexdigest() for row in said.to_list()]
    return pl.Series("digest", digests, dtype=pl.String)


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, each made while the one before it is being used: polars on one core, the database on another."""
    with ThreadPoolExecutor(1) as other:
        made = other.submit(next, items, None)
        while (item := made.result()) is not None:
            made = other.submit(next, items, None)
            yield item


class Stage:
    """One feed's rows on their way in. A context: the temporary tables are gone when it ends."""

    def __init__(self, connection: Connection, rollout: str, *, fresh: bool) -> None:
        self.connection, self.rollout, self.fresh = connection, rollout, fresh
        self.rows = self.passed = 0
        self.refused: Counter[str] = Counter()
        self.warned: Counter[str] = Counter()
        self._ids: Counter[str] = Counter()

    def __enter__(self) -> "Stage":
        if self.connection.dialect.name == "sqlite":
            self.connection.exec_driver_sql("PRAGMA temp.cache_size=-12288")
        tables.make(self.connection)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.connection.in_transaction():
            self.connection.rollback()
        if self.connection.invalidated:
            return                       # the database went away, and the tables with it
        self.connection.execution_options(doorstep_writes=False)
        tables.clear(self.connection)
        self.connection.commit()

    def complete(self) -> None:
        """Every batch was added."""
        analyze(self.connection, *(table.name for table in tables.STAGED))

    def kept(self) -> int:
        """How many rows may be taken; the others that passed gave way to a later row for the same work order."""
        return int(self.connection.execute(text("SELECT count(*) FROM pull_rows WHERE stamp <> -1")).scalar_one())

    def add(self, batch: Batch) -> None:
        """Stage what a batch says."""
        self.rows += batch.count
        self.passed += batch.taken.height
        self.refused.update(batch.refused["reason"].to_list())
        self.warned.update({name: int(batch.taken[name].sum()) for name in WARNINGS})
        if batch.refused.height:
            self._turn_away(batch)
        if batch.mended is not None:
            lines = batch.mended["doorstep_line"].cast(pl.Int64, strict=False)
            self._insert(tables.mended, batch.mended["seq"], lines, batch.mended["doorstep_reason"])
        if batch.taken.height:
            # Here, not on the other thread: a loop in Python there would stop the one that feeds the database.
            self._stage(batch.taken.drop("spoken").with_columns(_digests(batch.taken["spoken"], batch.fingerprint)))

    def _turn_away(self, batch: Batch) -> None:
        rows = batch.refused
        said = rows.select(pl.coalesce("broken", pl.when(pl.col("reason") == "status_unknown").then("status_said")
                                       .otherwise("day_said")).fill_null("")).to_series()
        whole = [_told(row) for row in batch.whole.drop("seq", "line", "broken").iter_rows(named=True)]
        self._insert(tables.refused, rows["seq"], rows["line"], rows["reason"], said, whole, rows["work_order"],
                     rows["premise"], rows["account"])
        named = rows.filter(pl.col("work_order").is_not_null())
        # It is named all the same: a work order with a bad row has not vanished from the feed.
        self._arrive(named.with_columns(stamp=pl.lit(REFUSED), digest=pl.lit("")))

    def _stage(self, rows: pl.DataFrame) -> None:
        if self.fresh:
            self._arrive(self._whole(rows))
            return
        self._arrive(rows)
        different = self._different(rows)
        if different.height:
            self._complete(self._whole(different))

    def _arrive(self, rows: pl.DataFrame) -> None:
        known = _used(rows, ("household", "terms", "old_meter", "new_meter"))
        names = ("seq", "number", "stamp", "digest", *(known if "household" in known else ()))
        rows = rows.select(pl.col("work_order").alias("number"), *(name for name in names if name != "number"))
        bulk(self.connection, tables.rows.name, names, self._tuples(rows[name] for name in names), newest=("number", "stamp"))

    def _different(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows that are new or not as we know them, with the id of the work order known by that number."""
        span = {"rollout": self.rollout, "first": rows["seq"][0], "last": rows["seq"][-1]}
        self.connection.execute(text(_TAKEN_BACK), span)
        self.connection.execute(text(_COMPARE), span)
        found = self.connection.execute(text(_DIFFERENT), span).all()
        known = pl.DataFrame([tuple(row) for row in found], orient="row",
                             schema={"seq": pl.Int64, "order_id": pl.Int64})
        return rows.join(known, on="seq", how="inner", maintain_order="left")      # by seq: see _complete

    def _complete(self, rows: pl.DataFrame) -> None:
        """Note the households and terms of rows that have arrived."""
        self._insert(tables.whole, *(rows[column.name] for column in tables.whole.columns))
        self.connection.execute(text(_COMPLETE), {"first": rows["seq"][0], "last": rows["seq"][-1]})

    def _whole(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Stage what the rows say of households and terms; the rows with the ids of both."""
        homes = rows.sort("stamp", maintain_order=True).unique(["premise", "account"], keep="last", maintain_order=True)
        homes = homes.with_columns(self._shared(tables.traits, TRAITS, homes).alias("traits"),
                                   pl.int_range(homes.height, dtype=pl.Int64).add(self._ids["household"]).alias("household"))
        self._ids["household"] += homes.height
        names = ("seq", "traits", "premise", "account", *_used(homes, CONTACTS))
        self._insert(tables.household, homes["household"], *(homes[name] for name in names), names=("id", *names))
        return rows.with_columns(self._shared(tables.terms, TERMS, rows).alias("terms")).join(
            homes.select("premise", "account", "household"), on=["premise", "account"], maintain_order="left")

    def _shared(self, table: Table, columns: Sequence[str], rows: pl.DataFrame) -> pl.Series:
        """Keep once what rows share; for each row the id of what it shares."""
        ids = rows.select((pl.struct(columns).rank("dense") - 1 + self._ids[table.name]).cast(pl.Int64).alias("id"))["id"]
        distinct = rows.select(columns).with_columns(ids).unique("id")
        self._ids[table.name] += distinct.height
        if "day" in columns:
            distinct = distinct.with_columns(pl.col("day").dt.to_string("iso"))
        self._insert(table, distinct["id"], *(distinct[column] for column in columns))
        return ids

    def _insert(self, table: Table, *columns: pl.Series | list[Any], names: Sequence[str] = ()) -> None:
        names = names or [column.name for column in table.columns][:len(columns)]
        bulk(self.connection, table.name, names, self._tuples(columns))

    def _tuples(self, columns: Iterable[pl.Series | list[Any]]) -> Iterator[tuple[Any, ...]]:
        return zip(*(self._values(each) if isinstance(each, pl.Series) else each for each in columns), strict=True)

    def _values(self, column: pl.Series) -> list[Any]:
        if self.connection.dialect.name == "postgresql" and column.dtype == pl.String:
            column = column.str.replace_all("\x00", "", literal=True)       # the one character its texts cannot hold
        return column.to_list()


def _used(rows: pl.DataFrame, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in rows.columns and rows[name].null_count() < rows.height]


def _told(row: dict[str, Any]) -> str:
    broken = row.pop("broken_row", None)
    return json.dumps({"broken_row": broken} if broken is not None else row, ensure_ascii=False)


# A row that took the place of one of an earlier batch: what that one said is no longer meant.
_TAKEN_BACK = """
UPDATE pull_rows SET household = NULL, terms = NULL, order_id = NULL
WHERE seq BETWEEN :first AND :last AND household IS NOT NULL
"""
_COMPARE = """
INSERT INTO pull_compared (seq, order_id, differs, stamp)
SELECT r.seq, w.id, CASE WHEN w.digest = r.digest THEN 0 ELSE 1 END, r.stamp
FROM pull_rows r LEFT JOIN workorder w ON w.rollout = :rollout AND w.number = r.number
WHERE r.seq BETWEEN :first AND :last AND r.stamp <> -1 AND (w.id IS NULL OR w.digest <> r.digest OR r.stamp > w.stamp)
"""
_COMPLETE = """
UPDATE pull_rows SET household = w.household, terms = w.terms, order_id = w.order_id, old_meter = w.old_meter,
  new_meter = w.new_meter
FROM pull_whole w WHERE pull_rows.seq = w.seq AND w.seq BETWEEN :first AND :last
"""
_DIFFERENT = "SELECT seq, order_id FROM pull_compared WHERE differs = 1 AND seq BETWEEN :first AND :last"
