"""What customers say, or leave unsaid, sets off notices too: an answer to a concern, a stop confirmed, a request repeated."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, String, and_, case, cast, func, literal, not_, or_, select

from doorstep.model import OPEN, Customer, Enquiry, Journal, Notice, Reply, Rumour, Stop, Visit, table
from doorstep.plan.audience import TOLD_STATES, condition_sql
from doorstep.plan.columns import Pick, born, one_of, the
from doorstep.plan.moments import MOMENT, Slot, day_moments, packed, same_slot
from doorstep.rollout import PlanRow, Rollout
from doorstep.timing import MINUTES, When, instant, local_day

DAY = 86400
FORMAL = "formal-notice"          # what "no reply" is a reply to
# How a customer answers by doing something. To stop a channel, or to choose a language, is no answer about the visit.
ANSWERS = ("replied", "confirmed", "asked", "noted")
NO_ANSWERS = ("stop", "start", "help")
ASKED = ("concern", "question")
NOBODYS = ("wrong_person", "deceased")         # what is answered to these is for whoever lives there now, not in the old name
BACK = ("sms", "email", "page")   # asked by one of these, a written answer goes back; who calls is answered on the phone
SAME_AGAIN = 300                  # seconds in which a second HELP gets no second answer
V, C, N, J, E = table(Visit), table(Customer), table(Notice), table(Journal), table(Enquiry)
R, U, S, M = table(Reply), table(Rumour), table(Stop), MOMENT
_told, _known, _last, _earlier, _between, _newest = (
    table(model).alias(name) for model, name in ((Notice, "told"), (Notice, "known"), (Notice, "last"), (Reply, "earlier"),
                                                 (Reply, "between"), (Visit, "newest")))


def said_picks(connection: Connection, rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int,
               horizon: int) -> list[Pick]:
    """SELECTs of the notices that something said, or left unsaid, makes due up to `horizon`."""
    if row.when.said == "no_reply":
        return list(_unanswered(rollout, row, known, now, horizon))
    values = {"the_of": rollout.name, "the_now": now, "the_horizon": horizon, "the_recent": now - _seconds(row.until)}
    if row.when.said == "rumour" and not _any_rumour(connection, values):
        return []           # so that nobody walks through the customers of an area for nothing
    return [Pick(_ROWS[str(row.when.said)](row), values)]


def said_stands(row: PlanRow) -> ColumnElement[bool]:
    """Over Notice, Visit and Customer: whether what was said still asks for this notice."""
    if row.when.said == "no_reply":
        of_this_round = N.c.occasion.like(_round_of_requests() + literal("%"))
        return and_(condition_sql(row.condition), of_this_round, nothing_back())
    wanted = condition_sql(row.condition)
    if row.when.said == "concern":
        return and_(wanted, select(literal(1)).where(E.c.id == said_id(), _asks(), _concern() == N.c.occasion)
                    .correlate(N).exists())
    if row.when.said == "rumour":
        return and_(wanted, one_of(V.c.status, OPEN), select(literal(1)).where(
            U.c.id == said_id(), U.c.state == "approved").correlate(N).exists())
    return and_(wanted, _in_force(N.c.via)) if row.when.said == "stopped" else wanted


def said_id() -> ColumnElement[int]:
    """Over Notice: the enquiry or rumour that its occasion names."""
    untimed = func.rtrim(func.rtrim(N.c.occasion, "0123456789"), ".")
    bare: ColumnElement[str] = case((N.c.occasion.like("answer:%.%"), untimed), else_=N.c.occasion)
    for word in ("concern:", "answer:", "rumour:"):
        bare = func.replace(bare, word, "")
    return cast(bare, BigInteger)


def said_of(row: PlanRow) -> dict[str, ColumnElement[Any]]:
    """Over Notice: the topic of what was said, and what a person answered, by the names of a Case."""
    if row.when.said == "concern":
        return {name: select(column).where(E.c.id == said_id()).correlate(N).scalar_subquery()
                for name, column in (("topic", E.c.topic), ("answer", E.c.answer), ("answer_source", E.c.source))}
    if row.when.said == "rumour":
        return {"topic": select(U.c.topic).where(U.c.id == said_id()).correlate(N).scalar_subquery()}
    return {}


def nothing_back() -> ColumnElement[bool]:
    """Over Visit: the customer has not answered since the formal notice of this round."""
    meant = func.coalesce(J.c.data, "")
    return not_(select(literal(1)).where(
        J.c.visit_id == V.c.id, one_of(J.c.kind, ANSWERS), not_(one_of(meant, NO_ANSWERS)), J.c.at >= _noticed_at())
        .correlate(V).exists())


def _noticed_at() -> Any:
    """When the formal notice of this round last went out."""
    return (select(func.max(_told.c.attempted_at)).where(
        _told.c.visit_id == V.c.id, _told.c.notice == FORMAL, one_of(_told.c.state, TOLD_STATES),
        _told.c.attempted_at >= V.c.reopened_at).correlate(V).scalar_subquery())


def _unanswered(rollout: Rollout, row: PlanRow, known: Sequence[Slot], now: int, horizon: int) -> Iterator[Pick]:
    """One SELECT for each request and each hour of the day at which it may be made."""
    useful = [each for each in day_moments(rollout, row, known) if now < each.until_at]
    for zone in sorted({each.slot.zone for each in useful}):
        moments = packed(rollout, [each for each in useful if each.slot.zone == zone])
        for place, when in enumerate((row.when, *row.again)):
            for after, tick in _ticks(when, ZoneInfo(zone), now, horizon):
                yield Pick(_request_rows(row, place), {
                    "the_of": rollout.name, "the_now": now, "the_moments": moments, "the_tick": tick, "the_after": after,
                    "the_wait": when.amount * DAY - DAY // 2})       # days are counted, not hours


def _ticks(when: When, zone: ZoneInfo, now: int, horizon: int) -> Iterator[tuple[int, int]]:
    """The hours of the day at which the request is made, each with the one before: the last that has struck, which may be
    yesterday's, and those up to the horizon. What was handed over before now is ripe within the days of the wait."""
    first = local_day(now, zone) - timedelta(days=1)
    days = [first + timedelta(days=n) for n in range(when.amount + 4)]
    ticks = [instant(day, when.at or 0, zone) for day in days]
    last = max((tick for tick in ticks if tick <= now), default=0)
    yield 0, last
    yield from ((before, tick) for before, tick in pairwise(ticks) if last < tick <= horizon)


