"""Texts by providers that post web forms: proven to be theirs, then read as news of our notices and as customers' words."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha1
from urllib.parse import parse_qsl

import orjson

from doorstep.channels.twilio import REFUSED
from doorstep.inbox.news import LONGEST, News, Read, Unreadable, Words, reference, text_of, tidy

MOST_FIELDS = 200
Pairs = Sequence[tuple[str, str]]
_TWILIO = {**dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), "accepted"),
           **dict.fromkeys(("delivered", "read"), "delivered"), **dict.fromkeys(("undelivered", "failed"), "bounced")}
_TWILIO_CLASS = {"address": "hard", "not_mobile": "hard", "unreachable": "soft", "failed": "soft"}
_STOPPED = 21610
_AFRICA = {**dict.fromkeys(("sent", "submitted", "buffered"), "accepted"), "success": "delivered",
           **dict.fromkeys(("rejected", "failed", "absentsubscriber", "expired"), "bounced")}
_AFRICA_CLASS = {**dict.fromkeys(("userdoesnotexist", "notnetworksubscriber"), "hard"),
                 **dict.fromkeys(("userisinactive", "useraccountsuspended", "deliveryfailure", "absentsubscriber", "expired"),
                                 "soft")}


def form_of(body: bytes) -> Pairs:
    """A web form's fields in their order. Raises ValueError for what is none."""
    return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")


def twilio_signature(token: str, url: str, form: Pairs) -> str:
    """What Twilio writes into X-Twilio-Signature: over the public address, then each field's name and values in order."""
    fields = "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.digest(token.encode(), (url + fields).encode(), sha1().name)).decode()


def is_twilio(token: str, urls: Sequence[str], form: Pairs, signature: str) -> bool:
    """Whether Twilio signed this form, sent to one of these addresses."""
    if not token or not signature.isascii():
        return False
    return any(hmac.compare_digest(twilio_signature(token, url, form), signature) for url in urls)


def kept(query: str, form: Pairs) -> bytes:
    """A form with its address's query, to be stored."""
    return orjson.dumps({"query": dict(parse_qsl(query, max_num_fields=MOST_FIELDS)), "form": dict(form)})


def fields_of(body: bytes) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The query and the form of a stored body. Raises Unreadable."""
    try:
        said = orjson.loads(body)
        return said["query"], said["form"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise Unreadable("the stored form cannot be read") from None


def twilio_ref(form: Mapping[str, str]) -> str:
    """The delivery's own id: a message has one of each status."""
    return reference(text_of(form, "MessageSid", "SmsSid"), text_of(form, "MessageStatus", "SmsStatus"))


def read_twilio(body: bytes, heard_at: int) -> Read:
    """A status of one of our texts, or a customer's text. Raises Unreadable."""
    query, form = fields_of(body)
    sid, status = text_of(form, "MessageSid", "SmsSid"), text_of(form, "MessageStatus", "SmsStatus").casefold()
    if not sid:
        raise Unreadable("a message without a MessageSid")
    if status == "received" or ("Body" in form and not status):
        return Read([], [_words(form, sid, heard_at, body="Body", sender="From", to="To")])
    kind, about = _TWILIO.get(status, ""), text_of(query, "ref")
    if not kind or not about:
        return Read([], [], 1)
    code = text_of(form, "ErrorCode")
    number = int(code) if code.isdecimal() and code.isascii() else 0
    data = _twilio_class(number, status) if kind == "bounced" else None
    piece = News(kind, about, heard_at, reference(sid, status), data, "sms", text_of(form, "To") or None)
    stop = [piece._replace(kind="stopped", data=None, ref=f"{piece.ref} stopped")] if number == _STOPPED else []
    return Read([piece, *stop], [])


def _twilio_class(code: int, status: str) -> str:
    if code in REFUSED:
        return _TWILIO_CLASS.get(REFUSED[code], "content")
    return "soft" if status == "undelivered" else "content"          # "failed": it never left Twilio


def africa_ref(form: Mapping[str, str], digest: str) -> str:
    """The delivery's own id; its digest where the message has none."""
    known = text_of(form, "id")
    return reference(known, text_of(form, "status")).strip() if known else digest


def read_africastalking(body: bytes, heard_at: int) -> Read:
    """A delivery report, which knows only the provider's id of the message, or a customer's text. Raises Unreadable."""
    _, form = fields_of(body)
    known, status = text_of(form, "id"), text_of(form, "status").casefold()
    if not known:
        return Read([], [], 1)                         # "somebody left a bulk list": ours has none
    if "text" in form and not status:
        return Read([], [_words(form, known, heard_at, body="text", sender="from", to="to")])
    kind = _AFRICA.get(status, "")
    if not kind:
        return Read([], [], 1)
    reason = text_of(form, "failureReason").casefold()
    data = (_AFRICA_CLASS.get(reason) or ("content" if reason else _AFRICA_CLASS.get(status, "content"))) \
        if kind == "bounced" else None
    return Read([News(kind, "", heard_at, reference("at", known, status), data, "sms", text_of(form, "phoneNumber") or None,
                      known)], [])


def _words(form: Mapping[str, str], ref: str, heard_at: int, *, body: str, sender: str, to: str) -> Words:
    address = text_of(form, sender)
    if not address:
        raise Unreadable("a text message without a sender")
    return Words(reference(ref), heard_at, "sms", tidy(form.get(body, ""))[:LONGEST], address, text_of(form, to))
