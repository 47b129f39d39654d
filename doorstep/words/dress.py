"""How customers' texts are made fit for where they go: HTML, plain text, a letter's data, a text message."""

import json
import re
from collections.abc import Callable, Sequence
from html import escape

from doorstep.facts.clean import RTL, needs_isolation, reads_rtl
from doorstep.sms import gsm_clean, plain

# Texts in, fit texts out. `apart`: places whose text runs the other way from the words around it.
Apart = Sequence[int]
Dress = Callable[[Sequence[str], Apart], Sequence[str]]
_OPEN, _SHUT = "\u2068", "\u2069"        # first strong isolate, pop directional isolate
_LRM = "\u200e"
_HTML_ODD = re.compile("[&<>]").search
_JSON_ODD = re.compile(r'["\\\x00-\x1f\x7f]').search


def apart_from(texts: Sequence[str], foreign: Sequence[int], *, rtl: bool) -> Apart:
    """The places of texts, of those that come from outside, that would disturb the order of a line."""
    if not rtl and "".join(texts).isascii():
        return ()
    return [place for place in foreign if texts[place] and needs_isolation(texts[place], rtl)]


def as_is(texts: Sequence[str], apart: Apart) -> Sequence[str]:
    """For speech: the texts and nothing else."""
    return texts


def as_plain(texts: Sequence[str], apart: Apart) -> Sequence[str]:
    """For plain text and subjects: a text of the other direction is set apart, so that the line keeps its order."""
    if not apart:
        return texts
    made = list(texts)
    for place in apart:
        made[place] = f"{_OPEN}{made[place]}{_SHUT}"
    return made


def as_html(texts: Sequence[str], apart: Apart) -> Sequence[str]:
    """For HTML: escaped here and nowhere else. A span's `dir` is what old mail programs understand."""
    odd = _HTML_ODD("".join(texts))
    if not odd and not apart:
        return texts
    made = [escape(text, quote=False) for text in texts] if odd else list(texts)
    for place in apart:
        made[place] = f'<span dir="{"rtl" if reads_rtl(texts[place]) else "ltr"}">{made[place]}</span>'
    return made


def as_json(texts: Sequence[str], apart: Apart) -> Sequence[str]:
    """For a letter's data: inside a JSON string."""
    made = as_plain(texts, apart)
    return [json.dumps(text, ensure_ascii=False)[1:-1] for text in made] if _JSON_ODD("".join(made)) else made


def as_gsm(texts: Sequence[str], apart: Apart) -> Sequence[str]:
    """For a text message whose words are GSM-7: a name must not double its price if another spelling will do."""
    return [gsm_clean(text) for text in texts]


def as_ucs(texts: Sequence[str], apart: Apart) -> Sequence[str]:
    """For a text message in another alphabet, where every letter fits."""
    return [plain(text) for text in texts]


def as_ucs_rtl(texts: Sequence[str], apart: Apart) -> Sequence[str]:
    """The same from right to left: phones know the old direction mark, not the isolates."""
    return [_LRM + text if _loose(text) else text for text in as_ucs(texts, apart)]


def _loose(text: str) -> bool:
    """Whether the text begins with digits or signs that the line around it would turn about, as in +44 20 1234."""
    return bool(text) and not text.isalnum() and not text[0].isalpha() and not RTL.search(text)


DRESSES: dict[str, Dress] = {
    "is": as_is, "plain": as_plain, "html": as_html, "json": as_json, "gsm": as_gsm, "ucs": as_ucs, "ucs-rtl": as_ucs_rtl,
}


def dress_one(dress: str, text: str, *, rtl: bool) -> str:
    """One text made fit, as a constant of the rollout is."""
    return DRESSES[dress]([text], apart_from([text], [0], rtl=rtl))[0]
