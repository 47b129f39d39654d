"""SendGrid's events: proven to be SendGrid's, then read as news of our notices."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from doorstep.errors import ConfigError
from doorstep.inbox.bounces import by_status, is_full
from doorstep.inbox.news import News, Read, Unreadable, looked, moment, reference, text_of

ARG = "doorstep"                   # the custom argument that carries our reference, at the top of each event
_TIMESTAMP = re.compile(r"[0-9]{10}", re.ASCII).fullmatch
_MOST_SIGNATURE = 200
_SIMPLE = {"processed": "accepted", "delivered": "delivered", "spamreport": "complained", "unsubscribe": "stopped",
           "group_unsubscribe": "stopped", "group_resubscribe": "started"}
_LOOKED = {"open": "opened", "click": "clicked"}
_MEANT = frozenset({*_SIMPLE, *_LOOKED, "bounce", "dropped"})
_CLASSES = {"invalid address": "hard", "mailbox unavailable": "soft", "technical": "soft", "technical failure": "soft",
            "content": "content", "reputation": "content", "frequency or volume too high": "content"}
# SendGrid did not even try: why, and what else it tells us. Every other reason is ours.
_DROPPED = {"bounced address": "hard", "invalid": "hard"}
_DROPPED_MEANS = {"unsubscribed address": "stopped", "spam reporting address": "complained"}

Key = EllipticCurvePublicKey


@lru_cache(maxsize=4)
def keys_of(said: str) -> tuple[Key, ...]:
    """The public keys of DOORSTEP_SENDGRID_EVENT_KEYS. Raises ConfigError for one that is none."""
    keys = []
    for number, text in enumerate((each.strip() for each in said.split(",") if each.strip()), 1):
        try:
            key = load_der_public_key(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, EllipticCurvePublicKey):
            raise ConfigError(f"DOORSTEP_SENDGRID_EVENT_KEYS: key {number} is no public key; copy SendGrid's verification key, "
                              'which begins with "MFkw", and put commas between several')
        keys.append(key)
    return tuple(keys)


def is_signed(keys: Sequence[Key], *, signature: str, timestamp: str, body: bytes, now: int, window: int) -> bool:
    """Whether one of these keys signed this body at that moment, and the moment is not long past.

    Nothing marks where the timestamp ends and the body begins: so it must have ten digits, and the body must be a list. The
    signature is no id: whoever has one can make a second that is as good.
    """
    if not _TIMESTAMP(timestamp) or abs(now - int(timestamp)) > window or len(signature) > _MOST_SIGNATURE:
        return False
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    message = timestamp.encode() + body
    return any(_verifies(key, raw, message) for key in keys)


def is_list(body: bytes) -> bool:
    """Whether a body is a list of events at all. orjson takes no NaN, no 1e999, no half letters and no bottomless nesting."""
    try:
        return isinstance(orjson.loads(body), list)
    except orjson.JSONDecodeError:
        return False


def read(body: bytes, heard_at: int) -> Read:
    """The news in a list of events. Raises Unreadable."""
    try:
        events = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unreadable("the body is no JSON") from None
    if not isinstance(events, list):
        raise Unreadable("the body is no list of events")
    said = [_news(event, heard_at) if isinstance(event, dict) else [] for event in events]
    return Read([piece for pieces in said for piece in pieces], [], sum(not pieces for pieces in said))


def _news(event: Mapping[str, Any], heard_at: int) -> list[News]:
    """What one event says; nothing where it is about somebody else's message, or means nothing here."""
    about, what = text_of(event, ARG), event.get("event")
    if not about or not isinstance(what, str) or what not in _MEANT:
        return []
    at = moment(event.get("timestamp"), heard_at)
    ref = reference(text_of(event, "sg_event_id") or f"{what} {about} {at}")
    if what in _LOOKED:
        return [looked(_LOOKED[what], about, at, event.get("sg_machine_open") is True)]
    piece = News(_SIMPLE.get(what, "bounced"), about, at, ref, None, "email", text_of(event, "email") or None)
    if what == "bounce":
        return [piece._replace(data=_class(event))]
    if what == "dropped":
        reason = text_of(event, "reason").casefold()
        meant = _DROPPED_MEANS.get(reason)
        return [piece._replace(data=_DROPPED.get(reason, "content")),
                *([piece._replace(kind=meant, ref=f"{ref} {meant}")] if meant else [])]
    return [piece]


def _class(event: Mapping[str, Any]) -> str:
    said = (event.get("status"), event.get("reason"))
    if event.get("type") == "blocked":                 # a policy of the moment: SendGrid itself would try the address again
        return "soft" if is_full(*said) else "content"
    known = _CLASSES.get(text_of(event, "bounce_classification").casefold())
    return known or by_status(*said) or "hard"         # SendGrid itself gives the address up


def _verifies(key: Key, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
