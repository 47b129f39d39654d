"""When a notice may go out: moments in the trade's words, working days, holidays, quiet hours and zones."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

DAY_START = 9 * 60          # "2 working days before" without an hour means 09:00, when offices open
MINUTES = {"minute": 1, "hour": 60, "day": 1440}

# What may happen to a visit, as the plan says it, and the status that shows it.
EVENTS = {
    "booked": "booked", "en route": "en_route", "completed": "completed", "aborted": "aborted",
    "cancelled": "cancelled", "refused": "refused", "the date moves": "moved", "not done": "not_done",
}
# What customers say, or leave unsaid, as the plan says it, and our word for it. "no reply" is reckoned from the formal notice
# or from the request before, a rumour from the moment at which a person approved the answer.
SAYINGS = {
    "no reply": "no_reply", "a concern is raised": "concern", "a rumour spreads": "rumour", "a customer stops": "stopped",
    "a customer asks for help": "help",
}
# Triggers of the standard plan that need what this version cannot hear yet; `doorstep check` names them.
WAITING = {
    "the briefing starts": "the staff's own briefings", "the wave is announced": "contact lists",
    "running late": "field events", "communications go live": "communications",
    "communications are silent": "communications", "usage is ready": "usage", "the first bill is near": "billing",
    "the forecast jumps": "usage", "the portal is unused": "usage",
}

_BEFORE = re.compile(r"(\d+) (working )?(minute|hour|day)s? before(?: the window)?(?: at (\d\d):(\d\d))?")
_AFTER = re.compile(r"(\d+) (working )?(minute|hour|day)s? after ([a-z ]+?)(?: at (\d\d):(\d\d))?")
_ON = re.compile(r"on the day(?: at (\d\d):(\d\d))?")
_EDGES = {"when the window starts": "window start", "when the window ends": "window end", "when the day ends": "day end"}


@dataclass(frozen=True)
class When:
    """A moment in the trade's words, taken apart. `anchor` is "day", an edge of the window, an event or a saying."""

    text: str
    anchor: str
    amount: int = 0                    # signed: before is negative
    unit: str = "day"
    working: bool = False
    at: int | None = None              # minutes after local midnight
    waits_for: str | None = None

    @property
    def event(self) -> str | None:
        """The visit status that triggers it, or None where the visit's day does."""
        return self.anchor if self.anchor in EVENTS.values() else None

    @property
    def said(self) -> str | None:
        """The word for what customers said or left unsaid, or None where something else triggers it."""
        return self.anchor if self.anchor in SAYINGS.values() else None


def parse_when(text: str) -> When:
    """Read a moment such as "2 working days before at 09:00". Raises ValueError saying what would be right."""
    clean = " ".join(text.split()).lower()
    found = _edge(clean) or _before(clean) or _after(clean) or _on(clean)
    if not found:
        raise ValueError(f'"{text}" is not a moment; write "30 days before at 09:00", "2 working days before", '
                         f'"when completed", "1 day after completed at 10:00" or "when the window starts"')
    return found


def _clock(hour: str | None, minute: str | None) -> int | None:
    if hour is None or minute is None:
        return None
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError(f'"{hour}:{minute}" is not a time of day; write it between 00:00 and 23:59')
    return int(hour) * 60 + int(minute)


def _edge(text: str) -> When | None:
    if text in _EDGES:
        return When(text, _EDGES[text])
    event = text.removeprefix("when ")
    if text.startswith("when ") and event in EVENTS | SAYINGS:
        return When(text, (EVENTS | SAYINGS)[event])
    if text.startswith("when ") and event in WAITING:
        return When(text, event, waits_for=WAITING[event])
    return None


def _before(text: str) -> When | None:
    match = _BEFORE.fullmatch(text)
    if not match:
        return None
    amount, working, unit, hour, minute = match.groups()
    at = _clock(hour, minute)
    if unit == "day":
        return When(text, "day", -int(amount), unit, bool(working), DAY_START if at is None else at)
    return None if working or at is not None else When(text, "window start", -int(amount), unit)


def _after(text: str) -> When | None:
    match = _AFTER.fullmatch(text)
    happenings = EVENTS | SAYINGS | {"the day": "day"}
    if not match or match[4] not in happenings:
        return None
    amount, working, unit, event, hour, minute = match.groups()
    at = _clock(hour, minute)
    if unit != "day" and (working or at is not None):
        return None
    return When(text, happenings[event], int(amount), unit, bool(working), at)


def _on(text: str) -> When | None:
    match = _ON.fullmatch(text)
    if not match:
        return None
    at = _clock(match[1], match[2])
    return When(text, "day", 0, "day", False, DAY_START if at is None else at)


