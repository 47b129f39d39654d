"""Twenty thousand notices, senders killed at two hundred random moments: every notice arrives, and none of them twice."""

import json
import os
import signal
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import select

from doorstep.delivery.arithmetic import mismatches
from doorstep.model import Journal, Notice, table
from doorstep.store import Store
from tests.forked import forkserver
from tests.proof.due import ROLLOUT
from tests.proof.kills import KILLS, NOTICES, SEED
from tests.proof.sender import CALLING, CLAIMING, RECORDING
from tests.proof.under_fire import prove

N, J = table(Notice), table(Journal)
PATIENCE = 300                 # seconds; far more than it takes
STDERR = 2


def test_on_sqlite_nothing_is_lost_and_nothing_told_twice(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'd.db'}"
    check(database, under_fire(database, tmp_path / "report.json", senders=1))


def test_on_postgresql_four_senders_share_the_work_and_nothing_is_lost_or_told_twice(postgres: str, tmp_path: Path) -> None:
    report = under_fire(postgres, tmp_path / "report.json", senders=4)
    check(postgres, report)
    assert len(report["batches"]) == 4 and all(report["batches"]), report["batches"]


def under_fire(database: str, file: Path, *, senders: int) -> dict[str, Any]:
    """Run it in a process of its own that has no thread, since it forks; what it says is shown on failure."""
    process = forkserver().Process(target=alone, args=(database, file, senders))
    process.start()
    try:
        process.join(PATIENCE)
        assert process.exitcode == 0, said_in(file).read_text()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
    report: dict[str, Any] = json.loads(file.read_text())
    return report


def alone(database: str, file: Path, senders: int) -> None:
    """The leader of its own session, so that whoever ends it can end all that it started."""
    os.setsid()
    os.dup2(os.open(said_in(file), os.O_WRONLY | os.O_CREAT), STDERR)
    file.write_text(json.dumps(prove(database, senders=senders, notices=NOTICES, kills=KILLS, seed=SEED)))


def said_in(file: Path) -> Path:
    return file.with_suffix(".said")


def check(database: str, report: dict[str, Any]) -> None:
    """The promise, and that it was put to the test."""
    taken = report["taken"]
    arrived: Counter[int] = Counter()
    for ref, times in taken.items():
        arrived[int(ref.partition(".")[0])] += times
    assert Counter(arrived.values()) == {1: NOTICES}, "how often each notice arrived"
    was_it_hard(report)
    store = Store(database)
    with store.read() as connection:
        notices = connection.execute(select(N.c.id, N.c.state, N.c.attempt)).all()
        journal = connection.execute(select(J.c.kind, J.c.ref, J.c.notice_id)).all()
        assert mismatches(connection, ROLLOUT, report["now"]) == []
    store.close()
    assert {row.state for row in notices} <= {"accepted", "delivered"}
    assert set(taken) == {f"{row.id}.{row.attempt}" for row in notices}, "of each notice its last attempt arrived, no other"
    one_outcome_each({f"{row.id}.{number}" for row in notices for number in range(1, row.attempt + 1)}, journal, set(taken))


def was_it_hard(report: dict[str, Any]) -> None:
    """Kills at every stage, doubts that an event settled, and doubts that nothing but telling again could settle."""
    kills, doubts = report["kills"], report["doubts"]
    assert sum(kills.values()) == KILLS
    assert all(kills[stage] for stage in (CLAIMING, CALLING, RECORDING)), kills
    assert doubts["cut off"] == doubts["when the leases are over"] > doubts["when the events have come"] > 0
    assert doubts["in the end"] == 0


def one_outcome_each(attempts: set[str], journal: Any, taken: set[str]) -> None:
    """The journal's outcome of every attempt: the sender's, or that it was cut off; where neither, an event came before."""
    events = Counter(row.notice_id for row in journal if row.ref.startswith("event"))
    assert Counter(events.values()) == {1: NOTICES}, "how many events came of each notice"
    outcomes = Counter(row.ref for row in journal if not row.ref.startswith("event"))
    assert set(outcomes.values()) == {1}
    assert set(outcomes) <= attempts and attempts - set(outcomes) <= taken
    cut_off = {row.ref for row in journal if row.kind == "unknown"}
    assert cut_off & taken and cut_off - taken, "of those cut off, some had arrived and some had not"
    assert {row.kind for row in journal if row.ref in cut_off} == {"unknown"}
