"""What customers said when they were asked, of every outcome, as of any day."""

from typing import Any

import pytest

from tests.kpis.talk import says
from tests.kpis.world import World, at

NOW = "2027-04-01 02:00"


def test_ratings_of_four_and_five_are_good_whatever_came_of_the_visit(world: World) -> None:
    for rating in (5, 4, 3):
        says(world, world.done(), rating=rating)
    says(world, world.visit(status="aborted", outcome_at=at("2027-03-09 10:00")), rating=1, channel="sms")
    says(world, world.done(wave="W02"), rating=1, when="2027-04-02")
    found = {name: (value.numerator, value.denominator) for name, value in world.kpis(NOW).items() if name.startswith("A1 ")
             or name == "A1"}
    assert found == {"A1": (2, 4), "A1 channel=page": (2, 3), "A1 channel=sms": (0, 1), "A1 language=en": (2, 4),
                     "A1 outcome=aborted": (0, 1), "A1 outcome=completed": (2, 3), "A1 wave=W01": (2, 4)}


def test_who_would_recommend_it(world: World) -> None:
    for yes in (1, 1, 0):
        says(world, world.done(), recommend=yes, rating=3)
    assert world.counts("A3", NOW) == (2, 3)


def test_who_was_asked_before_the_visit_and_after_it_counts_once_by_the_first(world: World) -> None:
    twice = world.done(since=0)
    says(world, twice, "2027-03-01 10:00", survey="before", knew_before=0)
    says(world, twice, knew_before=1)
    says(world, world.done(), knew_before=1)
    assert world.counts("B12", NOW) == (1, 2)
    assert world.counts("B12", "2027-03-05") == (0, 1)


def test_the_response_is_of_invitations_that_arrived(world: World) -> None:
    def invited(name: str = "how-did-it-go", heard: str | None = "2027-03-10 10:01", **row: Any) -> int:
        visit = world.done()
        world.notice(visit, name, sent="2027-03-10 10:00", heard=heard, told=None, occasion="c", **row)
        return visit

    says(world, invited(), rating=5, on_time=1)
    says(world, invited(channel="sms"), rating=1)
    says(world, invited("how-did-we-do"), rating=2, when="2027-04-02")             # later than asked for
    says(world, invited(heard=None, state="bounced", bounced_at=at("2027-03-10 10:02")), rating=5)
    says(world, invited(), recommend=1)                                            # answered, but not how it went
    says(world, invited(), rating=4, when="2027-03-10 09:00")                      # before the invitation came
    says(world, world.done(), rating=4)                                            # uninvited
    assert world.counts("A2", NOW) == (2, 5)
    assert world.counts("A2 channel=sms", NOW) == (1, 1)
    assert world.counts("A2", "2027-04-03") == (3, 5)


@pytest.mark.parametrize(("answers", "counts"), [
    ([{"q1": 1, "q2": 0}], (1, 2)), ([{f"q{n}": 1 for n in range(1, 8)}, {"q1": 0, "q7": 1}], (8, 9)), ([], (0, 0))])
def test_knowledge_is_the_share_of_right_answers(world: World, answers: list[dict[str, int]], counts: tuple[int, int]) -> None:
    for each in answers:
        says(world, world.done(), "2027-03-10 12:00", survey="knowledge", channel="page", **each)
    says(world, world.done(), survey="after", rating=5)
    value = world.kpis(NOW)["A15"]
    assert (value.numerator, value.denominator) == counts
    assert value.unit == "%" and value.direction == "watch"


def test_each_question_of_the_quiz_has_its_share_of_all_answers(world: World) -> None:
    says(world, world.done(), survey="knowledge", q1=1, q2=0)
    says(world, world.done(), survey="knowledge", q1=1, q2=1)
    values = world.kpis(NOW)
    assert values["A15 question=q1"].value == 50 and values["A15 question=q2"].value == 25
