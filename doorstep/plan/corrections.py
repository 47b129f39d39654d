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

from doorstep.model import Customer, Notice, Visit, table
from doorstep.plan.audience import TOLD_STATES

V, C = table(Visit), table(Customer)
_told = table(Notice).alias("told")
_kin = table(Visit).alias("kin")


def slot_text(day: Any, start: Any, end: Any) -> ColumnElement[str]:
    """A day and window as one text, such as "2027-03-09/480-720"."""
    first, last = (func.coalesce(cast(part, String), "") for part in (start, end))
    return cast(day, String) + literal("/") + first + literal("-") + last


def correction_occasion() -> ColumnElement[str]:
    """The date that the correction speaks of."""
    return slot_text(V.c.day, V.c.window_start, V.c.window_end)


def _told_slot() -> ColumnElement[str]:
    return slot_text(_told.c.told_day, _told.c.told_start, _told.c.told_end)


def _family() -> ColumnElement[bool]:
    """The visit's own messages, those of the visit it was split from (before the split), and of visits merged into it."""
    merged = select(_kin.c.id).where(_kin.c.merged_into == V.c.id, _kin.c.rollout == V.c.rollout,
                                        _kin.c.customer_id == V.c.customer_id)
    return or_(_told.c.visit_id == V.c.id, _told.c.visit_id.in_(merged.correlate(V)),
               and_(_told.c.visit_id == V.c.split_from, _told.c.attempted_at <= V.c.created_at))


def _was_told() -> ColumnElement[bool]:
    return and_(_family(), _told.c.told_day.is_not(None), _told.c.state.in_(TOLD_STATES),
                _told.c.attempted_at > V.c.reopened_at)


def owes_correction() -> ColumnElement[bool]:
    """Whether the last date told, by the visit or one merged into it, is no longer so."""
    last = (select(_told_slot()).where(_was_told()).order_by(_told.c.attempted_at.desc(), _told.c.id.desc())
            .limit(1).correlate(V).scalar_subquery())
    return last != correction_occasion()


def correction_channels() -> Subquery:
    """visit_id, channel: every channel that carried a date no longer so, and the fastest one there is."""
    carried: Select[Any] = (select(V.c.id.label("visit_id"), _told.c.channel.label("channel")).select_from(V)
               .join(_told, _told.c.customer_id == V.c.customer_id)
               .where(_recent(), _was_told(), _told_slot() != correction_occasion(), _told.c.channel.is_not(None)))
    fastest = case((C.c.phone.is_not(None), "sms"), (C.c.email.is_not(None), "email"), else_="call")
    quick: Select[Any] = (select(V.c.id, fastest).select_from(V)
                                             .join(C, C.c.id == V.c.customer_id).where(_recent()))
    return union(carried, quick).subquery("channels")


def _recent() -> ColumnElement[bool]:
    return or_(V.c.version > 1, V.c.split_from.is_not(None))
