"""The waiting room of a feed: its checked rows in temporary tables, until it is decided whether they are taken.

Nothing here touches the real tables. Only rows that are new or different are staged whole; of the others just number and
digest pass, so that a nightly feed in which little changed costs little. What many rows share (day, window, status ...)
is kept once, since a value handed to the database costs more than anything polars does with it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

import polars as pl
from sqlalchemy import Connection, Table, text

from doorstep.schedule.checking import WARNINGS, check
from doorstep.schedule.mapping import Rules, mapped
from doorstep.schedule.tables import (
    CONTACTS,
    TERMS,
    TRAITS,
    arrived,
    clear,
    household,
    make,
    mended,
    orders,
    refused,
    terms,
    traits,
)

REFUSED_FIRST = -1        # the stamp of a refused row: any row that can be taken counts as newer


class Stage:
    """One feed's rows on their way in. A context: the temporary tables are gone when it ends."""

    def __init__(self, connection: Connection, rollout: str, rules: Rules, *, fresh: bool) -> None:
        self.connection, self.rollout, self.rules, self.fresh = connection, rollout, rules, fresh
        self.rows = self.taken = 0
        self.refused: Counter[str] = Counter()
        self.warned: Counter[str] = Counter()
        self._ids: Counter[str] = Counter()

    def __enter__(self) -> "Stage":
        if self.connection.dialect.name == "sqlite":
            self.connection.exec_driver_sql("PRAGMA temp.cache_size=-32768")
        make(self.connection)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.connection.in_transaction():
            self.connection.rollback()
        clear(self.connection)
        self.connection.commit()

    @property
    def superseded(self) -> int:
        """How many rows that could be taken gave way to a later row for the same work order."""
        kept = self.connection.execute(text("SELECT count(*) FROM pull_arrived WHERE stamp <> -1")).scalar_one()
        return self.taken - int(kept)

    def add(self, source: pl.DataFrame) -> None:
        """Check a frame as it was read and stage what it says."""
        source = source.with_columns(pl.int_range(self.rows, self.rows + source.height).alias("seq"))
        self.rows += source.height
        raw = mapped(source, self.rules)
        rows = check(raw, self.rules)
        self._turn_away(rows.filter(pl.col("reason").is_not_null()), source)
        good = rows["reason"].is_null()
        rows = rows.filter(good).with_columns(_digests(raw.filter(good), self.rules.fingerprint))
        self.taken += rows.height
        self.warned.update({name: int(rows[name].sum()) for name in WARNINGS})
        if "doorstep_reason" in source.columns:
            self._mend(rows, source)
        if rows.height:
            self._arrive(rows)
            self._stage(rows if self.fresh else self._different(rows))

    def _turn_away(self, rows: pl.DataFrame, source: pl.DataFrame) -> None:
        if not rows.height:
            return
        self.refused.update(rows["reason"].to_list())
        whole = source.filter(pl.col("seq").is_in(rows["seq"].implode())).drop("seq", "line", "broken")
        said = rows.select(pl.coalesce("broken", pl.when(pl.col("reason") == "status_unknown").then("status_said")
                                       .otherwise("day_said")).fill_null(""))
        kept = [json.dumps(_told(row), ensure_ascii=False) for row in whole.iter_rows(named=True)]
        self._insert(refused, rows["seq"], rows["line"], rows["reason"], said.to_series(), kept, rows["work_order"])
        named = rows.filter(pl.col("work_order").is_not_null())
        self._arrive(named.with_columns(stamp=pl.lit(REFUSED_FIRST), digest=pl.lit("")))

    def _mend(self, rows: pl.DataFrame, source: pl.DataFrame) -> None:
        told = source.join(rows.select("seq"), on="seq", how="semi")
        lines = told["doorstep_line"].cast(pl.Int64, strict=False)
        self._insert(mended, told["seq"], lines, told["doorstep_reason"])

    def _arrive(self, rows: pl.DataFrame) -> None:
        newest = ("ON CONFLICT (number) DO UPDATE SET seq = excluded.seq, stamp = excluded.stamp, digest = excluded.digest "
                  "WHERE excluded.stamp >= pull_arrived.stamp")
        self._insert(arrived, rows["seq"], rows["work_order"], rows["stamp"], rows["digest"], conflict=newest)

    def _different(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows that are new or not as we know them, with the id of the work order known by that number."""
        span = {"rollout": self.rollout, "first": rows["seq"][0], "last": rows["seq"][-1]}
        self.connection.execute(text(_COMPARE), span)
        found = self.connection.execute(text(_DIFFERENT), span).all()
        known = pl.DataFrame([tuple(row) for row in found], orient="row",
                             schema={"seq": pl.Int64, "order_id": pl.Int64})
        return rows.join(known, on="seq", how="inner")

    def _stage(self, rows: pl.DataFrame) -> None:
        if not rows.height:
            return
        homes = rows.sort("stamp", maintain_order=True).unique(["premise", "account"], keep="last", maintain_order=True)
        homes = homes.with_row_index("household", self._ids["household"]).with_columns(self._shared("traits", homes))
        self._ids["household"] += homes.height
        columns = _used(homes, CONTACTS)
        self._insert(household, homes["household"], homes["seq"], homes["traits"], homes["premise"], homes["account"],
                     *(homes[name] for name in columns),
                     names=("id", "seq", "traits", "premise", "account", *columns))
        rows = rows.with_columns(self._shared("terms", rows)).join(
            homes.select("premise", "account", "household"), on=["premise", "account"], maintain_order="left")
        columns = _used(rows, ("old_meter", "new_meter", "order_id"))
        self._insert(orders, rows["seq"], rows["household"], rows["terms"], *(rows[name] for name in columns),
                     names=("seq", "household", "terms", *columns))

    def _shared(self, name: str, rows: pl.DataFrame) -> pl.Series:
        """Keep once what rows share; for each row the id of what it shares."""
        table, columns = {"terms": (terms, TERMS), "traits": (traits, TRAITS)}[name]
        ids = rows.select((pl.struct(columns).rank("dense") - 1 + self._ids[name]).cast(pl.Int64).alias(name))[name]
        distinct = rows.select(columns).with_columns(ids).unique(name)
        self._ids[name] += distinct.height
        if "day" in columns:
            distinct = distinct.with_columns(pl.col("day").dt.to_string("iso"))
        self._insert(table, distinct[name], *(distinct[column] for column in columns))
        return ids

    def _insert(self, table: Table, *columns: pl.Series | list[Any], names: Sequence[str] = (), conflict: str = "") -> None:
        names = names or [column.name for column in table.columns][:len(columns)]
        rows = zip(*(each.to_list() if isinstance(each, pl.Series) else each for each in columns), strict=True)
        many(self.connection, f"INSERT INTO {table.name} ({', '.join(names)}) VALUES", len(names), rows, conflict)


def many(connection: Connection, insert: str, width: int, rows: Iterable[tuple[Any, ...]], conflict: str = "") -> None:
    """Insert many rows through the driver itself: SQLAlchemy's own way looks at every value and takes twice as long."""
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    driver: Any = connection.connection.cursor()
    try:
        driver.executemany(f"{insert} ({', '.join([mark] * width)}) {conflict}", rows)
    finally:
        driver.close()


_COMPARE = """
INSERT INTO pull_compared (seq, order_id, differs, stamp)
SELECT a.seq, w.id, CASE WHEN w.digest = a.digest THEN 0 ELSE 1 END, a.stamp
FROM pull_arrived a LEFT JOIN workorder w ON w.rollout = :rollout AND w.number = a.number
WHERE a.seq BETWEEN :first AND :last AND a.stamp <> -1 AND (w.id IS NULL OR w.digest <> a.digest OR a.stamp > w.stamp)
"""
_DIFFERENT = "SELECT seq, order_id FROM pull_compared WHERE differs = 1 AND seq BETWEEN :first AND :last"


def _used(rows: pl.DataFrame, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in rows.columns and rows[name].null_count() < rows.height]


def _digests(raw: pl.DataFrame, fingerprint: str) -> pl.Series:
    """What a row says, without its stamp, as a short digest that means the same in every process and version."""
    said = [name for name in sorted(raw.columns) if name not in ("seq", "line", "broken", "stamp")]
    joined = raw.select(pl.concat_str([pl.col(name).fill_null("") for name in said], separator="\x1f")).to_series()
    digests = [fingerprint + hashlib.blake2b(row.encode(), digest_size=8).hexdigest() for row in joined.to_list()]
    return pl.Series("digest", digests, dtype=pl.String)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    broken = row.pop("broken_row", None)
    return {"broken_row": broken} if broken is not None else row
