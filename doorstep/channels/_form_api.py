"""Providers that take a web form and answer JSON: one pooled client, and how a send of many requests goes.

What went wrong on the way is said in the words of the contract: not sent is Transient ("away"); sent without an answer
that can be understood is `Unanswered`, so `unknown`: the provider may have taken it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from urllib.parse import urlencode

from pydantic import Field
from urllib3 import Timeout
from urllib3.exceptions import HTTPError, LocationValueError

from doorstep.channels import Item, Outcome
from doorstep.channels._connecting import Unreached, kept_connections
from doorstep.channels._retry_after import moment_in
from doorstep.errors import ConfigError, Transient
from doorstep.rollout.shape import Shape

CONNECT_SECONDS = 5
BAD_IN_A_ROW = 3             # requests that came to nothing, until the rest is left for later
SENDER = "sender"            # the code of a message whose sender the provider will not use
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch


class FormShape(Shape):
    """What a rollout may say of any provider of this kind."""

    timeout_seconds: float = Field(default=20, gt=0, le=120, description="how long an answer may take")
    at_once: int = Field(default=8, ge=1, le=32, description="requests under way at the same time")


class Unanswered(Exception):
    """The request went out and nothing came back that can be understood: it may have been taken."""

    def __init__(self, code: str = "no_answer") -> None:
        super().__init__(code)
        self.code = code


class Answer(NamedTuple):
    """What a provider answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def said(self) -> dict[str, Any]:
        """The body's JSON object; empty for anything else."""
        try:
            read = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}


class FormApi:
    """Posts forms to one provider over connections that are kept. Never retries, never follows, asks no proxy.

    Raises ConfigError for an address that is none."""

    def __init__(self, provider: str, url: str, headers: Mapping[str, str], shape: FormShape) -> None:
        if not url.startswith(("https://", "http://")):
            raise ConfigError(f'{provider.upper()}_API_URL: "{url}" is no address; write one like "https://api.example.com"')
        self.provider = provider
        self._url = url.rstrip("/")
        self._headers = {**headers, "Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        limits = Timeout(connect=CONNECT_SECONDS, read=shape.timeout_seconds)
        self._pool = kept_connections(shape.at_once, limits, no_more=True)

    def post(self, path: str, form: Mapping[str, str], *, now: int) -> Answer:
        """The provider's own answer, good or bad. Raises Transient where it is away or busy, and surely took nothing;
        Unanswered where it may have taken it."""
        try:
            response = self._pool.request("POST", self._url + path, body=urlencode(form).encode(),
                                          headers=self._headers, redirect=False)
        except (Unreached, LocationValueError) as error:
            raise Transient(f"{self.provider} cannot be reached", code="away") from error
        except (HTTPError, OSError) as error:
            raise Unanswered from error
        answer = Answer(response.status, response.headers, response.data)
        if answer.status >= 500 or answer.status == 408:
            raise Unanswered(f"http_{answer.status}")
        if answer.status == 429:
            raise Transient(f"{self.provider} is busy", until=moment_in(answer.headers.get("Retry-After", ""), now), code="busy")
        if 300 <= answer.status < 400:
            raise Transient(f"{self.provider} sends us elsewhere; its address in the settings is not right", code="away")
        return answer


def unfit(item: Item, text: str, now: int) -> str | None:
    """Why a text message cannot go out as it is, in a short word."""
    if not _NUMBER(item.to):
        return "address"
    if not text.strip():
        return "content"
    return "late" if 0 < item.until_at <= now else None


Parcel = Sequence[Item]                       # the items of one request
Ask = Callable[[Parcel], list[Outcome]]       # one request: its outcomes in order; raises Transient and Unanswered


class Round:
    """One send: a request for each parcel, several at once, until the provider is in trouble; the rest is for later."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._trouble: Transient | None = None
        self._bad = 0

    def send(self, parcels: Sequence[Parcel], at_once: int) -> list[Outcome]:
        """The outcomes of all parcels in order. Raises Transient if the provider is in trouble and took nothing."""
        if len(parcels) <= 1 or at_once == 1:
            made = [self._one(parcel) for parcel in parcels]
        else:
            with ThreadPoolExecutor(min(at_once, len(parcels))) as hands:
                made = list(hands.map(self._one, parcels))
        outcomes = _by_evidence([outcome for part in made for outcome in part])
        if self._trouble and all(outcome.state == "throttled" for outcome in outcomes):
            raise self._trouble
        return outcomes

    def _one(self, parcel: Parcel) -> list[Outcome]:
        if self._trouble:
            return self._later(parcel, self._trouble)
        try:
            outcomes = self._ask(parcel)
        except Transient as trouble:
            self._trouble = trouble
            return self._later(parcel, trouble)
        except Unanswered as silence:
            self._bad += 1
            if silence.code == "no_answer" or self._bad >= BAD_IN_A_ROW:       # a provider that hangs is not asked again
                self._trouble = Transient("the provider gives no answer", code="away")
            return [Outcome(item.notice_id, "unknown", code=silence.code) for item in parcel]
        self._bad = self._bad + 1 if all(outcome.state == "throttled" for outcome in outcomes) else 0
        if self._bad >= BAD_IN_A_ROW:
            self._trouble = Transient(f"the provider takes nothing from us: {outcomes[0].code}", code="auth")
        return outcomes

    @staticmethod
    def _later(parcel: Parcel, trouble: Transient) -> list[Outcome]:
        return [Outcome(item.notice_id, "throttled", code=trouble.code, until=trouble.until) for item in parcel]


def _by_evidence(outcomes: list[Outcome]) -> list[Outcome]:
    """A sender that others were just reached with is not at fault: this number's network will not have it, so this item is
    refused and goes by another channel."""
    if not any(outcome.state == "accepted" for outcome in outcomes):
        return outcomes
    return [outcome._replace(state="refused") if outcome.code == SENDER else outcome for outcome in outcomes]
