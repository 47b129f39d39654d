"""Calls that a machine speaks: the right voice, the words as SSML, and numbers that can be written down."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import botocore.session
import pytest

from doorstep.channels import Item, Outcome, open_channels
from doorstep.channels.aws_voice import VOICES, AwsVoice
from doorstep.errors import ConfigError, Transient
from doorstep.settings import Settings
from doorstep.words import Library
from tests.channels.test_aws_sms import FRENCH, HOME, NOW, the
from tests.making import UTILITY, make_rollout
from tests.stubs.aws import AwsStub
from tests.words.desk import case_of, library_of, skeleton_of

WORDS = ("Subject: S\nSms: S\nVoice: This is {{ utility.name }} for {{ customer.name }}, {{ visit.reference }}, on "
         "{{ visit.day }}. Call {{ utility.phone }}.\n\nB\n")
Opened = Callable[..., AwsVoice]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("words"), WORDS)


@pytest.fixture
def opened(tmp_path: Path, amazon: AwsStub) -> Opened:
    """The channel of a rollout whose file says this of it, with a number to call as."""

    def made(rest: dict[str, Any] | None = None, **voice: Any) -> AwsVoice:
        config = {"origination": {"GB": "+441110000000"}, **voice}
        rollout = make_rollout(**{"live": True, "providers": {"aws_voice": config}, **(rest or {})})
        channel = open_channels("aws_voice", rollout, Settings(home=tmp_path))["voice"]
        assert isinstance(channel, AwsVoice)
        return channel

    return made


def item(library: Library, number: int = 7, to: str = HOME, name: str = "Ann", **rest: Any) -> Item:
    rollout = rest.pop("rollout", None)
    skeleton, texts = skeleton_of(library, "voice", case_of(name=name), rollout=rollout)
    return Item(number, f"{number}.1", to, skeleton, texts, name, **rest)


@pytest.mark.parametrize("name", ["Ann", "O'Neill & <Sons>", "</speak><audio src='x'/>", "&amp;", "نورة", "g0"])
def test_what_is_spoken_is_the_very_words(amazon: AwsStub, opened: Opened, library: Library, name: str) -> None:
    sent = item(library, name=name)
    assert opened().send([sent], now=NOW) == [Outcome(7, "accepted", amazon.ids["7.1"])]
    speech = ElementTree.fromstring(the(amazon).body)
    assert speech.tag == "speak" and "".join(speech.itertext()) == sent.skeleton.fill(sent.texts).text
    assert {each.tag for each in speech.iter()} == {"speak", "prosody", "say-as"}


def test_what_no_xml_can_hold_is_left_out(amazon: AwsStub, opened: Opened, library: Library) -> None:
    sent = item(library)
    opened().send([sent._replace(texts=["a\x07\x00\ufffeb"] * len(sent.texts))], now=NOW)
    assert "for a   b," in "".join(ElementTree.fromstring(the(amazon).body).itertext())


def test_numbers_and_references_can_be_written_down(amazon: AwsStub, opened: Opened, library: Library) -> None:
    opened().send([item(library)], now=NOW)
    spelled = [(each.get("interpret-as"), each.text) for each in ElementTree.fromstring(the(amazon).body).iter("say-as")]
    assert spelled == [("characters", "NW0000001"), ("digits", "0800"), ("digits", "123"), ("digits", "4567")]


def test_a_request_is_complete(amazon: AwsStub, opened: Opened, library: Library) -> None:
    opened(configuration_set="events", protect_configuration="protect-1", max_price_per_minute="0.5").send(
        [item(library, until_at=NOW + 3600)], now=NOW)
    request = {key: value for key, value in the(amazon).request.items() if key != "MessageBody"}
    assert request == {"DestinationPhoneNumber": HOME, "OriginationIdentity": "+441110000000", "MessageBodyTextType": "SSML",
                       "VoiceId": "AMY", "ConfigurationSetName": "events", "ProtectConfigurationId": "protect-1",
                       "MaxPricePerMinute": "0.5", "TimeToLive": 3600, "Context": {"doorstep": "7.1"}}


@pytest.mark.parametrize(("language", "country", "voices", "voice"), [
    ("en", "GB", {}, "AMY"), ("en", "US", {}, "JOANNA"), ("en", "UG", {}, "AMY"), ("en", "IN", {}, "RAVEENA"),
    ("fr", "FR", {}, "LEA"), ("fr", "CA", {}, "CHANTAL"), ("fr_CA", "GB", {}, "CHANTAL"), ("ar", "SA", {}, "ZEINA"),
    ("en", "US", {"en": "BRIAN"}, "BRIAN"), ("sw", "UG", {}, None), ("lg", "UG", {}, None), ("sw", "UG", {"sw": "AMY"}, "AMY"),
])
def test_a_language_is_spoken_by_its_voice_or_by_a_person(
        amazon: AwsStub, opened: Opened, tmp_path: Path, language: str, country: str, voices: dict[str, str],
        voice: str | None) -> None:
    rollout = make_rollout(country=country, region=None, languages=[language])
    words = library_of(tmp_path / "w", WORDS, language=language)
    skeleton, texts = skeleton_of(words, "voice", case_of(), language=language, rollout=rollout)
    channel = opened({"country": country, "region": None}, voices=voices, origination={"default": "pool-1"})
    [outcome] = channel.send([Item(7, "7.1", HOME, skeleton, texts)], now=NOW)
    if voice:
        assert the(amazon).request["VoiceId"] == voice
    else:
        assert (outcome.state, outcome.code, amazon.count) == ("refused", "no_voice", 0)


def test_every_voice_is_one_that_amazon_has() -> None:
    model = botocore.session.get_session().get_service_model("pinpoint-sms-voice-v2")
    assert set(VOICES.values()) <= set(model.shape_for("VoiceId").enum)


def test_a_rehearsal_is_a_dry_run(amazon: AwsStub, opened: Opened, library: Library) -> None:
    assert opened({"live": False}).send([item(library)], now=NOW)[0].state == "accepted"
    assert [said.ref for said in amazon.dry] == ["7.1"] and not amazon.delivered


@pytest.mark.parametrize(("to", "until", "code"), [
    ("call me", 0, "address"), (HOME, NOW + 5, "too_late"), (FRENCH, 0, "no_origin"),
])
def test_a_call_that_cannot_be_made_is_refused(amazon: AwsStub, opened: Opened, library: Library, to: str, until: int,
                                               code: str) -> None:
    outcomes = opened().send([item(library, 7, to, until_at=until), item(library, 8)], now=NOW)
    assert [(each.state, each.code) for each in outcomes] == [("refused", code), ("accepted", None)]


def test_without_a_number_to_call_as_nothing_is_called(amazon: AwsStub, opened: Opened, library: Library) -> None:
    said = "northwick: providers.aws_voice.origination: no number for GB; a call needs one"
    with pytest.raises(Transient, match=re.escape(said)) as raised:
        opened(origination={}).send([item(library)], now=NOW)
    assert raised.value.code == "auth" and amazon.count == 0


def test_a_speech_that_is_too_long_is_refused(amazon: AwsStub, opened: Opened, library: Library) -> None:
    sent = item(library)
    [outcome] = opened().send([sent._replace(texts=["&" * 1300 for _ in sent.texts])], now=NOW)
    assert (outcome.state, outcome.code, amazon.count) == ("refused", "content", 0)


def test_a_phone_number_with_a_plus_is_said_by_its_digits(opened: Opened, library: Library) -> None:
    changed: dict[str, Any] = {"utility": UTILITY | {"phone": "+44 20 7946"}}
    sent = item(library, rollout=make_rollout(**changed))
    speech = opened(changed).speech(sent.skeleton, sent.texts)
    digits = [each.text for each in ElementTree.fromstring(speech).iter("say-as") if each.get("interpret-as") == "digits"]
    assert digits == ["44", "20", "7946"]


@pytest.mark.parametrize(("error", "reason", "code"), [
    ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE", "busy"),
    ("ValidationException", "VOICE_CAPABILITY_NOT_AVAILABLE", "auth"),
])
def test_what_stops_every_call_is_raised(amazon: AwsStub, opened: Opened, library: Library, error: str, reason: str,
                                         code: str) -> None:
    amazon.refuse_all = (error, reason)
    with pytest.raises(Transient, match=reason) as raised:
        opened().send([item(library)], now=NOW)
    assert raised.value.code == code


def test_an_unanswered_call_is_unknown_and_made_once(amazon: AwsStub, opened: Opened, library: Library) -> None:
    amazon.faults = lambda number: "accept_then_reset"
    outcomes = opened(at_once=1).send([item(library, 7), item(library, 8)], now=NOW)
    assert [each.state for each in outcomes] == ["unknown", "throttled"] and amazon.counts == {"7.1": 1}


@pytest.mark.parametrize(("voice", "sentence"), [
    ({"voices": {"en": "Amy"}}, '"Amy" for "en" is not a voice'), ({"max_price_per_minute": "1"}, "max_price_per_minute"),
])
def test_a_mistake_in_the_rollouts_file_is_named(opened: Opened, voice: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        opened(**voice)
