"""Twilio on loopback: its message resource, strict about each field, worded as the real one is.

A number that begins with +2567000 names by its last five digits the error it gets: +256700021610 has sent STOP,
+256700021614 is no mobile; any other number is taken. `python -m tests.stubs.twilio PORT` serves it.
"""

import json
import re
from base64 import b64encode
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.stubs.server import Reply, Seen, Stub, serve

ACCOUNT, TOKEN = "AC" + "0" * 31 + "1", "twilio-secret-token"
SERVICE = "MG" + "a" * 32
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
FIELDS = {"To", "Body", "From", "MessagingServiceSid", "ValidityPeriod", "StatusCallback", "MaxPrice"}
# error -> HTTP status; others are 400
STATUS = {20003: 401, 20429: 429, 21408: 403, 21610: 400, 20404: 404}
ERRORS = {20003, 20404, 20429, 21211, 21214, 21217, 21408, 21606, 21610, 21611, 21612, 21614, 21617, 30001, 30007, 14107, 29999}
_BASIC = "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()


class TwilioStub(Stub):
    """Takes text messages and keeps their forms."""

    def __init__(self, *, reply: Reply | None = None, **how: Any) -> None:
        super().__init__(**how)
        self.fixed = reply                              # said instead of an answer of its own
        self.taken: list[dict[str, str]] = []
        self._ids = count(1)

    def answer(self, seen: Seen) -> Reply:
        if seen.headers.get("authorization") != _BASIC:
            return _error(20003, "Authenticate")
        if (seen.method, seen.path) != ("POST", PATH):
            return _error(20404, f"The requested resource {seen.path} was not found")
        raw = parse_qs(seen.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
        form = {name: values[0] for name, values in raw.items()}
        code, why = _fault(form, doubled=any(len(values) > 1 for values in raw.values()))
        if code:
            return _error(code, why)
        if self.fixed:
            return self.fixed
        with self.lock:
            self.taken.append(form)
            sid = f"SM{next(self._ids):032x}"
        return Reply(201, {"Content-Type": "application/json"}, json.dumps({
            "sid": sid, "status": "queued", "to": form["To"], "body": form["Body"], "num_segments": "1",
            "error_code": None, "error_message": None}).encode())

    def fail(self, fault: str, seen: Seen) -> Reply:
        if fault == "429":
            return _error(20429, "Too many requests", {"Retry-After": "7"})
        return super().fail(fault, seen)

    def about(self) -> dict[str, Any]:
        return super().about() | {"messages": len(self.taken)}


def _error(code: int, why: str, headers: dict[str, str] | None = None) -> Reply:
    status = STATUS.get(code, 400)
    body = {"code": code, "message": why, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return Reply(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(body).encode())


def _fault(form: dict[str, str], *, doubled: bool) -> tuple[int, str]:
    """The error a form gets, and why; 0 for a good one."""
    to = form.get("To", "")
    told = int(to[-5:]) if to.startswith("+2567000") and to[-5:].isdigit() else 0
    if doubled or set(form) - FIELDS:
        return 20001, f"fields: {sorted(form)}"
    if not re.fullmatch(r"\+[1-9]\d{6,14}", to):
        return 21211, f"The 'To' number {to} is not a valid phone number"
    if not form.get("Body", "").strip():
        return 21602, "Message body is required"
    if len(form["Body"]) > 1600:
        return 21617, "The concatenated message body exceeds the 1600 character limit"
    if ("From" in form) == ("MessagingServiceSid" in form):
        return 21603, "A 'From' phone number is required"
    if form.get("MessagingServiceSid", SERVICE) != SERVICE:
        return 21705, "The Messaging Service is invalid"
    if "ValidityPeriod" in form and not (form["ValidityPeriod"].isdigit() and 1 <= int(form["ValidityPeriod"]) <= 36_000):
        return 90007, "Invalid validity period value"
    callback = urlsplit(form.get("StatusCallback", "https://example.com"))
    if callback.scheme not in ("http", "https") or not callback.hostname or callback.hostname == "localhost":
        return 21609, "Invalid 'StatusCallback'"
    return (told, f"error for {to}") if told in ERRORS else (0, "")


if __name__ == "__main__":
    serve(TwilioStub, __doc__)
