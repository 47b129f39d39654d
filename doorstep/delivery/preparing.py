"""From a case to an attempt: the channel, the language, the words' skeleton and the texts that fill it."""

from collections.abc import Callable, Collection, Iterator
from functools import cached_property

from doorstep.delivery.choosing import No, Rules, Standing, Way, decide
from doorstep.delivery.recording import Attempt
from doorstep.facts import Case, Facts
from doorstep.links import Links, page_until
from doorstep.model import OPEN
from doorstep.rollout import PlanRow, Rollout
from doorstep.sms import parts
from doorstep.words import Library
from doorstep.words.render import LINKED

MOST_PARTS = 2
_OF_BEFORE = {"visit.old_day", "visit.old_window", "visit.changed", "visit.day_moved"}


class Preparing:
    """Prepares the notices of one plan row; keeps what is the same for all of them."""

    def __init__(self, library: Library, rollout: Rollout, row: PlanRow, kinds: Collection[str],
                 links: Links | None = None) -> None:
        self.library, self.rollout, self.row, self.links = library, rollout, row, links
        self.kinds = kinds           # the channels that someone carries
        self._best: dict[str, str | None] = {}
        self._speakers: dict[str, Callable[[object], bool]] = {}
        self._channels: dict[tuple[str, str], tuple[Facts, tuple[str, ...]]] = {}

    @cached_property
    def speaks_of_before(self) -> bool:
        """Whether its words say what the customer was told before."""
        used: set[str] = set()
        for language in self.library.languages(self.row.notice):
            for channel in self.row.ladder:
                if self.library.speaks(self.row.notice, language, channel):
                    texts, switches = self.library.names(self.row.notice, language, channel)
                    used.update(texts, switches)
        return bool(used & _OF_BEFORE)

    def prepare(self, rules: Rules, case: Case, standing: Standing, number: int) -> Attempt | No:
        """The attempt to make for this case, or why not. A text message of too many parts leaves it to the next channel."""
        language = self._language(case.language)
        if language is None:
            return No("failed", "no_words")
        speaks = self._speakers[language]
        answer = decide(rules, case, standing, speaks)
        while isinstance(answer, Way):
            for told in self._tellings(case, answer.channel, language, rules.now):
                attempt = self._attempt(told, answer, language, number, standing)
                if attempt.parts is None or attempt.parts <= MOST_PARTS:
                    return attempt
            standing = standing._replace(tried=f"{standing.tried} {answer.channel}".strip())
            answer = decide(rules, case, standing, speaks)
        return answer

    def _tellings(self, case: Case, channel: str, language: str, now: int) -> Iterator[Case]:
        """With a link to the customer's own page, where the words have a place for it; a text message may be too long with it,
        and is then tried without."""
        if self.links and channel in LINKED and "visit.link_known" in self._ready(language, channel)[1]:
            yield case._replace(link=self.links.visit(case.visit_id, page_until(case.day, now)))
            if channel != "sms":
                return
        yield case

    def _attempt(self, case: Case, way: Way, language: str, number: int,
                 standing: Standing) -> Attempt:
        channel = way.channel
        facts, switches = self._ready(language, channel)
        skeleton = self.library.skeleton(self.rollout, self.row.notice, language, channel, facts.switches(case, switches))
        texts = facts.texts(case, skeleton.slots)
        length = parts(skeleton.fill(texts).text) if channel == "sms" else None
        return Attempt(case, number, channel, way.to, language, skeleton, texts, length,
                       "visit.day" in skeleton.slots and case.status in OPEN, standing.tried, until_at=standing.until_at)

    def _ready(self, language: str, channel: str) -> tuple[Facts, tuple[str, ...]]:
        found = self._channels.get((language, channel))
        if found is None:
            names = self.library.names(self.row.notice, language, channel)
            found = self._channels[language, channel] = (self.library.facts(self.rollout, language), names.switches)
        return found

    def _language(self, wanted: str) -> str | None:
        if wanted not in self._best:
            language = self._best[wanted] = self.library.best(self.row.notice, self.rollout.chain(wanted))
            if language:
                self._speakers[language] = frozenset(
                    channel for channel in self.row.ladder if channel in self.kinds
                    and self.library.speaks(self.row.notice, language, channel)).__contains__
        return self._best[wanted]
