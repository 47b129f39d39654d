"""The words of replies: `templates/replies/<language>.toml` as tables of phrases, checked when they are read.

A phrase is words; `(a|b c)` is one of these, `(a|b)?` may be left out, `<name>` is one of a list of `[lists]`,
and in `[topics]` `word*` is whatever begins so.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from doorstep.errors import WordsError
from doorstep.replies.cleaning import plain
from doorstep.rollout.load import sentences
from doorstep.rollout.talk_shape import TOPICS
from doorstep.settings import CHECKOUT

KINDS = ("stop", "start", "help", "confirm", "move", "wrong_person", "deceased", "impostor", "complaint", "question", "concern",
         "call_me", "thanks", "unclear")
MOST = 20_000                        # wordings of one phrase
Phrase = tuple[str, ...]
_TOKEN = re.compile(r"\(|\)\??|\||<\w+>\??|[^\s()|<>?]+")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")

    courtesy: list[str] = []         # changes nothing, wherever it stands
    glue: list[str] = []             # stands around a command: "I want to", "can you"
    negations: list[str] = []
    own: list[str] = []              # the writer speaks of somebody of theirs: "my daughter does not live here"
    questions: list[str] = []        # words that begin a question
    questions_last: list[str] = []   # words that end one
    worries: list[str] = []
    ignored: list[str] = []          # not what the words in it would mean: "my phone died"
    dangers: list[str] = []          # nothing else matters: fire, gas, a shock
    lists: dict[str, list[str]] = {}
    whole: dict[str, list[str]]      # "kind" or "kind detail" -> phrases that a clause is made of, and of nothing else
    ending: dict[str, list[str]] = {}    # phrases that end a short clause, whoever it speaks of
    inside: dict[str, list[str]] = {}    # phrases that stand anywhere, for a person to read
    topics: dict[str, list[str]] = {}


@dataclass(frozen=True)
class Words:
    """One language's tables. A meaning is a kind with a detail, both words."""

    whole: Mapping[Phrase, tuple[str, str]]
    ending: Mapping[Phrase, str]
    inside: Mapping[Phrase, str]
    topics: Mapping[Phrase, str]
    beginnings: tuple[tuple[str, str], ...]
    courtesy: frozenset[Phrase]
    glue: frozenset[Phrase]
    ignored: frozenset[Phrase]
    dangers: frozenset[Phrase]
    negations: frozenset[str]
    own: frozenset[str]
    questions: frozenset[str]
    questions_last: frozenset[str]
    worries: frozenset[str]
    longest: int = field(default=12)


@lru_cache(maxsize=4)
def load_words(folder: Path = CHECKOUT / "templates" / "replies") -> Mapping[str, Words]:
    """Every language of a folder. Raises WordsError with every mistake."""
    faults: list[str] = []
    found = {path.stem: words for path in sorted(folder.glob("*.toml")) if (words := _read(path, faults))}
    if not found and not faults:
        faults.append(f"{folder}: there is no file of words; write one like en.toml")
    if faults:
        raise WordsError(faults)
    return found


def _read(path: Path, faults: list[str]) -> Words | None:
    try:
        shape = _Shape.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path}: {error}")
        return None
    except ValidationError as error:
        faults.extend(f"{path}: {sentence}" for sentence in sentences(error))
        return None
    return _Reader(path, shape, faults).words()


