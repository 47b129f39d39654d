"""What customers asked for, handed to the scheduler: moves, and the holds of those who refuse.

Requests become a parcel, which is committed, before anything goes out; the parcel's name, and what is in it, never change. So a
run that broke off between handing over and writing that down hands the same parcel over again: a folder or a bucket has it
once, a webhook is told once or more often, by the same `Idempotency-Key` and the same request numbers. None is lost.
"""

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, case, func, select, update

from doorstep.booking.takers import Folder, Parcel, Taker, taker
from doorstep.errors import ConfigError
from doorstep.exports import write_csv
from doorstep.model import Request, RequestOrder, WorkOrder, table
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.store import Store

Q, L, W = table(Request), table(RequestOrder), table(WorkOrder)
MOST = 5_000                   # requests in a parcel
COLUMNS = ("request", "work_order", "kind", "from_day", "from_window", "to_day", "to_window", "at")


def write_back(store: Store, rollout: Rollout, settings: Settings, *, now: int) -> int:
    """Hand over every request that is open; how many. No transaction is open while anybody is called.

    Raises ConfigError, Transient and Permanent; what was handed over before that is written down.
    """
    place = _taker(rollout, settings)
    count = 0
    while True:
        with store.write(alone=f"requests {rollout.name}") as connection:
            _pack(connection, rollout)
            waiting = _waiting(connection, rollout)
        if not waiting:
            return count
        for number in waiting:
            count += _carry(store, rollout, settings, place, number, now)


def write_back_faults(rollout: Rollout) -> list[str]:
    """Every mistake in `booking.write_back` that can be seen without going out."""
    try:
        if rollout.file.booking.write_back:
            taker(rollout.file.booking.write_back, place=rollout.config_path)
    except ConfigError as error:
        return error.faults
    return []


def _taker(rollout: Rollout, settings: Settings) -> Taker:
    """Until a rollout is live, or where it names none: a folder of our own."""
    said = rollout.file.booking.write_back
    if said and rollout.file.live:
        return taker(said, place=rollout.config_path)
    return Folder(kind="folder", path=str(settings.home.resolve() / "requests" / rollout.name))


def _pack(connection: Connection, rollout: Rollout) -> None:
    """Put the open requests that are in no parcel yet into one, named by the first of them."""
    loose = (Q.c.rollout == rollout.name, Q.c.state == "open", Q.c.parcel.is_(None))
    wanted = select(Q.c.id).where(*loose).order_by(Q.c.id).limit(MOST).subquery()
    first, last = connection.execute(select(func.min(wanted.c.id), func.max(wanted.c.id))).one()
    if first is not None:
        connection.execute(update(Q).where(*loose, Q.c.id <= last).values(parcel=first))


def _waiting(connection: Connection, rollout: Rollout) -> list[int]:
    """The parcels of which it is not written down that they were handed over, oldest first."""
    return list(connection.execute(
        select(Q.c.parcel).distinct().where(Q.c.rollout == rollout.name, Q.c.parcel.is_not(None), Q.c.written_at.is_(None))
        .order_by(Q.c.parcel)).scalars())


def _carry(store: Store, rollout: Rollout, settings: Settings, place: Taker, number: int, now: int) -> int:
    with store.read() as connection:
        parcel = _parcel(connection, rollout, number)
    place.leave(parcel, base=settings.config.resolve().parent, now=now)
    with store.write() as connection:
        # What the feed answered meanwhile, or the customer took back, keeps its state.
        state = case((Q.c.state == "open", "written"), else_=Q.c.state)
        return connection.execute(update(Q).where(Q.c.parcel == number, Q.c.written_at.is_(None))
                                  .values(written_at=now, state=state)).rowcount


def _parcel(connection: Connection, rollout: Rollout, number: int) -> Parcel:
    name = f"requests-{rollout.name}-{number:08d}"
    lines = list(_lines(connection, number))
    said = [dict(zip(COLUMNS, line, strict=True)) for line in lines]
    with tempfile.TemporaryDirectory(prefix="doorstep-") as folder:
        path = Path(folder) / f"{name}.csv"
        write_csv(path, COLUMNS, lines)
        return Parcel(name=name, as_csv=path.read_bytes(), as_json=json.dumps(
            {"rollout": rollout.name, "parcel": name, "requests": said}, separators=(",", ":")).encode())


def _lines(connection: Connection, number: int) -> Iterator[tuple[Any, ...]]:
    """One for each work order of each request: nothing in it ever changes, and nothing in it is personal."""
    found = connection.execute(
        select(Q, W.c.number).distinct().select_from(Q).join(L, L.c.request_id == Q.c.id).join(W, W.c.id == L.c.order_id)
        .where(Q.c.parcel == number).order_by(Q.c.id, W.c.number))
    for row in found:
        yield (row.id, row.number, "move" if row.kind == "move" else "hold", row.from_day, _window(row.from_start, row.from_end),
               row.to_day, _window(row.to_start, row.to_end), datetime.fromtimestamp(row.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _window(start: int | None, end: int | None) -> str:
    if start is None or end is None:
        return ""
    return f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"