@dataclass(frozen=True)
class Calendar:
    """Which days are worked in a country and region: its weekend, its holidays, and a rollout's own days."""

    country: str
    region: str | None = None
    weekend: frozenset[int] = frozenset({5, 6})        # Monday is 0
    closed: frozenset[date] = frozenset()
    opened: frozenset[date] = frozenset()
    _known: dict[date, bool] = field(default_factory=dict, compare=False, repr=False)

    def is_working(self, day: date) -> bool:
        """Whether people work on this day."""
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._worked(day)
        return known

    def _worked(self, day: date) -> bool:
        if day in self.opened:
            return True
        if day in self.closed or day.weekday() in self.weekend:
            return False
        return day not in _public_holidays(self.country, self.region, day.year)

    def shift(self, day: date, working_days: int) -> date:
        """The day that lies this many working days after (or, negative, before) `day`."""
        step = timedelta(days=1 if working_days > 0 else -1)
        left = abs(working_days)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after `first`, up to and with `last`."""
        return sum(self.is_working(first + timedelta(days=n + 1)) for n in range((last - first).days))


@lru_cache(maxsize=256)
def _public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))


@dataclass(frozen=True)
class Quiet:
    """Hours in which nobody is disturbed, in local minutes; `start` > `end` crosses midnight, equal means none."""

    start: int
    end: int
    channels: frozenset[str] = frozenset({"sms", "voice", "email"})

    def covers(self, minute: int) -> bool:
        """Whether this local minute is quiet."""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def next_open(self, at: int, zone: ZoneInfo) -> int:
        """The first instant from `at` on that is not quiet."""
        local = datetime.fromtimestamp(at, zone)
        if not self.covers(local.hour * 60 + local.minute):
            return at
        day = local.date()
        if instant(day, self.end, zone) <= at:
            day += timedelta(days=1)
        return instant(day, self.end, zone)

    def last_open(self, at: int, zone: ZoneInfo) -> int:
        """The last minute up to `at` that is not quiet."""
        local = datetime.fromtimestamp(at, zone)
        if not self.covers(local.hour * 60 + local.minute):
            return at
        day = local.date()
        if instant(day, self.start, zone) > at:
            day -= timedelta(days=1)
        return instant(day, self.start, zone) - 60


def instant(day: date, minutes: int, zone: ZoneInfo) -> int:
    """The instant of a local time. One that summer time skips moves on by the gap; one that comes twice is the first."""
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)   # noqa: DTZ001  (the zone comes next)
    return int(local.replace(tzinfo=zone).timestamp())


def local_day(at: int, zone: ZoneInfo) -> date:
    """The local date at an instant."""
    return datetime.fromtimestamp(at, zone).date()


@dataclass(frozen=True)
class Spoken:
    """What a moment is reckoned from: a visit's day and window, and for events when it happened."""

    day: date
    window_start: int | None = None
    window_end: int | None = None
    happened: int | None = None


def moment(when: When, spoken: Spoken, calendar: Calendar, zone: ZoneInfo) -> int:
    """The instant that `when` names for this visit."""
    if when.event or when.said:
        base = spoken.happened if spoken.happened is not None else instant(spoken.day, DAY_START, zone)
        if when.unit != "day" or (when.amount == 0 and when.at is None):
            return base + when.amount * MINUTES[when.unit] * 60
        return _shifted(when, local_day(base, zone), calendar, zone, base)
    if when.anchor == "window start":
        start = spoken.window_start if spoken.window_start is not None else 8 * 60
        return instant(spoken.day, start, zone) + when.amount * MINUTES[when.unit] * 60
    if when.anchor == "window end":
        return instant(spoken.day, spoken.window_end if spoken.window_end is not None else 20 * 60, zone)
    if when.anchor == "day end":
        return instant(spoken.day, 1440, zone)
    return _shifted(when, spoken.day, calendar, zone, instant(spoken.day, DAY_START, zone))


def _shifted(when: When, day: date, calendar: Calendar, zone: ZoneInfo, base: int) -> int:
    target = calendar.shift(day, when.amount) if when.working else day + timedelta(days=when.amount)
    if when.at is not None:
        return instant(target, when.at, zone)
    local = datetime.fromtimestamp(base, zone)
    return instant(target, local.hour * 60 + local.minute, zone)


def fit(due: int, until: int, quiet: Quiet | None, zone: ZoneInfo) -> int:
    """Move a planned moment out of the quiet hours: later if still useful, else earlier, else leave it to the hand-over."""
    if quiet is None:
        return due
    later = quiet.next_open(due, zone)
    if later < until:
        return later
    return quiet.last_open(due, zone)


def to_instant(moment_: datetime) -> int:
    """Seconds since 1970, UTC; a moment without a zone is UTC."""
    return int((moment_ if moment_.tzinfo else moment_.replace(tzinfo=UTC)).timestamp())


def days_from(first: date, count: int) -> Iterable[date]:
    """`count` days from `first` on."""
    return (first + timedelta(days=n) for n in range(count))
