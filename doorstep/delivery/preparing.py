"""From a case to an attempt: the channel, the language, the words' skeleton and the texts that fill it."""

from functools import partial

from doorstep.delivery.choosing import No, Rules, Standing, Stops, Way, decide
from doorstep.delivery.recording import Attempt
from doorstep.facts import Case, Facts
from doorstep.rollout import PlanRow, Rollout
from doorstep.sms import parts
from doorstep.words import Library

MOST_PARTS = 2
_BEFORE = {"visit.old_day", "visit.old_window", "visit.changed", "visit.day_moved"}


class Preparing:
    """Prepares the notices of one plan row; keeps what is the same for all of them."""

    def __init__(self, library: Library, rollout: Rollout, row: PlanRow) -> None:
        self.library, self.rollout, self.row = library, rollout, row
        self.facts: dict[str, Facts] = {}
        self.best: dict[str, str | None] = {}
        self.used: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]] | None] = {}
        self.speaks_of_before = any(
            _BEFORE & {name for names in library.names(row.notice, language, channel) or () for name in names}
            for language in library.languages(row.notice) for channel in row.ladder)

    def prepare(self, rules: Rules, case: Case, standing: Standing, stops: Stops, number: int) -> Attempt | No:
        """The attempt to make for this case, or why not."""
        language = self._language(case.language)
        if language is None:
            return No("failed", "no_words")
        answer = decide(rules, case, standing, stops, partial(self._speaks, language))
        while isinstance(answer, Way):
            attempt = self._attempt(case, answer, language, number, standing.tried)
            if attempt.parts is None or attempt.parts <= MOST_PARTS:
                return attempt
            standing = standing._replace(tried=f"{standing.tried} {answer.channel}".strip())
            answer = decide(rules, case, standing, stops, partial(self._speaks, language))
        return answer

    def _attempt(self, case: Case, way: Way, language: str, number: int, tried: str) -> Attempt:
        _, switch_names = self._names(language, way.channel) or ((), ())
        facts = self._facts(language)
        skeleton = self.library.skeleton(self.rollout, self.row.notice, language, way.channel,
                                         facts.switches(case, switch_names))
        texts = facts.texts(case, skeleton.slots)
        length = parts(skeleton.fill(texts).text) if way.channel == "sms" else None
        return Attempt(case, number, way.channel, way.to, language, skeleton, texts, length,
                       "visit.day" in skeleton.slots, tried)

    def _language(self, wanted: str) -> str | None:
        if wanted not in self.best:
            self.best[wanted] = self.library.best(self.row.notice, self.rollout.chain(wanted))
        return self.best[wanted]

    def _names(self, language: str, channel: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        key = (language, channel)
        if key not in self.used:
            self.used[key] = self.library.names(self.row.notice, language, channel)
        return self.used[key]

    def _speaks(self, language: str, channel: str) -> bool:
        return self._names(language, channel) is not None

    def _facts(self, language: str) -> Facts:
        if language not in self.facts:
            self.facts[language] = self.library.facts(self.rollout, language)
        return self.facts[language]
