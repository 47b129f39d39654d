"""SendGrid's POST /v3/mail/send on loopback: enforces its rules and limits, and delivers what it takes into memory.

`delivered` holds what each customer would read, with the substitutions made; `counts` how often each of our references was
taken. With `record=False` (or `--count-only`) requests are not checked and only the references are counted. On top of the
faults of `Stub`, "429" carries `limits`, the headers a test sets ({"X-RateLimit-Reset": "1800000060"}).
`python -m tests.stubs.sendgrid PORT [--count-only]` serves it in a process of its own; `GET /_counts` asks it.
"""

import re
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from tests.stubs.server import Reply, Seen, Stub, serve

KEY = "SG.stub-key.0123456789"
ARG = "doorstep"                            # the custom argument that carries our reference
MOST, MOST_BYTES, MOST_EXTRA = 1000, 30 * 1024 * 1024, 10_000
RESERVED = {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from",
            "subject", "reply-to", "cc", "bcc"}
TOP = {"personalizations", "from", "reply_to", "reply_to_list", "subject", "content", "attachments", "template_id", "headers",
       "categories", "custom_args", "send_at", "batch_id", "asm", "ip_pool_name", "mail_settings", "tracking_settings"}
PERSONAL = {"from", "to", "cc", "bcc", "subject", "headers", "substitutions", "dynamic_template_data", "custom_args", "send_at"}
SETTINGS = {"mail_settings": {"bypass_list_management", "bypass_spam_management", "bypass_bounce_management",
                              "bypass_unsubscribe_management", "footer", "sandbox_mode"},
            "tracking_settings": {"click_tracking", "open_tracking", "subscription_tracking", "ganalytics"}}
_ADDRESS = re.compile(r"(?!\.)(?!.*\.\.)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}(?<!\.)@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+"
                      r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]").fullmatch
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_CONTROL = re.compile(r"[\x00-\x1f\x7f]").search

Fault = tuple[str, str | None]              # what is wrong, and the field


class Delivered(NamedTuple):
    """One customer's email, as SendGrid would send it on."""

    ref: str
    to: str
    subject: str
    text: str
    html: str


class SendGridStub(Stub):
    """One SendGrid account with one key."""

    def __init__(self, *, key: str = KEY, check: bool | None = None, **rest: Any) -> None:
        super().__init__(**rest)
        self.key = key
        self.check = self.record if check is None else check
        self.limits: dict[str, str] = {}
        self.refuse: Mapping[str, Fault] = {}           # references whose personalization is found wrong
        self.delivered: list[Delivered] = []
        self.message_ids: dict[str, str] = {}           # by reference; kept with `delivered`
        self.counts: Counter[str] = Counter()           # how often each of our references was taken

    def answer(self, seen: Seen) -> Reply:
        if (seen.method, seen.path) != ("POST", "/v3/mail/send"):
            return errors(404 if seen.path != "/v3/mail/send" else 405, [("not found", None)])
        if seen.headers.get("authorization") != f"Bearer {self.key}":
            return errors(401, [("The provided authorization grant is invalid, expired, or revoked", None)])
        if seen.headers.get("content-type", "").partition(";")[0] != "application/json":
            return errors(415, [("Content-Type should be application/json.", None)])
        if len(seen.body) >= MOST_BYTES:
            return errors(413, [("The message is larger than 30 MB", None)])
        try:
            mail = orjson.loads(seen.body)
        except orjson.JSONDecodeError:
            return errors(400, [("Bad Request", None)])
        faults = list(faults_of(mail, self.refuse)) if self.check else []
        return errors(400, faults) if faults else self._take(mail)

    def fail(self, fault: str, seen: Seen) -> Reply:
        if fault == "429":
            return errors(429, [("too many requests", None)], self.limits)
        reply = super().fail(fault, seen)
        return errors(reply.status, [("told to fail", None)]) if "_" not in fault and reply.status >= 400 else reply

    def about(self) -> dict[str, Any]:
        return self.about_refs(self.counts)

    def _take(self, mail: dict[str, Any]) -> Reply:
        if mail.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
            return Reply(200)
        message_id = secrets.token_urlsafe(16)
        people = mail["personalizations"]
        refs = [person["custom_args"].get(ARG, "") if "custom_args" in person else "" for person in people]
        made = [deliver(mail, person) for person in people] if self.record else []
        with self.lock:
            self.counts.update(refs)
            self.delivered += made
            if self.record:
                self.message_ids |= dict.fromkeys(refs, message_id)
        return Reply(202, {"X-Message-Id": message_id, "Content-Type": "text/plain; charset=utf-8"})


