"""Appointments: who chose the slot, whom we let down, who waited, and who needed care and got it."""

from typing import Any

import pytest

from doorstep.model import VisitNote
from tests.kpis.talk import asks, wants
from tests.kpis.world import NAME, World, at

NOW = "2027-04-01 02:00"
DAY = "2027-03-09"                # a Tuesday


def test_slots_that_customers_chose_themselves_are_of_all_that_were_ever_booked(world: World) -> None:
    own, texted, called, overruled = (world.visit(status="booked") for _ in range(4))
    done = world.done(version=2)
    world.past(done, 1, DAY, "2027-01-01", "2027-03-09 10:00", "completed", status="booked")
    world.visit()                                                    # never booked
    wants(world, own)
    wants(world, own, when="2027-03-02 10:00")                       # twice is once
    wants(world, texted, channel="sms")
    wants(world, called, channel="call")
    wants(world, overruled, state="overruled", settled_at=at("2027-03-20"))
    wants(world, done, when="2027-04-02")
    assert world.counts("B15", NOW) == (2, 5)
    assert world.counts("B15 channel=sms", NOW) == (1, 5)
    assert world.counts("B15", "2027-03-08") == (3, 5)               # nobody had overruled it yet


def late(world: World, when: str) -> int:
    """A visit whose appointment on Tuesday 9 March was moved at this time."""
    visit = world.visit(day="2027-03-20", since=at(when))
    world.past(visit, 1, DAY, "2027-01-01", when, "moved")
    return visit


@pytest.mark.parametrize(("when", "counts"), [
    ("2027-03-08 08:59", (0, 0)),            # all of Monday is left
    ("2027-03-08 09:01", (1, 1)), ("2027-03-09 13:00", (1, 1)),
    ("2027-03-10 09:00", (0, 0)),            # bookkeeping, after the day
])
def test_a_change_with_less_than_a_working_days_notice_is_an_appointment_let_down(world: World, when: str,
                                                                                 counts: tuple[int, int]) -> None:
    late(world, when)
    value = world.kpis("2027-03-15")["D4"]
    assert (value.numerator, value.denominator) == counts


def test_a_weekend_is_no_working_day(world: World) -> None:
    visit = world.visit(day="2027-03-20", since=at("2027-03-13 10:00"))
    world.past(visit, 1, "2027-03-15", "2027-01-01", "2027-03-13 10:00", "moved")       # Saturday, of a Monday
    assert world.counts("D4", "2027-03-18") == (1, 1)


def test_a_change_that_the_customer_asked_for_is_not_ours(world: World) -> None:
    when = "2027-03-08 12:00"
    wants(world, late(world, when), when="2027-03-08 11:59")
    asks(world, "move", opened="2027-03-08 11:00", visit_id=late(world, when))
    world.event("replied", "2027-03-08 11:00", visit_id=late(world, when), data="move")
    assert world.kpis("2027-03-15")["D4"].denominator == 0
    wants(world, late(world, when), when="2027-03-08 12:01")                  # only after we had changed it
    assert world.counts("D4", "2027-03-15") == (1, 1)
    assert world.kpis("2027-03-15")["D4 reason=changed_late"].numerator == 1


@pytest.mark.parametrize(("ended", "status", "outcome", "reason"), [
    ("2027-03-09 10:00", "completed", None, None), ("2027-03-09 13:00", "completed", None, None),     # 12:00 and the visit's hour
    ("2027-03-09 13:01", "completed", None, "late"), ("2027-03-10 09:00", "completed", None, "late"),
    ("2027-03-08 10:00", "completed", None, None),                                                    # early, and fitted
    ("2027-03-08 10:00", "aborted", "no_access", "missed"),                                           # early, and nobody there
    ("2027-03-09 10:00", "aborted", "no_access", None), ("2027-03-09 10:00", "aborted", "by_utility", "missed"),
])
def test_a_visit_that_was_made_was_late_missed_or_neither(world: World, ended: str, status: str, outcome: str | None,
                                                          reason: str | None) -> None:
    world.visit(day=DAY, status=status, outcome=outcome, outcome_at=at(ended), since=at(ended))
    values = world.kpis(NOW)
    assert (values["D4"].numerator, values["D4"].denominator) == (int(reason is not None), 1)
    assert {name for name in values if name.startswith("D4 reason")} == ({f"D4 reason={reason}"} if reason else set())


