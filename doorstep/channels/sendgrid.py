"""SendGrid: emails by the thousand, each customer's texts put into words that are sent once.

Nothing here is ever sent again unless SendGrid said that it took nothing of it: SendGrid knows no second delivery of the
same request, so what may have been received stays unknown, and its events settle it.
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from doorstep.channels import Channel, Item, Outcome, configured
from doorstep.channels._sendgrid_answer import Verdict, verdict
from doorstep.channels._sendgrid_check import MOST_BYTES, MOST_PEOPLE, Request, fault_of, requests_for
from doorstep.channels._sendgrid_transport import Lost, Unreached, Wire, is_host
from doorstep.errors import ConfigError, Transient
from doorstep.facts.clean import clean
from doorstep.rollout import Rollout
from doorstep.rollout.shape import Shape
from doorstep.settings import Settings

NEEDS = ("sendgrid_api_key",)
HOSTS = {"global": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}
SEARCHES = 200         # requests beyond the first that one send may spend on finding who is wrong in a thousand
SUSPECTS = 8           # found wrong one by one, and nobody right yet: that is no customer's fault
_OFF = {"enable": False}
# A link in a notice must stay what it is, for it may be the customer's key, and unsubscribing is our own header.
_TRACKING = {"click_tracking": {"enable": False, "enable_text": False}, "subscription_tracking": _OFF}
_SAID = {"away": "SendGrid cannot be reached", "auth": "SendGrid refuses us: the key, the sender or the rollout's settings",
         "busy": "SendGrid is busy"}


class Config(Shape):
    """`[providers.sendgrid]` of a rollout file."""

    region: Literal["global", "eu"] = "global"
    subuser: str | None = Field(default=None, pattern="^[!-~]{1,128}$", description="whose account sends, under the key's own")
    timeout_seconds: float = Field(default=30, gt=0, le=300)
    ip_pool: str | None = Field(default=None, min_length=2, max_length=64)
    track_opens: bool = Field(default=False, description="a picture in each email tells that it was opened, where the law allows")
    sandbox: bool = Field(default=False, description="SendGrid checks the messages and delivers none")


class SendGrid:
    """The email channel of one rollout."""

    provider = "sendgrid"
    kind = "email"
    batch_size = MOST_PEOPLE
    exactly_once = False

    def __init__(self, rollout: Rollout, config: Config, *, key: str, host: str) -> None:
        self.rollout = rollout
        self.config = config
        self._host = host
        self._key = key

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Hand the items over: one request for each thousand that share their words."""
        if not items:
            return []
        if not self._key:
            raise Transient("SENDGRID_API_KEY is not set", code="auth")
        refused: dict[int, str] = {}
        requests = self._requests(items, refused)
        handing = _Handing(self._wire, items, requests, now)
        for place, code in refused.items():
            handing.outcomes[place] = Outcome(items[place].notice_id, "refused", code=code)
        return handing.over()

    @cached_property
    def _wire(self) -> Wire:
        return Wire(self._key, host=self._host, subuser=self.config.subuser, timeout=self.config.timeout_seconds)

    def _requests(self, items: Sequence[Item], refused: dict[int, str]) -> list[Request]:
        groups: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            if code := fault_of(item):
                refused[place] = code
            else:
                groups.setdefault(item.skeleton.digest, []).append(place)
        return [request for places in groups.values() for request in requests_for(
            places, items, self._shared(items[places[0]].skeleton.language), refused)]

    def _shared(self, language: str) -> Mapping[str, Any]:
        """What is the same for every message of the rollout in a language."""
        utility = self.rollout.file.utility
        name = re.sub("[,;<>]", " ", clean(self.rollout.in_language(utility.name, language)))     # SendGrid splits names there
        mail: dict[str, Any] = {"from": {"email": utility.email, "name": " ".join(name.split())},
                                "tracking_settings": {**_TRACKING, "open_tracking": {"enable": self.config.track_opens}}}
        if self.config.ip_pool:
            mail["ip_pool_name"] = self.config.ip_pool
        if self.config.sandbox:
            mail["mail_settings"] = {"sandbox_mode": {"enable": True}}
        return mail


