"""The feed and what customers asked for: a schedule that has not heard of it yet undoes nothing; what it decides then is so."""

import pytest

from doorstep.booking import requests
from doorstep.model import Customer
from tests.booking.world import AM, NEW, OLD, ROW, THIRD, World, begun
from tests.schedule.world import later

ELEC, GAS = ROW, ROW | {"WO": "W2", "FUEL": "GAS", "METER": "G1"}
OTHER_PHONE = {"PHONE": "07400 309662"}      # the row is news, its date is not
ASKED = {"DATE": NEW, "SLOT": "AM"}


@pytest.fixture
def moved(world: World) -> World:
    """A household whose visit its customer moved from 9 to 16 March in the morning."""
    return begun(world, _moved)


def _moved(world: World) -> None:
    world.pull(ELEC, GAS)
    world.move(world.slot())


def test_a_feed_that_repeats_the_old_date_undoes_nothing(moved: World) -> None:
    for day in (5, 6):
        report = moved.pull(*(later(row, day, **OTHER_PHONE, NAME=f"Ms Jones {day}") for row in (ELEC, GAS)))
        assert (report.changed["moved"], report.changed["other"]) == (0, 2)
    assert moved.stands() == [(NEW, 480, "booked")] and moved.visits("version") == [(2,)]
    assert moved.customer()["phone"] == "+447400309662" and moved.customer()["name"] == "Ms Jones 6"
    assert moved.requests("state") == ["open"] and moved.taken() == [1]


def test_replaying_a_feed_of_before_changes_nothing(moved: World) -> None:
    before = [moved.stands(), moved.requests("state"), moved.told()]
    for path in sorted(moved.folder.glob("feed-*.csv")):
        assert moved.take(path).state == "same"
    moved.pull(ELEC, GAS)
    assert [moved.stands(), moved.requests("state"), moved.told()] == before and moved.visits("version") == [(2,)]


def test_a_feed_that_says_what_was_asked_confirms_it(moved: World) -> None:
    moved.pull(later(ELEC, STATUS="BOOKED", **ASKED), GAS)
    assert moved.requests("state") == ["open"]                       # of one meter it has said nothing yet
    moved.pull(ELEC, later(GAS, STATUS="PLANNED", **ASKED))
    assert moved.requests("state", "settled_at") == [("confirmed", moved.now)]
    assert moved.stands() == [(NEW, 480, "booked")] and moved.visits("version") == [(2,)]
    assert moved.told() == ["move-asked", "request-confirmed"] and moved.taken() == [1]


def test_a_date_that_was_chosen_stays_a_booking_whatever_the_feed_calls_it(moved: World) -> None:
    moved.pull(*(later(row, STATUS="BOOKED", **ASKED) for row in (ELEC, GAS)))
    moved.pull(*(later(row, 6, STATUS="PLANNED", DATE=NEW, SLOT="TBC") for row in (ELEC, GAS)))
    assert moved.stands() == [(NEW, 480, "booked")] and moved.visits("version") == [(2,)]


def test_once_confirmed_the_scheduler_may_move_it_again_even_back(moved: World) -> None:
    moved.pull(*(later(row, STATUS="BOOKED", **ASKED) for row in (ELEC, GAS)))
    moved.pull(*(later(row, 6) for row in (ELEC, GAS)))
    assert moved.stands() == [(OLD, 480, "planned")] and moved.taken() == [0]
    assert moved.requests("state") == ["confirmed"]


def test_a_date_that_is_chosen_twice_with_another_between_stands_as_the_second_time_chose_it(moved: World) -> None:
    moved.pull(*(later(row, STATUS="BOOKED", **ASKED) for row in (ELEC, GAS)))
    moved.pull(*(later(row, 6, DATE=THIRD) for row in (ELEC, GAS)))
    moved.move(1)
    moved.pull(*(later(row, 7, DATE=THIRD, **OTHER_PHONE) for row in (ELEC, GAS)))
    assert moved.stands() == [(NEW, 480, "booked")] and moved.requests("state") == ["confirmed", "open"]


@pytest.mark.parametrize(("says", "stands"), [
    ({"DATE": THIRD}, (THIRD, 480, "planned")), ({"DATE": NEW, "SLOT": "PM"}, (NEW, 720, "planned")),
    ({"DATE": OLD, "STATUS": "BOOKED"}, (OLD, 480, "booked")), ({"STATUS": "CANCELLED"}, (NEW, 480, "cancelled")),
    ({"STATUS": "EN_ROUTE"}, (OLD, 480, "en_route"))])
