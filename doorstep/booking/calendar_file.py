"""A visit as a file for the customer's own calendar, which knows it again when it moves or is called off."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from doorstep.facts.clean import clean
from doorstep.model import OPEN, Status
from doorstep.rollout import Rollout
from doorstep.timing import instant

TYPE = "text/calendar; charset=utf-8; method=PUBLISH"
OFF = (Status.CANCELLED, Status.REFUSED, Status.MERGED)
MOST = 1000              # letters of a line


def ics(rollout: Rollout, visit: Any, *, language: str, url: str, summary: str, description: str = "", place: str = "") -> bytes:
    """The file of one visit (a row of Visit), its texts already in the customer's `language`.

    The UID is the visit's for good and SEQUENCE is its version, so a calendar that has the visit moves it; what was called off
    is CANCELLED. Moments are UTC, which every calendar shows in its owner's hours and no old rule of summer time bends; a visit
    without a window is a day.
    """
    event = Event()
    event.add("uid", f"visit-{visit.id}-{rollout.name}@doorstep")
    event.add("sequence", visit.version)
    for name in ("dtstamp", "last-modified"):
        event.add(name, datetime.fromtimestamp(visit.since, UTC))
    for name, moment in zip(("dtstart", "dtend"), _span(rollout, visit), strict=True):
        event.add(name, moment)
    for name, text in (("summary", summary), ("description", description), ("location", place)):
        if words := "\n".join(clean(line, MOST) for line in text.splitlines()).strip():
            event.add(name, vText(words, params={"LANGUAGE": language}))
    event.add("url", url)
    event.add("status", "CANCELLED" if visit.status in OFF else "CONFIRMED")
    event.add("transp", "OPAQUE" if visit.status in OPEN and visit.window_start is not None else "TRANSPARENT")
    calendar = Calendar()
    for name, value in (("prodid", "-//Doorstep//Visits//EN"), ("version", "2.0"), ("method", "PUBLISH")):
        calendar.add(name, value)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _span(rollout: Rollout, visit: Any) -> tuple[date, date]:
    """From when until when: moments, or days where no hours were promised."""
    day, zone = date.fromisoformat(visit.day), ZoneInfo(visit.zone)
    if visit.window_start is None:
        return day, day + timedelta(days=1)
    end = visit.window_end if visit.window_end is not None else visit.window_start + rollout.file.duration_minutes
    first, last = (datetime.fromtimestamp(instant(day, minutes, zone), UTC) for minutes in (visit.window_start, end))
    return first, last
