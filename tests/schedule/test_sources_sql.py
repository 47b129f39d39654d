"""A schedule from a database: only reading, every value as text, only what changed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from doorstep.errors import ConfigError, Permanent, Transient
from doorstep.schedule.sources import Arrival
from tests.schedule.feeds import rows
from tests.schedule.test_sources import arrivals

QUERY = "SELECT id, name, lat, day, stamp, '08:00' AS slot FROM jobs ORDER BY id;"
JOBS = [(1, "نور", 24.75, "2027-03-21", "2027-01-04 02:00"), (2, None, 25.0, "2027-03-22", "2027-01-04 03:00")]


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """A utility's database with two jobs in it."""
    monkeypatch.setenv("SCHEDULE_DATABASE", f"sqlite:///{tmp_path}/jobs.db")
    with closing(sqlite3.connect(tmp_path / "jobs.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE jobs (id INTEGER, name TEXT, lat REAL, day TEXT, stamp TEXT)")
        connection.executemany("INSERT INTO jobs VALUES (?, ?, ?, ?, ?)", JOBS)
        yield connection


def source(query: str = QUERY, **keys: Any) -> dict[str, Any]:
    return {"kind": "sql", "url_env": "SCHEDULE_DATABASE", "query": query} | keys


def found(arrival: Arrival) -> list[str]:
    return [orjson.loads(line)["id"] for line in arrival.path.read_bytes().splitlines()]


def test_rows_come_as_texts_and_can_be_read(jobs: sqlite3.Connection, tmp_path: Path) -> None:
    [arrival] = arrivals(source(), tmp_path)
    assert arrival.name == "SCHEDULE_DATABASE.jsonl"
    assert rows(arrival.path, source=source(), format="csv",
                columns=dict.fromkeys(("work_order", "premise", "account", "day", "status", "stamp"), "id")) == [
        (1, "1", "نور", "24.75", "2027-03-21", "2027-01-04 02:00", "08:00"),
        (2, "2", None, "25", "2027-03-22", "2027-01-04 03:00", "08:00")]


def test_the_same_answer_is_not_new_in_whatever_order(jobs: sqlite3.Connection, tmp_path: Path) -> None:
    unordered = source("SELECT id, name, day FROM jobs")
    [arrival] = arrivals(unordered, tmp_path)
    marks = {arrival.source: arrival.mark}
    jobs.execute("CREATE TABLE turned AS SELECT * FROM jobs ORDER BY id DESC")
    jobs.execute("DROP TABLE jobs")
    jobs.execute("ALTER TABLE turned RENAME TO jobs")
    assert list(arrivals(unordered, tmp_path, marks)) == []
    jobs.execute("UPDATE jobs SET day = '2027-03-30' WHERE id = 2")
    assert [found(again) for again in arrivals(unordered, tmp_path, marks)] == [["2", "1"]]


def test_an_empty_answer_is_an_arrival_once(jobs: sqlite3.Connection, tmp_path: Path) -> None:
    jobs.execute("DELETE FROM jobs")
    [arrival] = arrivals(source(), tmp_path)
    assert arrival.path.read_bytes() == b""
    assert list(arrivals(source(), tmp_path, {arrival.source: arrival.mark})) == []


def test_with_a_stamp_only_what_is_new_is_asked_for(jobs: sqlite3.Connection, tmp_path: Path) -> None:
    stamped = source(stamp_column="stamp")
    [arrival] = arrivals(stamped, tmp_path)
    marks = {arrival.source: arrival.mark}
    assert list(arrivals(stamped, tmp_path, marks)) == []
    jobs.execute("INSERT INTO jobs VALUES (3, 'c', 1.5, '2027-03-23', '2027-01-04 03:00')")     # same moment, seen later
    [arrival] = arrivals(stamped, tmp_path, marks)
    assert found(arrival) == ["2", "3"]
    marks = {arrival.source: arrival.mark}
    jobs.execute("INSERT INTO jobs VALUES (4, 'd', 1.5, '2027-03-23', '2027-01-05 00:00')")
    [arrival] = arrivals(stamped, tmp_path, marks)
    assert found(arrival) == ["2", "3", "4"]
    jobs.execute("DELETE FROM jobs")
    assert list(arrivals(stamped, tmp_path, {arrival.source: arrival.mark})) == []


def test_a_query_cannot_write(jobs: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(Permanent, match=r"the database says: .*readonly"):
        list(arrivals(source("WITH gone AS (SELECT 1) DELETE FROM jobs"), tmp_path))
    assert jobs.execute("SELECT count(*) FROM jobs").fetchone() == (2,)


@pytest.mark.parametrize(("query", "stamp", "said"), [
    ("SELECT * FROM no_jobs", None, "the database says: no such table: no_jobs"),
    ("SELECT id, name AS id FROM jobs", None, 'feed.source.query gives "id" twice; name them apart with AS'),
    ("SELECT id FROM jobs", "stamp", 'feed.source.stamp_column: "stamp" is not a column of the query'),
])
def test_a_query_that_cannot_be_used_is_said(jobs: sqlite3.Connection, tmp_path: Path, query: str, stamp: str | None,
                                             said: str) -> None:
    with pytest.raises(Permanent, match=f"^SCHEDULE_DATABASE: {said}"):
        list(arrivals(source(query, stamp_column=stamp), tmp_path))


def test_a_database_that_is_busy_is_for_later(jobs: sqlite3.Connection, tmp_path: Path,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULE_DATABASE", f"sqlite:///{tmp_path}/jobs.db?timeout=0")
    jobs.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Transient, match=r"^SCHEDULE_DATABASE: the database says: database is locked"):
        list(arrivals(source(), tmp_path))


def test_a_missing_driver_is_said_and_the_password_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEDULE_DATABASE", "oracle+oracledb://me:s3cr3t@127.0.0.1/jobs")
    with pytest.raises(ConfigError) as caught:
        list(arrivals(source(), tmp_path))
    assert str(caught.value).endswith("SCHEDULE_DATABASE needs the Python package oracledb; install it")
