"""Moments: the trade's words become instants, in every zone, over summer time, holidays and quiet hours."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.timing import Calendar, Quiet, Spoken, fit, instant, moment, parse_when

LONDON, KAMPALA, RIYADH = (ZoneInfo(name) for name in ("Europe/London", "Africa/Kampala", "Asia/Riyadh"))
BRITAIN = Calendar("GB", "ENG")
ARABIA = Calendar("SA", weekend=frozenset({4, 5}))
ZONES = st.sampled_from([LONDON, KAMPALA, RIYADH, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"),
                         ZoneInfo("Pacific/Apia"), ZoneInfo("Africa/Casablanca")])
INSTANTS = st.integers(int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2030, 1, 1, tzinfo=UTC).timestamp()))
MINUTES = st.integers(0, 1439)


def said(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%a %d %b %H:%M")


@pytest.mark.parametrize(("day", "when", "expected"), [
    ("2027-03-09", "30 days before at 09:00", "Sun 07 Feb 09:00"),
    ("2027-03-09", "1 day before at 17:00", "Mon 08 Mar 17:00"),
    ("2027-05-17", "1 working day before", "Fri 14 May 09:00"),        # a Monday: the weekend is not worked
    ("2027-03-30", "1 working day before", "Thu 25 Mar 09:00"),        # Good Friday and Easter Monday lie between
    ("2027-03-30", "2 working days before at 12:00", "Wed 24 Mar 12:00"),
    ("2027-03-28", "on the day at 07:30", "Sun 28 Mar 07:30"),         # the day summer time begins
    ("2027-03-09", "3 hours before", "Tue 09 Mar 05:00"),
    ("2027-03-09", "when the window starts", "Tue 09 Mar 08:00"),
    ("2027-03-09", "when the window ends", "Tue 09 Mar 12:00"),
    ("2027-03-09", "when the day ends", "Wed 10 Mar 00:00"),
])
def test_moments_before_a_visit_in_britain(day: str, when: str, expected: str) -> None:
    at = moment(parse_when(when), Spoken(date.fromisoformat(day), 480, 720), BRITAIN, LONDON)
    assert said(at, LONDON) == expected


@pytest.mark.parametrize(("day", "expected"), [
    ("2027-01-17", "Thu 14 Jan 09:00"),       # a Sunday: Friday and Saturday are the weekend
    ("2027-02-23", "Sun 21 Feb 09:00"),       # 22 February is Founding Day
])
def test_a_working_day_in_saudi_arabia_is_not_friday_or_saturday(day: str, expected: str) -> None:
    at = moment(parse_when("1 working day before"), Spoken(date.fromisoformat(day)), ARABIA, RIYADH)
    assert said(at, RIYADH) == expected


@pytest.mark.parametrize(("when", "expected"), [
    ("when completed", "Fri 26 Mar 15:30"),
    ("1 day after completed at 10:00", "Sat 27 Mar 10:00"),
    ("2 days after completed", "Sun 28 Mar 15:30"),                   # the same local time, an hour less apart
    ("1 working day after completed at 10:00", "Tue 30 Mar 10:00"),   # over Easter
    ("90 minutes after completed", "Fri 26 Mar 17:00"),
])
def test_moments_after_an_event(when: str, expected: str) -> None:
    happened = instant(date(2027, 3, 26), 15 * 60 + 30, LONDON)
    at = moment(parse_when(when), Spoken(date(2027, 3, 26), happened=happened), BRITAIN, LONDON)
    assert said(at, LONDON) == expected


def test_a_rollouts_own_closed_and_opened_days_count() -> None:
    strike = Calendar("GB", "ENG", closed=frozenset({date(2027, 5, 13)}), opened=frozenset({date(2027, 5, 15)}))
    assert strike.shift(date(2027, 5, 17), -1) == date(2027, 5, 15)
    assert strike.shift(date(2027, 5, 14), -1) == date(2027, 5, 12)


@pytest.mark.parametrize("text", ["30 day befor", "before 3 days", "when it rains", "2 working hours before",
                                  "1 day after lunch", "1 day before at 25:00", ""])
def test_a_moment_that_is_not_one_says_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_when(text)


def test_triggers_of_later_work_are_read_and_wait() -> None:
    assert parse_when("when communications go live").waits_for == "communications"


def test_a_time_that_summer_time_skips_moves_on_and_one_that_comes_twice_is_the_first() -> None:
    assert said(instant(date(2027, 3, 28), 90, LONDON), LONDON) == "Sun 28 Mar 02:30"
    assert instant(date(2027, 10, 31), 90, LONDON) == int(datetime(2027, 10, 31, 0, 30, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(("start", "end", "at", "expected"), [
    (21 * 60, 8 * 60, "2027-03-09 22:15", "Wed 10 Mar 08:00"),
    (21 * 60, 8 * 60, "2027-03-10 03:00", "Wed 10 Mar 08:00"),
    (21 * 60, 8 * 60, "2027-03-10 08:00", "Wed 10 Mar 08:00"),
    (21 * 60, 8 * 60, "2027-03-10 20:59", "Wed 10 Mar 20:59"),
    (13 * 60, 15 * 60, "2027-03-10 13:30", "Wed 10 Mar 15:00"),
    (8 * 60, 8 * 60, "2027-03-10 03:00", "Wed 10 Mar 03:00"),        # start and end the same: no quiet hours
    (1 * 60, 2 * 60 + 30, "2027-03-28 00:59", "Sun 28 Mar 00:59"),
])
def test_quiet_hours_hold_until_they_end(start: int, end: int, at: str, expected: str) -> None:
    asked = int(datetime.fromisoformat(at).replace(tzinfo=LONDON).timestamp())
    assert said(Quiet(start, end).next_open(asked, LONDON), LONDON) == expected


@given(INSTANTS, MINUTES, MINUTES, ZONES)
def test_after_a_hold_it_is_never_quiet_and_never_earlier_nor_a_day_later(at: int, start: int, end: int, zone: ZoneInfo) -> None:
    opens = Quiet(start, end).next_open(at, zone)
    local = datetime.fromtimestamp(opens, zone)
    assert at <= opens <= at + 26 * 3600
    # A clock put forward can land inside quiet hours that begin in the hour that is skipped.
    assert not Quiet(start, end).covers(local.hour * 60 + local.minute) or _clock_changes_near(opens, zone)


@given(INSTANTS, MINUTES, MINUTES, ZONES)
def test_the_last_open_minute_is_never_later(at: int, start: int, end: int, zone: ZoneInfo) -> None:
    assert Quiet(start, end).last_open(at, zone) <= at


@given(st.dates(date(2025, 1, 1), date(2029, 12, 31)), st.integers(1, 60), ZONES, MINUTES)
def test_days_before_keep_the_local_hour_over_summer_time(day: date, amount: int, zone: ZoneInfo, minute: int) -> None:
    text = f"{amount} days before at {minute // 60:02d}:{minute % 60:02d}"
    local = datetime.fromtimestamp(moment(parse_when(text), Spoken(day), BRITAIN, zone), zone)
    assert (local.hour * 60 + local.minute == minute) or _clock_changes_near(int(local.timestamp()), zone)
    assert abs((day - local.date()).days - amount) <= 1


@given(st.dates(date(2025, 1, 1), date(2029, 12, 31)), st.integers(1, 40))
def test_working_days_before_and_after_are_each_others_mirror(day: date, amount: int) -> None:
    before = BRITAIN.shift(day, -amount)
    assert BRITAIN.is_working(before)
    assert BRITAIN.working_days_between(before, day) == amount - (not BRITAIN.is_working(day))


@given(INSTANTS, st.integers(3600, 90 * 86400), MINUTES, MINUTES, ZONES)
def test_a_planned_moment_out_of_quiet_hours_is_before_its_end_of_usefulness(
        due: int, useful: int, start: int, end: int, zone: ZoneInfo) -> None:
    fitted = fit(due, due + useful, Quiet(start, end), zone)
    assert fitted < due + useful


def _clock_changes_near(at: int, zone: ZoneInfo) -> bool:
    offsets = {datetime.fromtimestamp(at + step * 3600, zone).utcoffset() for step in range(-26, 27)}
    return len(offsets) > 1
