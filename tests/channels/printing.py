"""Letters for a print house, and what was left for it: never a letter in two manifests."""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from doorstep.channels import Item, open_channels
from doorstep.channels._print_store import FolderStore
from doorstep.channels.print_house import PrintHouse
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.words import Library
from tests.letters import pages_of, said, scanned
from tests.making import at, make_rollout
from tests.words.desk import ROLLOUT, case_of, library_of, skeleton_of

NOW = at("2027-01-15 08:00", ROLLOUT)         # a Friday
LONG = "Subject: Other\n\n" + "words in another version\n\n" * 60
Making = Callable[..., list[Item]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("words"))


@pytest.fixture
def items(library: Library) -> Making:
    """Letters to these notices' customers, as their first attempt unless told."""

    def made(*numbers: int, attempt: int = 1, words: Library = library, **values: Any) -> list[Item]:
        ready = []
        for number in numbers:
            name = f"Ms Person {number}"
            skeleton, texts = skeleton_of(words, "post", case_of(name=name))
            item = Item(number, f"{number}.{attempt}", "", skeleton, texts, name, (name, f"{number} Mill Road", "N1 2AB"))
            ready.append(item._replace(**values))
        return ready

    return made


def house(home: Path, rollout: Rollout = ROLLOUT, **keys: Any) -> PrintHouse:
    if keys:
        rollout = make_rollout(providers={"print_house": keys})
    channel = open_channels("print_house", rollout, Settings(home=home))["post"]
    assert isinstance(channel, PrintHouse)
    return channel


@pytest.fixture
def folder(tmp_path: Path) -> PrintHouse:
    return house(tmp_path)


def place_of(channel: PrintHouse) -> Path:
    """Where a house with a folder leaves its files."""
    assert isinstance(channel.store, FolderStore)
    return channel.store.root


def names(channel: PrintHouse) -> list[str]:
    """Everything that was left for the print house."""
    return [f"{day}/{name}" for day in channel.store.days() for name in channel.store.names(day)]


def manifests(channel: PrintHouse) -> list[dict[str, Any]]:
    return [json.loads(channel.store.get(name) or b"") for name in names(channel) if name.endswith(".json")]


def file_of(channel: PrintHouse, manifest: dict[str, Any]) -> bytes:
    """The PDF that a manifest names, checked."""
    content = channel.store.get(f"{manifest['batch'].partition('/')[0]}/{manifest['file']}")
    assert content is not None and sha256(content).hexdigest() == manifest["sha256"]
    return content


def check_the_proof(channel: PrintHouse, numbers: Sequence[int]) -> None:
    """Each notice stands in one manifest, and there on the page that carries its reference and its address."""
    found = []
    for manifest in manifests(channel):
        sheets = pages_of(file_of(channel, manifest))
        assert len(sheets) == manifest["pages"] == sum(row["pages"] for row in manifest["letters"])
        for row in manifest["letters"]:
            found.append(row["notice"])
            sheet = sheets[row["page"] - 1]
            assert scanned(sheet) == row["ref"] and f"{row['notice']} Mill Road" in said(sheet)
    assert sorted(found) == sorted(numbers)


class Killed(BaseException):
    """As a kill: nobody catches it."""


def carry_on(channel: PrintHouse, items: Making, numbers: Sequence[int]) -> None:
    """What delivery does after a crash: what is proven is settled, the rest is tried again, and again it is all looked at."""
    proven = channel.look_up([f"{number}.1" for number in numbers])
    rest = [number for number in numbers if f"{number}.1" not in proven]
    assert [each.state for each in channel.send(items(*rest, attempt=2), now=NOW + 900)] == ["accepted"] * len(rest)
    check_the_proof(channel, numbers)
