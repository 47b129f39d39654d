"""Calls that a machine speaks, through AWS End User Messaging, in the languages that Amazon Polly has a voice for."""

import re
import secrets
from collections.abc import Sequence
from html import escape

from pydantic import Field, field_validator

from doorstep.channels import Channel, Item, configured
from doorstep.channels._aws import Ready
from doorstep.channels._aws_phone import PRICE, PhoneAccess, PhoneChannel
from doorstep.errors import Permanent, Transient
from doorstep.facts.clean import clean
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.words.skeleton import Skeleton

MOST_LETTERS = 6000                # with the SSML

# The voices that this service may use, by language; a country's own way of speaking goes first.
VOICES = {
    "ar": "ZEINA", "cy": "GWYNETH", "da": "NAJA", "de": "VICKI", "en": "AMY", "en_AU": "NICOLE", "en_CA": "JOANNA",
    "en_IN": "RAVEENA", "en_NZ": "NICOLE", "en_US": "JOANNA", "es": "LUCIA", "es_MX": "MIA", "es_US": "LUPE", "fr": "LEA",
    "fr_CA": "CHANTAL", "is": "DORA", "it": "BIANCA", "ja": "TAKUMI", "ko": "SEOYEON", "nb": "LIV", "nl": "LOTTE", "no": "LIV",
    "pl": "EWA", "pt": "INES", "pt_BR": "CAMILA", "ro": "CARMEN", "ru": "TATYANA", "sv": "ASTRID", "tr": "FILIZ", "zh": "ZHIYU",
}
_SPELLED = ("visit.reference", "visit.new_meter")          # texts that are said letter by letter
_DIGITS = re.compile("[0-9]+")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Config(PhoneAccess):
    """`[providers.aws_voice]` of a rollout file."""

    max_price_per_minute: str = Field(default="", pattern=PRICE, description='US dollars, as in "0.25"')
    voices: dict[str, str] = Field(default={}, description="language -> Polly voice, before our own choice")

    @field_validator("voices")
    @classmethod
    def _in_capitals(cls, given: dict[str, str]) -> dict[str, str]:
        for language, voice in given.items():
            if not re.fullmatch("[A-Z]+", voice):
                raise ValueError(f'"{voice}" for "{language}" is not a voice; write it in capitals, as in "AMY"')
        return given


class AwsVoice(PhoneChannel):
    """The voice channel."""

    provider = "aws_voice"
    kind = "voice"
    operation = "send_voice_message"

    def __init__(self, rollout: Rollout, config: Config) -> None:
        super().__init__(rollout, config)
        self._voices = (config.voices, VOICES)
        self._mark = secrets.token_hex(4) + "x"
        if config.max_price_per_minute:
            self._fixed["MaxPricePerMinute"] = config.max_price_per_minute
        utility = rollout.file.utility
        self._numbers = [number for number in map(clean, (utility.phone, utility.sms_number)) if number]

    def prepare(self, item: Item, now: int) -> Ready:
        """The request of one call. A language without a voice is refused, so that a person calls instead."""
        voice = self._voice(item.skeleton.language)
        request = self.common(item, now)
        if "OriginationIdentity" not in request:
            raise self._speechless(item.to)
        speech = self.speech(item.skeleton, item.texts)
        if len(speech) > MOST_LETTERS:
            raise Permanent("content")
        return Ready(item, request | {"VoiceId": voice, "MessageBodyTextType": "SSML", "MessageBody": speech})

    def speech(self, skeleton: Skeleton, texts: Sequence[str]) -> str:
        """The words as SSML: our phone number is said digit by digit, a reference letter by letter, both slowly."""
        gaps = [f"g{slot}{self._mark}" for slot in range(len(skeleton.slots))]
        pieces = re.split(f"(g[0-9]+{self._mark})", skeleton.with_gaps("text", gaps))
        dressed = skeleton.dressed("text", texts)
        pieces[::2] = map(self._literal, pieces[::2])
        for place in range(1, len(pieces), 2):
            slot = gaps.index(pieces[place])
            said = _escaped(dressed[slot])
            pieces[place] = _slowly("characters", said) if said and skeleton.slots[slot] in _SPELLED else said
        return f"<speak>{''.join(pieces)}</speak>"

    def _literal(self, words: str) -> str:
        made = _escaped(words)
        for number in self._numbers:
            made = made.replace(_escaped(number), _DIGITS.sub(lambda run: _slowly("digits", run[0]), _escaped(number)))
        return made

    def _voice(self, language: str) -> str:
        base, _, land = language.partition("_")
        for voices in self._voices:
            for code in (f"{base}_{land or self.rollout.file.country}", base):
                if code in voices:
                    return voices[code]
        raise Permanent("no_voice")

    def _speechless(self, number: str) -> Exception:
        """Nobody to call as: ours to mend for the rollout's own country, another channel's turn for a number from abroad."""
        country = self.rollout.file.country
        if not self.at_home(number):
            return Permanent("no_origin")
        place = self.rollout.config_path or self.rollout.name
        return Transient(f"{place}: providers.aws_voice.origination: no number for {country}; a call needs one", code="auth")


def open_channels(rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """The contract's entry: calls, with keys from AWS's own variables; in rehearsal Amazon only checks them."""
    return {"voice": AwsVoice(rollout, configured(rollout, "aws_voice", Config))}


def _escaped(text: str) -> str:
    return escape(_NO_XML.sub(" ", text), quote=False)


def _slowly(kind: str, said: str) -> str:
    return f'<prosody rate="slow"><say-as interpret-as="{kind}">{said}</say-as></prosody>'
