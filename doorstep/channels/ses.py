"""Emails through Amazon SES: up to 50 in a request, as one inline template and each customer's own texts."""

import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from email_validator import EmailNotValidError, validate_email
from pydantic import Field

from doorstep.channels import Channel, Item, Outcome, configured
from doorstep.channels._aws import PAUSE, Access, AwsChannel, Ready, Verdict, client, code_of, transient, verdict_of
from doorstep.channels._ses_form import Form, on_the_wire
from doorstep.errors import ConfigError, Permanent, Transient
from doorstep.facts.clean import clean
from doorstep.mail import address_is_fit, sender_header
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.words.skeleton import Skeleton

TAG = "doorstep"                   # the tag that carries our reference; it comes back in every event
HOUR = 3600
MOST_BYTES = 950_000               # a request with an inline template may have 1 MB
MOST_DATA = 262_144                # characters of one customer's texts
MOST_HEADER = 995
FORMS = 500                        # templates kept ready

_PRINTABLE = re.compile(r"[ -~]+").fullmatch
_OURS = {"AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException", "NotFoundException"}

# A status that is about one message, and what is about the account or the rollout's configuration.
STATUSES: dict[str, tuple[Literal["refused", "throttled"], str, int | None]] = {        # (state, code, seconds to wait)
    "MESSAGE_REJECTED": ("refused", "rejected", None),
    "INVALID_PARAMETER": ("refused", "rejected", None),
    # Amazon says it could not process this one and does not call that temporary, so another channel is the better try.
    "FAILED": ("refused", "failed", None),
    "TRANSIENT_FAILURE": ("throttled", "later", PAUSE),
    "ACCOUNT_THROTTLED": ("throttled", "busy", PAUSE),
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": ("throttled", "busy", HOUR),       # the 24 hours roll
    **dict.fromkeys((
        "ACCOUNT_SUSPENDED", "ACCOUNT_SENDING_PAUSED", "MAIL_FROM_DOMAIN_NOT_VERIFIED", "CONFIGURATION_SET_NOT_FOUND",
        "CONFIGURATION_SET_SENDING_PAUSED", "INVALID_SENDING_POOL_NAME", "TEMPLATE_NOT_FOUND"), ("throttled", "auth", None)),
}


class Config(Access):
    """`[providers.ses]` of a rollout file."""

    sender: str = Field(default="", description="the From address where it is not the utility's")
    reply_to: str = ""
    configuration_set: str = Field(default="", pattern="^[A-Za-z0-9_-]{0,64}$", description="its events bring our reference back")
    bulk: int = Field(default=50, ge=1, le=50, description="emails in a request: no more than the account may send in a second")


class Suppressed(NamedTuple):
    """An address that SES no longer sends to."""

    address: str
    reason: str                    # BOUNCE | COMPLAINT
    at: int


class Quota(NamedTuple):
    """What the account may send."""

    per_second: float
    per_day: float
    sent: float                    # in the last 24 hours


def tag_of(ref: str) -> str:
    """Our reference as a tag's value may be written: 123.1 as 123-1."""
    return ref.replace(".", "-")


def ref_from_tag(value: str) -> str:
    """Our reference from the tag of an event: 123.1 from 123-1."""
    return value.replace("-", ".")


