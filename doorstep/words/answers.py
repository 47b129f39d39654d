"""The answers to what customers ask: templates/answers/<language>.md, read once, every slip named with file and line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from doorstep.errors import WordsError
from doorstep.facts.answer import CONCERNS, IMPOSTOR, QUESTIONS, Answer
from doorstep.facts.clean import is_rtl
from doorstep.facts.facts import constants_of, rollout_switches
from doorstep.facts.names import CONSTANTS
from doorstep.rollout import Rollout
from doorstep.words import markdown
from doorstep.words.dress import dress_one
from doorstep.words.grammar import names_used, template
from doorstep.words.marks import all_switches_off, context, cut
from doorstep.words.source import Section

KNOWN = (*QUESTIONS, *CONCERNS, IMPOSTOR)
HEADS = ("Short", "Source", "Owner", "Reviewed")
NEVER = "never"                # a translation that nobody who speaks the language has read yet
_HEADING = re.compile(r"## ([a-z_]+): (\S.*)")
_HEAD = re.compile(r"([A-Z][a-z]+): (\S.*)")


@dataclass
class Entry:
    """One answer as it is written, by its parts: Question, the HEADS and Text."""

    topic: str
    line: int
    parts: dict[str, Section] = field(default_factory=dict)


class Answers:
    """All answers in all languages. Make it with `Answers.load`."""

    def __init__(self, folder: Path, entries: dict[str, dict[str, Entry]]) -> None:
        self.folder = folder
        self._entries = entries               # by language, then topic
        self._said: dict[tuple[str, str, str], tuple[Rollout, Answer]] = {}

    @classmethod
    def load(cls, templates: Path) -> "Answers":
        """Read templates/answers. Raises WordsError with every fault found."""
        faults: list[str] = []
        answers = cls.read(templates / "answers", faults)
        if faults:
            raise WordsError(faults)
        return answers

    @classmethod
    def read(cls, folder: Path, faults: list[str]) -> "Answers":
        """The same, adding what is wrong to `faults`."""
        return cls(folder, {path.stem: _entries(path, faults) for path in sorted(folder.glob("*.md"))})

    def languages(self) -> list[str]:
        """The languages that have answers."""
        return list(self._entries)

    def topics(self, language: str) -> list[str]:
        """The questions and topics that are answered in this language, in the order of its file."""
        return list(self._entries.get(language) or self._entries.get(language.split("_")[0], {}))

    def read_by_somebody(self, topic: str, language: str) -> bool:
        """Whether somebody who speaks the language has read this answer."""
        found = self.answer(topic, [language])
        return found is not None and bool(found.reviewed)

    def answer(self, topic: str, languages: Sequence[str], rollout: Rollout | None = None) -> Answer | None:
        """The answer in the first of the languages that has one, else in English; None for a topic without.

        With the rollout its own names, numbers and rules stand in it; without, the words as they are written.
        """
        for wanted in (*languages, "en"):
            for language in dict.fromkeys((wanted, wanted.split("_")[0])):
                if topic in self._entries.get(language, {}):
                    return self._answer(topic, language, rollout)
        return None

    def _answer(self, topic: str, language: str, rollout: Rollout | None) -> Answer:
        entry = self._entries[language][topic]
        if rollout is None:
            parts = {name: section.text for name, section in entry.parts.items()}
            return _made(topic, language, parts, parts["Text"], "")
        key = (rollout.name, topic, language)
        if key not in self._said or self._said[key][0] is not rollout:       # one that was read again may say other things
            self._said[key] = (rollout, _filled(entry, language, rollout))
        return self._said[key][1]


def _made(topic: str, language: str, parts: dict[str, str], text: str, html: str) -> Answer:
    reviewed = "" if parts["Reviewed"] == NEVER else parts["Reviewed"]
    return Answer(topic, parts["Question"], parts["Short"], text, parts["Source"], parts["Owner"], reviewed, language, html)


def _filled(entry: Entry, language: str, rollout: Rollout) -> Answer:
    constants, rtl = constants_of(rollout, language), is_rtl(language)
    marks = context(all_switches_off() | rollout_switches(rollout))
    rendered = {name: template(section.text).render(marks) for name, section in entry.parts.items()}

    def said(text: str, dress: str) -> str:
        return cut(text, constants, lambda _, constant: dress_one(dress, constant, rtl=rtl))[0][0]

    tokens = markdown.parse(rendered["Text"])
    parts = {name: " ".join(said(text, "is").split()) for name, text in rendered.items()}
    return _made(entry.topic, language, parts, said(markdown.text(tokens), "is"), said(markdown.html(tokens, rtl=rtl), "html"))


def _entries(path: Path, faults: list[str]) -> dict[str, Entry]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        faults.append(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8")
        return {}
    starts = [number for number, line in enumerate(lines) if line.startswith("## ")]
    entries: dict[str, Entry] = {}
    for start, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        entry = _entry(path, start + 1, lines[start:end], faults)
        if entry and entry.topic in entries:
            faults.append(f"{path}: line {start + 1}: {entry.topic} stands twice; the first is at line "
                          f"{entries[entry.topic].line}")
        elif entry:
            entries[entry.topic] = entry
    if not starts:
        faults.append(f'{path}: line 1: no answers; each begins with a line like "## health: Is it harmful?"')
    return entries


def _entry(path: Path, line: int, lines: list[str], faults: list[str]) -> Entry | None:
    heading = _HEADING.fullmatch(lines[0].strip())
    if not heading or heading[1] not in KNOWN:
        faults.append(f'{path}: line {line}: "{lines[0]}" names no topic; write "## topic: the question", of '
                      f"{', '.join(KNOWN)}")
        return None
    entry = Entry(heading[1], line, {"Question": Section(path, line, heading[2])})
    body = _heads(entry, path, lines, faults)
    entry.parts["Text"] = Section(path, line + body, "\n".join(lines[body:]).rstrip())
    before = len(faults)
    _check(entry, path, faults)
    return entry if len(faults) == before else None


def _heads(entry: Entry, path: Path, lines: list[str], faults: list[str]) -> int:
    """Take the lines under the heading up to the blank one; returns how many lines come before the text."""
    for number, line in enumerate(lines[1:], 1):
        if not line.strip():
            return number + 1
        found = _HEAD.fullmatch(line.strip())
        if not found or found[1] not in HEADS or found[1] in entry.parts:
            faults.append(f'{path}: line {entry.line + number}: "{line[:40]}" is none of {", ".join(HEADS)}, each once; the '
                          "text comes after a blank line")
            return number
        entry.parts[found[1]] = Section(path, entry.line + number, found[2])
    return len(lines)


def _check(entry: Entry, path: Path, faults: list[str]) -> None:
    place = f"{path}: line {entry.line}: {entry.topic}"
    faults.extend(f'{place}: no {name}; write "{name}: ..." under the heading' for name in HEADS if name not in entry.parts)
    if not entry.parts["Text"].text.strip():
        faults.append(f"{place}: no text; write a paragraph after a blank line")
    if "Reviewed" in entry.parts and entry.parts["Reviewed"].text != NEVER and not _is_day(entry.parts["Reviewed"].text):
        faults.append(f'{entry.parts["Reviewed"].place()}: "{entry.parts["Reviewed"].text}" is not a date; write one like '
                      f"2027-01-31, or {NEVER}")
    for section in entry.parts.values():
        used = names_used(section, faults)
        faults.extend(f"{section.place()}: {{{{ {name} }}}} differs from customer to customer; an answer may use "
                      f"{', '.join(CONSTANTS)}" for name in sorted(used.texts - set(CONSTANTS)))
        faults.extend(f"{section.place()}: {name} differs from customer to customer; an answer may ask only for rollout.*"
                      for name in sorted(used.switches) if not name.startswith("rollout."))


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
