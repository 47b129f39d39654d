"""A briefing as an email: the words of B-00, then the day's page, between lines for staff instead of a customer's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from doorstep.errors import WordsError
from doorstep.facts import Case, Facts
from doorstep.staff.page import Today, as_markdown, page_words
from doorstep.staff.script import BRIEFING, Scripts
from doorstep.words.grammar import names_used
from doorstep.words.layouts import Layouts, read_layouts
from doorstep.words.render import Rendering
from doorstep.words.skeleton import Skeleton
from doorstep.words.source import Words, read_words

# Of nobody and no visit: only what the rollout itself says may be asked for.
_NOBODY = Case(0, "", "", 0, 0, "planned", "")


class Writer:
    """Writes briefings in any language of the rollout; one email for everybody who gets the same wave's in one language."""

    def __init__(self, scripts: Scripts, today: Today) -> None:
        self.scripts, self.today = scripts, today
        faults: list[str] = []
        self._layouts: Layouts = read_layouts(scripts.templates / "layouts", faults)
        if faults:
            raise WordsError(faults)
        self._made: dict[tuple[str, str], Skeleton] = {}

    def page(self, language: str, wave: Row[Any] | None = None) -> str:
        """The day's page as Markdown."""
        words = page_words(self.scripts.templates, self.scripts.chain(language))
        return as_markdown(self.today, words, self.scripts, self._facts(self._spoken(language)), wave=wave)

    def email(self, language: str, wave: Row[Any]) -> Skeleton:
        """The briefing about a wave for those who read this language."""
        key = (language, str(wave.wave))
        if key not in self._made:
            self._made[key] = self._email(language, wave)
        return self._made[key]

    def _email(self, language: str, wave: Row[Any]) -> Skeleton:
        spoken, faults = self._spoken(language), list[str]()
        words = read_words(self._file(spoken), "before", faults)
        body = words.sections["body"]
        whole = replace(body, text=f"{body.text}\n\n{self.page(language, wave)}")
        names_used(whole, faults)
        if faults:
            raise WordsError(faults)
        facts = self._facts(spoken)
        said = page_words(self.scripts.templates, self.scripts.chain(language))
        lines = {"reference": said.for_staff, "about": said.quiz.format(pass_mark=self.scripts.rollout.file.staff.pass_mark),
                 "channel": said.why_you}
        switches = tuple(sorted(names_used(whole, []).switches))
        rendering = _ToStaff(replace(words, sections={**words.sections, "body": whole}), self._layouts, facts,
                             dict(zip(switches, facts.switches(_NOBODY, switches), strict=True)), lines)
        return rendering.skeleton("email")

    def _facts(self, language: str) -> Facts:
        return Facts(self.scripts.rollout, language, self._layouts.phrases_of(language))

    def _spoken(self, language: str) -> str:
        """The first language of the chain in which there is a briefing."""
        chain = self.scripts.chain(language)
        found = next((code for code in chain if self._file(code).is_file()), None)
        if found is None:
            raise WordsError(f"{self._file(chain[-1])}: missing; it is the briefing of staff who read {', '.join(chain)}")
        return found

    def _file(self, language: str) -> Path:
        return self.scripts.templates / "before" / BRIEFING / f"{language}.md"


class _ToStaff(Rendering):
    """A notice whose fixed lines speak to staff."""

    def __init__(self, words: Words, layouts: Layouts, facts: Facts, switches: dict[str, bool | str],
                 lines: dict[str, str]) -> None:
        super().__init__(words, layouts, facts, switches)
        self._own = lines

    def _lines(self) -> dict[str, str]:
        return super()._lines() | {"stop": "", "sms_stop": "", **self._own}
