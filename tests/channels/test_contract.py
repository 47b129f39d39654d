"""What every provider's channels promise; each file of doorstep/channels is held to it."""

from pathlib import Path

import pytest

from doorstep.channels import Channel, Item, open_channels, providers
from doorstep.errors import UsageError
from doorstep.rollout.shape import CHANNELS
from doorstep.settings import Settings
from tests.words.desk import ROLLOUT, case_of, library_of, skeleton_of

NOW = 1_800_000_000
TO = {"email": "person@example.com", "post": ""}
OFFLINE = [name for name in providers() if name in ("outbox", "drop")]      # the others need a server to talk to


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Item]]:
    """Two items for each kind of channel."""
    library = library_of(tmp_path_factory.mktemp("words"))
    made = {}
    for kind in CHANNELS:
        skeleton, texts = skeleton_of(library, kind, case_of())
        to = TO.get(kind, "+447400123456")
        made[kind] = [Item(number, f"{number}.1", to, skeleton, texts, "Ann", ("Ann", "1 Mill Road")) for number in (7, 8)]
    return made


@pytest.mark.parametrize("provider", providers())
def test_a_provider_opens_channels_by_kind(provider: str, tmp_path: Path) -> None:
    channels = open_channels(provider, ROLLOUT, Settings(home=tmp_path))
    assert channels and set(channels) <= set(CHANNELS)
    assert all(channel.kind == kind and channel.batch_size >= 1 for kind, channel in channels.items())


@pytest.mark.parametrize("provider", OFFLINE)
@pytest.mark.parametrize("kind", CHANNELS)
def test_every_item_is_answered_in_order(provider: str, kind: str, items: dict[str, list[Item]], tmp_path: Path) -> None:
    channel: Channel = open_channels(provider, ROLLOUT, Settings(home=tmp_path))[kind]
    outcomes = channel.send(items[kind], now=NOW)
    assert [(outcome.notice_id, outcome.state) for outcome in outcomes] == [(7, "accepted"), (8, "accepted")]
    assert channel.send([], now=NOW) == []


@pytest.mark.parametrize("provider", OFFLINE)
def test_text_messages_are_counted_in_parts(provider: str, items: dict[str, list[Item]], tmp_path: Path) -> None:
    channel = open_channels(provider, ROLLOUT, Settings(home=tmp_path))["sms"]
    assert [outcome.parts for outcome in channel.send(items["sms"], now=NOW)] == [1, 1]


def test_a_provider_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match=r'"pigeon" is not a provider of channels; those are .*outbox'):
        open_channels("pigeon", ROLLOUT, Settings())