def _round_of_requests() -> ColumnElement[str]:
    return literal("no_reply:") + cast(V.c.round, String) + literal(".")


@lru_cache(maxsize=64)
def _request_rows(row: PlanRow, place: int) -> Select[Any]:
    """Unanswered since the formal notice, or since the request before: that many days before the hour that has struck."""
    occasion = _round_of_requests() + literal(str(place + 1))
    asked_at = _noticed_at() if place == 0 else (
        select(func.max(_last.c.attempted_at)).where(
            _last.c.visit_id == V.c.id, _last.c.notice == row.notice,
            _last.c.occasion == _round_of_requests() + literal(str(place))).correlate(V).scalar_subquery())
    ripe = asked_at + the("wait")
    pick = born(row, occasion, literal(""), the("tick"), M.c.until_at)
    return pick.select_from(M.join(V, same_slot()).join(C, C.c.id == V.c.customer_id)).where(
        condition_sql(row.condition), M.c.until_at > the("tick"), ripe > the("after"), ripe <= the("tick"),
        not_(_born_already(row, occasion)), nothing_back())


def _born_already(row: PlanRow, occasion: Any) -> ColumnElement[bool]:
    return (select(literal(1)).where(_known.c.visit_id == V.c.id, _known.c.notice == row.notice,
                                     _known.c.occasion == occasion).exists())


def _visit_of(visit: Any, customer: Any) -> ColumnElement[int]:
    """The visit that was spoken of; where none is known, the customer's newest."""
    newest = select(func.max(_newest.c.id)).where(_newest.c.customer_id == customer).scalar_subquery()
    return func.coalesce(visit, newest)


def _timed(row: PlanRow, pick: Select[Any], base: ColumnElement[int], occasion: ColumnElement[str]) -> Select[Any]:
    """Due by the horizon, of use now (that is what "recent" says), and not born before."""
    return pick.where(base <= the("horizon"), base > the("recent"), condition_sql(row.condition),
                      not_(_born_already(row, occasion)))


def _seconds(when: When) -> int:
    return when.amount * MINUTES[when.unit] * 60


def _by_channel(row: PlanRow, channel: Any) -> ColumnElement[str]:
    """The channel by which the customer spoke, where an answer can take it."""
    return case((one_of(channel, row.offered), channel), else_="")


@lru_cache(maxsize=64)
def _concern_rows(row: PlanRow) -> Select[Any]:
    """The answer to each enquiry: ours at once, where the topic has one, and a person's own when it is there."""
    base = case((E.c.answer.is_not(None), _answered_at()), else_=E.c.opened_at)
    pick = born(row, _concern(), _by_channel(row, E.c.channel), base, base + _seconds(row.until))
    rows = pick.select_from(E).join(V, V.c.id == _visit_of(E.c.visit_id, E.c.customer_id)).join(C, C.c.id == V.c.customer_id)
    return _timed(row, rows.where(E.c.rollout == the("of"), _asks()), base, _concern())


