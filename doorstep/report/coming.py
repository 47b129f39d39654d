"""What goes out in the next days: notices by day and channel, drawn and as a table."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import altair as alt

from doorstep.forecast import ForecastRow
from doorstep.report.course import INK, spec_of, svg_of
from doorstep.rollout import Rollout
from doorstep.timing import days_from, local_day

DAYS = 14
NOBODY = "nobody"
# Told apart by colour-blind eyes and in grey, in the order they are stacked.
COLOURS = {"email": "#0b5d6b", "sms": "#e39b2d", "post": "#7a9e7e", "voice": "#9b6a9c", "call": "#4a7fb5", NOBODY: "#1f2523"}
NAMES = {"email": "email", "sms": "text message", "post": "letter", "voice": "voice message", "call": "call by a person",
         NOBODY: "reaches nobody"}


@dataclass(frozen=True)
class Ahead:
    """The coming days: a drawing, and a table of a row for each day and a column for each channel that occurs."""

    svg: str
    channels: tuple[tuple[str, str, str], ...]              # key, name, colour
    days: tuple[tuple[str, tuple[int, ...], int, float], ...]    # day, counts by channel, all, cost
    totals: tuple[int, ...]
    all: int
    cost: float
    reasons: tuple[tuple[str, int], ...]                    # why nobody is reached


def coming(rollout: Rollout, rows: Iterable[ForecastRow], now: int) -> Ahead:
    """The forecast from today on, counted by day and channel."""
    first = local_day(now, rollout.zone)
    days = [str(day) for day in days_from(first, DAYS)]
    counts: dict[tuple[str, str], int] = defaultdict(int)
    costs: dict[str, float] = defaultdict(float)
    reasons: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.day in days:
            counts[row.day, row.channel or NOBODY] += row.count
            costs[row.day] += row.cost
            if row.channel is None:
                reasons[(row.why or "no reason given").replace("_", " ")] += row.count
    used = [channel for channel in COLOURS if any(counts[day, channel] for day in days)]
    table = tuple((_named(day), tuple(counts[day, each] for each in used), sum(counts[day, each] for each in used), costs[day])
                  for day in days)
    totals = tuple(sum(counts[day, each] for day in days) for each in used)
    return Ahead(_bars(days, used, counts) if sum(totals) else "", tuple((each, NAMES[each], COLOURS[each]) for each in used),
                 table, totals, sum(totals), sum(costs.values()), tuple(sorted(reasons.items(), key=lambda item: -item[1])))


def _bars(days: Sequence[str], used: Sequence[str], counts: dict[tuple[str, str], int]) -> str:
    rows = [{"day": _named(day), "channel": each, "place": place, "count": counts[day, each]}
            for day in days for place, each in enumerate(used) if counts[day, each]]
    named = [_named(day) for day in days]
    chart = alt.Chart(alt.InlineData(values=rows)).mark_bar(height={"band": 0.72}).encode(
        y=alt.Y("day:N", sort=None, scale=alt.Scale(domain=named),
                axis=alt.Axis(title=None, domain=False, ticks=False, labelPadding=6, labelFontSize=12, labelColor=INK)),
        x=alt.X("sum(count):Q", axis=alt.Axis(title="notices", titleColor=INK, titleFontWeight="normal", tickCount=4,
                                              tickMinStep=1, format=",d", domain=False, ticks=False)),
        order=alt.Order("place:Q"),
        color=alt.Color("channel:N", scale=alt.Scale(domain=list(used), range=[COLOURS[each] for each in used]), legend=None))
    return svg_of(spec_of(chart.properties(width=230, height=len(days) * 21)))


def _named(day: str) -> str:
    return date.fromisoformat(day).strftime("%a %-d %b")
