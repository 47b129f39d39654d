"""A quiz taken becomes a certificate, passed or not; it holds for the script it was taken on and lapses when that changes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from doorstep.errors import UsageError
from doorstep.model import Certificate, Staff, table
from doorstep.rollout import Rollout
from doorstep.staff.quiz import Question
from doorstep.staff.script import Script, Scripts, keep_versions
from doorstep.store import Store, insert_missing

S, C = table(Staff), table(Certificate)


class Marked(NamedTuple):
    """A quiz as marked: per cent, whether that is enough, and what was wrong, by its place from 1."""

    score: int
    passed: bool
    wrong: list[tuple[int, Question]]


class Standing(NamedTuple):
    """A member of staff in service, and how they stand."""

    id: int
    number: str
    name: str
    role: str
    firm: str | None
    language: str
    area: str | None
    email: str | None
    state: str                         # certified | lapsed | failed | never
    score: int | None                  # of the last quiz taken
    at: int | None


def record_quiz(store: Store, rollout: Rollout, number: str, answers: Sequence[int], *, scripts: Scripts, now: int) -> Marked:
    """Mark a quiz and keep the certificate. Raises UsageError for somebody who is on no list, or answers that fit no quiz."""
    with store.write() as connection:
        person = staff_member(connection, rollout, number)
        script = scripts.of(person.role, person.language)
        marked = mark(script, answers, rollout.file.staff.pass_mark)
        keep_versions(connection, scripts, now=now)
        insert_missing(connection, Certificate, [{
            "rollout": rollout.name, "staff_id": person.id, "script": script.version, "score": marked.score,
            "passed": int(marked.passed), "at": now}], ("staff_id", "script", "at"))
    return marked


def mark(script: Script, answers: Sequence[int], pass_mark: int) -> Marked:
    """Hold the answers against the quiz."""
    quiz = script.quiz
    if len(answers) != len(quiz):
        raise UsageError(f"--answers: there are {len(quiz)} questions and {len(answers)} answers; write one number for each, "
                         f"like {','.join('1' for _ in quiz)}")
    for place, (question, answer) in enumerate(zip(quiz, answers, strict=True), 1):
        if not 1 <= answer <= len(question.choices):
            raise UsageError(f"--answers: {answer} is no choice of question {place}; it has 1 to {len(question.choices)}")
    wrong = [(place, question) for place, (question, answer) in enumerate(zip(quiz, answers, strict=True), 1)
             if answer != question.right]
    score = 100 * (len(quiz) - len(wrong)) // len(quiz)       # never rounded up to the pass mark
    return Marked(score, score >= pass_mark, wrong)


def staff_member(connection: Connection, rollout: Rollout, number: str) -> Row[Any]:
    """Someone in service, by the number on the badge. Raises UsageError."""
    row = connection.execute(select(S).where(S.c.rollout == rollout.name, S.c.number == number)).first()
    if row is None or row.left_at is not None:
        said = "is on no staff list" if row is None else "has left"
        raise UsageError(f'"{number}" {said} of {rollout.name}; take the list with `doorstep staff {rollout.name} --file ...`')
    return row


def standings(connection: Connection, rollout: Rollout, scripts: Scripts) -> list[Standing]:
    """Everybody in service, and whether they are certified on the script as it is now."""
    people = connection.execute(select(S).where(S.c.rollout == rollout.name, S.c.left_at.is_(None)).order_by(S.c.number)).all()
    taken: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(select(C).where(C.c.rollout == rollout.name).order_by(C.c.at, C.c.id)):
        taken.setdefault(row.staff_id, []).append(row)
    return [_standing(row, taken.get(row.id, []), scripts.of(row.role, row.language).version) for row in people]


def _standing(row: Row[Any], taken: Sequence[Row[Any]], version: str) -> Standing:
    passed = [each for each in taken if each.passed]
    if any(each.script == version for each in passed):
        state = "certified"
    else:
        state = "lapsed" if passed else "failed" if taken else "never"
    last = taken[-1] if taken else None
    return Standing(row.id, row.number, row.name, row.role, row.firm, row.language, row.area, row.email, state,
                    last.score if last else None, last.at if last else None)
