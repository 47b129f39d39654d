"""The next batch of a notice: its rows as they stand now, in one query."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy import text as sql_text

from doorstep.delivery.choosing import Standing, cap_since
from doorstep.delivery.halting import not_halted
from doorstep.facts import Case
from doorstep.model import Customer, Notice, Stop, Visit, letter_box, table
from doorstep.plan import stands
from doorstep.plan.audience import TOLD_STATES
from doorstep.plan.sayings import said_of
from doorstep.rollout import PlanRow, Rollout

# Why a notice is looked at again although it may have gone out: see `settling`.
CUT_OFF, RESENT = "cut_off", "unknown_resent"
# Word for word the partial index's own condition: only then does SQLite use it.
OPEN_SQL = "notice.state IN ('due','held','attempting','unknown')"
SELECTED = Case._fields[:-1]      # but for the link, which is signed for the message that carries it
WIDTH = len(SELECTED)
_STANDING = slice(WIDTH, WIDTH + len(Standing._fields))
SIZE = "size"                    # a value, not a part of the statement: it changes from batch to batch
V, C, N, S = table(Visit), table(Customer), table(Notice), table(Stop)
_sibling = table(Notice).alias("sibling")
_mine = table(Notice).alias("mine")
_OWNERS = (V, C)
_NOTICE_FIELDS = {"notice_id": N.c.id, "occasion": N.c.occasion, "via": N.c.via, "visit_id": N.c.visit_id,
                  "customer_id": N.c.customer_id}


def pick_statement(rollout: Rollout, row: PlanRow, now: int, stops: bool) -> Select[Any]:
    """Up to SIZE notices of this row that are to be looked at now, with their facts; see `case_of`, `standing_of`.

    The claim: on PostgreSQL each row is locked with its visit and customer, and what another sender or a pull holds is
    skipped, so what is decided on stands until the attempt is committed. SQLite's one writer needs no lock.
    """
    # In the order of the index of open notices: else PostgreSQL, to whom any fifty will do, walks past all that went out before.
    return _statement(rollout, row, now, stops).order_by(N.c.not_before).limit(bindparam(SIZE, type_=Integer)).with_for_update(
        of=[N, V, C], skip_locked=True)


def case_of(row: Row[Any]) -> Case:
    """The facts in a picked row."""
    return Case(*row[:WIDTH])


def standing_of(row: Row[Any]) -> Standing:
    """What stands beside them."""
    return Standing(*row[_STANDING])


def has_changed(row: Row[Any]) -> bool:
    """Whether the visit of a picked row is no longer what it was at first."""
    return bool(row[-2])


def number_of(row: Row[Any]) -> int:
    """The attempt that would be made of a picked row: 1 for the first."""
    return int(row[-1]) + 1


def _statement(rollout: Rollout, row: PlanRow, now: int, stops: bool) -> Select[Any]:
    said = said_of(row)
    columns = [_field(name, said).label(name) for name in SELECTED]
    joined = (select(*columns, N.c.until_at, stands(rollout, row), _carried(), N.c.tried,
                     _recent(row, now), _doubt(),
                     _stopped(stops), or_(V.c.version > 1, V.c.split_from.is_not(None)), N.c.attempt)
              .join(V, V.c.id == N.c.visit_id)
              .join(C, C.c.id == N.c.customer_id))
    return joined.where(_waiting(rollout, now), N.c.notice == row.notice, not_halted())


def _waiting(rollout: Rollout, now: int) -> ColumnElement[bool]:
    """Over Notice: what is to be looked at now."""
    return and_(N.c.rollout == rollout.name, sql_text(OPEN_SQL), sql_text("notice.state IN ('due','held')"),
                N.c.not_before <= now)


def _field(name: str, said: Mapping[str, Any]) -> Any:
    if name in said:
        return said[name]
    if name.startswith("old_") or name in ("topic", "answer", "answer_source"):
        return literal(None, Integer if name in ("old_start", "old_end") else String)
    if name in _NOTICE_FIELDS:
        return _NOTICE_FIELDS[name]
    return next(owner.c[name] for owner in _OWNERS if name in owner.c)


def _carried() -> Any:
    """Whether another copy carries it: one that went out, or one that will be looked at after this one."""
    other = exists().where(
        _sibling.c.visit_id == N.c.visit_id, _sibling.c.notice == N.c.notice,
        _sibling.c.occasion == N.c.occasion, _sibling.c.id != N.c.id,
        or_(_sibling.c.state.in_(TOLD_STATES),
            and_(_sibling.c.id > N.c.id, _sibling.c.state.in_(["due", "held"])))).correlate(N)
    return case((N.c.via == "", 0), else_=case((other, 1), else_=0))


def _doubt() -> Any:
    doubt = N.c.why + literal(" ") + func.coalesce(N.c.channel, "")
    return case((N.c.why.in_([CUT_OFF, RESENT]), doubt), else_="")


def _recent(row: PlanRow, now: int) -> Any:
    if row.purpose == "duty":
        return literal(0)
    return (select(func.count()).where(
        _mine.c.customer_id == N.c.customer_id, _mine.c.accepted_at > cap_since(now),
        _mine.c.purpose != "duty").correlate(N).scalar_subquery())


def open_notices(connection: Connection, rollout: Rollout, now: int) -> set[str]:
    """The notices of the plan of which at least one is to be looked at now."""
    # From each notice to the next, as the index has them: DISTINCT would look at every row of a million that are open.
    waiting = _waiting(rollout, now)
    found = select(func.min(N.c.notice).label("notice")).where(waiting).cte("found", recursive=True)
    following = select(func.min(N.c.notice)).where(waiting, N.c.notice > found.c.notice).scalar_subquery()
    found = found.union_all(select(following).where(found.c.notice.is_not(None)))
    return set(connection.execute(select(found.c.notice).where(found.c.notice.is_not(None))).scalars())


def are_many(connection: Connection, rollout: Rollout, now: int, many: int) -> bool:
    """Whether at least so many notices are to be looked at now."""
    some = select(N.c.id).where(_waiting(rollout, now)).limit(many).subquery()
    return bool(connection.execute(select(func.count()).select_from(some)).scalar_one() == many)


def any_stops(connection: Connection, rollout: Rollout) -> bool:
    """Whether anyone of this rollout has stopped anything: if not, the batches need not ask."""
    return connection.execute(select(S.c.id).where(S.c.rollout == rollout.name).limit(1)).first() is not None


def _stopped(asked: bool) -> Any:
    """The stops in force for the customer's addresses, as "email:* sms:programme"."""
    if not asked:
        return literal("")
    words = func.aggregate_strings(S.c.channel + literal(":") + S.c.purpose, " ")
    return func.coalesce(select(words).where(
        S.c.rollout == N.c.rollout, S.c.address.in_([C.c.email, C.c.phone, letter_box(C.c.id, C.c.address)]),
        S.c.ended_at.is_(None)).correlate(N, C).scalar_subquery(), "")


