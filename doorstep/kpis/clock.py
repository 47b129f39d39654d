"""Local days and quiet hours as small tables, so that a query needs no calendar."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.kpis.sight import DAY, Sight
from doorstep.timing import Quiet, instant

EPOCH = date(1970, 1, 1)
YEAR = 366 * DAY
YEARS_BACK, YEARS_AHEAD = 6, 3


def fill_days(sight: Sight) -> None:
    """Every day that a visit has or had, in its zone: its number since 1970 and the instant at which it begins."""
    found = sight.rows("SELECT DISTINCT zone, day FROM visit WHERE rollout = :rollout UNION SELECT DISTINCT v.zone, p.day "
                       "FROM visitpast p JOIN visit v ON v.id = p.visit_id WHERE p.rollout = :rollout")
    days = [(row["zone"], date.fromisoformat(row["day"])) for row in found]
    sight.fill("INSERT INTO seen_day VALUES (:zone, :day, :number, :starts_at)", [
        {"zone": zone, "day": str(day), "number": (day - EPOCH).days, "starts_at": instant(day, 0, ZoneInfo(zone))}
        for zone, day in days])


def fill_offsets(sight: Sight) -> None:
    """For each zone, the spans of one offset from UTC: local seconds are the instant plus `seconds`."""
    zones = [row["zone"] for row in sight.rows("SELECT DISTINCT zone FROM seen_day")]
    sight.fill("INSERT INTO seen_offset VALUES (:zone, :from_at, :to_at, :seconds)",
               [span for zone in zones for span in _spans(zone, sight.now // YEAR)])


@lru_cache(maxsize=256)        # to look at thousands of days takes longer than many a measurement
def _spans(name: str, year: int) -> list[dict[str, Any]]:
    """The spans from some years before to some years after; `year` counts from 1970."""
    zone, start, spans = ZoneInfo(name), 0, []
    last = (year + YEARS_AHEAD) * YEAR
    for at in range((year - YEARS_BACK) * YEAR, last, DAY):
        if _offset(at, zone) != _offset(at + DAY, zone):
            change = _change(at, at + DAY, zone)
            spans.append({"zone": name, "from_at": start, "to_at": change, "seconds": _offset(change - 1, zone)})
            start = change
    return [*spans, {"zone": name, "from_at": start, "to_at": 2**40, "seconds": _offset(last, zone)}]


def _offset(at: int, zone: ZoneInfo) -> int:
    shift = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
    return int(shift.total_seconds()) if shift else 0


def _change(low: int, high: int, zone: ZoneInfo) -> int:
    """The first instant after `low` at which the offset is that of `high`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(middle, zone) == _offset(high, zone) else (middle, high)
    return high


class Awake:
    """Seconds outside the quiet hours of a zone, between two instants from `first` to `last`."""

    def __init__(self, quiet: Quiet, zone: ZoneInfo, first: int, last: int) -> None:
        self._spans = list(_nights(quiet, zone, first, last))
        self._starts = [start for start, _ in self._spans]
        self._slept = [0, *accumulate(end - start for start, end in self._spans)]

    def between(self, start: int, end: int) -> int:
        """Seconds from `start` to `end` in which a customer may be disturbed."""
        return (end - start) - (self._quiet_until(end) - self._quiet_until(start))

    def _quiet_until(self, at: int) -> int:
        place = bisect_right(self._starts, at)
        if not place:
            return 0
        start, end = self._spans[place - 1]
        return self._slept[place - 1] + min(at, end) - start


def _nights(quiet: Quiet, zone: ZoneInfo, first: int, last: int) -> Iterator[tuple[int, int]]:
    if quiet.start == quiet.end:
        return
    day = datetime.fromtimestamp(first, zone).date() - timedelta(days=1)
    while (start := instant(day, quiet.start, zone)) <= last:
        over = timedelta(days=1 if quiet.end < quiet.start else 0)
        yield start, instant(day + over, quiet.end, zone)
        day += timedelta(days=1)
