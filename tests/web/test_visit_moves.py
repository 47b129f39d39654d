"""What customers do about their visit on their page: they confirm it, choose another time, wish for one or refuse the meter."""

from pathlib import Path
from typing import Any

import pytest

from doorstep.model import Enquiry, Request, Stop, Visit, VisitNote
from tests.making import make_rollout
from tests.web.own_page import Home

FREE = make_rollout(refusal_allowed=True)
FEE = make_rollout(refusal_allowed=True, refusal_fee="£33")


def test_a_visit_is_confirmed_and_the_page_says_so(tmp_path: Path) -> None:
    home = Home(tmp_path)
    page = home.follow("/confirm")
    assert "You told us that" in page and 'role="status"' in page and "Yes, this time suits me" not in page
    home.follow("/confirm")
    assert home.deeds() == [("confirmed", "page")]


@pytest.mark.parametrize("visit", [
    {"status": "cancelled"}, {"status": "completed"}, {"day": "2027-02-20"}, {"status": "en_route"}])
def test_a_page_that_was_open_too_long_confirms_nothing(tmp_path: Path, visit: dict[str, Any]) -> None:
    home = Home(tmp_path, **visit)
    assert "nothing was done" in home.follow("/confirm")
    assert home.rows(VisitNote) == []


def test_a_slot_is_held_then_taken_and_what_was_chosen_need_not_be_confirmed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    slot = home.slot("2027-03-11", 720, 960)
    assert "Thursday 11 March 2027, 12 noon to 4 pm" in home.get("/move").text
    held = home.follow("/move", slot=slot)
    assert "We keep this time for you until <bdi>10:15 am</bdi>" in held and home.row(Visit, home.visit).day == "2027-03-09"
    page = home.follow("/take", slot=slot)
    assert "Your visit is now on <bdi>Thursday 11 March 2027</bdi>" in page and "Yes, this time suits me" not in page
    visit = home.row(Visit, home.visit)
    assert (visit.day, visit.window_start, visit.window_end, visit.status) == ("2027-03-11", 720, 960, "booked")
    assert "is now on" in home.follow("/take", slot=slot)
    assert [row.kind for row in home.rows(Request)] == ["move"]


def test_a_place_that_was_held_can_be_given_back(tmp_path: Path) -> None:
    home = Home(tmp_path)
    slot = home.slot("2027-03-11")
    home.follow("/move", slot=slot)
    assert "Free times" in home.follow("/release")


def test_who_comes_second_is_told_that_someone_was_faster(tmp_path: Path) -> None:
    home = Home(tmp_path)
    slot = home.slot("2027-03-11")
    other = home.world.visit(status="booked")
    home.browser.post(home.path("/move", visit=other), data={"slot": slot})
    assert "Someone was a little faster" in home.follow("/move", slot=slot)
    assert home.row(Visit, home.visit).day == "2027-03-09"


@pytest.mark.parametrize("slot", ["99", "-1", "x", "9" * 40, "1; DROP TABLE visit"])
def test_a_slot_that_is_not_offered_moves_nothing(tmp_path: Path, slot: str) -> None:
    home = Home(tmp_path)
    for rest in ("/move", "/take"):
        assert home.send(rest, slot=slot).status_code in (303, 422)
    assert home.row(Visit, home.visit).day == "2027-03-09" and home.rows(Request) == []


def test_the_visit_goes_into_a_calendar_and_moves_there(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = home.get("/visit.ics")
    assert first.headers["content-type"].startswith("text/calendar") and b"SEQUENCE:1" in first.content
    assert b"DTSTART:20270309T080000Z" in first.content
    assert b"SUMMARY;LANGUAGE=en:Northwick Energy: smart meter visit" in first.content
    assert b"<" not in first.content and b"Person" not in first.content
    slot = home.slot("2027-03-11", 720, 960)
    home.follow("/take", slot=slot)
    second = home.get("/visit.ics").content
    assert b"DTSTART:20270311T120000Z" in second and b"SEQUENCE:2" in second
    uid = b"UID:visit-1-northwick@doorstep"
    assert uid in first.content and uid in second


def test_where_no_slot_is_free_a_person_is_asked_to_find_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert "There is no free time to choose here" in home.get("/move").text
    page = home.follow("/suits", words="Any Tuesday")
    home.follow("/suits", words="Any Tuesday")
    assert "Customer team" in page and "Wednesday 3 March 2027" in page
    assert [(row.kind, row.words, row.visit_id) for row in home.rows(Enquiry)] == [("move", "Any Tuesday", home.visit)]


@pytest.mark.parametrize(("visit", "offered"), [
    ({"day": "2027-03-02"}, False), ({"life_support": 1}, False), ({"status": "en_route"}, False), ({}, True)])
def test_what_is_too_near_or_too_delicate_is_moved_by_a_call(tmp_path: Path, visit: dict[str, Any], offered: bool) -> None:
    home = Home(tmp_path, **visit)
    home.slot("2027-03-11")
    assert ("Free times" in home.get("/move").text) is offered
    assert ("can no longer be moved here" in home.get("/move").text) is not offered


@pytest.mark.parametrize(("visit", "may"), [
    ({"status": "aborted", "outcome": "no_access"}, True), ({"status": "cancelled"}, True), ({"status": "completed"}, False),
    ({"status": "refused"}, False)])
def test_after_a_visit_that_failed_another_day_can_be_wished_for(tmp_path: Path, visit: dict[str, Any], may: bool) -> None:
    home = Home(tmp_path, outcome_at=1803801600, **visit)
    assert ("Tell us which days suit you" in home.get().text) is may
    home.send("/suits", words="Mondays")
    assert len(home.rows(Enquiry)) == may


def test_a_refusal_is_two_steps_and_says_what_it_means(tmp_path: Path) -> None:
    home = Home(tmp_path, rollout=FEE)
    first = home.get("/refuse").text
    assert "Keeping the present meter costs <bdi>£33</bdi>" in first and "within two working days" in first
    assert "You can change your mind at any time" in first
    unsure = home.send("/refuse")
    assert unsure.status_code == 422 and "#sure" in unsure.text and home.rows(Request) == []
    for _ in range(2):
        assert "We will confirm it in writing within two working days" in home.follow("/refuse", sure="yes")
    assert home.row(Visit, home.visit).status == "refused"
    assert [(row.kind, row.channel) for row in home.rows(Request)] == [("refuse", "page")]
    assert home.rows(Stop) == []                # a refusal of the meter is not a stop of messages


@pytest.mark.parametrize(("rollout", "visit"), [
    (make_rollout(), {}), (FREE, {"landlord": 1}), (FREE, {"status": "completed"}), (FREE, {"status": "cancelled"})])
def test_a_refusal_that_is_not_allowed_is_neither_offered_nor_taken(tmp_path: Path, rollout: Any, visit: dict[str, Any]) -> None:
    home = Home(tmp_path, rollout=rollout, **visit)
    assert "/refuse" not in home.get().text and "cannot be done here" in home.get("/refuse").text
    home.send("/refuse", sure="yes")
    assert home.rows(Request) == [] and home.row(Visit, home.visit).status != "refused"


def test_a_refusal_without_a_fee_says_so(tmp_path: Path) -> None:
    assert "You pay no fee for this" in Home(tmp_path, rollout=FREE).get("/refuse").text
