"""Channels that take every message and keep none: for benches, and for rehearsing a set too large to keep."""

from collections.abc import Sequence

from doorstep.channels import Channel, Item, Outcome
from doorstep.rollout import Rollout
from doorstep.rollout.shape import CHANNELS
from doorstep.settings import Settings
from doorstep.sms import parts


class Drop:
    """Accepts a message and forgets it. Text messages are counted in parts, so that their cost is known."""

    provider = "drop"
    batch_size = 1000
    exactly_once = True

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.taken = 0

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Accept all of them."""
        self.taken += len(items)
        return [Outcome(item.notice_id, "accepted", item.ref, None, self._parts(item)) for item in items]

    def _parts(self, item: Item) -> int | None:
        return parts(item.skeleton.fill(item.texts).text) if self.kind == "sms" else None


def drop_channels() -> dict[str, Channel]:
    """One for each kind of channel."""
    return {kind: Drop(kind) for kind in CHANNELS}


def open_channels(rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """The contract's entry: the same for every rollout."""
    return drop_channels()
