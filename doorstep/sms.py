"""Text messages by the piece: how many parts a text takes, and how to keep it in the cheap alphabet (GSM-7)."""

import re
import unicodedata
from functools import lru_cache

import smsutil

# The letters that take one place each in GSM-7; the rest of it (^{}[~]|\\ and the euro) takes two.
_BASIC = re.compile(r"[A-Za-z0-9 @£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,\-./:;<=>?¡ÄÖÑÜ§¿äöñüà]*").fullmatch
_TYPOGRAPHY = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "″": '"',
    "«": '"', "»": '"', "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "…": "...", "•": "-", "·": ".",
    "\t": " ", "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u200b": None, "\ufeff": None, "\u00ad": None,
    "\u200f": None, "\u2066": None, "\u2067": None, "\u2068": None, "\u2069": None,
    "\u202a": None, "\u202b": None, "\u202c": None, "\u202d": None, "\u202e": None,
})
_SPELLED = {"đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ı": "i", "œ": "oe", "Œ": "OE", "ŋ": "ng", "Ŋ": "Ng", "þ": "th",
            "Þ": "Th", "ð": "d", "Ð": "D", "ẞ": "SS", "ħ": "h", "Ħ": "H"}


def parts(text: str) -> int:
    """How many parts the text is sent and charged as."""
    if len(text) <= 160 and _BASIC(text):
        return 1
    return len(smsutil.split(text).parts)


def is_gsm(text: str) -> bool:
    """Whether the text fits GSM-7 as it stands."""
    return _BASIC(text) is not None or bool(smsutil.is_valid_gsm(text))


def plain(text: str) -> str:
    """The text with typewriter marks and spaces for printers' ones, which would halve the room of a message."""
    return text if text.isascii() and "`" not in text and "\t" not in text else text.translate(_TYPOGRAPHY)


def gsm_clean(text: str) -> str:
    """The text in GSM-7 if its letters allow: printers' marks replaced, accents dropped where the alphabet has none."""
    if _BASIC(text):
        return text
    cleaned = plain(text)
    return cleaned if is_gsm(cleaned) else "".join(map(_letter, cleaned))


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    if is_gsm(letter):
        return letter
    bare = _SPELLED.get(letter) or unicodedata.normalize("NFD", letter)[0]
    return bare if is_gsm(bare) else letter
