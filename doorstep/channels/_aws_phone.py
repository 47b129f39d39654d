"""What text messages and calls through AWS End User Messaging share: numbers, who speaks, how long it is worth it, reasons."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers
from botocore.exceptions import ClientError
from pydantic import Field, field_validator

from doorstep.channels import Item, Outcome
from doorstep.channels._aws import Access, AwsChannel, Ready, Verdict, code_of, verdict_of
from doorstep.errors import Permanent
from doorstep.rollout import Rollout

CONTEXT = "doorstep"               # the key of the Context that carries our reference; it comes back in every event
SHORTEST, LONGEST = 5, 259_200     # seconds of a TimeToLive
PRICE = r"^([0-9]{1,2}\.[0-9]{1,5})?$"

_NUMBER = re.compile(r"\+?[1-9][0-9]{6,14}").fullmatch
_NAME = re.compile(r"[A-Za-z0-9_:/+-]{1,256}").fullmatch

# Reasons of a ValidationException or ConflictException that are about this customer's number.
REFUSED = {
    "DESTINATION_PHONE_NUMBER_OPTED_OUT": "opted_out", "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": "blocked",
    "DESTINATION_COUNTRY_BLOCKED": "blocked", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": "blocked",
    "INTERNATIONAL_SENDING_NOT_SUPPORTED": "blocked", "PRICE_OVER_THRESHOLD": "price", "MAXIMUM_SIZE_EXCEEDED": "content",
    "CANNOT_PARSE": "content",
}
# Nobody speaks for us there. In the rollout's own country that is ours to mend; a number from abroad takes another channel.
NO_ORIGIN = {"COUNTRY_CODE_MISMATCH", "COUNTRY_NOT_ENABLED", "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", "MESSAGE_TYPE_MISMATCH",
             "NO_ORIGINATION_IDENTITIES_FOUND", "NUMBER_CAPABILITIES_MISMATCH", "SENDER_ID_NOT_REGISTERED",
             "SENDER_ID_NOT_SUPPORTED", "SENDER_ID_REQUIRES_REGISTRATION", "VOICE_CAPABILITY_NOT_AVAILABLE"}
FIELDS = {"DestinationPhoneNumber": "address", "MessageBody": "content"}
_UNCLEAR = {"", "FIELD_VALIDATION_FAILED", "INVALID_PARAMETER", "INVALID_REQUEST", "OTHER"}


class PhoneAccess(Access):
    """What a rollout may say of texts and calls alike."""

    origination: dict[str, str] = Field(default={}, description='country or "default" -> number, pool or sender id')
    configuration_set: str = Field(default="", pattern="^[A-Za-z0-9_:/-]{0,256}$", description="its events bring our reference")
    protect_configuration: str = Field(default="", pattern="^[A-Za-z0-9_:/-]{0,256}$")
    at_once: int = Field(default=4, ge=1, le=32, description="requests under way at the same time")

    @field_validator("origination")
    @classmethod
    def _by_country(cls, given: dict[str, str]) -> dict[str, str]:
        for country, identity in given.items():
            if country != "default" and country not in phonenumbers.SUPPORTED_REGIONS:
                raise ValueError(f'"{country}" is not a country; write two letters as in "GB", or "default"')
            if not _NAME(identity):
                raise ValueError(f'"{identity}" is not a number, a pool or a sender id')
        return given


class PhoneChannel(AwsChannel):
    """A channel to phone numbers: one request for each."""

    service = "pinpoint-sms-voice-v2"
    batch_size = 20
    operation: str                      # the client's method

    def __init__(self, rollout: Rollout, access: PhoneAccess) -> None:
        super().__init__(rollout, access)
        self.lines = access
        self.hands = access.at_once
        self._fixed: dict[str, Any] = {"DryRun": True} if not rollout.file.live else {}
        if access.configuration_set:
            self._fixed["ConfigurationSetName"] = access.configuration_set
        if access.protect_configuration:
            self._fixed["ProtectConfigurationId"] = access.protect_configuration

    def call(self, amazon: Any, parcel: list[Ready], now: int) -> list[Outcome | Verdict]:
        """One message; Amazon answers with its id and nothing else."""
        [ready] = parcel
        said = getattr(amazon, self.operation)(**ready.request).get("MessageId")
        if not isinstance(said, str) or not said:
            return [Verdict("unknown", "unreadable")]
        return [Outcome(ready.item.notice_id, "accepted", said, parts=ready.parts)]

    def read(self, error: Exception, parcel: list[Ready], now: int) -> Verdict:
        """The service's own reasons first."""
        verdict = verdict_of(error, now)
        if not isinstance(error, ClientError):
            return verdict
        code, reason = code_of(error), str(error.response.get("Reason", ""))
        if code == "ServiceQuotaExceededException":
            return _over_quota(reason or code, now)
        if code == "ConflictException" and not reason:
            return Verdict("throttled", "later", None, code)       # another request was at the same number
        if code in ("ValidationException", "ConflictException"):
            return self._reasoned(reason, error.response, parcel[0].item)
        return verdict._replace(said=f"{code} {reason}".strip())

    def common(self, item: Item, now: int) -> dict[str, Any]:
        """What every request says. Raises Permanent where the number is none or it is too late."""
        if not _NUMBER(item.to):
            raise Permanent("address")
        request = {"DestinationPhoneNumber": item.to, "Context": {CONTEXT: item.ref}, **self._fixed}
        if item.until_at:
            if item.until_at <= now + SHORTEST:
                raise Permanent("too_late")
            request["TimeToLive"] = min(item.until_at - now, LONGEST)
        identity = self.origination(item.to)
        return request | {"OriginationIdentity": identity} if identity else request

    def origination(self, number: str) -> str:
        """Who speaks to this number; empty where Amazon may choose."""
        given = self.lines.origination
        everywhere = given.get("default", "")
        return given.get(country_of(number), everywhere) if set(given) - {"default"} else everywhere

    def at_home(self, number: str) -> bool:
        """Whether a number is of the rollout's own country."""
        return country_of(number) == self.rollout.file.country

    def _reasoned(self, reason: str, response: Mapping[str, Any], item: Item) -> Verdict:
        if reason in REFUSED:
            return Verdict("refused", REFUSED[reason], None, reason)
        if reason in NO_ORIGIN and not self.at_home(item.to):
            return Verdict("refused", "no_origin", None, reason)
        fields = [str(field.get("Name")) for field in response.get("Fields") or []]
        for name in fields:
            if name in FIELDS:
                return Verdict("refused", FIELDS[name], None, reason)
        if reason in _UNCLEAR and not fields:                       # it may well be the number
            return Verdict("refused", "rejected", None, reason)
        return Verdict("throttled", "auth", None, reason)           # our own settings: wrong for every customer


def country_of(number: str) -> str:
    """The country of a number in international form; empty where it is none."""
    try:
        parsed = phonenumbers.parse(number if number.startswith("+") else f"+{number}")
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(parsed.country_code or 0)


def _over_quota(reason: str, now: int) -> Verdict:
    """Money is the account's, by the month, though a person may raise it any day; calls to one number count by the day."""
    tomorrow = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=5, second=0) + timedelta(days=1)
    code = "daily_limit" if reason == "DAILY_DESTINATION_CALL_LIMIT" else "busy"
    return Verdict("throttled", code, int(tomorrow.timestamp()), reason)
