"""What holds whatever feeds say and customers ask: visits and work orders agree, places add up, and what was asked for stands."""

import random
from collections.abc import Callable, Iterator

import pytest

from doorstep.booking.slots import hold
from doorstep.model import OPEN, CalendarSlot, Request, RequestOrder, SlotHold, Visit, VisitPast, WorkOrder
from tests.booking.world import AM, NEW, OLD, PM, THIRD, World
from tests.schedule.test_merging_always import agree, begun_anew
from tests.schedule.world import PLAIN, later

ROUNDS, STEPS = 12, 14


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that is begun anew for each round."""
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.store.close()


def rows(chance: random.Random, day: int) -> list[dict[str, str]]:
    """Two households with three meters, and what a scheduler may say of them on a day."""
    return [later(PLAIN, day) | {"WO": f"W{n}", "ACCT": f"A{n % 2}", "DATE": chance.choice([OLD, OLD, NEW, THIRD]),
                                 "SLOT": chance.choice(["AM", "AM", "PM", "TBC"]), "NAME": f"Ms {chance.randrange(3)}",
                                 "STATUS": chance.choice(["PLANNED", "PLANNED", "BOOKED", "BOOKED", "CANCELLED", "COMPLETE"]),
                                 } for n in range(3)]


def sound(world: World) -> None:
    """The books of places and requests."""
    visits, slots = ({row["id"]: row for row in world.all(table)} for table in (Visit, CalendarSlot))
    world.taken()
    assert all(0 <= slot["taken"] <= slot["capacity"] for slot in slots.values())
    booked = [row for row in world.all(SlotHold) if row["state"] == "booked"]
    assert len({row["visit_id"] for row in booked}) == len(booked)
    for row in booked:
        visit = visits[row["visit_id"]]
        assert visit["status"] in (*OPEN, "completed", "aborted")
        assert visit["day"] == slots[row["slot_id"]]["day"] or visit["status"] not in OPEN
    orders = {row["id"]: row for row in world.all(WorkOrder)}
    unsettled = [row for row in world.all(RequestOrder) if row["settled"] is None]       # about which the feed has not answered
    for request in world.all(Request):
        waiting = [orders[row["order_id"]] for row in unsettled if row["request_id"] == request["id"]]
        assert bool(waiting) or request["state"] not in ("open", "written")
        asked = ("booked", request["to_day"], request["to_start"]) if request["kind"] == "move" else ("refused",)
        assert all((each["status"], each["day"], each["window_start"])[:len(asked)] == asked for each in waiting)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_the_books_balance_after_any_feeds_and_requests(long_lived: World, seed: int) -> None:
    world, chance = begun_anew(long_lived), random.Random(seed)
    assert isinstance(world, World)
    world.pull(*rows(chance, 4), name=f"{seed}-first.csv")
    slots = [world.slot(day, window, chance.randrange(1, 3)) for day in (OLD, NEW, THIRD) for window in (AM, PM)]

    def pull() -> None:
        world.pull(*rows(chance, world.day + 1), name=f"{seed}-{world.day + 1}.csv")

    def anybody() -> int:
        return chance.randrange(1, len(world.all(Visit)) + 1)

    deeds: list[Callable[[], object]] = [
        pull, pull, lambda: world.move(chance.choice(slots), anybody()), lambda: world.move(chance.choice(slots), anybody()),
        lambda: hold(world.store, world.rollout, anybody(), chance.choice(slots), now=world.now + 1800),
        lambda: world.refuse(anybody()) if chance.random() < 0.4 else None]
    for _ in range(STEPS):
        chance.choice(deeds)()
        agree(world)
        sound(world)
    before = [world.all(table) for table in (Visit, VisitPast, WorkOrder, Request, CalendarSlot)]
    for path in world.folder.glob(f"{seed}-*.csv"):
        assert world.take(path).state == "same"
    assert before == [world.all(table) for table in (Visit, VisitPast, WorkOrder, Request, CalendarSlot)]
