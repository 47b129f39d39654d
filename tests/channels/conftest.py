"""What the tests of several channels share: Amazon on loopback, and a writer of text messages."""

from collections.abc import Iterator

import pytest

from doorstep.words import Library
from tests.channels.texting import WORDS, Writer
from tests.stubs.aws import AwsStub
from tests.words.desk import library_of


@pytest.fixture(scope="module")
def amazon_served() -> Iterator[AwsStub]:
    with AwsStub() as stub, stub.surroundings():
        yield stub


@pytest.fixture
def amazon(amazon_served: AwsStub) -> AwsStub:
    """Amazon on loopback, with keys that fit, and nothing said yet."""
    amazon_served.forget()
    return amazon_served


@pytest.fixture(scope="session")
def words_to_text(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("words"), WORDS)


@pytest.fixture
def writer(words_to_text: Library) -> Writer:
    """A writer whose first item is number 1."""
    return Writer(words_to_text)