class _Reader:
    """Turns one file's phrases into tables, and says what is wrong with them."""

    def __init__(self, path: Path, shape: _Shape, faults: list[str]) -> None:
        self.path, self.shape, self.faults = path, shape, faults

    def words(self) -> Words:
        shape = self.shape
        whole = {phrase: _split(meaning) for phrase, meaning in self._table("whole", shape.whole, KINDS).items()}
        courtesy, glue = self._set("courtesy", shape.courtesy), self._set("glue", shape.glue)
        for phrase in sorted((courtesy | glue) & set(whole)):
            self._fault("whole", " ".join(phrase), "is also courtesy or glue, which changes nothing; write it in one place")
        topics = self._table("topics", {key: [each for each in said if not each.endswith("*")]
                                        for key, said in shape.topics.items()}, TOPICS)
        return Words(
            whole=whole, ending=self._table("ending", shape.ending, KINDS), inside=self._table("inside", shape.inside, KINDS),
            topics=topics, beginnings=tuple(self._beginnings()), courtesy=courtesy, glue=glue,
            ignored=self._set("ignored", shape.ignored), dangers=self._set("dangers", shape.dangers),
            negations=_single(shape.negations), own=_single(shape.own),
            questions=_single(shape.questions),
            questions_last=_single(shape.questions_last), worries=_single(shape.worries),
            longest=max(map(len, [*whole, *courtesy, *glue])))

    def _beginnings(self) -> Iterator[tuple[str, str]]:
        for topic, said in self.shape.topics.items():
            yield from (("".join(plain(each[:-1])), topic) for each in said if each.endswith("*"))

    def _table(self, place: str, said: Mapping[str, list[str]], known: tuple[str, ...]) -> dict[Phrase, str]:
        table: dict[Phrase, str] = {}
        for meaning, phrases in said.items():
            if _split(meaning)[0] not in known:
                self._fault(place, meaning, f"is not known; write one of {', '.join(known)}")
            for phrase in phrases:
                for wording in self._wordings(f"{place}.{meaning}", phrase):
                    if table.setdefault(wording, meaning) != meaning:
                        self._fault(place, " ".join(wording), f"means both {table[wording]} and {meaning}; leave one")
        return table

    def _set(self, place: str, phrases: list[str]) -> frozenset[Phrase]:
        return frozenset(wording for phrase in phrases for wording in self._wordings(place, phrase))

    def _wordings(self, place: str, phrase: str) -> list[Phrase]:
        """Every way to say a phrase, in plain words."""
        try:
            tokens = _TOKEN.findall(phrase)
            if "".join(tokens) != "".join(phrase.split()):
                raise ValueError("has a mark where none can be: what may be left out stands in brackets")
            found = self._alternatives(tokens)
            if tokens:
                raise ValueError('has ")" or "|" too many')
        except ValueError as error:
            self._fault(place, phrase, f"{error}; write it like \"stop (texting|calling) (me)?\"")
            return []
        spoken = set(found)
        if () in spoken:
            self._fault(place, phrase, "may be nothing at all; leave at least one word that must be said")
        return sorted(spoken - {()})

    def _alternatives(self, tokens: list[str]) -> list[Phrase]:
        """What stands until the closing bracket or the end, taken from the front of `tokens`."""
        found: list[Phrase] = []
        line: list[list[Phrase]] = []
        while tokens and not tokens[0].startswith(")"):
            token = tokens.pop(0)
            if token == "|":
                found += _joined(line)
                line = []
            else:
                line.append(self._one(token, tokens))
        return found + _joined(line)

    def _one(self, token: str, tokens: list[str]) -> list[Phrase]:
        if token == "(":
            found = self._alternatives(tokens)
            if not tokens:
                raise ValueError('lacks a ")"')
            token = tokens.pop(0)
        elif token.startswith("<"):
            name = token.strip("<>?")
            if name not in self.shape.lists:
                raise ValueError(f"speaks of the list <{name}>, which is not under [lists]")
            found = [wording for each in self.shape.lists[name] for wording in self._alternatives(_TOKEN.findall(each))]
        else:
            found = [plain(token)]
        return [*found, ()] if token.endswith("?") else found

    def _fault(self, place: str, said: str, what: str) -> None:
        self.faults.append(f'{self.path}: {place}: "{said}" {what}')


def _joined(line: list[list[Phrase]]) -> list[Phrase]:
    count = 1
    for each in line:
        count *= len(each)
    if count > MOST:
        raise ValueError(f"can be said in {count} ways; make it two phrases")
    return [tuple(word for part in wording for word in part) for wording in product(*line)]


def _split(meaning: str) -> tuple[str, str]:
    kind, _, detail = meaning.partition(" ")
    return kind, detail


def _single(words: list[str]) -> frozenset[str]:
    return frozenset("".join(plain(word)) for word in words)
