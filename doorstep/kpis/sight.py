"""What a KPI may look at: the database as it stood at one moment, and the ways to ask it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, RowMapping, text

from doorstep.rollout import Rollout

DAY = 86400


class Source(Protocol):
    """What a measurement needs of the store."""

    def read(self, *, apart: bool = False) -> AbstractContextManager[Connection]:
        """A snapshot to ask questions of; `apart` for those that need temporary tables."""

    def write(self) -> AbstractContextManager[Connection]:
        """One transaction that writes."""


@dataclass(frozen=True)
class Tally:
    """One part of a count. `marks` says whom it is about: wave, language, channel, reason."""

    numerator: float
    denominator: float
    marks: dict[str, str]


@dataclass(frozen=True)
class Spread:
    """How often (`count`) a value occurred, for percentiles."""

    value: float
    count: int
    marks: dict[str, str]


@dataclass(frozen=True)
class Sight:
    """A rollout as it stood at `now`: the tables of `layout` on one connection, and ways to ask them."""

    connection: Connection
    rollout: Rollout
    now: int

    @property
    def sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.connection.dialect.name == "sqlite"

    def rows(self, sql: str, **more: Any) -> Iterator[RowMapping]:
        """The rows of one question; `:rollout` and `:now` are known."""
        yield from self.connection.execute(text(sql), self._known(more)).mappings()

    def run(self, sql: str, **more: Any) -> None:
        """One statement that fills a table of this sight."""
        self.connection.execute(text(sql), self._known(more))

    def make(self, name: str, columns: str) -> None:
        """An empty table of this sight, in place of one that stood there. Texts are compared by their bytes, as SQLite does."""
        if not self.sqlite:
            columns = columns.replace("INTEGER", "BIGINT").replace("TEXT", 'TEXT COLLATE "C"')
        self.run(f"DROP TABLE IF EXISTS {name}")
        self.run(f"CREATE TEMPORARY TABLE {name} ({columns})")

    def fill(self, sql: str, rows: list[dict[str, Any]]) -> None:
        """One statement for many small rows."""
        if rows:
            self.connection.execute(text(sql), rows)

    def tallies(self, sql: str, **more: Any) -> list[Tally]:
        """A question whose rows have `numerator` and `denominator`; every other column is a mark."""
        return [Tally(float(row["numerator"] or 0), float(row["denominator"] or 0), _marks(row))
                for row in self.rows(sql, **more)]

    def spread(self, sql: str, **more: Any) -> list[Spread]:
        """A question whose rows have `value` and `count`; every other column is a mark."""
        return [Spread(float(row["value"]), int(row["count"]), _marks(row)) for row in self.rows(sql, **more)]

    def _known(self, more: dict[str, Any]) -> dict[str, Any]:
        return {"rollout": self.rollout.name, "now": self.now, **more}


def _marks(row: RowMapping) -> dict[str, str]:
    counted = {"numerator", "denominator", "value", "count"}
    return {str(name): str(value) for name, value in row.items() if name not in counted and value is not None}
