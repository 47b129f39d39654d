"""What a customer asks of the scheduler, another slot or no meter: it is so at once, and stands until the feed has heard of it.

A "no" is a value with its reason in a word; faults are errors.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, insert, select, update

from doorstep.booking.slots import H, S, book, first_day, give_back, hold, is_offered
from doorstep.model import OPEN, Customer, Journal, Request, RequestOrder, Visit, WorkOrder, table
from doorstep.rollout import Rollout
from doorstep.schedule.revising import carry_out, revising
from doorstep.schedule.tables import Pull
from doorstep.store import Store

Q, L, V, C, W, J = (table(each) for each in (Request, RequestOrder, Visit, Customer, WorkOrder, Journal))
IN_PERSON = ("call", "desk")           # a person has spoken with the customer
STANDING = ("open", "written")


class Moved(NamedTuple):
    """The visit's new slot. `visit_id` is another one where its work orders joined another visit of the household."""

    visit_id: int
    request_id: int
    day: str
    window_start: int
    window_end: int


class Declined(NamedTuple):
    """The meter is refused, and nobody is to come."""

    visit_id: int
    request_id: int


class No(NamedTuple):
    """Why not, in a word.

    unknown, merged, closed; too_late, life_support, not_offered, taken, same_day (another visit of the household has other
    hours on that day); not_allowed, landlord."""

    why: str


def why_not_move(rollout: Rollout, visit: Any, now: int, *, life_support: bool = False, channel: str = "page") -> str | None:
    """Why a visit (its `status`, `day`) may not be moved by its customer, or None.

    Where a life depends on power, a day is agreed with a person, who sees to the power too.
    """
    if visit.status not in OPEN:
        return "merged" if visit.status == "merged" else "closed"
    if visit.status == "en_route" or visit.day < first_day(rollout, now):
        return "too_late"
    return "life_support" if life_support and channel not in IN_PERSON else None


def may_move(rollout: Rollout, visit: Any, now: int, *, life_support: bool = False) -> bool:
    """Whether the customer may move the visit by themselves."""
    return why_not_move(rollout, visit, now, life_support=life_support) is None


def why_not_refuse(rollout: Rollout, visit: Any, *, landlord: bool = False) -> str | None:
    """Why the meter may not be refused, or None. A landlord does not refuse for those who live there."""
    if not rollout.file.refusal_allowed:
        return "not_allowed"
    if visit.status not in OPEN:
        return "merged" if visit.status == "merged" else "closed"
    return "landlord" if landlord else None


def may_refuse(rollout: Rollout, visit: Any, *, landlord: bool = False) -> bool:
    """Whether the customer may refuse the meter."""
    return why_not_refuse(rollout, visit, landlord=landlord) is None


def move(store: Store, rollout: Rollout, visit_id: int, slot_id: int, *, channel: str, now: int) -> Moved | No:
    """Move a visit to a slot: its place booked, the old one given back, its new version made, the scheduler to be told.

    Raises Transient while a pull is at work for long; then nothing was changed, and the place stays held for a while.
    """
    with store.read() as connection:
        if no := _no_move(connection, rollout, visit_id, slot_id, channel=channel, now=now):
            return no
    if not hold(store, rollout, visit_id, slot_id, now=now):
        return No("taken")
    with revising(store, rollout, now=now) as pull:
        # Again, now that nobody else can change it.
        if no := _no_move(pull.connection, rollout, visit_id, slot_id, channel=channel, now=now):
            return no
        return _moved(pull, visit_id, slot_id, channel)


def refuse(store: Store, rollout: Rollout, visit_id: int, *, channel: str, now: int) -> Declined | No:
    """Refuse the meter: the visit is called off, its place given back, the contractor to be told. Raises Transient as `move`."""
    with revising(store, rollout, now=now) as pull:
        visit = _visit(pull.connection, rollout, visit_id)
        if visit is None:
            return No("unknown")
        if why := why_not_refuse(rollout, visit, landlord=bool(visit.landlord)):
            return No(why)
        give_back(pull.connection, [visit_id], ("held", "booked"), now=now)
        request_id = _ask(pull, visit, "refuse", channel)
        return Declined(carry_out(pull, request_id), request_id)


def take_back(store: Store, rollout: Rollout, visit_id: int, *, channel: str, now: int) -> bool:
    """The customer will have the meter after all: the next feed that plans the visit opens it again. False where no refusal
    stands. A scheduler who was told to hold it has to be told by whoever takes the call."""
    with revising(store, rollout, now=now) as pull:
        connection = pull.connection
        orders = list(connection.execute(select(W.c.id).where(W.c.visit_id == visit_id, W.c.rollout == rollout.name)).scalars())
        standing = [each for each in _standing(connection, orders) if each.kind == "refuse"]
        for each in standing:
            _replace(connection, [each.id], orders, now)
            _note(pull, "refuse-taken-back", (visit_id, each.customer_id), each.id, channel)
            # Without its digest the work order is news, even where the feed says of it what it always said.
            waited = select(L.c.order_id).where(L.c.request_id == each.id)
            connection.execute(update(W).where(W.c.id.in_(orders), W.c.id.in_(waited)).values(digest=""))
    return bool(standing)


def _moved(pull: Pull, visit_id: int, slot_id: int, channel: str) -> Moved | No:
    connection, now = pull.connection, pull.now
    slot = connection.execute(select(S).where(S.c.id == slot_id)).one()
    if not book(connection, visit_id, slot_id, now=now):
        return No("taken")
    visit = _visit(connection, pull.rollout, visit_id)
    request_id = _ask(pull, visit, "move", channel, slot)
    now_in = carry_out(pull, request_id)
    if now_in != visit_id:
        # One household on one day is one place.
        give_back(connection, [now_in], ("held", "booked"), now=now)
        connection.execute(update(H).where(H.c.visit_id == visit_id, H.c.state == "booked").values(visit_id=now_in))
        connection.execute(update(Q).where(Q.c.id == request_id).values(visit_id=now_in))
    return Moved(now_in, request_id, slot.day, slot.window_start, slot.window_end)


