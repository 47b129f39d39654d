"""The plan's moments for the days and windows that occur, so that a query needs no calendar."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Connection, String, and_, bindparam, column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from doorstep.model import Visit, table
from doorstep.posting import latest_posting
from doorstep.rollout import PlanRow, Rollout
from doorstep.timing import Calendar, Quiet, Spoken, fit, instant, local_day, moment

LOOK_BACK, LOOK_AHEAD = 3, 130      # days around now in which a visit's own day can trigger a notice
HOLIDAY_MARGIN = 14                 # the longest run of days on which nobody works, doubled
NOON = 12 * 60
TO_THE_PRINT_HOUSE = 6 * 60         # so that hours are left before its cut-off
V = table(Visit)


class _Unpacked(FunctionElement[Any]):
    """One text of JSON as rows; each database has its own words for it."""

    name = "unpacked"
    inherit_cache = True


@compiles(_Unpacked, "sqlite")
def _by_sqlite(element: _Unpacked, compiler: Any, **options: Any) -> str:
    # DISTINCT: so that SQLite unpacks once and starts here, finding the visits by day and not the other way round.
    columns = ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(_COLUMNS))
    return f"(SELECT DISTINCT {columns} FROM json_each({compiler.process(element.clauses, **options)}))"


@compiles(_Unpacked, "postgresql")
def _by_postgresql(element: _Unpacked, compiler: Any, **options: Any) -> str:
    columns = ", ".join(f"CAST(value ->> {place} AS {'TEXT' if kind is String else 'BIGINT'}) AS {name}"
                        for place, (name, kind) in enumerate(_COLUMNS.items()))
    return f"(SELECT {columns} FROM jsonb_array_elements(CAST({compiler.process(element.clauses, **options)} AS JSONB)))"


# The rollout too: a visit is then found through its moment, and SQLite is not tempted to walk through the whole rollout.
_COLUMNS: dict[str, Any] = {"rollout": String, "day": String, "window_start": BigInteger, "window_end": BigInteger,
                            "zone": String, "due_at": BigInteger, "until_at": BigInteger, "post_at": BigInteger}
# The moments as the queries join them, from one bound value: bound as VALUES they would be compiled anew each time.
MOMENT = _Unpacked(bindparam("the_moments", type_=String())).table_valued(
    *(column(name, kind) for name, kind in _COLUMNS.items()), name="moment")


def same_slot() -> ColumnElement[bool]:
    """Over Visit and MOMENT: the moments of the visit's own day and window."""
    # IS NOT DISTINCT FROM costs the index on PostgreSQL, an equality beside it keeps it.
    return and_(V.c.rollout == MOMENT.c.rollout, V.c.day == MOMENT.c.day, V.c.zone == MOMENT.c.zone,
                V.c.window_start.is_not_distinct_from(MOMENT.c.window_start),
                V.c.window_end.is_not_distinct_from(MOMENT.c.window_end))


@dataclass(frozen=True)
class Slot:
    """A day and window that some visit has, in its zone."""

    day: str
    window_start: int | None
    window_end: int | None
    zone: str


@dataclass(frozen=True)
class DayMoment:
    """When a notice is due, and useful until, for the visits of one slot."""

    slot: Slot
    due_at: int
    until_at: int
    post_at: int         # when it is due for those who get it as a letter: earlier, by the days in print and post


@dataclass(frozen=True)
class EventMoment:
    """The same for events between two instants of one local day; a fixed instant, or seconds after the event."""

    first: int
    last: int
    zone: str
    due_at: int | None
    due_after: int
    until_at: int | None
    until_after: int

    def may_be_due(self, now: int, horizon: int) -> bool:
        """Whether any event of that day can be due by `horizon` and useful at `now`."""
        due = self.due_at if self.due_at is not None else self.first + self.due_after
        until = self.until_at if self.until_at is not None else self.last + self.until_after
        return due <= horizon and now < until


def slots(connection: Connection, rollout: Rollout, now: int, ahead: int = LOOK_AHEAD) -> list[Slot]:
    """Every day and window that occurs around now."""
    today = local_day(now, rollout.zone)
    days = V.c.day.between(str(today - timedelta(days=LOOK_BACK)), str(today + timedelta(days=ahead)))
    found = connection.execute(
        select(V.c.day, V.c.window_start, V.c.window_end, V.c.zone).distinct()
        .where(V.c.rollout == rollout.name, days))
    return [Slot(*row) for row in found]


