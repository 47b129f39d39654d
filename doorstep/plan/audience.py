"""An audience of the plan as a condition that the database can test."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, true
from sqlmodel import col

from doorstep.model import Customer, Notice, Visit
from doorstep.rollout import Condition

# A message that may have been read; `unknown` may have arrived, so it counts as told.
TOLD_STATES = ("attempting", "unknown", "accepted", "delivered")

_COLUMNS: dict[str, Any] = {
    "status": Visit.status, "outcome": Visit.outcome, "wave": Visit.wave, "area": Customer.area,
    "language": Customer.language, "commodities": Visit.commodities, "prefers": Customer.prefers,
    "vulnerable": Customer.vulnerable, "life_support": Customer.life_support, "landlord": Customer.landlord,
    "business": Customer.business, "prepaid": Customer.prepaid, "presence_required": Visit.presence_required,
}
_ADDRESSES: dict[str, Any] = {"has_email": Customer.email, "has_phone": Customer.phone, "has_address": Customer.address}
_SPECIAL: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "told": lambda wanted: told() if wanted else not_(told()),
    "attempts_at_least": lambda number: col(Visit.attempts) >= number,
    "attempts_below": lambda number: col(Visit.attempts) < number,
}


def told() -> ColumnElement[bool]:
    """Whether a message of the visit's present round has stated a date."""
    return exists().where(
        col(Notice.visit_id).in_([col(Visit.id), func.coalesce(col(Visit.split_from), col(Visit.id))]),
        col(Notice.told_day).is_not(None), col(Notice.state).in_(TOLD_STATES),
        col(Notice.attempted_at) > col(Visit.reopened_at)).correlate(Visit)


def condition_sql(condition: Condition) -> ColumnElement[bool]:
    """The condition over Visit and Customer."""
    parts = [_test(key, values) for key, values in condition.tests]
    if condition.any_of:
        parts.append(or_(*map(condition_sql, condition.any_of)))
    parts += [not_(func.coalesce(condition_sql(each), False)) for each in condition.none_of]
    return and_(true(), *parts)


def needs_customer(condition: Condition) -> bool:
    """Whether testing it needs the customer beside the visit."""
    own = any(key in _ADDRESSES or (key in _COLUMNS and _COLUMNS[key].class_ is Customer) for key, _ in condition.tests)
    return own or any(map(needs_customer, condition.any_of + condition.none_of))


def asks_status(condition: Condition) -> bool:
    """Whether it says itself which statuses it wants."""
    return any(key == "status" for key, _ in condition.tests) or any(map(asks_status, condition.any_of))


def _test(key: str, values: tuple[Any, ...]) -> ColumnElement[bool]:
    if key in _SPECIAL:
        return or_(*(_SPECIAL[key](value) for value in values))
    if key in _ADDRESSES:
        return or_(*(col(_ADDRESSES[key]).is_not(None) if value else col(_ADDRESSES[key]).is_(None) for value in values))
    return col(_COLUMNS[key]).in_([int(value) if isinstance(value, bool) else value for value in values])
