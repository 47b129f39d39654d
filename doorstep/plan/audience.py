"""An audience of the plan as a condition that the database can test."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, exists, func, not_, or_, true

from doorstep.model import Customer, Notice, Visit, table
from doorstep.plan.columns import one_of
from doorstep.rollout import Condition

V, C, N = table(Visit), table(Customer), table(Notice)

# A message that may have been read; `unknown` may have arrived, so it counts as told.
TOLD_STATES = ("attempting", "unknown", "accepted", "delivered")

_COLUMNS: dict[str, Column[Any]] = {
    "status": V.c.status, "outcome": V.c.outcome, "wave": V.c.wave, "area": C.c.area,
    "language": C.c.language, "commodities": V.c.commodities, "prefers": C.c.prefers,
    "vulnerable": C.c.vulnerable, "life_support": C.c.life_support, "landlord": C.c.landlord,
    "business": C.c.business, "prepaid": C.c.prepaid, "presence_required": V.c.presence_required,
}
_ADDRESSES: dict[str, Column[Any]] = {"has_email": C.c.email, "has_phone": C.c.phone, "has_address": C.c.address}
_SPECIAL: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "told": lambda wanted: told() if wanted else not_(told()),
    "attempts_at_least": lambda number: V.c.attempts >= number,
    "attempts_below": lambda number: V.c.attempts < number,
}


def told() -> ColumnElement[bool]:
    """Whether a message of the visit's present round has stated a date."""
    return exists().where(
        N.c.visit_id.in_([V.c.id, func.coalesce(V.c.split_from, V.c.id)]),
        N.c.told_day.is_not(None), one_of(N.c.state, TOLD_STATES),
        N.c.attempted_at >= V.c.reopened_at).correlate(V)


def condition_sql(condition: Condition) -> ColumnElement[bool]:
    """The condition over Visit and Customer."""
    parts = [_test(key, values) for key, values in condition.tests]
    if condition.any_of:
        parts.append(or_(*map(condition_sql, condition.any_of)))
    parts += [not_(func.coalesce(condition_sql(each), False)) for each in condition.none_of]
    return and_(true(), *parts)


def needs_customer(condition: Condition) -> bool:
    """Whether testing it needs the customer beside the visit."""
    own = any(key in _ADDRESSES or (key in _COLUMNS and _COLUMNS[key].table is C) for key, _ in condition.tests)
    return own or any(map(needs_customer, condition.any_of + condition.none_of))


def asks_status(condition: Condition) -> bool:
    """Whether it says itself which statuses it wants."""
    return any(key == "status" for key, _ in condition.tests) or any(map(asks_status, condition.any_of))


def _test(key: str, values: tuple[Any, ...]) -> ColumnElement[bool]:
    if key in _SPECIAL:
        return or_(*(_SPECIAL[key](value) for value in values))
    if key in _ADDRESSES:
        return or_(*(_ADDRESSES[key].is_not(None) if value else _ADDRESSES[key].is_(None) for value in values))
    return one_of(_COLUMNS[key], (int(value) if isinstance(value, bool) else value for value in values))
