"""Which messages of a demo become files: all of a small rollout, those of the first households of a large one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from doorstep.channels import Channel, Item, Outcome
from doorstep.channels.drop import drop_channels
from doorstep.model import Customer, Notice
from doorstep.simulation.world import World
from doorstep.store import Store

ALL_KEPT = 1000        # a rollout of so many visits keeps every message: some 8 files for each
FIRST_KEPT = 500       # of a larger one, the households that do


def kept_visits(visits: int) -> int:
    """Of how many households the messages are kept as files."""
    return visits if visits <= ALL_KEPT else FIRST_KEPT


@dataclass
class Sorted:
    """A channel that hands the first households' messages to one channel and all others to another."""

    store: Store
    last: str                  # the first account whose messages are not kept
    kept: Channel
    dropped: Channel

    def __post_init__(self) -> None:
        self.kind, self.provider, self.exactly_once = self.kept.kind, self.kept.provider, True
        self.batch_size = min(self.kept.batch_size, self.dropped.batch_size)

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Hand each over to its channel; the answers come in the order of the items."""
        chosen = self._chosen([item.notice_id for item in items])
        for item in items:
            if item.notice_id not in chosen:
                item.skeleton.fill(item.texts)      # rendered all the same: a fault in the words must show
        answers = {said.notice_id: said for channel, mine in ((self.kept, True), (self.dropped, False))
                   for said in _handed(channel, [item for item in items if (item.notice_id in chosen) == mine], now)}
        return [answers[item.notice_id] for item in items]

    def _chosen(self, notices: Sequence[int]) -> set[int]:
        with self.store.read() as connection:
            return set(connection.execute(  # type: ignore[arg-type]  # a stored notice has its id
                select(col(Notice.id)).join(Customer, col(Customer.id) == col(Notice.customer_id))
                .where(col(Notice.id).in_(notices), col(Customer.account) < self.last)).scalars())


def _handed(channel: Channel, items: Sequence[Item], now: int) -> list[Outcome]:
    return channel.send(items, now=now) if items else []


def sorted_channels(store: Store, world: World, outbox: Mapping[str, Channel]) -> dict[str, Channel]:
    """The outbox itself for a small world; for a large one, the outbox for some and nowhere for the rest."""
    kept = kept_visits(world.visits)
    if kept == world.visits:
        return dict(outbox)
    nowhere = drop_channels()
    return {kind: Sorted(store, world.account(kept), channel, nowhere[kind]) for kind, channel in outbox.items()}
