"""The embedded database when several programs come to it at once, and when there is no room for what it is given."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from doorstep.errors import Transient
from doorstep.store import at_once, bulk, set_patiently
from tests.making import make_store

WAL = "PRAGMA journal_mode=WAL"


def test_whoever_sqlite_does_not_let_wait_asks_again_until_the_database_is_free(tmp_path: Path) -> None:
    file = tmp_path / "d.db"
    with (closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other,
          closing(sqlite3.connect(file, timeout=0)) as impatient):         # as SQLite itself is where two turn a file to WAL
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            impatient.execute(WAL)
        soon = threading.Timer(0.1, other.execute, ("COMMIT",))
        soon.start()
        set_patiently(impatient.cursor(), WAL)
        soon.join()
        assert impatient.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_database_that_stays_locked_and_a_wrong_setting_are_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorstep.store.PAUSE", 0)
    with closing(sqlite3.connect(tmp_path / "d.db", timeout=0)) as one, closing(sqlite3.connect(tmp_path / "d.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        for setting, said in ((WAL, "locked"), ("PRAGMA journal_mode=", "incomplete")):
            with pytest.raises(sqlite3.OperationalError, match=said):
                set_patiently(one.cursor(), setting)


@pytest.mark.parametrize("work", [
    lambda connection: at_once(connection, [f"CREATE TEMPORARY TABLE t{n} (a)" for n in range(10)]),
    lambda connection: bulk(connection, "t", ["a"], (("x" * 1000,) for _ in range(100))),
], ids=["tables", "rows"])
def test_no_room_for_the_tables_of_a_pull_is_the_databases_trouble_and_is_tried_again(
        tmp_path: Path, work: Callable[[Connection], None]) -> None:
    store = make_store(tmp_path)
    with pytest.raises(Transient, match="the database is full") as trouble, store.connect(apart=True) as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE t (a)")
        connection.exec_driver_sql("PRAGMA temp.max_page_count=3")
        work(connection)
    assert trouble.value.code == "full"
    store.close()
