"""What the channels through Amazon share: clients that never try twice by themselves, and what an error means for a message."""

import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any, Literal, NamedTuple

from botocore.config import Config as ClientConfig
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from pydantic import Field

from doorstep.amazon import session
from doorstep.channels import Item, Outcome
from doorstep.errors import Permanent, Transient
from doorstep.rollout import Rollout
from doorstep.rollout.shape import Shape

log = logging.getLogger(__name__)
logging.getLogger("botocore").setLevel(logging.WARNING)      # at DEBUG it writes out whole requests, with all they say

PAUSE = 30                 # seconds until a busy service is asked again: its rates are by the second
WHOLE = ("busy", "away", "auth")           # codes of what is no message's own fault: the rest of a batch need not be tried
REGIONS = {"AE": "me-central-1", "AU": "ap-southeast-2", "BH": "me-south-1", "BR": "sa-east-1", "CA": "ca-central-1",
           "DE": "eu-central-1", "FR": "eu-west-3", "GB": "eu-west-2", "IN": "ap-south-1", "JP": "ap-northeast-1",
           "SA": "me-south-1", "SE": "eu-north-1", "SG": "ap-southeast-1", "US": "us-east-1", "ZA": "af-south-1"}
ELSEWHERE = "eu-west-1"

_BUSY = {"LimitExceededException", "RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "SlowDown",
         "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"}
_AUTH = {"AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature",
         "IncompleteSignatureException", "InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken",
         "MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired", "RequestExpired",
         "ResourceNotFoundException", "SignatureDoesNotMatch", "SubscriptionRequiredException", "UnknownOperationException",
         "UnrecognizedClientException"}
_NO_KEYS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, MetadataRetrievalError, SSOError,
            TokenRetrievalError)
_NOT_REACHED = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)
_NO_HANDSHAKE = ("certificate", "handshake", "wrong_version", "wrong version", "unknown_protocol")
_clients: dict[tuple[object, ...], Any] = {}
_lock = Lock()


class Access(Shape):
    """Where a rollout's messages enter Amazon, and how long an answer may take. Keys come from AWS's own variables."""

    region: str = Field(default="", pattern=r"^([a-z]{2}(-[a-z]+)+-\d)?$",
                        description="AWS_REGION and AWS_DEFAULT_REGION go before it; else the region nearest to the country")
    timeout_seconds: float = Field(default=15, gt=0, le=60, description="how long an answer may take")


class Verdict(NamedTuple):
    """What an error, or a status, means for a message."""

    state: Literal["refused", "throttled", "unknown"]
    code: str
    until: int | None = None
    said: str = ""                     # for the log and for people: Amazon's own word, never the sentence, which may name someone

    @property
    def whole(self) -> bool:
        """Whether it says that nothing more should be tried now."""
        return self.state == "unknown" or (self.state == "throttled" and self.code in WHOLE)

    def of(self, item: Item) -> Outcome:
        """The outcome of an item that it was said about."""
        return Outcome(item.notice_id, self.state, code=self.code, until=self.until)

    def beside(self, item: Item) -> Outcome:
        """The outcome of an item that was not tried because of it."""
        return Outcome(item.notice_id, "throttled", code="away" if self.state == "unknown" else self.code, until=self.until)


class Ready(NamedTuple):
    """An item and what Amazon is to be told of it."""

    item: Item
    request: Mapping[str, Any]
    size: int = 0                      # about how many bytes of a request it takes
    parts: int | None = None


def client(service: str, access: Access, country: str, *, reads: bool = False) -> Any:
    """The process's client of a service. One for sending never tries again: a second try would be a second message."""
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or access.region
    region = named or REGIONS.get(country, ELSEWHERE)
    surroundings = hash(frozenset((name, value) for name, value in os.environ.items() if name.startswith("AWS_")))
    key = (os.getpid(), service, region, access.timeout_seconds, reads, surroundings)
    with _lock:
        if key not in _clients:
            _clients[key] = _made(service, region, access, reads)
        return _clients[key]


def _made(service: str, region: str, access: Access, reads: bool) -> Any:
    # No proxies: where they are wanted, AWS has endpoints of one's own (AWS_ENDPOINT_URL).
    config = ClientConfig(retries={"mode": "standard", "total_max_attempts": 3 if reads else 1}, connect_timeout=3,
                          read_timeout=access.timeout_seconds, max_pool_connections=32, proxies={},
                          parameter_validation=reads)     # a third of a bulk request's cost; tests hold ours to Amazon's model
    try:
        return session().create_client(service, region_name=region, config=config)
    except (BotoCoreError, ValueError) as error:
        raise Transient(f"AWS cannot be used as it is set up ({type(error).__name__})", code="auth") from error