class _Handing:
    """One send: the requests that wait, and the outcomes so far by the item's place."""

    def __init__(self, wire: Wire, items: Sequence[Item], requests: Sequence[Request], now: int) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self._wire, self._items, self._now = wire, items, now
        self._waiting = deque(requests)
        self._searches = self._refused = 0
        self._touched = False               # whether SendGrid has, or may have, any of it
        self._held: Verdict | None = None   # why some of it must wait

    def over(self) -> list[Outcome]:
        """Post what waits until it is done, or until going on makes no sense. Raises Transient if nothing at all was taken."""
        while self._waiting:
            request = self._waiting.popleft()
            answer = self._post(request)
            if answer.kind == "taken":
                self._accept(request, answer.word)
            elif answer.kind == "lost":
                self._touched = True
                self._put(request, "unknown", answer)
                self._stop(Verdict("stopped", "busy"))
            elif answer.kind in ("wrong", "large"):
                self._search(request, answer)
            else:
                self._put(request, "throttled", answer)
                if answer.kind == "stopped":
                    self._stop(answer)
        if self._held and not self._touched:
            raise Transient(_SAID[self._held.word], until=self._held.until, code=self._held.word)
        return [self.outcomes[place] for place in range(len(self._items))]

    def _post(self, request: Request) -> Verdict:
        body = request.body()
        if len(body) > MOST_BYTES and len(request.people) > 1:
            return Verdict("large")
        try:
            return verdict(self._wire.post(body), self._now)
        except Unreached:
            return Verdict("stopped", "away")
        except Lost as error:
            return Verdict("lost", str(error))

    def _search(self, request: Request, answer: Verdict) -> None:
        """Nothing of the request was taken: one customer's fault must not become a thousand's."""
        if len(request.people) == 1:
            self._refused += 1
            self._put(request, "refused", Verdict(answer.kind, "too_large" if answer.kind == "large" else "sendgrid_400"))
            return
        parts = request.halves()
        if answer.people and len(answer.people) < len(request.people):
            parts = request.cut(set(answer.people))
        self._searches += len(parts)
        if self._searches > SEARCHES or (self._refused >= SUSPECTS and not self._touched):
            self._waiting.appendleft(request)
            self._stop(Verdict("stopped", "auth"))
        else:
            self._waiting.extendleft(part for part in reversed(parts) if part.people)

    def _stop(self, answer: Verdict) -> None:
        while self._waiting:
            self._put(self._waiting.popleft(), "throttled", answer)

    def _accept(self, request: Request, provider_id: str) -> None:
        self._touched = True
        for place in request.places:
            self.outcomes[place] = Outcome(self._items[place].notice_id, "accepted", provider_id)

    def _put(self, request: Request, state: Literal["refused", "throttled", "unknown"], answer: Verdict) -> None:
        self._held = answer if state == "throttled" else self._held
        for place in request.places:
            self.outcomes[place] = Outcome(self._items[place].notice_id, state, None, answer.word, None, answer.until)


def _host(config: Config, settings: Settings) -> str:
    host = settings.sendgrid_api_url.rstrip("/") or HOSTS[config.region]
    if not is_host(host):
        raise ConfigError('SENDGRID_API_URL is not the address of an API; leave it out, or write one like "https://api.sendgrid.com"')
    return host


def _key(settings: Settings) -> str:
    """The key without the line break that files of secrets end with. One that no header can hold is not shown to anyone."""
    key = settings.sendgrid_api_key.get_secret_value().strip()
    if not re.fullmatch("[!-~]*", key):
        raise ConfigError("SENDGRID_API_KEY holds a space, a line break or a letter that no key has; copy it again")
    return key


def open_channels(rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """Email; the key comes from the environment, everything else from the rollout file."""
    config = configured(rollout, "sendgrid", Config)
    return {"email": SendGrid(rollout, config, key=_key(settings), host=_host(config, settings))}
