"""The visits themselves: first-time success, failures by reason, appointments, churn, outcomes told."""

from typing import Any

import pytest

from tests.kpis.world import World, at


@pytest.fixture
def field(world: World) -> World:
    """Done at once; failed then done; failed for no access; done as a reissued order; still to come."""
    world.done("2027-03-09 10:00")
    again = world.done("2027-03-16 10:00", attempts=1, version=4, wave="W02")
    world.past(again, 1, "2027-03-09", "2027-01-01", "2027-03-09 11:00", "aborted")
    world.past(again, 2, "2027-03-09", "2027-03-09 11:00", "2027-03-09 12:00", "other", status="aborted",
               outcome="obstructed", outcome_at=at("2027-03-09 10:30"))
    world.past(again, 3, "2027-03-16", "2027-03-09 12:00", "2027-03-16 10:00", "completed")
    world.visit(status="aborted", outcome="no_access", attempts=1, outcome_at=at("2027-03-09 09:00"))
    world.done("2027-03-09 11:00", attempts=2)
    world.visit(day="2027-06-01")
    return world


@pytest.mark.parametrize(("kpi", "counts"), [
    ("D1", (1, 4)),
    ("D2", (2, 5)),
    ("D2 wave=W02", (1, 2)),
    ("D2 reason=no_access", (1, 5)),      # a reason is a share of all visits made
    ("D2 reason=obstructed", (1, 5)),
    ("D3", (1, 5)),
    ("D5", (5, 5)),
])
def test_the_field_work_is_counted_by_tries(field: World, kpi: str, counts: tuple[int, int]) -> None:
    assert field.counts(kpi) == counts


def test_the_field_work_as_it_stood_in_the_past(field: World) -> None:
    assert field.counts("D2", "2027-03-09 13:00") == (2, 4)


@pytest.mark.parametrize(("status", "row", "counts"), [
    ("completed", {"outcome_at": at("2027-03-09 12:59")}, (1, 1)),                     # began within the window
    ("completed", {"outcome_at": at("2027-03-09 13:01")}, (0, 1)),
    ("completed", {"outcome_at": at("2027-03-09 07:59")}, (0, 1)),                     # nobody was up
    ("completed", {"outcome_at": at("2027-03-10 10:00")}, (0, 1)),
    ("planned", {}, (0, 1)),                                                           # nobody came
    ("planned", {"day": "2027-03-31"}, (0, 0)),                                        # may still be reported
    ("cancelled", {"outcome": "by_utility", "outcome_at": at("2027-03-08")}, (0, 1)),
    ("cancelled", {"outcome": "by_customer", "outcome_at": at("2027-03-08")}, (0, 0)),
    ("cancelled", {"outcome": "by_customer", "outcome_at": at("2027-03-09 07:00")}, (0, 1)),
    ("refused", {"outcome_at": at("2027-03-01")}, (0, 0)),
    ("completed", {"outcome_at": at("2027-03-09 18:00"), "window_end": 1200}, (0, 0)),  # any time of day is no appointment
    ("completed", {"outcome_at": at("2027-03-09 18:00"), "window_end": 1200, "presence_required": 1}, (1, 1)),
])
def test_an_appointment_is_kept_within_its_window(world: World, status: str, row: dict[str, Any],
                                                  counts: tuple[int, int]) -> None:
    world.visit(status=status, **row)
    assert world.counts("D5") == counts


def test_churn_counts_moves_and_those_moved_twice(world: World) -> None:
    world.visit()
    moved = world.visit(version=4)
    for version, change in enumerate(("moved", "window", "moved"), start=1):
        world.past(moved, version, "2027-03-02", f"2027-01-0{version}", f"2027-01-0{version + 1}", change)
    world.visit(status="merged")
    assert (world.counts("D6"), world.counts("D6-twice")) == ((2, 2), (1, 2))
    assert (world.counts("D6", "2027-01-03"), world.counts("D6-twice", "2027-01-03")) == ((1, 2), (0, 2))


@pytest.mark.parametrize(("name", "heard", "counts"), [
    ("meter-fitted", "2027-03-09 18:00", (1, 1)),
    ("meter-fitted", "2027-03-10 10:01", (0, 1)),      # 24 hours and a minute
    ("visit-not-done", "2027-03-09 18:00", (0, 1)),    # says the wrong thing
    ("how-did-it-go", "2027-03-09 18:00", (0, 1)),     # asks, does not tell
])
def test_the_outcome_is_told_within_a_day(world: World, name: str, heard: str, counts: tuple[int, int]) -> None:
    world.notice(world.done("2027-03-09 10:00"), name, sent=heard, heard=heard, told=None, occasion="completed:1")
    world.done("2027-03-31 10:00", feed_id=1)          # not ours
    assert world.counts("D9") == counts
    assert world.counts("D9", "2027-03-10 09:00") == (0, 0)


def test_refusals_taken_back_and_refusals_overrun(world: World) -> None:
    chosen = world.done("2027-03-09 10:00", version=3)
    world.past(chosen, 1, "2027-03-09", "2027-01-01", "2027-02-01", "other", status="refused")
    world.past(chosen, 2, "2027-03-09", "2027-02-01", "2027-03-09 10:00", "completed")
    wrong = world.done("2027-03-09 10:00", version=2)
    world.past(wrong, 1, "2027-03-09", "2027-01-01", "2027-03-09 10:00", "completed", status="refused")
    world.visit(status="refused")
    assert (world.counts("D14"), world.counts("D15")) == ((2, 3), (1, 2))
    assert world.kpis()["D15"].status == "missed"      # one is enough