@pytest.mark.parametrize(("row", "counts"), [
    ({"status": "cancelled", "outcome": "by_utility", "outcome_at": at("2027-03-05")}, (1, 1)),
    ({"status": "cancelled", "outcome": "by_customer", "outcome_at": at("2027-03-05")}, (0, 0)),
    ({"status": "cancelled", "outcome": "by_customer", "outcome_at": at("2027-03-09 07:00")}, (0, 1)),
    ({"status": "refused", "outcome_at": at("2027-03-09 07:00")}, (0, 1)),
    ({"status": "planned"}, (1, 1)),                                 # nobody came, nobody said why
    ({"status": "planned", "day": "2027-03-31"}, (0, 0)),            # its day is hardly over
])
def test_a_visit_that_was_not_made_is_let_down_unless_the_customer_called_it_off(world: World, row: dict[str, Any],
                                                                                counts: tuple[int, int]) -> None:
    world.visit(**{"day": DAY, **row})
    value = world.kpis(NOW)["D4"]
    assert (value.numerator, value.denominator) == counts


def test_ninety_in_a_hundred_wait_no_longer_than_this(world: World) -> None:
    for wait in range(1, 11):
        wants(world, world.visit(), when="2027-03-01 23:30", to=f"2027-03-{1 + wait:02d}")
    wants(world, world.visit(), when="2027-04-02", to="2027-09-01")
    wants(world, world.visit(), kind="refuse", to=None)
    value = world.kpis(NOW)["D13"]
    assert (value.value, value.numerator, value.denominator, value.status) == (9, 10, 10, "too_few")
    assert world.kpis(NOW)["D13 channel=page"].value == 9


def visited(world: World, **person: int) -> int:
    """A visit made to a customer who needs care."""
    return world.done("2027-03-09 10:00", world.home(**{"vulnerable": 1, **person}))


def spoke(world: World, visit: int, name: str = "needs-check", heard: str | None = "2027-02-01 10:00", **row: Any) -> None:
    world.notice(visit, name, sent="2027-02-01 09:00", heard=heard, **{"channel": "call", **row})


def test_care_is_settled_by_speaking_or_by_the_customers_own_page_before_the_visit(world: World) -> None:
    spoke(world, visited(world))
    spoke(world, visited(world), heard=None)                                         # nobody answered
    spoke(world, visited(world), channel="post", heard="2027-02-03 10:00")           # a letter
    spoke(world, visited(world), heard="2027-03-09 10:30")                           # too late
    world.add(VisitNote, rollout=NAME, visit_id=visited(world), medical=1, at=at("2027-03-01"), id=None)
    world.add(VisitNote, rollout=NAME, visit_id=visited(world), confirmed_at=at("2027-03-01"), at=at("2027-03-01"), id=None)
    world.done("2027-03-09 10:00")                                                   # needs no care
    assert world.counts("D16", NOW) == (2, 6)


def test_where_a_life_depends_on_power_somebody_also_spoke_of_this_days_power_cut(world: World) -> None:
    for told in (DAY, "2027-03-02", None):
        visit = visited(world, vulnerable=0, life_support=1)
        spoke(world, visit)
        if told:
            spoke(world, visit, "power-safety", "2027-03-08 11:00", told=told)
    assert world.counts("D16", NOW) == (1, 3)
    assert world.kpis("2027-03-09 09:00")["D16"].denominator == 0
