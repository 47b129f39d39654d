"""Who works on the rollout, as the utility and its contractors list them. A bad row is named, and the rest are taken.

A full list also says who has left: of the firms that it names, everybody whom it does not.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from babel import Locale, UnknownLocaleError
from sqlalchemy import Connection, Row, insert, select, update

from doorstep.errors import UsageError
from doorstep.model import Staff, table
from doorstep.rollout import Rollout
from doorstep.schedule.contact import clean_emails, clean_phones
from doorstep.staff.sheets import Line, read_lines
from doorstep.store import Store

COLUMNS = ("number", "name", "role", "firm", "email", "phone", "language", "area")
REQUIRED = ("number", "name", "role")
OTHER_ROLES = ("supervisor", "scheduler", "executive", "union", "council", "office")
FEW = 10              # a list of fewer who leave says nothing about the list
S = table(Staff)


class Person(NamedTuple):
    """A row of the list that is right."""

    number: str
    name: str
    role: str
    firm: str | None
    email: str | None
    phone: str | None
    language: str
    area: str | None


class StaffList(NamedTuple):
    """What a file says: who is on it, one sentence for each row that is wrong, and the numbers of those rows."""

    people: list[Person]
    faults: list[str]
    unread: frozenset[str]


class Taken(NamedTuple):
    """What a list changed."""

    new: int
    changed: int
    unchanged: int
    left: int


def roles(rollout: Rollout) -> tuple[str, ...]:
    """The roles that a list may name, the front line first."""
    return tuple(dict.fromkeys((*rollout.file.staff.front_line, *OTHER_ROLES)))


def read_staff(path: Path, rollout: Rollout) -> StaffList:
    """Read a list. Raises UsageError for a file that is no such list."""
    found, lines = StaffList([], [], frozenset()), list(read_lines(path, COLUMNS, REQUIRED))
    emails = clean_emails(pl.Series([line.cells["email"] or None for line in lines], dtype=pl.String))
    phones = clean_phones(pl.Series([line.cells["phone"] or None for line in lines], dtype=pl.String), rollout.file.country)
    seen: dict[str, int] = {}
    unread = set()
    for line, email, phone in zip(lines, emails, phones, strict=True):
        fault = _fault(line, rollout, email, phone, seen)
        if fault:
            found.faults.append(f"{path.name}: line {line.number}: {fault}")
            unread.add(line.cells["number"])
        else:
            seen[line.cells["number"]] = line.number
            found.people.append(_person(line.cells, rollout, email, phone))
    return found._replace(unread=frozenset(unread))


def _fault(line: Line, rollout: Rollout, email: str | None, phone: str | None, seen: Mapping[str, int]) -> str:
    """Why a row cannot be taken; nothing where it can. What a cell holds is personal and is not repeated."""
    cells, known = line.cells, roles(rollout)
    empty = next((name for name in REQUIRED if not cells[name]), None)
    if empty:
        return f"{empty} is empty; write the {empty if empty != 'number' else 'number on the badge'}"
    if cells["number"] in seen:
        return f"number {cells['number']} stands on line {seen[cells['number']]} already; keep one of the two"
    if role_word(cells["role"]) not in known:
        return f'role: "{cells["role"]}" is not a role; write {", ".join(known[:-1])} or {known[-1]}'
    if cells["email"] and not email:
        return "email: this is no address that can be written to; mend it or leave it empty"
    if cells["phone"] and not phone:
        return f"phone: this is no number of {rollout.file.country}; mend it, write it as +..., or leave it empty"
    if cells["language"] and not _is_language(cells["language"]):
        return f'language: "{cells["language"]}" is not a language; write a code such as {rollout.file.languages[0]}'
    return ""


def _person(cells: Mapping[str, str], rollout: Rollout, email: str | None, phone: str | None) -> Person:
    return Person(cells["number"], cells["name"], role_word(cells["role"]), cells["firm"] or None, email, phone,
                  cells["language"].lower() or rollout.file.languages[0], cells["area"] or None)


def role_word(said: str) -> str:
    """ "Call centre" as call_centre. """
    return "_".join(said.replace("-", " ").replace("_", " ").casefold().split())


def _is_language(code: str) -> bool:
    try:
        Locale.parse(code.lower())
    except (UnknownLocaleError, ValueError):
        return False
    return True


def take_staff(store: Store, rollout: Rollout, found: StaffList, *, full: bool = False, accept: bool = False,
               now: int) -> Taken:
    """Make the records what the list says. Raises UsageError for a full one that would end half of its firms' people,
    unless a person accepts it: a list that was cut short says the same."""
    with store.write() as connection:
        known = {row.number: row for row in connection.execute(select(S).where(S.c.rollout == rollout.name))}
        gone = _gone(found, known) if full else []
        if len(gone) >= FEW and not accept and len(gone) > len(_of_firms(found, known)) / 2:
            raise UsageError(f"this list would say of {len(gone)} of {len(_of_firms(found, known))} that they have left; "
                             "if that is right, take it with --accept")
        fresh = [person for person in found.people if person.number not in known]
        changed = [person for person in found.people if person.number in known and not _is_so(person, known[person.number])]
        _write(connection, rollout, fresh, changed, known, now)
        if gone:
            connection.execute(update(S).where(S.c.id.in_(gone)).values(left_at=now, updated_at=now))
    return Taken(len(fresh), len(changed), len(found.people) - len(fresh) - len(changed), len(gone))


def _of_firms(found: StaffList, known: Mapping[str, Row[Any]]) -> list[Row[Any]]:
    """Those in service who belong to a firm that the list speaks for: a contractor's list says nothing of another's people."""
    firms = {person.firm for person in found.people}
    return [row for row in known.values() if row.left_at is None and row.firm in firms]


def _gone(found: StaffList, known: Mapping[str, Row[Any]]) -> list[int]:
    listed = {person.number for person in found.people} | found.unread
    return [row.id for row in _of_firms(found, known) if row.number not in listed]


def _is_so(person: Person, row: Row[Any]) -> bool:
    return row.left_at is None and all(getattr(row, name) == value for name, value in person._asdict().items())


def _write(connection: Connection, rollout: Rollout, fresh: Sequence[Person], changed: Sequence[Person],
           known: Mapping[str, Row[Any]], now: int) -> None:
    if fresh:
        connection.execute(insert(S), [{**person._asdict(), "rollout": rollout.name, "since": now, "updated_at": now}
                                       for person in fresh])
    for person in changed:
        row = known[person.number]
        connection.execute(update(S).where(S.c.id == row.id).values(
            **person._asdict(), left_at=None, updated_at=now, since=row.since if row.left_at is None else now))
