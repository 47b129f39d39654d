"""Which slots a customer is offered, and a place in one: held for a while, and never given twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import insert, select

from doorstep.booking.requests import Moved, No, move
from doorstep.booking.slots import hold, offered, release
from doorstep.model import CalendarSlot, Customer, SlotHold, Visit, WorkOrder, table
from doorstep.rollout import Rollout
from doorstep.store import Store
from tests.booking.world import NEW, OLD, PM, ROW, THIRD, World
from tests.making import make_rollout, make_store

NOW = 1_799_000_000              # 3 January 2027


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three households, A in the Harbour, B on the Hill, C who knows where; it is Monday 4 January 2027, 06:00."""
    world = World(tmp_path)
    world.pull(*(ROW | {"WO": f"W{name}", "PREMISE": name, "ACCT": name, "AREA": area}
                 for name, area in (("A", "Harbour"), ("B", "Hill"), ("C", ""))))
    return world


def offers(world: World, visit: int = 1, later: int = 0) -> list[tuple[str, int, int]]:
    with world.store.read() as connection:
        found = offered(connection, world.rollout, visit, now=world.now + later)
    return [(each.day, each.window_start, each.left) for each in found]


def held(world: World, visit: int, slot: int, later: int = 0) -> bool:
    return hold(world.store, world.rollout, visit, slot, now=world.now + later)


def test_an_area_with_a_calendar_of_its_own_is_offered_that_one_alone(world: World) -> None:
    world.slot(area="Harbour", capacity=2)
    world.slot(THIRD)
    assert [offers(world, visit) for visit in (1, 2, 3)] == [[(NEW, 480, 2)], [(THIRD, 480, 1)], [(THIRD, 480, 1)]]


def test_slots_are_offered_from_two_working_days_ahead_until_the_horizon(world: World) -> None:
    for day in ("2027-01-04", "2027-01-05", "2027-01-06", "2027-04-04", "2027-04-05"):
        world.slot(day)
    assert [day for day, _, _ in offers(world)] == ["2027-01-06", "2027-04-04"]


def test_over_a_weekend_the_notice_is_longer(world: World) -> None:
    world.day = 8                                                    # a Friday
    for day in ("2027-01-10", "2027-01-11", "2027-01-12"):
        world.slot(day)
    assert [day for day, _, _ in offers(world)] == ["2027-01-12"]


def test_where_no_notice_is_needed_today_is_offered_while_its_windows_lie_ahead(world: World) -> None:
    world.rollout = World(world.folder, booking={"notice_days": 0}).rollout
    world.slot("2027-01-04")
    world.slot("2027-01-04", PM)
    assert [start for _, start, _ in offers(world, later=2 * 3600)] == [720]        # at 08:00


def test_full_closed_and_own_slots_are_not_offered_and_a_closed_visit_is_offered_none(world: World) -> None:
    full, own = world.slot(), world.slot(THIRD)
    world.slot("2027-03-24", capacity=0)
    assert held(world, 2, full) and isinstance(world.move(own), Moved)
    assert offers(world) == []
    world.slot("2027-03-25")
    assert offers(world) == [("2027-03-25", 480, 1)]
    world.set(Visit, 1, status="completed")
    assert offers(world) == [] and offers(world, 99) == []


def test_another_rollouts_visit_is_offered_nothing_and_takes_nothing(world: World) -> None:
    slot = world.slot()
    world.rollout = Rollout("southwick", world.rollout.file, world.rollout.plan, world.rollout.targets)
    assert offers(world) == [] and not held(world, 1, slot)
    assert world.taken() == [0]


def test_a_hold_keeps_the_place_until_it_lapses(world: World) -> None:
    slot = world.slot()
    assert held(world, 1, slot) and not held(world, 2, slot)
    assert offers(world, 1) == [(NEW, 480, 1)] and offers(world, 2) == []
    assert not held(world, 2, slot, later=15 * 60 - 1)
    assert offers(world, 2, later=15 * 60) == [(NEW, 480, 1)]
    assert held(world, 2, slot, later=15 * 60) and world.taken() == [1]
    late = move(world.store, world.rollout, 1, slot, channel="page", now=world.now + 15 * 60)
    assert late == No("taken")


def test_a_hold_that_is_asked_for_again_lasts_longer_and_counts_once(world: World) -> None:
    slot = world.slot(capacity=2)
    assert held(world, 1, slot) and held(world, 1, slot, later=600)
    assert world.taken() == [1] and world.all(SlotHold)[0]["until_at"] == world.now + 600 + 15 * 60
    assert held(world, 1, slot, later=7200) and world.taken() == [1]      # lapsed, and nobody took it


def test_a_customer_holds_one_slot_at_a_time(world: World) -> None:
    first, second = world.slot(), world.slot(THIRD)
    assert held(world, 1, first) and held(world, 1, second)
    assert world.taken() == [0, 1]
    assert held(world, 2, second) is False and world.taken() == [0, 1]


def test_a_place_that_is_booked_stays_while_another_one_is_held(world: World) -> None:
    booked, other = world.slot(), world.slot(THIRD)
    world.move(booked)
    assert held(world, 1, other) and world.taken() == [1, 1]
    release(world.store, world.rollout, 1, now=world.now)
    assert world.taken() == [1, 0]
    release(world.store, world.rollout, 1, now=world.now)
    assert world.taken() == [1, 0]


