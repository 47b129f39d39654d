"""One SELECT for each notice of the plan: those whose moment has come and who have not been told."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)

from doorstep.model import OPEN, Customer, Feed, Notice, Visit, VisitPast, table
from doorstep.plan.audience import asks_status, condition_sql, needs_customer
from doorstep.plan.columns import Pick, born, one_of, the
from doorstep.plan.corrections import correction_channels, correction_occasion, owes_correction
from doorstep.plan.moments import MOMENT, DayMoment, Slot, day_moments, event_moments, packed, same_slot
from doorstep.plan.sayings import said_picks, said_stands
from doorstep.rollout import PlanRow, Rollout
from doorstep.timing import MINUTES, local_day

NOT_DONE = ("aborted", "cancelled")
RECENT = 30 * 86400              # a change older than this is no news
V, C, N, F, P, M = table(Visit), table(Customer), table(Notice), table(Feed), table(VisitPast), MOMENT
_HAS = {"email": C.c.email, "sms": C.c.phone, "voice": C.c.phone, "post": C.c.address, "call": C.c.phone}


def picks(connection: Connection, rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int,
          horizon: int) -> list[Pick]:
    """SELECTs of the notice rows that are due up to `horizon` and still useful at `now`; see COLUMNS."""
    if row.waits_for:
        return []
    if row.when.said:
        return said_picks(connection, rollout, row, known, now, horizon)
    if row.when.event and row.when.event != "moved" and row.until.event is not None:
        return _event_picks(rollout, row, known, now, horizon)
    useful = [m for m in day_moments(rollout, row, known)
              if now < m.until_at and (row.when.event or min(m.due_at, m.post_at) <= horizon)]
    rows = _by_slot_rows(row) if row.when.event else _day_rows(row)
    return _with_moments(rollout, rows, useful, now, horizon)


def missed_picks(rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int) -> list[Pick]:
    """The same of what was already past its usefulness when the visit became known to us."""
    if row.waits_for or row.when.event or row.when.said:
        return []
    today = str(local_day(now, rollout.zone))
    late = [m for m in day_moments(rollout, row, known) if m.until_at <= now and m.slot.day >= today]
    return _with_moments(rollout, _missed_rows(row), late, now, now)


def _with_moments(rollout: Rollout, rows: Select[Any], moments: Sequence[DayMoment], now: int, horizon: int) -> list[Pick]:
    if not moments:
        return []
    return [Pick(rows, {"the_of": rollout.name, "the_moments": packed(rollout, moments), "the_now": now, "the_horizon": horizon,
                        "the_recent": now - RECENT, "the_settled": now - _settling(rollout.plan)})]


def stands(rollout: Rollout, row: PlanRow) -> ColumnElement[bool]:
    """Over Notice, Visit and Customer: whether what made the notice due is still so at the hand-over."""
    if row.when.said:
        return said_stands(row)
    if row.when.event == "moved":
        return and_(one_of(V.c.status, OPEN), N.c.occasion == correction_occasion())
    still = and_(_statuses(row), condition_sql(row.condition))
    return still if row.once else and_(still, N.c.occasion == _occasion(row))


def _statuses(row: PlanRow) -> ColumnElement[bool]:
    if row.when.event:
        return one_of(V.c.status, NOT_DONE) if row.when.event == "not_done" else V.c.status == row.when.event
    return true() if asks_status(row.condition) else one_of(V.c.status, OPEN)


def _occasion(row: PlanRow) -> ColumnElement[str]:
    """What makes the notice a new one: the day spoken of, or the event of this round of the visit."""
    if row.once:
        return literal("once")
    if row.when.event is None:
        return type_coerce(V.c.day, String)
    count = V.c.attempts if row.when.event == "aborted" else V.c.round
    return literal(row.when.event + ":") + cast(count, String)


def _from(pick: Select[Any], tables: FromClause, customer: bool) -> Select[Any]:
    joined = tables.join(V, same_slot())
    if customer:
        joined = joined.join(C, C.c.id == V.c.customer_id)
    return pick.select_from(joined)


@lru_cache(maxsize=512)       # building these takes longer than running them, and they are run every few minutes
def _day_rows(row: PlanRow) -> Select[Any]:
    at_once = row.channels[0]
    wanted = (_statuses(row), condition_sql(row.condition), _settled())
    if len(at_once) == 1:
        due = _due_by(row, _first_is_post(row))
        pick = _from(born(row, _occasion(row), literal(""), due, M.c.until_at), M,
                     needs_customer(row.condition) or "post" in row.offered)
        return pick.where(*wanted, due <= the("horizon"))
    copies = union_all(*(select(literal(via).label("via")) for via in (*at_once, ""))).subquery("copies")
    due = _due_by(row, or_(copies.c.via == "post", and_(copies.c.via == "", _first_is_post(row))))
    pick = _from(born(row, _occasion(row), copies.c.via, due, M.c.until_at), M.join(copies, true()), customer=True)
    return pick.where(*wanted, due <= the("horizon"), _copy_fits(copies.c.via, at_once), not_(already(row)))


def _due_by(row: PlanRow, by_post: ColumnElement[bool]) -> ColumnElement[int]:
    """The moment; for a letter, that of posting it."""
    return case((by_post, M.c.post_at), else_=M.c.due_at) if "post" in row.offered else M.c.due_at


def _first_is_post(row: PlanRow) -> ColumnElement[bool]:
    """Over Customer: whether the plan's order and the customer's wish lead to a letter first."""
    if "post" not in row.offered:
        return false()
    before = [_HAS[name].is_(None) for name in row.offered[:row.offered.index("post")] if name in _HAS]
    return and_(C.c.address.is_not(None), or_(func.coalesce(C.c.prefers, "") == "post", and_(true(), *before)))


def _settled() -> ColumnElement[bool]:
    """A date that has just moved may move again: it is spoken of when its correction is, and after it."""
    return or_(V.c.version == 1, V.c.changed_at <= the("settled"))


def _settling(plan: Sequence[PlanRow]) -> int:
    """The seconds until a moved date counts as settled: the longest wait of the plan's corrections."""
    return max((row.when.amount * MINUTES[row.when.unit] * 60 for row in plan if row.when.event == "moved"), default=0)


