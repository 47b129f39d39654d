"""What a provider's message says, in our words: news of a notice, and what a customer wrote."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

LONGEST = 4000             # letters of a customer's words that are kept; more is no reply but an attachment
MONTH = 30 * 86400
LOOKED = ("opened", "clicked")
_REF = re.compile(r"([0-9]{1,15})\.[0-9]{1,6}", re.ASCII).fullmatch
_PLAIN = re.compile(r"[!-~][ -~]{0,199}").fullmatch
_NOTHING = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


class Unreadable(Exception):
    """A message that cannot be read; the text says why, without anything personal."""


class News(NamedTuple):
    """One thing a provider says of one of our messages."""

    kind: str                      # of events.KINDS
    about: str                     # our reference, "7.1"; empty where the provider knows only its own id
    at: int
    ref: str                       # the provider's own id of this piece of news
    data: str | None = None        # for a bounce: hard, soft or content
    channel: str | None = None
    address: str | None = None     # where it went, as the provider says
    provider_id: str = ""          # that id, where `about` is empty

    @property
    def notice_id(self) -> int | None:
        """The notice that it is about; None where the reference is not one of ours."""
        found = _REF(self.about)
        return int(found[1]) if found else None


class Words(NamedTuple):
    """What somebody wrote to us."""

    ref: str                       # the provider's id of the message
    at: int
    channel: str                   # sms | email
    words: str
    address: str                   # where it came from
    to: str                        # where it went
    proven: bool = True            # whether it surely came from that address


class Read(NamedTuple):
    """All that one message says; `others` counts what in it was not for us, or of no meaning here."""

    news: list[News]
    words: list[Words]
    others: int = 0


def looked(kind: str, about: str, at: int, machine: bool = False) -> News:
    """An email that was opened, or whose link was followed. Each counts once, however often somebody looks again."""
    how = "machine" if machine else None
    return News(kind, about, at, reference(kind, about, *([how] if how else [])), how, "email")


def json_object(body: bytes | str) -> dict[str, Any]:
    """A body as a JSON object. Raises Unreadable."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unreadable("the body is no JSON") from None
    if not isinstance(found, dict):
        raise Unreadable("the body is no JSON object")
    return found


def text_of(said: Mapping[str, Any], *keys: str) -> str:
    """The first of these keys that holds a text or a number, without what no database takes; else nothing."""
    for key in keys:
        found = said.get(key)
        if type(found) is str and found.isascii() and found.isprintable():       # nearly always, and five times as fast
            if found := found.strip():
                return found
            continue
        if isinstance(found, str | int) and not isinstance(found, bool) and str(found).strip():
            return tidy(str(found))
    return ""


def tidy(text: str) -> str:
    """A text without control characters, nought bytes and halves of surrogate pairs."""
    return _NOTHING.sub("", text).encode("utf-8", "replace").decode().strip()


def moment(said: Any, heard_at: int) -> int:
    """When it happened, in epoch seconds; when we heard of it where that is not said, or cannot be."""
    if type(said) is int and heard_at - MONTH < said <= heard_at:
        return said
    if isinstance(said, str) and said.isascii() and said.isdecimal() and len(said) < 15:
        said = int(said)
    if isinstance(said, bool) or not isinstance(said, int | float):
        return heard_at
    if said > 10**11:
        said /= 1000               # milliseconds
    return int(said) if heard_at - MONTH < said <= heard_at else heard_at


def reference(*parts: str) -> str:
    """An id of a piece of news that fits into the journal: as it is where it is short and plain, else its digest."""
    joined = " ".join(parts) if len(parts) > 1 else parts[0]
    return joined if _PLAIN(joined) else sha256(joined.encode("utf-8", "replace")).hexdigest()
