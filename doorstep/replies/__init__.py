"""What a customer's words mean: stop, start, help, confirm, move, wrong person, a question, a concern, or for a person to read.

The rule. A command is the whole message or it is no command. The message is first freed of what the customer did not write
(the message it answers, signatures), of letter forms and signs, and of what changes nothing ("please", "thanks", "I want
to"). If then every clause of it is one of the wordings of one meaning, it has that meaning. One word too many and a person
reads it: "don't stop", "can you stop by after 5?" and "stop the visit" stop nothing, for a wrong stop is a safety notice that
is lost on that channel. A request to stop in other words is not lost: it waits for a person as everything unclear does, which
is days before the law's ten working days are over (47 CFR 64.1200(a)(10); its own words stop, quit, end, revoke, opt out,
cancel and unsubscribe, and their misspellings, always stop).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from doorstep.replies.cleaning import Clean, clean
from doorstep.replies.phrases import KINDS, Phrase, Words, load_words

__all__ = ["KINDS", "Meaning", "Words", "judge", "load_words"]

COMMAND = 18                         # words of a clause; nobody says more to confirm or to stop
TALK = 600                           # words looked through for what a message is about
DIGITS: Mapping[Phrase, tuple[str, str]] = {("1",): ("confirm", "1"), ("2",): ("move", "2"), **{
    (digit,): ("unclear", digit) for digit in "03456789"}}
YES, NO = ("confirm", "yes"), ("unclear", "no")
# Beside these a bare yes or no says nothing of its own: "No, wrong number", "OK, stop".
_LED_BY_YES = ("stop", "start", "help", "move", "wrong_person", "call_me", "confirm")
_LED_BY_NO = ("stop", "move", "wrong_person", "call_me")
# Of what stands inside a message, what counts most.
_FIRST = ("deceased", "impostor", "wrong_person", "complaint", "call_me", "move")
# Of topics that are spoken of equally, the one that may not wait.
_URGENCY = ("safety", "scam", "disconnection", "power_off", "health", "hacking", "privacy", "accuracy", "forced", "cost")


class Meaning(NamedTuple):
    """What was meant; `topic` for a question or a concern, one of TOPICS.

    `detail` narrows it: the digit that was sent; "yes" or "no"; of a stop "calls" (by whatever way) or "cancel" (the bare
    word, which may also mean the visit); of a wrong person "doubt" (for a person to decide).
    """

    kind: str
    topic: str = "other"
    detail: str = ""


def judge(text: str, *, language: str | None = None, words: Mapping[str, Words] | None = None) -> Meaning:
    """What `text` means. Every language is understood; `language`, the customer's own, comes first where two differ."""
    known = words or load_words()
    order = [known[code] for code in sorted(known, key=lambda code: (code != language, code != "en", code))]
    said = clean(text)
    meant = _command(said, order) if said.whole else None
    return meant or _talk(said, order)


def _command(said: Clean, order: Sequence[Words]) -> Meaning | None:
    """The one thing that every clause says, or None."""
    meanings: list[tuple[str, str]] = []
    for clause in said.clauses:
        meant = _clause(clause, order) or _ending(clause, order)
        if meant is None:
            return None
        meanings.append(meant)
    spoken = [each for each in meanings if each[0] != "thanks"]
    if not spoken:
        return Meaning("thanks") if meanings else None
    kinds = {kind for kind, _ in _without_answers(spoken)}
    if kinds == {"wrong_person", "stop"}:
        kinds = {"wrong_person"}
    if kinds == {"move", "call_me"}:
        kinds = {"move"}
    if len(kinds) > 1:
        return None
    (kind,) = kinds
    return Meaning(kind, detail=_detail([detail for each, detail in spoken if each == kind]))


