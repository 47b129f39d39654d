"""The emergency stop: a person halts a rollout, an area, a notice or a language, and nothing more of it goes out."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, or_, select, update

from doorstep.errors import UsageError
from doorstep.model import Customer, Halt, Journal, Notice, table
from doorstep.rollout import Rollout
from doorstep.store import Store

H, N, C, J = table(Halt), table(Notice), table(Customer), table(Journal)


class Scope(NamedTuple):
    """What is halted; None means all of them."""

    area: str | None = None
    notice: str | None = None
    language: str | None = None

    def __str__(self) -> str:
        said = [f"{name} {value}" for name, value in zip(self._fields, self, strict=True) if value is not None]
        return ", ".join(said) or "everything"


class Standstill(NamedTuple):
    """One emergency stop in force."""

    id: int
    scope: Scope
    reason: str
    at: int
    by: str


def halt(store: Store, rollout: Rollout, scope: Scope, *, reason: str, by: str, now: int) -> int:
    """Stop what fits the scope, from the next batch on. Returns the stop's id. Raises UsageError for what is not there."""
    _check(store, rollout, scope)
    with store.write() as connection:
        number = int(connection.execute(H.insert().values(
            rollout=rollout.name, area=scope.area, notice=scope.notice, language=scope.language, reason=reason, at=now, by=by)
            .returning(H.c.id)).scalar_one())
        _note(connection, rollout, "halted", number, f"{scope} by {by}: {reason}", now)
    return number


def resume(store: Store, rollout: Rollout, number: int | None, *, by: str, now: int) -> int:
    """End one emergency stop, or (None) all of the rollout; returns how many ended. What is still useful then goes out."""
    with store.write() as connection:
        wanted = select(H.c.id).where(H.c.rollout == rollout.name, H.c.ended_at.is_(None))
        if number is not None:
            wanted = wanted.where(H.c.id == number)
        ended = list(connection.execute(wanted).scalars())
        connection.execute(update(H).where(H.c.id.in_(ended)).values(ended_at=now, ended_by=by))
        for each in ended:
            _note(connection, rollout, "resumed", each, f"by {by}", now)
    return len(ended)


def standstills(connection: Connection, rollout: Rollout) -> list[Standstill]:
    """The emergency stops in force, oldest first."""
    rows = connection.execute(select(H).where(H.c.rollout == rollout.name, H.c.ended_at.is_(None)).order_by(H.c.id))
    return [Standstill(row.id, Scope(row.area, row.notice, row.language), row.reason, row.at, row.by) for row in rows]


def not_halted() -> ColumnElement[bool]:
    """Over Notice and Customer: no emergency stop fits. Part of the claim itself, so that it holds from the next batch on."""
    fits: list[Any] = [or_(H.c[name].is_(None), H.c[name] == owner) for name, owner in
                       (("area", C.c.area), ("notice", N.c.notice), ("language", C.c.language))]
    return ~exists().where(H.c.rollout == N.c.rollout, H.c.ended_at.is_(None), *fits).correlate(N, C)


def _check(store: Store, rollout: Rollout, scope: Scope) -> None:
    names = [row.notice for row in rollout.plan]
    if scope.notice is not None and scope.notice not in names:
        raise UsageError(f'--notice: "{scope.notice}" is not in the plan; its notices are {", ".join(names)}')
    for name, wanted in (("area", scope.area), ("language", scope.language)):
        if wanted is None:
            continue
        with store.read() as connection:
            theirs = select(C.c[name]).where(C.c.rollout == rollout.name)
            # Whoever presses it is in a hurry: all of them are read only for whoever mistook a name.
            if connection.execute(theirs.where(C.c[name] == wanted).limit(1)).first():
                continue
            found = sorted(connection.execute(theirs.where(C.c[name].is_not(None)).distinct()).scalars())
        raise UsageError(f'--{name}: no customer of {rollout.name} has "{wanted}"; '
                         f'there are {", ".join(found[:20]) or "none"}')


def _note(connection: Connection, rollout: Rollout, kind: str, number: int, words: str, now: int) -> None:
    connection.execute(J.insert().values(at=now, rollout=rollout.name, kind=kind, ref=f"halt {number}", data=words))
