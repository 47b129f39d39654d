"""Who must be in and answers nothing is asked for an appointment again, until an answer comes or the time is over."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from doorstep.forecast import forecast
from tests.plan.saying import did, moment
from tests.town import Town

PRESENT = {"presence_required": 1}


def days(town: Town, first: str, last: str) -> None:
    """Every other day from one to another, some minutes after each hour at which a request may be made."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        for clock in ("10:05", "14:05", "18:05"):
            town.night(f"{day} {clock}")
        day += timedelta(days=2)


def local(town: Town, now: int) -> str:
    return datetime.fromtimestamp(now, town.world.rollout.zone).strftime("%Y-%m-%d %H:%M")


def asked(town: Town) -> list[str]:
    """When requests for an appointment went out: month, day and hour."""
    return [local(town, row.attempted_at)[5:13] for row in town.world.notices(notice="appointment-request") if row.attempted_at]


def test_who_answers_nothing_is_asked_three_times_at_other_hours_some_days_apart(town: Town) -> None:
    town.world.visit("2027-03-09", **PRESENT)
    days(town, "2027-02-07", "2027-03-01")
    assert asked(town) == ["02-11 10", "02-15 14", "02-19 18"]
    assert [row.due_at for row in town.world.notices(notice="appointment-request")] == [
        moment(town, when) for when in ("2027-02-11 10:00", "2027-02-15 14:00", "2027-02-19 18:00")]


@pytest.mark.parametrize(("kind", "data", "requests"), [
    ("replied", "move", 1), ("confirmed", "page", 1), ("asked", "page", 1), ("replied", "stop", 3), ("viewed", None, 3),
])
def test_an_answer_of_any_kind_ends_the_requests(town: Town, kind: str, data: str | None, requests: int) -> None:
    visit = town.world.visit("2027-03-09", **PRESENT)
    days(town, "2027-02-07", "2027-02-12")
    did(town, visit, kind, "2027-02-13 11:00", data)
    days(town, "2027-02-13", "2027-02-21")                # the last request is made on the 19th
    assert len(asked(town)) == requests


def test_an_answer_from_before_the_formal_notice_is_none(town: Town) -> None:
    visit = town.world.visit("2027-03-09", **PRESENT)
    did(town, visit, "replied", "2027-02-01 11:00", "question")
    days(town, "2027-02-07", "2027-02-12")
    assert len(asked(town)) == 1


@pytest.mark.parametrize(("values", "requests"), [
    ({}, 0), ({"presence_required": 1, "status": "booked"}, 0), ({"presence_required": 1}, 1),
])
def test_only_who_must_be_in_and_has_no_appointment_is_asked_for_one(town: Town, values: dict[str, Any], requests: int) -> None:
    town.world.visit("2027-03-09", **values)
    days(town, "2027-02-07", "2027-02-12")
    assert len(asked(town)) == requests


def test_a_booking_made_while_the_request_waits_takes_it_back(town: Town) -> None:
    visit = town.world.visit("2027-03-09", **PRESENT)
    days(town, "2027-02-07", "2027-02-10")
    town.night("2027-02-11 10:00", send=False)
    town.world.change(visit, moment(town, "2027-02-11 10:01"), status="booked")
    town.night("2027-02-11 10:05")
    assert [row.state for row in town.world.notices(notice="appointment-request")] == ["void"]


def test_no_request_comes_later_than_ten_days_before_the_visit(town: Town) -> None:
    town.world.visit("2027-03-09", **PRESENT)
    town.night("2027-02-20 09:00")                        # known late: the formal notice goes out 17 days before
    days(town, "2027-02-20", "2027-03-08")
    assert asked(town) == ["02-24 10"]


def test_the_dry_run_foresees_the_first_request_and_no_other(town: Town) -> None:
    town.world.visit("2027-03-09", **PRESENT)
    town.night("2027-02-07 09:00")
    rows = list(forecast(town.world.store, town.world.rollout, now=moment(town, "2027-02-08 09:00"), days=20))
    foreseen = [(row.day, row.channel, row.count) for row in rows if row.notice == "appointment-request"]
    assert foreseen == [("2027-02-11", "sms", 1)]
