"""A database of any age becomes one of today's and loses no row, whichever it is and however many come to it at once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Column, Connection, Float, Integer, LargeBinary, MetaData, String, Table, insert, inspect, select
from sqlmodel import SQLModel

from doorstep.errors import ConfigError, Transient
from doorstep.migrations import VERSION_TABLE, version_of, versions
from doorstep.migrations.__main__ import draft
from doorstep.migrations.kinds import WHOLE
from doorstep.settings import Settings
from doorstep.store import Store, open_store
from tests.forked import forkserver
from tests.postgres.server import Server

BEFORE = (Path(__file__).parent / "before_alembic.sql").read_text("utf-8").partition("\n")[2]
BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
# What the model does not say: the order of columns, and that PostgreSQL compares texts by their bytes.
COLUMNS = """SELECT table_name, column_name, data_type, is_nullable, column_default, {collation} AS collation
    FROM information_schema.columns WHERE table_schema = 'public'"""
POSTGRESQL = ("SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
              "SELECT sequencename, data_type::text, max_value FROM pg_sequences WHERE schemaname = 'public'")
SQLITE = ("""SELECT t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk
    FROM sqlite_master t JOIN pragma_table_xinfo(t.name) c WHERE t.type = 'table'""",
          "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''")


@pytest.fixture
def empty(kind: str, tmp_path: Path, postgres_server: Server) -> Iterator[str]:
    """The address of a database without a table."""
    url = f"sqlite:///{tmp_path / 'd.db'}" if kind == "sqlite" else postgres_server.empty()
    yield url
    if kind == "postgresql":
        postgres_server.drop(url)


@pytest.fixture
def another(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a second database of the same kind, which may be migrated already."""
    return f"sqlite:///{tmp_path / 'another.db'}" if kind == "sqlite" else str(request.getfixturevalue("postgres"))


def opened(url: str) -> Store:
    return open_store(Settings(database_url=url))


def made_before(url: str) -> Store:
    """A database that the program made before it had migrations, with rows in every table."""
    store = Store(url)
    with store.write() as connection:
        for statement in BEFORE.split(";\n")[:-1]:
            if not store.sqlite:
                statement = statement.replace("( id INTEGER NOT NULL", "( id SERIAL NOT NULL").replace("BLOB", "BYTEA")
            connection.exec_driver_sql(statement)
        for table in tables(connection).values():
            connection.execute(insert(table), [row_of(table, number) for number in (1, 2)])
    return store


def tables(connection: Connection) -> dict[str, Table]:
    known = MetaData()
    known.reflect(connection)
    return dict(known.tables)


def row_of(table: Table, number: int) -> dict[str, Any]:
    """A row whose every value is of its own."""
    values: dict[str, Any] = {}
    for place, column in enumerate(table.columns):
        kinds = {Integer: place * 1000 + number, Float: number + 0.25, JSON: {"n": [number]}, LargeBinary: bytes([0, number])}
        if column.name != "id":
            values[column.name] = next((value for kind, value in kinds.items() if isinstance(column.type, kind)),
                                       f"{table.name}.{column.name} {number} é")
    return values


def rows_in(store: Store) -> dict[str, list[dict[str, Any]]]:
    with store.read() as connection:
        return {name: [dict(row) for row in connection.execute(select(table)).mappings()]
                for name, table in tables(connection).items() if name != VERSION_TABLE}


def shape(connection: Connection, *, collation: str = "collation_name") -> list[Any]:
    """All that a database says of its tables, but for their columns' order and the table of the version."""
    questions = SQLITE if connection.dialect.name == "sqlite" else (COLUMNS.format(collation=collation), *POSTGRESQL)
    found = [tuple(row) for question in questions for row in connection.exec_driver_sql(question)]
    return sorted((row for row in found if row[0] != VERSION_TABLE), key=repr)


@BOTH
def test_from_an_empty_database_the_migrations_make_just_what_the_model_says(kind: str, empty: str, another: str) -> None:
    with opened(empty).read() as connection:
        assert version_of(connection) == versions()[-1]
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
        migrated = shape(connection, collation="NULL")
    by_model = Store(another)
    with by_model.write() as connection:
        SQLModel.metadata.drop_all(connection)
        SQLModel.metadata.create_all(connection)
        assert shape(connection, collation="NULL") == migrated      # indexes word for word: alembic does not look at WHERE
    by_model.close()


