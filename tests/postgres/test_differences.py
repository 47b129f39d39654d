"""Where the two databases differ, and nobody may notice."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Float, MetaData, String, Table, select

from doorstep.model import Notice, Visit, table
from doorstep.model.base import WHOLE
from doorstep.planning import plan_phase
from doorstep.schedule import tables
from doorstep.store import Store, bulk
from tests.making import World, at, make_rollout, make_store
from tests.schedule.conftest import world as feeds
from tests.schedule.world import ELEC, later
from tests.schedule.world import World as Feeds

__all__ = ["feeds"]
BASKET = Table("basket", MetaData(), Column("key", String, primary_key=True), Column("stamp", WHOLE), Column("said", String),
               Column("share", Float))
ODD = ["a\tb", "two\nlines", r"\N", "\\", 'a "quoted", comma', "", None, "é 电 \u202e", "NULL", r"\.", "'; DROP TABLE basket; --"]


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """An empty basket in either database."""
    made = Store(f"sqlite:///{tmp_path / 'd.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres"))
    with made.write() as connection:
        BASKET.create(connection)
    yield made
    made.close()


def test_many_rows_arrive_as_they_were_sent(store: Store) -> None:
    sent = [(f"k{place:02d}", 2**40 + place, word, place / 8 if place % 2 else None) for place, word in enumerate(ODD)]
    with store.write() as connection:
        bulk(connection, "basket", ("key", "stamp", "said", "share"), iter(sent))
    with store.read() as connection:
        assert [tuple(row) for row in connection.execute(select(BASKET).order_by(BASKET.c.key))] == sent


def test_of_rows_with_one_key_the_newest_stays_and_of_equals_the_last(store: Store) -> None:
    batches = [[("a", 5, "first"), ("b", 5, "old"), ("b", 7, "newer"), ("b", 6, "between"), ("c", 1, "one"), ("c", 1, "last")],
               [("a", 4, "too old"), ("b", 7, "again"), ("d", 0, "new")], []]
    for batch in batches:
        with store.write() as connection:
            bulk(connection, "basket", ("key", "stamp", "said"), batch, newest=("key", "stamp"))
    with store.read() as connection:
        assert [tuple(row) for row in connection.execute(select(BASKET.c.key, BASKET.c.said).order_by(BASKET.c.key))] == [
            ("a", "first"), ("b", "again"), ("c", "last"), ("d", "new")]


def test_what_a_broken_batch_began_is_not_there(store: Store) -> None:
    def rows() -> Any:
        yield ("a", 1, "said")
        raise RuntimeError("the file is cut short")

    with pytest.raises(RuntimeError, match="cut short"), store.write() as connection:
        bulk(connection, "basket", ("key", "stamp", "said"), rows())
    with store.read() as connection:
        assert connection.execute(select(BASKET)).all() == []


def test_time_goes_on_after_2038(tmp_path: Path) -> None:
    world = World(make_store(tmp_path), make_rollout())
    visit = world.visit("2041-03-12")
    born = at("2041-01-02 09:00", world.rollout)
    world.change(visit, born, status="booked", created_at=born)
    plan_phase(world.store, world.rollout, phase=None, now=at("2041-02-26 09:00", world.rollout))
    assert {row.notice for row in world.notices(state="due")} >= {"reminder"}
    fitted = at("2041-02-26 09:30", world.rollout)
    world.change(visit, fitted + 1800, status="completed", outcome_at=fitted)
    assert plan_phase(world.store, world.rollout, phase=None, now=at("2041-02-27 10:00", world.rollout)) > 0
    with world.store.read() as connection:
        assert connection.execute(select(table(Visit).c.outcome_at)).scalar_one() > 2**31
        assert min(connection.execute(select(table(Notice).c.due_at)).scalars()) > 2**31
    world.store.close()


@pytest.mark.parametrize("name", ["\\N", "a\\tb", "\\."])
def test_a_name_that_means_something_to_the_database_is_a_name(feeds: Feeds, name: str) -> None:
    assert feeds.pull(ELEC | {"NAME": name}).taken == 1
    assert feeds.customer()["name"] == name


def test_a_nought_byte_anywhere_in_a_feed_stops_no_pull(feeds: Feeds) -> None:
    bad = {column: f"x\x00{word}" for column, word in (ELEC | {"WAVE": "W01"}).items()}
    taken = bad | {column: ELEC[column] for column in ("DATE", "STATUS", "UPDATED")}
    report = feeds.pull(taken, bad | {"WO": "W3"})
    assert (report.taken, sum(report.refused.values())) == (1, 1)
    assert feeds.visits("reference", "wave") == [("xW1", "xW01")]
    assert feeds.pull(taken, bad | {"WO": "W3"}, name="again.csv").unchanged == 1


def test_a_minute_that_fits_no_calendar_stops_no_pull(feeds: Feeds) -> None:
    assert feeds.pull(ELEC | {"MINUTES": "99999999999"}).taken == 1
    assert feeds.visits("duration_minutes") == [(99999999999,)]


def test_a_pull_leaves_no_table_behind(feeds: Feeds) -> None:
    feeds.pull(ELEC)
    feeds.pull(later(ELEC, DATE="2027-03-16"))
    with feeds.store.engine.connect() as connection:
        left = connection.exec_driver_sql("SELECT relname FROM pg_class WHERE relpersistence = 't'").all()
    assert left == [] and len(tables.metadata.tables) > 20
