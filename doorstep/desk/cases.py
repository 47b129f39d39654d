"""The cases of the desk: those that wait, what is overdue, and one in the hands of another owner."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from doorstep.desk.audit import note
from doorstep.errors import UsageError
from doorstep.facts.clean import clean
from doorstep.model import Customer, Enquiry, Journal, Visit, table
from doorstep.plan.sayings import BACK, NOBODYS
from doorstep.rollout import Rollout
from doorstep.store import Store

E, V, C, J = table(Enquiry), table(Visit), table(Customer), table(Journal)
STATES = ("open", "overdue", "answered", "closed")
PAGE = 50


class Wanted(NamedTuple):
    """Which cases; what is empty is any."""

    state: str = "open"
    owner: str = ""
    topic: str = ""
    area: str = ""


class Counts(NamedTuple):
    """How many cases wait, and how many of them for too long."""

    open: int
    overdue: int


def counts(connection: Connection, rollout: Rollout, now: int) -> Counts:
    """Read from an index alone."""
    waiting = (E.c.rollout == rollout.name, E.c.state == "open")
    row = connection.execute(select(func.count(), func.count().filter(E.c.due_at < now)).where(*waiting)).one()
    return Counts(*row)


def listed(connection: Connection, rollout: Rollout, wanted: Wanted, *, now: int, after: tuple[int, int] = (0, 0),
           most: int = PAGE) -> Sequence[Any]:
    """The cases wanted, what is due first on top; `after` is the due time and id of the last one that was seen."""
    due, number = after
    beyond = or_(E.c.due_at > due, and_(E.c.due_at == due, E.c.id > number))
    return connection.execute(
        select(E.c.id, E.c.kind, E.c.topic, E.c.area, E.c.owner, E.c.channel, E.c.language, E.c.state, E.c.opened_at,
               E.c.due_at, E.c.answered_by, E.c.satisfied)
        # Said twice for the index: it can begin at a due time, but not at an "or".
        .where(*_fitting(rollout, wanted, now), E.c.due_at >= due, beyond)
        .order_by(E.c.due_at, E.c.id).limit(most)).all()


def _fitting(rollout: Rollout, wanted: Wanted, now: int) -> list[ColumnElement[bool]]:
    overdue = wanted.state == "overdue"
    fits: list[ColumnElement[bool]] = [E.c.rollout == rollout.name, E.c.state == ("open" if overdue else wanted.state)]
    if overdue:
        fits.append(E.c.due_at < now)
    return fits + [E.c[name] == getattr(wanted, name) for name in ("owner", "topic", "area") if getattr(wanted, name)]


def case(connection: Connection, rollout: Rollout, number: int) -> Any:
    """One case with its visit and customer, where it has them; None for one that is not this rollout's."""
    return connection.execute(
        select(E, V.c.day, V.c.window_start, V.c.window_end, V.c.status, V.c.reference, V.c.contractor,
               C.c.name.label("customer"), C.c.phone, C.c.email)
        .outerjoin(V, V.c.id == E.c.visit_id).outerjoin(C, C.c.id == E.c.customer_id)
        .where(E.c.rollout == rollout.name, E.c.id == number)).first()


def goes_in_writing(case: Any) -> bool:
    """Whether what is answered goes out to the customer; else it is kept, and somebody has to say it."""
    return case.customer_id is not None and case.channel in BACK and case.kind not in NOBODYS


def silenced(connection: Connection, rollout: Rollout, customer_id: int) -> bool:
    """Whether it is known that this customer has died."""
    return connection.execute(select(J.c.id).where(
        J.c.rollout == rollout.name, J.c.kind == "deceased", J.c.customer_id == customer_id).limit(1)).first() is not None


def owners(rollout: Rollout) -> list[str]:
    """Who may own a case, as the rollout's file names them."""
    said = rollout.file.conversation
    return sorted({said.owner, *said.owners.values()})


def hand(store: Store, rollout: Rollout, number: int, *, owner: str, by: str, now: int) -> None:
    """Give a case that waits to another owner. Raises UsageError for no name, and for a case that does not wait."""
    name = clean(owner, 80).strip()
    if not name:
        raise UsageError("say who is to answer: a person or a desk, by name")
    with store.write() as connection:
        changed = connection.execute(update(E).where(
            E.c.rollout == rollout.name, E.c.id == number, E.c.state != "closed").values(owner=name)).rowcount
        if not changed:
            raise UsageError(f"case {number} is closed, or is none of {rollout.name}; it cannot change hands")
        note(connection, by=by, what="handed", about=f"enquiry {number}", rollout=rollout.name, data=name, now=now)
