"""Told dates are facts: a visit whose present date differs from the last one told owes a correction."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    union,
)

from doorstep.model import Customer, Notice, Visit, table
from doorstep.plan.audience import TOLD_STATES
from doorstep.plan.columns import one_of

V, C = table(Visit), table(Customer)
_told = table(Notice).alias("told")
_kin = table(Visit).alias("kin")


def slot_text(day: Any, start: Any, end: Any) -> ColumnElement[str]:
    """A day and window as one text, such as "2027-03-09/480-720"."""
    first, last = (func.coalesce(cast(part, String), "") for part in (start, end))
    return cast(day, String) + literal("/") + first + literal("-") + last


def present_slot() -> ColumnElement[str]:
    """The date and window that stand now."""
    return slot_text(V.c.day, V.c.window_start, V.c.window_end)


def correction_occasion() -> ColumnElement[str]:
    """What makes a correction a new one: the date it speaks of, the move that led there (a date may come back), and how many
    visits have been merged into this one."""
    joined = select(func.count()).select_from(_kin).where(_merged()).correlate(V).scalar_subquery()
    move = literal("@") + cast(V.c.changed_at, String)
    return present_slot() + move + case((joined > 0, literal("+") + cast(joined, String)), else_=literal(""))


def _stale() -> ColumnElement[bool]:
    """Whether what was told is no longer so. A day told without a window is not made wrong by the window."""
    window = and_(_told.c.told_start.is_not(None), or_(_told.c.told_start.is_distinct_from(V.c.window_start),
                                                       _told.c.told_end.is_distinct_from(V.c.window_end)))
    return or_(_told.c.told_day != V.c.day, window)


def _own() -> ColumnElement[bool]:
    """The visit's own messages, and those that the visit it was split from sent before the split."""
    return or_(_told.c.visit_id == V.c.id,
               and_(_told.c.visit_id == V.c.split_from, _told.c.attempted_at <= V.c.created_at))


def _family() -> ColumnElement[bool]:
    """Those, and the messages of visits merged into it."""
    merged = select(_kin.c.id).where(_merged())
    return or_(_own(), _told.c.visit_id.in_(merged.correlate(V)))


def _merged() -> ColumnElement[bool]:
    # By customer alone: with the rollout beside it SQLite would walk through the whole rollout.
    return and_(_kin.c.merged_into == V.c.id, _kin.c.customer_id == V.c.customer_id)


def _said() -> ColumnElement[bool]:
    """A message that stated a date and may have been read, in the present round."""
    return and_(_told.c.told_day.is_not(None), one_of(_told.c.state, TOLD_STATES), _told.c.attempted_at >= V.c.reopened_at)


def _last_told(of: ColumnElement[bool], *outer: FromClause) -> ScalarSelect[int]:
    """Whether the last one told is stale: 1 or 0, or NULL where none was."""
    return (select(case((_stale(), 1), else_=0)).where(of, _said()).order_by(_told.c.attempted_at.desc(), _told.c.id.desc())
            .limit(1).correlate(*outer).scalar_subquery())


def owes_correction() -> ColumnElement[bool]:
    """Whether the last date told is no longer so: by the visit itself, or by one merged into it and not corrected since."""
    told_since = exists().where(_told.c.visit_id == V.c.id, _said(), not_(_stale()),
                                _told.c.attempted_at >= _kin.c.since).correlate(V, _kin)
    stale_kin = exists().where(_merged(), _last_told(_told.c.visit_id == _kin.c.id, V, _kin) == 1,
                               not_(told_since)).correlate(V)
    return or_(_last_told(_own(), V) == 1, stale_kin)


def correction_channels(rollout: ColumnElement[str], since: ColumnElement[int]) -> Subquery:
    """visit_id, channel: every channel that carried a date no longer so, and the fastest one there is."""
    carried: Select[Any] = (select(V.c.id.label("visit_id"), _told.c.channel.label("channel")).select_from(V)
                            .join(_told, _told.c.customer_id == V.c.customer_id)
                            .where(_recent(rollout, since), _family(), _said(), _stale(), _told.c.channel.is_not(None)))
    fastest = case((C.c.phone.is_not(None), "sms"), (C.c.email.is_not(None), "email"), else_="post")
    quick: Select[Any] = (select(V.c.id, fastest).select_from(V)
                          .join(C, C.c.id == V.c.customer_id).where(_recent(rollout, since)))
    return union(carried, quick).subquery("channels")


def _recent(rollout: ColumnElement[str], since: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(V.c.rollout == rollout, V.c.changed_at > since, or_(V.c.version > 1, V.c.split_from.is_not(None)))
