"""What Amazon's silence means where one of a send's customers was never its business."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doorstep.channels import Channel, Item, open_channels
from doorstep.channels._aws import Access
from doorstep.channels._print_store import BucketStore
from doorstep.errors import Transient
from doorstep.settings import Settings
from doorstep.words import Library
from tests.making import make_rollout
from tests.stubs.aws import AwsStub
from tests.stubs.server import Stub
from tests.words.desk import case_of, library_of, skeleton_of

NOW = 1_800_000_000
WORDS = "Subject: For {{ customer.name }}\nSms: S\nVoice: V\n\nHello {{ customer.name }}\n"
Written = Callable[[int, str], Item]


@pytest.fixture
def email(tmp_path: Path, amazon: AwsStub) -> Channel:
    return open_channels("ses", make_rollout(live=True), Settings(home=tmp_path))["email"]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    library: Library = library_of(tmp_path, WORDS)

    def made(number: int, to: str) -> Item:
        skeleton, texts = skeleton_of(library, "email", case_of(name="Ann"))
        return Item(number, f"{number}.1", to, skeleton, texts, "Ann")

    return made


def test_one_bad_address_does_not_make_a_busy_amazon_look_well(amazon: AwsStub, email: Channel, written: Written) -> None:
    """The circuit breaker goes by what came through: an address that we refuse ourselves is no word from Amazon."""
    amazon.refuse_all = ("TooManyRequestsException", "Maximum sending rate exceeded.")
    with pytest.raises(Transient) as raised:
        email.send([written(1, "no address"), written(2, "ann@example.com")], now=NOW)
    assert raised.value.code == "busy"


def test_where_no_address_is_one_amazon_is_not_asked(amazon: AwsStub, email: Channel, written: Written) -> None:
    outcomes = email.send([written(1, "no address"), written(2, "nor this")], now=NOW)
    assert [(each.state, each.code) for each in outcomes] == [("refused", "address")] * 2 and amazon.requests == []


def test_a_busy_bucket_that_was_only_read_names_no_moment_of_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: dict[str, Any] = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    with Stub(faults=lambda number: "429") as busy:
        for name, value in {**keys, "AWS_ENDPOINT_URL_S3": busy.url}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(Transient) as raised:
            BucketStore("letters-out", "out", Access(), "GB").get("2027-01-15/a.json")
    assert (raised.value.code, raised.value.until) == ("busy", None)
