"""What the customer tells us about the visit: that it suits them, who is there, how to get in, what to look out for."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select, update

from doorstep.conversation.deeds import reached, visit_held, write_down
from doorstep.facts.clean import clean
from doorstep.model import OPEN, VisitNote, table
from doorstep.rollout import Rollout
from doorstep.store import Store, insert_missing

LONGEST = 1000
PRESENT = ("me", "someone", "nobody")
N = table(VisitNote)


class Told(NamedTuple):
    """What was said this time; None is not said, and leaves what was said before."""

    present: str | None = None        # one of PRESENT
    who: str | None = None
    access: str | None = None
    pets: bool | None = None
    medical: bool | None = None       # equipment that needs power; never what for


def note(store: Store, rollout: Rollout, visit_id: int, told: Told, *, channel: str = "page", now: int) -> bool:
    """Keep what was told; whether any of it was news."""
    said = _said(told)
    with store.write() as connection:
        visit = visit_held(connection, rollout, visit_id)
        before = note_of(connection, visit_id)
        news = {name: value for name, value in said.items() if before is None or getattr(before, name) != value}
        if not news:
            return False
        _keep(connection, rollout, visit_id, before, news, now)
        # Which things were told, never what: who is there and how to get in is the customer's own business.
        write_down(connection, visit, "noted", " ".join([channel, *sorted(news)]), now=now)
    return True


def confirm(store: Store, rollout: Rollout, visit_id: int, *, channel: str = "page", now: int) -> bool:
    """The day and time suit the customer. False where there is nothing to confirm: it is done, or was said before."""
    with store.write() as connection:
        visit = visit_held(connection, rollout, visit_id)
        before = note_of(connection, visit_id)
        if visit.status not in OPEN or is_confirmed(visit, before):
            return False
        _keep(connection, rollout, visit_id, before, {"confirmed_at": now}, now)
        reached(connection, visit.customer_id, now=now)
        write_down(connection, visit, "confirmed", channel, now=now)
    return True


def is_confirmed(visit: Row[Any], told: Row[Any] | None) -> bool:
    """Whether the customer agreed to the day and time as they are now: what was agreed before they changed is void."""
    return told is not None and told.confirmed_at is not None and told.confirmed_at >= visit.changed_at


def note_of(connection: Connection, visit_id: int) -> Row[Any] | None:
    """What we were told about a visit."""
    return connection.execute(select(N).where(N.c.visit_id == visit_id)).first()


def _said(told: Told) -> dict[str, Any]:
    if told.present not in (None, *PRESENT):
        raise ValueError(f'"{told.present}" does not say who is there; it is one of {", ".join(PRESENT)}')
    flags = {name: int(value) for name, value in (("pets", told.pets), ("medical", told.medical)) if value is not None}
    words = {name: clean(value, LONGEST) for name, value in (("who", told.who), ("access", told.access)) if value}
    return flags | words | ({"present": told.present} if told.present else {})


def _keep(connection: Connection, rollout: Rollout, visit_id: int, before: Row[Any] | None, news: dict[str, Any],
          now: int) -> None:
    if before is None:
        blank = {"visit_id": visit_id, "rollout": rollout.name, "pets": 0, "medical": 0, "at": now}
        insert_missing(connection, VisitNote, [blank], ["visit_id"])
    connection.execute(update(N).where(N.c.visit_id == visit_id).values(at=now, **news))
