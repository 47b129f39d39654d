"""A large rollout keeps the messages of some households; nobody's message is left unwritten."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import insert

from doorstep.channels import Item, Outcome
from doorstep.channels.drop import drop_channels
from doorstep.model import Customer, Notice
from doorstep.simulation.keeping import kept_visits, sorted_channels
from doorstep.store import Store
from tests.making import make_store
from tests.simulation.places import world_of


@dataclass
class Wall:
    """A channel that pins every message to a wall, and a skeleton that counts how often it is filled."""

    kind: str = "sms"
    provider: str = "wall"
    batch_size: int = 500
    exactly_once: bool = True
    pinned: list[int] = field(default_factory=list)
    filled: int = 0

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Pin them."""
        self.pinned += [item.notice_id for item in items]
        return [Outcome(item.notice_id, "accepted", f"pin {item.notice_id}") for item in items]

    def fill(self, texts: Sequence[str]) -> "Wall":
        """Count one more."""
        self.filled += 1
        return self

    @property
    def text(self) -> str:
        """What a filled text message says."""
        return "hello"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Notice 1 is for the first household, notice 2 for the last that is kept, notice 3 for the first that is not."""
    store = make_store(tmp_path)
    world = world_of(visits=2000)
    with store.write() as connection:
        for number, household in enumerate((0, 499, 500), start=1):
            connection.execute(insert(Customer).values(id=number, rollout="harbour", premise="P", updated_at=0,
                                                       account=world.account(household), language="en"))
            connection.execute(insert(Notice).values(
                id=number, rollout="harbour", notice="reminder", phase="before", purpose="duty", visit_id=number,
                customer_id=number, occasion="2027-03-01", due_at=0, until_at=1, not_before=0, created_at=0))
    return store


@pytest.mark.parametrize(("visits", "kept"), [(1, 1), (300, 300), (1000, 1000), (1001, 500), (100_000, 500)])
def test_small_rollouts_keep_everything(visits: int, kept: int) -> None:
    assert kept_visits(visits) == kept


def test_a_small_rollout_uses_the_outbox_as_it_is(store: Store) -> None:
    wall = Wall()
    assert sorted_channels(store, world_of(visits=300), {"sms": wall}) == {"sms": wall}


def test_the_first_households_messages_are_kept_and_the_others_written_too(store: Store) -> None:
    wall, skeleton = Wall(), Wall()
    items = [Item(number, f"{number}.1", "+447400000000", skeleton, ()) for number in (3, 1, 2)]  # type: ignore[arg-type]
    said = sorted_channels(store, world_of(visits=2000), {"sms": wall})["sms"].send(items, now=0)
    assert [(each.notice_id, each.state) for each in said] == [(3, "accepted"), (1, "accepted"), (2, "accepted")]
    assert wall.pinned == [1, 2] and said[1].provider_id == "pin 1"
    assert skeleton.filled >= 1


def test_every_kind_of_channel_has_a_place_for_the_rest() -> None:
    assert set(drop_channels()) >= {"email", "sms", "post", "voice", "call"}