def errors(status: int, faults: list[Fault], headers: Mapping[str, str] | None = None) -> Reply:
    """An error as SendGrid words it."""
    body = {"errors": [{"message": message, "field": field, "help": None} for message, field in faults]}
    return Reply(status, {"Content-Type": "application/json", **(headers or {})}, orjson.dumps(body))


def deliver(mail: dict[str, Any], person: dict[str, Any]) -> Delivered:
    """Plain replacement, one tag after the other, in the subject and in all content; nothing is escaped."""
    texts = {content["type"]: content["value"] for content in mail["content"]}
    made = [person.get("subject", mail.get("subject", "")), texts.get("text/plain", ""), texts.get("text/html", "")]
    for tag, value in person.get("substitutions", {}).items():
        made = [text.replace(tag, value) for text in made]
    return Delivered(person.get("custom_args", {}).get(ARG, ""), person["to"][0]["email"], *made)


def faults_of(mail: Any, refuse: Mapping[str, Fault]) -> Iterator[Fault]:
    """All that is wrong with a request, each with its field."""
    if not isinstance(mail, dict):
        yield "Bad Request", None
        return
    yield from _unknown(mail, TOP, "")
    yield from _sender(mail)
    yield from _contents(mail)
    yield from _extras(mail, "")
    yield from _options(mail)
    people = mail.get("personalizations")
    if not isinstance(people, list) or not people:
        yield "The personalizations field is required and must have at least one personalization.", "personalizations"
        return
    if len(people) > MOST:
        yield (f"The personalization block is limited to 1000 personalizations per API request. You have provided "
               f"{len(people)} personalizations.", "personalizations")
    total = 0
    for number, person in enumerate(people):
        field = f"personalizations.{number}"
        yield from _person(mail, person, field)
        total += sum(len(person.get(kind, ())) for kind in ("to", "cc", "bcc"))
        ref = person.get("custom_args", {}).get(ARG)
        if ref in refuse:
            message, place = refuse[ref]
            yield message, place and f"{field}.{place}"
    if total > MOST:
        yield "There is a limit of 1000 total recipients (to + cc + bcc) per request.", "personalizations"


def _unknown(given: Mapping[str, Any], known: set[str], place: str) -> Iterator[Fault]:
    for name in sorted(set(given) - known):
        yield "Additional property is not allowed", f"{place}{name}"


def _address(who: Any, field: str) -> Iterator[Fault]:
    email = who.get("email") if isinstance(who, dict) else None
    if not isinstance(email, str) or not _ADDRESS(email) or len(email) > 254:
        yield "Does not contain a valid address.", f"{field}.email"
        return
    name = who.get("name", "")
    if not isinstance(name, str) or _CONTROL(name) or "," in name or ";" in name:
        yield "The name may not hold a comma, a semicolon or a line break.", f"{field}.name"
    yield from _unknown(who, {"email", "name"}, f"{field}.")


def _sender(mail: dict[str, Any]) -> Iterator[Fault]:
    if "from" not in mail:
        yield "The from object must be provided for every email send.", "from.email"
    else:
        yield from _address(mail["from"], "from")
    if "reply_to" in mail and "reply_to_list" in mail:
        yield "Only one of reply_to and reply_to_list may be given.", "reply_to"
    replies = [mail["reply_to"]] if "reply_to" in mail else mail.get("reply_to_list", [])
    for number, who in enumerate(replies):
        yield from _address(who, f"reply_to.{number}")
    if len({who.get("email") for who in replies}) < len(replies):
        yield "Each reply_to_list address must be unique.", "reply_to_list"


