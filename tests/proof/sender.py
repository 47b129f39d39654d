"""One sender that may die at any moment: hands over what is due by the real SendGrid channel, and says how far it has come."""

from collections.abc import Sequence
from functools import cached_property
from multiprocessing.connection import Connection
from typing import NamedTuple

from doorstep.channels import Channel, Item, Outcome, configured
from doorstep.channels._sendgrid_transport import Answer, Wire
from doorstep.channels.sendgrid import Config, SendGrid
from doorstep.delivery import Sent, send_due
from doorstep.delivery.lines import Lines
from doorstep.store import Store
from tests.proof.due import LIBRARY, ROLLOUT
from tests.stubs.sendgrid import KEY

SMALL, LARGE = 40, 1000        # messages of one request: few, for many moments to be killed at; in peace as many as may be
CLAIMING, HANDING, CALLING, RECORDING = STAGES = (      # of every batch, in this order
    "settling or claiming", "between commit and call", "during the call", "between answer and record")


class Post(NamedTuple):
    """Where a sender works."""

    store: Store                # with no connection open: what is forked from its owner opens one of its own
    provider: str               # the address of SendGrid's stand-in


class Marks:
    """What the sender says of itself: one word at each stage, in one write that a kill cannot cut in two."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe

    def __call__(self, stage: str) -> None:
        self.pipe.send_bytes(stage.encode())

    def pace(self, _channel: Channel, _number: int) -> None:
        """Asked by the hand-over when the attempts are committed."""
        self(HANDING)

    def watch(self, _sent: Sent) -> None:
        """Asked by the hand-over when a batch is done."""
        self(CLAIMING)


class Marked(SendGrid):
    """The channel as it is, in requests of a given size, with its stages marked."""

    def __init__(self, provider: str, marks: Marks, size: int) -> None:
        super().__init__(ROLLOUT, configured(ROLLOUT, "sendgrid", Config), key=KEY, host=provider)
        self.marks, self.batch_size = marks, size

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        outcomes = super().send(items, now=now)
        self.marks(RECORDING)
        return outcomes

    @cached_property
    def _wire(self) -> Wire:
        return _MarkedWire(self._key, self._host, self.config.timeout_seconds, self.marks)


class _MarkedWire(Wire):
    def __init__(self, key: str, host: str, timeout: float, marks: Marks) -> None:
        super().__init__(key, host=host, subuser=None, timeout=timeout)
        self.marks = marks

    def post(self, mail: bytes) -> Answer:
        self.marks(CALLING)
        return super().post(mail)


def work(post: Post, now: int, pipe: Connection, size: int) -> None:
    """One run, as a flow starts it."""
    marks = Marks(pipe)
    marks(CLAIMING)
    send_due(post.store, ROLLOUT, library=LIBRARY, lines=Lines.of({"email": Marked(post.provider, marks, size)}), now=now,
             watch=marks.watch, pace=marks.pace)
    post.store.close()
