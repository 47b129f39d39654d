"""The embedded database when several programs come to it at once."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from doorstep.settings import Settings
from doorstep.store import open_store


def test_whoever_comes_while_another_still_holds_the_new_file_waits_for_it(tmp_path: Path) -> None:
    file = tmp_path / "d.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE first (id INTEGER)")              # not turned to WAL yet
        other.execute("BEGIN EXCLUSIVE")
        soon = threading.Timer(0.3, other.execute, ("COMMIT",))
        soon.start()
        store = open_store(Settings(database_url=f"sqlite:///{file}"))
        soon.join()
    with store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    store.close()
