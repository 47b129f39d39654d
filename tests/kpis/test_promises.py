"""Told dates: stale words at midnight of the told day, and how long a correction takes."""

from typing import Any

import pytest

from tests.kpis.world import World, at

NEW, OLD = "2027-03-20", "2027-03-09"


def moved(world: World, when: str = "2027-03-08 02:00", change: str = "moved", **row: Any) -> int:
    """A visit moved from 9 to 20 March."""
    visit = world.visit(day=NEW, version=2, since=at(when), **row)
    world.past(visit, 1, OLD, "2027-01-01", when, change)
    return visit


@pytest.mark.parametrize(("words", "stale"), [
    ([(OLD, "2027-02-07 09:00")], 1),
    ([(OLD, "2027-02-07 09:00"), (NEW, "2027-03-08 09:00")], 0),
    ([(OLD, "2027-02-07 09:00"), (NEW, "2027-03-09 09:00")], 1),      # corrected after midnight
    ([(OLD, "2027-02-07 09:00"), (NEW, "2027-03-08 09:00"), (OLD, "2027-03-08 17:00")], 1),   # a slow letter last
    ([(NEW, "2027-03-08 09:00")], 0),
    ([], 0),
])
def test_a_moved_date_is_stale_unless_the_last_word_says_so(world: World, words: list[tuple[str, str]], stale: int) -> None:
    visit = moved(world)
    for place, (told, heard) in enumerate(words):
        name = "new-date" if told == NEW else "formal-notice"
        world.notice(visit, name, sent=heard, heard=heard, told=told, via=str(place))
    value = world.kpis("2027-03-10")["D7"]
    assert value.numerator == stale
    assert value.status == ("missed" if stale else "met" if value.denominator else "too_few")


def test_a_move_on_the_day_itself_is_no_exposure_at_midnight(world: World) -> None:
    world.notice(moved(world, "2027-03-09 06:00"))
    assert world.counts("D7", "2027-03-10") == (0, 1)


@pytest.mark.parametrize(("status", "heard_of_it", "stale"), [
    ("cancelled", False, 1), ("cancelled", True, 0), ("completed", False, 0), ("refused", False, 0),
])
def test_a_visit_that_is_off_must_be_called_off(world: World, status: str, heard_of_it: bool, stale: int) -> None:
    visit = world.visit(day=OLD, status=status, version=2, since=at("2027-03-05"), outcome_at=at("2027-03-05"))
    world.past(visit, 1, OLD, "2027-01-01", "2027-03-05", status)
    world.notice(visit)
    if heard_of_it:
        world.notice(visit, "visit-cancelled", sent="2027-03-05 09:00", heard="2027-03-05 09:01", told=OLD, occasion="c")
    assert world.counts("D7", "2027-03-10") == (stale, 1)


def test_a_changed_window_is_stale_too(world: World) -> None:
    visit = world.visit(day=OLD, version=2, since=at("2027-03-05"), window_start=720, window_end=1020)
    world.past(visit, 1, OLD, "2027-01-01", "2027-03-05", "window")
    world.notice(visit)
    assert world.counts("D7", "2027-03-10") == (1, 1)
    world.notice(visit, "new-date", sent="2027-03-06 09:00", heard="2027-03-06 09:00", told_start=720, told_end=1020)
    assert world.counts("D7", "2027-03-10") == (0, 1)


def test_a_visit_split_off_inherits_the_promise(world: World) -> None:
    home = world.home()
    gas = world.visit(home, OLD, version=2, since=at("2027-03-01"))
    world.past(gas, 1, OLD, "2027-01-01", "2027-03-01", "split")
    world.visit(home, NEW, split_from=gas, created_at=at("2027-03-01"), since=at("2027-03-01"))
    world.notice(gas)
    assert world.counts("D7", "2027-03-10") == (1, 1)


def test_merged_visits_share_their_words(world: World) -> None:
    home = world.home()
    kept = world.visit(home, NEW)
    gone = world.visit(home, OLD, status="merged", version=2, since=at("2027-03-01"), merged_into=kept)
    world.past(gone, 1, OLD, "2027-01-01", "2027-03-01", "merged")
    world.notice(gone)
    assert world.counts("D7", "2027-03-10") == (1, 1)
    world.notice(kept, "new-date", sent="2027-03-01 10:00", heard="2027-03-01 10:00", told=NEW)
    assert world.counts("D7", "2027-03-10") == (0, 1)


def test_exposure_in_the_past_is_not_undone_by_what_is_learned_later(world: World) -> None:
    visit = moved(world)
    world.notice(visit)
    then = world.counts("D7", "2027-03-10")
    world.notice(visit, "new-date", sent="2027-03-12 09:00", heard="2027-03-12 09:00", told=NEW)
    assert world.counts("D7", "2027-03-10") == then == (1, 1)
    assert world.counts("D7", "2027-03-15") == (1, 1)


@pytest.mark.parametrize(("learned", "heard", "minutes"), [
    ("2027-03-05 10:00", "2027-03-05 10:12", 12),
    ("2027-03-05 02:00", "2027-03-05 08:10", 10),            # the quiet hours end at 08:00
    ("2027-03-05 20:30", "2027-03-06 08:30", 60),
    ("2027-03-05 20:30", "2027-03-07 08:30", 60 + 13 * 60),
    ("2027-03-27 20:00", "2027-03-28 09:00", 120),           # summer time begins in that night
    ("2027-03-05 10:00", None, 3 * 13 * 60 + 11 * 60 + 180), # never heard: until its use ended on 9 March at 11:00
])
def test_a_correction_takes_minutes_outside_quiet_hours(world: World, learned: str, heard: str | None, minutes: int) -> None:
    visit = moved(world, learned)
    world.notice(visit, "new-date", sent=learned, heard=heard, told=NEW, created_at=at(learned) + 60,
                 until_at=at("2027-03-09 11:00"))
    world.notice(visit, "new-date", sent=learned, heard=None, channel="sms", told=NEW, created_at=at(learned) + 60,
                 until_at=at("2027-03-09 11:00"))
    value = world.kpis()["D8"]
    assert (value.value, value.denominator) == (minutes, 1)