def test_a_slot_that_was_not_offered_is_not_held(world: World) -> None:
    elsewhere, soon = world.slot(area="Hill"), world.slot("2027-01-05")
    assert not held(world, 1, elsewhere) and not held(world, 1, soon) and not held(world, 1, 99)
    assert world.taken() == [0, 0]


# ---- all at once ---------------------------------------------------------------------------------------------

def crowd(store: Store, rollout: Rollout, customers: int, slots: int, capacity: int) -> None:
    """So many customers with a visit each, and a calendar of so many slots."""
    visit = {"rollout": rollout.name, "day": OLD, "status": "planned", "zone": rollout.file.zone, "reference": "W", "meters": 1,
             "commodities": "electricity", "since": 0, "changed_at": 0, "created_at": 0, "feed_id": 1}
    order = {"rollout": rollout.name, "commodity": "electricity", "status": "planned", "day": OLD, "stamp": 0, "digest": "",
             "feed_id": 1}
    slot = {"rollout": rollout.name, "area": "*", "window_start": 480, "window_end": 720, "capacity": capacity, "taken": 0,
            "updated_at": 0}
    person = {"rollout": rollout.name, "account": "A", "language": "en", "updated_at": 0}
    everybody = range(1, customers + 1)
    with store.write() as connection:
        connection.execute(insert(table(Customer)), [person | {"premise": f"P{n}"} for n in everybody])
        connection.execute(insert(table(Visit)), [visit | {"customer_id": n} for n in everybody])
        connection.execute(insert(table(WorkOrder)), [order | {"number": f"W{n}", "customer_id": n, "visit_id": n}
                                                      for n in everybody])
        connection.execute(insert(table(CalendarSlot)), [slot | {"day": f"2027-03-{16 + n}"} for n in range(slots)])


def rush(customers: int, slots: int, take: Callable[[int, int], Any]) -> list[Any]:
    """Every customer takes the first slot that has room, each from another one on, many at once; what each got."""
    ready = Barrier(min(customers, 40))

    def customer(number: int) -> Any:
        if number <= ready.parties:
            ready.wait(60)
        answer = None
        for slot in ((number + n) % slots + 1 for n in range(slots)):
            if answer := take(number, slot):
                return answer
        return answer

    with ThreadPoolExecutor(ready.parties) as pool:
        return list(pool.map(customer, range(1, customers + 1)))


def found(store: Store, state: str) -> tuple[list[int], list[int]]:
    """The visits that have a place, in order; and how many places of each slot are taken."""
    with store.read() as connection:
        visits = connection.execute(select(table(SlotHold).c.visit_id).where(table(SlotHold).c.state == state)).scalars()
        taken = connection.execute(select(table(CalendarSlot).c.taken).order_by(table(CalendarSlot).c.id)).scalars()
        return sorted(visits), list(taken)


# Of several slots each customer who goes without has asked for each of them: a smaller crowd asks as often.
@pytest.mark.parametrize(("customers", "slots", "capacity"), [(500, 1, 100), (125, 4, 10)])
def test_five_hundred_customers_take_the_last_hundred_places_at_once(
        tmp_path: Path, customers: int, slots: int, capacity: int) -> None:
    store, rollout = make_store(tmp_path), make_rollout()
    crowd(store, rollout, customers, slots, capacity)
    answers = rush(customers, slots, lambda visit, slot: hold(store, rollout, visit, slot, now=NOW))
    assert (answers.count(True), answers.count(False)) == (slots * capacity, customers - slots * capacity)
    got = [visit for visit, answer in enumerate(answers, 1) if answer]
    assert found(store, "held") == (got, [capacity] * slots)
    assert move(store, rollout, answers.index(False) + 1, 1, channel="page", now=NOW) == No("taken")
    with store.read() as connection:
        assert offered(connection, rollout, answers.index(False) + 1, now=NOW) == []
    store.close()


def test_customers_who_move_at_once_move_once_and_the_others_hear_a_clear_no(tmp_path: Path) -> None:
    store, rollout = make_store(tmp_path), make_rollout()
    crowd(store, rollout, 40, 2, 5)
    answers: list[Moved | No] = []

    def take(visit: int, slot: int) -> bool:
        answers.append(answer := move(store, rollout, visit, slot, channel="page", now=NOW))
        return isinstance(answer, Moved)

    assert rush(40, 2, take).count(True) == 10
    moved = {answer.visit_id: answer.day for answer in answers if isinstance(answer, Moved)}
    assert {answer for answer in answers if isinstance(answer, No)} == {No("taken")}
    assert found(store, "booked") == (sorted(moved), [5, 5]) and found(store, "held")[0] == []
    with store.read() as connection:
        booked = connection.execute(select(table(Visit).c.id, table(Visit).c.day).where(table(Visit).c.status == "booked"))
        assert dict(booked.tuples().all()) == moved
    store.close()


def test_one_customer_who_presses_many_times_has_one_place(tmp_path: Path) -> None:
    store, rollout = make_store(tmp_path), make_rollout()
    crowd(store, rollout, 1, 3, 9)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: move(store, rollout, 1, n % 3 + 1, channel="page", now=NOW), range(12)))
    assert all(isinstance(answer, Moved) or answer in (No("not_offered"), No("taken")) for answer in answers)
    visits, taken = found(store, "booked")
    assert visits == [1] and sum(taken) == 1 + len(found(store, "held")[0])
    store.close()
