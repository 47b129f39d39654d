"""The visit in the customer's own calendar: the right hours everywhere, one entry however it moves, gone when called off."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from doorstep.booking.calendar_file import ics
from doorstep.model import Visit
from tests.booking.world import NEW, PM, ROW, World
from tests.making import make_rollout

URL = "https://doorstep.example/v/AAAAAAAAAAAAAAAAAAAAAAA"
SINCE = 1_799_000_000


def visit(**values: Any) -> Any:
    return SimpleNamespace(**{"id": 7, "version": 2, "since": SINCE, "day": "2027-03-09", "zone": "Europe/London",
                              "window_start": 480, "window_end": 720, "status": "booked", **values})


def written(summary: str = "Smart meter visit", **values: Any) -> bytes:
    texts = {name: values.pop(name) for name in ("language", "description", "place") if name in values}
    return ics(make_rollout(), visit(**values), **{"language": "en", "url": URL, **texts}, summary=summary)


def read(**values: Any) -> Event:
    """The only event of a file, as a calendar reads it."""
    calendar = Calendar.from_ical(written(**values))
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    [event] = calendar.events
    return event


def test_the_entry_is_known_again_by_its_uid_and_newer_by_its_sequence() -> None:
    before, after = read(version=2), read(version=3, day="2027-03-16", since=SINCE + 60)
    assert before["UID"] == after["UID"] == "visit-7-northwick@doorstep"
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (2, 3) and after["DTSTAMP"].dt > before["DTSTAMP"].dt
    assert (before["STATUS"], before["URL"], before["TRANSP"]) == ("CONFIRMED", URL, "OPAQUE")


@pytest.mark.parametrize(("zone", "day", "hours", "utc"), [
    ("Europe/London", "2027-03-27", (480, 720), ("2027-03-27 08:00", "2027-03-27 12:00")),
    ("Europe/London", "2027-03-28", (480, 720), ("2027-03-28 07:00", "2027-03-28 11:00")),      # summer time began that night
    ("Europe/London", "2027-10-31", (0, 480), ("2027-10-30 23:00", "2027-10-31 08:00")),        # and ends within this window
    ("America/New_York", "2027-03-14", (60, 240), ("2027-03-14 06:00", "2027-03-14 08:00")),    # an hour is skipped
    ("Asia/Riyadh", "2027-03-09", (1200, 1440), ("2027-03-09 17:00", "2027-03-09 21:00")),      # until midnight
    ("Africa/Kampala", "2027-03-09", (480, 720), ("2027-03-09 05:00", "2027-03-09 09:00"))])
def test_hours_are_those_of_the_visits_own_place(zone: str, day: str, hours: tuple[int, int], utc: tuple[str, str]) -> None:
    event = read(zone=zone, day=day, window_start=hours[0], window_end=hours[1])
    assert [f"{event[name].dt.astimezone(UTC):%Y-%m-%d %H:%M}" for name in ("DTSTART", "DTEND")] == list(utc)
    local = event["DTSTART"].dt.astimezone(ZoneInfo(zone))
    assert f"{local:%Y-%m-%d} {local.hour * 60 + local.minute}" == f"{day} {hours[0]}"


def test_a_visit_without_hours_is_a_day_and_one_without_an_end_lasts_as_long_as_a_visit() -> None:
    event = read(window_start=None, window_end=None)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2027, 3, 9), date(2027, 3, 10))
    assert not isinstance(event["DTSTART"].dt, datetime) and event["TRANSP"] == "TRANSPARENT"
    event = read(window_end=None)
    assert event["DTEND"].dt - event["DTSTART"].dt == read(window_end=540)["DTEND"].dt - event["DTSTART"].dt


@pytest.mark.parametrize(("status", "said"), [
    ("planned", "CONFIRMED"), ("booked", "CONFIRMED"), ("completed", "CONFIRMED"), ("cancelled", "CANCELLED"),
    ("refused", "CANCELLED"), ("merged", "CANCELLED")])
def test_what_is_called_off_is_cancelled(status: str, said: str) -> None:
    assert read(status=status)["STATUS"] == said


def test_no_text_breaks_out_of_its_line() -> None:
    nasty = "a, b; c\\d: \"e\"\x07\u202e\r\nATTENDEE:mailto:x@example.com\nEND:VEVENT\nBEGIN:VEVENT"
    event = read(summary=nasty, description=nasty, place=nasty)
    assert "ATTENDEE" not in event
    lines = ["a, b; c\\d: \"e\"", "ATTENDEE:mailto:x@example.com", "END:VEVENT", "BEGIN:VEVENT"]
    assert [line.strip() for line in str(event["DESCRIPTION"]).splitlines()] == lines
    assert "\x07" not in str(event["SUMMARY"]) and "\u202e" not in str(event["SUMMARY"])


def test_arabic_is_read_back_as_it_was_written_from_lines_of_75_bytes() -> None:
    words = "زيارة لتركيب العداد الذكي من شركة نورثويك بين الساعة ٨ والساعة ١٢ "
    raw = written(summary=words * 4, description=words * 10, language="ar")
    lines = raw.split(b"\r\n")
    assert raw.endswith(b"END:VCALENDAR\r\n") and max(map(len, lines)) <= 75
    assert all(line.decode("utf-8") is not None for line in lines)             # no letter is cut in two
    event = Calendar.from_ical(raw).events[0]
    assert str(event["SUMMARY"]) == (words * 4).strip() and str(event["DESCRIPTION"]) == (words * 10).strip()
    assert event["SUMMARY"].params["LANGUAGE"] == "ar"


def test_a_visit_that_its_customer_moved_moves_in_the_calendar(world: World) -> None:
    world.pull(ROW)

    def entry() -> Event:
        raw = ics(world.rollout, SimpleNamespace(**world.all(Visit)[0]), language="en", url=URL, summary="Visit")
        return Calendar.from_ical(raw).events[0]

    before = entry()
    world.move(world.slot(NEW, PM))
    moved = entry()
    world.refuse()
    assert [each["UID"] for each in (moved, entry())] == [before["UID"]] * 2
    assert [each["SEQUENCE"] for each in (before, moved, entry())] == [1, 2, 3]
    assert moved["DTSTART"].dt == datetime(2027, 3, 16, 12, tzinfo=UTC) and entry()["STATUS"] == "CANCELLED"
