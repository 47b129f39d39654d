"""What someone in a role must be able to say: briefing, answers and quiz. When any of it changes, so does its version.

Which version holds stands in the journal, so that "certified" can be told as of any day.
"""

import json
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

from doorstep.conversation.answers import Answer, Answers
from doorstep.model import Journal, Staff, table
from doorstep.rollout import Rollout
from doorstep.staff.quiz import Question, Quizzes

BRIEFING = "ambassador-briefing"       # B-00 of the plan
LAST_RESORT = "en"
S, J = table(Staff), table(Journal)


class Script(NamedTuple):
    """What a role is to know in a language. `version` is a digest: equal versions say the same."""

    role: str
    language: str                      # the one that the staff member reads; the words may be in another of the chain
    quiz: list[Question]
    version: str


class Scripts:
    """The scripts of a rollout, made from templates/."""

    def __init__(self, templates: Path, rollout: Rollout) -> None:
        self.templates, self.rollout = templates, rollout
        self._made: dict[tuple[str, str], Script] = {}

    @cached_property
    def answers(self) -> Answers:
        """The answers to what customers ask."""
        return Answers.load(self.templates)

    @cached_property
    def quizzes(self) -> Quizzes:
        """The quizzes."""
        return Quizzes(self.templates)

    def of(self, role: str, language: str) -> Script:
        """The script of a role for someone who reads this language."""
        key = (role, language)
        if key not in self._made:
            quiz = self.quizzes.of(role, self.chain(language))
            self._made[key] = Script(role, language, quiz, self._version(language, quiz))
        return self._made[key]

    def chain(self, language: str) -> Sequence[str]:
        """The languages to try for someone who reads this one."""
        return tuple(dict.fromkeys((*self.rollout.chain(language), LAST_RESORT)))

    def _version(self, language: str, quiz: Sequence[Question]) -> str:
        chain, file = self.chain(language), self.rollout.file
        said = {"briefing": self._briefing(chain), "answers": self._said(chain), "quiz": [each.model_dump() for each in quiz],
                "rules": [file.refusal_allowed, file.refusal_fee]}         # which the briefing speaks of
        return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]

    def _briefing(self, chain: Sequence[str]) -> str:
        folder = self.templates / "before" / BRIEFING
        found = next((path for code in chain if (path := folder / f"{code}.md").is_file()), None)
        return found.read_text("utf-8") if found else ""

    def _said(self, chain: Sequence[str]) -> list[list[str]]:
        """The answers' words: who owns them and when they were reviewed changes nothing that staff must say."""
        topics = sorted({topic for code in chain for topic in self.answers.topics(code)})
        found = [self.answer(topic, chain) for topic in topics]
        return [[each.topic, each.question, each.short, each.text, each.source] for each in found if each]

    def answer(self, topic: str, chain: Sequence[str]) -> Answer | None:
        """What to say of a topic, with the rollout's own names and rules in it; None where there is no answer."""
        return self.answers.answer(topic, chain, self.rollout)


def keep_versions(connection: Connection, scripts: Scripts, *, now: int) -> int:
    """Write into the journal which versions hold from now on, for every role and language on the lists; how many are new.

    A journal row: kind "script", ref "<role>.<language>", data the version.
    """
    name = scripts.rollout.name
    pairs = connection.execute(select(S.c.role, S.c.language).where(S.c.rollout == name).distinct().order_by(
        S.c.role, S.c.language)).all()
    held = versions(connection, name)
    news = [{"at": now, "rollout": name, "kind": "script", "ref": f"{role}.{language}", "data": version}
            for role, language in pairs if held.get(f"{role}.{language}") != (version := scripts.of(role, language).version)]
    if news:
        connection.execute(insert(J), news)
    return len(news)


def versions(connection: Connection, rollout: str) -> dict[str, str]:
    """The versions that hold, by "<role>.<language>"."""
    newest = select(func.max(J.c.id)).where(J.c.rollout == rollout, J.c.kind == "script").group_by(J.c.ref)
    return dict(connection.execute(select(J.c.ref, J.c.data).where(J.c.id.in_(newest))).tuples().all())
