"""The answer to one SELECT in somebody's database, kept as a file of JSON lines with every value as text."""

import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import field_validator
from sqlalchemy import Connection, CursorResult, create_engine, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from doorstep.errors import Permanent, Transient
from doorstep.schedule.sources import Arrival, SourceShape, read_mark

BATCH = 5_000
READERS: dict[str, Callable[[str], Any]] = {
    "datetime": dt.datetime.fromisoformat, "date": dt.date.fromisoformat, "int": int, "float": float, "str": str}


class Source(SourceShape):
    """`url_env` names the variable that holds the database's address; with `stamp_column` only what is new is asked for."""

    kind: Literal["sql"]
    url_env: str
    query: str
    stamp_column: str | None = None

    @field_validator("query")
    @classmethod
    def _only_reads(cls, query: str) -> str:
        bare = query.strip().rstrip(";").strip()
        if not re.match(r"(?i)(select|with)\b", bare) or ";" in re.sub(r"'[^']*'", "", bare):
            raise ValueError("not one SELECT; write one statement that begins with SELECT or WITH")
        return bare

    def faults(self) -> list[str]:
        """An address that is not set, or is no address."""
        try:
            create_engine(os.environ.get(self.url_env, ""))
        except ModuleNotFoundError as error:
            return [f"url_env: the environment variable {self.url_env} needs the Python package {error.name}; install it"]
        except (ArgumentError, NoSuchModuleError):
            said = "holds no database address" if os.environ.get(self.url_env) else "is not set"
            return [f'url_env: the environment variable {self.url_env} {said}; it should be like "postgresql+psycopg://..."']
        return []

    def arrivals(self, *, marks: Mapping[str, str], folder: Path, base: Path) -> Iterator[Arrival]:
        """The rows, unless they are those taken before; with `stamp_column` those from the last stamp on."""
        key = f"sql:{self.url_env}:{hashlib.sha256(self.query.encode()).hexdigest()[:12]}"
        before = read_mark(marks.get(key, ""))
        path = folder / f"{key.replace(':', '-')}.jsonl"
        with self._reading() as connection:
            mark = self._save(self._rows(connection, before), path, before)
        if mark == before:
            path.unlink()
            return
        yield Arrival(f"{self.url_env}.jsonl", path, key, json.dumps(mark))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection that can only read; errors in our words."""
        engine = create_engine(os.environ[self.url_env], poolclass=NullPool)
        try:
            with engine.connect() as connection:
                if engine.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA query_only=ON")
                if engine.dialect.name == "postgresql":
                    connection = connection.execution_options(postgresql_readonly=True)
                yield connection
        except OperationalError as error:
            gone = engine.dialect.name == "sqlite" and "locked" not in str(error.orig)
            raise (Permanent if gone else Transient)(f"{self.url_env}: the database says: {_first_line(error)}") from error
        except SQLAlchemyError as error:
            raise Permanent(f"{self.url_env}: the database refuses feed.source.query: {_first_line(error)}") from error

    def _rows(self, connection: Connection, before: Mapping[str, str]) -> CursorResult[Any]:
        # Only our own :since is a parameter; a colon in the query is a colon.
        query = self.query.replace("\\", "\\\\").replace(":", "\\:")
        streaming = connection.execution_options(stream_results=True, yield_per=BATCH)
        if not self.stamp_column or "stamp" not in before:
            return streaming.execute(text(query))
        column = connection.dialect.identifier_preparer.quote(self.stamp_column)
        # From the last stamp on, itself included: rows of that moment may have been committed after we looked.
        since = READERS.get(before.get("type", ""), str)(before["stamp"])
        return streaming.execute(text(f"SELECT * FROM ({query}) AS feed WHERE feed.{column} >= :since"), {"since": since})

    def _save(self, rows: CursorResult[Any], path: Path, before: Mapping[str, str]) -> dict[str, str]:
        """Write the rows as texts; the mark that tells this answer from another, in whatever order its rows came."""
        names = list(rows.keys())
        self._check_names(names)
        stamp = names.index(self.stamp_column) if self.stamp_column else None
        total, latest, empty = 0, None, True
        with path.open("wb") as file:
            for row in rows:
                empty = False
                line = orjson.dumps(dict(zip(names, map(_text, row), strict=True)))
                file.write(line + b"\n")
                at = None if stamp is None else row[stamp]
                if at is not None and (latest is None or at > latest):
                    total, latest = 0, at                  # what was before the last stamp is not asked for again
                if at == latest:
                    total += int.from_bytes(hashlib.sha256(line).digest(), "big")
        if empty and "stamp" in before:
            return dict(before)
        mark = {"sha256": f"{total % (1 << 256):064x}"}
        return mark if latest is None else mark | {"stamp": _text(latest) or "", "type": type(latest).__name__}

    def _check_names(self, names: list[str]) -> None:
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Permanent(f'{self.url_env}: feed.source.query gives "{twice}" twice; name them apart with AS')
        if self.stamp_column and self.stamp_column not in names:
            raise Permanent(f'{self.url_env}: feed.source.stamp_column: "{self.stamp_column}" is not a column of the query')


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return bytes(value).decode(errors="replace") if isinstance(value, bytes | memoryview) else str(value)


def _first_line(error: SQLAlchemyError) -> str:
    said = str(error.orig if isinstance(error, DBAPIError) else error)
    return said.strip().partition("\n")[0]