@lru_cache(maxsize=512)
def _missed_rows(row: PlanRow) -> Select[Any]:
    # By its day, also where it is told once: the visit may move away, and the notice fall due after all.
    pick = born(row, V.c.day, literal(""), M.c.due_at, M.c.until_at, "missed", "too_late")
    # Someone told once about another day was not missed: the correction speaks of the new one.
    return _from(pick, M, needs_customer(row.condition)).where(
        _statuses(row), condition_sql(row.condition), not_(already(row, any_occasion=True)))


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
        return type_coerce(V.c.changed_at, BigInteger)
    if row.when.event in OPEN:
        return type_coerce(V.c.since, BigInteger)
    return func.coalesce(V.c.outcome_at, V.c.since)


def _event_picks(rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int, horizon: int) -> list[Pick]:
    """One SELECT over the local days whose events may be due now."""
    zones = sorted({slot.zone for slot in known} | {rollout.zone.key})
    entries = event_moments(rollout, row, zones, now, horizon)
    if not entries:
        return []
    values = {"of": rollout.name, "now": now, "horizon": horizon}
    return [Pick(_event_rows(row, entry.due_at is not None, entry.until_at is not None),
                 {f"the_{name}": value for name, value in (values | vars(entry)).items()}) for entry in entries]


@lru_cache(maxsize=512)
def _event_rows(row: PlanRow, fixed_due: bool, fixed_until: bool) -> Select[Any]:
    base = _event_base(row)
    due = the("due_at") if fixed_due else base + the("due_after")
    until = the("until_at") if fixed_until else base + the("until_after")
    learned = case((due > V.c.since, due), else_=V.c.since)
    pick = born(row, _occasion(row), literal(""), learned, until)
    # What stood in a rollout's first feed happened before us: it must not set off a flood of messages.
    not_backfill = or_(V.c.version > 1, V.c.created_at > _first_feed())
    return pick.select_from(V).join(C, C.c.id == V.c.customer_id).where(
        V.c.rollout == the("of"), _indexed_range(row, the("first"), the("last")), base >= the("first"),
        base < the("last"), V.c.zone == the("zone"), _statuses(row), condition_sql(row.condition),
        learned <= the("horizon"), until > the("now"), not_backfill, _just_began(row))


def _first_feed() -> ColumnElement[int]:
    """When the first feed of the rollout was taken."""
    taken = select(func.min(F.c.pulled_at)).where(F.c.rollout == the("of"), one_of(F.c.state, ("taken", "accepted")))
    return func.coalesce(taken.scalar_subquery(), 0)


def _just_began(row: PlanRow) -> ColumnElement[bool]:
    """For a booking: this version of the visit is the one that booked it, not a later change of a booked visit."""
    if row.when.event not in OPEN:
        return true()
    before = select(literal(1)).where(P.c.visit_id == V.c.id, P.c.version == V.c.version - 1,
                                      one_of(P.c.status, ["booked", "en_route"]))
    return not_(before.correlate(V).exists())


def _indexed_range(row: PlanRow, first: Any, last: Any) -> ColumnElement[bool]:
    """The same range on a bare column, so that an index serves it."""
    if row.when.event in OPEN:
        return true()
    return or_(V.c.outcome_at.between(first, last),
               and_(V.c.outcome_at.is_(None), V.c.since.between(first, last)))


@lru_cache(maxsize=512)
def _by_slot_rows(row: PlanRow) -> Select[Any]:
    """An event now, useful until a moment of the visit's own day: a moved date, an installer on the way."""
    due = _event_base(row) + row.when.amount * MINUTES[row.when.unit] * 60
    # Of a move the change is looked up; of another event the day is, so nothing here may tempt the planner to its instant.
    fresh = and_((_event_base(row) if row.when.event == "moved" else due) > the("recent"), due <= the("horizon"))
    if row.when.event != "moved":
        pick = _from(born(row, _occasion(row), literal(""), due, M.c.until_at), M, customer=True)
        return pick.where(_statuses(row), condition_sql(row.condition), fresh)
    channels = correction_channels(the("of"), the("recent"))
    pick = _from(born(row, correction_occasion(), channels.c.channel, due, M.c.until_at), M, customer=True)
    return pick.join(channels, channels.c.visit_id == V.c.id).where(
        one_of(V.c.status, OPEN), fresh, owes_correction(), not_(_corrected(row)))


def _corrected(row: PlanRow) -> ColumnElement[bool]:
    return select(literal(1)).where(
        N.c.visit_id == V.c.id, N.c.notice == row.notice,
        N.c.occasion == correction_occasion()).correlate(V).exists()
