"""The next batch of a notice: its rows as they stand now, in one query."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Integer, Row, Select, String, and_, case, exists, func, literal, or_, select
from sqlalchemy import text as sql_text
from sqlalchemy.orm import aliased
from sqlmodel import col

from doorstep.delivery.choosing import Standing, Stops, cap_since
from doorstep.facts import Case
from doorstep.model import Customer, Notice, Stop, Visit
from doorstep.plan import stands
from doorstep.plan.audience import TOLD_STATES
from doorstep.rollout import PlanRow, Rollout

# Word for word the partial index's own condition: only then does SQLite use it.
OPEN_SQL = "notice.state IN ('due','held','attempting')"
WIDTH = len(Case._fields)
_sibling = aliased(Notice, name="sibling")
_mine = aliased(Notice, name="mine")
_OWNERS: tuple[Any, ...] = (Visit, Customer)
_NOTICE_FIELDS = {"notice_id": Notice.id, "occasion": Notice.occasion, "via": Notice.via, "visit_id": Notice.visit_id,
                  "customer_id": Notice.customer_id}


def pick(connection: Connection, rollout: Rollout, row: PlanRow, now: int, size: int) -> list[Row[Any]]:
    """Up to `size` notices of this row that are to be looked at now, with their facts; see `case_of`, `standing_of`."""
    return list(connection.execute(_statement(rollout, row, now).limit(size)).all())


def case_of(row: Row[Any]) -> Case:
    """The facts in a picked row."""
    return Case(*row[:WIDTH])


def standing_of(row: Row[Any]) -> Standing:
    """What stands beside them."""
    return Standing(*row[WIDTH:WIDTH + 5])


def _statement(rollout: Rollout, row: PlanRow, now: int) -> Select[Any]:
    columns = [_field(name).label(name) for name in Case._fields]
    joined = (select(*columns, col(Notice.until_at), stands(rollout, row), _carried(), col(Notice.tried),
                     _recent(row, now), col(Notice.attempt))
              .join(Visit, col(Visit.id) == col(Notice.visit_id))
              .join(Customer, col(Customer.id) == col(Notice.customer_id)))
    return joined.where(col(Notice.rollout) == rollout.name, col(Notice.notice) == row.notice, sql_text(OPEN_SQL),
                        sql_text("notice.state <> 'attempting'"), col(Notice.not_before) <= now)


def _field(name: str) -> Any:
    if name.startswith("old_"):
        return literal(None, String if name == "old_day" else Integer)
    if name in _NOTICE_FIELDS:
        return col(_NOTICE_FIELDS[name])
    owner = next(table for table in _OWNERS if name in table.model_fields)
    return col(getattr(owner, name))


def _carried() -> Any:
    """Whether another copy carries it: one that went out, or one that will be looked at after this one."""
    other = exists().where(
        col(_sibling.visit_id) == col(Notice.visit_id), col(_sibling.notice) == col(Notice.notice),
        col(_sibling.occasion) == col(Notice.occasion), col(_sibling.id) != col(Notice.id),
        or_(col(_sibling.state).in_(TOLD_STATES),
            and_(col(_sibling.id) > col(Notice.id), col(_sibling.state).in_(["due", "held"])))).correlate(Notice)
    return case((col(Notice.via) == "", 0), else_=case((other, 1), else_=0))


def _recent(row: PlanRow, now: int) -> Any:
    if row.purpose == "duty":
        return literal(0)
    return (select(func.count()).where(
        col(_mine.customer_id) == col(Notice.customer_id), col(_mine.accepted_at) > cap_since(now),
        col(_mine.purpose) != "duty").correlate(Notice).scalar_subquery())


def stops_for(connection: Connection, rollout: Rollout, cases: Iterable[Case]) -> Stops:
    """The stops in force for the addresses of these cases."""
    addresses = {address for each in cases for address in (each.email, each.phone, each.address) if address}
    found: dict[tuple[str, str], frozenset[str]] = {}
    if addresses and connection.execute(select(col(Stop.id)).where(col(Stop.rollout) == rollout.name).limit(1)).first():
        rows = connection.execute(select(col(Stop.channel), col(Stop.address), col(Stop.purpose)).where(
            col(Stop.rollout) == rollout.name, col(Stop.ended_at).is_(None), col(Stop.address).in_(addresses)))
        for channel, address, purpose in rows:
            key = (channel, address)
            found[key] = found.get(key, frozenset()) | {purpose}
    return found


def with_told(connection: Connection, cases: list[Case]) -> list[Case]:
    """The cases with the date and window that the customer was last told, where it differs from the present one."""
    visits = {each.visit_id for each in cases}
    kin = select(col(Visit.id), func.coalesce(col(Visit.merged_into), col(Visit.id))).where(
        or_(col(Visit.id).in_(visits), col(Visit.merged_into).in_(visits)))
    split = select(col(Visit.split_from), col(Visit.id)).where(col(Visit.id).in_(visits), col(Visit.split_from).is_not(None))
    owner: dict[int, list[int]] = {}
    for source, target in [*connection.execute(kin), *connection.execute(split)]:
        owner.setdefault(source, []).append(target)
    told = connection.execute(
        select(col(Notice.visit_id), col(Notice.told_day), col(Notice.told_start), col(Notice.told_end)).where(
            col(Notice.visit_id).in_(list(owner)), col(Notice.told_day).is_not(None),
            col(Notice.state).in_(TOLD_STATES)).order_by(col(Notice.attempted_at), col(Notice.id)))
    now_says = {each.visit_id: (each.day, each.window_start, each.window_end) for each in cases}
    last: dict[int, tuple[Any, ...]] = {}
    for visit, *slot in told:
        for target in owner[visit]:
            if tuple(slot) != now_says.get(target):
                last[target] = tuple(slot)
    return [each._replace(old_day=old[0], old_start=old[1], old_end=old[2]) if (old := last.get(each.visit_id)) else each
            for each in cases]
