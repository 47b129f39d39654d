"""The limits: what the bare libraries do with the same data on this machine, in the same run."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from bench.making import make_visits, write_feed
from doorstep.delivery.recording import ACCEPT, ATTEMPT, JOURNAL
from doorstep.store import PRAGMAS

READ = """SELECT notice.id, notice.visit_id, notice.customer_id, occasion, via, notice.until_at, notice.attempt, visit.status,
    visit.day, visit.window_start, visit.window_end, visit.zone, visit.reference, meters, commodities, presence_required,
    power_off_minutes, duration_minutes, new_meter, attempts, outcome, outcome_at, name, email, phone, address, town,
    postcode, customer.language, prefers, vulnerable, life_support, landlord, business, prepaid
    FROM notice JOIN visit ON visit.id = visit_id JOIN customer ON customer.id = notice.customer_id
    WHERE notice.rollout='northwick' AND notice.notice='reminder' AND notice.state IN ('due','held','attempting','unknown')
    AND notice.state IN ('due','held') AND not_before <= 5 LIMIT 1000"""
TEXTS = '["Ms Andrea Horton 12","12 Kathleen Forest, North Town","Tuesday 2 March 2027","8 am to 12 noon","NW0000012"]'
PLAN = """INSERT INTO notice (rollout, notice, phase, purpose, visit_id, customer_id, occasion, via, due_at, until_at,
    not_before, state, tried, attempt, created_at)
    SELECT rollout, 'reminder', 'before', 'duty', id, customer_id, day, '', 0, 9999999999, 0, 'due', '', 0, 0 FROM visit"""


def connect(path: Path) -> sqlite3.Connection:
    """sqlite3 with the settings that the store uses."""
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        database.execute(f"PRAGMA {pragma}")
    return database


def pull(folder: Path, rows: int) -> tuple[float, int]:
    """polars reads the file, executemany puts the rows into SQLite."""
    write_feed(folder / "feed.csv", rows)
    began = time.perf_counter()
    frame = pl.read_csv(folder / "feed.csv", infer_schema_length=0)
    database = connect(folder / "limit.db")
    database.execute(f"CREATE TABLE feed ({', '.join(frame.columns)}, PRIMARY KEY (WO_NUM))")
    database.execute("BEGIN")
    database.executemany(f"INSERT INTO feed VALUES ({', '.join('?' * frame.width)})", frame.iter_rows())
    database.execute("COMMIT")
    return time.perf_counter() - began, rows


def plan(folder: Path, visits: int) -> tuple[float, int]:
    """The bare INSERT ... SELECT."""
    make_visits(folder / "d.db", visits)
    database = connect(folder / "d.db")
    began = time.perf_counter()
    database.execute(PLAN)
    return time.perf_counter() - began, visits


def send(folder: Path, notices: int) -> tuple[float, int]:
    """A bare loop over sqlite3 doing the same statements as the hand-over."""
    return loop(folder, notices, lambda: None)


def loop(folder: Path, notices: int, call: Callable[[], object]) -> tuple[float, int]:
    """The same with a call between the attempts and their outcomes."""
    make_visits(folder / "d.db", notices)
    database = connect(folder / "d.db")
    database.execute(PLAN)
    began = time.perf_counter()
    while rows := _read(database):
        database.executemany(ATTEMPT, [("email", "en", "2027-03-02", 480, 720, "0" * 32, TEXTS, None, 1, 5, 605, "drop", row[0])
                                       for row in rows])
        database.execute("COMMIT")
        call()
        database.execute("BEGIN IMMEDIATE")
        database.executemany(ACCEPT, [(5, None, None, row[0], 1) for row in rows])
        database.executemany(JOURNAL, [(5, "northwick", "accepted", row[1], row[0], row[2], f"{row[0]}.1", None)
                                       for row in rows])
        database.execute("COMMIT")
    return time.perf_counter() - began, notices


def _read(database: sqlite3.Connection) -> list[tuple[object, ...]]:
    database.execute("BEGIN IMMEDIATE")
    return database.execute(READ).fetchall()
