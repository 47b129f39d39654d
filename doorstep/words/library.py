"""The library of words: every notice in every language, read once, checked whole, and rendered as asked."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from babel import Locale, UnknownLocaleError

from doorstep.errors import WordsError
from doorstep.facts import Facts, Phrases
from doorstep.rollout import Rollout
from doorstep.words.answers import Answers
from doorstep.words.grammar import Used, names_used
from doorstep.words.layouts import Layouts, read_layouts
from doorstep.words.render import SECTIONS, Rendering
from doorstep.words.skeleton import Skeleton
from doorstep.words.source import Section, Words, read_words

PHASES = ("before", "during", "after")
# A gap in a link's address could make it lead anywhere; our own signed address is a whole one, and may.
_GAP_IN_LINK = re.compile(r"\]\((?!\{\{ visit\.link \}\}\))[^)]*\{\{|<[a-z]+:[^>]*\{\{")
_LAID_OUT = ("email", "post")           # channels whose layout adds fixed lines


class Names(NamedTuple):
    """The names that one notice uses in one language on one channel, sorted."""

    texts: tuple[str, ...]
    switches: tuple[str, ...]


class _Shelf:
    """What has been rendered for one rollout."""

    def __init__(self, rollout: Rollout) -> None:
        self.rollout = rollout
        self.facts: dict[str, Facts] = {}
        self.skeletons: dict[tuple[str, str, str, tuple[bool | str, ...]], Skeleton] = {}


class Library:
    """All words under one templates folder. Make it with `Library.load`."""

    def __init__(self, folder: Path, words: dict[str, dict[str, Words]], used: dict[Path, dict[str, Used]],
                 layouts: Layouts, answers: Answers) -> None:
        self.folder = folder
        self.answers = answers
        self._words = words
        self._used = used
        self._layouts = layouts
        self._shelves: dict[str, _Shelf] = {}
        self._names: dict[tuple[str, str, str], Names] = {}

    @classmethod
    def load(cls, templates: Path, layouts: Path | None = None) -> "Library":
        """Read every notice in every language. Raises WordsError with every fault found."""
        faults: list[str] = []
        page = read_layouts(layouts or templates / "layouts", faults)
        answers = Answers.read(templates / "answers", faults)
        words: dict[str, dict[str, Words]] = {}
        used: dict[Path, dict[str, Used]] = {}
        for phase in PHASES:
            for path in sorted((templates / phase).glob("*/*.md")):
                read = read_words(path, phase, faults)
                _shelve(words, read, faults)
                used[path] = {name: _checked(name, section, faults) for name, section in read.sections.items()}
        if not words:
            faults.append(f"{templates}: no words; a notice is <phase>/<notice>/<language>.md")
        if faults:
            raise WordsError(faults)
        return cls(templates, words, used, page, answers)

    def notices(self) -> list[str]:
        """The notices that have words, by name."""
        return sorted(self._words)

    def languages(self, notice: str) -> list[str]:
        """The languages a notice is written in; none for a notice that is not there."""
        return sorted(self._words.get(notice, ()))

    def words(self, notice: str, language: str) -> Words:
        """The words of a notice in a language. Raises WordsError for what is not there."""
        try:
            return self._words[notice][language]
        except KeyError:
            known = ", ".join(self.languages(notice)) or "none"
            raise WordsError(f'there are no words for "{notice}" in "{language}"; its languages are: {known}') from None

    def speaks(self, notice: str, language: str, channel: str) -> bool:
        """Whether the notice has something to say on this channel in this language."""
        words = self._words.get(notice, {}).get(language)
        return words is not None and any(section in words.sections for section in SECTIONS[channel])

    def best(self, notice: str, chain: Sequence[str], channel: str | None = None) -> str | None:
        """The first language of the chain that the notice is written in (and speaks on the channel), or None."""
        for wanted in chain:
            for language in (wanted, wanted.split("_")[0]):
                if language in self._words.get(notice, ()) and (channel is None or self.speaks(notice, language, channel)):
                    return language
        return None

    def names(self, notice: str, language: str, channel: str) -> Names:
        """The names used, layouts included. A skeleton's own `slots` may be fewer: they depend on its switches."""
        key = (notice, language, channel)
        found = self._names.get(key)
        if found is None:
            found = self._names[key] = self._collect(*key)
        return found

    def facts(self, rollout: Rollout, language: str) -> Facts:
        """What says facts in this language for this rollout."""
        shelf = self._shelf(rollout)
        if language not in shelf.facts:
            shelf.facts[language] = Facts(rollout, language, self.phrases(language),
                                          lambda topic: self.answers.answer(topic, rollout.chain(language), rollout))
        return shelf.facts[language]

    def phrases(self, language: str) -> Phrases:
        """How a language says days, times and meters."""
        return self._layouts.phrases_of(language)

    def has_lines(self, language: str) -> bool:
        """Whether the language has a file of its own in layouts/."""
        return self._layouts.speaks(language)

    def skeleton(self, rollout: Rollout, notice: str, language: str, channel: str,
                 switches: tuple[bool | str, ...]) -> Skeleton:
        """The words with gaps; `switches` stand in the order of `names(...).switches`. Rendered once, then kept."""
        shelf = self._shelf(rollout)
        key = (notice, language, channel, switches)
        found = shelf.skeletons.get(key)
        if found is None:
            named: Mapping[str, bool | str] = dict(zip(self.names(*key[:3]).switches, switches, strict=True))
            rendering = Rendering(self.words(notice, language), self._layouts, self.facts(rollout, language), named)
            found = shelf.skeletons[key] = rendering.skeleton(channel)
        return found

    def _shelf(self, rollout: Rollout) -> _Shelf:
        shelf = self._shelves.get(rollout.name)
        if shelf is None or shelf.rollout is not rollout:      # a rollout that was read again may say other things
            shelf = self._shelves[rollout.name] = _Shelf(rollout)
        return shelf

    def _collect(self, notice: str, language: str, channel: str) -> Names:
        words = self.words(notice, language)
        sections = SECTIONS[channel] + (() if channel in ("sms", "voice") else ("subject",))
        used = [each for name, each in self._used[words.path].items() if name in sections]
        used += [self._layouts.used_by(language)] if channel in _LAID_OUT else []
        return Names(*(tuple(sorted(frozenset().union(*kind))) for kind in zip(*used, strict=True)))


def _shelve(words: dict[str, dict[str, Words]], read: Words, faults: list[str]) -> None:
    try:
        Locale.parse(read.language)
    except (UnknownLocaleError, ValueError):
        faults.append(f'{read.path}: "{read.language}" is not a language; name the file en.md, ar.md, sw.md ...')
        return
    others = words.setdefault(read.notice, {})
    first = next(iter(others.values()), read)
    if first.phase != read.phase:
        faults.append(f"{read.path}: {read.notice} has words in {first.phase}/ too; a notice belongs to one phase")
    others[read.language] = read


def _checked(name: str, section: Section, faults: list[str]) -> Used:
    """The names of a section; a body is also searched for gaps inside links' addresses."""
    used = names_used(section, faults)
    if name == "body":
        for number, line in enumerate(section.text.splitlines(), 1):
            if _GAP_IN_LINK.search(line):
                faults.append(f"{section.place(number)}: a link's address cannot hold {{{{ }}}}; "
                              "write the text without a link, or the customer's own page as [...]({{ visit.link }})")
    return used
