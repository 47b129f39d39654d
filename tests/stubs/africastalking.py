"""Africa's Talking on loopback: its form API, strict about what its documentation says, worded as the real one is.

A number that begins with +256700000 says by its last three digits what becomes of it: +256700000403 is an invalid number,
+256700000405 has no balance left, and so on for its status codes; any other number is taken.
`python -m tests.stubs.africastalking PORT` serves it.
"""

import json
import re
from itertools import count
from typing import Any
from urllib.parse import parse_qs

from tests.stubs.server import Reply, Seen, Stub, serve

KEY, USERNAME = "at-secret-key", "northwick"
NAMES = {100: "Processed", 101: "Success", 102: "Queued", 401: "RiskHold", 402: "InvalidSenderId", 403: "InvalidPhoneNumber",
         404: "UnsupportedNumberType", 405: "InsufficientBalance", 406: "UserInBlacklist", 407: "CouldNotRoute",
         409: "DoNotDisturbRejection", 500: "InternalServerError", 501: "GatewayError", 502: "RejectedByGateway"}
FIELDS = {"username", "to", "message", "from", "bulkSMSMode", "enqueue"}
_NUMBER = re.compile(r"\+[1-9]\d{6,14}").fullmatch


class AfricasTalkingStub(Stub):
    """Takes text messages and keeps them by number."""

    def __init__(self, *, senders: tuple[str, ...] = ("NORTHWICK",), reply: Reply | None = None, **how: Any) -> None:
        super().__init__(**how)
        self.senders = senders
        self.fixed = reply                              # said instead of an answer of its own
        self.taken: list[tuple[str, str]] = []          # number, text
        self._ids = count(1)

    def answer(self, seen: Seen) -> Reply:
        if seen.headers.get("apikey") != KEY:
            return Reply(401, {"Content-Type": "text/plain"}, b"The supplied authentication is invalid")
        fault = _fault(seen)
        if fault:
            return Reply(400, {"Content-Type": "text/plain"}, fault.encode())
        if self.fixed:
            return self.fixed
        form = {name: values[0] for name, values in parse_qs(seen.body.decode()).items()}
        if form.get("from", self.senders[0]) not in self.senders:
            return _said("InvalidSenderId", [])
        with self.lock:
            told = [self._told(number, form["message"]) for number in form["to"].split(",")]
        sent = sum(each["statusCode"] < 400 for each in told)
        return _said(f"Sent to {sent}/{len(told)} Total Cost: UGX {35 * sent}.0000", told)

    def about(self) -> dict[str, Any]:
        return super().about() | {"messages": len(self.taken)}

    def _told(self, number: str, text: str) -> dict[str, Any]:
        status = int(number[-3:]) if number.startswith("+256700000") and int(number[-3:]) in NAMES else 101
        good = status < 400
        if good:
            self.taken.append((number, text))
        return {"statusCode": status, "number": number, "status": "Success" if good else NAMES[status],
                "cost": "UGX 35.0000" if good else "0", "messageId": f"ATXid_{next(self._ids):032x}" if good else "None"}


def _said(message: str, told: list[dict[str, Any]]) -> Reply:
    body = json.dumps({"SMSMessageData": {"Message": message, "Recipients": told}})
    return Reply(201, {"Content-Type": "application/json"}, body.encode())


def _fault(seen: Seen) -> str:
    """What the request does wrong, in a sentence; nothing for a good one."""
    if (seen.method, seen.path) != ("POST", "/version1/messaging"):
        return f"there is no {seen.method} {seen.path}"
    if seen.headers.get("content-type") != "application/x-www-form-urlencoded":
        return "not a form"
    if seen.headers.get("accept") != "application/json":
        return "no JSON wanted"
    form = parse_qs(seen.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    if set(form) - FIELDS or any(len(values) != 1 for values in form.values()):
        return f"fields: {sorted(form)}"
    if form.get("username") != [USERNAME] or form.get("bulkSMSMode") != ["1"] or form.get("enqueue") != ["1"]:
        return "username, bulkSMSMode or enqueue"
    numbers = form.get("to", [""])[0].split(",")
    if not all(map(_NUMBER, numbers)) or len(set(numbers)) < len(numbers) or len(numbers) > 1000:
        return "numbers"
    return "" if form.get("message", [""])[0].strip() else "no message"


if __name__ == "__main__":
    serve(AfricasTalkingStub, __doc__)
