"""A town to send notices in: a small world with channels that keep what they take."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from doorstep.channels import Item, Outcome
from doorstep.delivery import Sent, send_due
from doorstep.delivery.lines import Lines
from doorstep.errors import Transient
from doorstep.links import Links
from doorstep.planning import plan_phase
from doorstep.rollout.shape import CHANNELS
from doorstep.settings import CHECKOUT
from doorstep.words import Library, Message
from tests.making import World, at, make_rollout, make_store

LIBRARY = Library.load(CHECKOUT / "templates")
MORNING = "2027-02-22 09:00"        # 15 days before 9 March, when the reminder is due


class Street:
    """A channel that keeps what it takes, and can be told to be difficult."""

    batch_size = 100
    exactly_once = False
    provider = "street"

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.taken: list[tuple[int, str, Message]] = []
        self.items: list[Item] = []
        self.answer: Any = "accepted"              # the state of its outcomes, or "busy"

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        if self.answer == "busy":
            raise Transient("the street is busy")
        self.items += items
        if self.answer == "accepted":
            self.taken += [(item.notice_id, item.to, item.skeleton.fill(item.texts)) for item in items]
        return [Outcome(item.notice_id, self.answer, "street-1", "no such street") for item in items]


class Town:
    """A world with its streets: plans and sends at a local time."""

    def __init__(self, folder: Path) -> None:
        self.world = World(make_store(folder), make_rollout())
        self.streets = {kind: Street(kind) for kind in CHANNELS}
        self.links: Links | None = None

    def night(self, when: str, *, send: bool = True) -> Sent:
        now = at(when, self.world.rollout)
        plan_phase(self.world.store, self.world.rollout, phase=None, now=now)
        lines = replace(Lines.of(dict(self.streets)), links=self.links)
        return send_due(self.world.store, self.world.rollout, library=LIBRARY, lines=lines, now=now) if send else Sent()

    def said(self, kind: str) -> list[str]:
        return [message.text for _, _, message in self.streets[kind].taken]

    def one(self, **wanted: object) -> Any:
        (row,) = self.world.notices(**wanted)
        return row
