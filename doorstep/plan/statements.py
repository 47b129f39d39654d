"""One INSERT ... SELECT for each notice of the plan: those whose moment has come and who have not been told."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Insert,
    Integer,
    Select,
    String,
    and_,
    bindparam,
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

from doorstep.model import OPEN, Customer, Feed, Notice, Visit, VisitPast, table
from doorstep.plan.audience import asks_status, condition_sql, needs_customer
from doorstep.plan.corrections import correction_channels, correction_occasion, owes_correction
from doorstep.plan.moments import DayMoment, Slot, day_moments, event_moments
from doorstep.rollout import PlanRow, Rollout
from doorstep.timing import MINUTES, local_day

Values = Mapping[str, Any]
RECENT = 30 * 86400              # a change older than this is no news
CHUNK = 400                      # moments in one statement, well below SQLite's limit of bound values
V, C, N, F, P = table(Visit), table(Customer), table(Notice), table(Feed), table(VisitPast)
_HAS = {"email": C.c.email, "sms": C.c.phone, "voice": C.c.phone, "post": C.c.address}
COLUMNS = ("rollout", "notice", "phase", "purpose", "visit_id", "customer_id", "occasion", "via", "due_at", "until_at",
           "not_before", "state", "why", "tried", "attempt", "created_at", "closed_at")


def insert_due(connection: Connection, rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int) -> int:
    """Insert what is due at `now` and still useful; returns how many notices were born."""
    return sum(connection.execute(_insert(connection.dialect.name, pick.rows), pick.values).rowcount
               for pick in picks(connection, rollout, row, known, now, now))


class Pick(NamedTuple):
    """A SELECT of notice rows, and the values that it is run with."""

    rows: Select[Any]
    values: Values = {}      # noqa: RUF012  (never changed)


def picks(connection: Connection, rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int,
          horizon: int) -> list[Pick]:
    """SELECTs of the notice rows that are due up to `horizon` and still useful at `now`; see COLUMNS."""
    if row.waits_for:
        return []
    if row.when.event == "moved" or (row.when.event and row.until.event is None):
        return [Pick(each) for each in _event_by_slot(rollout, row, known, now, horizon)]
    if row.when.event:
        return _event_picks(connection, rollout, row, known, now, horizon)
    ready = [m for m in day_moments(rollout, row, known) if m.due_at <= horizon and now < m.until_at]
    return [Pick(_day_pick(rollout, row, part, now)) for part in _parts(ready)]


def insert_missed(connection: Connection, rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int) -> int:
    """Record as missed what was already past its usefulness when the visit became known to us."""
    if row.waits_for or row.when.event:
        return 0
    today = str(local_day(now, rollout.zone))
    late = [m for m in day_moments(rollout, row, known) if m.until_at <= now and m.slot.day >= today]
    return sum(connection.execute(_insert(connection.dialect.name, _missed_pick(rollout, row, part, now))).rowcount
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


def _pick(rollout: Any, row: PlanRow, occasion: Any, via: Any, due: Any, until: Any, now: Any,
          state: str = "due", why: str | None = None) -> Select[Any]:
    closed = now if state == "missed" else literal(None, Integer)
    return select(
        _value(rollout), literal(row.notice), literal(row.phase), literal(row.purpose), V.c.id,
        V.c.customer_id, occasion, via, due, until, due, literal(state), literal(why, String), literal(""),
        literal(0), _value(now), _value(closed))


def _value(value: Any) -> Any:
    return value if isinstance(value, ColumnElement) else literal(value)


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
        pick = _pick(rollout.name, row, _occasion(row), literal(""), table.c.due_at, table.c.until_at, now)
        pick = _from(pick, table, _same_slot(table), rollout, needs_customer(row.condition))
        return pick.where(_statuses(row), condition_sql(row.condition), _settled(rollout, now))
    copies = values(column("via", String), name="copies").data([(via,) for via in (*at_once, "")]).cte(nesting=True)
    pick = _pick(rollout.name, row, _occasion(row), copies.c.via, table.c.due_at, table.c.until_at, now)
    pick = _from(pick, table.join(copies, true()), _same_slot(table), rollout, customer=True)
    pick = pick.where(_statuses(row), condition_sql(row.condition), _settled(rollout, now))
    return pick.where(_copy_fits(copies.c.via, at_once), not_(already(row)))


def _settled(rollout: Rollout, now: int) -> ColumnElement[bool]:
    """A date that has just moved may move again: it is spoken of when its correction is, and after it."""
    wait = max((row.when.amount * MINUTES[row.when.unit] * 60 for row in rollout.plan if row.when.event == "moved"), default=0)
    return or_(V.c.version == 1, V.c.changed_at <= now - wait)


def _missed_pick(rollout: Rollout, row: PlanRow, moments: Sequence[DayMoment], now: int) -> Select[Any]:
    table = _moment_table(moments)
    # By its day, also where it is told once: the visit may move away, and the notice fall due after all.
    pick = _pick(rollout.name, row, V.c.day, literal(""), table.c.due_at, table.c.until_at, now, "missed", "too_late")
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


def _event_picks(connection: Connection, rollout: Rollout, row: PlanRow, known: Sequence[Slot],
                 now: int, horizon: int) -> list[Pick]:
    """One SELECT over the local days whose events may be due now."""
    zones = sorted({slot.zone for slot in known} | {rollout.zone.key})
    entries = event_moments(rollout, row, zones, now, horizon)
    if not entries:
        return []
    first_feed = connection.execute(_FIRST_FEED, {"of": rollout.name}).scalar() or 0
    values = {"of": rollout.name, "now": now, "horizon": horizon, "first_feed": first_feed}
    return [Pick(_event_rows(row, entry.due_at is not None, entry.until_at is not None),
                 {f"the_{name}": value for name, value in (values | asdict(entry)).items()}) for entry in entries]


_FIRST_FEED = select(func.min(F.c.pulled_at)).where(F.c.rollout == bindparam("of"), F.c.state.in_(["taken", "accepted"]))


def _the(name: str) -> BindParameter[Any]:
    """A value given when the statement runs; `the_`, because a column's name would be taken for the column's value."""
    return bindparam(f"the_{name}", type_=String() if name in ("of", "zone") else Integer())


@lru_cache(maxsize=512)       # building it takes longer than running it, and it is run every few minutes
def _event_rows(row: PlanRow, fixed_due: bool, fixed_until: bool) -> Select[Any]:
    base = _event_base(row)
    due = _the("due_at") if fixed_due else base + _the("due_after")
    until = _the("until_at") if fixed_until else base + _the("until_after")
    learned = case((due > V.c.since, due), else_=V.c.since)
    pick = _pick(_the("of"), row, _occasion(row), literal(""), learned, until, _the("now"))
    # What stood in a rollout's first feed happened before us: it must not set off a flood of messages.
    not_backfill = or_(V.c.version > 1, V.c.created_at > _the("first_feed"))
    return pick.select_from(V).join(C, C.c.id == V.c.customer_id).where(
        V.c.rollout == _the("of"), _indexed_range(row, _the("first"), _the("last")), base >= _the("first"),
        base < _the("last"), V.c.zone == _the("zone"), _statuses(row), condition_sql(row.condition),
        learned <= _the("horizon"), until > _the("now"), not_backfill, _just_began(row))


def _just_began(row: PlanRow) -> ColumnElement[bool]:
    """For a booking: this version of the visit is the one that booked it, not a later change of a booked visit."""
    if row.when.event not in OPEN:
        return true()
    before = select(literal(1)).where(P.c.visit_id == V.c.id, P.c.version == V.c.version - 1,
                                      P.c.status.in_(["booked", "en_route"]))
    return not_(before.correlate(V).exists())


def _indexed_range(row: PlanRow, first: Any, last: Any) -> ColumnElement[bool]:
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
    fresh = and_(_event_base(row) > now - RECENT, due <= horizon)
    if row.when.event != "moved":
        pick = _pick(rollout.name, row, _occasion(row), literal(""), due, table.c.until_at, now)
        pick = _from(pick, table, _same_slot(table), rollout, True)
        return pick.where(_statuses(row), condition_sql(row.condition), fresh)
    channels = correction_channels(rollout.name, now - RECENT)
    pick = _pick(rollout.name, row, correction_occasion(), channels.c.channel, due, table.c.until_at, now)
    pick = _from(pick, table, _same_slot(table), rollout, True).join(channels, channels.c.visit_id == V.c.id)
    return pick.where(V.c.status.in_(OPEN), fresh, owes_correction(), not_(_corrected(row)))


def _corrected(row: PlanRow) -> ColumnElement[bool]:
    return select(literal(1)).where(
        N.c.visit_id == V.c.id, N.c.notice == row.notice,
        N.c.occasion == correction_occasion()).correlate(V).exists()


@lru_cache(maxsize=512)
def _insert(dialect: str, pick: Select[Any]) -> Insert:
    # Wrapped, so that the WITH stands inside and the driver still sees an INSERT whose rows it counts.
    rows = select(pick.subquery()).where(true())
    if dialect == "postgresql":
        statement: Insert = postgresql.insert(N).from_select(list(COLUMNS), rows).on_conflict_do_nothing()
    else:
        # Not ON CONFLICT: SQLAlchemy never caches a statement with it, and compiling costs more than running.
        statement = insert(N).prefix_with("OR IGNORE").from_select(list(COLUMNS), rows)
    return statement.execution_options(preserve_rowcount=True)
