"""How a feed becomes visits: one household on one day is one visit, whatever its work orders do."""

import pytest

from doorstep.model import Customer, Visit, WorkOrder
from doorstep.schedule.mapping import read_rules
from doorstep.schedule.merging import weigh
from doorstep.schedule.reading import frames
from doorstep.schedule.staging import Stage, checked
from doorstep.schedule.tables import Pull
from tests.schedule.world import ELEC, GAS, PLAIN, World, later

BOTH_DAYS = "2027-03-09", "2027-03-16"
MOVED = {"DATE": "2027-03-16"}


def test_two_meters_of_a_household_on_one_day_are_one_visit(world: World) -> None:
    world.pull(GAS | {"SLOT": "PM"}, ELEC)
    assert world.visits("reference", "meters", "commodities", "window_start", "window_end", "status") == [
        ("W1", 2, "electricity,gas", 480, 960, "planned")]
    assert len(world.all(Customer)) == 1 and len(world.all(WorkOrder)) == 2


def test_another_account_at_the_same_premise_is_another_household(world: World) -> None:
    world.pull(ELEC, GAS | {"ACCT": "A2"})
    assert world.visits("meters") == [(1,), (1,)]


def test_rows_that_name_neither_premise_nor_account_share_no_visit(world: World) -> None:
    world.pull(ELEC | {"PREMISE": "", "ACCT": ""}, GAS | {"PREMISE": "", "ACCT": ""})
    assert len(world.all(Visit)) == 2


@pytest.mark.parametrize(("electricity", "gas", "visit"), [
    ("PLANNED", "PLANNED", "planned"), ("PLANNED", "BOOKED", "booked"), ("BOOKED", "EN_ROUTE", "en_route"),
    ("COMPLETE", "PLANNED", "planned"), ("COMPLETE", "COMPLETE", "completed"), ("COMPLETE", "CANCELLED", "completed"),
    ("COMPLETE", "ABORTED", "aborted"), ("ABORTED", "ABORTED", "aborted"), ("CANCELLED", "CANCELLED", "cancelled"),
    ("CANCELLED", "PLANNED", "planned"), ("ABORTED", "BOOKED", "booked")])
def test_a_visit_is_what_its_work_orders_are(world: World, electricity: str, gas: str, visit: str) -> None:
    world.pull(ELEC | {"STATUS": electricity}, GAS | {"STATUS": gas})
    assert world.visits("status") == [(visit,)]


def test_a_visit_of_which_one_meter_is_done_is_about_the_other(world: World) -> None:
    world.pull(ELEC | {"STATUS": "COMPLETE"}, GAS | {"SLOT": "PM"})
    assert world.visits("reference", "meters", "commodities", "window_start") == [("W2", 1, "gas", 720)]


def test_when_all_work_orders_move_together_the_visit_moves(world: World) -> None:
    world.pull(ELEC, GAS)
    report = world.pull(later(ELEC, **MOVED), later(GAS, **MOVED))
    assert report.changed["moved"] == 2
    assert world.visits("id", "day", "version", "since", "changed_at") == [(1, "2027-03-16", 2, world.now, world.now)]
    assert world.past("visit_id", "version", "day", "change", "until") == [(1, 1, "2027-03-09", "moved", world.now)]


def test_when_one_of_two_moves_it_is_split_off(world: World) -> None:
    world.pull(ELEC, GAS)
    world.pull(ELEC, later(GAS, **MOVED))
    assert world.visits("day", "commodities", "split_from", "status") == [
        ("2027-03-09", "electricity", None, "planned"), ("2027-03-16", "gas", 1, "planned")]
    assert world.past("visit_id", "change") == [(1, "split")]


def test_a_work_order_that_moves_to_the_households_other_visit_joins_it(world: World) -> None:
    world.pull(ELEC, GAS | MOVED)
    world.pull(later(ELEC, **MOVED), GAS | MOVED)
    assert world.visits("day", "status", "merged_into", "meters") == [
        ("2027-03-09", "merged", 2, 1), ("2027-03-16", "planned", None, 2)]
    assert world.past("visit_id", "change") == [(1, "merged")]


def test_two_visits_that_move_to_the_same_day_become_one(world: World) -> None:
    world.pull(ELEC, GAS | MOVED)
    world.pull(later(ELEC, DATE="2027-04-01"), later(GAS, DATE="2027-04-01"))
    assert world.visits("day", "status", "merged_into", "meters") == [
        ("2027-04-01", "planned", None, 2), ("2027-03-16", "merged", 1, 1)]


def test_two_visits_that_change_places_keep_their_work_orders(world: World) -> None:
    world.pull(ELEC, GAS | MOVED)
    world.pull(later(ELEC, **MOVED), later(GAS))
    assert world.visits("day", "commodities", "status") == [("2027-03-16", "electricity", "planned"),
                                                             ("2027-03-09", "gas", "planned")]


def test_work_orders_that_leave_to_different_days_part(world: World) -> None:
    world.pull(ELEC, GAS)
    world.pull(later(ELEC, DATE="2027-04-02"), later(GAS, DATE="2027-04-01"))
    assert world.visits("day", "commodities", "split_from") == [("2027-04-01", "gas", None), ("2027-04-02", "electricity", 1)]


