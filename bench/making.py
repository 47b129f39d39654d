"""Made-up feeds and databases of any size, in the shape of northwick."""

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from doorstep.plan import insert_picked, picks, slots
from doorstep.rollout import Rollout, load_rollout
from doorstep.settings import Settings
from doorstep.store import Store, open_store
from doorstep.timing import to_instant

START, ZONE = date(2027, 3, 1), ZoneInfo("Europe/London")
NOON = "2027-02-16 10:00"          # when the reminder of every visit is due
WINDOWS = ((480, 720), (720, 960), (960, 1200), (480, 1200))


def northwick() -> Rollout:
    """The rollout whose shape everything has."""
    return load_rollout(Settings().config, "northwick")


def at(text: str) -> int:
    """A moment of its local time."""
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def write_feed(path: Path, rows: int, moved: int = 0) -> None:
    """A CSV of `rows` work orders, two to a household; `moved` of them spread evenly have another day and stamp."""
    number = pl.int_range(rows, eager=True).alias("n")
    home = pl.col("n") // 2
    step = rows // moved if moved else rows + 1
    shifted = (home % step == 0) if moved else pl.lit(False)
    day = pl.when(shifted).then((home + 1) % 28 + 1).otherwise(home % 28 + 1).cast(pl.String).str.zfill(2)
    pl.DataFrame({"n": number}).select(
        WO_NUM=pl.format("NW{}", pl.col("n").cast(pl.String).str.zfill(7)), PREMISE=(100000000 + home).cast(pl.String),
        ACCT=pl.format("A-{}", home), CUSTOMER=pl.format("Ms Andrea Horton {}", home % 1000),
        EMAIL=pl.format("cust{}@example.net", home),
        MOBILE=pl.format("07400 {}", (home % 1000000).cast(pl.String).str.zfill(6)), LANG=pl.lit("en"),
        ADDR1=pl.format("{} Kathleen Forest", home % 300), TOWN=pl.lit("North Tracychester"), POSTCODE=pl.lit("L1 0YE"),
        WAVE=pl.format("W{}", (home % 12).cast(pl.String).str.zfill(2)),
        FUEL=pl.when(pl.col("n") % 2 == 0).then(pl.lit("ELEC")).otherwise(pl.lit("GAS")),
        OLD_SERIAL=pl.format("E{}", pl.col("n")), INSTALL_DATE=pl.format("{}/03/2027", day), SLOT=pl.lit("PM"),
        STATUS=pl.lit("PLANNED"), PSR=pl.lit("N"), LIFE_SUPPORT=pl.lit("N"), TENURE=pl.lit("OCCUPIER"),
        SECTOR=pl.lit("DOM"), LAT=pl.lit("0"), LON=pl.lit("0"), OUTCOME=pl.lit(""), OUTCOME_AT=pl.lit(""),
        UPDATED=pl.when(shifted).then(pl.lit("2027-01-05T02:00:00Z")).otherwise(pl.lit("2027-01-04T02:00:00Z")),
    ).write_csv(path)


def make_visits(path: Path, count: int) -> None:
    """A database with `count` visits of 1 and 2 March, each with its own customer."""
    open_store(Settings(database_url=f"sqlite:///{path}")).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous=OFF")
    with database:
        _insert(database, "customer", customers(count))
        _insert(database, "visit", visits(count))
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _insert(database: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    columns = ", ".join(first)
    statement = f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(first))})"
    database.execute(statement, tuple(first.values()))
    database.executemany(statement, (tuple(row.values()) for row in rows))


def customers(count: int) -> Iterator[dict[str, Any]]:
    """The rows of so many customers."""
    for n in range(1, count + 1):
        yield {"id": n, "rollout": "northwick", "premise": f"P{n}", "account": f"A{n}", "name": f"Ms Andrea Horton {n % 997}",
               "email": f"cust{n}@example.net", "phone": f"+447400{n % 1000000:06d}", "language": "en",
               "address": f"{n % 300} Kathleen Forest", "town": "North Town", "postcode": "L1 0YE", "vulnerable": 0,
               "life_support": 0, "landlord": 0, "business": 0, "prepaid": 0, "updated_at": 0}


def visits(count: int) -> Iterator[dict[str, Any]]:
    """The rows of a visit for each of them."""
    for n in range(1, count + 1):
        start, end = WINDOWS[n % 4]
        yield {"id": n, "rollout": "northwick", "customer_id": n, "day": str(START + timedelta(days=n % 2)),
               "window_start": start, "window_end": end, "status": "planned", "zone": "Europe/London",
               "wave": f"W{n % 12:02d}", "reference": f"NW{n:07d}", "meters": 2, "commodities": "electricity,gas",
               "presence_required": 0, "attempts": 0, "round": 1, "reopened_at": 0, "version": 1, "since": 0,
               "changed_at": 0, "created_at": 0, "feed_id": 1}


def plan_reminders(store: Store, rollout: Rollout, count: int, now: str) -> None:
    """Let every visit's reminder be due."""
    with store.read() as connection:
        reminder = rollout.row("reminder")
        due = picks(connection, rollout, reminder, slots(connection, rollout, at(now)), at(now), at(now))
    with store.write() as connection:
        born = insert_picked(connection, reminder, due)
    assert born == count, born
