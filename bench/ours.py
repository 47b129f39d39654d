"""Doorstep's own jobs, as a night runs them."""

import subprocess
import sys
import time
from pathlib import Path

from bench.making import NOON, at, make_visits, northwick, plan_reminders, write_feed
from doorstep.channels.drop import drop_channels
from doorstep.delivery import send_due
from doorstep.delivery.lines import Lines
from doorstep.schedule import pull as pull_feed
from doorstep.settings import Settings
from doorstep.store import Store, open_store
from doorstep.words import Library


def pull(folder: Path, rows: int) -> tuple[float, int]:
    """A first pull."""
    write_feed(folder / "feed.csv", rows)
    settings = Settings(home=folder)
    store, rollout = open_store(settings), northwick()
    began = time.perf_counter()
    (report,) = pull_feed(store, rollout, settings=settings, now=at("2027-01-04 06:00"), file=folder / "feed.csv")
    assert report.as_json()["taken"] == rows, report
    return time.perf_counter() - began, rows


def nightly(folder: Path, rows: int) -> tuple[float, int]:
    """The next night's pull, in which one row of a hundred changed."""
    # The first pull in a process of its own: its memory is not this night's.
    subprocess.run([sys.executable, "-m", "bench", "--job", "ours.pull", "--count", str(rows), "--folder", str(folder)],
                   check=True, stdout=subprocess.DEVNULL)
    write_feed(folder / "next.csv", rows, moved=rows // 100)
    settings = Settings(home=folder)
    store, rollout = open_store(settings), northwick()
    began = time.perf_counter()
    (report,) = pull_feed(store, rollout, settings=settings, now=at("2027-01-05 06:00"), file=folder / "next.csv")
    assert 0.008 * rows < report.as_json()["changed"]["moved"] < 0.012 * rows, report
    return time.perf_counter() - began, rows


def plan(folder: Path, visits: int) -> tuple[float, int]:
    """One notice, the reminder, for every visit."""
    make_visits(folder / "d.db", visits)
    store, rollout = Store(f"sqlite:///{folder / 'd.db'}"), northwick()
    began = time.perf_counter()
    plan_reminders(store, rollout, visits, NOON)
    return time.perf_counter() - began, visits


def send(folder: Path, notices: int) -> tuple[float, int]:
    """Claim, checks, facts, words, attempt and record of every reminder, to a channel that takes batches and drops them."""
    plan(folder, notices)
    store, rollout = Store(f"sqlite:///{folder / 'd.db'}"), northwick()
    library = Library.load(Settings().templates)
    began = time.perf_counter()
    sent = send_due(store, rollout, library=library, lines=Lines.of(drop_channels()), now=at(NOON))
    assert sent.sent == notices, sent
    return time.perf_counter() - began, notices
