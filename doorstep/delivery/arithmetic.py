"""The daily arithmetic: due = sent + held + void + missed + failed + unknown, and each of them with its proof beside it."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from doorstep.model import Journal, Notice, Visit, table
from doorstep.rollout import Rollout
from doorstep.states import SENT, State

N, J, V = table(Notice), table(Journal), table(Visit)
OVERDUE = 2 * 3600           # seconds after the end of a lease, or of a notice's usefulness, by which a run must have seen it


def _told_by(*kinds: str) -> ColumnElement[bool]:
    # By the visit, which has an index: else every notice would be looked up in the whole journal.
    return exists().where(J.c.visit_id == N.c.visit_id, J.c.notice_id == N.c.id, J.c.kind.in_(kinds)).correlate(N)


def mismatches(connection: Connection, rollout: Rollout, now: int) -> list[str]:
    """Every way in which the books do not balance, one sentence each with a count and the first notice's id.

    Counted from two sides: what the notices say of themselves, and what the journal and the visits say of them.
    """
    known = [str(state) for state in State]
    looks: list[tuple[str, ColumnElement[bool]]] = [
        ("are in a state that nothing counts", N.c.state.not_in(known)),
        ("stand as sent, but the journal has no word from a provider", and_(
            N.c.state.in_(list(SENT)), ~_told_by("accepted", "delivered", "bounced"))),
        ("were accepted according to the journal, but do not stand as sent", and_(
            N.c.state.in_(["void", "missed", "failed"]), N.c.accepted_at.is_not(None))),
        ("are void, missed or failed without a reason or a time", and_(
            N.c.state.in_(["void", "missed", "failed"]), or_(N.c.why.is_(None), N.c.closed_at.is_(None)))),
        ("are held without a reason", and_(N.c.state == State.HELD, N.c.why.is_(None))),
        ("were cut off in the hand-over and not settled", and_(
            N.c.state == State.ATTEMPTING, N.c.lease_until < now - OVERDUE)),
        ("are past their usefulness and were never looked at", and_(
            N.c.state.in_([State.DUE, State.HELD]), N.c.until_at < now - OVERDUE, N.c.not_before < now - OVERDUE)),
        ("speak of a visit that is not there", ~exists().where(V.c.id == N.c.visit_id).correlate(N)),
    ]
    said = [_said(connection, rollout, words, test) for words, test in looks]
    return [each for each in said if each]


def _said(connection: Connection, rollout: Rollout, words: str, test: Any) -> str:
    number, first = connection.execute(select(func.count(), func.min(N.c.id)).where(
        N.c.rollout == rollout.name, test)).one()
    return f"{number:,} notices {words} (the first is notice {first})" if number else ""
