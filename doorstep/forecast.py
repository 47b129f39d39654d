"""A dry run of the plan: who would get what in the coming days, by which channel, and why not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, case, func, literal, not_, select
from sqlmodel import col

from doorstep.delivery.choosing import Rules, Standing, Way, decide, rules_for
from doorstep.facts import Case
from doorstep.model import Customer, Notice, Visit
from doorstep.plan import COLUMNS, Pick, already, picks, slots
from doorstep.rollout import PlanRow, Rollout
from doorstep.store import Store
from doorstep.timing import local_day

DAY = 86400
BATCH = 5000                                 # rows in memory, of as many as there are people
OTHER_COPY = "other_copy_carries_it"
Speaks = Callable[[str, str], bool]          # (notice, channel) -> whether there are words for it


@dataclass(frozen=True)
class ForecastRow:
    """So many notices of one kind on one day by one channel; without a channel, `why` says what stands in the way."""

    day: str
    notice: str
    phase: str
    channel: str | None
    why: str | None
    count: int
    cost: float


class Person(NamedTuple):
    """One notice of the dry run: for a list of who gets what."""

    day: str
    notice: str
    reference: str
    visit_day: str
    language: str
    channel: str | None
    why: str | None


def forecast(store: Store, rollout: Rollout, *, now: int, days: int, speaks: Speaks = lambda notice, channel: True
             ) -> Iterator[ForecastRow]:
    """The notices of the next `days` days by day, notice and channel. Events still to come cannot be known."""
    for row, rules, found in _groups(store, rollout, now, days):
        counts: dict[tuple[str, str | None, str | None], int] = {}
        for group in found:
            channel, why = _answer(rules, group, speaks)
            if why == OTHER_COPY:
                continue
            key = (_day(rollout, group.due_at, now), channel, why)
            counts[key] = counts.get(key, 0) + group.number
        for (day, channel, why), count in sorted(counts.items(), key=str):
            cost = count * rollout.file.costs.get(channel, 0.0) if channel else 0.0   # type: ignore[call-overload]  # a channel is a str of known ones
            yield ForecastRow(day, row.notice, row.phase, channel, why, count, cost)


def people(store: Store, rollout: Rollout, *, now: int, days: int, speaks: Speaks = lambda notice, channel: True
           ) -> Iterator[Person]:
    """The same, one by one, for a list; work order numbers only."""
    for row, rules, found in _groups(store, rollout, now, days, single=True):
        for each in found:
            channel, why = _answer(rules, each, speaks)
            if why == OTHER_COPY:
                continue
            yield Person(_day(rollout, each.due_at, now), row.notice, each.reference, each.day, each.language, channel, why)


def _groups(store: Store, rollout: Rollout, now: int, days: int, single: bool = False
            ) -> Iterator[tuple[PlanRow, "_Asking", Iterator[Row[Any]]]]:
    horizon = now + days * DAY
    with store.read() as connection:
        known = slots(connection, rollout, now)
        for row in rollout.plan:
            asking = _Asking(rollout, row, now)
            found = (entry for pick in _picks(connection, rollout, row, known, now, horizon)
                     for entry in connection.execute(_shaped(pick.rows, single), pick.values,
                                                     execution_options={"yield_per": BATCH}))
            yield row, asking, found


def _picks(connection: Connection, rollout: Rollout, row: PlanRow, known: Sequence[Any], now: int,
           horizon: int) -> list[Pick]:
    """What is born already and waits, and what would be born by the horizon."""
    waiting = select(*(col(getattr(Notice, name)) for name in COLUMNS)).where(
        col(Notice.rollout) == rollout.name, col(Notice.notice) == row.notice, col(Notice.state).in_(["due", "held"]),
        col(Notice.not_before) <= horizon)
    looks_itself = row.when.event == "moved" or row.when.said is not None
    unborn = [pick if looks_itself else pick._replace(rows=pick.rows.where(not_(already(row))))
              for pick in picks(connection, rollout, row, known, now, horizon)]
    return [Pick(waiting), *unborn]


def _shaped(statement: Select[Any], single: bool) -> Select[Any]:
    """Counted by all that decides the channel, or one row for each notice."""
    table = statement.subquery()
    due, until = table.c[COLUMNS.index("due_at")], table.c[COLUMNS.index("until_at")]
    hour = due - due % 3600
    has = [case((col(getattr(Customer, name)).is_not(None), name), else_=None).label(name)
           for name in ("email", "phone", "address")]
    deciding = [hour.label("due_at"), until.label("until_at"), table.c[COLUMNS.index("via")].label("via"), *has,
                col(Customer.prefers).label("prefers")]
    joined = [col(Visit.reference), col(Visit.day), col(Customer.language)]
    chosen = select(*deciding, *(joined if single else []), (literal(1) if single else func.count()).label("number"))
    chosen = (chosen.select_from(table).join(Visit, col(Visit.id) == table.c[COLUMNS.index("visit_id")])
              .join(Customer, col(Customer.id) == col(Visit.customer_id)))
    return chosen if single else chosen.group_by(*deciding)


class _Asking:
    """The rules of a plan row at the hours that occur."""

    def __init__(self, rollout: Rollout, row: PlanRow, now: int) -> None:
        self.rollout, self.row, self.now = rollout, row, now
        self.known: dict[int, Rules] = {}

    def at(self, due: int) -> Rules:
        moment = max(due, self.now)
        if moment not in self.known:
            self.known[moment] = rules_for(self.rollout, self.row, moment)
        return self.known[moment]


def _answer(asking: _Asking, group: Row[Any], speaks: Speaks) -> tuple[str | None, str | None]:
    """The channel, or why none. A hold over the quiet hours is no obstacle: it goes out the next morning."""
    person = Case(0, "", group.via, 0, 0, "planned", "", email=group.email, phone=group.phone, address=group.address,
                  prefers=group.prefers)
    rules = asking.at(group.due_at)
    standing = Standing(group.until_at, True, bool(group.via), "", 0)
    answer = decide(rules, person, standing, lambda channel: speaks(rules.row.notice, channel))
    if isinstance(answer, Way):
        return answer.channel, None
    if answer.state == "held" and answer.until is not None and answer.until > rules.now:
        return _answer(asking, _Later(group, answer.until), speaks)   # type: ignore[arg-type]  # _Later has what is asked of a PlanRow
    return None, answer.why


class _Later:
    """The same group, looked at when the hold is over."""

    def __init__(self, group: Any, due_at: int) -> None:
        self._group, self.due_at = group, due_at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._group, name)


def _day(rollout: Rollout, due: int, now: int) -> str:
    return str(local_day(max(due, now), rollout.zone))
