"""Who may log in to the desk, in which role; and one who guesses passwords waits longer each time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from doorstep.desk.audit import note
from doorstep.desk.passwords import HASHER, Hasher, check_password
from doorstep.desk.sessions import end_all
from doorstep.errors import UsageError
from doorstep.model import DeskUser, table
from doorstep.store import Store

U = table(DeskUser)
ROLES = ("viewer", "agent", "manager")         # each may do what those before it may
FREE_TRIES, FIRST_WAIT, LONGEST_WAIT = 5, 60, 900
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}").fullmatch


@dataclass(frozen=True)
class User:
    """Someone at the desk."""

    id: int
    name: str
    role: str

    def may(self, role: str) -> bool:
        """Whether this one's role is that role or more."""
        return ROLES.index(self.role) >= ROLES.index(role)


def add_user(store: Store, *, name: str, role: str, password: str, by: str, now: int, hasher: Hasher = HASHER) -> int:
    """Let someone log in. Raises UsageError for a name that is taken or was somebody's, a role that is none, a weak password."""
    if not _NAME(name):
        raise UsageError(f'"{name[:60]}" is not a user name; write 2 to 40 small letters, digits, dots or dashes, '
                         'like "ada.okello"')
    if role not in ROLES:
        raise UsageError(f'--role: "{role}" is not a role; those are {", ".join(ROLES)}')
    check_password(password, name)
    kept = hasher.keep(password)
    with store.write(alone="desk users") as connection:
        if connection.execute(select(U.c.id).where(U.c.name == name)).first():
            # A name that was ended stays its person's: the trail must not mean two people by one name.
            raise UsageError(f'there is or was a user "{name}"; choose another name')
        number = int(connection.execute(insert(U).values(
            name=name, password=kept, role=role, created_at=now, failures=0, locked_until=0).returning(U.c.id)).scalar_one())
        note(connection, by=by, what="added", about=f"user {number}", data=f"{name} as {role}", now=now)
    return number


def end_user(store: Store, *, name: str, by: str, now: int) -> None:
    """End someone's access, and every session of theirs. Raises UsageError for someone unknown."""
    with store.write() as connection:
        number = _id_of(connection, name)
        connection.execute(update(U).where(U.c.id == number).values(ended_at=now))
        end_all(connection, number, now)
        note(connection, by=by, what="ended", about=f"user {number}", data=name, now=now)


def set_password(store: Store, *, name: str, password: str, by: str, now: int, hasher: Hasher = HASHER) -> None:
    """Give someone a new password; every session of theirs ends. Raises UsageError for someone unknown or a weak password."""
    check_password(password, name)
    kept = hasher.keep(password)
    with store.write() as connection:
        number = _id_of(connection, name)
        connection.execute(update(U).where(U.c.id == number).values(password=kept, failures=0, locked_until=0))
        end_all(connection, number, now)
        note(connection, by=by, what="password-set", about=f"user {number}", data=name, now=now)


def all_users(connection: Connection) -> Sequence[Any]:
    """Everyone who may log in or could once, by name."""
    return connection.execute(select(U.c.id, U.c.name, U.c.role, U.c.created_at, U.c.ended_at, U.c.locked_until)
                              .order_by(U.c.ended_at.is_not(None), U.c.name)).all()


def recognise(store: Store, *, name: str, password: str, now: int, hasher: Hasher = HASHER) -> User | None:
    """The user of this name and password, or None: for a wrong password, an unknown name, and one who must wait alike.

    It takes the same time and the same writing for each of them, so that nobody learns whose names are known here.
    """
    nobody = hasher.nobody
    with store.write() as connection:
        row = _try(connection, name.strip().casefold(), now)
    right = hasher.fits(row.password if row else nobody, password)
    if row is None or not right:
        return None
    fresh = {"password": hasher.keep(password)} if hasher.is_old(row.password) else {}
    with store.write() as connection:
        connection.execute(update(U).where(U.c.id == row.id).values(failures=0, locked_until=0, **fresh))
    return User(row.id, row.name, row.role)


def _try(connection: Connection, name: str, now: int) -> Any:
    """Count a try before its password is looked at: of many at once none is free."""
    row = connection.execute(select(U).where(U.c.name == name, U.c.ended_at.is_(None)).with_for_update()).first()
    note(connection, by=row.name if row else "", what="tried", about="the door", now=now)
    if row is None or row.locked_until > now:
        return None
    tries = row.failures + 1
    connection.execute(update(U).where(U.c.id == row.id).values(failures=tries, locked_until=now + wait_after(tries)))
    return row


def wait_after(tries: int) -> int:
    """Seconds to wait after so many wrong passwords in a row."""
    return 0 if tries < FREE_TRIES else min(FIRST_WAIT * 2 ** min(tries - FREE_TRIES, 10), LONGEST_WAIT)


def _id_of(connection: Connection, name: str) -> int:
    found = connection.execute(select(U.c.id).where(U.c.name == name, U.c.ended_at.is_(None))).scalar()
    if found is None:
        known = ", ".join(connection.execute(select(U.c.name).where(U.c.ended_at.is_(None)).order_by(U.c.name)).scalars())
        raise UsageError(f'there is no user "{name[:60]}"; those who may log in are: {known or "none"}')
    return int(found)
