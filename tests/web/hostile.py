"""Two thousand inputs that want to do harm: signatures bent, tokens cut, swapped and stale, floods, HTML, SQL, line breaks."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from doorstep.links import DAY, Links

KEY = "the key of this installation"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
WORDS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>", "javascript:alert(1)",
    "' OR '1'='1", "1; DROP TABLE visit; --", "1 UNION SELECT password FROM deskuser", "%27%20OR%201=1", "\x00", "a\x00b",
    "x\r\nSet-Cookie: own=1", "x\r\nLocation: https://evil.example", "%0d%0aX-Evil: 1", "\u202egnp.exe", "\u2066\u2067\u2069",
    "{{ 7 * 7 }}", "{% include '/etc/passwd' %}", "${7*7}", "../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "file:///",
    "=HYPERLINK(\"https://evil.example\")", "+1+1", "@SUM(1)", "-2+3", "🏴󠁧󠁢", "A" * 5000, "ﷺ" * 500, "\ud7ff", "e\u0301" * 300,
    "-1", "0", "99999999999999999999", "1e999", "NaN", "null", "true", "[]", "{}", "[\"a\"]", "a[]=1", "__proto__", "constructor")


@dataclass(frozen=True)
class Attack:
    """One request, and what it is in a word."""

    what: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


FORM = {"content-type": "application/x-www-form-urlencoded"}


def bent_tokens(links: Links, visit: int, now: int) -> Iterator[str]:
    """Tokens that are nearly right: cut, with one letter changed, lengthened, stale, of another key or another purpose."""
    good = links.visit(visit, now + 30 * DAY).rpartition("/")[2]
    yield from (good[:length] for length in range(1, len(good)))
    for place in range(len(good)):
        for step in (1, 2, 16, 32):
            other = LETTERS[(LETTERS.index(good[place]) + step) % 64]
            yield good[:place] + other + good[place + 1:]
    yield from (good + tail for tail in ("A", "=", "==", "%00", b"\n".hex(), good))
    yield from (good.swapcase(), good[::-1], links.unsubscribe(visit).rpartition("/")[2])
    yield Links(["another key"], "http://x").visit(visit, now + 30 * DAY).rpartition("/")[2]
    stale = links.visit(visit, now - 2 * DAY).rpartition("/")[2]
    yield from (stale, stale[:10] + good[10:], good[:10] + stale[10:])


def on_tokens(links: Links, visit: int, now: int, pages: list[str], deeds: list[str]) -> Iterator[Attack]:
    """Pages and deeds under bent tokens, in turn. `pages` and `deeds` are paths with {token} in them."""
    body = b"answer=yes&List-Unsubscribe=One-Click"
    for number, token in enumerate(bent_tokens(links, visit, now)):
        yield from (Attack("a bent token", "GET", pages[(number + step) % len(pages)].replace("{token}", token))
                    for step in (0, 1))
        yield from (Attack("a bent token", "POST", deeds[(number * 3 + step) % len(deeds)].replace("{token}", token), FORM, body)
                    for step in (0, 1, 2))


def on_paths(paths: list[str]) -> Iterator[Attack]:
    """Hostile words where a part of the path is meant."""
    for path in paths:
        for word in WORDS:
            said = quote(word.encode("utf-8", "surrogatepass")[:1500], safe="")
            start, _, rest = path.partition("{")
            yield Attack("a hostile path", "GET", start + said + rest.partition("}")[2].replace("{", "").replace("}", ""))


class Signer:
    """A webhook's own signing key, as SendGrid's would be."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        return base64.b64encode(self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()

    def signature(self, timestamp: str, body: bytes) -> str:
        return base64.b64encode(self._key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))).decode()

    def headers(self, timestamp: str, signature: str) -> dict[str, str]:
        return {"content-type": "application/json", "x-twilio-email-event-webhook-signature": signature,
                "x-twilio-email-event-webhook-timestamp": timestamp}


def on_signatures(signer: Signer, notice: int, now: int) -> Iterator[Attack]:
    """Events whose signature does not fit, and signed bodies that are no list of events."""
    path = "/hooks/sendgrid/events"
    for number in range(60):
        body = json.dumps([{"event": "bounce", "type": "bounce", "doorstep_ref": f"{notice}.1", "sg_event_id": f"e{number}",
                            "timestamp": now}]).encode()
        stamp = str(now)
        good = signer.signature(stamp, body)
        place = number * 7 % len(body)
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1:]
        for what, headers, sent in (
                ("a changed body", signer.headers(stamp, good), changed),
                ("another time", signer.headers(str(now + 1), good), body),
                ("an old signature", signer.headers(str(now - 4000), signer.signature(str(now - 4000), body)), body),
                ("a part of the body in the time", signer.headers(stamp + body[:1].decode(), good), body[1:]),
                ("a cut signature", signer.headers(stamp, good[:number + 1]), body),
                ("another key", signer.headers(stamp, Signer().signature(stamp, body)), body),
                ("no signature", {"content-type": "application/json"}, body)):
            yield Attack(what, "POST", path, headers, sent)
    for body in (b"{}", b"null", b"[NaN]", b"[1e999", b"[" * 5000, b'["\\ud800"]', b"\xff\xfe", b"", b'{"event": "bounce"}'):
        headers = signer.headers(str(now), signer.signature(str(now), body))
        yield Attack("a signed body that is no list", "POST", path, headers, body)


def floods(paths: list[str]) -> Iterator[Attack]:
    """More than any address takes, with its length said and with a lie about it."""
    for path in paths:
        yield Attack("a flood", "POST", path.replace("{token}", "x" * 23), FORM, b"a=" + b"x" * (6 * 1024 * 1024))
        yield Attack("a length that is none", "POST", path.replace("{token}", "x" * 23), {**FORM, "content-length": "-5"}, b"")
