"""A rollout whose schedule a test writes row by row, and what became of it."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from doorstep.model import Customer, Visit, VisitPast, WorkOrder
from doorstep.rollout import Rollout
from doorstep.schedule import PullReport, pull
from doorstep.settings import Settings
from doorstep.store import open_store
from tests.making import database, make_rollout

COLUMNS = {"work_order": "WO", "premise": "PREMISE", "account": "ACCT", "name": "NAME", "email": "EMAIL", "phone": "PHONE",
           "language": "LANG", "day": "DATE", "window": "SLOT", "status": "STATUS", "stamp": "UPDATED", "commodity": "FUEL",
           "outcome": "WHY", "outcome_at": "WHEN", "lat": "LAT", "lon": "LON", "wave": "WAVE", "old_meter": "METER",
           "landlord": "TENURE", "vulnerable": "PSR", "duration_minutes": "MINUTES"}
FEED = {"source": {"kind": "folder", "path": "feeds"}, "columns": COLUMNS, "dates": ["%Y-%m-%d", "%d/%m/%Y"],
        "commodities": {"ELEC": "electricity", "GAS": "gas"}, "windows": {"AM": "08:00-12:00", "PM": "12:00-16:00", "TBC": ""},
        "status": {"PLANNED": "planned", "BOOKED": "booked", "EN_ROUTE": "en_route", "COMPLETE": "completed",
                   "ABORTED": "aborted", "CANCELLED": "cancelled"},
        "outcomes": {"NO_ACCESS": "no_access", "SMART_REFUSED": "refused"}, "refusals": ["SMART_REFUSED"]}
PLAIN = {"WO": "W1", "PREMISE": "P1", "ACCT": "A1", "NAME": "Ms Carys Jones", "EMAIL": "carys@example.com",
         "PHONE": "07400 309661", "LANG": "en", "DATE": "2027-03-09", "SLOT": "AM", "STATUS": "PLANNED", "FUEL": "ELEC",
         "UPDATED": "2027-01-04T02:00:00Z", "METER": "E1"}
ELEC, GAS = PLAIN, PLAIN | {"WO": "W2", "FUEL": "GAS", "METER": "G1"}
Row = dict[str, str]
FIRST_DAY = 3                   # of January, the day before the first pull


class World:
    """A store, a rollout and a folder; `day` counts the pulls, one each morning from 4 January 2027 on."""

    def __init__(self, folder: Path, **feed: Any) -> None:
        self.folder = folder
        self.settings = Settings(home=folder / "home", database_url=database(folder), config=folder / "config")
        self.store = open_store(self.settings)
        self.rollout: Rollout = make_rollout(feed=FEED | feed)
        self.day = FIRST_DAY

    @property
    def now(self) -> int:
        """06:00 UTC of the present day."""
        return int(datetime(2027, 1, self.day, 6, tzinfo=UTC).timestamp())

    def file(self, *rows: Row, name: str = "") -> Path:
        """Rows as a CSV file; a column that no row has is left out, but for those of a plain row."""
        path = self.folder / (name or f"feed-{self.day:02d}.csv")
        columns = list(dict.fromkeys([*PLAIN, *COLUMNS.values(), *(key for row in rows for key in row)]))
        with path.open("w", newline="", encoding="utf-8") as content:
            writer = csv.DictWriter(content, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def pull(self, *rows: Row, accept: bool = False, name: str = "") -> PullReport:
        """The next morning's feed with these rows."""
        self.day += 1
        return self.take(self.file(*rows, name=name), accept=accept)

    def take(self, path: Path, *, accept: bool = False) -> PullReport:
        """Pull one file now."""
        return pull(self.store, self.rollout, settings=self.settings, now=self.now, file=path, accept=accept)[0]

    def all(self, table: Any) -> list[Any]:
        """Every row of a table, by id."""
        with self.store.read() as connection:
            return list(connection.execute(select(table.__table__).order_by(table.__table__.c.id)).mappings())

    def visits(self, *names: str) -> list[tuple[Any, ...]]:
        """The named columns of every visit."""
        return [tuple(visit[name] for name in names) for visit in self.all(Visit)]

    def past(self, *names: str) -> list[tuple[Any, ...]]:
        """The named columns of every version that is no longer so."""
        return [tuple(version[name] for name in names) for version in self.all(VisitPast)]

    def visit_of(self, number: str) -> Any:
        """The visit a work order stands in."""
        order = next(order for order in self.all(WorkOrder) if order["number"] == number)
        return next(visit for visit in self.all(Visit) if visit["id"] == order["visit_id"])

    def customer(self) -> Any:
        """The only customer."""
        [customer] = self.all(Customer)
        return customer


def many(count: int, **changes: str) -> list[Row]:
    """Plain rows of as many households."""
    return [PLAIN | {"WO": f"W{place}", "PREMISE": f"P{place}", "ACCT": f"A{place}"} | changes for place in range(count)]


def later(row: Row, day: int = 5, **changes: str) -> Row:
    """The row as it is sent later in January, changed."""
    return row | {"UPDATED": f"2027-01-{day:02d}T02:00:00Z"} | changes
