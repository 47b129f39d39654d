"""The call list one call at a time: the same worklist as the file, and outcomes that take the same road back."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, select

from doorstep.channels.calls import call_events, filled_in, keep_outcomes, worklist
from doorstep.conversation.enquiries import open_enquiry
from doorstep.desk.audit import note
from doorstep.inbox.events import record_events
from doorstep.model import Notice, table
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.store import Store

N = table(Notice)


def call_file(store: Store, rollout: Rollout, settings: Settings, *, now: int) -> bytes:
    """The worklist as CSV. It holds names and numbers: on the disk it stays no longer than it takes to read it."""
    with TemporaryDirectory(prefix="doorstep-calls-") as folder:
        path = Path(folder) / "calls.csv"
        worklist(store, rollout, settings, now=now, out=path)
        return path.read_bytes()


def take_outcome(store: Store, rollout: Rollout, settings: Settings, said: Mapping[str, str], *, by: str, now: int) -> None:
    """Take what came of one call (notice, attempt, try, outcome). Raises UsageError for what the file's road would refuse."""
    call = filled_in({**said, "by": by}, rollout, settings, now=now)
    new = record_events(store, rollout, call_events(rollout, [call]), now)
    keep_outcomes(rollout, settings, [call])
    with store.write() as connection:
        if call.outcome == "asked_to_move" and new:
            _find_another_day(connection, rollout, call.notice_id, now)
        note(connection, by=by, what="called", about=f"notice {call.notice_id}", rollout=rollout.name, data=call.outcome, now=now)


def _find_another_day(connection: Connection, rollout: Rollout, notice: int, now: int) -> None:
    """A person has to: it is a case."""
    row = connection.execute(select(N.c.visit_id, N.c.customer_id, N.c.language).where(N.c.id == notice)).one()
    open_enquiry(connection, rollout, kind="move", topic="other", customer_id=row.customer_id, visit_id=row.visit_id,
                 channel="call", language=row.language or rollout.file.languages[0], words="", now=now)
