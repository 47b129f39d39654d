"""Before the visit: coverage, sequence, lead time, reach, refusals and short notice, each counted by hand."""

import pytest

from doorstep.model import Stop
from tests.kpis.world import NAME, World, at, days_before


def test_coverage_counts_homes_told_before_the_fitting(world: World) -> None:
    told, late, bounced, posted, never = (world.done() for _ in range(5))
    world.notice(told)
    world.notice(late, heard="2027-03-09 10:01")                                 # after the meter was in
    world.notice(bounced, heard=None, state="bounced", bounced_at=at("2027-02-07 09:02"))
    world.notice(posted, heard=None, channel="post")                             # nobody reports more than posted
    world.notice(never, heard=None)                                              # accepted is not delivered
    world.notice(never, "what-and-why")                                          # says nothing of the visit as a duty
    assert world.counts("B1") == (2, 5)


def test_a_home_that_moved_or_has_two_visits_counts_once(world: World) -> None:
    home = world.home()
    gas = world.done("2027-03-09 10:00", home, version=3)
    world.past(gas, 1, "2027-02-20", "2026-12-01", "2027-02-01", "moved")
    world.past(gas, 2, "2027-02-27", "2027-02-01", "2027-02-20", "moved")
    world.done("2027-03-11 10:00", home)
    world.notice(gas, told="2027-02-20")
    world.notice(gas, told="2027-02-27", via="again")
    kpis = world.kpis(cuts=False)
    assert [(kpis[name].numerator, kpis[name].denominator) for name in ("B1", "B2", "D1")] == [(1, 1)] * 3


def test_what_was_over_in_the_first_feed_was_not_ours_to_tell(world: World) -> None:
    world.done(feed_id=1)
    world.notice(world.done(feed_id=2))
    assert world.counts("B1") == (1, 1)


def test_the_full_sequence_wants_every_kind_in_time_on_any_channel(world: World) -> None:
    both, late, missed, copy, none = (world.done() for _ in range(5))
    for visit in (both, late, missed, copy):
        world.notice(visit)
    world.notice(both, "reminder")
    world.notice(late, "reminder", heard="2027-03-09 08:01")                      # its use ended at 08:00
    world.notice(missed, "reminder", sent=None, heard=None, state="missed", closed_at=at("2027-03-09 08:00"))
    world.notice(copy, "reminder", channel="email", heard=None, state="bounced", bounced_at=at("2027-02-07 09:02"))
    world.notice(copy, "reminder", channel="post", heard=None)
    world.notice(copy, "day-before", sent=None, heard=None, state="void", closed_at=at("2027-03-08"))
    assert world.counts("B2") == (2, 5)
    assert none


def test_after_a_move_the_last_notice_of_a_kind_decides(world: World) -> None:
    mended, broken = (world.done(version=2) for _ in range(2))
    for visit, first, second in ((mended, False, True), (broken, True, False)):
        for told, heard, sent in (("2027-03-01", first, "2027-02-01 09:00"), ("2027-03-09", second, "2027-02-07 09:00")):
            world.notice(visit, told=told, sent=sent, heard=sent if heard else None, until_at=at("2027-03-01"))
    assert world.counts("B2") == (1, 2)


@pytest.mark.parametrize(("leads", "p5", "median", "kept"), [
    ([30] * 20, 30, 30, 20),
    ([30] * 18 + [13, 5], 5, 30, 18),          # the 1st of 20 is the 5th percentile
    ([30] * 19 + [None], 0, 30, 19),           # told nothing: 0 days
    ([40, 30, 20], 20, 30, 3),
])
def test_lead_time_is_whole_local_days(world: World, leads: list[int | None], p5: float, median: float, kept: int) -> None:
    for days in leads:
        visit = world.done("2027-04-09 10:00")
        if days is not None:                       # before midnight, and on both sides of the change to summer time
            sent = f"{days_before('2027-04-09', days)} 23:30"
            world.notice(visit, sent=sent, heard=sent, told="2027-04-09")
    values = world.kpis("2027-05-01", cuts=False)
    assert (values["B3"].value, values["B3-median"].value) == (p5, median)
    assert (values["B3"].numerator, values["B3"].denominator) == (kept, len(leads))


def test_contactability_keeps_refusals_and_heeds_stops(world: World) -> None:
    world.visit()
    world.visit(world.home(email=None))                                        # the mobile will do
    world.visit(world.home(phone=None), status="refused")                      # still in the denominator
    world.visit(world.home(email=None, phone=None))                            # a letter only
    stopped = world.home(phone=None, email="stop@example.net")
    world.visit(stopped)
    world.add(Stop, rollout=NAME, channel="email", address="stop@example.net", reason="stop", at=at("2027-03-01"))
    world.visit(status="cancelled")
    assert world.counts("B4") == (3, 5)
    assert world.counts("B4", "2027-02-28") == (4, 5)                          # before the stop
    assert world.counts("X5") == (0, 5)                                        # each still has a letter box


def test_a_home_without_any_usable_address_is_unreachable(world: World) -> None:
    world.visit(world.home(email=None, phone=None, address=None))
    world.visit(world.home(email="only@example.net", phone=None, address=None))
    world.add(Stop, rollout=NAME, channel="email", address="only@example.net", purpose="marketing", reason="stop", at=0)
    assert world.counts("X5") == (1, 2)


def test_a_refusal_stays_in_the_denominator_and_leaves_when_taken_back(world: World) -> None:
    for status in ("completed", "planned", "refused"):
        world.notice(world.visit(status=status))
    world.visit(status="refused")                                              # at the door, without a notice
    back = world.visit(version=2, since=at("2027-03-05"))
    world.past(back, 1, "2027-03-09", "2027-01-01", "2027-03-05", "other", status="refused")
    world.notice(back)
    world.visit()                                                              # not told yet
    assert world.counts("B14") == (2, 5)
    assert world.counts("B14", "2027-03-04") == (3, 5)


def test_short_notice_is_an_open_visit_nobody_can_be_told_of_in_time(world: World) -> None:
    now = "2027-02-25 02:00"                       # the formal notice is useful until 16 days before
    told, other_day, late, untold, far = (world.visit(day=day) for day in (*["2027-03-09"] * 4, "2027-06-01"))
    world.notice(told)
    world.notice(other_day, told="2027-03-20")                       # in time, a correction says the rest
    world.notice(late, sent="2027-02-24 09:00")
    world.visit(day="2027-03-09", status="completed")
    world.visit(day="2027-02-20")                  # overdue, no longer to be told
    assert world.counts("X3", now) == (2, 5)
    assert untold and far
