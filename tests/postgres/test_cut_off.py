"""The database gone, or the process killed, at any commit of pull and plan: a second run ends where one run would have."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from doorstep.errors import Transient
from doorstep.planning import plan_phase
from doorstep.schedule import pull
from doorstep.settings import Settings
from doorstep.store import Store, open_store
from tests.forked import forkserver
from tests.making import at
from tests.postgres.server import Server
from tests.test_killed import NORTHWICK, facts, fresh

EVERY = 2                       # of the commits, so many apart
NIGHTS = (("first.csv", "2027-02-07 09:00"), ("second.csv", "2027-02-10 09:00"))
Cut = Callable[[Store, Connection], None]


def two_nights(folder: Path, url: str, die_at: int, cut: Cut) -> int:
    """Two feeds, each pulled and planned; `cut` is done before commit number `die_at`. How many commits there were."""
    settings = Settings(home=folder, database_url=url)
    store, commits = open_store(settings), 0

    @event.listens_for(store.engine, "commit")
    def _(connection: Connection) -> None:
        nonlocal commits
        commits += 1
        if commits == die_at:
            cut(store, connection)

    try:
        for name, when in NIGHTS:
            now = at(when, NORTHWICK)
            pull(store, NORTHWICK, settings=settings, now=now, file=folder / name)
            plan_phase(store, NORTHWICK, phase=None, now=now)
    finally:
        store.close()
    return commits


def end_the_session(store: Store, connection: Connection) -> None:
    """What a database that is started anew does to everyone."""
    driver: Any = connection.connection.driver_connection
    with store.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": driver.info.backend_pid})


def end_the_process(_store: Store, _connection: Connection) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def what_is_in(url: str) -> Any:
    store = Store(url)
    found = facts(store)
    store.close()
    # PostgreSQL leaves out the numbers that a cut-off transaction had taken.
    visits = sorted({row[1] for row in found["notices"]})
    return found | {"notices": [(row[0], visits.index(row[1]), *row[2:]) for row in found["notices"]]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[tuple[Any, int]]:
    """What two nights without trouble end in, and after how many commits."""
    url = postgres_server.fresh()
    commits = two_nights(fresh(tmp_path_factory.mktemp("nights") / "whole"), url, 0, end_the_session)
    yield what_is_in(url), commits
    postgres_server.give_back(url)


def test_a_database_that_goes_away_at_a_commit_loses_nothing_and_repeats_nothing(whole: tuple[Any, int], tmp_path: Path,
                                                                                 postgres_server: Server) -> None:
    expected, commits = whole
    assert commits >= 12 and len(expected["notices"]) == 12
    for die_at in range(2, commits + 1, EVERY):      # the second is that of the first feed
        folder, url = fresh(tmp_path / f"cut{die_at}"), postgres_server.fresh()
        with pytest.raises(Transient, match="the database is away"):
            two_nights(folder, url, die_at, end_the_session)
        two_nights(folder, url, 0, end_the_session)
        assert what_is_in(url) == expected, die_at
        postgres_server.give_back(url)


def test_a_killed_process_lets_go_of_its_rollout(whole: tuple[Any, int], tmp_path: Path, postgres_server: Server) -> None:
    """In the middle of the first pull, with the rollout's lock in hand."""
    folder, url = fresh(tmp_path / "killed"), postgres_server.fresh()
    process = forkserver().Process(target=two_nights, args=(folder, url, 2, end_the_process))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    two_nights(folder, url, 0, end_the_session)
    assert what_is_in(url) == whole[0]
    postgres_server.give_back(url)
