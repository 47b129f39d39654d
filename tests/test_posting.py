"""A letter is posted by the cut-off of a working day, and arrives working days later."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.errors import ConfigError
from doorstep.posting import arrived_at, arrives, cut_off_of, latest_posting, posting_day
from doorstep.rollout import Rollout
from doorstep.timing import local_day
from tests.making import at, make_rollout

GB = make_rollout(post_days=2)
PLACES = {
    "GB": GB,
    "UG": make_rollout(country="UG", region=None, zone="Africa/Kampala", post_days=7),
    "SA": make_rollout(country="SA", region=None, zone="Asia/Riyadh", weekend=["fri", "sat"], post_days=3),
    "same day": make_rollout(post_days=0),
    "summer time at night": make_rollout(providers={"print_house": {"cut_off": "01:30"}}),
    "until midnight": make_rollout(providers={"print_house": {"cut_off": "24:00"}}),
}
INSTANTS = st.integers(int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2029, 1, 1, tzinfo=UTC).timestamp()))
PLACE = st.sampled_from(sorted(PLACES))


@pytest.mark.parametrize(("handed_over", "posted", "there"), [
    ("2027-03-09 02:00", "2027-03-09", "2027-03-11"),          # a Tuesday
    ("2027-03-09 14:59", "2027-03-09", "2027-03-11"),
    ("2027-03-09 15:00", "2027-03-10", "2027-03-12"),
    ("2027-03-11 14:59", "2027-03-11", "2027-03-15"),          # over a weekend
    ("2027-03-13 02:00", "2027-03-15", "2027-03-17"),          # handed over on a Saturday
    ("2027-03-24 15:01", "2027-03-25", "2027-03-31"),          # Good Friday and Easter Monday, and summer time between
    ("2027-12-24 16:00", "2027-12-29", "2027-12-31"),          # Christmas on a Saturday: two days off in its stead
])
def test_a_letter_goes_to_print_on_a_working_day(handed_over: str, posted: str, there: str) -> None:
    now = at(handed_over, GB)
    assert posting_day(GB, now).isoformat() == posted
    assert arrives(GB, now).isoformat() == there
    assert arrived_at(GB, now) == at(f"{there} 18:00", GB)


def test_the_weekend_is_the_countrys() -> None:
    riyadh = PLACES["SA"]
    assert posting_day(riyadh, at("2027-01-07 16:00", riyadh)).isoformat() == "2027-01-10"     # Thursday, then Sunday


@pytest.mark.parametrize(("wanted", "latest"), [
    ("2027-03-11 18:00", "2027-03-09 15:00"),
    ("2027-03-11 17:59", "2027-03-08 15:00"),
    ("2027-03-14 12:00", "2027-03-10 15:00"),                  # wanted on a Sunday: there on Friday
    ("2027-03-31 20:00", "2027-03-25 15:00"),
])
def test_the_latest_posting_is_just_before_a_cut_off(wanted: str, latest: str) -> None:
    assert latest_posting(GB, at(wanted, GB)) == at(latest, GB) - 1


@given(PLACE, INSTANTS)
def test_what_is_posted_at_the_latest_moment_arrives_and_a_minute_later_it_does_not(place: str, wanted: int) -> None:
    rollout = PLACES[place]
    latest = latest_posting(rollout, wanted)
    assert arrived_at(rollout, latest) <= wanted < arrived_at(rollout, latest + 60)
    assert arrived_at(rollout, latest + 1) > wanted


@given(PLACE, INSTANTS, st.integers(0, 20 * 86400))
def test_what_is_posted_later_never_arrives_earlier(place: str, now: int, more: int) -> None:
    rollout = PLACES[place]
    assert arrives(rollout, now) <= arrives(rollout, now + more)


@given(PLACE, INSTANTS)
def test_letters_move_on_working_days_only(place: str, now: int) -> None:
    rollout: Rollout = PLACES[place]
    posted, there = posting_day(rollout, now), arrives(rollout, now)
    assert rollout.calendar.is_working(posted) and rollout.calendar.is_working(there)
    assert posted >= local_day(now, rollout.zone)
    assert rollout.calendar.working_days_between(posted, there) == rollout.file.post_days


def test_the_cut_off_is_the_rollouts_unless_told() -> None:
    early = make_rollout(providers={"print_house": {"cut_off": "11:00"}})
    noon = at("2027-03-09 12:00", early)
    assert (cut_off_of(GB), cut_off_of(early)) == ("15:00", "11:00")
    assert posting_day(early, noon).isoformat() == "2027-03-10"
    assert posting_day(early, noon, "13:00").isoformat() == "2027-03-09"


@pytest.mark.parametrize("cut_off", ["3 pm", "25:00", 15, ""])
def test_a_cut_off_that_is_no_time_of_day_is_named(cut_off: Any) -> None:
    with pytest.raises(ConfigError, match=r"northwick: providers\.print_house\.cut_off: .* is not a time of day; write it like"):
        cut_off_of(make_rollout(providers={"print_house": {"cut_off": cut_off}}))
