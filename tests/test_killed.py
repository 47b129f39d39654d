"""Killed at every commit of pull, plan and hand-over, a second run finishes: nothing lost, nobody told twice."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from shutil import copytree
from typing import Any

from sqlalchemy import Engine, event, select

from doorstep.delivery import send_due, tally
from doorstep.delivery.lines import open_lines
from doorstep.model import Feed, Journal, Notice, Visit, WorkOrder, table
from doorstep.planning import plan_phase
from doorstep.rollout import Rollout, load_rollout
from doorstep.schedule import pull
from doorstep.settings import CHECKOUT, Settings
from doorstep.store import Store, open_store
from doorstep.words import Library
from tests.forked import forkserver
from tests.making import at

HEAD = ("WO_NUM,PREMISE,ACCT,CUSTOMER,EMAIL,MOBILE,LANG,ADDR1,TOWN,POSTCODE,WAVE,FUEL,OLD_SERIAL,INSTALL_DATE,SLOT,STATUS,PSR,"
        "LIFE_SUPPORT,TENURE,SECTOR,LAT,LON,OUTCOME,OUTCOME_AT,UPDATED\n")
ROW = ("NW{n},P{n},A{n},Ms Person {n},p{n}@example.com,07400 12345{n},en,{n} Mill Road,Northwick,NW1 0ZZ,W01,ELEC,E{n},"
       "{day},AM,{status},N,N,OCCUPIER,DOM,0,0,,,{stamp}\n")
FIRST = "".join(ROW.format(n=n, day="09/03/2027", status="PLANNED", stamp="2027-02-07T02:00:00Z") for n in range(6))
SECOND = "".join(ROW.format(n=n, day="16/03/2027" if n < 2 else "09/03/2027", status="CANCELLED" if n == 2 else "PLANNED",
                            stamp="2027-02-10T02:00:00Z" if n < 3 else "2027-02-07T02:00:00Z") for n in range(6))
PLAN = ("formal-notice", "reminder", "new-date", "visit-cancelled")     # enough for every kind of commit
Nights = Sequence[tuple[str, str]]
NIGHTS: Nights = (("first.csv", "2027-02-07 09:00"), ("second.csv", "2027-02-10 09:00"))
LATER = 2 * 3600                      # the second run comes when the first one's leases have run out
W, V, F, N, J = (table(each) for each in (WorkOrder, Visit, Feed, Notice, Journal))


def settings(folder: Path) -> Settings:
    return Settings(home=folder, database_url=f"sqlite:///{folder / 'd.db'}", outbox=folder / "outbox")


def northwick() -> Rollout:
    rollout = load_rollout(CHECKOUT / "config", "northwick")
    return replace(rollout, plan=tuple(row for row in rollout.plan if row.notice in PLAN))


# Read once, by the server that the processes are forked from.
NORTHWICK, LIBRARY = northwick(), Library.load(CHECKOUT / "templates")


def work(folder: Path, nights: Nights, before_commit: Callable[[int], object] = str, *, late: int = 0) -> None:
    """The feed of each night pulled, planned and handed over; told of each commit's number before it is done."""
    with committing(before_commit):
        mine, store = settings(folder), open_store(settings(folder))
        for name, when in nights:
            now = at(when, NORTHWICK) + late
            pull(store, NORTHWICK, settings=mine, now=now, file=folder / name)
            for moment in (now, now + 900):
                plan_phase(store, NORTHWICK, phase=None, now=moment)
                send_due(store, NORTHWICK, library=LIBRARY, lines=open_lines(NORTHWICK, mine), now=moment)
        store.close()


