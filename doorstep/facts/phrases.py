"""How a language says days, times of day and meters, and the fixed lines it puts on every message."""

import datetime as dt
from typing import Literal

from babel.dates import format_date
from pydantic import Field

from doorstep.facts.clean import clean
from doorstep.rollout.shape import Shape

ALL_DAY = 8 * 60     # a window this long or longer is "at any time between ..."
WHOLE_DAY = 20 * 60  # and one this long names no hours


class Clock(Shape):
    """How a time of day is said; `{time}` is 8, 8:30 or 08:30."""

    hours: Literal[12, 24]
    morning: str = "{time}"
    noon: str = ""
    afternoon: str = "{time}"
    midnight: str = ""
    counted_from: int = 0        # 6 where the hours are counted from sunrise, as in Swahili: 8 am is 2
    parts: dict[int, str] = Field(default={}, description="instead of the four: parts of the day by the hour each begins at")

    def part(self, hour: int) -> str:
        """How the part of the day that an hour belongs to is said."""
        if self.parts:
            return self.parts[max((begin for begin in self.parts if begin <= hour), default=max(self.parts))]
        return self.morning if hour < 12 else self.afternoon


class Window(Shape):
    """How a span of time is said."""

    span: str
    all_day: str
    whole_day: str
    start_only: str
    end_only: str
    unknown: str
    never_told: str


class Meters(Shape):
    """What is replaced, by commodities in the order electricity, gas, water."""

    one: dict[str, str]
    many: dict[str, str]


class Lines(Shape):
    """The fixed lines of every message; they may use {{ }} as words do."""

    about: str
    reference: str
    identity: str
    contact: str
    channel: str
    stop: str
    sms_stop: str


class Sample(Shape):
    """A made-up customer, to show a notice with."""

    name: str
    address: str
    town: str


class Phrases(Shape):
    """One language's file in templates/layouts/."""

    day: dict[str, str] = Field(default={}, description="a Babel pattern, by country or as `default`")
    comma: str = ", "
    no_address: str
    clock: Clock
    window: Window
    meters: Meters
    lines: Lines
    sample: Sample

    def day_pattern(self, country: str) -> str:
        """How a day is written in a country: a Babel pattern."""
        return self.day.get(country) or self.day.get("default") or "full"

    def clock_time(self, minutes: int) -> str:
        """A time of day as people say it: 480 is "8 am"."""
        clock = self.clock
        hour, minute = divmod(minutes, 60)
        if clock.hours == 24:
            return clock.morning.format(time=f"{hour:02d}:{minute:02d}")
        hour %= 24
        if minute == 0 and hour in (0, 12) and not clock.parts:
            return clock.noon if hour else clock.midnight
        said = f"{(hour - clock.counted_from - 1) % 12 + 1}" + (f":{minute:02d}" if minute else "")
        return clock.part(hour).format(time=said)

    def span(self, start: int | None, end: int | None) -> str:
        """A window as people say it: 480 to 720 is "8 am to 12 noon"."""
        if start is None and end is None:
            return self.window.unknown
        if start is None or end is None:
            way = self.window.start_only if end is None else self.window.end_only
            return way.format(time=self.clock_time(start if end is None else end))  # type: ignore[arg-type]  # one of the two is there
        length = end - start
        way = self.window.span if length < ALL_DAY else self.window.all_day if length < WHOLE_DAY else self.window.whole_day
        return way.format(start=self.clock_time(start), end=self.clock_time(end))

    def meters_text(self, commodities: str, count: int) -> str:
        """What is replaced: "electricity meter", "electricity meters" or "electricity and gas meters"."""
        several = count > 1 or "," in commodities
        known = self.meters.many if several else self.meters.one
        return known.get(commodities) or known["other"]


def say_day(day: str, locale: str, pattern: str) -> str:
    """An ISO date as a language says it, without the unseen marks that double the price of a text message."""
    return clean(format_date(dt.date.fromisoformat(day), pattern, locale=locale))