def _no_move(connection: Connection, rollout: Rollout, visit_id: int, slot_id: int, *, channel: str, now: int) -> No | None:
    visit = _visit(connection, rollout, visit_id)
    if visit is None:
        return No("unknown")
    if why := why_not_move(rollout, visit, now, life_support=bool(visit.life_support), channel=channel):
        return No(why)
    if not is_offered(connection, rollout, visit_id, slot_id, now=now):
        return No("not_offered")
    # Somebody would wait at home for a window that became a longer one.
    elsewhere = (select(V.c.id).join(S, and_(S.c.id == slot_id, S.c.day == V.c.day))
                 .where(V.c.customer_id == visit.customer_id, V.c.id != visit_id, V.c.status.in_(OPEN),
                        (func.coalesce(V.c.window_start, -1) != S.c.window_start)
                        | (func.coalesce(V.c.window_end, -1) != S.c.window_end)))
    return No("same_day") if connection.execute(elsewhere).first() else None


def _visit(connection: Connection, rollout: Rollout, visit_id: int) -> Row[Any] | None:
    wanted = (select(V, C.c.life_support, C.c.landlord).join(C, C.c.id == V.c.customer_id)
              .where(V.c.id == visit_id, V.c.rollout == rollout.name))
    if connection.get_execution_options().get("doorstep_writes"):
        wanted = wanted.with_for_update(of=V)
    return connection.execute(wanted).first()


def _ask(pull: Pull, visit: Any, kind: str, channel: str, slot: Any = None) -> int:
    """The request's row, what the feed may go on saying meanwhile, and the journal's line."""
    connection, now = pull.connection, pull.now
    orders = list(connection.execute(select(W.c.id).where(W.c.visit_id == visit.id, W.c.status.in_(OPEN))).scalars())
    earlier = _standing(connection, orders)
    # What was never handed over is as if it had not been asked: the scheduler knows the date before it.
    since = next((each for each in earlier if each.parcel is None), None)
    was = ((since.from_day, since.from_start, since.from_end, since.from_status) if since else
           (visit.day, visit.window_start, visit.window_end, visit.status))
    names = ("from_day", "from_start", "from_end", "from_status")
    to = {"to_day": slot.day, "to_start": slot.window_start, "to_end": slot.window_end, "slot_id": slot.id} if slot else {}
    request_id = int(connection.execute(insert(Q).values(
        rollout=pull.rollout.name, visit_id=visit.id, customer_id=visit.customer_id, kind=kind, channel=channel, at=now,
        state="open", **dict(zip(names, was, strict=True)), **to).returning(Q.c.id)).scalar_one())
    _may_still_say(connection, request_id, orders, [each.id for each in earlier])
    _replace(connection, [each.id for each in earlier], orders, now)
    _note(pull, f"{kind}-asked", (visit.id, visit.customer_id), request_id, channel)
    return request_id


def _note(pull: Pull, kind: str, whose: tuple[int, int], request_id: int, channel: str) -> None:
    pull.connection.execute(insert(J).values(at=pull.now, rollout=pull.rollout.name, kind=kind, visit_id=whose[0],
                                             customer_id=whose[1], ref=f"request:{request_id}", data=channel))


def _standing(connection: Connection, orders: list[int]) -> list[Row[Any]]:
    """The earlier requests about these work orders that the feed has not answered, oldest first."""
    return list(connection.execute(
        select(Q).where(Q.c.id.in_(select(L.c.request_id).where(L.c.order_id.in_(orders), L.c.settled.is_(None))),
                        Q.c.state.in_(STANDING)).order_by(Q.c.id)))


def _may_still_say(connection: Connection, request_id: int, orders: list[int], earlier: list[int]) -> None:
    """The work orders as they stand, and as the feed last said they were while an earlier request waited for its answer."""
    names = ("request_id", "order_id", "day", "window_start", "window_end", "status")
    waited = and_(L.c.request_id.in_(earlier), L.c.order_id == W.c.id, L.c.settled.is_(None))
    by_request = select(L.c.id).where(waited).exists()
    # Of a date that was asked for, the scheduler may say planned or booked.
    rows = connection.execute(select(W.c.id, W.c.day, W.c.window_start, W.c.window_end, W.c.status, by_request.label("asked"))
                              .where(W.c.id.in_(orders))).all()
    if standing := [{**dict(zip(names, (request_id, *row), strict=False)), "status": None if row.asked else row.status}
                    for row in rows]:
        connection.execute(insert(L), standing)
    kept = select(L.c.order_id, L.c.day, L.c.window_start, L.c.window_end, L.c.status).where(
        L.c.request_id.in_(earlier), L.c.order_id.in_(orders), L.c.settled.is_(None))
    if again := [dict(zip(names, (request_id, *row), strict=True)) for row in connection.execute(kept)]:
        connection.execute(insert(L), again)


def _replace(connection: Connection, earlier: list[int], orders: list[int], now: int) -> None:
    """Whatever was asked about these work orders before is asked no more."""
    connection.execute(update(L).where(L.c.request_id.in_(earlier), L.c.order_id.in_(orders), L.c.settled.is_(None))
                       .values(settled="replaced"))
    waiting = select(L.c.id).where(L.c.request_id == Q.c.id, L.c.settled.is_(None)).exists()
    connection.execute(update(Q).where(Q.c.id.in_(earlier), ~waiting).values(state="replaced", settled_at=now))
