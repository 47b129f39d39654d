"""The whole road leads to the same tables and the same numbers on PostgreSQL as on SQLite, ids included."""

from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from doorstep.explain import explain
from doorstep.forecast import forecast, people
from doorstep.kpis import measure
from doorstep.model import (
    Customer,
    Feed,
    Halt,
    Journal,
    Notice,
    Refused,
    Rest,
    Score,
    Skeleton,
    SourceMark,
    Stop,
    Visit,
    VisitPast,
    WorkOrder,
    table,
)
from doorstep.report import write_report
from doorstep.rollout import Rollout, load_rollout, rollout_names
from doorstep.schedule import pull, refused_rows
from doorstep.settings import CHECKOUT, Settings
from doorstep.simulation.run import DAY_END
from doorstep.store import Store, open_store
from tests.making import at
from tests.postgres.server import Server
from tests.simulation.playing import play

VISITS, DAYS = 60, 4
SAMPLES = CHECKOUT / "tests" / "samples"
TABLES = (Customer, Feed, Halt, Notice, Refused, Rest, Score, Skeleton, SourceMark, Stop, Visit, VisitPast, WorkOrder)


class Twins(NamedTuple):
    """The same rollout played on either database, and the moment at which both stopped."""

    rollout: Rollout
    now: int
    sqlite: Store
    postgresql: Store

    def both(self) -> tuple[Store, Store]:
        """SQLite's first."""
        return self.sqlite, self.postgresql


def rows(store: Store, model: Any) -> list[tuple[Any, ...]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(
            select(table(model)).order_by(*table(model).primary_key.columns))]


def close(value: Any) -> Any:
    """Sums of broken numbers may differ in the last digit, by the order in which they were added."""
    return pytest.approx(value) if isinstance(value, float) else value


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[Twins]:
    folder, url = tmp_path_factory.mktemp("twins"), postgres_server.fresh()
    demo, other = (play(folder / name, address, visits=VISITS, days=DAYS, seed=1)
                   for name, address in (("one", f"sqlite:///{folder / 'd.db'}"), ("other", url)))
    yield Twins(demo.rollout, demo.world.at(DAYS - 1, DAY_END), demo.store, other.store)
    demo.store.close()
    other.store.close()
    postgres_server.give_back(url)


def test_days_of_a_lively_rollout_end_in_the_same_tables(twins: Twins) -> None:
    for model in TABLES:
        one, other = (rows(store, model) for store in twins.both())
        assert [tuple(map(close, row)) for row in one] == other, model.__name__
    # Rows of one moment come in the order in which a batch was found, and that is the database's own affair.
    one, other = (sorted((row[1:] for row in rows(store, Journal)), key=repr) for store in twins.both())
    assert one == other
    assert {row[2] for row in one} >= {"pulled", "accepted", "delivered", "bounced", "replied"}
    assert {row[-2] for row in rows(twins.sqlite, VisitPast)} >= {"moved", "window", "aborted", "completed"}


def test_kpis_forecast_and_the_list_of_people_are_the_same(twins: Twins) -> None:
    one, other = ([astuple(value) for value in measure(store, twins.rollout, now=twins.now, record=False)]
                  for store in twins.both())
    assert [tuple(map(close, row)) for row in one] == other and len(one) > 100
    one, other = (sorted(map(astuple, forecast(store, twins.rollout, now=twins.now, days=14)), key=repr)
                  for store in twins.both())
    assert one == other and one
    here, there = (sorted(people(store, twins.rollout, now=twins.now, days=14), key=repr) for store in twins.both())
    assert here == there and here


def test_the_report_is_the_same_page(twins: Twins, tmp_path: Path) -> None:
    one, other = (write_report(store, twins.rollout, now=twins.now, out=tmp_path / f"{store.sqlite}.html").read_text("utf-8")
                  for store in twins.both())
    assert one == other


def test_every_work_order_has_the_same_story(twins: Twins) -> None:
    for order in rows(twins.sqlite, WorkOrder)[::7]:
        one, other = (sorted(explain(store, twins.rollout, order[2]).lines, key=repr) for store in twins.both())
        assert one == other and len(one) > 2


@pytest.mark.parametrize("name", rollout_names(CHECKOUT / "config"))
def test_the_sample_of_every_rollout_is_pulled_to_the_same_tables(name: str, tmp_path: Path, postgres: str) -> None:
    rollout = load_rollout(CHECKOUT / "config", name)
    [sample] = [path for path in (SAMPLES / name).iterdir() if path.is_file()][:1]
    reports, stores = [], []
    for url in (f"sqlite:///{tmp_path / 'd.db'}", postgres):
        settings = Settings(home=tmp_path, database_url=url)
        stores.append(open_store(settings))
        reports += pull(stores[-1], rollout, settings=settings, now=at("2027-01-04 06:00", rollout), file=sample)
    assert reports[0].as_json() == reports[1].as_json() and reports[0].taken > 0
    for model in (Customer, Visit, WorkOrder, Refused, Feed):
        assert rows(stores[0], model) == rows(stores[1], model)
    assert list(refused_rows(stores[0], name)) == list(refused_rows(stores[1], name))
    for store in stores:
        store.close()
