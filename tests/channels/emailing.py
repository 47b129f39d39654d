"""Emails for Amazon SES: words in which to write them, and the channel of a rollout that sends them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doorstep.channels import Channel, Item, open_channels
from doorstep.settings import Settings
from doorstep.words import Library
from tests.making import make_rollout
from tests.stubs.aws import AwsStub, Email
from tests.words.desk import case_of, library_of, skeleton_of

NOW = 1_800_000_000
ARABIC = "Subject: زيارة {{ visit.day }} {{ customer.name }}\nSms: ز\nVoice: ز\n\nمرحبًا {{ customer.name }}\n"
ENGLISH = ("Subject: For {{ customer.name }}\nSms: S\nVoice: V\n\n# Hello {{ customer.name }}\n\n{{ utility.name }} comes to "
           "{{ customer.address }}{{ visit.day }}.\n")
SHORT = "Subject: Another\nSms: S\nVoice: V\n\nOther words for {{ customer.name }}\n"
Opened = Callable[..., Channel]
Words = dict[str, Library]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Words:
    made = {"en": library_of(tmp_path_factory.mktemp("en"), ENGLISH), "other": library_of(tmp_path_factory.mktemp("o"), SHORT)}
    return made | {"ar": library_of(tmp_path_factory.mktemp("ar"), ARABIC, language="ar")}


@pytest.fixture
def opened(tmp_path: Path, amazon: AwsStub) -> Opened:
    """The channel of a rollout whose file says this of SES, and this of the rest."""

    def made(rest: dict[str, Any] | None = None, **ses: Any) -> Channel:
        rollout = make_rollout(live=True, providers={"ses": ses}, **(rest or {}))
        return open_channels("ses", rollout, Settings(home=tmp_path))["email"]

    return made


def item(library: Library, number: int = 7, to: str = "", name: str = "Ann", language: str = "en", **rest: Any) -> Item:
    rollout = rest.pop("rollout", None)
    skeleton, texts = skeleton_of(library, "email", case_of(name=name), language=language, rollout=rollout)
    return Item(number, f"{number}.1", to or f"person{number}@example.com", skeleton, texts, name, **rest)


def the(amazon: AwsStub) -> Email:
    [email] = amazon.delivered
    assert isinstance(email, Email)
    return email
