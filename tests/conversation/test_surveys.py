"""What customers thought of it and what they know: one answer to each question."""


import pytest

from doorstep.conversation.surveys import ASKED, KNOWLEDGE, QUESTIONS, answers_of, marked, rate
from doorstep.errors import UsageError
from doorstep.model import Journal, SurveyAnswer
from tests.making import World

NOW = 1_000_000


def test_answers_are_kept_with_who_when_and_by_which_channel(world: World) -> None:
    visit = world.visit(status="completed")
    assert rate(world.store, world.rollout, visit, "after", {"rating": 5, "recommend": 1}, "page", now=NOW) == 2
    assert {(row.visit_id, row.customer_id, row.survey, row.question, row.value, row.channel, row.at)
            for row in world.all(SurveyAnswer)} == {(visit, 1, "after", "rating", 5, "page", NOW),
                                                      (visit, 1, "after", "recommend", 1, "page", NOW)}
    assert [(row.kind, row.data) for row in world.all(Journal)] == [("rated", "page after rating=5 recommend=1")]


def test_a_later_answer_takes_the_place_of_the_earlier_and_the_same_one_does_nothing(world: World) -> None:
    visit = world.visit(status="aborted")
    news = [rate(world.store, world.rollout, visit, "after", {"rating": said}, "page", now=NOW + said) for said in (2, 2, 4)]
    assert news == [1, 0, 1]
    (row,) = world.all(SurveyAnswer)
    assert (row.value, row.at) == (4, NOW + 4) and len(world.all(Journal)) == 2


@pytest.mark.parametrize(("survey", "answers", "named"), [
    ("weather", {"rating": 1}, "before, after, knowledge"), ("after", {"colour": 1}, 'does not ask "colour"'),
    ("after", {"rating": 0}, "answer 1 to 5"), ("after", {"rating": 6}, "answer 1 to 5"),
    ("after", {"recommend": 2}, "answer 0 to 1"), ("knowledge", {"q8": 1}, "q1, q2")])
def test_what_nobody_asked_is_named_and_not_kept(world: World, survey: str, answers: dict[str, int], named: str) -> None:
    visit = world.visit(status="completed")
    with pytest.raises(UsageError, match=named):
        rate(world.store, world.rollout, visit, survey, answers, "page", now=NOW)
    assert world.all(SurveyAnswer) == []


def test_the_same_question_in_two_surveys_is_two_answers(world: World) -> None:
    visit = world.visit()
    for survey, value in (("before", 0), ("after", 1)):
        rate(world.store, world.rollout, visit, survey, {"knew_before": value}, "page", now=NOW)
    with world.store.read() as connection:
        assert answers_of(connection, visit, "before") == {"knew_before": 0}
        assert answers_of(connection, visit, "after") == {"knew_before": 1}


def test_the_quiz_is_marked_by_what_is_true() -> None:
    assert set(marked(KNOWLEDGE).values()) == {1}
    assert set(marked({question: not true for question, true in KNOWLEDGE.items()}).values()) == {0}
    assert marked({"q2": False}) == {"q2": 1}


def test_every_outcome_is_asked_for_a_rating() -> None:
    assert set(ASKED) == {"completed", "aborted", "cancelled", "refused"}
    assert all("rating" in asked and set(asked) <= set(QUESTIONS["after"]) for asked in ASKED.values())
