"""Who is on the list to visit customers on which day, and who of them is not ready to: that is an alert."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, insert, or_, text

from doorstep.model import Shift, table
from doorstep.rollout import Rollout
from doorstep.staff.sheets import read_lines
from doorstep.store import Store
from doorstep.timing import local_day

COLUMNS = ("day", "number", "firm", "area")
REQUIRED = ("day", "number")
PATTERNS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y")
H = table(Shift)
WHY = {"unknown": "a number that is on no staff list", "left": "has left", "never": "passed no quiz",
       "lapsed": "passed the quiz on an older script"}

# `script` rows of the journal: from when which script holds for a role and language, see `scripts`.
_UNREADY = text("""SELECT h.number, h.firm, h.area, s.id AS staff_id, CASE
        WHEN s.id IS NULL OR s.since > :now THEN 'unknown'
        WHEN s.left_at <= :now THEN 'left'
        WHEN EXISTS (SELECT 1 FROM certificate c WHERE c.staff_id = s.id AND c.passed = 1 AND c.at <= :now) THEN 'lapsed'
        ELSE 'never' END AS why
    FROM shift h LEFT JOIN staff s ON s.rollout = h.rollout AND s.number = h.number
    WHERE h.rollout = :rollout AND h.day = :day AND h.updated_at <= :now
        AND (s.id IS NULL OR s.since > :now OR s.left_at <= :now OR NOT EXISTS (
            SELECT 1 FROM certificate c JOIN journal j ON j.rollout = c.rollout AND j.kind = 'script'
                AND j.ref = s.role || '.' || s.language AND j.data = c.script AND j.at <= :now
            WHERE c.staff_id = s.id AND c.passed = 1 AND c.at <= :now AND NOT EXISTS (
                SELECT 1 FROM journal k WHERE k.rollout = j.rollout AND k.kind = 'script' AND k.ref = j.ref
                    AND k.at <= :now AND k.id > j.id)))
    ORDER BY h.number""")


class OnShift(NamedTuple):
    """A row of a shift list that is right."""

    day: str
    number: str
    firm: str | None
    area: str | None


class ShiftList(NamedTuple):
    """What a file says, and one sentence for each row that is wrong."""

    shifts: list[OnShift]
    faults: list[str]


class Unready(NamedTuple):
    """Someone on a shift list who may not visit customers yet; `why` is a key of WHY. No name: ids and badge numbers only."""

    number: str
    firm: str | None
    area: str | None
    staff_id: int | None
    why: str


def read_shifts(path: Path, rollout: Rollout) -> ShiftList:
    """Read a list of who visits when. Raises UsageError for a file that is no such list."""
    found: dict[tuple[str, str], OnShift] = {}
    faults = []
    for line in read_lines(path, COLUMNS, REQUIRED):
        day, number = _day(line.cells["day"], rollout), line.cells["number"]
        if day is None:
            faults.append(f'{path.name}: line {line.number}: day: "{line.cells["day"]}" is not a day; write it like 2027-03-09')
        elif not number:
            faults.append(f"{path.name}: line {line.number}: number is empty; write the number on the badge")
        else:
            found[day, number] = OnShift(day, number, line.cells["firm"] or None, line.cells["area"] or None)
    return ShiftList(list(found.values()), faults)


def _day(said: str, rollout: Rollout) -> str | None:
    for pattern in dict.fromkeys((*PATTERNS, *(each for each in rollout.file.feed.dates if "%" in each))):
        try:
            return dt.datetime.strptime(said, pattern).date().isoformat()    # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
    return None


def take_shifts(store: Store, rollout: Rollout, shifts: Sequence[OnShift], *, now: int) -> int:
    """The lists of the days and firms that the file names become what it says; returns how many shifts that are."""
    if not shifts:
        return 0
    named = sorted({(each.day, each.firm) for each in shifts}, key=str)
    with store.write() as connection:
        for day, firm in named:
            connection.execute(delete(H).where(H.c.rollout == rollout.name, H.c.day == day, H.c.firm.is_not_distinct_from(firm)))
        # The number is the person: on the list of another firm until now, they change over.
        connection.execute(delete(H).where(H.c.rollout == rollout.name, or_(*(
            and_(H.c.day == day, H.c.number.in_([each.number for each in shifts if each.day == day]))
            for day in {each.day for each in shifts}))))
        connection.execute(insert(H), [{**each._asdict(), "rollout": rollout.name, "updated_at": now} for each in shifts])
    return len(shifts)


def unready(connection: Connection, rollout: Rollout, *, day: str, now: int) -> list[Unready]:
    """Who is on the list of a day and has no valid certificate as of `now`, or is nobody we know."""
    rows = connection.execute(_UNREADY, {"rollout": rollout.name, "day": day, "now": now})
    return [Unready(row.number, row.firm, row.area, row.staff_id, row.why) for row in rows]


def unready_tomorrow(connection: Connection, rollout: Rollout, now: int) -> list[Unready]:
    """The same of the day after `now`'s."""
    return unready(connection, rollout, day=str(local_day(now, rollout.zone) + dt.timedelta(days=1)), now=now)
