"""Find a customer's visits by what a caller can say: a work order, an account, an address by which we reach them."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import ColumnElement, Connection, func, select

from doorstep.model import Customer, Notice, Visit, WorkOrder, table
from doorstep.rollout import Rollout
from doorstep.schedule.contact import clean_phones

V, C, N, W = table(Visit), table(Customer), table(Notice), table(WorkOrder)
MOST = 50
_NUMBERED = re.compile(r"(visit|notice)\s+(\d{1,15})", re.IGNORECASE).fullmatch
_PHONE = re.compile(r"[+\d][\d\s().-]{5,24}").fullmatch


class Found(NamedTuple):
    """What was looked by, in a word for the trail, and the visits."""

    by: str
    visits: Sequence[Any]


def find(connection: Connection, rollout: Rollout, said: str) -> Found:
    """The visits that someone means: "visit 5", "notice 7", a work order, an account, a whole phone number or email address."""
    said = said.strip()
    if numbered := _NUMBERED(said):
        kind, number = numbered[1].casefold(), int(numbered[2])
        return Found(kind, _visits(connection, rollout, [number] if kind == "visit" else _of_notice(connection, rollout, number)))
    if "@" in said:
        return Found("email", _of_people(connection, rollout, func.lower(C.c.email) == said.casefold()))
    orders = connection.execute(select(W.c.visit_id).where(W.c.rollout == rollout.name, W.c.number == said)).scalars()
    found = _visits(connection, rollout, [visit for visit in orders if visit]) or _of_people(
        connection, rollout, C.c.account == said)
    phone = None if found or not _PHONE(said) else clean_phones(pl.Series([said], dtype=pl.String), rollout.file.country)[0]
    return Found("phone", _of_people(connection, rollout, C.c.phone == phone)) if phone else Found("number", found)


def _of_notice(connection: Connection, rollout: Rollout, number: int) -> Sequence[int]:
    return connection.execute(select(N.c.visit_id).where(N.c.rollout == rollout.name, N.c.id == number)).scalars().all()


def _of_people(connection: Connection, rollout: Rollout, who: ColumnElement[bool]) -> Sequence[Any]:
    """The visits of those customers. Step by step: in one statement SQLite walks through every visit by its day instead."""
    people = connection.execute(select(C.c.id).where(C.c.rollout == rollout.name, who).limit(MOST)).scalars().all()
    visits = connection.execute(select(V.c.id).where(V.c.customer_id.in_(people)).order_by(V.c.id.desc()).limit(MOST))
    return _visits(connection, rollout, visits.scalars().all())


def _visits(connection: Connection, rollout: Rollout, numbers: Sequence[int]) -> Sequence[Any]:
    """The latest first; what stands in a list is no name and no address."""
    rows = connection.execute(
        select(V.c.id, V.c.reference, V.c.day, V.c.window_start, V.c.window_end, V.c.status, V.c.rollout, C.c.account)
        .join(C, C.c.id == V.c.customer_id).where(V.c.id.in_(numbers)))
    return sorted((row for row in rows if row.rollout == rollout.name), key=lambda row: (row.day, row.id), reverse=True)
