"""What customers thought of it and what they know: one answer to each question, after every outcome and not only good ones."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from doorstep.conversation.deeds import visit_held, write_down
from doorstep.errors import UsageError
from doorstep.model import Status, SurveyAnswer, table
from doorstep.rollout import Rollout
from doorstep.store import Store

A = table(SurveyAnswer)
YES_NO = range(0, 2)
STARS = range(1, 6)
# Of the seven questions that every customer asks, whether what the quiz says about it is true.
KNOWLEDGE = {"q1": True, "q2": False, "q3": True, "q4": False, "q5": True, "q6": True, "q7": False}
QUESTIONS: dict[str, dict[str, range]] = {
    "before": {"knew_before": YES_NO},
    "after": {"rating": STARS, "on_time": YES_NO, "explained": YES_NO, "recommend": YES_NO, "knew_before": YES_NO,
              "display": YES_NO},
    "knowledge": dict.fromkeys(KNOWLEDGE, YES_NO),
}
_ANY_OUTCOME = ("rating", "recommend", "knew_before")
_VISITED = ("rating", "on_time", "explained", "recommend", "knew_before")
# What can be asked of someone whose visit ended so.
ASKED: dict[str, tuple[str, ...]] = {Status.COMPLETED: _VISITED, Status.ABORTED: _VISITED,
                                     Status.CANCELLED: _ANY_OUTCOME, Status.REFUSED: _ANY_OUTCOME}


def rate(store: Store, rollout: Rollout, visit_id: int, survey: str, answers: Mapping[str, int], channel: str, *,
         now: int) -> int:
    """Keep the answers, each in the place of an earlier one; how many are news. Raises UsageError for what nobody asked."""
    _must_be_asked(survey, answers)
    with store.write() as connection:
        visit = visit_held(connection, rollout, visit_id)
        before = answers_of(connection, visit_id, survey)
        news = {question: value for question, value in answers.items() if before.get(question) != value}
        for question, value in news.items():
            said = {"value": value, "channel": channel, "at": now}
            if question in before:
                connection.execute(update(A).where(A.c.visit_id == visit_id, A.c.survey == survey,
                                                   A.c.question == question).values(**said))
            else:
                connection.execute(insert(A).values(rollout=rollout.name, visit_id=visit_id, customer_id=visit.customer_id,
                                                    survey=survey, question=question, **said))
        if news:
            write_down(connection, visit, "rated", f"{channel} {survey} {_codes(news)}", now=now)
    return len(news)


def answers_of(connection: Connection, visit_id: int, survey: str) -> dict[str, int]:
    """The answers given so far, by question."""
    rows = connection.execute(select(A.c.question, A.c.value).where(A.c.visit_id == visit_id, A.c.survey == survey))
    return {row.question: row.value for row in rows}


def marked(said: Mapping[str, bool]) -> dict[str, int]:
    """The quiz marked: 1 where the customer was right."""
    return {question: int(KNOWLEDGE[question] is answer) for question, answer in said.items()}


def _must_be_asked(survey: str, answers: Mapping[str, int]) -> None:
    questions = QUESTIONS.get(survey)
    if questions is None:
        raise UsageError(f'"{survey}" is no survey; it is one of {", ".join(QUESTIONS)}')
    for question, value in answers.items():
        if question not in questions:
            raise UsageError(f'the survey "{survey}" does not ask "{question}"; it asks {", ".join(questions)}')
        if value not in questions[question]:
            most = questions[question]
            raise UsageError(f'{value} is no answer to "{question}"; answer {most[0]} to {most[-1]}')


def _codes(news: Mapping[str, Any]) -> str:
    return " ".join(f"{question}={value}" for question, value in sorted(news.items()))
