"""Text messages through Twilio: one request each, with how long it is worth sending and where its story is told."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import urllib3
from pydantic import Field, model_validator

from doorstep.channels import Channel, Item, Outcome, configured
from doorstep.channels._form_api import SENDER, Answer, FormApi, FormShape, Parcel, Round, Unanswered, unfit
from doorstep.errors import Transient
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.sms import parts

NEEDS = ("twilio_account_sid", "twilio_auth_token")
LIVE = "https://api.twilio.com"
LONGEST = 1600                         # letters of a body
VALID = 36_000                         # seconds a message may wait in Twilio's queue
HOOK = "/hooks/twilio"

# The customer's number, phone, network or wish; also as the error code of an event.
REFUSED = {
    21211: "address", 21217: "address", 21421: "address", 21612: "unroutable", 21214: "unreachable", 21408: "region",
    21610: "stopped", 21614: "not_mobile", 21635: "not_mobile", 21265: "address", 21602: "content", 21617: "content",
    21619: "content", 21654: "content",
    30003: "unreachable", 30004: "blocked", 30005: "address", 30006: "not_mobile", 30007: "filtered", 30008: "failed",
    30009: "content", 30010: "price", 30011: "content", 30019: "content", 30036: "late", 30410: "late", 30453: "region",
}
# Between these two numbers, or from this sender to this country: the same message may go out later.
THROTTLED = {14107: "busy", 21606: SENDER, 21659: SENDER, 21660: SENDER, 30034: SENDER}
# Our account, sender or address as a whole.
BUSY = {20429, 21611, 30001, 30022, 63017, 63018, 63038, 60728}
OURS = {20003, 20005, 20006, 20008, 20403, 20404, 21212, 21603, 21604, 21609, 21618, 21626, 21701, 21703, 21704, 21705, 30002,
        30023, 90007, 90010}


class Config(FormShape):
    """`[providers.twilio]` of a rollout file."""

    messaging_service: str = Field(default="", pattern="^(MG[0-9a-fA-F]{32})?$")
    sender: str = Field(default="", pattern=r"^(\+?\d{3,15}|[A-Za-z0-9 ]{1,11})?$",
                        description="a number, a short code or a name; instead of a messaging service")
    status_callback: str = Field(default="", pattern="^(https?://[^ ]+)?$", description="instead of our own /hooks/twilio")
    max_price: float | None = Field(default=None, gt=0, description="US dollars a message may cost")

    @model_validator(mode="after")
    def _one_sender(self) -> "Config":
        if self.sender and self.messaging_service:
            raise ValueError("messaging_service and sender are both set; keep one")
        return self


class Twilio:
    """Text messages to anywhere."""

    provider = "twilio"
    kind = "sms"
    batch_size = 100
    exactly_once = False

    def __init__(self, rollout: Rollout, settings: Settings) -> None:
        self._shape = configured(rollout, self.provider, Config)
        self._account = settings.twilio_account_sid.strip()
        self._token = settings.twilio_auth_token.get_secret_value().strip()
        own = settings.public_url.rstrip("/") + HOOK
        # Twilio refuses a message whose callback it cannot reach: a public address is one with TLS.
        self._callback = self._shape.status_callback or (own if own.startswith("https://") else "")
        self._path = f"/2010-04-01/Accounts/{quote(self._account, safe='')}/Messages.json"
        self._place = rollout.config_path or rollout.name
        both = f"{self._account}:{self._token}"
        headers = urllib3.make_headers(basic_auth=both) if both.isascii() else {}
        self._api = FormApi(self.provider, settings.twilio_api_url or LIVE, headers, self._shape)

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Hand the texts over, a request for each."""
        if not (self._account and self._token and (self._account + self._token).isascii()):
            raise Transient("TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is not set, or is no token", code="auth")
        if not (self._shape.messaging_service or self._shape.sender):
            raise Transient(f"{self._place}: providers.twilio.sender: missing; name a messaging_service or a sender", code="auth")
        texts = {item.ref: item.skeleton.fill(item.texts).text for item in items}
        outcomes = {item.ref: Outcome(item.notice_id, "refused", code=code) for item in items
                    if (code := _unfit(item, texts[item.ref], now))}
        fit = [item for item in items if item.ref not in outcomes]
        answers = Round(lambda parcel: self._ask(parcel, texts[parcel[0].ref], now)).send(
            [[item] for item in fit], self._shape.at_once)
        outcomes |= zip((item.ref for item in fit), answers, strict=True)
        return [outcomes[item.ref] for item in items]

    def _ask(self, parcel: Parcel, text: str, now: int) -> list[Outcome]:
        [item] = parcel
        return [_outcome(item, self._api.post(self._path, self._form(item, text, now), now=now), text)]

    def _form(self, item: Item, text: str, now: int) -> dict[str, str]:
        shape = self._shape
        form = {"To": item.to, "Body": text}
        form |= {"MessagingServiceSid": shape.messaging_service} if shape.messaging_service else {"From": shape.sender}
        if item.until_at:
            form["ValidityPeriod"] = str(min(VALID, item.until_at - now))
        if self._callback:
            form["StatusCallback"] = _with_ref(self._callback, item.ref)
        if shape.max_price is not None:
            form["MaxPrice"] = f"{shape.max_price:g}"
        return form


def open_channels(rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """The contract's entry."""
    return {"sms": Twilio(rollout, settings)}


def _unfit(item: Item, text: str, now: int) -> str | None:
    return unfit(item, text, now) or ("content" if len(text) > LONGEST else None)


def _with_ref(url: str, ref: str) -> str:
    """The address with our reference in it: opaque, and the only thing that names the message."""
    split = urlsplit(url)
    return split._replace(query=urlencode([*parse_qsl(split.query, keep_blank_values=True), ("ref", ref)])).geturl()


def _outcome(item: Item, answer: Answer, text: str) -> Outcome:
    said = answer.said()
    if answer.status < 300:
        sid = said.get("sid")
        if not isinstance(sid, str) or not sid:
            raise Unanswered("unreadable")
        if said.get("status") not in ("failed", "undelivered"):
            return Outcome(item.notice_id, "accepted", sid, parts=parts(text))
        return _refusal(item, 400, _whole(said.get("error_code")))
    return _refusal(item, answer.status, _whole(said.get("code")))


def _refusal(item: Item, status: int, code: int) -> Outcome:
    """Whose fault it is: ours stops the send, the customer's or the network's is this message's alone."""
    if code in BUSY:
        raise Transient(f"Twilio is busy (error {code})", code="busy")
    if code in OURS or status == 401 or (status in (402, 403, 404, 405) and not code):
        raise Transient(f"Twilio refuses us (HTTP {status}, error {code})", code="auth")
    if code in THROTTLED:
        return Outcome(item.notice_id, "throttled", code=THROTTLED[code])
    return Outcome(item.notice_id, "refused", code=REFUSED.get(code, f"error_{code or status}"))


def _whole(said: Any) -> int:
    return said if isinstance(said, int) else 0
