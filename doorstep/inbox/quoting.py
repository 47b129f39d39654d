"""A mail as its writer meant it: their own words, without what they quote, and whether a machine wrote it."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

MOST = 100_000             # letters that are looked at; nobody writes as much

# "On Tue, Ann <ann@x> wrote:" and its kin, on one line or two, in the languages of our customers and some of their programs'.
_WROTE = re.compile(r"(?m)^[^\n]{0,300}(?:\n[^\n]{0,200})?\b(?:wrote|writes|a écrit|schrieb|escribió|scrisse|escreveu|aliandika|"
                    r"ameandika|ysgrifennodd)[ \t]?:[ \t]*$")
_WROTE_RTL = re.compile(r"(?m)^[^\n]{0,300}(?:كتب(?:ت)?|نے لکھا)[^\n]{0,200}\n(?=[ \t]*(?:>|$))")
_RULE = re.compile(r"(?mi)^[ \t]*(?:-{2,}[ \t]*(?:original message|message d'origine|forwarded message|الرسالة الأصلية|"
                   r"ujumbe wa awali)[ \t]*-{2,}|_{10,})[ \t]*$")
_HEADERS = re.compile(r"(?mi)^\*?(?:from|de|من|kutoka)[ \t]?:[^\n]+\n(?:[^\n]*\n){0,2}?\*?(?:sent|date|to|envoyé|à|تاريخ|إلى|"
                      r"ilitumwa|kwa)\*?[ \t]?:[^\n]+$")
_SIGNATURE = re.compile(r"(?m)^-- ?$")
_SENT_FROM = re.compile(r"(?mi)^(?:sent from my [^\n]{1,40}|get outlook for [^\n]{1,20}|envoyé de mon [^\n]{1,40}|"
                        r"أُ?رسلت من [^\n]{1,40})$")
_QUOTED = re.compile(r"(?m)^[ \t]*>[^\n]*\n?")
_ANSWER = re.compile(r"(?i)^\s*(?:re|aw|sv|rif|ref|رد|ynt|jibu|ateb)\s*[:：]\s*")
_MACHINES = ("bulk", "list", "junk", "auto_reply", "auto-reply")
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "table", "h1", "h2", "h3", "blockquote"})
_UNSEEN = frozenset({"style", "script", "head", "title", "template"})


def own_words(text: str) -> str:
    """What somebody wrote themselves, above or between what they quote."""
    text = text[:MOST].replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    ends = [found.span() for pattern in (_WROTE, _WROTE_RTL, _RULE, _HEADERS, _SIGNATURE, _SENT_FROM)
            if (found := pattern.search(text))]
    begin, end = min(ends, default=(len(text), len(text)))
    own = _QUOTED.sub("", text[:begin]).strip()
    if not own and _QUOTED.search(text[end:]):           # answers between the lines that they answer
        own = _QUOTED.sub("", text[end:]).strip()
    return re.sub(r"\n{3,}", "\n\n", own)


def answered(subject: str) -> tuple[str, bool]:
    """A subject without its "Re:", and whether it had one."""
    bare = _ANSWER.sub("", subject)
    return bare.strip(), bare != subject


def is_automatic(headers: Mapping[str, str], envelope_from: str) -> bool:
    """Whether a machine wrote it: to answer would be the beginning of a loop. Headers by their names in small letters."""
    submitted = headers.get("auto-submitted", "no").split(";")[0].strip().casefold()
    suppress = headers.get("x-auto-response-suppress", "").casefold()
    return (submitted != "no" or headers.get("precedence", "").strip().casefold() in _MACHINES
            or "x-autoreply" in headers or "x-autorespond" in headers
            or any(word in suppress for word in ("all", "oof", "autoreply"))
            or envelope_from.strip() in ("", "<>") or "list-id" in headers)


def text_in(html: str) -> str:
    """What a reader sees of an HTML mail, without what a mail program marks as quoted."""
    reader = _Reader()
    reader.feed(html[:MOST])
    reader.close()
    return re.sub(r"[ \t]*\n[ \t]*", "\n", re.sub(r"[ \t\f]+", " ", "".join(reader.seen))).strip()


class _Reader(HTMLParser):
    """Collects the text that is seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self._hidden: list[str] = []           # the tags that hide what is in them

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a line; a quotation hides what it holds."""
        quoted = tag == "blockquote" or any(name == "class" and "quote" in (value or "") for name, value in attrs)
        nested = self._hidden and tag == self._hidden[-1]
        if nested or tag in _UNSEEN or (quoted and tag in ("div", "blockquote")):
            self._hidden.append(tag)
        if tag in _BLOCKS:
            self.seen.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """What hid ends."""
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()
        if tag in _BLOCKS:
            self.seen.append("\n")

    def handle_data(self, data: str) -> None:
        """Text, if it can be seen."""
        if not self._hidden:
            self.seen.append(re.sub(r"\s+", " ", data))
