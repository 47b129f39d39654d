"""Told dates are facts: a visit whose present date differs from the last one told owes a correction."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from doorstep.model import Customer, Notice, Visit
from doorstep.plan.audience import TOLD_STATES

_told = aliased(Notice, name="told")
_kin = aliased(Visit, name="kin")


def slot_text(day: Any, start: Any, end: Any) -> ColumnElement[str]:
    """A day and window as one text, such as "2027-03-09/480-720"."""
    first, last = (func.coalesce(cast(part, String), "") for part in (start, end))
    return cast(day, String) + literal("/") + first + literal("-") + last


def correction_occasion() -> ColumnElement[str]:
    """The date that the correction speaks of."""
    return slot_text(col(Visit.day), col(Visit.window_start), col(Visit.window_end))


def _told_slot() -> ColumnElement[str]:
    return slot_text(col(_told.told_day), col(_told.told_start), col(_told.told_end))


def _family() -> ColumnElement[bool]:
    """The visit's own messages, those of the visit it was split from (before the split), and of visits merged into it."""
    merged = select(col(_kin.id)).where(col(_kin.merged_into) == col(Visit.id), col(_kin.rollout) == col(Visit.rollout),
                                        col(_kin.customer_id) == col(Visit.customer_id))
    return or_(col(_told.visit_id) == col(Visit.id), col(_told.visit_id).in_(merged.correlate(Visit)),
               and_(col(_told.visit_id) == col(Visit.split_from), col(_told.attempted_at) <= col(Visit.created_at)))


def _was_told() -> ColumnElement[bool]:
    return and_(_family(), col(_told.told_day).is_not(None), col(_told.state).in_(TOLD_STATES),
                col(_told.attempted_at) > col(Visit.reopened_at))


def owes_correction() -> ColumnElement[bool]:
    """Whether the last date told, by the visit or one merged into it, is no longer so."""
    last = (select(_told_slot()).where(_was_told()).order_by(col(_told.attempted_at).desc(), col(_told.id).desc())
            .limit(1).correlate(Visit).scalar_subquery())
    return last != correction_occasion()


def correction_channels() -> Subquery:
    """visit_id, channel: every channel that carried a date no longer so, and the fastest one there is."""
    carried: Select[Any] = (select(col(Visit.id).label("visit_id"), col(_told.channel).label("channel")).select_from(Visit)
               .join(_told, col(_told.customer_id) == col(Visit.customer_id))
               .where(_recent(), _was_told(), _told_slot() != correction_occasion(), col(_told.channel).is_not(None)))
    fastest = case((col(Customer.phone).is_not(None), "sms"), (col(Customer.email).is_not(None), "email"), else_="call")
    quick: Select[Any] = (select(col(Visit.id), fastest).select_from(Visit)
                                             .join(Customer, col(Customer.id) == col(Visit.customer_id)).where(_recent()))
    return union(carried, quick).subquery("channels")


def _recent() -> ColumnElement[bool]:
    return or_(col(Visit.version) > 1, col(Visit.split_from).is_not(None))
