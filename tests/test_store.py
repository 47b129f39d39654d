"""The embedded database when several programs come to it at once."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from doorstep.store import set_patiently

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
