"""What a customer does is one short transaction and one row of the journal, which holds ids and codes and never their words."""

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from doorstep.model import Customer, Journal, Visit, table
from doorstep.rollout import Rollout

V, C, J = table(Visit), table(Customer), table(Journal)


def visit_held(connection: Connection, rollout: Rollout, visit_id: int) -> Row[Any]:
    """The visit as it stands, locked until this transaction ends: of two deeds at once the second sees the first.

    Raises KeyError for a visit that this rollout does not have.
    """
    row = connection.execute(select(V).where(V.c.id == visit_id, V.c.rollout == rollout.name).with_for_update()).first()
    if row is None:
        raise KeyError(f"{rollout.name} has no visit {visit_id}")
    return row


def write_down(connection: Connection, visit: Row[Any], kind: str, data: str, *, now: int,
               notice_id: int | None = None) -> None:
    """Append a deed to the journal."""
    connection.execute(insert(J).values(at=now, rollout=visit.rollout, kind=kind, visit_id=visit.id, notice_id=notice_id,
                                        customer_id=visit.customer_id, data=data))


def reached(connection: Connection, customer_id: int, *, now: int) -> None:
    """Note that the customer answered: what we know of how to reach them is fresh."""
    connection.execute(update(C).where(C.c.id == customer_id).values(verified_at=now))