def with_told(connection: Connection, cases: list[Case]) -> list[Case]:
    """The cases with the date and window that the customer was last told, where it differs from the present one."""
    visits = {each.visit_id for each in cases}
    kin = select(V.c.id, func.coalesce(V.c.merged_into, V.c.id)).where(
        or_(V.c.id.in_(visits), V.c.merged_into.in_(visits)))
    split = select(V.c.split_from, V.c.id).where(V.c.id.in_(visits), V.c.split_from.is_not(None))
    owner: dict[int, list[int]] = {}
    for source, target in [*connection.execute(kin), *connection.execute(split)]:
        owner.setdefault(source, []).append(target)
    told = connection.execute(
        select(N.c.visit_id, N.c.told_day, N.c.told_start, N.c.told_end).where(
            N.c.visit_id.in_(list(owner)), N.c.told_day.is_not(None),
            N.c.state.in_(TOLD_STATES)).order_by(N.c.attempted_at, N.c.id))
    now_says = {each.visit_id: (each.day, each.window_start, each.window_end) for each in cases}
    last: dict[int, tuple[Any, ...]] = {}
    for visit, *slot in told:
        for target in owner[visit]:
            day, start, _ = slot
            same_day = target in now_says and now_says[target][0] == day
            if tuple(slot) != now_says.get(target) and not (same_day and start is None):
                last[target] = tuple(slot)
    return [each._replace(old_day=old[0], old_start=old[1], old_end=old[2]) if (old := last.get(each.visit_id)) else each
            for each in cases]
