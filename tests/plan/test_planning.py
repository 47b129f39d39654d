"""Who is due what: the standard plan against visits of every kind."""

from pathlib import Path

import pytest

from doorstep.planning import plan_phase
from tests.making import World, at, make_rollout, make_store


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(make_store(tmp_path), make_rollout())


def plan(world: World, when: str, phase: str | None = None) -> int:
    return plan_phase(world.store, world.rollout, phase=phase, now=at(when, world.rollout))


def names(world: World, state: str = "due") -> list[str]:
    return sorted(row.notice + (f"/{row.via}" if row.via else "") for row in world.notices(state=state))


@pytest.mark.parametrize(("when", "expected"), [
    ("2027-01-08 08:59", []),                                             # a minute before 60 days before at 09:00
    ("2027-01-08 09:00", ["what-and-why"]),
    ("2027-02-07 09:00", ["formal-notice/email", "formal-notice/post"]),   # 30 days before, two channels at once
    ("2027-02-22 09:00", ["reminder"]),
    ("2027-03-08 16:59", []),
    ("2027-03-08 17:00", ["day-before"]),
    ("2027-03-09 07:59", ["day-before"]),                                  # useful until the window starts
    ("2027-03-09 08:00", []),
])
def test_a_planned_visit_of_9_march_is_due_each_notice_at_its_moment(world: World, when: str, expected: list[str]) -> None:
    world.visit("2027-03-09")
    plan(world, when)
    assert names(world) == expected


@pytest.mark.parametrize(("when", "expected"), [
    ("2027-02-02 05:59", []),
    ("2027-02-02 06:00", ["formal-notice/post"]),          # printed on Tuesday, in the letter box on Friday, told for Sunday
    ("2027-02-07 09:00", ["formal-notice/email", "formal-notice/post"]),
])
def test_a_letter_is_due_by_the_days_in_print_and_post_before_its_moment(world: World, when: str, expected: list[str]) -> None:
    world.visit("2027-03-09")
    plan(world, when)
    assert [name for name in names(world) if name.startswith("formal-notice")] == expected


@pytest.mark.parametrize(("who", "when"), [
    ({"prefers": "post"}, "2027-02-17 06:00"), ({"email": None, "phone": None}, "2027-02-17 06:00"),
    ({}, "2027-02-22 09:00"), ({"prefers": "post", "address": None}, "2027-02-22 09:00"),
])
def test_who_can_only_be_written_to_or_wishes_it_so_is_due_the_same_reminder_earlier(
        world: World, who: dict[str, str | None], when: str) -> None:
    world.visit("2027-03-09", **who)
    plan(world, "2027-02-17 05:59", "before")
    assert "reminder" not in names(world)
    plan(world, "2027-02-22 09:00", "before")
    assert [row.due_at for row in world.notices(notice="reminder")] == [at(when, world.rollout)]


def test_planning_again_changes_nothing(world: World) -> None:
    world.visit("2027-03-09")
    assert plan(world, "2027-02-07 09:00") == 2
    assert plan(world, "2027-02-07 09:05") == 0
    assert plan(world, "2027-02-08 02:00") == 0


def test_a_visit_known_too_late_for_a_notice_has_it_recorded_as_missed_once(world: World) -> None:
    world.visit("2027-03-09")
    plan(world, "2027-02-24 09:00")          # 13 days before: the formal notice is useful until 16 days before
    plan(world, "2027-02-24 10:00")
    assert "formal-notice" in names(world, "missed")
    assert len(world.notices(notice="formal-notice")) == 1


def test_a_formal_notice_goes_by_the_one_channel_there_is_and_plain_where_there_is_none(world: World) -> None:
    world.visit("2027-03-09", email=None)
    world.visit("2027-03-09", email=None, address=None)
    plan(world, "2027-02-07 09:00")
    assert names(world) == ["formal-notice", "formal-notice/post"]


