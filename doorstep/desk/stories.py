"""A visit's story for the desk: whom it concerns, what was promised and asked, and every notice as the customer saw it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from doorstep.booking.requests import STANDING
from doorstep.explain import message_of
from doorstep.model import Customer, Enquiry, Notice, Reply, Request, Visit, VisitNote, WorkOrder, table
from doorstep.rollout import Rollout
from doorstep.words import Message

V, C, N, W = table(Visit), table(Customer), table(Notice), table(WorkOrder)
E, R, Q, P = table(Enquiry), table(Reply), table(Request), table(VisitNote)
MOST = 200               # of each; no visit has more notices than that, and a page must end


class Told(NamedTuple):
    """One notice and, once it was handed over, its message."""

    notice: Any
    message: Message | None


class VisitStory(NamedTuple):
    """Everything about one visit that is not in the line of time."""

    visit: Any
    customer: Any
    orders: Sequence[Any]
    told: list[Told]
    cases: Sequence[Any]
    replies: Sequence[Any]
    requests: Sequence[Any]
    note: Any

    @property
    def refused(self) -> bool:
        """Whether the customer refused the meter and the schedule has not answered yet."""
        return any(each.kind == "refuse" and each.state in STANDING for each in self.requests)


def story_of(connection: Connection, rollout: Rollout, visit_id: int) -> VisitStory | None:
    """The story of a visit; None for one that is not this rollout's."""
    visit = connection.execute(select(V).where(V.c.id == visit_id, V.c.rollout == rollout.name)).first()
    if visit is None:
        return None
    customer = connection.execute(select(C).where(C.c.id == visit.customer_id)).one()
    notices = connection.execute(select(N).where(N.c.visit_id == visit_id).order_by(N.c.id.desc()).limit(MOST)).all()
    return VisitStory(
        visit, customer,
        connection.execute(select(W).where(W.c.visit_id == visit_id).order_by(W.c.number)).all(),
        [Told(row, message_of(connection, row)) for row in notices],
        connection.execute(select(E).where(E.c.visit_id == visit_id).order_by(E.c.id.desc()).limit(MOST)).all(),
        connection.execute(select(R).where(R.c.visit_id == visit_id).order_by(R.c.id.desc()).limit(MOST)).all(),
        connection.execute(select(Q).where(Q.c.visit_id == visit_id).order_by(Q.c.id.desc()).limit(MOST)).all(),
        connection.execute(select(P).where(P.c.visit_id == visit_id)).first())


def told(connection: Connection, rollout: Rollout, notice_id: int) -> Told | None:
    """One notice with its message; None for one that is not this rollout's."""
    row = connection.execute(select(N).where(N.c.id == notice_id, N.c.rollout == rollout.name)).first()
    return Told(row, message_of(connection, row)) if row else None
