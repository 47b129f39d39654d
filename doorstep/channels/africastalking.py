"""Text messages through Africa's Talking: equal texts go out in one request, and the answer names each number.

Its form has no place for our reference: the message id of the answer is kept as the provider's, and events carry it.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from doorstep.channels import Channel, Item, Outcome, configured
from doorstep.channels._form_api import SENDER, FormApi, FormShape, Parcel, Round, Unanswered, unfit
from doorstep.errors import Transient
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.sms import parts

NEEDS = ("africastalking_username", "africastalking_api_key")
LIVE, SANDBOX = "https://api.africastalking.com", "https://api.sandbox.africastalking.com"
PATH = "/version1/messaging"
NUMBERS = 1000                         # its documentation names no limit; the list of a request is kept this short
TAKEN = (100, 101, 102)                # processed, sent, queued
# What the customer's number, network or wish stands in the way of. A message held as a risk may still go out: not again.
REFUSED = {401: "risk_hold", 403: "address", 404: "not_mobile", 406: "stopped", 407: "unroutable", 409: "do_not_disturb",
           502: "rejected"}
# Our sender, which each network knows or not, or their gateway: the same message may go out later.
THROTTLED = {402: SENDER, 500: "provider", 501: "gateway"}
NO_MONEY = 405


class Config(FormShape):
    """`[providers.africastalking]` of a rollout file."""

    sender: str = Field(default="", max_length=15, pattern=r"^[A-Za-z0-9 ._-]*$",
                        description="a short code or a name that is registered; without one, theirs")


class AfricasTalking:
    """Text messages to East Africa."""

    provider = "africastalking"
    kind = "sms"
    batch_size = NUMBERS
    exactly_once = False

    def __init__(self, rollout: Rollout, settings: Settings) -> None:
        self._shape = configured(rollout, self.provider, Config)
        self._key = settings.africastalking_api_key.get_secret_value().strip()
        self._username = settings.africastalking_username
        host = settings.africastalking_api_url or (SANDBOX if self._username == "sandbox" else LIVE)
        self._api = FormApi(self.provider, host, {"apiKey": self._key}, self._shape)

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Hand the texts over, those that are equal together."""
        if not (self._username and self._key.isascii() and self._key.isprintable() and self._key):
            raise Transient("AFRICASTALKING_USERNAME or AFRICASTALKING_API_KEY is not set, or is no key", code="auth")
        texts = {item.ref: item.skeleton.fill(item.texts).text for item in items}
        outcomes = {item.ref: Outcome(item.notice_id, "refused", code=code) for item in items
                    if (code := unfit(item, texts[item.ref], now))}
        parcels = _parcels([item for item in items if item.ref not in outcomes], texts)
        answers = Round(lambda parcel: self._ask(parcel, texts[parcel[0].ref], now)).send(parcels, self._shape.at_once)
        asked = [item.ref for parcel in parcels for item in parcel]
        outcomes |= zip(asked, answers, strict=True)
        return [outcomes[item.ref] for item in items]

    def _ask(self, parcel: Parcel, text: str, now: int) -> list[Outcome]:
        form = {"username": self._username, "to": ",".join(item.to for item in parcel), "message": text,
                "bulkSMSMode": "1", "enqueue": "1"}
        answer = self._api.post(PATH, form | ({"from": self._shape.sender} if self._shape.sender else {}), now=now)
        if answer.status >= 400:
            raise Transient(f"Africa's Talking refuses us (HTTP {answer.status})", code="auth")
        said = answer.said().get("SMSMessageData")
        told = said.get("Recipients") if isinstance(said, dict) else None
        if not isinstance(said, dict) or not isinstance(told, list):
            raise Unanswered("unreadable")
        if not told and said.get("Message") == "InvalidSenderId":          # said once for the whole request
            return [Outcome(item.notice_id, "throttled", code=SENDER) for item in parcel]
        if told and all(isinstance(each, dict) and _whole(each.get("statusCode")) == NO_MONEY for each in told):
            raise Transient("Africa's Talking takes nothing from us: the balance is used up", code="auth")
        return _outcomes(parcel, told, parts(text))


def open_channels(rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """The contract's entry."""
    return {"sms": AfricasTalking(rollout, settings)}


def _parcels(items: Sequence[Item], texts: dict[str, str]) -> list[list[Item]]:
    """Items of one text together, but a number only once: the answer tells them apart by nothing else."""
    parcels: list[list[Item]] = []
    numbers: list[set[str]] = []
    open_ones: dict[str, list[int]] = {}                  # text -> its parcels
    for item in items:
        places = open_ones.setdefault(texts[item.ref], [])
        place = next((each for each in places if item.to not in numbers[each] and len(parcels[each]) < NUMBERS), None)
        if place is None:
            place = len(parcels)
            places.append(place)
            parcels.append([])
            numbers.append(set())
        parcels[place].append(item)
        numbers[place].add(item.to)
    return parcels


def _outcomes(parcel: Parcel, told: Sequence[Any], count: int) -> list[Outcome]:
    by_number = {_digits(each.get("number")): each for each in told if isinstance(each, dict)}
    return [_outcome(item, by_number.get(_digits(item.to)), count) for item in parcel]


def _outcome(item: Item, told: dict[str, Any] | None, count: int) -> Outcome:
    """What was said of one number; of one that was not named nothing is known."""
    if told is None:
        return Outcome(item.notice_id, "unknown", code="not_named")
    status, message = _whole(told.get("statusCode")), told.get("messageId")
    known = message if isinstance(message, str) and message not in ("", "None") else None
    if status in TAKEN:
        return Outcome(item.notice_id, "accepted", known, parts=count)
    if status in REFUSED:
        return Outcome(item.notice_id, "refused", known, REFUSED[status])
    if known is None and (status in THROTTLED or status == NO_MONEY):     # with an id it may be on its way all the same
        return Outcome(item.notice_id, "throttled", code=THROTTLED.get(status, "balance"))
    return Outcome(item.notice_id, "unknown", known, f"status_{status}")


def _whole(said: Any) -> int:
    return int(said) if isinstance(said, int) or (isinstance(said, str) and said.isdecimal()) else 0


def _digits(number: Any) -> str:
    return str(number).strip().removeprefix("+")