@pytest.mark.parametrize(("values", "notice", "when", "expected"), [
    ({"vulnerable": 1}, "needs-check", "2027-01-23 09:00", True),
    ({"life_support": 1}, "needs-check", "2027-01-23 09:00", True),
    ({}, "needs-check", "2027-01-23 09:00", False),
    ({"landlord": 1}, "landlord-access", "2027-01-23 09:00", True),
    ({}, "landlord-access", "2027-01-23 09:00", False),
    ({"email": None, "phone": None}, "update-details", "2026-12-24 09:00", True),
    ({"email": None}, "update-details", "2026-12-24 09:00", False),
    ({"status": "booked"}, "confirm-visit", "2027-03-06 09:00", True),
    ({"status": "planned"}, "confirm-visit", "2027-03-06 09:00", False),
    ({"status": "planned", "vulnerable": 1}, "confirm-visit", "2027-03-06 09:00", True),
    ({"life_support": 1}, "power-safety", "2027-03-08 10:00", True),
    ({"vulnerable": 1}, "power-safety", "2027-03-08 10:00", False),
    ({"status": "cancelled"}, "day-before", "2027-03-08 17:00", False),
    ({"status": "completed"}, "day-before", "2027-03-08 17:00", False),
    ({"status": "refused"}, "reminder", "2027-02-22 09:00", False),
    ({"status": "merged"}, "reminder", "2027-02-22 09:00", False),
])
def test_each_audience_gets_its_notice_and_nobody_else(
        world: World, values: dict[str, object], notice: str, when: str, expected: bool) -> None:
    world.visit("2027-03-09", **values)
    plan(world, when)
    assert bool(world.notices(notice=notice, state="due")) is expected


@pytest.mark.parametrize(("values", "notice"), [
    ({"status": "completed", "outcome_at": "2027-03-09 10:00"}, "meter-fitted"),
    ({"status": "aborted", "outcome": "no_access", "attempts": 1, "outcome_at": "2027-03-09 10:00"}, "visit-not-done"),
    ({"status": "aborted", "outcome": "no_access", "attempts": 3, "outcome_at": "2027-03-09 10:00"}, "final-invitation"),
    ({"status": "aborted", "outcome": "unsafe", "attempts": 3, "outcome_at": "2027-03-09 10:00"}, "visit-not-done"),
    ({"status": "refused", "outcome": "refused", "outcome_at": "2027-03-09 10:00"}, "refusal-confirmed"),
    ({"status": "booked"}, "booking-confirmation"),
    ({"status": "en_route"}, "on-the-way"),
])
def test_an_event_sets_off_its_notice_once(world: World, values: dict[str, object], notice: str) -> None:
    visit = world.visit("2027-03-09")
    if "outcome_at" in values:
        values = values | {"outcome_at": at(str(values["outcome_at"]), world.rollout)}
    world.change(visit, at("2027-03-09 10:05", world.rollout), **values)
    plan(world, "2027-03-09 10:10")
    plan(world, "2027-03-09 10:40")
    assert [row.notice for row in world.notices(phase="during", state="due")] + [
        row.notice for row in world.notices(notice="booking-confirmation")] == [notice]


def test_what_stood_in_the_first_feed_sets_off_nothing(world: World) -> None:
    world.visit("2027-03-09", status="completed", outcome_at=at("2027-03-09 10:00", world.rollout),
                since=at("2027-03-10 02:00", world.rollout))
    world.visit("2027-03-20", status="booked", since=at("2027-03-10 02:00", world.rollout))
    plan(world, "2027-03-10 09:00", "during")
    assert not world.notices(phase="during")
    assert not world.notices(notice="booking-confirmation")


def test_the_survey_comes_the_day_after_a_completed_visit_and_not_after_an_aborted_one(world: World) -> None:
    done, tried = world.visit("2027-03-09"), world.visit("2027-03-09")
    when = at("2027-03-09 10:00", world.rollout)
    world.change(done, when, status="completed", outcome_at=when)
    world.change(tried, when, status="aborted", outcome="no_access", outcome_at=when, attempts=1)
    plan(world, "2027-03-10 09:59", "after")
    assert not world.notices(phase="after")
    plan(world, "2027-03-10 10:00", "after")
    assert [row.visit_id for row in world.notices(phase="after")] == [done]


def test_a_second_abort_in_a_later_round_is_told_again(world: World) -> None:
    visit = world.visit("2027-03-09")
    for attempt, day in ((1, "2027-03-09"), (2, "2027-03-16")):
        when = at(f"{day} 10:00", world.rollout)
        world.change(visit, when, status="aborted", outcome="no_access", outcome_at=when, attempts=attempt)
        plan(world, f"{day} 12:00", "during")
    assert len(world.notices(notice="visit-not-done")) == 2


def test_notices_of_later_work_wait_and_are_never_due(world: World) -> None:
    waiting = {row.notice for row in world.rollout.plan if row.waits_for}
    assert {"meter-reporting", "first-insight", "area-notice", "running-late"} <= waiting
    assert not {"concern-answer", "rumour-answer", "appointment-request"} & waiting
    visit = world.visit("2027-03-09")
    when = at("2027-03-09 10:00", world.rollout)
    world.change(visit, when, status="completed", outcome_at=when)
    for month in range(3, 9):
        plan(world, f"2027-{month:02d}-28 12:00")
    assert not [row for row in world.notices() if row.notice in waiting]
