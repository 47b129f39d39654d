"""Two who do the same at the same moment: on PostgreSQL nothing but our own locks keeps them apart."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text

from doorstep.errors import Transient
from doorstep.inbox.events import Event, record_events
from doorstep.model import Feed, Journal, Skeleton, Stop, WorkOrder, table
from doorstep.planning import plan_phase
from doorstep.store import Store, insert_missing, lock
from tests.making import World, at, make_rollout, make_store
from tests.schedule.conftest import world as feeds
from tests.schedule.world import ELEC, GAS
from tests.schedule.world import World as Feeds

__all__ = ["feeds"]
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
SKELETON = {"rollout": "northwick", "notice": "reminder", "channel": "email", "language": "en", "slots": "[]", "body": b"x"}


@pytest.fixture
def world(tmp_path: Any) -> Iterator[World]:
    """One visit whose reminder is due."""
    made = World(make_store(tmp_path), make_rollout())
    made.visit("2027-03-09")
    yield made
    made.store.close()


@contextmanager
def held_up(store: Store, hold: Callable[[Connection], object], *waiting: Callable[[], Any]) -> Iterator[list[Future[Any]]]:
    """Start everyone while `hold` holds what they need; let go when all of them are waiting for it."""
    with ThreadPoolExecutor(len(waiting)) as pool, store.engine.connect() as connection:
        hold(connection)
        started = [pool.submit(each) for each in waiting]
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watch:
            while watch.execute(text(WAITING)).scalar_one() < len(waiting) and not any(each.done() for each in started):
                pass
        connection.commit()
        yield started


def test_of_two_pulls_the_one_that_waited_is_told_to_pull_again(feeds: Feeds) -> None:
    feeds.pull(ELEC)
    other = {"rollout": "northwick", "file": "other.csv", "digest": "1", "pulled_at": 0, "state": "taken", "report": {}}

    def another(connection: Connection) -> None:
        lock(connection, "pull northwick")
        connection.execute(insert(Feed).values(other))

    with held_up(feeds.store, another, lambda: feeds.pull(ELEC, GAS)) as [pulled], pytest.raises(Transient, match="pull again"):
        pulled.result()
    assert len(feeds.all(WorkOrder)) == 1
    assert feeds.pull(ELEC, GAS).changed["new"] == 1


def test_two_rollouts_do_not_wait_for_each_other(feeds: Feeds) -> None:
    with feeds.store.write(alone="pull southwick"):
        assert feeds.pull(ELEC).taken == 1


def test_two_who_plan_at_once_bear_each_notice_once(world: World) -> None:
    now = at("2027-02-24 09:00", world.rollout)

    def plan() -> int:
        return plan_phase(world.store, world.rollout, phase=None, now=now)

    with held_up(world.store, lambda connection: lock(connection, "plan northwick"), plan, plan) as both:
        born = [each.result() for each in both]
    assert sum(born) == len([row for row in world.notices() if row.state == "due"]) > 0


def test_an_event_told_twice_at_once_counts_once(world: World) -> None:
    now = at("2027-02-24 09:00", world.rollout)
    plan_phase(world.store, world.rollout, phase=None, now=now)
    number = world.notices(state="due")[0].id
    with world.store.write() as connection:
        connection.execute(text("UPDATE notice SET state = 'accepted', channel = 'email'"))
    said = [Event("delivered", number, now, "e1"), Event("stopped", number, now + 1, "e2")]

    def hold(connection: Connection) -> None:
        connection.execute(text("SELECT 1 FROM notice FOR UPDATE"))

    def listen() -> int:
        return record_events(world.store, world.rollout, said, now)

    with held_up(world.store, hold, listen, listen) as both:
        assert sorted(each.result() for each in both) == [0, 2]
    with world.store.read() as connection:
        assert sorted(connection.execute(select(table(Journal).c.kind)).scalars()) == ["delivered", "stopped"]
        assert len(connection.execute(select(table(Stop))).all()) == 1


def test_two_who_keep_the_same_words_at_once_keep_them_once(world: World) -> None:
    rows = [{"digest": name, **SKELETON} for name in "ba"]

    def keep() -> None:
        with world.store.write() as connection:
            insert_missing(connection, Skeleton, rows, ("digest",))

    with held_up(world.store, lambda connection: insert_missing(connection, Skeleton, rows[1:], ("digest",)), keep, keep) as both:
        for each in both:
            each.result()
    with world.store.read() as connection:
        assert sorted(connection.execute(select(table(Skeleton).c.digest)).scalars()) == ["a", "b"]


def test_who_loses_in_a_deadlock_may_try_again(world: World) -> None:
    world.visit("2027-03-10")
    ready = Barrier(2)

    def change(first: int, then: int) -> None:
        with world.store.write() as connection:
            connection.execute(text("SET LOCAL deadlock_timeout = '20ms'"))
            connection.execute(text("UPDATE visit SET version = 2 WHERE id = :id"), {"id": first})
            ready.wait(30)
            connection.execute(text("UPDATE visit SET version = 3 WHERE id = :id"), {"id": then})

    with ThreadPoolExecutor(2) as pool:
        lost = [each.exception() for each in (pool.submit(change, 1, 2), pool.submit(change, 2, 1))]
    [trouble] = [error for error in lost if error]
    assert isinstance(trouble, Transient) and trouble.code == "busy"
