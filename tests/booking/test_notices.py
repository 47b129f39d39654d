"""What a customer hears after moving or refusing: one correction by each channel that told the old date, and it never again."""

from pathlib import Path

import pytest

from doorstep.booking.requests import Declined, Moved, move, refuse
from doorstep.model import CalendarSlot, Request, Visit, WorkOrder, table
from tests.making import at, make_rollout
from tests.test_road import Household
from tests.town import Town

TOLD, MOVED, READ = "2027-02-22 09:00", "2027-02-23 10:00", "2027-02-23 10:15"
DAYS = [f"2027-03-{day:02d} {hour}" for day in range(1, 18) for hour in ("10:00", "17:00")]


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A customer whose visit is on 9 March, and a slot a week later."""
    town = Town(tmp_path)
    town.world.rollout = make_rollout(refusal_allowed=True)
    visit = town.world.visit("2027-03-09")
    town.world.put(WorkOrder, rollout="northwick", number="NW0000001", customer_id=1, visit_id=visit, commodity="electricity",
                   status="planned", day="2027-03-09", window_start=480, window_end=720, stamp=0, digest="", feed_id=1)
    town.world.put(CalendarSlot, rollout="northwick", area="*", day="2027-03-16", window_start=720, window_end=960, capacity=1,
                   taken=0, updated_at=0)
    return town


def moved(town: Town, when: str = MOVED) -> object:
    return move(town.world.store, town.world.rollout, 1, 1, channel="page", now=at(when, town.world.rollout))


def refused(town: Town, when: str = MOVED) -> object:
    return refuse(town.world.store, town.world.rollout, 1, channel="page", now=at(when, town.world.rollout))


def told(town: Town, notice: str) -> list[tuple[str, str]]:
    """By which channel a notice went out, and of which day it spoke."""
    return sorted((row.channel, row.told_day) for row in town.world.notices(notice=notice, state="accepted"))


def heard(town: Town) -> list[str]:
    return [text for kind in town.streets for text in town.said(kind)]


def test_who_moved_hears_one_correction_by_each_channel_that_told_the_old_date_and_the_fastest(town: Town) -> None:
    for when in ("2027-02-07 09:00", TOLD):                          # by letter and by email
        town.night(when)
    assert {row.channel for row in town.world.notices(state="accepted")} == {"post", "email"}
    assert isinstance(moved(town), Moved)
    for _ in range(3):
        town.night(READ)
    assert told(town, "new-date") == [("email", "2027-03-16"), ("post", "2027-03-16"), ("sms", "2027-03-16")]
    assert told(town, "booking-confirmation") == [("email", "2027-03-16")]
    for when in DAYS:
        town.night(when)
    assert len(town.world.notices(notice="new-date")) == 3 and len(town.world.notices(notice="booking-confirmation")) == 1
    since = [row for row in town.world.notices(state="accepted") if row.attempted_at > at(MOVED, town.world.rollout)]
    assert {row.told_day for row in since} == {"2027-03-16"} and {"reminder", "day-before"} <= {row.notice for row in since}
    assert len({(row.notice, row.channel) for row in since}) == len(since)           # and nothing twice
    assert sum("9 March" in text and "16 March" not in text for text in heard(town)) == 3       # all of them before


def test_who_was_told_nothing_yet_is_told_the_new_date_alone(town: Town) -> None:
    moved(town, "2027-02-01 10:00")
    for when in ("2027-02-01 10:15", "2027-02-14 09:00", "2027-03-01 09:00"):
        town.night(when)
    assert told(town, "new-date") == [] and told(town, "booking-confirmation") == [("email", "2027-03-16")]
    assert {row.told_day for row in town.world.notices(state="accepted")} <= {"2027-03-16", None}


def test_who_refused_has_it_in_writing_within_two_working_days_and_hears_of_no_visit_again(town: Town) -> None:
    town.night(TOLD)
    before = len(heard(town))
    assert isinstance(refused(town, "2027-02-26 20:30"), Declined)   # a Friday evening
    for when in ("2027-02-26 20:35", "2027-02-27 09:00", "2027-03-01 09:00", *DAYS):
        town.night(when)
    row = town.one(notice="refusal-confirmed")
    assert (row.state, row.channel) == ("accepted", "email")
    assert row.accepted_at <= at("2027-03-02 23:59", town.world.rollout)
    assert len(heard(town)) == before + 1


def test_a_feed_that_has_not_heard_yet_brings_no_further_word_and_one_that_decides_otherwise_does(tmp_path: Path) -> None:
    home = Household(tmp_path)
    home.feed("2027-02-20 03:00", "09/03/2027", "09/03/2027")
    home.send(TOLD)
    home.world.put(CalendarSlot, rollout="northwick", area="*", day="2027-03-16", window_start=480, window_end=720, capacity=1,
                   taken=0, updated_at=0)
    assert isinstance(move(home.world.store, home.rollout, 1, 1, channel="page", now=at(MOVED, home.rollout)), Moved)
    assert len(home.send(READ)) == 1
    home.feed("2027-02-24 03:00", "09/03/2027", "09/03/2027", slot="AM")
    assert home.send("2027-02-24 09:00") == []
    home.feed("2027-02-25 03:00", "23/03/2027", "23/03/2027")
    (text,) = home.send("2027-02-25 09:00")
    assert "23 March" in text and "16 March" in text
    with home.world.store.read() as connection:
        assert connection.execute(table(Request).select()).one().state == "overruled"
        assert connection.execute(table(Visit).select()).one().day == "2027-03-23"

