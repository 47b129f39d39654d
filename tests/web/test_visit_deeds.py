"""What customers do on their page: they tell, ask, choose and rate; each form sent leaves what it should, once, and says so."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from doorstep.conversation.enquiries import answer
from doorstep.model import Customer, Enquiry, Stop, SurveyAnswer, VisitNote
from tests.web.own_page import Home


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
    assert home.row(Customer, 1).language == "ar" and home.deeds() == [("chosen", "language=ar")]


def test_the_way_and_the_number_of_messages_are_chosen(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for _ in range(2):
        home.follow("/messages", prefers="sms", week="1")
    customer = home.row(Customer, 1)
    assert (customer.prefers, customer.prefers_chosen, customer.most_per_week) == ("sms", 1, 1)
    assert home.deeds() == [("chosen", "prefers=sms"), ("chosen", "most_per_week=1")]
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
    assert home.deeds() == [("stopped", "page sms"), ("started", "page sms")]


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
    assert len(home.rows(Enquiry)) == 1 and len(home.deeds()) == 1


@pytest.mark.parametrize(("said", "satisfied", "state"), [("yes", 1, "closed"), ("no", 0, "open")])
def test_did_this_answer_you(tmp_path: Path, said: str, satisfied: int, state: str) -> None:
    home = Home(tmp_path)
    home.follow("/ask", kind="question", topic="cost", words="Who pays?")
    for _ in range(2):
        home.follow("/asked/1", answered=said)
    (row,) = home.rows(Enquiry)
    assert (row.satisfied, row.state) == (satisfied, state)
    assert "Did this answer you?" not in home.get("/asked/1").text
    assert [kind for kind, _ in home.deeds()] == ["asked", "satisfied"]


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
    assert [kind for kind, _ in home.deeds()] == ["rated"]


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
