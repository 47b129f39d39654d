"""What stands around a notice's words: the email page, the letter's sheet, and the fixed lines of each language."""

import json
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import StrictUndefined, Template, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from pydantic import ValidationError

from doorstep.facts import Phrases
from doorstep.facts.clean import is_rtl
from doorstep.facts.phrases import Clock
from doorstep.rollout.load import sentences
from doorstep.words.grammar import Used, names_used, template
from doorstep.words.marks import context
from doorstep.words.source import Section

FIRST = "en"                    # the language whose fixed lines stand in for a language that has none yet
_PAGES = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
_TEXTS = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
# Nothing is ever fetched while a page is made: a style sheet's address in a template would be a call to a stranger.
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
_NAMES = ("about", "reference", "identity", "contact", "channel", "stop", "sms_stop")


@dataclass(frozen=True)
class Layouts:
    """The layouts folder, read once."""

    page: str                        # email.html
    plain: str                       # email.txt
    sheet: str                       # letter.typ
    phrases: dict[str, Phrases]
    used: dict[str, Used]            # language -> the names its fixed lines use

    def speaks(self, language: str) -> bool:
        """Whether the language has fixed lines of its own."""
        return language in self.phrases or language.split("_")[0] in self.phrases

    def phrases_of(self, language: str) -> Phrases:
        """How the language says things; one without a file gets plain numbers and the first language's lines."""
        known = self.phrases.get(language) or self.phrases.get(language.split("_")[0])
        return known or self.phrases[FIRST].model_copy(update={
            "day": {}, "clock": Clock(hours=24),
            "window": self.phrases[FIRST].window.model_copy(update={"span": "{start}-{end}", "all_day": "{start}-{end}"})})

    def used_by(self, language: str) -> Used:
        """The names that the language's fixed lines use."""
        return self.used.get(language) or self.used.get(language.split("_")[0]) or self.used[FIRST]

    def lines(self, language: str, switches: dict[str, bool | str]) -> dict[str, str]:
        """The fixed lines with marks for texts."""
        raw = self.phrases_of(language).lines.model_dump()
        marks = context(switches)
        return {name: template(raw[name]).render(marks) for name in _NAMES}

    def email_page(self, *, language: str, body: str, **parts: Any) -> str:
        """The whole HTML page, styles put on each element."""
        rtl = is_rtl(language)
        page = _compiled(_PAGES, self.page).render(
            language=language.replace("_", "-"), direction="rtl" if rtl else "ltr", start="right" if rtl else "left",
            end="left" if rtl else "right", rtl=rtl, body=Markup(body), **parts)
        return str(_INLINER.inline(page))

    def email_text(self, **parts: Any) -> str:
        """The plain text that goes with the page."""
        return _compiled(_TEXTS, self.plain).render(**parts).strip() + "\n"


@lru_cache(maxsize=32)
def _compiled(environment: ImmutableSandboxedEnvironment, source: str) -> Template:
    return environment.from_string(source)


def letter_data(**parts: Any) -> str:
    """A letter's data, as its sheet reads it."""
    return json.dumps(parts, ensure_ascii=False, sort_keys=True)


def read_layouts(folder: Path, faults: list[str]) -> Layouts:
    """Read templates/layouts/, adding what is wrong to `faults`."""
    phrases: dict[str, Phrases] = {}
    used: dict[str, Used] = {}
    for path in sorted(folder.glob("*.toml")):
        read = _read_phrases(path, faults)
        if read:
            phrases[path.stem] = read
            used[path.stem] = _lines_used(path, read, faults)
    if FIRST not in phrases:
        faults.append(f"{folder / (FIRST + '.toml')}: missing or wrong; every other language falls back to it")
    page, plain, sheet = (_read(folder / name, faults) for name in ("email.html", "email.txt", "letter.typ"))
    for name, environment, source in (("email.html", _PAGES, page), ("email.txt", _TEXTS, plain)):
        try:
            environment.parse(source)
        except TemplateSyntaxError as error:
            faults.append(f"{folder / name}: line {error.lineno}: {error.message}")
    return Layouts(page, plain, sheet, phrases, used)


def _read(path: Path, faults: list[str]) -> str:
    if path.is_file():
        return path.read_text("utf-8")
    faults.append(f"{path}: missing; it is the layout of every message of its kind")
    return ""


def _read_phrases(path: Path, faults: list[str]) -> Phrases | None:
    try:
        return Phrases.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        faults.extend(f"{path}: {sentence}" for sentence in sentences(error))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path}: not TOML: {error}")
    return None


def _lines_used(path: Path, phrases: Phrases, faults: list[str]) -> Used:
    found: list[Used] = []
    for name, line in phrases.lines.model_dump().items():
        slips: list[str] = []
        found.append(names_used(Section(path, 1, line), slips))
        faults.extend(f"{path}: lines.{name}: {slip.split(': ', 2)[-1]}" for slip in slips)
    return Used(frozenset().union(*(each.texts for each in found)), frozenset().union(*(each.switches for each in found)))
