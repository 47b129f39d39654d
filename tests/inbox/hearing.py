"""A small world that hears: notices that went out, bodies that came in, and what became of both."""

from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import func, select

from doorstep.inbox.heard import Counts, work_heard
from doorstep.inbox.keeping import Arrival, keep
from doorstep.model import Heard, Journal, Notice, Stop, table
from tests.inbox.signing import NOW
from tests.making import World, make_rollout, make_store

H, J, N, S = table(Heard), table(Journal), table(Notice), table(Stop)


class Ear:
    """One rollout, its world, and what is said to it."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.world = World(make_store(folder), make_rollout(**changes))
        self.rollout = self.world.rollout
        self.store = self.world.store
        self.deliveries = 0

    def sent(self, channel: str = "email", *, visit: int | None = None, **values: Any) -> int:
        """A notice that went out by a channel; returns its id."""
        visit = visit or self.world.visit()
        number = len(self.world.notices()) + 1
        return self.world.put(Notice, **{
            "rollout": self.rollout.name, "notice": "reminder", "phase": "before", "purpose": "programme", "visit_id": visit,
            "customer_id": visit, "occasion": f"2027-03-{number:02d}", "due_at": 0, "until_at": NOW + 9**6, "not_before": 0,
            "state": "accepted", "channel": channel, "attempt": 1, "accepted_at": NOW - 600, "attempted_at": NOW - 600,
            "created_at": 0, **values})

    def came(self, source: str, body: Any, ref: str = "", at: int = NOW) -> None:
        """Something arrived at a hook."""
        self.deliveries += 1
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        keep(self.store, [Arrival(source, ref or f"d{self.deliveries}", raw)], at)

    def told(self, *events: dict[str, Any]) -> None:
        """SendGrid told of these events."""
        self.came("sendgrid-events", list(events))

    def work(self, now: int = NOW, **rest: Any) -> Counts:
        """What the listen flow does."""
        return work_heard(self.store, {self.rollout.name: self.rollout}, now=now, **rest)

    def state(self, notice: int) -> str:
        """Where a notice stands."""
        with self.store.read() as connection:
            return str(connection.execute(select(N.c.state).where(N.c.id == notice)).scalar_one())

    def stops(self) -> list[tuple[str, str, str]]:
        """The stops in force."""
        with self.store.read() as connection:
            return [tuple(row) for row in connection.execute(select(S.c.channel, S.c.address, S.c.reason).where(
                S.c.ended_at.is_(None)).order_by(S.c.id))]

    def journal(self) -> list[tuple[str, int, str | None]]:
        """What is in the journal of notices."""
        with self.store.read() as connection:
            return [tuple(row) for row in connection.execute(select(J.c.kind, J.c.notice_id, J.c.data).where(
                J.c.notice_id.is_not(None)).order_by(J.c.id))]

    def bodies(self) -> list[tuple[str, str | None, bool]]:
        """What became of each delivery, and whether its body is still there."""
        with self.store.read() as connection:
            return [(row.state, row.why, row.body is not None) for row in connection.execute(select(H).order_by(H.c.id))]

    def count(self, of: Any) -> int:
        """How many rows a table has."""
        with self.store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(of)).scalar_one())


def event(kind: str, notice: int, *, ago: int = 60, ref: str = "", **rest: Any) -> dict[str, Any]:
    """An event of SendGrid's."""
    return {"event": kind, "doorstep": f"{notice}.1", "sg_event_id": ref or f"{kind} {notice} {ago}", "timestamp": NOW - ago,
            "email": f"person{notice}@example.com", **rest}


def bounce(notice: int, status: str, **rest: Any) -> dict[str, Any]:
    """A bounce with an enhanced status."""
    return event("bounce", notice, type="bounce", status=status, ref=f"bounce {notice} {status}", **rest)
