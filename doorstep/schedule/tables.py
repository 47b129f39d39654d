"""The temporary tables that a feed passes through on its way into the real ones, and how a statement is run on them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Float,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    bindparam,
)
from sqlalchemy import text as sql_text
from sqlalchemy.schema import CreateTable

from doorstep.model.base import WHOLE
from doorstep.rollout import Rollout
from doorstep.store import analyze, at_once

OPEN = "('planned', 'booked', 'en_route')"
EXTRAS = ("wave", "contractor", "presence_required", "power_off_minutes", "duration_minutes")
TERMS = ("day", "window_start", "window_end", "status", "said", "weight", "outcome", "outcome_at", "commodity", *EXTRAS)
TRAITS = ("language", "town", "area", "prefers", "vulnerable", "life_support", "landlord", "business", "prepaid", "stamp")
CONTACTS = ("name", "email", "phone", "address", "postcode", "lat", "lon")
TAKEN_OVER = ("status", "day", "window_start", "window_end", "outcome", "outcome_at", "commodity", "old_meter",
              "new_meter", "stamp", "digest", "customer_id")
_TEXTS = {"number", "digest", "premise", "account", "day", "status", "said", "outcome", "commodity", "commodities", "wave",
          "contractor", "language", "town", "area", "prefers", "name", "email", "phone", "address", "postcode", "reason",
          "detail", "row", "work_order", "old_meter", "new_meter", "kind", "reference", "change", "why", "other_meter", "says"}
# By their bytes, as SQLite compares them: the lowest number and the last wave must be the same everywhere.
_KINDS: dict[str, Any] = (dict.fromkeys(_TEXTS, Text().with_variant(Text(collation="C"), "postgresql"))
                          | dict.fromkeys(("lat", "lon"), Float))

MANY = 500       # rows from which on it matters in which order tables are joined

metadata = MetaData()
_WORDS: dict[str, list[str]] = {}       # by database


def _table(name: str, key: str, *columns: str, unique: tuple[str, ...] = (), also: tuple[str, ...] = ()) -> Table:
    """A table with a number for its key; `also` are further columns of the key, by which the rows are then sorted."""
    kinds = {column: _KINDS.get(column, WHOLE) for column in (key, *also, *columns)}
    parts = [Column(column, kind, primary_key=column in (key, *also), autoincrement=False) for column, kind in kinds.items()]
    rules = [UniqueConstraint(*unique)] if unique else []
    return Table(f"pull_{name}", metadata, *parts, *rules, prefixes=["TEMPORARY"], sqlite_with_rowid=not also)


# What the file says: each work order named in it (with its household and terms where they are new or different), and
# what many of those rows share.
rows = _table("rows", "seq", "number", "stamp", "digest", "household", "terms", "order_id", "old_meter", "new_meter",
              unique=("number",))
whole = _table("whole", "seq", "household", "terms", "order_id", "old_meter", "new_meter")
compared = _table("compared", "seq", "order_id", "differs", "stamp")
terms = _table("terms", "id", *TERMS)
traits = _table("traits", "id", *TRAITS)
household = _table("household", "id", "seq", "traits", "premise", "account", *CONTACTS)
refused = _table("refused", "seq", "line", "reason", "detail", "row", "work_order", "premise", "account")
mended = _table("mended", "seq", "line", "reason")
STAGED = (rows, whole, compared, terms, traits, household, refused)
# What it means for the customers and work orders that are known.
known = _table("known", "household", "customer_id")
newest = _table("newest", "household", "customer_id")
absent = _table("absent", "order_id")
news = _table("news", "order_id", "kind", "visit_id", *TAKEN_OVER, *EXTRAS)
# What their customers asked for: which of the four a row says, and the terms that take the place of those it came with.
asked = _table("asked", "seq", "request_id", "order_id", "terms", "says", "target")
freed = _table("freed", "hold_id", "slot_id")
# What it means for the visits.
codes = _table("codes", "id", "weight", "rank", "first", "last", "tally", "electricity", "gas", "water", "why", "outcome_at",
               *EXTRAS)
touched = _table("touched", "visit_id")
concerned = _table("concerned", "customer_id")
target = _table("target", "visit_id", "customer_id", "day", "is_open", "stays")
joins = _table("joins", "visit_id", "into_id")
claims = _table("claims", "visit_id", "customer_id", "day", unique=("customer_id", "day"))
place = _table("place", "customer_id", "one", "other", "n", "number", "new_meter", "other_meter", also=("day",))
pair = _table("pair", "n", "weight", "best", "worst", "first", "last", "tally", "electricity", "gas", "water",
              "why", "outcome_at", *EXTRAS, also=("one", "other"))
went = _table("went", "order_id", "from_visit", "to_visit", "customer_id", "day")
extra = _table("extra", "visit_id", *EXTRAS)
state = _table("state", "visit_id", "day", "status", "window_start", "window_end", "reference", "meters", "commodities",
               "new_meter", "outcome", "outcome_at", "change", "reopened", "tried", "into_id")


def make(connection: Connection) -> None:
    """Make the temporary tables, all empty."""
    clear(connection)
    kind = connection.dialect.name
    if kind not in _WORDS:      # to word them takes longer than to make them, and every customer who moves a visit needs them
        _WORDS[kind] = [str(CreateTable(each).compile(connection)) for each in metadata.sorted_tables]
    at_once(connection, _WORDS[kind])


def clear(connection: Connection) -> None:
    """Take the temporary tables away."""
    at_once(connection, [f"DROP TABLE IF EXISTS {name}" for name in metadata.tables])


def turn(rollout: str) -> str:
    """The name of what only one at a time may do to a rollout: to change its visits."""
    return f"pull {rollout}"


@lru_cache(maxsize=200)
def _prepared(statement: str) -> tuple[TextClause, frozenset[str], str]:
    """The statement, the names of its values, and the temporary table that it fills."""
    wanted = frozenset(sql_text(statement).compile().params)
    # Of known kinds: PostgreSQL would guess at each place, and sometimes twice differently.
    values = [bindparam(name, type_=String() if name in ("rollout", "zone") else BigInteger()) for name in wanted]
    filled = re.match(r"\s*INSERT INTO (pull_\w+)", statement)
    return sql_text(statement).bindparams(*values), wanted, filled[1] if filled else ""


@dataclass(frozen=True)
class Pull:
    """One feed being merged: the connection it is merged on, and what its statements are given."""

    connection: Connection
    rollout: Rollout
    now: int
    feed_id: int = 0
    fresh: bool = False        # the rollout knows no work order yet

    def run(self, statement: str, **more: object) -> int:
        """Run one statement; the number of rows it touched."""
        clause, wanted, filled = _prepared(statement)
        touched = self.connection.execute(clause, self._given(wanted, more)).rowcount
        if filled and touched > MANY:
            analyze(self.connection, filled)
        return touched

    def number(self, statement: str, **more: object) -> int:
        """The one number that a question is answered with; 0 for none."""
        clause, wanted, _ = _prepared(statement)
        return int(self.connection.execute(clause, self._given(wanted, more)).scalar_one() or 0)

    def _given(self, wanted: frozenset[str], more: Mapping[str, object]) -> dict[str, object]:
        given = {"rollout": self.rollout.name, "now": self.now, "feed": self.feed_id,
                 "zone": self.rollout.file.zone, **more}
        return {name: given[name] for name in wanted}