def test_a_feed_that_says_a_third_thing_is_right(moved: World, says: dict[str, str], stands: tuple[object, ...]) -> None:
    moved.pull(*(later(row, **says) for row in (ELEC, GAS)))
    assert moved.stands() == [stands]
    assert moved.requests("state", "settled_at") == [("overruled", moved.now)]
    assert moved.told() == ["move-asked", "request-overruled"] and moved.taken() == [0]


def test_a_visit_that_vanishes_from_a_full_feed_is_overruled(moved: World) -> None:
    rest = [ROW | {"WO": f"S{n}", "PREMISE": f"S{n}", "ACCT": f"S{n}"} for n in range(3)]
    moved.pull(*rest)
    assert moved.requests("state") == ["overruled"] and moved.taken() == [0]
    assert moved.visits("status")[0] == ("cancelled",)


def test_a_visit_made_as_asked_confirms_the_request_and_keeps_its_place(moved: World) -> None:
    done = {"STATUS": "COMPLETE", "WHEN": "2027-01-05T01:00:00Z", **ASKED}
    moved.pull(*(later(row, **done) for row in (ELEC, GAS)))
    assert moved.visits("status") == [("completed",)]
    assert moved.requests("state") == ["confirmed"] and moved.taken() == [1]


def test_of_two_meters_one_may_be_overruled_alone(moved: World) -> None:
    moved.pull(later(ELEC, DATE=THIRD), later(GAS, **OTHER_PHONE))
    assert moved.visits("day", "commodities", "status") == [(NEW, "gas", "booked"), (THIRD, "electricity", "planned")]
    moved.pull(later(ELEC, DATE=THIRD), later(GAS, 6, NAME="Ms Jones"))
    assert moved.visits("day", "commodities", "status") == [(NEW, "gas", "booked"), (THIRD, "electricity", "planned")]
    assert moved.requests("state") == ["overruled"] and moved.taken() == [1]


def test_who_moved_twice_is_undone_by_neither_of_the_earlier_dates(moved: World) -> None:
    moved.move(moved.slot(THIRD))
    moved.pull(later(ELEC, STATUS="BOOKED", **ASKED), later(GAS, **OTHER_PHONE))       # it has heard of the first alone
    moved.pull(later(ELEC, 6, STATUS="PLANNED", **ASKED), later(GAS, 6, STATUS="BOOKED", **ASKED))
    assert moved.stands() == [(THIRD, 480, "booked")] and moved.requests("state") == ["replaced", "open"]
    moved.pull(*(later(row, 7, DATE=THIRD, STATUS="BOOKED") for row in (ELEC, GAS)))
    assert moved.requests("state") == ["replaced", "confirmed"] and moved.visits("version") == [(3,)]


def test_an_older_row_that_comes_late_settles_nothing(moved: World) -> None:
    moved.pull(later(ELEC, 6, **OTHER_PHONE), later(GAS, 6, **OTHER_PHONE))
    moved.pull(later(ELEC, 5, DATE=THIRD), later(GAS, 5, DATE=THIRD))
    assert moved.stands() == [(NEW, 480, "booked")] and moved.requests("state") == ["open"]


def test_a_window_chosen_on_the_same_day_stands_too(world: World) -> None:
    world.pull(ELEC | {"SLOT": "TBC"})
    world.move(world.slot(OLD, AM))
    world.pull(later(ELEC, SLOT="TBC", **OTHER_PHONE))
    assert world.stands() == [(OLD, 480, "booked")] and world.requests("state") == ["open"]
    world.pull(later(ELEC, 6, SLOT="AM", STATUS="BOOKED"))
    assert world.requests("state") == ["confirmed"] and world.visits("version") == [(2,)]


def test_moves_that_customers_made_do_not_hold_a_feed(world: World) -> None:
    rows = [ROW | {"WO": f"S{n}", "PREMISE": f"S{n}", "ACCT": f"S{n}"} for n in range(20)]
    world.pull(*rows)
    slot = world.slot(capacity=20)
    for visit in range(1, 21):
        world.move(slot, visit)
    report = world.pull(*(later(row, **OTHER_PHONE) for row in rows))
    assert report.held is None and report.changed["moved"] == 0
    assert world.visits("day") == [(NEW,)] * 20 and world.taken() == [20]
    assert world.pull(*(later(row, 6, **ASKED) for row in rows)).held is None
    assert world.requests("state") == ["confirmed"] * 20
    assert world.pull(*(later(row, 7, DATE=THIRD) for row in rows)).held == "rows_moved"      # the scheduler's own moves do


