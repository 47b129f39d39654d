"""Slots with room for so many visits: which a customer may choose, and a place in one, never given twice.

A place is counted when it is taken: `CalendarSlot.taken` counts the holds and bookings that were not given back. A hold that
lapsed is given back by the next customer who wants a place in that slot; until then nobody is shown it as taken.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, insert, not_, or_, select, update

from doorstep.model import OPEN, CalendarSlot, Customer, SlotHold, Visit, table
from doorstep.rollout import Rollout
from doorstep.store import Store
from doorstep.timing import local_day

S, H, V, C = table(CalendarSlot), table(SlotHold), table(Visit), table(Customer)
ANYWHERE = "*"


class Offer(NamedTuple):
    """A slot that a customer may choose; `left` counts the place that the customer holds already."""

    slot_id: int
    day: str
    window_start: int
    window_end: int
    left: int


def first_day(rollout: Rollout, now: int) -> str:
    """The first day to which a visit may be moved, and the first from which: so many working days are between."""
    return str(rollout.calendar.shift(local_day(now, rollout.zone), rollout.file.booking.notice_days))


def last_day(rollout: Rollout, now: int) -> str:
    """The last day that is offered."""
    return str(local_day(now, rollout.zone) + timedelta(days=rollout.file.booking.horizon_days))


def offered(connection: Connection, rollout: Rollout, visit_id: int, *, now: int) -> list[Offer]:
    """The slots that the customer of an open visit may choose now, earliest first; nothing is changed by asking."""
    found = connection.execute(_visit(rollout, visit_id)).first()
    if found is None:
        return []
    left = S.c.capacity - S.c.taken + _given_back(visit_id, now)
    wanted = (_offers(connection, rollout, found, now).add_columns(left.label("left")).where(left > 0)
              .order_by(S.c.day, S.c.window_start, S.c.window_end, S.c.id))
    return [Offer(row.id, row.day, row.window_start, row.window_end, row.left) for row in connection.execute(wanted)]


def is_offered(connection: Connection, rollout: Rollout, visit_id: int, slot_id: int, *, now: int) -> bool:
    """Whether a slot is one that the visit's customer may choose, full or not."""
    found = connection.execute(_visit(rollout, visit_id)).first()
    return found is not None and connection.execute(
        _offers(connection, rollout, found, now).where(S.c.id == slot_id)).first() is not None


def hold(store: Store, rollout: Rollout, visit_id: int, slot_id: int, *, now: int) -> bool:
    """Keep a place for a customer who decides, for the rollout's `hold_minutes`; whether there was one to keep.

    Another place that the visit held is given back; one that it has booked stays booked until the visit is moved.
    """
    with store.write() as connection:
        if not is_offered(connection, rollout, visit_id, slot_id, now=now):
            return False
        return take(connection, rollout, visit_id, slot_id, now=now)


def release(store: Store, rollout: Rollout, visit_id: int, *, now: int) -> None:
    """Give back the place that a visit holds; a booked one stays."""
    with store.write() as connection:
        if connection.execute(_visit(rollout, visit_id, closed=True)).first() is not None:
            give_back(connection, [visit_id], ("held",), now=now)


def take(connection: Connection, rollout: Rollout, visit_id: int, slot_id: int, *, now: int) -> bool:
    """Inside a transaction that writes: hold a place for the visit, or go on holding it. False where the slot is full."""
    # One after the other of the same visit, then of the same slots, in one order everywhere: nobody waits for ever.
    connection.execute(select(V.c.id).where(V.c.id == visit_id).with_for_update()).first()
    held = connection.execute(select(H.c.id, H.c.slot_id).where(H.c.visit_id == visit_id, H.c.state == "held")).first()
    _lock(connection, {slot_id} | ({held.slot_id} if held else set()))
    _sweep(connection, slot_id, now, except_for=visit_id)
    until = now + rollout.file.booking.hold_minutes * 60
    # Lapsed or not: where it still stands as held, it was not given to anybody else.
    if held and held.slot_id == slot_id and connection.execute(
            update(H).where(H.c.id == held.id, H.c.state == "held").values(until_at=until)).rowcount:
        return True
    room = update(S).where(S.c.id == slot_id, S.c.taken < S.c.capacity).values(taken=S.c.taken + 1)
    if not connection.execute(room).rowcount:
        return False
    give_back(connection, [visit_id], ("held",), now=now)
    connection.execute(insert(H).values(slot_id=slot_id, visit_id=visit_id, state="held", until_at=until, at=now))
    return True


