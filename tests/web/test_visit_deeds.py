"""What customers do on their page: each form sent leaves what it should, once, and says so."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from doorstep.conversation.enquiries import answer
from doorstep.model import Customer, Enquiry, Journal, Request, Stop, SurveyAnswer, Visit, VisitNote
from tests.making import make_rollout
from tests.web.own_page import Home

FREE = make_rollout(refusal_allowed=True)
FEE = make_rollout(refusal_allowed=True, refusal_fee="£33")


def deeds(home: Home) -> list[tuple[str, str | None]]:
    return [(row.kind, row.data) for row in home.rows(Journal)]


def test_a_visit_is_confirmed_and_the_page_says_so(tmp_path: Path) -> None:
    home = Home(tmp_path)
    page = home.follow("/confirm")
    assert "You told us that" in page and 'role="status"' in page and "Yes, this time suits me" not in page
    home.follow("/confirm")
    assert deeds(home) == [("confirmed", "page")]


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


def test_what_is_told_about_the_visit_is_kept_and_not_shown_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    page = home.follow("/note", present="someone", who="Hana Said", access="Side gate", pets="yes", medical="no")
    assert "written it down for the installer" in page
    (row,) = home.rows(VisitNote)
    assert (row.present, row.who, row.access, row.pets, row.medical) == ("someone", "Hana Said", "Side gate", 1, 0)
    again = home.get("/note").text
    assert "We have notes from you" in again and "Hana" not in again and "Side gate" not in again and " checked" not in again


def test_medical_equipment_goes_to_a_person_at_once_and_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for _ in range(2):
        assert "call you about your equipment" in home.follow("/note", medical="yes")
    (row,) = home.rows(Enquiry)
    assert (row.kind, row.topic, row.words) == ("needs", "safety", "") and row.due_at < home.now + 86400


def test_a_form_with_a_fault_comes_back_with_what_was_typed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    answer = home.send("/note", present="someone", access='<script>"x"', pets="maybe")
    assert answer.status_code == 422 and home.rows(VisitNote) == []
    assert '<a href="#who">Please write the name of the person who will be there.</a>' in answer.text
    assert 'aria-describedby="who-hint who-fault"' in answer.text and '<a href="#pets">' in answer.text
    assert "&lt;script&gt;&#34;x&#34;" in answer.text and "<title>Please look at this again:" in answer.text


def test_a_text_that_is_too_long_is_not_cut_in_silence(tmp_path: Path) -> None:
    home = Home(tmp_path)
    answer = home.send("/ask", kind="question", topic="cost", words="x" * 1001)
    assert answer.status_code == 422 and "at most 1,000 letters" in answer.text and "x" * 1001 in answer.text
    assert home.rows(Enquiry) == []


def test_another_language_holds_at_once_and_for_good(tmp_path: Path) -> None:
    home = Home(tmp_path)
    page = home.follow("/language", language="ar")
    assert '<html lang="ar" dir="rtl">' in page and "ستصلكم رسائلنا من الآن بالعربية" in page
    customer = home.row(Customer, 1)
    assert (customer.language, customer.language_chosen) == ("ar", 1)
    home.follow("/language", language="xx")
    assert home.row(Customer, 1).language == "ar" and deeds(home) == [("chosen", "language=ar")]


def test_the_way_and_the_number_of_messages_are_chosen(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for _ in range(2):
        home.follow("/messages", prefers="sms", week="1")
    customer = home.row(Customer, 1)
    assert (customer.prefers, customer.prefers_chosen, customer.most_per_week) == ("sms", 1, 1)
    assert deeds(home) == [("chosen", "prefers=sms"), ("chosen", "most_per_week=1")]
    assert 'value="sms" id="prefers-sms" checked' in home.get("/messages").text
    home.follow("/messages", prefers="any", week="any")
    assert (home.row(Customer, 1).prefers, home.row(Customer, 1).most_per_week) == (None, None)
    assert home.send("/messages", prefers="fax", week="99").status_code == 422


def test_a_channel_is_stopped_and_started_and_the_page_says_what_still_comes(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for _ in range(2):
        assert "will reach you in another way" in home.follow("/stop", channel="sms")
    assert "Stopped: you get nothing here" in home.get("/messages").text
    home.follow("/start", channel="sms")
    assert [(row.channel, row.ended_at) for row in home.rows(Stop)] == [("sms", home.now)]
    home.follow("/stop", channel="fax")
    assert deeds(home) == [("stopped", "page sms"), ("started", "page sms")]


def test_a_question_gets_a_first_answer_with_its_source_a_name_and_a_day(tmp_path: Path) -> None:
    home = Home(tmp_path)
    page = home.follow("/ask", kind="concern", topic="health", words="Is it <b>safe</b>?")
    assert "<bdi>Customer team</bdi> will answer you by <bdi>Wednesday 3 March 2027</bdi>" in page
    assert "What we can say at once" in page and "Source:" in page and "{%" not in page and "safe</b>" not in page
    home.follow("/ask", kind="concern", topic="health", words="Is it <b>safe</b>?")
    (row,) = home.rows(Enquiry)
    assert (row.kind, row.topic, row.words) == ("concern", "health", "Is it <b>safe</b>?")
    assert (row.channel, row.language) == ("page", "en")
    assert "Health</a>" in home.get().text


def test_a_form_that_is_sent_many_times_at_once_counts_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.get()
    with ThreadPoolExecutor(4) as hands:
        answers = list(hands.map(lambda _: home.send("/ask", kind="question", topic="cost", words="Who pays?"), range(8)))
    assert {answer.headers["location"] for answer in answers} == {home.path("/asked/1#main")}
    assert len(home.rows(Enquiry)) == 1 and len(deeds(home)) == 1


@pytest.mark.parametrize(("said", "satisfied", "state"), [("yes", 1, "closed"), ("no", 0, "open")])
def test_did_this_answer_you(tmp_path: Path, said: str, satisfied: int, state: str) -> None:
    home = Home(tmp_path)
    home.follow("/ask", kind="question", topic="cost", words="Who pays?")
    for _ in range(2):
        home.follow("/asked/1", answered=said)
    (row,) = home.rows(Enquiry)
    assert (row.satisfied, row.state) == (satisfied, state)
    assert "Did this answer you?" not in home.get("/asked/1").text
    assert [kind for kind, _ in deeds(home)] == ["asked", "satisfied"]


def test_the_answer_of_a_person_takes_the_place_of_the_first_one_and_is_asked_about_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.follow("/ask", kind="question", topic="cost", words="Who pays?")
    home.follow("/asked/1", answered="no")
    answer(home.world.store, home.rollout, 1, by="Rana", answer="You pay <nothing>.", source="Tariff 7", now=home.now)
    page = home.get("/asked/1").text
    assert "You pay &lt;nothing&gt;." in page and "Source: <bdi>Tariff 7</bdi>" in page and "Did this answer you?" in page
    assert "What we can say at once" not in page


def test_an_enquiry_of_another_customer_is_as_unknown_as_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    other = home.world.visit(status="booked")
    home.browser.post(home.path("/ask", visit=other), data={"kind": "question", "topic": "cost", "words": "Mine?"})
    assert home.rows(Enquiry)[0].visit_id == other
    for number in ("1", "2", "x", "9" * 30):
        assert home.get(f"/asked/{number}").status_code == 404
        assert home.send(f"/asked/{number}", answered="yes").status_code == 404
    assert home.rows(Enquiry)[0].satisfied is None


def test_a_call_is_asked_for_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert "••• 401" in home.get("/call").text
    for _ in range(2):
        assert "will call you by" in home.follow("/call", words="")
    assert [row.kind for row in home.rows(Enquiry)] == ["call_me"]


def test_without_a_number_nobody_promises_a_call(tmp_path: Path) -> None:
    home = Home(tmp_path, phone=None)
    assert "no phone number of yours" in home.get("/call").text
    home.send("/call", words="")
    assert home.rows(Enquiry) == []


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


@pytest.mark.parametrize(("status", "questions"), [
    ("completed", {"rating", "on_time", "explained", "recommend", "knew_before"}),
    ("aborted", {"rating", "on_time", "explained", "recommend", "knew_before"}),
    ("cancelled", {"rating", "recommend", "knew_before"}), ("refused", {"rating", "recommend", "knew_before"})])
def test_every_outcome_is_rated(tmp_path: Path, status: str, questions: set[str]) -> None:
    home = Home(tmp_path, status=status, outcome_at=1803801600)
    said = dict.fromkeys(questions - {"rating"}, "yes")
    for _ in range(2):
        assert "Your answers help us" in home.follow("/rate", rating="4", **said)
    assert {(row.question, row.value) for row in home.rows(SurveyAnswer)} == {("rating", 4), *((name, 1) for name in said)}
    assert [kind for kind, _ in deeds(home)] == ["rated"]


def test_a_rating_wants_a_number_and_may_skip_the_rest(tmp_path: Path) -> None:
    home = Home(tmp_path, status="completed", outcome_at=1803801600)
    assert home.send("/rate", recommend="yes").status_code == 422
    home.follow("/rate", rating="5")
    assert [(row.question, row.value) for row in home.rows(SurveyAnswer)] == [("rating", 5)]
    assert 'value="5" id="rating-5" checked' in home.get("/rate").text


def test_a_visit_to_come_is_not_rated(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.get("/rate").status_code == 303
    home.send("/rate", rating="5")
    assert home.rows(SurveyAnswer) == []


def test_a_display_that_looks_wrong_goes_to_a_person(tmp_path: Path) -> None:
    home = Home(tmp_path, status="completed", outcome_at=1803801600, new_meter="SM-77")
    page = home.get().text
    assert "What the display shows" in page and "SM-77" in page and "when the meter has begun to report" in page
    for _ in range(2):
        assert "will look at your new meter" in home.follow("/display", display="no")
    assert [(row.kind, row.topic) for row in home.rows(Enquiry)] == [("fault", "accuracy")]
    assert [(row.question, row.value) for row in home.rows(SurveyAnswer)] == [("display", 0)]


def test_the_quiz_is_marked_and_says_what_is_right(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.send("/quiz").status_code == 422
    page = home.follow("/quiz", q1="yes", q2="yes", q7="no")
    assert "You had <bdi>2</bdi> of <bdi>3</bdi> right" in page and "Not quite." in page
    assert {(row.survey, row.question, row.value) for row in home.rows(SurveyAnswer)} == {
        ("knowledge", "q1", 1), ("knowledge", "q2", 0), ("knowledge", "q7", 1)}
