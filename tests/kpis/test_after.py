"""After the visit: revisits, staying in touch, cost."""

import pytest

from tests.kpis.world import World, at


def test_a_revisit_is_a_new_visit_within_14_days(world: World) -> None:
    back, planned, late, fresh = (world.home() for _ in range(4))
    for home in (back, planned, late):
        world.done("2027-03-01 10:00", home)
    world.done("2027-03-10 10:00", back, created_at=at("2027-03-05"))
    world.done("2027-03-10 10:00", planned)                               # the second meter, planned all along
    world.visit(late, "2027-03-20", "aborted", outcome_at=at("2027-03-20 10:00"), created_at=at("2027-03-05"))
    world.done("2027-03-30 10:00", fresh)                                 # too young to tell
    assert world.counts("A12") == (1, 5)


def test_homes_hear_from_us_again(world: World) -> None:
    world.notice(world.done(), "how-did-it-go", sent="2027-03-10 10:00", heard="2027-03-10 10:01", told=None, occasion="c")
    world.notice(world.done(), "meter-fitted", sent="2027-03-09 12:00", heard="2027-03-09 12:01", told=None, occasion="c")
    world.done("2027-03-28 10:00")
    assert world.counts("X6") == (1, 2)


def test_the_cost_is_of_visits_that_are_over(world: World) -> None:
    world.notice(world.done())                                                    # an email: 0.001
    world.notice(world.done(), channel="sms", parts=2)                            # two parts: 0.08
    world.notice(world.visit(status="refused"), channel="post", heard=None, parts=3)    # one letter: 0.60
    world.notice(world.visit(), channel="post", heard=None)                       # to come
    values = world.kpis()
    assert values["X4"].numerator == pytest.approx(0.681)
    assert values["X4"].value == pytest.approx(0.3405)
    assert values["X4 channel=post"].value == pytest.approx(0.30)                 # of all completed visits
