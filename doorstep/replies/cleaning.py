"""What a customer wrote, without what they did not write: the message they answer, signatures, marks and letter forms."""

import re
import unicodedata
from typing import NamedTuple

from doorstep.replies.quoting import own_words

LONGEST = 20_000                     # characters looked at; what is longer is a letter, and no command
_REACTION = re.compile(r"\s*(liked|loved|laughed at|a aimé|a adoré|emphasized|disliked|questioned)\s*[“\"«].*[”\"»]\s*",
                       re.IGNORECASE | re.DOTALL)
_CONTACT = re.compile(r"\+?[\d ()./-]{6,}|\S+@\S+|(?:https?://|www\.)\S+")
_BREAK = re.compile(r"[.!?,;:،؛؟…۔\n\r|/\\()\[\]{}\"“”«»–—]|\s-+\s|^\s*-+\s|\s-+\s*$")
# The line above a name: what follows it may be one word.
_CLOSING = re.compile(r"[ \t]*(?:(?:many |with |kind |best |warm )?(?:thanks|regards|wishes)|thank you|cheers|sincerely|yours \w+"
                      r"|(?:bien )?cordialement|merci|salutations|مع التحية|تحياتي|شكرا|asante|wako)[ ,.!،]*", re.IGNORECASE)
_TITLE = re.compile(r"\b(mr|mrs|ms|dr|mme|mlle|m)\.(?= ?\w)", re.IGNORECASE)
_APOSTROPHES = str.maketrans(dict.fromkeys("’ʼ‘`´ʹ′＇", "'"))
_ELISION = re.compile(r"\b([cdjlmnst]|qu)'(?=\w\w)")
_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ۃ": "ه", "ہ": "ه",
                          "ک": "ك", "گ": "ك", "ؤ": "و", "ئ": "ي", "ـ": None, "ß": "ss", "œ": "oe", "æ": "ae", "ı": "i"})
_LONG = re.compile(r"([^\W\d_])\1{2,}")
_REFERENCE = re.compile(r"[a-z]{0,4}\d{5,}")
_SIGNS = {"yes": frozenset("👍👌✅✔☑🆗"), "no": frozenset("👎❌✖"), "thanks": frozenset("🙏❤💐")}


class Clean(NamedTuple):
    """A message ready to be judged: clauses of plain words, whether it asks, and whether this is all of it."""

    clauses: tuple[tuple[str, ...], ...]
    asks: bool
    whole: bool


def clean(text: str) -> Clean:
    """Take a message apart. Never raises; looks at no more than LONGEST characters."""
    part = text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n")
    if reaction := _REACTION.fullmatch(part[:2000]):
        kind = "thanks" if reaction[1].lower() in ("liked", "loved", "a aimé", "a adoré") else ""
        return Clean(((kind,),) if kind else (), False, True)
    own, ended = own_words(unicodedata.normalize("NFKC", part)[:LONGEST])
    # What we did not look at may say anything, unless it stands below where the customer's own words end.
    return Clean(_clauses(own), "?" in own or "؟" in own, ended or len(text) <= LONGEST)


def plain(text: str) -> tuple[str, ...]:
    """Words in one form: small letters, no accents or marks, one shape for each Arabic letter, Western digits."""
    small = _ELISION.sub(r"\1 ", unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES).translate(_LETTERS))
    spelled = "".join(map(_letter, unicodedata.normalize("NFKD", small.replace("'", "")).translate(_LETTERS)))
    return tuple(_LONG.sub(r"\1", spelled).split())


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter if letter.isalnum() else " "
    kind = unicodedata.category(letter)
    if kind in ("Mn", "Me", "Cf"):
        return ""
    return str(unicodedata.digit(letter)) if kind == "Nd" else letter if kind[0] in "LN" or kind == "Mc" else " "


def _clauses(text: str) -> tuple[tuple[str, ...], ...]:
    spaced = plain(text)
    if 2 < len(spaced) < 9 and all(len(word) == 1 and word.isalpha() for word in spaced):
        return (("".join(spaced),),)                                # "S T O P"
    lines = _unsigned(_TITLE.sub(r"\1 ", text).split("\n"))
    parts = (plain(part) for line in lines for part in _BREAK.split(line) if part)
    found = tuple(tuple(words) for part in parts if (words := [word for word in part if not _REFERENCE.fullmatch(word)]))
    return found or _signs(text)


def _signs(text: str) -> tuple[tuple[str, ...], ...]:
    """A message of nothing but signs: a thumb says yes or no, folded hands thanks."""
    said = {word for word, signs in _SIGNS.items() if signs & set(text)}
    return ((said.pop(),),) if len(said) == 1 else ()


def _unsigned(lines: list[str]) -> list[str]:
    """Without the name, the post and the numbers at the end, below an empty line or a greeting."""
    tail = 0
    for place in range(len(lines) - 1, 0, -1):
        line = lines[place]
        closing = bool(_CLOSING.fullmatch(line[:80]))
        if tail and (closing or not line.strip()) and any(map(str.strip, lines[:place])):
            return _unsigned(lines[:place]) if not closing else lines[:place + 1]
        if line.strip():
            tail += 1
            above = bool(_CLOSING.fullmatch(lines[place - 1][:80]))
            if tail > 6 or not _names(line, least=1 if above else 2):
                break
    return lines


def _names(line: str, least: int) -> bool:
    """Whether a line could be part of a signature: a name with capitals, or where to reach someone."""
    if len(line) > 80 or "?" in line:
        return False
    words = line.replace(",", " ").replace("|", " ").split()
    return bool(_CONTACT.search(line)) or (
        least <= len(words) <= 4 and all(word[0].isupper() for word in words) and not line.isupper())
