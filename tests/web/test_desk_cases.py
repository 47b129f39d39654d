"""The desk's cases: which wait, whose words they are, who answers, and who was faster."""

import re

import pytest

from doorstep.model import Enquiry
from tests.desk.office import Office
from tests.web.desk_rows import E, one


@pytest.mark.parametrize(("query", "cases"), [
    ("", [2, 1, 3]), ("?state=overdue", [2]), ("?topic=cost", [3]), ("?owner=Dr+Health", [1]), ("?area=Harbour", [2]),
    ("?state=closed", [4]), ("?state=nonsense", [2, 1, 3]), ("?topic=cost&area=Harbour", []), ("?after=x", [2, 1, 3])])
def test_cases_are_listed_by_when_they_are_due(office: Office, query: str, cases: list[int]) -> None:
    office.case(owner="Dr Health")
    office.case(due_at=office.now - 60, area="Harbour")
    office.case(due_at=office.now + 9000, topic="cost")
    office.case(state="closed")
    office.world.put(Enquiry, rollout="qasr", kind="concern", channel="sms", language="ar", words="", owner="x", opened_at=0,
                     due_at=0, state="open")
    text = office.someone("agent").get(f"/desk/northwick/cases{query}").text
    assert "3 wait, 1 of them for too long" in text
    places = {number: text.find(f'/cases/{number}"') for number in range(1, 6)}
    assert [number for number, place in sorted(places.items(), key=lambda each: each[1]) if place > 0] == cases


def test_a_long_list_goes_on_where_it_ended(office: Office) -> None:
    for number in range(120):
        office.case(due_at=office.now + number // 3)
    browser, seen, path = office.someone("agent"), [], "/desk/northwick/cases"
    for _ in range(3):
        text = browser.get(path).text
        seen += [int(part.partition('"')[0]) for part in text.split("/northwick/cases/")[1:]]
        onward = re.search(r'href="([^"]*after=[^"]*)"', text)
        path = onward[1].replace("&amp;", "&") if onward else ""
    assert seen == list(range(1, 121)) and not path


def test_a_case_shows_the_customers_words_as_words(told: Office) -> None:
    told.case(visit_id=1, customer_id=1, language="ar", words="<script>alert(1)</script> هل هو ضار؟")
    text = told.someone("agent").get("/desk/northwick/cases/1").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; هل هو ضار؟" in text and "<script" not in text
    assert 'dir="auto" lang="ar"' in text and "/desk/northwick/visits/1" in text
    assert told.trail("looked") == [("amos", "enquiry 1")]


@pytest.mark.parametrize(("topic", "language", "words"), [
    ("health", "en", "stands in the form"), ("health", "pl", "in pl yet: this one is in en"),
    ("other", "en", "no answer on this topic")])
def test_an_answer_to_begin_with_is_the_programmes_own(office: Office, topic: str, language: str, words: str) -> None:
    office.case(topic=topic, language=language)
    text = office.someone("agent").get("/desk/northwick/cases/1").text
    assert words in text and "{%" not in text and "{{" not in text


def test_a_case_changes_hands(office: Office) -> None:
    office.case()
    browser = office.someone("agent")
    assert browser.post("/desk/northwick/cases/1/owner", owner="  Dr Health\n ").headers["location"].endswith("?done=handed")
    assert one(office, E).owner == "Dr Health" and office.trail("handed") == [("amos", "enquiry 1")]
    assert browser.post("/desk/northwick/cases/1/owner", owner=" ").status_code == 400
    assert one(office, E).owner == "Dr Health"


def test_an_answer_is_kept_with_who_gave_it_and_only_once(office: Office) -> None:
    office.case(customer_id=1)
    browser = office.someone("agent")
    assert browser.post("/desk/northwick/cases/1/answer", answer=" ").status_code == 400
    assert browser.post("/desk/northwick/cases/1/answer", answer="x" * 5001).status_code == 400
    said = {"answer": "It is safe.\r\n\r\nUKHSA says so.", "source": "UKHSA 2022"}
    assert browser.post("/desk/northwick/cases/1/answer", **said).headers["location"].endswith("/cases/1?done=answered")
    row = one(office, E)
    assert (row.state, row.answer, row.source) == ("answered", "It is safe.\n\nUKHSA says so.", "UKHSA 2022")
    again = office.someone("manager").post("/desk/northwick/cases/1/answer", answer="It is not.")
    assert again.status_code == 409 and "Somebody else was faster" in again.text
    assert one(office, E).answer == row.answer and office.trail("answered") == [("amos", "enquiry 1")]
    text = browser.get("/desk/northwick/cases/1").text
    assert "Answered by amos at 2027-03-05 10:00" in text and "not said yet" in text and "/answer" not in text


def test_a_case_that_needs_no_more_is_closed(office: Office) -> None:
    office.case()
    browser = office.someone("agent")
    assert browser.post("/desk/northwick/cases/1/close").headers["location"].endswith("/cases/1?done=closed")
    assert one(office, E).state == "closed" and office.trail("closed") == [("amos", "enquiry 1")]
    assert browser.post("/desk/northwick/cases/1/close").status_code == 409
    assert browser.post("/desk/northwick/cases/1/owner", owner="Dr Health").status_code == 400