@BOTH
def test_a_filled_database_from_before_the_migrations_keeps_every_row(kind: str, empty: str, another: str) -> None:
    old = made_before(empty)
    before = rows_in(old)
    assert len(before) == 12 and all(len(rows) == 2 for rows in before.values())
    store = opened(empty)
    after = rows_in(store)
    assert {name: [{key: row[key] for key in before[name][0]} for row in after[name]] for name in before} == before
    assert [row["large_print"] for row in after["customer"]] == [0, 0]
    fresh = opened(another)
    with store.read() as upgraded, fresh.read() as never_old:
        assert shape(upgraded) == shape(never_old)
    fresh.close()
    old.close()


@BOTH
def test_what_somebody_made_between_two_versions_is_taken_as_it_is(kind: str, empty: str) -> None:
    store = Store(empty)
    with store.write() as connection:
        SQLModel.metadata.create_all(connection)
    with opened(empty).read() as connection:
        assert version_of(connection) == versions()[-1]


def test_texts_are_compared_by_their_bytes_and_numbers_have_64_bits(postgres: str) -> None:
    with opened(postgres).read() as connection:
        found = connection.exec_driver_sql(COLUMNS.format(collation="collation_name")).all()
    kinds = {(row.data_type, row.collation) for row in found if row.table_name != VERSION_TABLE}
    assert kinds == {("bigint", None), ("character varying", "C"), ("double precision", None), ("json", None), ("bytea", None)}


@BOTH
def test_a_database_of_a_newer_program_is_left_alone_with_one_sentence(kind: str, empty: str) -> None:
    with opened(empty).write() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(ConfigError, match=r"is of version 9999, made by a newer Doorstep than this one.*up to \d{4}; install"):
        opened(empty)


def open_there(url: str, ready: Any) -> None:
    ready.wait(30)
    opened(url).close()


@BOTH
def test_four_that_come_to_an_empty_database_at_once_all_find_it_made(kind: str, empty: str) -> None:
    context = forkserver()
    ready = context.Barrier(4)
    four = [context.Process(target=open_there, args=(empty, ready)) for _ in range(4)]
    for each in four:
        each.start()
    for each in four:
        each.join(60)
    assert [each.exitcode for each in four] == [0, 0, 0, 0]
    with Store(empty).read() as connection:
        assert inspect(connection).has_table("rest") and version_of(connection) == versions()[-1]


def test_opening_what_is_up_to_date_does_not_even_load_alembic(tmp_path: Path) -> None:
    opened(f"sqlite:///{tmp_path / 'd.db'}").close()
    program = ("import sys; from doorstep.store import open_store; from doorstep.settings import Settings;"
               f"open_store(Settings(database_url='sqlite:///{tmp_path / 'd.db'}')); print('alembic' in sys.modules)")
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


@pytest.mark.parametrize(("url", "sentence"), [
    ("mysql://somebody@there/db", '"mysql" is no database that Doorstep knows'),
    ("not an address", "this is no database address")])
def test_an_address_that_cannot_be_used_is_said(url: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        opened(url)


def test_a_database_that_does_not_answer_is_for_later_and_no_password_is_said() -> None:
    with pytest.raises(Transient, match="DOORSTEP_DATABASE_URL: the database is away: ") as said:
        opened("postgres://somebody:hushhush@127.0.0.1:1/db?connect_timeout=2")
    assert "hushhush" not in str(said.value)


def test_the_next_migration_is_drafted_from_the_model(tmp_path: Path) -> None:
    novelty = Table("novelty", SQLModel.metadata, Column("id", WHOLE, primary_key=True), Column("word", String))
    try:
        made = draft("a novelty", tmp_path)
    finally:
        SQLModel.metadata.remove(novelty)
    assert made == tmp_path / f"{int(versions()[-1]) + 1:04d}_a_novelty.py"
    said = made.read_text("utf-8")
    assert "op.create_table('novelty'," in said and "sa.Column('word', WORDS, nullable=True)" in said
