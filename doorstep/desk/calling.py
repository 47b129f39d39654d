"""The call list one call at a time: the same worklist as the file, and outcomes that take the same road back."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, select

from doorstep.channels.calls import COLUMNS, call_events, keep_outcomes, read_outcomes, worklist
from doorstep.conversation.enquiries import open_enquiry
from doorstep.desk.audit import note
from doorstep.errors import UsageError
from doorstep.exports import bare, write_csv
from doorstep.inbox.events import record_events
from doorstep.model import Notice, table
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.store import Store

N = table(Notice)


@contextmanager
def call_file(store: Store, rollout: Rollout, settings: Settings, *, now: int) -> Iterator[Path]:
    """The worklist as CSV, for as long as it is looked at: it holds names and numbers."""
    with TemporaryDirectory(prefix="doorstep-calls-") as folder:
        path = Path(folder) / f"calls-{rollout.name}.csv"
        worklist(store, rollout, settings, now=now, out=path)
        yield path


def calls_to_make(store: Store, rollout: Rollout, settings: Settings, *, now: int) -> list[dict[str, str]]:
    """The calls to make, what ends first on top, in the worklist's columns."""
    with call_file(store, rollout, settings, now=now) as path, path.open(encoding="utf-8-sig", newline="") as file:
        return [{name: bare(cell) for name, cell in row.items()} for row in csv.DictReader(file)]


def take_outcome(store: Store, rollout: Rollout, settings: Settings, call: dict[str, str], *, by: str, now: int) -> None:
    """Take what came of one call (notice, attempt, try, outcome). Raises UsageError for what the file's road would refuse."""
    with TemporaryDirectory(prefix="doorstep-calls-") as folder:
        path = Path(folder) / "this call"
        filled: dict[str, Any] = {**call, "by": by}
        write_csv(path, COLUMNS, [[filled.get(name, "") for name in COLUMNS]])
        found = read_outcomes(path, rollout, settings, now=now)
    if found.faults or not found.calls:
        raise UsageError(found.faults[0].split(": ", 2)[-1] if found.faults else "say what came of the call")
    new = record_events(store, rollout, call_events(rollout, found.calls), now)
    keep_outcomes(rollout, settings, found.calls)
    with store.write() as connection:
        for each in found.calls:
            if each.outcome == "asked_to_move" and new:
                _find_another_day(connection, rollout, each.notice_id, now)
            note(connection, by=by, what="called", about=f"notice {each.notice_id}", rollout=rollout.name, data=each.outcome,
                 now=now)


def _find_another_day(connection: Connection, rollout: Rollout, notice: int, now: int) -> None:
    """A person has to: it is a case."""
    row = connection.execute(select(N.c.visit_id, N.c.customer_id, N.c.language).where(N.c.id == notice)).one()
    open_enquiry(connection, rollout, kind="move", topic="other", customer_id=row.customer_id, visit_id=row.visit_id,
                 channel="call", language=row.language or rollout.file.languages[0], words="", now=now)
