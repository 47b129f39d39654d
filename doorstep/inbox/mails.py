"""A mail as its writer sees it: the text of an HTML one, its subject without "Re:", and whether a machine wrote it."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

from doorstep.replies import quoting

MOST = 100_000             # letters that are looked at; nobody writes as much

_ANSWER = re.compile(r"(?i)^\s*(?:re|aw|sv|rif|ref|رد|ynt|jibu|ateb)\s*[:：]\s*")
_MACHINES = ("bulk", "list", "junk", "auto_reply", "auto-reply")
_BLOCKS = frozenset({"p", "div", "br", "li", "tr", "table", "h1", "h2", "h3", "blockquote"})
_UNSEEN = frozenset({"style", "script", "head", "title", "template"})


def own_words(text: str) -> str:
    """What the writer wrote, above or between what they quote."""
    plain = text[:MOST].replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    return re.sub(r"\n{3,}", "\n\n", quoting.own_words(plain)[0])


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
        if tag == "body":
            self._hidden.clear()               # a head need not be closed
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
