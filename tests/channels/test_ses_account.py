"""The account at Amazon: the way to it, its region, what it may send, whom it no longer writes to, and what a rollout says."""

from typing import Any

import pytest

from doorstep.channels._aws import Access, client
from doorstep.channels.ses import quota, suppressed
from doorstep.errors import ConfigError, Transient
from tests.channels.emailing import NOW, Opened, Words, item
from tests.channels.emailing import libraries as libraries
from tests.channels.emailing import opened as opened
from tests.making import make_rollout
from tests.stubs.aws import AwsStub


def test_a_proxy_of_the_environment_is_not_asked(amazon: AwsStub, opened: Opened, libraries: Words,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    channel = opened(timeout_seconds=9)                 # a client of its own, made with these variables
    assert channel.send([item(libraries["en"])], now=NOW)[0].state == "accepted"


@pytest.mark.parametrize(("variables", "access", "country", "region"), [
    ({}, "", "GB", "eu-west-2"), ({}, "", "UG", "eu-west-1"), ({}, "af-south-1", "UG", "af-south-1"),
    ({"AWS_DEFAULT_REGION": "us-east-1"}, "af-south-1", "UG", "us-east-1"), ({"AWS_REGION": "us-west-2"}, "", "GB", "us-west-2"),
])
def test_a_region_is_named_or_the_nearest(amazon: AwsStub, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str],
                                          access: str, country: str, region: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    made = client("sesv2", Access(region=access), country)
    assert made.meta.region_name == region
    assert client("sesv2", Access(region=access), country) is made           # one for the process


def test_what_ses_stopped_sending_to_is_read_page_by_page(amazon: AwsStub) -> None:
    amazon.suppressed = [(f"p{number}@example.com", "BOUNCE" if number % 2 else "COMPLAINT", NOW + number) for number in range(7)]
    found = list(suppressed(make_rollout(), since=NOW + 2))
    assert found == [(f"p{n}@example.com", "BOUNCE" if n % 2 else "COMPLAINT", NOW + n) for n in range(2, 7)]
    assert len(amazon.requests) == 3


def test_the_account_says_what_it_may_send(amazon: AwsStub) -> None:
    assert quota(make_rollout()) == (14.0, 50_000.0, 0.0)
    amazon.refuse_all = ("BadRequestException", "")
    with pytest.raises(Transient, match="BadRequestException"):
        quota(make_rollout())
    with pytest.raises(Transient, match="BadRequestException"):
        list(suppressed(make_rollout(), since=NOW))


@pytest.mark.parametrize(("ses", "sentence"), [
    ({"bulk": 51}, r"northwick: providers.ses.bulk: Input should be less than or equal to 50"),
    ({"region": "Ireland"}, "northwick: providers.ses.region: "), ({"pool": "x"}, "northwick: providers.ses.pool: Extra inputs"),
    ({"sender": "jürgen@example.com"}, 'northwick: providers.ses.sender: "jürgen@example.com" is not an address that SES'),
])
def test_a_mistake_in_the_rollouts_file_is_named(opened: Opened, ses: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        opened(**ses)