def test_a_visit_where_a_meter_was_fitted_stays_and_the_other_meter_gets_a_visit(world: World) -> None:
    world.pull(ELEC, GAS)
    world.pull(later(ELEC, STATUS="COMPLETE"), later(GAS, **MOVED))
    assert world.visits("day", "status", "commodities") == [("2027-03-09", "completed", "electricity"),
                                                            ("2027-03-16", "planned", "gas")]


def test_a_new_work_order_joins_the_open_visit_of_its_day(world: World) -> None:
    world.pull(ELEC)
    world.pull(ELEC, later(GAS, SLOT="PM"))
    assert world.visits("meters", "commodities", "window_end", "version") == [(2, "electricity,gas", 960, 2)]


def test_a_visit_booked_again_after_an_abort_keeps_its_id_and_counts_its_tries(world: World) -> None:
    world.pull(ELEC)
    world.pull(later(ELEC, STATUS="ABORTED", WHY="NO_ACCESS", WHEN="2027-01-04T15:00:00Z"))
    [(status, outcome, outcome_at, tries)] = world.visits("status", "outcome", "outcome_at", "attempts")
    assert (status, outcome, tries) == ("aborted", "no_access", 1) and outcome_at == world.now - 15 * 3600
    world.pull(later(ELEC, 6, **MOVED))
    assert world.visits("id", "status", "round", "reopened_at", "outcome", "outcome_at", "attempts", "day") == [
        (1, "planned", 2, world.now, None, None, 1, "2027-03-16")]
    world.pull(later(ELEC, 7, **MOVED, STATUS="ABORTED", WHY="NO_ACCESS"))
    assert world.visits("attempts", "round", "outcome_at") == [(2, 2, world.now)]
    assert world.past("version", "change") == [(1, "aborted"), (2, "moved"), (3, "aborted")]


def test_a_second_abort_counts_even_if_the_new_date_was_never_seen(world: World) -> None:
    world.pull(ELEC)
    world.pull(later(ELEC, STATUS="ABORTED", WHY="NO_ACCESS", WHEN="2027-01-04T15:00:00Z"))
    report = world.pull(later(ELEC, 6, STATUS="ABORTED", WHY="NO_ACCESS", WHEN="2027-01-05T15:00:00Z"))
    assert report.changed["aborted"] == 1
    assert world.visits("attempts", "round") == [(2, 2)]


def test_an_abort_that_is_only_described_better_is_not_another_try(world: World) -> None:
    world.pull(ELEC | {"STATUS": "ABORTED"})
    world.pull(later(ELEC, STATUS="ABORTED", WHY="NO_ACCESS"))
    [(tries, outcome, outcome_at)] = world.visits("attempts", "outcome", "outcome_at")
    assert (tries, outcome, outcome_at) == (1, "no_access", world.now - 86400)


def test_tries_are_carried_over_to_a_work_order_of_another_number(world: World) -> None:
    world.pull(ELEC | {"STATUS": "ABORTED", "WHY": "NO_ACCESS"})
    world.pull(ELEC | {"STATUS": "ABORTED", "WHY": "NO_ACCESS"}, later(ELEC, WO="W9", **MOVED))
    assert world.visit_of("W9")["attempts"] == 1


def test_a_rebooked_visit_joins_the_one_already_there_and_brings_its_tries(world: World) -> None:
    world.pull(ELEC | {"STATUS": "ABORTED", "WHY": "NO_ACCESS"}, GAS | MOVED)
    world.pull(later(ELEC, **MOVED), GAS | MOVED)
    assert world.visits("status", "merged_into", "attempts", "meters") == [("merged", 2, 1, 1), ("planned", None, 1, 2)]


def test_a_customer_who_will_not_have_the_meter_is_refused_not_aborted(world: World) -> None:
    world.pull(ELEC)
    report = world.pull(later(ELEC, STATUS="CANCELLED", WHY="SMART_REFUSED"))
    assert report.changed["cancelled"] == 1
    assert world.visits("status", "outcome") == [("refused", "refused")]


@pytest.mark.parametrize(("word", "outcome"), [("", None), ("NO_ACCESS", "no_access"), ("DOG ATE IT", "other")])
def test_an_outcome_word_that_is_not_mapped_is_other(world: World, word: str, outcome: str | None) -> None:
    world.pull(ELEC | {"STATUS": "ABORTED", "WHY": word})
    assert world.visits("outcome") == [(outcome,)]


def test_an_open_row_that_still_says_why_the_last_try_failed_says_nothing_of_this_one(world: World) -> None:
    world.pull(ELEC | {"STATUS": "BOOKED", "WHY": "NO_ACCESS", "WHEN": "2027-01-03T15:00:00Z"})
    assert world.visits("status", "outcome", "outcome_at") == [("booked", None, None)]


