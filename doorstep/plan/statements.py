"""One INSERT ... SELECT for each notice of the plan: those whose moment has come and who have not been told."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Insert,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
    type_coerce,
    values,
)
from sqlalchemy.dialects import postgresql

from doorstep.model import OPEN, Customer, Feed, Notice, Visit, table
from doorstep.plan.audience import asks_status, condition_sql, needs_customer
from doorstep.plan.corrections import correction_channels, correction_occasion, owes_correction
from doorstep.plan.moments import DayMoment, Slot, day_moments, event_moments
from doorstep.rollout import PlanRow, Rollout
from doorstep.timing import MINUTES, local_day

CHUNK = 400                      # moments in one statement, well below SQLite's limit of bound values
V, C, N, F = table(Visit), table(Customer), table(Notice), table(Feed)
_HAS = {"email": C.c.email, "sms": C.c.phone, "voice": C.c.phone, "post": C.c.address}
COLUMNS = ("rollout", "notice", "phase", "purpose", "visit_id", "customer_id", "occasion", "via", "due_at", "until_at",
           "not_before", "state", "why", "tried", "attempt", "created_at", "closed_at")


def insert_due(connection: Connection, rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int) -> int:
    """Insert what is due at `now` and still useful; returns how many notices were born."""
    return sum(connection.execute(_insert(connection, pick)).rowcount
               for pick in picks(connection, rollout, row, known, now, now))


def picks(connection: Connection, rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int,
          horizon: int) -> list[Select[Any]]:
    """SELECTs of the notice rows that are due up to `horizon` and still useful at `now`; see COLUMNS."""
    if row.waits_for:
        return []
    if row.when.event == "moved" or (row.when.event and row.until.event is None):
        return _event_by_slot(rollout, row, known, now, horizon)
    if row.when.event:
        return _event_picks(connection, rollout, row, known, now, horizon)
    ready = [m for m in day_moments(rollout, row, known) if m.due_at <= horizon and now < m.until_at]
    return [_day_pick(rollout, row, part, now) for part in _parts(ready)]


def insert_missed(connection: Connection, rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int) -> int:
    """Record as missed what was already past its usefulness when the visit became known to us."""
    if row.waits_for or row.when.event:
        return 0
    today = str(local_day(now, rollout.zone))
    late = [m for m in day_moments(rollout, row, known) if m.until_at <= now and m.slot.day >= today]
    return sum(connection.execute(_insert(connection, _missed_pick(rollout, row, part, now))).rowcount
               for part in _parts(late))


def stands(rollout: Rollout, row: PlanRow) -> ColumnElement[bool]:
    """Over Notice, Visit and Customer: whether what made the notice due is still so at the hand-over."""
    if row.when.event == "moved":
        return and_(V.c.status.in_(OPEN), N.c.occasion == correction_occasion())
    still = and_(_statuses(row), condition_sql(row.condition))
    return still if row.once else and_(still, N.c.occasion == _occasion(row))


def _parts(moments: Sequence[DayMoment]) -> list[Sequence[DayMoment]]:
    return [moments[start:start + CHUNK] for start in range(0, len(moments), CHUNK)]


def _statuses(row: PlanRow) -> ColumnElement[bool]:
    if row.when.event:
        return V.c.status == row.when.event
    return true() if asks_status(row.condition) else V.c.status.in_(OPEN)


def _occasion(row: PlanRow) -> ColumnElement[str]:
    """What makes the notice a new one: the day spoken of, or the event of this round of the visit."""
    if row.once:
        return literal("once")
    if row.when.event is None:
        return type_coerce(V.c.day, String)
    count = V.c.attempts if row.when.event == "aborted" else V.c.round
    return literal(row.when.event + ":") + cast(count, String)


def _moment_table(moments: Sequence[DayMoment]) -> FromClause:
    table = values(column("day", String), column("ws", Integer), column("we", Integer), column("zone", String),
                   column("due_at", Integer), column("until_at", Integer), name="moment")
    return table.data([(m.slot.day, m.slot.window_start, m.slot.window_end, m.slot.zone, m.due_at, m.until_at)
                       for m in moments]).cte(nesting=True)


def _same_slot(table: FromClause) -> ColumnElement[bool]:
    # IS NOT DISTINCT FROM costs the index on PostgreSQL, an equality beside it keeps it.
    return and_(V.c.day == table.c.day, V.c.window_start.is_not_distinct_from(table.c.ws),
                V.c.window_end.is_not_distinct_from(table.c.we), V.c.zone == table.c.zone)


def _pick(rollout: Rollout, row: PlanRow, occasion: Any, via: Any, due: Any, until: Any, now: int,
          state: str = "due", why: str | None = None) -> Select[Any]:
    closed = now if state == "missed" else None
    return select(
        literal(rollout.name), literal(row.notice), literal(row.phase), literal(row.purpose), V.c.id,
        V.c.customer_id, occasion, via, due, until, due, literal(state), literal(why, String), literal(""),
        literal(0), literal(now), literal(closed, Integer))


def _from(pick: Select[Any], tables: FromClause, on: ColumnElement[bool], rollout: Rollout,
          customer: bool) -> Select[Any]:
    joined = tables.join(V, and_(V.c.rollout == rollout.name, on))
    if customer:
        joined = joined.join(C, C.c.id == V.c.customer_id)
    return pick.select_from(joined)


def _day_pick(rollout: Rollout, row: PlanRow, moments: Sequence[DayMoment], now: int) -> Select[Any]:
    table = _moment_table(moments)
    at_once = row.channels[0]
    if len(at_once) == 1:
        pick = _pick(rollout, row, _occasion(row), literal(""), table.c.due_at, table.c.until_at, now)
        pick = _from(pick, table, _same_slot(table), rollout, needs_customer(row.condition))
        return pick.where(_statuses(row), condition_sql(row.condition), _settled(rollout, now))
    copies = values(column("via", String), name="copies").data([(via,) for via in (*at_once, "")]).cte(nesting=True)
    pick = _pick(rollout, row, _occasion(row), copies.c.via, table.c.due_at, table.c.until_at, now)
    pick = _from(pick, table.join(copies, true()), _same_slot(table), rollout, customer=True)
    pick = pick.where(_statuses(row), condition_sql(row.condition), _settled(rollout, now))
    return pick.where(_copy_fits(copies.c.via, at_once), not_(already(row)))


def _settled(rollout: Rollout, now: int) -> ColumnElement[bool]:
    """A date that has just moved may move again: it is spoken of when its correction is, and after it."""
    wait = max((row.when.amount * MINUTES[row.when.unit] * 60 for row in rollout.plan if row.when.event == "moved"), default=0)
    return or_(V.c.version == 1, V.c.changed_at <= now - wait)


def _missed_pick(rollout: Rollout, row: PlanRow, moments: Sequence[DayMoment], now: int) -> Select[Any]:
    table = _moment_table(moments)
    pick = _pick(rollout, row, _occasion(row), literal(""), table.c.due_at, table.c.until_at, now, "missed", "too_late")
    pick = _from(pick, table, _same_slot(table), rollout, needs_customer(row.condition))
    # Someone told once about another day was not missed: the correction speaks of the new one.
    return pick.where(_statuses(row), condition_sql(row.condition), not_(already(row, any_occasion=True)))


def _copy_fits(via: ColumnElement[str], at_once: Sequence[str]) -> ColumnElement[bool]:
    """A copy for each channel of the first alternative that has an address; a plain one where none has."""
    has = {name: _HAS[name].is_not(None) for name in at_once}
    return or_(*(and_(via == name, has[name]) for name in at_once),
               and_(via == "", *(not_(test) for test in has.values())))


def already(row: PlanRow, any_occasion: bool = False) -> ColumnElement[bool]:
    """Over Visit: whether this notice was born for it, for this occasion or for any."""
    known = select(literal(1)).where(N.c.visit_id == V.c.id, N.c.notice == row.notice)
    if not any_occasion:
        known = known.where(N.c.occasion == _occasion(row))
    return known.correlate(V).exists()


def _event_base(row: PlanRow) -> ColumnElement[int]:
    if row.when.event == "moved":
        return type_coerce(V.c.changed_at, Integer)
    if row.when.event in OPEN:
        return type_coerce(V.c.since, Integer)
    return func.coalesce(V.c.outcome_at, V.c.since)


def _not_backfill(connection: Connection, rollout: Rollout) -> ColumnElement[bool]:
    """What stood in a rollout's first feed happened before us: it must not set off a flood of messages."""
    first = connection.execute(select(func.min(F.c.id)).where(
        F.c.rollout == rollout.name, F.c.state.in_(["taken", "accepted"]))).scalar()
    return or_(V.c.version > 1, V.c.feed_id != (first or 0))


