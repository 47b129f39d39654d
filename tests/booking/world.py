"""A rollout whose customers choose slots: a schedule that a test writes row by row, and a calendar of slots."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from doorstep.booking.requests import Declined, Moved, No, move, refuse
from doorstep.model import CalendarSlot, Customer, Journal, Request, SlotHold, Visit, WorkOrder, table
from tests.making import make_rollout
from tests.schedule.world import COLUMNS, FEED, PLAIN
from tests.schedule.world import World as Feeds

ROW = PLAIN | {"AREA": "", "LIFE": ""}
OLD, NEW, THIRD = "2027-03-09", "2027-03-16", "2027-03-23"
AM, PM = (480, 720), (720, 960)
MORE = {"columns": COLUMNS | {"area": "AREA", "life_support": "LIFE"}}


class World(Feeds):
    """Pulls as its parent does; `today` is a Monday, and slots are free on the days that a test puts there."""

    def __init__(self, folder: Path, **keys: Any) -> None:
        super().__init__(folder)
        self.rollout = make_rollout(feed=FEED | MORE, **{"refusal_allowed": True, **keys})

    def file(self, *rows: Any, name: str = "") -> Path:
        """A CSV file; every row has the columns of this room too."""
        return super().file(*({"AREA": "", "LIFE": ""} | row for row in rows), name=name)

    def slot(self, day: str = NEW, window: tuple[int, int] = AM, capacity: int = 1, area: str = "*") -> int:
        """A slot in the calendar; its id."""
        with self.store.write() as connection:
            return int(connection.execute(insert(table(CalendarSlot)).values(
                rollout=self.rollout.name, area=area, day=day, window_start=window[0], window_end=window[1],
                capacity=capacity, taken=0, updated_at=0).returning(table(CalendarSlot).c.id)).scalar_one())

    def move(self, slot: int, visit: int = 1, channel: str = "page") -> Moved | No:
        return move(self.store, self.rollout, visit, slot, channel=channel, now=self.now + 3600)

    def refuse(self, visit: int = 1, channel: str = "page") -> Declined | No:
        return refuse(self.store, self.rollout, visit, channel=channel, now=self.now + 3600)

    def set(self, model: Any, number: int, **values: Any) -> None:
        with self.store.write() as connection:
            connection.execute(update(table(model)).where(table(model).c.id == number).values(**values))

    def stands(self) -> list[tuple[Any, ...]]:
        """Day, hours and status of every visit."""
        return self.visits("day", "window_start", "status")

    def requests(self, *names: str) -> list[Any]:
        """The named columns of every request; of one name, its values."""
        rows = [tuple(row[name] for name in names) for row in self.all(Request)]
        return [row[0] for row in rows] if len(names) == 1 else rows

    def taken(self) -> list[int]:
        """How many places of each slot are taken; it is as many as there are holds and bookings."""
        slots = self.all(CalendarSlot)
        kept = Counter(each["slot_id"] for each in self.all(SlotHold) if each["state"] != "released")
        counted = [kept[slot["id"]] for slot in slots]
        assert counted == [slot["taken"] for slot in slots]
        return counted

    def told(self, *kinds: str) -> list[str]:
        """The kinds of the journal's lines about requests."""
        return [row["kind"] for row in self.all(Journal) if str(row["ref"]).startswith("request:")]


_BEGUN: dict[Callable[[World], None], tuple[int, dict[str, bytes]]] = {}


def begun(world: World, how: Callable[[World], None]) -> World:
    """A new world after `how`, which is done once: what it leaves behind in the folder is copied to the next."""
    if world.store.engine.dialect.name != "sqlite":
        how(world)
        return world
    if how not in _BEGUN:
        how(world)
        world.store.close()                  # all is in the database's one file then
        _BEGUN[how] = (world.day, {path.name: path.read_bytes() for path in world.folder.iterdir() if path.is_file()})
    world.store.close()
    world.day, files = _BEGUN[how]
    for name, content in files.items():
        (world.folder / name).write_bytes(content)
    return world


__all__ = ["AM", "NEW", "OLD", "PM", "ROW", "THIRD", "Customer", "Visit", "WorkOrder", "World", "begun"]