def book(connection: Connection, visit_id: int, slot_id: int, *, now: int) -> bool:
    """Inside a transaction that writes: the place that the visit holds becomes its booked one, an earlier one is given back.
    False where it holds none there any more."""
    theirs = select(H.c.slot_id).where(H.c.visit_id == visit_id, H.c.state.in_(["held", "booked"]))
    _lock(connection, set(connection.execute(theirs).scalars()))
    held = select(H.c.id).where(H.c.visit_id == visit_id, H.c.slot_id == slot_id, H.c.state == "held")
    if (number := connection.execute(held).scalar()) is None:
        return False
    give_back(connection, [visit_id], ("booked",), now=now)
    connection.execute(update(H).where(H.c.id == number).values(state="booked", until_at=None, at=now))
    return True


def give_back(connection: Connection, visits: Sequence[int], states: Sequence[str], *, now: int) -> None:
    """Inside a transaction that writes: give back the places that the visits have in these states."""
    theirs = and_(H.c.visit_id.in_(visits), H.c.state.in_(states))
    slots = list(connection.execute(select(H.c.slot_id).where(theirs)).scalars())
    if not slots:
        return
    _lock(connection, set(slots))
    _count_down(connection, connection.execute(
        update(H).where(theirs).values(state="released", at=now).returning(H.c.slot_id)).scalars().all())


def _sweep(connection: Connection, slot_id: int, now: int, *, except_for: int) -> None:
    """Give back the holds in a slot that have lapsed."""
    lapsed = and_(H.c.slot_id == slot_id, H.c.state == "held", H.c.until_at <= now, H.c.visit_id != except_for)
    _count_down(connection, connection.execute(
        update(H).where(lapsed).values(state="released", at=now).returning(H.c.slot_id)).scalars().all())


def _count_down(connection: Connection, freed: Sequence[int]) -> None:
    for slot_id in sorted(set(freed)):
        connection.execute(update(S).where(S.c.id == slot_id).values(taken=S.c.taken - freed.count(slot_id)))


def _lock(connection: Connection, slots: set[int]) -> None:
    connection.execute(select(S.c.id).where(S.c.id.in_(sorted(slots))).order_by(S.c.id).with_for_update()).all()


def _visit(rollout: Rollout, visit_id: int, *, closed: bool = False) -> Select[Any]:
    found = (select(V.c.day, V.c.window_start, V.c.window_end, V.c.status, C.c.area).join(C, C.c.id == V.c.customer_id)
             .where(V.c.id == visit_id, V.c.rollout == rollout.name))
    return found if closed else found.where(V.c.status.in_(OPEN))


def _offers(connection: Connection, rollout: Rollout, visit: Row[Any], now: int) -> Select[Any]:
    """The slots of the visit's calendar from the first day on, but for those that are over and the one that it has."""
    clock = datetime.fromtimestamp(now, rollout.zone)
    today, minute = clock.date(), clock.hour * 60 + clock.minute
    area = visit.area or ANYWHERE
    coming = (S.c.rollout == rollout.name, S.c.day >= str(today))
    # An area with a calendar of its own is not served by the others' vans.
    own = connection.execute(select(S.c.id).where(*coming, S.c.area == area).limit(1)).first()
    present = and_(S.c.day == visit.day, S.c.window_start == visit.window_start, S.c.window_end == visit.window_end)
    offers = select(S.c.id, S.c.day, S.c.window_start, S.c.window_end).where(
        *coming, S.c.area == (area if own else ANYWHERE), S.c.capacity > 0,
        S.c.day.between(first_day(rollout, now), last_day(rollout, now)),
        or_(S.c.day > str(today), S.c.window_start > minute))
    has_it = visit.status == "booked" and visit.window_start is not None and visit.window_end is not None
    return offers.where(not_(present)) if has_it else offers


def _given_back(visit_id: int, now: int) -> ColumnElement[int]:
    """How many of a slot's places are counted as taken and are free for this visit: lapsed, or held by itself."""
    return (select(func.count()).select_from(H)
            .where(H.c.slot_id == S.c.id, H.c.state == "held", or_(H.c.until_at <= now, H.c.visit_id == visit_id))
            .correlate(S).scalar_subquery())
