"""Channels: each takes a batch of messages and says of each what became of it."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from doorstep.words import Skeleton


class Item(NamedTuple):
    """One message to hand over: `skeleton.fill(texts)` is what it says."""

    notice_id: int
    ref: str                      # ours, opaque, the same for ever: for headers and provider metadata
    to: str
    skeleton: Skeleton
    texts: Sequence[str]
    purpose: str = "duty"         # what may be unsubscribed from
    address_lines: tuple[str, ...] = ()   # for a letter's window: name, address, town, postcode


class Outcome(NamedTuple):
    """What a channel said of one message; unknown is never resent blindly."""

    notice_id: int
    state: Literal["accepted", "refused", "throttled", "unknown"]
    provider_id: str | None = None
    code: str | None = None
    parts: int | None = None


class Channel(Protocol):
    """A way to hand over. `exactly_once` says that a second send of the same notice cannot make a second message."""

    name: str
    batch_size: int
    exactly_once: bool

    def send(self, items: Sequence[Item]) -> list[Outcome]:
        """Hand over a batch; one outcome for each item, in order. Raises Transient when nothing was taken."""
        ...