def _without_answers(spoken: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The meanings without a yes or no that only leads to them."""
    rest = [each for each in spoken if each not in (YES, NO)]
    led = {YES: _LED_BY_YES, NO: _LED_BY_NO}
    alone = [each for each in spoken if each in led and not (rest and all(kind in led[each] for kind, _ in rest))]
    return rest + alone


def _detail(details: list[str]) -> str:
    """What all say, and for stops whatever reaches furthest; a digit beside words stays."""
    if "calls" in details:
        return "calls"
    return details[0] if len(set(details)) == 1 else next((each for each in details if each.isdigit()), "")


def _clause(clause: Phrase, order: Sequence[Words]) -> tuple[str, str] | None:
    """What a clause means that is made of wordings of one meaning and of courtesy; None where a word is left over."""
    size = len(clause)
    if size > COMMAND:
        return None
    spans = {(start, end): meaning for start in range(size) for end in range(start + 1, min(size, start + 12) + 1)
             if (meaning := _wording(clause[start:end], order))}
    kinds = dict.fromkeys(kind for kind, _ in spans.values() if kind not in ("", "thanks"))
    fits = [(parts, kind, detail) for kind in kinds if (found := _cover(size, spans, kind)) for parts, detail in [found]]
    if fits:
        _, kind, detail = min(fits, key=lambda each: each[0])
        return kind, detail
    return ("thanks", "") if _cover(size, spans, "thanks") else None


def _wording(part: Phrase, order: Sequence[Words]) -> tuple[str, str] | None:
    """What these words say in the first language that knows them; ("", "") for glue. In French "stp" is no stop but a please."""
    if part in DIGITS:
        return DIGITS[part]
    for words in order:
        if part in words.whole:
            return words.whole[part]
        if part in words.courtesy:
            return "thanks", ""
        if part in words.glue:
            return "", ""
    return None


def _cover(size: int, spans: Mapping[tuple[int, int], tuple[str, str]], kind: str) -> tuple[int, str] | None:
    """The least number of wordings of this kind, with courtesy and glue, that make up the clause; and the longest's detail."""
    best: dict[tuple[int, bool], tuple[int, int, str]] = {(0, False): (0, 0, "")}
    for end in range(1, size + 1):
        for start in range(end):
            meaning = spans.get((start, end))
            if meaning is None or not (_fits(meaning, kind)):
                continue
            says = meaning[0] == kind
            for before in (False, True):
                if (start, before) not in best:
                    continue
                parts, length, detail = best[start, before]
                longer = says and (end - start > length or (meaning[1].isdigit() and not detail.isdigit()))
                new = (parts + 1, end - start if longer else length, meaning[1] if longer else detail)
                key = (end, before or says)
                if key not in best or new[0] < best[key][0]:
                    best[key] = new
    found = best.get((size, True))
    return (found[0], found[2]) if found else None


def _fits(meaning: tuple[str, str], kind: str) -> bool:
    return meaning[0] in (kind, "", "thanks") or (meaning == YES and kind in _LED_BY_YES)


def _ending(clause: Phrase, order: Sequence[Words]) -> tuple[str, str] | None:
    """A short clause that ends as only one meaning does, whoever it names: "Mr Smith no longer lives here"."""
    for words in order:
        for start in range(max(0, len(clause) - 8), len(clause)):
            before = set(clause[:start])
            if start <= 4 and clause[start:] in words.ending and not before & (words.negations | words.own):
                return words.ending[clause[start:]], ""
    return None


def _talk(said: Clean, order: Sequence[Words]) -> Meaning:
    """What a message is about that a person is going to read."""
    spoken = _spoken(said, order)
    parts = {spoken[start:end] for start in range(len(spoken)) for end in range(start + 1, min(len(spoken), start + 7) + 1)}
    asked = {words.inside[part] for words in order for part in parts if part in words.inside and not _denied(part, spoken, words)}
    topic = _topic(spoken, parts, order)
    for kind in _FIRST:
        if kind in asked:
            return Meaning(kind, topic, "doubt" if kind == "wrong_person" else "")
    if said.asks or (said.clauses and _asking(said.clauses[0], order)):
        return Meaning("question", topic)
    worried = any(words.worries & set(spoken) for words in order)
    return Meaning("concern" if worried or topic != "other" else "unclear", topic)


def _spoken(said: Clean, order: Sequence[Words]) -> Phrase:
    """The words in a row, without single words of courtesy and without what is to be ignored."""
    polite = {phrase[0] for words in order for phrase in words.courtesy if len(phrase) == 1}
    row = tuple(word for clause in said.clauses for word in clause if word not in polite)[:TALK]
    for phrase in (phrase for words in order for phrase in words.ignored):
        row = _without(row, phrase)
    return row


def _without(row: Phrase, phrase: Phrase) -> Phrase:
    places = [at for at in range(len(row)) if row[at:at + len(phrase)] == phrase]
    gone = {at + step for at in places for step in range(len(phrase))}
    return tuple(word for at, word in enumerate(row) if at not in gone) if gone else row


def _denied(part: Phrase, spoken: Phrase, words: Words) -> bool:
    """Whether a "not" stands before it: "do not call me"."""
    at = next(at for at in range(len(spoken)) if spoken[at:at + len(part)] == part)
    return at > 0 and spoken[at - 1] in words.negations


def _asking(clause: Phrase, order: Sequence[Words]) -> bool:
    polite = {phrase[0] for words in order for phrase in words.courtesy if len(phrase) == 1}
    said = [word for word in clause if word not in polite] or [""]
    told = len(said) > 1 and any(said[1] in words.negations for words in order)          # "do not stop" asks nothing
    return any((said[0] in words.questions and not told) or said[-1] in words.questions_last for words in order)


def _topic(spoken: Phrase, parts: set[Phrase], order: Sequence[Words]) -> str:
    """The topic that most of its words speak of."""
    # Arabic writes "and", "the", "for" onto the word that follows.
    bare = parts | {(word[size:],) for word in spoken for size in (1, 2, 3, 4) if "؀" < word[0] <= "ۿ" and len(word) - size > 2}
    if any(phrase in bare for words in order for phrase in words.dangers):
        return "safety"
    hits = [words.topics[part] for words in order for part in bare & words.topics.keys()]
    alone = {part[0] for part in bare if len(part) == 1}
    hits += [topic for words in order for start, topic in words.beginnings for word in alone if word.startswith(start)]
    return max(dict.fromkeys(_URGENCY, 0), key=lambda topic: (hits.count(topic), -_URGENCY.index(topic))) if hits else "other"

