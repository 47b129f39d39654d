"""Mails that customers wrote, as SendGrid's Inbound Parse posts them: their words, and whether they surely wrote them."""

import re
from collections.abc import Mapping
from email.utils import getaddresses, parseaddr
from hashlib import sha256

import orjson

from doorstep.inbox.mails import answered, is_automatic, own_words, text_in
from doorstep.inbox.news import LONGEST, Read, Unreadable, Words, json_object, tidy

KEPT = ("headers", "from", "to", "envelope", "subject", "text", "html", "dkim", "SPF")     # attachments are not our business
MOST_KEPT = 1024 * 1024            # letters of one field; a longer text is no answer
_DKIM = re.compile(r"@([A-Za-z0-9.-]{1,253})\s*:\s*pass")
# A mail names its own charset, and Python knows codecs that take minutes over a long text.
_CHARSET = re.compile(r"(?i)(?:utf-?(?:8|16(?:[lb]e)?)|(?:us-)?ascii|iso-?(?:8859-|2022-)[a-z0-9-]{1,6}"
                      r"|(?:windows|cp)-?[0-9]{3,4}|koi8-[rut]|gb(?:2312|k|18030)|big5|shift[_-]jis|euc-(?:jp|kr)|mac-?roman|tis-620)").fullmatch
NOT_PROVEN = "(It is not proven that this mail came from {address}.)\n\n"


def decoded(fields: Mapping[str, bytes]) -> dict[str, str]:
    """The fields that we keep as text. SendGrid says which charset each is in, and is not always right."""
    charsets = _charsets(fields.get("charsets", b""))
    return {name: _text(fields[name], charsets.get(name, "utf-8"))[:MOST_KEPT] for name in KEPT if name in fields}


def ref_of(mail: Mapping[str, str]) -> str:
    """By which a mail that is delivered again is known: a digest of its Message-ID and what it says."""
    headers = headers_of(mail.get("headers", ""))
    parts = (headers.get("message-id", ""), mail.get("from", ""), mail.get("subject", ""), mail.get("text", ""),
             mail.get("html", ""))
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def read(body: bytes, heard_at: int) -> Read:
    """What a stored mail says; nothing where a machine wrote it. Raises Unreadable."""
    mail = json_object(body)
    headers = headers_of(mail.get("headers", ""))
    envelope = _envelope(mail.get("envelope", ""))
    sender = parseaddr(mail.get("from", ""))[1].strip()
    if is_automatic(headers, envelope[0] if envelope else sender):
        return Read([], [], 1)
    if not sender or "@" not in sender:
        raise Unreadable("a mail without a sender")
    proven = is_proven(mail, sender, envelope[0] if envelope else "")
    to = (envelope[1] if envelope else "") or next((each for _, each in getaddresses([mail.get("to", "")]) if each), "")
    words = _words(mail, headers)
    said = words if proven else NOT_PROVEN.format(address=sender) + words
    return Read([], [Words(f"mail {ref_of(mail)}", heard_at, "email", tidy(said)[:LONGEST], sender, to, proven)])


def is_proven(mail: Mapping[str, str], sender: str, envelope_from: str) -> bool:
    """Whether the sender's own domain signed the mail, or its own server sent it: anybody can write any name above a mail."""
    domain = sender.rpartition("@")[2].casefold()
    signed = {found.casefold() for found in _DKIM.findall(mail.get("dkim", ""))}
    if any(_same(domain, each) for each in signed):
        return True
    return mail.get("SPF", "").strip().casefold() == "pass" and _same(domain, envelope_from.rpartition("@")[2].casefold())


def headers_of(text: str) -> dict[str, str]:
    """A mail's headers by their names in small letters; of several, the first."""
    found: dict[str, str] = {}
    for line in re.sub(r"\r?\n[ \t]+", " ", text).splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip():
            found.setdefault(name.strip().casefold(), value.strip())
    return found


def _words(mail: Mapping[str, str], headers: Mapping[str, str]) -> str:
    text, html = mail.get("text", ""), mail.get("html", "")
    words = own_words(text if text.strip() else text_in(html))
    subject, is_answer = answered(" ".join(mail.get("subject", "").split()))
    if not words:
        return subject if not is_answer else ""
    if is_answer or "in-reply-to" in headers or not subject or subject.casefold() == words.casefold():
        return words
    return f"{subject}\n\n{words}"


def _envelope(text: str) -> tuple[str, str] | None:
    """Whom the mail really came from and went to."""
    try:
        said = orjson.loads(text)
        to = said.get("to")
        return str(said.get("from") or ""), str(to[0]) if isinstance(to, list) and to else ""
    except (orjson.JSONDecodeError, AttributeError):
        return None


def _charsets(raw: bytes) -> dict[str, str]:
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return {str(name): charset for name, charset in said.items() if isinstance(charset, str)} if isinstance(said, dict) else {}


def _text(raw: bytes, charset: str) -> str:
    for each in (charset, "utf-8"):
        if not _CHARSET(each.strip()):
            continue
        try:
            return raw.decode(each.strip()).encode("utf-8", "replace").decode()
        except (LookupError, ValueError):
            continue
    return raw.decode("cp1252", "replace")


def _same(domain: str, other: str) -> bool:
    """Whether one is the other or a part of it."""
    return bool(domain and other) and (domain == other or domain.endswith(f".{other}") or other.endswith(f".{domain}"))