def _asks() -> ColumnElement[bool]:
    """Over Enquiry: whether an answer is there and goes back in writing."""
    ours = and_(E.c.answer.is_(None), E.c.state == "open", E.c.topic != "other")
    a_persons = and_(E.c.answer.is_not(None), not_(one_of(E.c.kind, NOBODYS)))
    return and_(one_of(E.c.channel, BACK), or_(a_persons, and_(one_of(E.c.kind, ASKED), ours)))


def _concern() -> ColumnElement[str]:
    """A person's own answer is another message than ours, and so is each that follows where one was not enough."""
    number = cast(E.c.id, String)
    return case((E.c.answer.is_not(None), literal("answer:") + number + literal(".") + cast(_answered_at(), String)),
                else_=literal("concern:") + number)


def _answered_at() -> ColumnElement[int]:
    return func.coalesce(E.c.answered_at, E.c.opened_at)


@lru_cache(maxsize=64)
def _rumour_rows(row: PlanRow) -> Select[Any]:
    """Every open visit of an area where a person approved the answer to a rumour."""
    occasion = literal("rumour:") + cast(U.c.id, String)
    pick = born(row, occasion, literal(""), U.c.decided_at, U.c.decided_at + _seconds(row.until))
    rows = pick.select_from(U).join(C, and_(C.c.rollout == U.c.rollout, C.c.area == U.c.area)).join(V, V.c.customer_id == C.c.id)
    return _timed(row, rows.where(_approved(), one_of(V.c.status, OPEN)), U.c.decided_at, occasion)


def _approved() -> ColumnElement[bool]:
    return and_(U.c.rollout == the("of"), U.c.state == "approved")


def _any_rumour(connection: Connection, values: dict[str, Any]) -> bool:
    given = {name: values[name] for name in ("the_of", "the_recent")}
    found = connection.execute(select(U.c.id).where(_approved(), U.c.decided_at > the("recent")).limit(1), given)
    return found.first() is not None


@lru_cache(maxsize=64)
def _stop_rows(row: PlanRow) -> Select[Any]:
    """The one confirmation of a stop: none for a second STOP, unless START came between."""
    started = select(literal(1)).where(_same(_between), _between.c.meant == "start", _between.c.id > _earlier.c.id,
                                       _between.c.id < R.c.id).correlate(R, _earlier).exists()
    before = select(literal(1)).where(_same(_earlier), _earlier.c.meant == "stop", _earlier.c.id < R.c.id,
                                      not_(started)).correlate(R).exists()
    return _reply_rows(row, "stop").where(not_(before), _in_force(R.c.channel))


def _in_force(channel: Any) -> ColumnElement[bool]:
    """Over Customer: whether their own address is stopped there; STOP may have come from one that we do not write to."""
    address = case((channel == "email", C.c.email), else_=C.c.phone)
    return select(literal(1)).where(S.c.rollout == C.c.rollout, S.c.channel == channel, S.c.address == address,
                                    S.c.ended_at.is_(None)).correlate(C, N, R).exists()


@lru_cache(maxsize=64)
def _help_rows(row: PlanRow) -> Select[Any]:
    """The answer to HELP; to a machine that answers it with HELP again, no second one."""
    before = select(literal(1)).where(_same(_earlier), _earlier.c.meant == "help", _earlier.c.id < R.c.id,
                                      _earlier.c.at > R.c.at - SAME_AGAIN).correlate(R).exists()
    return _reply_rows(row, "help").where(not_(before))


def _same(other: Any) -> ColumnElement[bool]:
    """From the same customer by the same channel."""
    return and_(other.c.rollout == R.c.rollout, other.c.customer_id == R.c.customer_id, other.c.channel == R.c.channel)


def _reply_rows(row: PlanRow, meant: str) -> Select[Any]:
    occasion = literal(f"{row.when.said}:") + cast(R.c.id, String)
    pick = born(row, occasion, R.c.channel, R.c.at, R.c.at + _seconds(row.until))
    rows = pick.select_from(R).join(V, V.c.id == _visit_of(R.c.visit_id, R.c.customer_id)).join(C, C.c.id == V.c.customer_id)
    said = and_(R.c.rollout == the("of"), R.c.meant == meant, one_of(R.c.channel, row.offered))
    return _timed(row, rows.where(said), R.c.at, occasion)


_ROWS: dict[str, Callable[[PlanRow], Select[Any]]] = {
    "concern": _concern_rows, "rumour": _rumour_rows, "stopped": _stop_rows, "help": _help_rows}
