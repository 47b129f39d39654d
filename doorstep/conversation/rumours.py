"""Rumours: more of one topic in one area within a day than the rollout allows. A person decides whether it is answered."""

import json
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, update

from doorstep.errors import UsageError
from doorstep.model import OPEN, Customer, Enquiry, Journal, Rumour, Visit, table
from doorstep.rollout import Rollout
from doorstep.store import Store

WITHIN = 86400
KINDS = ("concern", "question", "complaint", "impostor")
E, U, J, V, C = table(Enquiry), table(Rumour), table(Journal), table(Visit), table(Customer)
_CUSTOMERS = U.c.count.label("customers")


class Found(NamedTuple):
    """A rumour that waits for a person, with what that person must know."""

    id: int
    area: str
    topic: str
    customers: int         # who asked within the day; whoever decides repeats this number
    visits: int            # open visits of the area: so many would be answered


def find_rumours(store: Store, rollout: Rollout, *, now: int) -> list[int]:
    """Write down each topic that more customers of an area asked about within a day than the rollout allows.

    While one of the same topic and area waits, or was decided within the day, there is no second. Returns the new ids.
    """
    with store.write(alone=f"rumours {rollout.name}") as connection:
        return [_put(connection, rollout, row, now) for row in connection.execute(_heard(rollout, now)).all()]


def waiting(store: Store, rollout: Rollout) -> list[Found]:
    """The rumours that nobody has decided on yet, the oldest first."""
    with store.read() as connection:
        rows = connection.execute(select(U.c.id, U.c.area, U.c.topic, _CUSTOMERS).where(
            U.c.rollout == rollout.name, U.c.state == "found").order_by(U.c.id)).all()
        return [Found(row.id, row.area, row.topic, row.customers, _visits(connection, rollout, row.area)) for row in rows]


def decide(store: Store, rollout: Rollout, rumour_id: int, *, approve: bool, by: str, count: int, now: int) -> None:
    """Approve the answer to a rumour, or dismiss it; `count` repeats what was read. Raises UsageError where it cannot be."""
    with store.write(alone=f"rumours {rollout.name}") as connection:
        found = connection.execute(select(U.c.state, U.c.decided_by, _CUSTOMERS).where(
            U.c.id == rumour_id, U.c.rollout == rollout.name)).first()
        _refuse(rollout, rumour_id, found, count)
        state = "approved" if approve else "dismissed"
        connection.execute(update(U).where(U.c.id == rumour_id).values(state=state, decided_at=now, decided_by=by))
        connection.execute(insert(J).values(at=now, rollout=rollout.name, kind=f"rumour-{state}", ref=f"rumour {rumour_id}",
                                            data=json.dumps({"by": by, "count": count})))


def _refuse(rollout: Rollout, rumour_id: int, found: Row[Any] | None, count: int) -> None:
    if found is None:
        raise UsageError(f"{rollout.name} has no rumour {rumour_id}; the artifact of the rumour shows its id")
    if found.state != "found":
        raise UsageError(f"{rollout.name}: rumour {rumour_id} is {found.state} already, by {found.decided_by}")
    if found.customers != count:
        raise UsageError(f"{rollout.name}: rumour {rumour_id} counts {found.customers} customers, not {count}; "
                         "nothing was changed")


def _heard(rollout: Rollout, now: int) -> Any:
    """area, topic, number: of how many customers, one who asks twice counted once."""
    who = func.coalesce(E.c.customer_id, -E.c.id)
    number = func.count(func.distinct(who)).label("number")
    return (select(E.c.area, E.c.topic, number).where(
        E.c.rollout == rollout.name, E.c.area.is_not(None), E.c.topic != "other", E.c.kind.in_(KINDS),
        E.c.opened_at > now - WITHIN, E.c.opened_at <= now, ~_known(now))
        .group_by(E.c.area, E.c.topic).having(number > rollout.file.conversation.rumour_count).order_by(E.c.area, E.c.topic))


def _known(now: int) -> ColumnElement[bool]:
    """Over Enquiry: whether its rumour waits for a person, or was decided lately."""
    return select(U.c.id).where(and_(
        U.c.rollout == E.c.rollout, U.c.area == E.c.area, U.c.topic == E.c.topic,
        or_(U.c.state == "found", U.c.decided_at > now - WITHIN))).correlate(E).exists()


def _put(connection: Connection, rollout: Rollout, row: Row[Any], now: int) -> int:
    made = connection.execute(insert(U).values(
        rollout=rollout.name, area=row.area, topic=row.topic, count=row.number, found_at=now, state="found"))
    key = made.inserted_primary_key
    assert key
    connection.execute(insert(J).values(at=now, rollout=rollout.name, kind="rumour-found", ref=f"rumour {key[0]}",
                                        data=json.dumps({"topic": row.topic, "count": row.number})))
    return int(key[0])


def _visits(connection: Connection, rollout: Rollout, area: str) -> int:
    return connection.execute(select(func.count()).select_from(V).join(C, C.c.id == V.c.customer_id).where(
        C.c.rollout == rollout.name, C.c.area == area, V.c.status.in_(OPEN))).scalar_one()
