"""Amazon on loopback: SES v2 (bulk, single, suppression list, account) and the texts and calls of End User Messaging.

Every request is read back from the wire and held against botocore's own model, with the lengths, patterns and sets that
botocore itself does not check, and against what the documentation says beyond the model. What passes is delivered into
memory: `delivered` as the customer would get it, `counts` how often each of our references was taken; a dry run goes to
`dry` instead. `refuse` gives an address or a number its own answer: a status, or for the phone (error, reason, *fields).
With `record=False` (or `--count-only`) nothing is checked and only references are counted.
`python -m tests.stubs.aws PORT [--count-only]` serves it in a process of its own; `GET /_counts` asks it.
"""

import json
import os
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from tests.stubs.aws_model import PHONE, SESV2, faults_of, read
from tests.stubs.server import Reply, Seen, Stub, serve

TAG = "doorstep"                               # the tag, or the key of the Context, that carries our reference
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=\w+/\d{8}/[a-z0-9-]+/(ses|sms-voice)/aws4_request, "
                     r"SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}").fullmatch
_TEMPLATE = re.compile(r"(\\*)\{\{(.*?)\}\}", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*").fullmatch


class Email(NamedTuple):
    """One customer's email, as SES would send it on."""

    ref: str
    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    request: Mapping[str, Any]


class Said(NamedTuple):
    """One text message or call."""

    ref: str
    to: str
    body: str
    request: Mapping[str, Any]


class NotRendered(Exception):
    """A template that SES could not fill."""


class AwsStub(Stub):
    """One Amazon account."""

    def __init__(self, *, page: int = 2, **rest: Any) -> None:
        super().__init__(**rest)
        self.page = page                                      # addresses in one answer of the suppression list
        self.refuse: dict[str, Any] = {}                      # by address or number
        self.refuse_all: tuple[str, str] | None = None        # (error, reason or sentence) for every request
        self.missing = 0                                      # results that a bulk answer leaves out
        self.suppressed: list[tuple[str, str, int]] = []      # (address, reason, epoch seconds)
        self.delivered: list[Any] = []
        self.dry: list[Said] = []
        self.not_rendered: list[str] = []
        self.ids: dict[str, str] = {}                         # our reference -> the message id we were given
        self.counts: Counter[str] = Counter()
        self._operations: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "SendBulkEmail": self._bulk, "SendEmail": self._single, "GetAccount": self._account,
            "ListSuppressedDestinations": self._list, "GetSuppressedDestination": self._listed,
            "SendTextMessage": self._phone, "SendVoiceMessage": self._phone}

    def environment(self) -> dict[str, str]:
        """The variables that bring a client here."""
        return KEYS | {"AWS_ENDPOINT_URL_SESV2": self.url, "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": self.url}

    @contextmanager
    def surroundings(self) -> Iterator[None]:
        """The same set for this process, and nothing else of Amazon's."""
        before = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        try:
            _set(self.environment())
            yield
        finally:
            _set(before)

    def forget(self) -> None:
        """As at the start, on the same port."""
        self.faults = lambda number: None
        self.refuse_all, self.count, self.pause, self.missing = None, 0, 0.3, 0
        for kept in (self.refuse, self.suppressed, self.delivered, self.dry, self.not_rendered, self.ids, self.counts):
            kept.clear()
        self.requests.clear()

    def answer(self, seen: Seen) -> Reply:
        service, name, params = read(seen)
        if not name:
            return self._no(service, "UnknownOperationException", "", status=404)
        signed = _SIGNED(seen.headers.get("authorization", ""))
        if not signed or "x-amz-date" not in seen.headers or signed[1] != ("ses" if service == SESV2 else "sms-voice"):
            return self._no(service, "MissingAuthenticationTokenException", "", status=403)
        if self.refuse_all:
            return self._no(service, *self.refuse_all)
        wrong = list(faults_of(service, name, params, len(seen.body))) if self.record else []
        if wrong:
            return self._no(service, "BadRequestException" if service == SESV2 else "ValidationException",
                            "; ".join(wrong) if service == SESV2 else "FIELD_VALIDATION_FAILED")
        return self._operations[name](params)

    def fail(self, fault: str, seen: Seen) -> Reply:
        status, _, form = fault.partition("_")
        if form or status.startswith("3"):
            return super().fail(fault, seen)
        ses = read(seen)[0] == SESV2
        name = {"429": "TooManyRequestsException" if ses else "ThrottlingException", "403": "AccessDeniedException",
                "500": "InternalServerException", "503": "ServiceUnavailableException"}.get(status, "InternalFailure")
        return self._no(SESV2 if ses else PHONE, name, "", status=int(status) if ses or status != "429" else 400)

    def about(self) -> dict[str, Any]:
        return self.about_refs(self.counts)

    # The operations

    def _bulk(self, params: dict[str, Any]) -> Reply:
        results = [self._bulk_entry(params, entry) for entry in params["BulkEmailEntries"]]
        return _ok({"BulkEmailEntryResults": results[self.missing:]})

    def _bulk_entry(self, params: dict[str, Any], entry: dict[str, Any]) -> dict[str, str]:
        to = entry["Destination"]["ToAddresses"][0]
        status = self.refuse.get(to)
        if status:
            return {"Status": status, "Error": "told to fail"}
        ref = _ref({tag["Name"]: tag["Value"] for tag in entry.get("ReplacementTags", [])}.get(TAG, ""))
        email = None
        if self.record:
            template = params["DefaultContent"]["Template"]
            headers = {each["Name"]: each["Value"] for each in template.get("Headers", []) + entry.get("ReplacementHeaders", [])}
            data = json.loads(template.get("TemplateData", "{}")) | json.loads(
                entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"])
            try:
                content = template["TemplateContent"]
                subject, text, html = [render(content.get(part, ""), data) for part in ("Subject", "Text", "Html")]
            except NotRendered as error:
                self.not_rendered.append(str(error))
                return {"Status": "SUCCESS", "MessageId": _message_id()}
            email = Email(ref, to, subject, text, html, headers, params)
        return {"Status": "SUCCESS", "MessageId": self._take(ref, email)}

    def _single(self, params: dict[str, Any]) -> Reply:
        tags = {tag["Name"]: tag["Value"] for tag in params.get("EmailTags", [])}
        simple, ref = params["Content"]["Simple"], _ref(tags.get(TAG, ""))
        text, html = [simple["Body"].get(part, {}).get("Data", "") for part in ("Text", "Html")]
        headers = {each["Name"]: each["Value"] for each in simple.get("Headers", [])}
        to, subject = params["Destination"]["ToAddresses"][0], simple["Subject"]["Data"]
        return _ok({"MessageId": self._take(ref, Email(ref, to, subject, text, html, headers, params))})

    def _list(self, params: dict[str, Any]) -> Reply:
        start = int(params.get("NextToken", 0))
        since = datetime.fromisoformat(params.get("StartDate", "1970-01-01T00:00:00Z")).timestamp()
        reasons = params.get("Reasons", ["BOUNCE", "COMPLAINT"])
        found = [each for each in self.suppressed if each[2] >= since and each[1] in reasons]
        shown = [{"EmailAddress": address, "Reason": reason, "LastUpdateTime": at}
                 for address, reason, at in found[start:start + self.page]]
        more = {"NextToken": str(start + self.page)} if len(found) > start + self.page else {}
        return _ok({"SuppressedDestinationSummaries": shown, **more})

    def _listed(self, params: dict[str, Any]) -> Reply:
        for address, reason, at in self.suppressed:
            if address == params["EmailAddress"]:
                return _ok({"SuppressedDestination": {"EmailAddress": address, "Reason": reason, "LastUpdateTime": at}})
        return self._no(SESV2, "NotFoundException", "not on the list", status=404)

    def _account(self, params: dict[str, Any]) -> Reply:
        return _ok({"ProductionAccessEnabled": True, "SendingEnabled": True,
                    "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": float(self.counts.total())}})

    def _phone(self, params: dict[str, Any]) -> Reply:
        to = params["DestinationPhoneNumber"]
        if to in self.refuse:
            return self._no(PHONE, *self.refuse[to])
        ref = params.get("Context", {}).get(TAG, "")
        said = Said(ref, to, params["MessageBody"], params)
        if params.get("DryRun"):
            with self.lock:
                self.dry.append(said)
            return _ok({"MessageId": _message_id()})
        return _ok({"MessageId": self._take(ref, said if self.record else None)})

    def _take(self, ref: str, message: Email | Said | None) -> str:
        given = _message_id()
        with self.lock:
            self.counts[ref] += 1
            if message:
                self.delivered.append(message)
                self.ids[ref] = given
        return given

    def _no(self, service: str, error: str, why: str, *fields: str, status: int = 400) -> Reply:
        """An error as the service words it; `why` is the reason of the phone's, the sentence of SES's."""
        if service == SESV2:
            headers = {"Content-Type": "application/json", "x-amzn-ErrorType": f"{error}:http://internal.amazon.com/"}
            return Reply(429 if error == "TooManyRequestsException" else status, headers, orjson.dumps({"message": why}))
        said: dict[str, Any] = {"__type": f"com.amazonaws.pinpointsmsvoicev2#{error}", "Message": "told to fail"}
        said |= {"Reason": why} if why else {}
        said |= {"Fields": [{"Name": name, "Message": "told to fail"} for name in fields]} if fields else {}
        return Reply(status, {"Content-Type": "application/x-amz-json-1.0"}, orjson.dumps(said))


def render(template: str, data: Mapping[str, Any]) -> str:
    """Simple substitution, once over, and nothing escaped: {{name}} is the value; any other code SES would not fill."""

    def value(found: re.Match[str]) -> str:
        if found[1] or not _NAME(found[2]):
            raise NotRendered(f"not a simple substitution: {found[0]}")
        if found[2] not in data:
            raise NotRendered(f"Attribute '{found[2]}' is not present in the rendering data.")
        return str(data[found[2]])

    if "{{" in _TEMPLATE.sub("", template):
        raise NotRendered("braces that do not close")
    return _TEMPLATE.sub(value, template)


def _set(variables: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(variables)


def _ok(said: Mapping[str, Any]) -> Reply:
    return Reply(200, {"Content-Type": "application/json"}, orjson.dumps(said))


def _ref(tag: str) -> str:
    """A tag has no room for the dot of our reference; this is the way back, written apart from the channel's own."""
    notice, _, attempt = tag.rpartition("-")
    return f"{notice}.{attempt}"


def _message_id() -> str:
    return f"0102{secrets.token_hex(14)}-{secrets.token_hex(4)}-000000"


if __name__ == "__main__":
    serve(AwsStub, __doc__)