def _event_picks(connection: Connection, rollout: Rollout, row: PlanRow, known: Sequence[Slot],
                 now: int, horizon: int) -> list[Select[Any]]:
    """One SELECT over the local days whose events may be due now."""
    zones = sorted({slot.zone for slot in known} | {rollout.zone.key})
    base, fresh = _event_base(row), _not_backfill(connection, rollout)
    found = []
    for entry in event_moments(rollout, row, zones, now, horizon):
        due = literal(entry.due_at) if entry.due_at is not None else base + entry.due_after
        until = literal(entry.until_at) if entry.until_at is not None else base + entry.until_after
        learned = case((due > V.c.since, due), else_=V.c.since)
        pick = _pick(rollout, row, _occasion(row), literal(""), learned, until, now)
        found.append(pick.select_from(V).join(C, C.c.id == V.c.customer_id).where(
            V.c.rollout == rollout.name, _indexed_range(row, entry.first, entry.last), base >= entry.first,
            base < entry.last, V.c.zone == entry.zone, _statuses(row), condition_sql(row.condition),
            learned <= horizon, until > now, fresh))
    return found


def _indexed_range(row: PlanRow, first: int, last: int) -> ColumnElement[bool]:
    """The same range on a bare column, so that an index serves it."""
    if row.when.event in OPEN:
        return true()
    return or_(V.c.outcome_at.between(first, last),
               and_(V.c.outcome_at.is_(None), V.c.since.between(first, last)))