@contextmanager
def committing(before: Callable[[int], object]) -> Iterator[None]:
    """Counts the commits of every database that is opened here."""
    commits = count(1)

    def hurry(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")      # a killed process loses nothing the system has taken

    def commit(_connection: object) -> None:
        before(next(commits))

    event.listen(Engine, "connect", hurry)
    event.listen(Engine, "commit", commit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", hurry)
        event.remove(Engine, "commit", commit)


def die(at: int, commit: int) -> None:
    if commit == at:
        os.kill(os.getpid(), signal.SIGKILL)


def killed(folder: Path, nights: Nights, commit: int) -> bool:
    """Whether these nights, in a process of their own, were cut off at that commit, and by nothing else."""
    process = forkserver().Process(target=work, args=(folder, nights, partial(die, commit)))
    process.start()
    process.join(60)
    return process.exitcode == -signal.SIGKILL


def state_of(folder: Path) -> tuple[dict[str, Any], int]:
    """The facts, and how many messages there are."""
    store = Store(settings(folder).database)
    found = facts(store)
    store.close()
    return found, messages(folder)


def facts(store: Store) -> dict[str, Any]:
    """What must be the same however often the work was cut off: ids and times aside."""
    with store.read() as connection:
        notices = connection.execute(select(N)).all()
        return {
            "orders": sorted(connection.execute(select(W.c.number, W.c.day, W.c.status)).tuples().all()),
            "visits": sorted(connection.execute(select(V.c.reference, V.c.day, V.c.status, V.c.version)).tuples().all()),
            "feeds": sorted(connection.execute(select(F.c.file, F.c.state).where(F.c.state != "same")).tuples().all()),
            "notices": sorted((row.notice, row.visit_id, row.occasion.split("@")[0], row.via, row.state, row.channel or "",
                               row.told_day or "") for row in notices),
            "accepted": len(connection.execute(select(J).where(J.c.kind == "accepted")).all()),
        }


def fresh(folder: Path) -> Path:
    folder.mkdir()
    (folder / "first.csv").write_text(HEAD + FIRST, "utf-8")
    (folder / "second.csv").write_text(HEAD + SECOND, "utf-8")
    return folder


def messages(folder: Path) -> int:
    return len([path for path in (folder / "outbox").rglob("*") if path.is_file() and not path.name.startswith(".")])


def commits_of(folder: Path, nights: Nights) -> int:
    """These nights done in peace; how many commits they took."""
    seen = count()
    work(folder, nights, lambda _commit: next(seen))
    return next(seen)


def books_balance(folder: Path) -> None:
    store = Store(settings(folder).database)
    with store.read() as connection:
        total = tally(connection, NORTHWICK).as_json()
    store.close()
    assert total["due"] == sum(number for word, number in total.items() if word != "due")
    assert not total["unknown"]


def test_killed_at_every_commit_a_second_run_finishes_and_tells_nobody_twice(tmp_path: Path) -> None:
    cuts, before = [], fresh(tmp_path / "nothing")
    for part, night in ((), NIGHTS), (NIGHTS[:1], NIGHTS), (NIGHTS[1:], NIGHTS[1:]):        # first the empty database is made
        done = copytree(before, tmp_path / f"done{len(cuts)}")
        # What came before the part that is cut off is not done again each time; what comes after it is.
        cuts += [(before, night, commit) for commit in range(1, commits_of(done, part) + 1)]
        before = done
    expected = state_of(before)
    assert Counter(row[4] for row in expected[0]["notices"])["accepted"] > 12
    assert len(cuts) > 25
    for number, (before, nights, commit) in enumerate(cuts):
        folder = copytree(before, tmp_path / f"cut{number}")
        assert killed(folder, nights, commit), (nights, commit)
        work(folder, nights, late=LATER)
        assert state_of(folder) == expected, (nights, commit)
        books_balance(folder)


def test_a_first_night_cut_off_at_its_first_commit_leaves_nothing_half_done(tmp_path: Path) -> None:
    folder = fresh(tmp_path / "cut")
    assert killed(folder, NIGHTS, 1)
    with Store(settings(folder).database).read() as connection:
        assert not connection.exec_driver_sql("SELECT name FROM sqlite_master").all()