def verdict_of(error: Exception, now: int) -> Verdict:
    """What an error means where the service has no reasons of its own. What may have been received is unknown."""
    if isinstance(error, ClientError):
        return _answered(error, now)
    said = type(error).__name__
    if isinstance(error, _NO_KEYS):
        return Verdict("throttled", "auth", None, said)
    if isinstance(error, _NOT_REACHED) or (isinstance(error, SSLError) and _no_handshake(error)):
        return Verdict("throttled", "away", None, said)
    return Verdict("unknown", "no_answer", None, said)


def code_of(error: ClientError) -> str:
    """Amazon's name of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def transient(name: str, verdict: Verdict) -> Transient:
    """The same for a caller that waits."""
    code = verdict.code if verdict.code in WHOLE else "away"
    return Transient(f"{name}: AWS is {_WORDS[code]} ({verdict.said})", until=verdict.until, code=code)


_WORDS = {"busy": "busy", "away": "out of reach", "auth": "not letting us send"}


def _answered(error: ClientError, now: int) -> Verdict:
    code, status = code_of(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    said = f"{code} in answer to {error.operation_name}"
    if code in _BUSY or status == 429:
        return Verdict("throttled", "busy", now + PAUSE, said)
    if status >= 500 or status < 300 or status == 408:
        return Verdict("unknown", "no_answer", None, said)
    if code in _AUTH or status in (401, 403, 404):
        return Verdict("throttled", "auth", None, said)
    if status < 400:
        return Verdict("throttled", "away", None, said)
    return Verdict("refused", "rejected", None, said)


def _no_handshake(error: SSLError) -> bool:
    """Whether the line was never made safe, so that nothing can have been sent."""
    return any(word in str(error).lower() for word in _NO_HANDSHAKE)


class AwsChannel(ABC):
    """A channel through one of Amazon's services: items are prepared, then go parcel by parcel until the fault is not theirs."""

    provider: str
    kind: str
    batch_size: int
    service: str
    exactly_once = False                # none of these services knows a message again
    hands = 1                           # parcels on the way at once

    def __init__(self, rollout: Rollout, access: Access) -> None:
        self.rollout = rollout
        self.access = access

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Hand the items over, each in at most one request that Amazon may have taken."""
        outcomes: dict[int, Outcome] = {}
        ready: list[Ready] = []
        for item in items:
            try:
                ready.append(self.prepare(item, now))
            except Permanent as no:
                outcomes[item.notice_id] = Outcome(item.notice_id, "refused", code=str(no))
        halted: list[Verdict] = []
        carried = self._carry(self.parcels(ready), now, halted) if ready else []
        if halted and all(outcome.state == "throttled" for outcome in carried):
            raise transient(self.provider, halted[0])
        outcomes |= {outcome.notice_id: outcome for outcome in carried}
        return [outcomes[item.notice_id] for item in items]

    @abstractmethod
    def prepare(self, item: Item, now: int) -> Ready:
        """What to say of one item. Raises Permanent with a code where Amazon would refuse it."""

    def parcels(self, ready: list[Ready]) -> list[list[Ready]]:
        """What goes together in one request."""
        return [[each] for each in ready]

    @abstractmethod
    def call(self, amazon: Any, parcel: list[Ready], now: int) -> list[Outcome | Verdict]:
        """One request; an answer for each of the parcel. Amazon's errors pass through."""

    def read(self, error: Exception, parcel: list[Ready], now: int) -> Verdict:
        """What an error means for the parcel."""
        return verdict_of(error, now)

    def _carry(self, parcels: list[list[Ready]], now: int, halted: list[Verdict]) -> list[Outcome]:
        amazon = client(self.service, self.access, self.rollout.file.country)
        one: Callable[[list[Ready]], list[Outcome]] = partial(self._one, amazon, now=now, halted=halted)
        if self.hands == 1 or len(parcels) == 1:
            return [outcome for parcel in parcels for outcome in one(parcel)]
        with ThreadPoolExecutor(min(self.hands, len(parcels))) as hands:
            return [outcome for outcomes in hands.map(one, parcels) for outcome in outcomes]

    def _one(self, amazon: Any, parcel: list[Ready], *, now: int, halted: list[Verdict]) -> list[Outcome]:
        """Hand over one parcel. One that was refused whole was not taken: its halves find the item at fault."""
        if halted:
            return [halted[0].beside(each.item) for each in parcel]
        try:
            answers = self.call(amazon, parcel, now)
        except Exception as error:      # whatever it is, what was handed over before must be told
            verdict = self.read(error, parcel, now)
            log.info("not taken by aws", extra={"provider": self.provider, "code": verdict.code, "said": verdict.said,
                                                "notice": parcel[0].item.notice_id, "messages": len(parcel)})
            if verdict.state == "refused" and len(parcel) > 1:
                half = len(parcel) // 2
                return [*self._one(amazon, parcel[:half], now=now, halted=halted),
                        *self._one(amazon, parcel[half:], now=now, halted=halted)]
            answers = [verdict] * len(parcel)
        halted += [answer for answer in answers if isinstance(answer, Verdict) and answer.whole]
        return [answer.of(each.item) if isinstance(answer, Verdict) else answer
                for each, answer in zip(parcel, answers, strict=True)]