# ---- refusals ------------------------------------------------------------------------------------------------

@pytest.fixture
def refused(world: World) -> World:
    """A household that will not have the meter."""
    world.pull(ELEC)
    world.refuse()
    return world


@pytest.mark.parametrize("says", [{}, {"DATE": THIRD}, {"STATUS": "BOOKED"}, {"STATUS": "ABORTED", "WHY": "NO_ACCESS"}])
def test_plans_of_a_scheduler_who_has_not_heard_do_not_undo_a_refusal(refused: World, says: dict[str, str]) -> None:
    refused.pull(later(ELEC, **OTHER_PHONE, **says))
    assert refused.visits("status", "day", "version", "attempts") == [("refused", OLD, 2, 0)]
    assert refused.requests("state") == ["open"]


@pytest.mark.parametrize("says", [{"STATUS": "CANCELLED"}, {"STATUS": "ABORTED", "WHY": "SMART_REFUSED"}])
def test_a_scheduler_who_called_it_off_has_heard(refused: World, says: dict[str, str]) -> None:
    refused.pull(later(ELEC, **says))
    assert refused.visits("status", "outcome", "version") == [("refused", "refused", 2)]     # nobody is told that we cancel
    assert refused.requests("state") == ["confirmed"]
    refused.pull(later(ELEC, 6, STATUS="CANCELLED", **OTHER_PHONE))
    assert refused.visits("status", "version") == [("refused", 2)]


def test_after_that_the_customer_may_have_changed_their_mind(refused: World) -> None:
    refused.pull(later(ELEC, STATUS="CANCELLED"))
    refused.pull(later(ELEC, 6, STATUS="BOOKED", DATE=THIRD))
    assert refused.visits("status", "day", "round") == [("booked", THIRD, 2)]


def test_a_refusal_that_is_taken_back_lets_the_schedule_decide_again(refused: World) -> None:
    def take_back() -> bool:
        return requests.take_back(refused.store, refused.rollout, 1, channel="call", now=refused.now + 7200)

    assert take_back() and not take_back()
    assert refused.visits("status") == [("refused",)] and refused.requests("state") == ["replaced"]
    refused.pull(later(ELEC))
    assert refused.visits("status", "day", "round") == [("planned", OLD, 2)]
    assert refused.told() == ["refuse-asked", "refuse-taken-back"]


def test_a_meter_that_was_fitted_all_the_same_is_a_fact(refused: World) -> None:
    refused.pull(later(ELEC, STATUS="COMPLETE", WHEN="2027-01-05T01:00:00Z"))
    assert refused.visits("status", "version") == [("completed", 3)]
    assert refused.requests("kind", "state") == [("refuse", "overruled")]
    assert refused.told() == ["refuse-asked", "request-overruled"]


# ---- what customers chose for themselves ---------------------------------------------------------------------

def test_a_language_and_a_channel_that_a_customer_chose_no_feed_changes(world: World) -> None:
    world.pull(ELEC)
    world.set(Customer, 1, language="ar", language_chosen=1, prefers="sms", prefers_chosen=1)
    world.pull(later(ELEC, **OTHER_PHONE))
    assert (world.customer()["language"], world.customer()["prefers"]) == ("ar", "sms")
    assert world.customer()["phone"] == "+447400309662"
    before = world.customer()["updated_at"]
    world.pull(later(ELEC, 6, **OTHER_PHONE, SLOT="PM"))
    assert world.customer()["updated_at"] == before                  # nothing about the customer is new
    world.set(Customer, 1, language_chosen=0, prefers_chosen=0)
    world.pull(later(ELEC, 7, **OTHER_PHONE, NAME="Ms Jones"))
    assert (world.customer()["language"], world.customer()["prefers"]) == ("en", None)


def test_the_windows_of_two_meters_may_differ_before(world: World) -> None:
    world.pull(ELEC, GAS | {"SLOT": "PM"})
    world.move(world.slot())
    world.pull(later(ELEC, **OTHER_PHONE), later(GAS, SLOT="PM", **OTHER_PHONE))
    assert world.visits("day", "window_start", "window_end", "version") == [(NEW, *AM, 2)]