def _event_by_slot(rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int, horizon: int) -> list[Select[Any]]:
    """An event now, useful until a moment of the visit's own day: a moved date, an installer on the way."""
    useful = [m for m in day_moments(rollout, row, known) if now < m.until_at]
    due = _event_base(row) + row.when.amount * MINUTES[row.when.unit] * 60
    return [_slot_pick(rollout, row, part, due, now, horizon) for part in _parts(useful)]


def _slot_pick(rollout: Rollout, row: PlanRow, moments: Sequence[DayMoment], due: ColumnElement[int],
               now: int, horizon: int) -> Select[Any]:
    table = _moment_table(moments)
    fresh = and_(_event_base(row) > now - 30 * 86400, due <= horizon)
    if row.when.event != "moved":
        pick = _pick(rollout, row, _occasion(row), literal(""), due, table.c.until_at, now)
        pick = _from(pick, table, _same_slot(table), rollout, True)
        return pick.where(_statuses(row), condition_sql(row.condition), fresh)
    channels = correction_channels()
    pick = _pick(rollout, row, correction_occasion(), channels.c.channel, due, table.c.until_at, now)
    pick = _from(pick, table, _same_slot(table), rollout, True).join(channels, channels.c.visit_id == V.c.id)
    return pick.where(V.c.status.in_(OPEN), fresh, owes_correction(), not_(_corrected(row)))


def _corrected(row: PlanRow) -> ColumnElement[bool]:
    return select(literal(1)).where(
        N.c.visit_id == V.c.id, N.c.notice == row.notice,
        N.c.occasion == correction_occasion()).correlate(V).exists()


def _insert(connection: Connection, pick: Select[Any]) -> Insert:
    # Wrapped, so that the WITH stands inside and the driver still sees an INSERT whose rows it counts.
    rows = select(pick.subquery()).where(true())
    if connection.dialect.name == "postgresql":
        statement: Insert = postgresql.insert(N).from_select(list(COLUMNS), rows).on_conflict_do_nothing()
    else:
        # Not ON CONFLICT: SQLAlchemy never caches a statement with it, and compiling costs more than running.
        statement = insert(N).prefix_with("OR IGNORE").from_select(list(COLUMNS), rows)
    return statement.execution_options(preserve_rowcount=True)
