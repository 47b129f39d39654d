"""Text messages through AWS End User Messaging: who speaks, how long it is worth it, what each reason means."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doorstep.channels import Channel, Item, Outcome, open_channels
from doorstep.channels._aws import PAUSE
from doorstep.errors import ConfigError, Transient
from doorstep.settings import Settings
from doorstep.sms import parts
from doorstep.words import Library
from tests.making import make_rollout
from tests.stubs.aws import AwsStub, Said
from tests.stubs.aws_model import PHONE, faults_of
from tests.words.desk import case_of, library_of, skeleton_of

NOW = 1_800_000_000
TOMORROW = int(datetime(2027, 1, 16, 0, 5, tzinfo=UTC).timestamp())
HOME, FRENCH = "+447400123456", "+33612345678"
Opened = Callable[..., Channel]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("words"))


@pytest.fixture
def opened(tmp_path: Path, amazon: AwsStub) -> Opened:
    """The channel of a rollout whose file says this of it."""

    def made(*, live: bool = True, **sms: Any) -> Channel:
        rollout = make_rollout(live=live, providers={"aws_sms": sms})
        return open_channels("aws_sms", rollout, Settings(home=tmp_path))["sms"]

    return made


def item(library: Library, number: int = 7, to: str = HOME, name: str = "Ann", **rest: Any) -> Item:
    skeleton, texts = skeleton_of(library, "sms", case_of(name=name))
    return Item(number, f"{number}.1", to, skeleton, texts, name, **rest)


def numbered(library: Library, many: int) -> list[Item]:
    return [item(library, number, f"+4474001234{number:02d}") for number in range(many)]


def the(amazon: AwsStub) -> Said:
    [said] = amazon.delivered
    assert isinstance(said, Said)
    return said


@pytest.mark.parametrize("name", ["Ann", "{{name}} & <b>", "نورة", "x" * 150])
def test_a_text_message_is_the_very_words(amazon: AwsStub, opened: Opened, library: Library, name: str) -> None:
    sent = item(library, name=name)
    text = sent.skeleton.fill(sent.texts).text
    assert opened().send([sent], now=NOW) == [Outcome(7, "accepted", amazon.ids["7.1"], parts=parts(text))]
    assert (the(amazon).to, the(amazon).body, the(amazon).ref) == (HOME, text, "7.1")


def test_what_the_rollout_says_goes_with_each(amazon: AwsStub, opened: Opened, library: Library) -> None:
    opened(origination={"GB": "NORTHWICK"}, configuration_set="events", protect_configuration="protect-1", max_price="0.25",
           message_type="PROMOTIONAL").send([item(library)], now=NOW)
    request = dict(the(amazon).request)
    assert request.pop("MessageBody").startswith("Northwick: ")
    assert request == {"DestinationPhoneNumber": HOME, "OriginationIdentity": "NORTHWICK", "MessageType": "PROMOTIONAL",
                       "ConfigurationSetName": "events", "ProtectConfigurationId": "protect-1", "MaxPrice": "0.25",
                       "Context": {"doorstep": "7.1"}}


def test_nothing_is_said_that_the_rollout_does_not_say(amazon: AwsStub, opened: Opened, library: Library) -> None:
    opened().send([item(library)], now=NOW)
    assert set(the(amazon).request) == {"DestinationPhoneNumber", "MessageBody", "MessageType", "Context"}


@pytest.mark.parametrize(("origination", "to", "speaks"), [
    ({"GB": "a", "FR": "b", "default": "c"}, HOME, "a"), ({"GB": "a", "FR": "b", "default": "c"}, FRENCH, "b"),
    ({"GB": "a", "default": "c"}, FRENCH, "c"), ({"GB": "a"}, FRENCH, None), ({"default": "pool-1"}, HOME, "pool-1"),
    ({}, HOME, None), ({"GB": "a", "default": "c"}, "+870773111632", "c"), ({"US": "u", "CA": "k"}, "+16135550142", "k"),
])
def test_the_customers_country_chooses_who_speaks(amazon: AwsStub, opened: Opened, library: Library, origination: dict[str, str],
                                                  to: str, speaks: str | None) -> None:
    opened(origination=origination).send([item(library, to=to)], now=NOW)
    assert the(amazon).request.get("OriginationIdentity") == speaks


@pytest.mark.parametrize(("until", "seconds"), [
    (0, None), (NOW + 6, 6), (NOW + 3600, 3600), (NOW + 30 * 86400, 259_200), (NOW + 5, "too_late"), (NOW - 100, "too_late"),
])
def test_a_text_lives_as_long_as_it_is_useful(amazon: AwsStub, opened: Opened, library: Library, until: int,
                                              seconds: int | str | None) -> None:
    [outcome] = opened().send([item(library, until_at=until)], now=NOW)
    if seconds == "too_late":
        assert (outcome.state, outcome.code, amazon.count) == ("refused", "too_late", 0)
    else:
        assert the(amazon).request.get("TimeToLive") == seconds


def test_a_rehearsal_is_a_dry_run(amazon: AwsStub, opened: Opened, library: Library) -> None:
    assert opened(live=False).send([item(library)], now=NOW)[0].state == "accepted"
    assert [said.ref for said in amazon.dry] == ["7.1"] and not amazon.delivered and not amazon.counts


@pytest.mark.parametrize("number", ["", "+44 7400", "call me", "+٤٤٧", "+0123456789", "+4474001234567890", "+44\n7400", "123"])
def test_a_number_that_is_none_is_refused(amazon: AwsStub, opened: Opened, library: Library, number: str) -> None:
    outcomes = opened().send([item(library, 7, number), item(library, 8)], now=NOW)
    assert [(each.state, each.code) for each in outcomes] == [("refused", "address"), ("accepted", None)]


@pytest.mark.parametrize(("letters", "state"), [(1, "accepted"), (1600, "accepted"), (1601, "refused"), (0, "refused")])
def test_a_text_of_no_or_too_many_letters_is_refused(amazon: AwsStub, opened: Opened, tmp_path: Path, letters: int,
                                                     state: str) -> None:
    words = library_of(tmp_path / "w", "Subject: S\nSms: {{ customer.name }}\nVoice: V\n\nB\n")
    sent = item(words)
    [outcome] = opened().send([sent._replace(texts=["x" * letters for _ in sent.texts])], now=NOW)
    assert (outcome.state, outcome.code) == (state, None if state == "accepted" else "content")


@pytest.mark.parametrize(("error", "reason", "fields", "state", "code"), [
    ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", (), "refused", "opted_out"),
    ("ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", (), "refused", "blocked"),
    ("ConflictException", "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE", (), "refused", "blocked"),
    ("ValidationException", "DESTINATION_COUNTRY_BLOCKED", (), "refused", "blocked"),
    ("ValidationException", "PRICE_OVER_THRESHOLD", (), "refused", "price"),
    ("ValidationException", "INVALID_PARAMETER", ("DestinationPhoneNumber",), "refused", "address"),
    ("ValidationException", "FIELD_VALIDATION_FAILED", ("MessageBody",), "refused", "content"),
    ("ValidationException", "INVALID_REQUEST", (), "refused", "rejected"),
    ("ConflictException", "", (), "throttled", "later"),
    ("ServiceQuotaExceededException", "DAILY_DESTINATION_CALL_LIMIT", (), "throttled", "daily_limit"),
])
def test_a_reason_of_one_customers_is_that_customers_alone(
        amazon: AwsStub, opened: Opened, library: Library, error: str, reason: str, fields: tuple[str, ...], state: str,
        code: str) -> None:
    items = numbered(library, 3)
    amazon.refuse[items[1].to] = (error, reason, *fields)
    outcomes = opened(at_once=1).send(items, now=NOW)
    assert [each.state for each in outcomes] == ["accepted", state, "accepted"]
    assert (outcomes[1].code, outcomes[1].until) == (code, TOMORROW if code == "daily_limit" else None)


@pytest.mark.parametrize(("error", "reason", "fields", "code", "until"), [
    ("ThrottlingException", "", (), "busy", NOW + PAUSE),
    ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", (), "busy", TOMORROW),
    ("ServiceQuotaExceededException", "", (), "busy", TOMORROW),
    ("ValidationException", "SENDER_ID_NOT_REGISTERED", (), "auth", None),
    ("ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND", (), "auth", None),
    ("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", (), "auth", None),       # an account still in the sandbox
    ("ConflictException", "RESOURCE_NOT_ACTIVE", (), "auth", None),
    ("ValidationException", "FIELD_VALIDATION_FAILED", ("OriginationIdentity",), "auth", None),
    ("AccessDeniedException", "ACCOUNT_DISABLED", (), "auth", None), ("ResourceNotFoundException", "", (), "auth", None),
    ("UnrecognizedClientException", "", (), "auth", None), ("InvalidSignatureException", "", (), "auth", None),
])
def test_what_is_ours_or_amazons_stops_the_rest(amazon: AwsStub, opened: Opened, library: Library, error: str, reason: str,
                                                fields: tuple[str, ...], code: str, until: int | None) -> None:
    items = numbered(library, 4)
    amazon.refuse |= {each.to: (error, reason, *fields) for each in items[1:]}
    outcomes = opened(at_once=1).send(items, now=NOW)
    assert [(each.state, each.code, each.until) for each in outcomes[1:]] == [("throttled", code, until)] * 3
    assert outcomes[0].state == "accepted" and amazon.count == 2
    with pytest.raises(Transient, match=reason or error) as raised:
        opened(at_once=1).send(items[1:], now=NOW)
    assert (raised.value.code, raised.value.until) == (code, until)


@pytest.mark.parametrize("reason", ["NO_ORIGINATION_IDENTITIES_FOUND", "SENDER_ID_REQUIRES_REGISTRATION", "COUNTRY_NOT_ENABLED"])
def test_a_number_from_abroad_that_nobody_can_text_takes_another_channel(amazon: AwsStub, opened: Opened, library: Library,
                                                                         reason: str) -> None:
    amazon.refuse[FRENCH] = ("ConflictException", reason)
    outcomes = opened(at_once=1).send([item(library, 1, FRENCH), item(library, 2)], now=NOW)
    assert [(each.state, each.code) for each in outcomes] == [("refused", "no_origin"), ("accepted", None)]


@pytest.mark.parametrize(("fault", "said"), [
    ("429", "busy"), ("403", "auth"), ("302", "away"), ("500", "unknown"), ("503", "unknown"), ("502_html", "unknown"),
    ("500_empty", "unknown"), ("reset", "unknown"), ("200_html", "unknown"), ("200_empty", "unknown"),
    ("accept_then_hang", "unknown"), ("accept_then_reset", "unknown"), ("accept_then_500", "unknown"), ("slow", "accepted"),
])
def test_every_fault_is_answered_and_nothing_is_tried_twice(amazon: AwsStub, opened: Opened, library: Library,
                                                            monkeypatch: pytest.MonkeyPatch, fault: str, said: str) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    amazon.pause = 0.05
    amazon.faults = lambda number: fault if number == 2 else None
    channel = opened(at_once=1, timeout_seconds=0.15 if "hang" in fault else 5)
    outcomes = channel.send(numbered(library, 4), now=NOW)
    if said == "accepted":
        assert [each.state for each in outcomes] == ["accepted"] * 4 and amazon.count == 4
        return
    assert [each.state for each in outcomes] == ["accepted", "unknown" if said == "unknown" else "throttled"] + ["throttled"] * 2
    assert {each.code for each in outcomes[2:]} == {"away" if said == "unknown" else said}
    assert amazon.count == 2 and amazon.counts.total() == 1 + fault.startswith("accept_then")


def test_several_go_at_once_and_each_is_answered_in_its_place(amazon: AwsStub, opened: Opened, library: Library) -> None:
    items = numbered(library, 20)
    amazon.refuse[items[5].to] = ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")
    amazon.pause = 0.02
    amazon.faults = lambda number: "slow" if number % 3 else None
    channel = opened(at_once=8)
    outcomes = channel.send(items, now=NOW)
    assert channel.batch_size == 20 and [each.notice_id for each in outcomes] == list(range(20))
    assert all(each.provider_id == amazon.ids[f"{each.notice_id}.1"] for each in outcomes if each.notice_id != 5)
    assert outcomes[5].code == "opted_out" and set(amazon.counts.values()) == {1} and amazon.counts.total() == 19


def test_who_cannot_be_reached_took_nothing(opened: Opened, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", "http://127.0.0.1:9")
    with pytest.raises(Transient, match="EndpointConnectionError") as raised:
        opened().send(numbered(library, 5), now=NOW)
    assert raised.value.code == "away"


@pytest.mark.parametrize(("sms", "sentence"), [
    ({"max_price": "25 cents"}, "northwick: providers.aws_sms.max_price: "),
    ({"origination": {"UK": "a"}}, 'providers.aws_sms.origination: Value error, "UK" is not a country; write two letters as'),
    ({"origination": {"GB": "my number"}}, '"my number" is not a number, a pool or a sender id'),
    ({"message_type": "transactional"}, "providers.aws_sms.message_type: "),
])
def test_a_mistake_in_the_rollouts_file_is_named(opened: Opened, sms: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        opened(**sms)


def test_the_log_names_nobody(amazon: AwsStub, opened: Opened, library: Library, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    amazon.refuse[HOME] = ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")
    opened().send([item(library, name="Zebedee"), item(library, 8, FRENCH, name="Zebedee")], now=NOW)
    said = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "OPTED_OUT" in said and not any(word in said for word in ("Zebedee", HOME[3:], FRENCH[3:], "Northwick: visit"))


@pytest.mark.parametrize(("change", "fault"), [
    ({"DestinationPhoneNumber": "abc"}, "does not match"), ({"MessageBody": "x" * 1601}, "is not a length"),
    ({"TimeToLive": 4}, "min"), ({"TimeToLive": 259_201}, "is out of"), ({"MaxPrice": "1.123456789"}, "is not a length"),
    ({"Context": {"a b": "c"}}, "does not match"), ({"MessageType": "OTHER"}, "is none of"), ({"Odd": 1}, "Unknown parameter"),
    ({"Context": {str(number): "v" for number in range(6)}}, "is not a length"), ({"DryRun": "yes"}, "Invalid type"),
])
def test_the_stand_in_is_as_strict_as_amazon(change: dict[str, Any], fault: str) -> None:
    right = {"DestinationPhoneNumber": HOME, "MessageBody": "Hello", "Context": {"doorstep": "7.1"}, "TimeToLive": 5}
    assert list(faults_of(PHONE, "SendTextMessage", right, 100)) == []
    said = " ".join(faults_of(PHONE, "SendTextMessage", right | change, 100))
    assert fault in said
