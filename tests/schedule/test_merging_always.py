"""What holds after any feeds whatever: the rows add up, and visits and work orders agree."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from doorstep.model import OPEN, Customer, Visit, VisitPast, WorkOrder
from tests.schedule.world import FIRST_DAY, PLAIN, Row, World

DIRT: dict[str, list[str]] = {
    "WO": ["W1", "W2", "W3", "W4", ""], "PREMISE": ["P1", "P2", ""], "ACCT": ["A1", "A2", ""],
    "DATE": ["2027-03-09", "2027-03-16", "09/03/2027", "", "soon", "1900-01-01", "9999-12-31"],
    "STATUS": ["PLANNED", "BOOKED", "COMPLETE", "ABORTED", "CANCELLED", "ZZZ", ""],
    "UPDATED": ["2027-01-04T02:00:00Z", "2027-01-05T02:00:00Z", "2027-01-06T02:00:00+03:00", "", "yesterday"],
    "SLOT": ["AM", "PM", "16:00-20:00", "whenever", ""], "FUEL": ["ELEC", "GAS", "STEAM", ""],
    "EMAIL": ["a@example.com", "n/a", ""], "PHONE": ["07400 309661", "12345", ""], "WHY": ["", "NO_ACCESS", "SMART_REFUSED"],
    "NAME": ["Ms Jones", "\u202eMs Jones", 'a "quoted"\nname', ""], "LANG": ["en", "xx", ""], "LAT": ["0", "51.5", ""],
    "LON": ["0", "-0.1", "x"]}
ROWS = st.lists(st.fixed_dictionaries({column: st.sampled_from(values) for column, values in DIRT.items()}), max_size=12)
MODEST = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rare(seed: int, count: int) -> list[Row]:
    """Rows of few households with now and then something wrong, so that most of them are taken."""
    chance = random.Random(seed)
    return [PLAIN | {"WO": f"W{chance.randrange(6)}", "ACCT": f"A{chance.randrange(2)}"}
            | {column: chance.choice(DIRT[column][:5]) for column in ("DATE", "STATUS", "UPDATED", "SLOT", "FUEL", "WHY")
               if chance.random() < 0.7} for _ in range(count)]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, World]]:
    """One whose feeds are full, and one whose feeds may leave something out."""
    made = {full: World(tmp_path_factory.mktemp("world"), full=full) for full in (True, False)}
    yield made
    for world in made.values():
        world.store.close()


def begun_anew(world: World) -> World:
    """A world before its first feed; to take every row away is far quicker than to make another."""
    with world.store.write() as connection:
        for each in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(each.delete())
    world.day = FIRST_DAY
    return world


@MODEST
@given(feeds=st.lists(ROWS, min_size=1, max_size=3), full=st.booleans())
def test_taken_refused_and_superseded_rows_add_up_to_the_rows_read(
        worlds: dict[bool, World], feeds: list[list[Row]], full: bool) -> None:
    world = begun_anew(worlds[full])
    for rows in feeds:
        report = world.pull(*rows)
        assert report.rows == len(rows) == report.taken + sum(report.refused.values()) + report.superseded
        if not report.held:
            gone = sum(order["outcome"] == "by_utility" and order["feed_id"] == report.feed_id
                       for order in world.all(WorkOrder))
            assert sum(report.changed.values()) - gone + report.unchanged == report.taken


@MODEST
@given(seeds=st.lists(st.integers(0, 10_000), min_size=1, max_size=5))
def test_visits_and_work_orders_agree_after_any_feeds(worlds: dict[bool, World], seeds: list[int]) -> None:
    world = begun_anew(worlds[True])
    for seed in seeds:
        path = world.file(*rare(seed, 8), name=f"{seed}.csv")
        world.day += 1
        world.take(path)
        agree(world)
    before = [world.all(table) for table in (Customer, Visit, VisitPast, WorkOrder)]
    for seed in seeds:
        assert world.take(world.folder / f"{seed}.csv").state in ("same", "held")
    assert before == [world.all(table) for table in (Customer, Visit, VisitPast, WorkOrder)]


def agree(world: World) -> None:
    """Every open work order stands in an open visit of its customer and day, of which there is one; versions have no gap."""
    visits = {visit["id"]: visit for visit in world.all(Visit)}
    stand_in: dict[int, list[Any]] = {number: [] for number in visits}
    for order in world.all(WorkOrder):
        stand_in[order["visit_id"]].append(order)
        visit = visits[order["visit_id"]]
        assert visit["customer_id"] == order["customer_id"]
        if order["status"] in OPEN:
            assert visit["status"] in OPEN and visit["day"] == order["day"]
    still_open = [(visit["customer_id"], visit["day"]) for visit in visits.values() if visit["status"] in OPEN]
    assert len(still_open) == len(set(still_open))
    past = world.all(VisitPast)
    for number, visit in visits.items():
        orders = [order for order in stand_in[number] if order["status"] in OPEN]
        assert (visit["status"] in OPEN) == bool(orders)
        assert orders == [] or visit["meters"] == len(orders)
        assert (visit["status"] == "merged") == (visit["merged_into"] is not None)
        assert [each["version"] for each in past if each["visit_id"] == number] == list(range(1, visit["version"]))
