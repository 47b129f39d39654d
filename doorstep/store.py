"""The database: one engine, transactions that are short, bulk statements, and the few places where the two databases differ."""

import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, make_url, select, text, tuple_
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import LRUCache
from sqlmodel import SQLModel

from doorstep import model
from doorstep.errors import ConfigError, Transient
from doorstep.migrations import bring_up, is_newest
from doorstep.settings import Settings

# FULL, not NORMAL: an attempt that is committed before the call must survive a power cut.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=60000", "cache_size=-24576", "temp_store=FILE",
           "wal_autocheckpoint=4000", "journal_size_limit=67108864")
# A pull's and a measurement's temporary tables fit into memory; compiling a query takes longer than running ours.
SESSION = ("temp_buffers='64MB'", "work_mem='32MB'", "jit=off", "application_name='doorstep'")
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
TRIES, PAUSE = 12, 0.1         # seconds between them, and the five that SQLite may wait in each
_SETTING = "DOORSTEP_DATABASE_URL"
# Connection lost, shut down or starting; a deadlock or a lock not got; the disk; too many connections, too little memory.
_TROUBLE = {"08": "away", "57P": "away", "40": "busy", "55P03": "busy", "53100": "full", "53": "busy"}
_SQLITE_TROUBLE = {"locked": "busy", "is full": "full"}


class _Compiled(LRUCache[tuple[Any, ...], Any]):
    """Statements as they were compiled for one kind of database, by any store of this process.

    A store's own engine would keep them too; but a task opens a store for its work and closes it, and most of what it asks
    costs more to compile than to run. The key begins with the engine's dialect, and those of one kind are all alike here.
    """

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:
        super().__setitem__(key[1:], value)


_COMPILED = {backend: _Compiled(1_000) for backend in ("sqlite", "postgresql")}


class Store:
    """A database that is ready to use. `read()` never waits for a writer; `write()` is one short transaction."""

    def __init__(self, url: str) -> None:
        parsed = _understood(url)
        if parsed.get_backend_name() == "sqlite":
            if parsed.database not in (None, "", ":memory:"):
                Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
            # Values are customers' names and numbers: they stay out of the words of an error.
            self.engine: Engine = create_engine(parsed, hide_parameters=True)
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            # Asked for a sign of life first: the database may have been started anew since the last statement.
            self.engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
            event.listen(self.engine, "connect", _prepare_postgresql)
        self.engine.update_execution_options(compiled_cache=_COMPILED[self.engine.dialect.name])

    @property
    def sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def connect(self, *, apart: bool = False, **options: Any) -> Iterator[Connection]:
        """A connection for work that is many transactions. Raises Transient where the database is away, busy or full.

        `apart`: for temporary tables, whose file is then nobody's before or after and goes with the connection. SQLite
        3.40 was seen to find that file malformed after dozens of pulls and measurements of 100,000 visits had filled it
        in turn, while the database itself was whole. A new connection costs it a millisecond.
        """
        try:
            with self.engine.connect().execution_options(**options) as connection:
                if apart and self.sqlite:
                    connection.detach()
                yield connection
        except _faults() as error:
            if code := _trouble(error):
                raise Transient(f"the database is {code}: {_first_line(error)}", code=code) from error
            raise

    @contextmanager
    def read(self, *, apart: bool = False) -> Iterator[Connection]:
        """A snapshot to ask questions of; `apart` for those that need temporary tables."""
        options = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.connect(apart=apart, **options) as connection:
            yield connection

    @contextmanager
    def write(self, alone: str = "") -> Iterator[Connection]:
        """One transaction that writes; committed at the end, rolled back on any error. `alone`: see that function."""
        with self.connect(doorstep_writes=True) as connection, connection.begin():
            if alone:
                lock(connection, alone)
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def open_store(settings: Settings) -> Store:
    """The store of these settings, at this program's version. Raises ConfigError, and Transient where nobody answers."""
    store = Store(settings.database)
    try:
        with store.read() as connection:
            ready = is_newest(connection)
        if not ready:
            with store.write(alone="migrations") as connection:
                bring_up(connection)
    except Transient as error:
        raise Transient(f"{_SETTING}: {error}", code=error.code) from error
    except OperationalError as error:
        raise ConfigError(f"{_SETTING}: {_first_line(error)}") from error
    return store


