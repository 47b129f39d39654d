"""The database: one engine, transactions that are short, and bulk statements."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select, tuple_
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import SQLModel

from doorstep import model  # noqa: F401  (the tables must be known before they are created)
from doorstep.settings import Settings

# FULL, not NORMAL: an attempt that is committed before the call must survive a power cut.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=60000", "cache_size=-24576",
           "temp_store=FILE", "wal_autocheckpoint=4000", "journal_size_limit=67108864")


class Store:
    """A database that is ready to use. `read()` never waits for a writer; `write()` is one short transaction."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = create_engine(url)
        if self.sqlite:
            event.listen(self.engine, "connect", _prepare)
            event.listen(self.engine, "begin", _begin)

    @property
    def sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot to ask questions of."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that writes; committed at the end, rolled back on any error."""
        with self.engine.connect().execution_options(doorstep_writes=True) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def open_store(settings: Settings) -> Store:
    """The store of these settings, its tables made if they are not there yet."""
    store = Store(settings.database)
    with store.write() as connection:
        SQLModel.metadata.create_all(connection)
    return store


def in_batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The rows in lists of at most `size`, in order."""
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def insert_missing(connection: Connection, table: type[SQLModel], rows: Sequence[dict[str, Any]],
                   key: Sequence[str]) -> None:
    """Insert the rows whose `key` columns are not there yet."""
    if not rows:
        return
    columns = [table.__table__.c[name] for name in key]  # type: ignore[attr-defined]
    wanted = [tuple(row[name] for name in key) for row in rows]
    found = set(connection.execute(select(*columns).where(tuple_(*columns).in_(wanted))).tuples())
    new = {tuple(row[name] for name in key): row for row in rows}
    fresh = [row for identity, row in new.items() if identity not in found]
    if fresh:
        connection.execute(insert(table), fresh)


def many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run one statement, its places marked `?`, once for each row of values."""
    if rows:
        # Straight to the driver: for a hundred thousand rows SQLAlchemy's own binding costs as much as SQLite.
        connection.exec_driver_sql(statement if connection.dialect.name == "sqlite" else statement.replace("?", "%s"),
                                   list(rows))


def _prepare(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None      # we say BEGIN ourselves: sqlite3's own guess comes too late
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("doorstep_writes")
    # IMMEDIATE: a reader that turns into a writer half way cannot wait, it can only fail.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
