"""Amazon's requests read back from the wire, and what botocore's own model and the documentation say against them."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import botocore.session
import orjson
from botocore.validate import ParamValidator

from tests.stubs.server import Seen

SESV2, PHONE = "sesv2", "pinpoint-sms-voice-v2"
MOST_BYTES = 1_000_000                         # of a request with an inline template
TARGET = "PinpointSMSVoiceV2."
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]{2,}").fullmatch
_FROM = re.compile(r"[ -~]*").fullmatch
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}").fullmatch
_LIST = "/v2/email/suppression/addresses"
_SES = {("POST", "/v2/email/outbound-bulk-emails"): "SendBulkEmail", ("POST", "/v2/email/outbound-emails"): "SendEmail",
        ("GET", _LIST): "ListSuppressedDestinations", ("GET", "/v2/email/account"): "GetAccount"}


def read(seen: Seen) -> tuple[str, str, dict[str, Any]]:
    """(service, operation, parameters) of a request; the operation is empty where there is none such."""
    target = seen.headers.get("x-amz-target", "")
    if target:
        right = target.startswith(TARGET) and seen.headers.get("content-type") == "application/x-amz-json-1.0"
        name = target.removeprefix(TARGET)
        return PHONE, name if right and name in ("SendTextMessage", "SendVoiceMessage") else "", orjson.loads(seen.body)
    split = urlsplit(seen.path)
    if seen.method == "GET" and split.path.startswith(f"{_LIST}/"):
        return SESV2, "GetSuppressedDestination", {"EmailAddress": unquote(split.path.removeprefix(f"{_LIST}/"))}
    name = _SES.get((seen.method, split.path), "")
    return SESV2, name, _query(name, split.query) if seen.method == "GET" else orjson.loads(seen.body)


def _query(name: str, query: str) -> dict[str, Any]:
    """The parameters of a query, by the names they have in the model."""
    members = _input(SESV2, name).members if name else {}
    names = {member.serialization.get("name", key): key for key, member in members.items()}
    given = {names.get(key, key): values for key, values in parse_qs(query).items()}
    single = {key: int(values[0]) if key == "PageSize" else values[0] for key, values in given.items()}
    return single | ({"Reasons": given["Reasons"]} if "Reasons" in given else {})


def faults_of(service: str, name: str, params: dict[str, Any], size: int) -> Iterator[str]:
    """Everything that is wrong with a request."""
    shape = _input(service, name)
    report = ParamValidator().validate(params, shape)
    if report.has_errors():
        yield report.generate_report()
    else:
        yield from _in_shape(shape, params, name)
        yield from _beyond(name, params, size)


def _beyond(name: str, params: dict[str, Any], size: int) -> Iterator[str]:
    """What the documentation asks and the model does not."""
    if name == "SendBulkEmail":
        entries = params["BulkEmailEntries"]
        if not 1 <= len(entries) <= 50:
            yield f"{len(entries)} entries"
        if size > MOST_BYTES:
            yield f"{size} bytes"
        sender = params.get("FromEmailAddress", "")
        if not _FROM(sender) or not _ADDRESS(sender.rpartition("<")[2].rstrip(">")):
            yield "FromEmailAddress: not in ASCII, or no address"
        yield from _of_marks(params.get("DefaultEmailTags", []), params["DefaultContent"]["Template"].get("Headers", []))
        for entry in entries:
            yield from _of_entry(entry)
    elif name == "SendVoiceMessage" and params.get("MessageBodyTextType") != "SSML" and len(params.get("MessageBody", "")) > 3000:
        yield "MessageBody: more than 3000 characters of text"


def _of_marks(tags: list[dict[str, str]], headers: list[dict[str, str]]) -> Iterator[str]:
    for tag in tags:
        if not _TAG(tag["Name"]) or not _TAG(tag["Value"]):
            yield "a tag has other letters than A-Z, a-z, 0-9, _ and -"
    for header in headers:
        if len(header["Name"]) + len(header["Value"]) > 996:
            yield f"{header['Name']}: too long"


def _of_entry(entry: dict[str, Any]) -> Iterator[str]:
    people = [address for field in entry["Destination"].values() for address in field]
    if not 1 <= len(people) <= 50 or not all(map(_ADDRESS, people)):
        yield "Destination: not UserName@[SubDomain.]Domain.TopLevelDomain in ASCII"
    data = entry.get("ReplacementEmailContent", {}).get("ReplacementTemplate", {}).get("ReplacementTemplateData", "{}")
    if not isinstance(json.loads(data), dict):
        yield "ReplacementTemplateData: not a JSON object"
    yield from _of_marks(entry.get("ReplacementTags", []), entry.get("ReplacementHeaders", []))


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


@cache
def _input(service: str, name: str) -> Any:
    return _model(service).operation_model(name).input_shape


def _in_shape(shape: Any, value: Any, place: str) -> Iterator[str]:
    """Lengths, patterns and sets, all the way down."""
    kind, limits = shape.type_name, shape.metadata
    if kind in ("string", "list", "map") and not limits.get("min", 0) <= len(value) <= limits.get("max", len(value)):
        yield f"{place}: {len(value)} is not a length of {limits}"
    if kind in ("integer", "long") and not limits.get("min", value) <= value <= limits.get("max", value):
        yield f"{place}: {value} is out of {limits}"
    if kind == "string" and limits.get("pattern") and not re.fullmatch(limits["pattern"], value):
        yield f"{place}: does not match {limits['pattern']}"
    if kind == "string" and shape.enum and value not in shape.enum:
        yield f"{place}: {value} is none of {shape.enum}"
    for member, each, step in _inside(shape, value):
        yield from _in_shape(member, each, f"{place}.{step}")


def _inside(shape: Any, value: Any) -> list[tuple[Any, Any, str]]:
    if shape.type_name == "structure":
        return [(shape.members[key], each, key) for key, each in value.items()]
    if shape.type_name == "list":
        return [(shape.member, each, "[]") for each in value]
    if shape.type_name == "map":
        return [pair for key, each in value.items() for pair in ((shape.key, key, "key"), (shape.value, each, key))]
    return []