def day_moments(rollout: Rollout, row: PlanRow, known: Sequence[Slot]) -> list[DayMoment]:
    """The moment of each slot, moved out of the quiet hours."""
    quiet = quiet_for(rollout, row)
    made = [_day_moment(row, slot, rollout.calendar, quiet) for slot in known]
    if "post" not in row.offered or row.when.event:
        return made
    post = {due: _post_at(rollout, due) for due in {each.due_at for each in made}}
    return [replace(each, post_at=post[each.due_at]) for each in made]


def _post_at(rollout: Rollout, due_at: int) -> int:
    """Early on the day on which a letter must be posted to be there on the day of the moment."""
    evening = instant(local_day(due_at, rollout.zone), 1440, rollout.zone)
    return min(due_at, instant(local_day(latest_posting(rollout, evening), rollout.zone), TO_THE_PRINT_HOUSE, rollout.zone))


def packed(rollout: Rollout, moments: Sequence[DayMoment]) -> str:
    """The moments as the one value that MOMENT unpacks."""
    return json.dumps([[rollout.name, *vars(each.slot).values(), each.due_at, each.until_at, each.post_at] for each in moments])


@lru_cache(maxsize=100_000)       # the same slots are asked for every few minutes
def _day_moment(row: PlanRow, slot: Slot, calendar: Calendar, quiet: Quiet | None) -> DayMoment:
    zone = ZoneInfo(slot.zone)
    spoken = Spoken(date.fromisoformat(slot.day), slot.window_start, slot.window_end)
    until = moment(row.until, spoken, calendar, zone)
    due = moment(row.when, spoken, calendar, zone)
    at = fit(due, until, quiet, zone)
    return DayMoment(slot, at, until, at)


def event_moments(rollout: Rollout, row: PlanRow, zones: Sequence[str], now: int,
                  horizon: int) -> list[EventMoment]:
    """One entry for each local day whose events may be due by `horizon` and useful at `now`."""
    reach = max(row.until.amount, row.when.amount, 1) * (2 if row.until.working or row.when.working else 1) + HOLIDAY_MARGIN
    if row.until.unit != "day" or row.until.event is None:
        reach = max(row.when.amount, 1) + LOOK_AHEAD
    nearest = max(0, row.when.amount - HOLIDAY_MARGIN) if row.when.unit == "day" and not row.when.working else 0
    quiet = quiet_for(rollout, row)
    entries = []
    for name in zones:
        zone = ZoneInfo(name)
        today = local_day(horizon, zone)
        for back in range(nearest, reach + (today - local_day(now, zone)).days + 1):
            entries.append(_event_moment(row, today - timedelta(days=back), rollout.calendar, quiet, zone))
    return _joined([entry for entry in entries if entry.may_be_due(now, horizon)])


def _joined(entries: list[EventMoment]) -> list[EventMoment]:
    """Days one after another whose moments are the same span after the event become one range."""
    joined: list[EventMoment] = []
    for entry in sorted(entries, key=lambda entry: (entry.zone, entry.first)):
        last = joined[-1] if joined else None
        if last and last.due_at is entry.due_at is last.until_at is entry.until_at is None and last == replace(
                entry, first=last.first, last=last.last) and last.last == entry.first:
            joined[-1] = replace(last, last=entry.last)
        else:
            joined.append(entry)
    return joined


@lru_cache(maxsize=100_000)       # the same days too
def _event_moment(row: PlanRow, day: date, calendar: Calendar, quiet: Quiet | None, zone: ZoneInfo) -> EventMoment:
    noon = instant(day, NOON, zone)
    spoken = Spoken(day, happened=noon)
    due, until = (moment(when, spoken, calendar, zone) for when in (row.when, row.until))
    fixed_due = row.when.at is not None
    fixed_until = row.until.at is not None
    if fixed_due:
        due = fit(due, until, quiet, zone)
    return EventMoment(instant(day, 0, zone), instant(day, 1440, zone), zone.key,
                       due if fixed_due else None, due - noon, until if fixed_until else None, until - noon)


def quiet_for(rollout: Rollout, row: PlanRow) -> Quiet | None:
    """The quiet hours that a planned moment must keep: those of the channel it will most likely take."""
    return rollout.quiet if any(name in rollout.quiet.channels for name in row.channels[0]) else None
