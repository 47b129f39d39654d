"""One INSERT for each notice of the plan: what is due, or was missed, is born."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Insert, Select, case, insert, not_, select, true

from doorstep.model import Notice, Visit, table
from doorstep.plan.columns import COLUMNS, Pick
from doorstep.plan.statements import already
from doorstep.rollout import PlanRow

V, N = table(Visit), table(Notice)


def insert_picked(connection: Connection, row: PlanRow, picked: Sequence[Pick]) -> int:
    """Insert what the queries of one notice find and what was not born before; returns how many were born."""
    sqlite = connection.dialect.name == "sqlite"
    # The days of an event differ in values alone: they are handed over in one call.
    return sum(connection.execute(_insert(row, rows, sqlite), [dict(pick.values) for pick in alike]).rowcount
               for rows, alike in groupby(picked, lambda pick: pick.rows))


@lru_cache(maxsize=512)
def _insert(row: PlanRow, pick: Select[Any], sqlite: bool) -> Insert:
    pick = _in_order(row, pick, sqlite)
    if not sqlite and row.when.event != "moved" and not row.when.said:
        # To look first is quicker there than to fail on the key, and wastes no number.
        pick = pick.where(not_(already(row)))
    # Wrapped, so that the WITH stands inside and the driver still sees an INSERT whose rows it counts.
    # As words: SQLAlchemy never caches a statement with its own ON CONFLICT, and compiling costs more than running.
    rows = select(pick.subquery()).where(true()).suffix_with("ON CONFLICT DO NOTHING")
    return insert(N).from_select(list(COLUMNS), rows).execution_options(preserve_rowcount=True)


def _in_order(row: PlanRow, pick: Select[Any], sqlite: bool) -> Select[Any]:
    """Born in one order on every database: of two copies of a notice the same one is looked at first."""
    via = pick.selected_columns[COLUMNS.index("via")]
    if row.when.event or row.when.said:
        return pick.order_by(V.c.id, via)
    if sqlite:          # it goes through its index in this very order; to ask for it makes it sort a million rows
        return pick
    place = case({name: place for place, name in enumerate(row.channels[0])}, value=via, else_=len(row.channels[0]))
    return pick.order_by(V.c.day, V.c.window_start.nulls_first(), V.c.window_end.nulls_first(), V.c.zone, V.c.id, place)
