"""Small worlds for tests: a rollout, a store, and visits in the state that a test speaks of."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import SQLModel

from doorstep.model import Customer, Feed, Notice, Visit, table
from doorstep.rollout import PlanRow, Rollout
from doorstep.rollout.load import _read_plan as read_plan
from doorstep.rollout.load import load_kpi_targets
from doorstep.rollout.shape import KpiTarget, RolloutFile
from doorstep.settings import CHECKOUT, Settings
from doorstep.store import Store, open_store

V, C = table(Visit), table(Customer)
UTILITY = {"name": "Northwick Energy", "short_name": "Northwick", "phone": "0800 123 4567", "website": "northwick.example",
           "address": "1 Mill Road, Northwick", "email": "meters@northwick.example"}
FEED = {"source": {"kind": "folder", "path": "feeds"}, "status": {"PLANNED": "planned"},
        "columns": {name: name.upper() for name in ("work_order", "premise", "account", "day", "status", "stamp")}}


def make_rollout(plan: dict[str, dict[str, Any]] | None = None, **changes: Any) -> Rollout:
    """A British rollout with the standard plan; `plan` changes rows of it, the rest keys of the file."""
    raw = {"title": "Northwick", "country": "GB", "region": "ENG", "zone": "Europe/London", "languages": ["en", "ar"],
           "utility": UTILITY, "installer": "Meterfit", "feed": FEED, "costs": {"email": 0.001, "sms": 0.04, "post": 0.9},
           **changes}
    return Rollout("northwick", RolloutFile.model_validate(raw), _plan(plan) if plan else _standard_plan(), dict(_targets()))


def _plan(changes: dict[str, dict[str, Any]]) -> tuple[PlanRow, ...]:
    faults: list[str] = []
    rows = read_plan(CHECKOUT / "config" / "plan.toml", changes, "test", faults)
    assert not faults, faults
    return rows


@cache
def _standard_plan() -> tuple[PlanRow, ...]:
    return _plan({})


@cache
def _targets() -> dict[str, KpiTarget]:
    faults: list[str] = []
    targets = load_kpi_targets(CHECKOUT / "config", {}, "test", faults)
    assert not faults, faults
    return targets


def make_store(folder: Path) -> Store:
    """An empty database in a folder."""
    return open_store(Settings(home=folder, database_url=database(folder)))


_ELSEWHERE: list[Callable[[], str]] = []


def database(folder: Path) -> str:
    """Where a test's database is: a file in its folder, unless it is `elsewhere`."""
    if _ELSEWHERE:
        return _ELSEWHERE[-1]()
    file = folder / "d.db"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_migrated())
    return f"sqlite:///{file}"


@contextmanager
def elsewhere(fresh: Callable[[], str]) -> Iterator[None]:
    """Until this ends, every test's database is one that `fresh` makes."""
    _ELSEWHERE.append(fresh)
    try:
        yield
    finally:
        _ELSEWHERE.pop()


@cache
def _migrated() -> bytes:
    """A database file without a row, made once: to copy it is ten times faster than to make it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "d.db"
        open_store(Settings(database_url=f"sqlite:///{file}")).close()
        return file.read_bytes()


def at(text: str, rollout: Rollout) -> int:
    """"2027-03-01 09:00" in the rollout's zone as an instant."""
    return int(datetime.fromisoformat(text).replace(tzinfo=rollout.zone).timestamp())


class World:
    """A store with visits that a test puts there and changes, as a pull would."""

    def __init__(self, store: Store, rollout: Rollout) -> None:
        self.store, self.rollout = store, rollout
        self.customers = 0
        self.put(Feed, rollout=rollout.name, file="first.csv", digest="0", pulled_at=0, state="taken", report={})

    def visit(self, day: str = "2027-03-09", **values: Any) -> int:
        """Add a customer with one visit; `values` go to whichever of the two has them. Returns the visit's id."""
        self.customers += 1
        number = self.customers
        person = {"rollout": self.rollout.name, "premise": f"P{number}", "account": f"A{number}", "name": f"Ms Person {number}",
                  "email": f"person{number}@example.com", "phone": f"+4474001234{number:02d}", "language": "en",
                  "address": f"{number} Mill Road", "town": "Northwick", "updated_at": 0}
        visit = {"rollout": self.rollout.name, "day": day, "window_start": 480, "window_end": 720, "status": "planned",
                 "zone": self.rollout.file.zone, "wave": "W01", "reference": f"NW{number:07d}", "commodities": "electricity",
                 "since": 0, "changed_at": 0, "created_at": 0, "feed_id": 1}
        person |= {name: value for name, value in values.items() if name in Customer.model_fields}
        visit |= {name: value for name, value in values.items() if name in Visit.model_fields and name not in person}
        visit["customer_id"] = self.put(Customer, **person)
        return self.put(Visit, **visit)

    def change(self, visit: int, now: int, **values: Any) -> None:
        """A new version of a visit."""
        with self.store.write() as connection:
            row = connection.execute(select(V).where(V.c.id == visit)).one()
            moved = {"changed_at": now} if {"day", "window_start", "window_end"} & set(values) else {}
            connection.execute(update(V).where(V.c.id == visit).values(
                **{"version": row.version + 1, "since": now, "feed_id": 2, **moved, **values}))

    def customer(self, visit: int, **values: Any) -> None:
        """Change the customer of a visit."""
        with self.store.write() as connection:
            connection.execute(update(C).where(C.c.id.in_(select(V.c.customer_id).where(V.c.id == visit))).values(**values))

    def notices(self, **wanted: Any) -> list[Any]:
        """The notices with these values, in order of birth."""
        return [row for row in self.all(Notice) if all(getattr(row, name) == value for name, value in wanted.items())]

    def all(self, model: type[SQLModel]) -> list[Any]:
        """Every row of a table, by id."""
        with self.store.read() as connection:
            return list(connection.execute(select(table(model)).order_by(table(model).c.id)).all())

    def put(self, model: type[SQLModel], **values: Any) -> int:
        with self.store.write() as connection:
            key = connection.execute(insert(table(model)).values(**values)).inserted_primary_key
        assert key
        return int(key[0])
