"""Senders that are killed while they hand over, a hook that tells what arrived, and the long way to where nothing is in doubt."""

import gc
import time
from random import Random
from typing import Any

from sqlalchemy import ColumnElement, func, select

from doorstep.delivery.recording import LEASE
from doorstep.delivery.settling import GRACE
from doorstep.inbox.events import Event, record_events
from doorstep.model import Notice, table
from doorstep.settings import Settings
from doorstep.store import Store, open_store
from tests.proof.counting import Provider, counting
from tests.proof.crew import Crew
from tests.proof.due import ROLLOUT, START, fill, rehearse
from tests.proof.sender import Post

HOOKED = 300                                 # made-up seconds from one call of the provider's hook to the next
N = table(Notice)


class Hook:
    """The provider's events: of some messages at once, of the others only when somebody is in doubt about them."""

    def __init__(self, store: Store, provider: Provider, chance: Random) -> None:
        self.store, self.provider, self.chance = store, provider, chance
        self.late: set[str] = set()
        self.told: set[str] = set()

    def call(self, now: int) -> None:
        """What came since the last call, half of it; and all that is in doubt."""
        fresh = sorted(self.provider.taken().keys() - self.told - self.late)
        at_once = {ref for ref in fresh if self.chance.random() < 0.5}
        self.late.update(set(fresh) - at_once)
        self._tell(at_once | (self.late & self._in_doubt()), now)

    def call_last(self, now: int) -> None:
        """All that is not told yet."""
        self._tell(self.provider.taken_in_all().keys() - self.told, now)

    def _in_doubt(self) -> set[str]:
        with self.store.read() as connection:
            return {f"{row.id}.{row.attempt}" for row in connection.execute(
                select(N.c.id, N.c.attempt).where(N.c.state == "unknown"))}

    def _tell(self, refs: set[str], now: int) -> None:
        self.told |= refs
        self.late -= refs
        events = [Event(self.chance.choice(["accepted", "delivered"]), int(ref.partition(".")[0]), now, f"event {ref}")
                  for ref in sorted(refs)]
        record_events(self.store, ROLLOUT, events, now)


def prove(database: str, *, senders: int, notices: int, kills: int, seed: int) -> dict[str, Any]:
    """Fill the database, hand over under fire, settle what is in doubt. Returns what was counted."""
    began = time.monotonic()
    with counting() as provider:
        store = open_store(Settings(database_url=database))
        rehearse(store)
        fill(store, notices)
        gc.freeze()              # what is here is never garbage: else each sender's collector would copy every page of it
        filled = time.monotonic()
        crew = Crew(Post(store, provider.url), size=senders, now=START, seed=seed)
        hook = Hook(store, provider, Random(seed))
        _under_fire(store, crew, hook, kills)
        fired = time.monotonic()
        doubts = _settled(store, crew, hook)
        taken = provider.taken_in_all()
    store.close()
    return {"seed": seed, "notices": notices, "kills": dict(crew.kills), "batches": list(crew.batches.values()),
            "doubts": doubts, "now": crew.now, "taken": taken, "seconds": {
                "filling": filled - began, "under_fire": fired - filled, "settling": time.monotonic() - fired}}


def _under_fire(store: Store, crew: Crew, hook: Hook, kills: int) -> None:
    called = crew.now
    for stage in crew.killed():
        if crew.now >= called + HOOKED:
            called = crew.now
            hook.call(crew.now)
        if crew.kills.total() == kills or (not stage and not _count(store, N.c.state.in_(["due", "held"]))):
            return


def _settled(store: Store, crew: Crew, hook: Hook) -> dict[str, int]:
    """Everything comes to its end, step by step; the doubts there were at each."""
    crew.finish()
    hook.call(crew.now)
    doubts = {"cut off": _count(store, N.c.state == "attempting")}
    crew.now += LEASE
    crew.finish()
    doubts["when the leases are over"] = _count(store, N.c.state == "unknown")
    hook.call_last(crew.now)
    doubts["when the events have come"] = _count(store, N.c.state == "unknown")
    crew.now += GRACE
    crew.finish()
    hook.call_last(crew.now)
    doubts["in the end"] = _count(store, N.c.state.in_(["attempting", "unknown"]))
    return doubts


def _count(store: Store, test: ColumnElement[bool]) -> int:
    with store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(N).where(test)).scalar_one())
