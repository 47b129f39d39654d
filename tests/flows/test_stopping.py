"""Stopping, sharing and checking from Prefect: the emergency stop, a provider's rate, helpers, and books that do not balance."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prefect import get_client

from doorstep.channels import open_channels
from doorstep.delivery import Sent
from doorstep.errors import DoorstepError, UsageError
from doorstep.rollout import load_rollout
from doorstep.settings import Settings
from doorstep.store import open_store
from flows.before import before
from flows.emergency_stop import emergency_stop
from flows.measure import measure
from flows.pull import pull
from flows.resume import resume
from flows.send import send
from tasks.helping import call_helpers
from tasks.pacing import limit_name, make_limits, pacing
from tests.flows.feeds import ROLLOUT, messages, put, rows, told
from tests.flows.test_night import NORTHWICK, artifact

pytestmark = [pytest.mark.flows, pytest.mark.usefixtures("prefect_server")]
WHEN = datetime(2027, 2, 1, 9, 30, tzinfo=UTC)


def test_after_an_emergency_stop_nobody_is_told_and_after_resume_everyone(home: Path) -> None:
    put(home, "1", rows(10))
    number = emergency_stop(NORTHWICK, "the words are wrong", "Pat Manager")
    pull(NORTHWICK, WHEN)
    assert before(NORTHWICK, WHEN).sent == Sent(due=0)
    assert messages(home) == []
    assert f"| {number} | everything | the words are wrong | Pat Manager |" in artifact("waiting-northwick")
    assert resume(NORTHWICK, "Pat Manager", number) == 1
    assert send(NORTHWICK, WHEN + timedelta(minutes=5)).sent == len(messages(home)) > 10


def test_books_that_do_not_balance_fail_the_measuring_with_the_notice_named(home: Path) -> None:
    put(home, "1", rows(3))
    told(WHEN)
    store = open_store(Settings())
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM journal WHERE kind='accepted' AND notice_id="
                                   "(SELECT min(notice_id) FROM journal WHERE kind='accepted')")
    store.close()
    with pytest.raises(DoorstepError, match="1 notices stand as sent, but the journal has no word"):
        measure(NORTHWICK, WHEN)
    assert "The books do not balance" in artifact("waiting-northwick")


def test_a_providers_rate_is_one_limit_for_all_senders(home: Path) -> None:
    file = home / "config" / "rollouts" / "northwick.toml"
    file.write_text("rates = { outbox = 40 }\n" + file.read_text("utf-8"), "utf-8")
    rollout = load_rollout(Settings().config, ROLLOUT)
    make_limits(rollout)
    with get_client(sync_client=True) as client:
        limit = client.read_global_concurrency_limit_by_name(limit_name("outbox"))
    assert (limit.limit, limit.slot_decay_per_second) == (40, 40.0)
    began = datetime.now(UTC)
    outbox, drop = (open_channels(name, rollout, Settings())["email"] for name in ("outbox", "drop"))
    pacing(rollout)(outbox, 100)                                 # a burst of 40, then 60 at 40 a second
    assert datetime.now(UTC) - began > timedelta(seconds=1)
    pacing(rollout)(drop, 10_000)                                # no rate, no wait


def test_several_senders_on_sqlite_are_a_mistake_that_is_named(home: Path) -> None:
    file = home / "config" / "rollouts" / "northwick.toml"
    file.write_text("senders_at_once = 4\n" + file.read_text("utf-8"), "utf-8")
    with pytest.raises(UsageError, match="senders_at_once is 4, but SQLite has one writer"):
        call_helpers.fn(ROLLOUT, WHEN)
