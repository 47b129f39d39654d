"""What a text from a feed may be made of before a customer sees it, and which way it is written."""

import re
import unicodedata
from functools import lru_cache

from babel import Locale, UnknownLocaleError

MOST = 120                                   # letters; longer ones are not a name or an address line
_JOINERS = "\u200c\u200d"                    # the only unseen characters that spelling needs
_HEAP = re.compile("([\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff"
                   "\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u064b-\u065f"
                   "\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_PLAIN = re.compile("[ -~\u00c0-\u024f\u0621-\u063a\u0641-\u064a]+").fullmatch     # nothing here to mend
RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
LATIN = re.compile("[A-Za-z\u00c0-\u024f]")


def clean(text: str | None, most: int = MOST) -> str:
    """The text in one line, without anything unseen: no control, bidi or tag characters, no heaps of accents."""
    if not text:
        return ""
    if (text.isascii() and text.isprintable()) or _PLAIN(text):
        return text[:most]
    return _HEAP.sub(r"\1", _visible(unicodedata.normalize("NFC", text)))[:most]


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    kept = (" " if letter.isspace() else letter for letter in text
            if letter.isspace() or letter.isprintable() or letter in _JOINERS)
    return " ".join("".join(kept).split())


@lru_cache
def is_rtl(language: str) -> bool:
    """Whether the language is written from right to left."""
    try:
        return Locale.parse(language).text_direction == "rtl"
    except (UnknownLocaleError, ValueError):
        return False


def needs_isolation(text: str, rtl: bool) -> bool:
    """Whether a text would disturb, or be disturbed by, the direction of the words around it."""
    if not rtl:
        return not text.isascii() and RTL.search(text) is not None
    return LATIN.search(text) is not None or not (text.isdigit() or RTL.search(text))


def reads_rtl(text: str) -> bool:
    """Whether the first letter that has a direction runs from right to left."""
    for letter in text:
        way = unicodedata.bidirectional(letter)
        if way in ("L", "R", "AL"):
            return way != "L"
    return False