def _contents(mail: dict[str, Any]) -> Iterator[Fault]:
    contents = mail.get("content")
    if not contents:
        if not mail.get("template_id"):
            yield "Unless a valid template_id is provided, the content parameter is required.", "content"
        return
    kinds = [content.get("type") for content in contents]
    for number, content in enumerate(contents):
        for name in ("type", "value"):
            if not isinstance(content.get(name), str) or not content[name]:
                yield f"The content {name} must be a string at least one character in length.", f"content.{number}.{name}"
    if "text/html" in kinds and "text/plain" in kinds[kinds.index("text/html"):]:
        yield "If present, text/plain and text/html must be the first two, in this order.", "content"


def _person(mail: dict[str, Any], person: dict[str, Any], field: str) -> Iterator[Fault]:
    yield from _unknown(person, PERSONAL, f"{field}.")
    if not person.get("to"):
        yield "The to array is required for all personalization objects, and must have at least one email.", f"{field}.to"
    addresses: list[str] = []
    for kind in ("to", "cc", "bcc"):
        for number, who in enumerate(person.get(kind, ())):
            yield from _address(who, f"{field}.{kind}.{number}")
            addresses.append(str(who.get("email")).lower())
    if len(set(addresses)) < len(addresses):
        yield "Each email address in the personalization block should be unique between to, cc, and bcc.", field
    subject = person.get("subject", mail.get("subject"))
    if not isinstance(subject, str) or not subject:
        yield "The subject is required.", "subject"
    else:
        values = person.get("substitutions", {})
        if _CONTROL(subject) or any(_CONTROL(str(value)) for tag, value in values.items() if tag in subject):
            yield "The subject may not hold line breaks.", f"{field}.subject"
    yield from _strings(person.get("substitutions", {}), f"{field}.substitutions")
    if person.get("substitutions") and str(mail.get("template_id", "")).startswith("d-"):
        yield "Substitutions may not be used with dynamic templating", f"{field}.substitutions"
    yield from _extras(person, f"{field}.", mail.get("custom_args", {}))


def _strings(given: Any, field: str) -> Iterator[Fault]:
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        yield "Every value must be a string.", field
    elif sum(len(name.encode()) + len(value.encode()) for name, value in given.items()) > MOST_EXTRA:
        yield f"The total size may not exceed {MOST_EXTRA} bytes.", field


def _extras(given: dict[str, Any], place: str, shared: Mapping[str, Any] | None = None) -> Iterator[Fault]:
    """What a message and a personalization may both have."""
    yield from _strings({**(shared or {}), **given.get("custom_args", {})}, f"{place}custom_args")
    for name, value in given.get("headers", {}).items():
        if name.lower() in RESERVED or not _TOKEN(name):
            yield "The header is reserved or malformed.", f"{place}headers.{name}"
        elif not isinstance(value, str) or _CONTROL(value) or not value.isascii():
            yield "The header's value must be one line of ASCII.", f"{place}headers.{name}"
    moment = given.get("send_at")
    if moment is not None and (not isinstance(moment, int) or moment > time.time() + 72 * 3600):
        yield "send_at must be a time stamp within 72 hours.", f"{place}send_at"


def _options(mail: dict[str, Any]) -> Iterator[Fault]:
    categories = mail.get("categories", [])
    if len(categories) > 10 or len(set(categories)) < len(categories) or any(len(each) > 255 for each in categories):
        yield "At most 10 categories, unique, of 255 characters at most.", "categories"
    asm = mail.get("asm", {})
    if asm and (not isinstance(asm.get("group_id"), int) or len(asm.get("groups_to_display", [])) > 25):
        yield "asm needs a group_id, and shows 25 groups at most.", "asm"
    if not 2 <= len(mail.get("ip_pool_name", "pool")) <= 64:
        yield "The length of ip_pool_name must be between 2 and 64.", "ip_pool_name"
    for part, known in SETTINGS.items():
        given = mail.get(part, {})
        yield from _unknown(given, known, f"{part}.")
        for name, setting in given.items():
            if not isinstance(setting.get("enable"), bool):
                yield "enable must be true or false.", f"{part}.{name}.enable"


if __name__ == "__main__":
    serve(SendGridStub, __doc__)