def _understood(url: str) -> URL:
    """The address with the driver that we bring."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(f'{_SETTING}: this is no database address; write it like "postgresql+psycopg://user@host/name" '
                          'or "sqlite:///file.db"') from None
    backend = parsed.drivername.partition("+")[0]
    if backend not in DRIVERS:
        raise ConfigError(f'{_SETTING}: "{backend}" is no database that Doorstep knows; use postgresql+psycopg or sqlite')
    return parsed.set(drivername=DRIVERS[backend])


def _faults() -> tuple[type[Exception], ...]:
    """SQLAlchemy's, and the drivers' where they are called without it; psycopg is not loaded only to be asked."""
    psycopg = sys.modules.get("psycopg")
    return (OperationalError, sqlite3.OperationalError, *([psycopg.OperationalError] if psycopg else []))


def _trouble(error: Exception) -> str:
    """What ails the database itself, in a word of Transient; nothing where the fault is ours."""
    said = getattr(error, "orig", error)                    # the driver's own
    if isinstance(said, sqlite3.OperationalError):
        return next((code for word, code in _SQLITE_TROUBLE.items() if word in str(said)), "")
    state = getattr(said, "sqlstate", None)                 # none where nobody was there to give one
    if state is None or getattr(error, "connection_invalidated", False):
        return "away"
    return next((code for start, code in _TROUBLE.items() if state.startswith(start)), "")


def _first_line(error: Exception) -> str:
    return next(iter(str(getattr(error, "orig", error)).strip().splitlines()), "no answer")


def lock(connection: Connection, name: str) -> None:
    """Until this transaction ends, nobody else gets past the same name. SQLite lets one writer in at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"doorstep {name}"})


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
    columns = [model.table(table).c[name] for name in key]
    wanted = [tuple(row[name] for name in key) for row in rows]
    found = set(connection.execute(select(*columns).where(tuple_(*columns).in_(wanted))).tuples())
    new = {tuple(row[name] for name in key): row for row in rows}
    # In one order everywhere: two who insert the same rows must not wait for each other.
    fresh = [new[identity] for identity in sorted(new) if identity not in found]
    if fresh and connection.dialect.name == "postgresql":
        connection.execute(postgresql.insert(table).on_conflict_do_nothing(), fresh)
    elif fresh:
        connection.execute(insert(table), fresh)


def many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run one statement, its places marked `?`, once for each row of values. Returns how many rows of the table it touched."""
    if not rows:
        return 0
    # Straight to the driver: for a hundred thousand rows SQLAlchemy's own binding costs as much as SQLite.
    return connection.exec_driver_sql(
        statement if connection.dialect.name == "sqlite" else statement.replace("?", "%s"), list(rows)).rowcount


def analyze(connection: Connection, *tables: str) -> None:
    """Tell PostgreSQL how much stands in tables that were just filled: it plans by that, SQLite by the order of our words."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {', '.join(tables)}")


def at_once(connection: Connection, statements: Sequence[str]) -> None:
    """Run statements that need no values and answer nothing, in one trip where the database can."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(";".join(statements))
        return
    connection.exec_driver_sql(statements[0])       # so that the transaction is begun
    with closing(connection.connection.cursor()) as cursor:
        for each in statements[1:]:                 # by the driver itself: SQLAlchemy costs more than SQLite here
            cursor.execute(each)


def bulk(connection: Connection, table: str, names: Sequence[str], rows: Iterable[tuple[Any, ...]],
         newest: tuple[str, str] | None = None) -> None:
    """Put many rows into a table: by COPY where there is one, else one by one.

    With `newest`, a key and a stamp: of rows with the same key that of the latest stamp stays, of equals the last.
    """
    # Through the driver itself: SQLAlchemy looks at every value and takes twice as long.
    cursor: Any = connection.connection.cursor()
    try:
        if connection.dialect.name == "sqlite":
            marks = f"({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
            cursor.executemany(f"INSERT INTO {table} {marks} {_renewing(table, names, newest)}", rows)
        elif newest is None:
            _copy(cursor, table, names, rows)
        else:
            _copy_newest(cursor, table, names, rows, newest)
    finally:
        cursor.close()


def _copy(cursor: Any, table: str, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _copy_newest(cursor: Any, table: str, names: Sequence[str], rows: Iterable[tuple[Any, ...]],
                 newest: tuple[str, str]) -> None:
    """COPY knows no ON CONFLICT, and that takes no key twice: so by way of a table of its own."""
    columns, (key, stamp) = ", ".join(names), newest
    cursor.execute(f"CREATE TEMPORARY TABLE {table}_arriving ON COMMIT DROP AS SELECT {columns} FROM {table} LIMIT 0")
    _copy(cursor, f"{table}_arriving", names, rows)
    cursor.execute(f"INSERT INTO {table} ({columns}) SELECT DISTINCT ON ({key}) {columns} FROM {table}_arriving "
                   f"ORDER BY {key}, {stamp} DESC, ctid DESC {_renewing(table, names, newest)}")
    cursor.execute(f"DROP TABLE {table}_arriving")


def _renewing(table: str, names: Sequence[str], newest: tuple[str, str] | None) -> str:
    if newest is None:
        return ""
    key, stamp = newest
    return (f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in names)} "
            f"WHERE excluded.{stamp} >= {table}.{stamp}")


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None      # we say BEGIN ourselves: sqlite3's own guess comes too late
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        set_patiently(cursor, f"PRAGMA {pragma}")
    cursor.close()


def set_patiently(cursor: sqlite3.Cursor, setting: str) -> None:
    """Of several who come to an empty file at once, one turns it to WAL; SQLite lets the others fail at once, whatever its
    timeout says. A busy database is over in a moment."""
    for _ in range(TRIES):
        try:
            cursor.execute(setting)
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
        time.sleep(PAUSE)
    cursor.execute(setting)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("doorstep_writes")
    # IMMEDIATE: a reader that turns into a writer half way cannot wait, it can only fail.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare_postgresql(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.execute("; ".join(f"SET {setting}" for setting in SESSION))
    connection.commit()
