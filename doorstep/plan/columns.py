"""What every SELECT of the plan yields: the row of a notice that is to be born, and the values it is run with."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Select, String, bindparam, literal, select

from doorstep.model import Visit, table
from doorstep.rollout import PlanRow

V = table(Visit)
COLUMNS = ("rollout", "notice", "phase", "purpose", "visit_id", "customer_id", "occasion", "via", "due_at", "until_at",
           "not_before", "state", "why", "tried", "attempt", "created_at", "closed_at")


class Pick(NamedTuple):
    """A SELECT of notice rows, and the values that it is run with."""

    rows: Select[Any]
    values: Mapping[str, Any] = {}


def the(name: str) -> BindParameter[Any]:
    """A value given when the statement runs; `the_`, because a column's name would be taken for the column's value."""
    return bindparam(f"the_{name}", type_=String() if name in ("of", "zone") else BigInteger())


def one_of(what: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """That it is one of these known values. Each is bound on its own: a list would be spelled out anew at every run."""
    return what.in_([literal(value, what.type) for value in values])


def born(row: PlanRow, occasion: Any, via: Any, due: Any, until: Any, state: str = "due", why: str | None = None) -> Select[Any]:
    """The row of a new notice, over Visit; see COLUMNS."""
    closed = the("now") if state == "missed" else literal(None, BigInteger)
    return select(
        the("of"), literal(row.notice), literal(row.phase), literal(row.purpose), V.c.id,
        V.c.customer_id, occasion, via, due, until, due, literal(state), literal(why, String), literal(""),
        literal(0), the("now"), closed)