def test_an_older_row_that_comes_late_does_not_bring_the_old_date_back(world: World) -> None:
    world.pull(later(ELEC, 6, **MOVED))
    report = world.pull(later(ELEC, 5))
    assert (report.unchanged, sum(report.changed.values())) == (1, 0)
    assert world.visits("day", "version") == [("2027-03-16", 1)]


def test_what_was_said_again_later_is_not_undone_by_what_was_said_between(world: World) -> None:
    world.pull(ELEC)
    assert world.pull(later(ELEC, 9)).unchanged == 1
    world.pull(later(ELEC, 7, **MOVED))
    assert world.visits("day") == [("2027-03-09",)]


def test_of_two_files_with_the_same_stamp_the_later_one_counts(world: World) -> None:
    world.pull(ELEC)
    world.pull(ELEC | MOVED)
    assert world.visits("day") == [("2027-03-16",)]


def test_in_one_file_the_latest_stamp_counts_and_then_the_last_line(world: World) -> None:
    report = world.pull(later(ELEC, **MOVED), ELEC, ELEC | {"DATE": "2027-05-01"})
    assert (report.rows, report.taken, report.superseded) == (3, 1, 2)
    assert world.visits("day", "meters") == [("2027-03-16", 1)]


def test_a_superseded_row_that_differs_does_not_hide_the_last_one_which_does_not(world: World) -> None:
    world.pull(ELEC)
    report = world.pull(ELEC | MOVED, ELEC, name="again.csv")
    assert (report.superseded, report.unchanged) == (1, 1)
    assert world.visits("day") == [("2027-03-09",)]


def test_a_later_part_of_a_file_takes_back_what_an_earlier_part_said(world: World) -> None:
    world.pull(ELEC)
    rules, feed = read_rules(world.rollout, now=world.now), world.rollout.file.feed
    parts = [frame for row in (ELEC | MOVED, ELEC) for frame in frames(world.file(row), name="feed.csv", feed=feed)]
    with world.store.connect() as connection, Stage(connection, world.rollout.name, fresh=False) as stage:
        for batch in checked(parts, rules):
            stage.add(batch)
        assert stage.kept() == 1
        assert weigh(Pull(connection, world.rollout, world.now), full=False).move == 0


def test_changed_contact_data_reach_the_customer_and_leave_the_visit_alone(world: World) -> None:
    world.pull(ELEC, GAS)
    report = world.pull(later(ELEC, EMAIL="new@example.com", LANG="ar"), GAS)
    assert dict(report.changed)["other"] == 1
    assert (world.customer()["email"], world.customer()["language"], world.customer()["updated_at"]) == (
        "new@example.com", "ar", world.now)
    assert world.visits("version") == [(1,)]


def test_what_one_household_is_said_last_is_so(world: World) -> None:
    world.pull(later(ELEC, EMAIL="late@example.com"), GAS | {"EMAIL": "early@example.com"})
    assert world.customer()["email"] == "late@example.com"


def test_a_changed_window_is_a_new_version_but_no_move(world: World) -> None:
    world.pull(ELEC)
    report = world.pull(later(ELEC, SLOT="PM"))
    assert (report.changed["moved"], report.changed["other"]) == (0, 1)
    assert world.past("change", "window_start") == [("window", 480)]


def test_a_booking_is_a_new_version_that_leaves_the_day_as_it_was_told(world: World) -> None:
    world.pull(ELEC)
    born = world.now
    world.pull(later(ELEC, STATUS="BOOKED"))
    assert world.visits("status", "version", "since", "changed_at") == [("booked", 2, world.now, born)]


def test_a_work_order_of_another_account_leaves_the_old_customer_in_peace(world: World) -> None:
    world.pull(ELEC)
    world.pull(later(ELEC, ACCT="A2", NAME="Mr New"))
    assert world.visits("customer_id", "status", "outcome", "split_from") == [(1, "cancelled", "other", None),
                                                                             (2, "planned", None, None)]


def test_wave_and_length_stand_on_the_visit(world: World) -> None:
    world.pull(ELEC | {"WAVE": "W01", "MINUTES": "30"}, GAS | {"WAVE": "W01", "MINUTES": "1.5 h"})
    assert world.visits("wave", "duration_minutes") == [("W01", 90)]


def test_another_rollout_in_the_same_database_is_not_touched(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    world.pull(ELEC)
    other = World(tmp_path_factory.mktemp("other"))
    other.store, other.day = world.store, world.day
    other.rollout = other.rollout.__class__("southwick", other.rollout.file, other.rollout.plan, other.rollout.targets)
    other.pull(ELEC | {"DATE": "2027-06-01"})
    assert world.visits("rollout", "day") == [("northwick", "2027-03-09"), ("southwick", "2027-06-01")]


def test_a_household_whose_rows_are_far_apart_in_the_file_is_still_one(world: World) -> None:
    strangers = [PLAIN | {"WO": f"S{n}", "PREMISE": f"S{n}", "ACCT": f"S{n}"} for n in range(5)]
    world.pull(ELEC, *strangers, GAS)
    assert world.visit_of("W1")["meters"] == 2 and len(world.all(Customer)) == 6
