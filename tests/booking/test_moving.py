"""A customer moves a visit: what becomes of it, of the places, and of the schedule that has not heard of it."""

from doorstep.booking.requests import Declined, Moved, No
from doorstep.model import Customer, Visit, WorkOrder
from tests.booking.world import AM, NEW, OLD, PM, ROW, THIRD, World
from tests.schedule.world import later

ELEC, GAS = ROW, ROW | {"WO": "W2", "FUEL": "GAS", "METER": "G1"}


def test_a_moved_visit_has_a_new_version_as_a_pull_would_make_it(world: World) -> None:
    world.pull(ELEC, GAS)
    slot = world.slot(NEW, PM)
    assert world.move(slot) == Moved(1, 1, NEW, *PM)
    at = world.now + 3600
    assert world.visits("id", "day", "window_start", "window_end", "status", "version", "since", "changed_at") == [
        (1, NEW, *PM, "booked", 2, at, at)]
    assert world.past("visit_id", "version", "day", "window_start", "status", "change", "until") == [
        (1, 1, OLD, 480, "planned", "moved", at)]
    assert [(row["day"], row["window_start"], row["status"]) for row in world.all(WorkOrder)] == [(NEW, 720, "booked")] * 2
    assert world.requests("kind", "channel", "from_day", "from_start", "from_end", "from_status", "to_day", "to_start",
                          "to_end", "slot_id", "state") == [
        ("move", "page", OLD, *AM, "planned", NEW, *PM, slot, "open")]
    assert world.taken() == [1] and world.told() == ["move-asked"]


def test_a_customer_who_moves_again_gives_the_first_place_back(world: World) -> None:
    world.pull(ELEC)
    first, second = world.slot(NEW), world.slot(THIRD)
    world.move(first)
    assert world.move(second) == Moved(1, 2, THIRD, *AM)
    assert world.taken() == [0, 1] and world.visits("day", "version") == [(THIRD, 3)]
    assert world.requests("from_day", "to_day", "state") == [(OLD, NEW, "replaced"), (OLD, THIRD, "open")]


def test_a_customer_may_move_back_to_the_day_they_came_from(world: World) -> None:
    world.pull(ELEC)
    there, back = world.slot(NEW), world.slot(OLD, PM)
    world.move(there)
    assert isinstance(world.move(back), Moved)
    assert world.taken() == [0, 1] and world.stands() == [(OLD, 720, "booked")]


def test_why_a_visit_is_not_moved(world: World) -> None:
    world.pull(ELEC)
    slot, soon, full, other = world.slot(), world.slot("2027-01-05"), world.slot(THIRD, capacity=1), world.slot(area="Elsewhere")
    world.set(Customer, 1, life_support=1)
    assert world.move(slot) == No("life_support")
    assert isinstance(world.move(slot, channel="call"), Moved)       # a person agreed on the day
    world.set(Customer, 1, life_support=0)
    assert world.move(slot) == No("not_offered")                     # it has that one
    assert world.move(other) == No("not_offered") and world.move(soon) == No("not_offered")
    assert world.move(slot, visit=99) == No("unknown")
    world.pull(ELEC, ROW | {"WO": "W9", "PREMISE": "P9", "ACCT": "A9"})
    assert isinstance(world.move(full, visit=2), Moved) and world.move(full) == No("taken")
    for status, why in (("completed", "closed"), ("cancelled", "closed"), ("merged", "merged"), ("en_route", "too_late")):
        world.set(Visit, 1, status=status)
        assert world.move(full) == No(why)
    assert world.taken() == [1, 0, 1, 0]


def test_two_working_days_before_the_visit_it_is_too_late_to_move_it(world: World) -> None:
    world.pull(ELEC | {"DATE": "2027-01-06"}, ROW | {"WO": "W9", "PREMISE": "P9", "ACCT": "A9", "DATE": "2027-01-05"})
    slot = world.slot(capacity=2)                                    # today is Monday 4 January
    assert world.move(slot, visit=2) == No("too_late") and isinstance(world.move(slot, visit=1), Moved)


def test_a_household_with_two_visits_that_come_together_has_one_place(world: World) -> None:
    world.pull(ELEC, GAS | {"DATE": THIRD})
    first, again, hours = world.slot(NEW), world.slot(THIRD), world.slot(THIRD, PM)
    world.move(first)
    assert world.move(hours) == No("same_day")
    assert world.move(again) == Moved(2, 2, THIRD, *AM)
    assert world.visits("day", "status", "merged_into", "meters") == [(NEW, "merged", 2, 1), (THIRD, "booked", None, 2)]
    assert world.taken() == [0, 1, 0] and world.requests("visit_id") == [1, 2]


def test_of_a_visit_that_is_half_done_the_other_half_moves(world: World) -> None:
    world.pull(ELEC | {"STATUS": "COMPLETE"}, GAS)
    assert world.move(world.slot()) == Moved(2, 1, NEW, *AM)
    assert world.visits("day", "status", "commodities", "split_from") == [
        (OLD, "completed", "electricity", None), (NEW, "booked", "gas", 1)]
    assert world.taken() == [1]


def test_a_refused_meter_is_no_visit_any_more_and_its_place_is_free(world: World) -> None:
    world.pull(ELEC, GAS)
    world.move(world.slot())
    assert world.refuse() == Declined(1, 2)
    assert world.visits("status", "outcome", "outcome_at", "version") == [("refused", "refused", world.now + 3600, 3)]
    assert [row["status"] for row in world.all(WorkOrder)] == ["refused"] * 2
    assert world.taken() == [0] and world.requests("kind", "state") == [("move", "replaced"), ("refuse", "open")]


def test_why_a_meter_is_not_refused(world: World) -> None:
    world.pull(ELEC | {"TENURE": "LANDLORD"})
    assert world.refuse() == No("landlord")                          # who lives there decides
    world.set(Customer, 1, landlord=0)
    assert world.refuse(visit=99) == No("unknown")
    world.refuse()
    assert world.refuse() == No("closed") and world.move(world.slot()) == No("closed")
    lawful, world.rollout = world.rollout, World(world.folder, refusal_allowed=False).rollout
    world.pull(later(ELEC), ROW | {"WO": "W9", "PREMISE": "P9", "ACCT": "A9"})
    assert world.refuse(visit=2) == No("not_allowed")
    world.rollout = lawful
    assert isinstance(world.refuse(visit=2), Declined)