class Ses(AwsChannel):
    """The email channel."""

    provider = "ses"
    kind = "email"
    service = "sesv2"

    def __init__(self, rollout: Rollout, config: Config) -> None:
        super().__init__(rollout, config)
        self.config = config
        self.batch_size = config.bulk
        self._mark = secrets.token_hex(4) + "x"             # ends in a letter that hex has not: a name is never part of another
        self._forms: dict[str, Form] = {}
        self._senders = {language: _from_header(rollout, config, language) for language in rollout.file.languages}

    def prepare(self, item: Item, now: int) -> Ready:
        """The entry of one customer."""
        form = self._form(item.skeleton)
        try:
            data = form.data(item.texts)
        except (TypeError, ValueError) as error:
            raise Permanent("text") from error               # not text that JSON can hold
        size = on_the_wire(data) + 600
        if len(data) > MOST_DATA or form.size + size > MOST_BYTES:
            raise Permanent("too_long")
        entry: dict[str, Any] = {
            "Destination": {"ToAddresses": [wire_address(item.to)]},
            "ReplacementTags": [{"Name": TAG, "Value": tag_of(item.ref)}],
            "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}}}
        if item.unsubscribe:
            entry["ReplacementHeaders"] = _one_click(item.unsubscribe)
        return Ready(item, entry, size)

    def parcels(self, ready: list[Ready]) -> list[list[Ready]]:
        """Items of the same words, as many as a request may hold."""
        groups: dict[str, list[Ready]] = {}
        for each in ready:
            groups.setdefault(each.item.skeleton.digest, []).append(each)
        return [parcel for group in groups.values() for parcel in self._cut(group)]

    def call(self, amazon: Any, parcel: list[Ready], now: int) -> list[Outcome | Verdict]:
        """One SendBulkEmail; its answer is a list in our order, in part failures too."""
        said = amazon.send_bulk_email(**self._request(parcel)).get("BulkEmailEntryResults")
        if not isinstance(said, list) or len(said) != len(parcel):
            return [Verdict("unknown", "unreadable")] * len(parcel)
        return [self._answer(each.item, result, now) for each, result in zip(parcel, said, strict=True)]

    def read(self, error: Exception, parcel: list[Ready], now: int) -> Verdict:
        """SES refuses a whole request for an account that may not send, and for one address that is none."""
        verdict = verdict_of(error, now)
        if not isinstance(error, ClientError):
            return verdict
        # The sandbox and an unproven sender are told apart from a bad message by the sentence alone.
        unproven = code_of(error) == "MessageRejected" and "not verified" in str(error)
        if unproven or code_of(error) in _OURS:
            return Verdict("throttled", "auth", None, code_of(error))
        if verdict.code == "busy" and "daily" in str(error).lower():
            return verdict._replace(until=now + HOUR)
        return verdict

    def _request(self, parcel: list[Ready]) -> dict[str, Any]:
        skeleton = parcel[0].item.skeleton
        headers = {"Auto-Submitted": "auto-generated", "Content-Language": skeleton.language.replace("_", "-")}
        request: dict[str, Any] = {
            "FromEmailAddress": self._sender(skeleton.language),
            "DefaultContent": {"Template": {"TemplateContent": self._form(skeleton).content, "TemplateData": "{}",
                                            "Headers": [{"Name": name, "Value": value} for name, value in headers.items()]}},
            "BulkEmailEntries": [each.request for each in parcel]}
        if self.config.reply_to:
            request["ReplyToAddresses"] = [self.config.reply_to]
        if self.config.configuration_set:
            request["ConfigurationSetName"] = self.config.configuration_set
        return request

    def _answer(self, item: Item, result: Mapping[str, Any], now: int) -> Outcome | Verdict:
        status = str(result.get("Status"))
        if status == "SUCCESS":
            return Outcome(item.notice_id, "accepted", result.get("MessageId"))
        if status not in STATUSES:
            return Verdict("unknown", "unreadable")
        state, code, wait = STATUSES[status]
        return Verdict(state, code, now + wait if wait else None, status)

    def _sender(self, language: str) -> str:
        if language not in self._senders:
            self._senders[language] = _from_header(self.rollout, self.config, language)
        return self._senders[language]

    def _form(self, skeleton: Skeleton) -> Form:
        form = self._forms.get(skeleton.digest)
        if form is None:
            if len(self._forms) >= FORMS:
                self._forms.clear()
            form = self._forms[skeleton.digest] = Form(skeleton, self._mark)
        return form

    def _cut(self, group: list[Ready]) -> Iterator[list[Ready]]:
        room = MOST_BYTES - self._form(group[0].item.skeleton).size
        parcel: list[Ready] = []
        size = 0
        for each in group:
            if parcel and (len(parcel) == self.config.bulk or size + each.size > room):
                yield parcel
                parcel, size = [], 0
            parcel.append(each)
            size += each.size
        yield parcel


def wire_address(address: str) -> str:
    """The address as SES takes it: an ASCII local part, the domain in Punycode. Raises Permanent where it is none."""
    if not address.isascii():
        try:
            address = validate_email(address, check_deliverability=False, allow_smtputf8=False).ascii_email or ""
        except EmailNotValidError as error:
            raise Permanent("address") from error
    if not address_is_fit(address):
        raise Permanent("address")
    return address


def suppressed(rollout: Rollout, *, since: int) -> Iterator[Suppressed]:
    """Addresses that SES stopped sending to since then, for whatever sender of the account: mail to them comes back."""
    asked: dict[str, Any] = {"StartDate": datetime.fromtimestamp(since, UTC)}
    while asked:
        try:
            page = _reading(rollout).list_suppressed_destinations(**asked)
        except (BotoCoreError, ClientError) as error:
            raise _unread(error) from error
        for each in page.get("SuppressedDestinationSummaries", []):
            yield Suppressed(each["EmailAddress"], each["Reason"], int(each["LastUpdateTime"].timestamp()))
        asked = asked | {"NextToken": page["NextToken"]} if page.get("NextToken") else {}


def quota(rollout: Rollout) -> Quota:
    """What the account may send, for whoever sets the pace: SES says it nowhere else. Raises Transient."""
    try:
        said = _reading(rollout).get_account().get("SendQuota", {})
    except (BotoCoreError, ClientError) as error:
        raise _unread(error) from error
    return Quota(said.get("MaxSendRate", 0.0), said.get("Max24HourSend", 0.0), said.get("SentLast24Hours", 0.0))


def open_channels(rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """The contract's entry: email, with keys from AWS's own variables."""
    return {"email": Ses(rollout, configured(rollout, "ses", Config))}


def _reading(rollout: Rollout) -> Any:
    return client("sesv2", configured(rollout, "ses", Config), rollout.file.country, reads=True)


def _unread(error: Exception) -> Transient:
    return transient("ses", verdict_of(error, 0)._replace(until=None))


def _from_header(rollout: Rollout, config: Config, language: str) -> str:
    """The utility's name in the language of the message, with the address."""
    key = "providers.ses.sender" if config.sender else "utility.email"
    address, place = config.sender or rollout.file.utility.email, rollout.config_path or rollout.name
    try:
        name = clean(rollout.in_language(rollout.file.utility.name, language))
        return re.sub(r"\r?\n", "", sender_header(name, wire_address(address)))      # a long name comes folded
    except (Permanent, ValueError) as error:
        raise ConfigError(f'{place}: {key}: "{address}" is not an address that SES can send from; '
                          "write one with an ASCII name before the @") from error


def _one_click(url: str) -> list[dict[str, str]]:
    if not _PRINTABLE(url) or len(url) + 2 > MOST_HEADER - len("List-Unsubscribe"):
        raise Permanent("unsubscribe")
    return [{"Name": "List-Unsubscribe", "Value": f"<{url}>"},
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"}]
