"""What a person at the desk writes reaches the customer: once, by the way the question came, in those words; or it says so."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from doorstep.conversation import enquiries
from doorstep.conversation.hearing import Said, hear
from doorstep.links import page_until
from tests.desk.office import Browser, Office
from tests.making import at
from tests.web.desk_rows import E, one

WORDS = "Your old meter goes to a recycler in Leeds, {{ and }} <b>no</b> reading is lost."
SOURCE = "Recycling contract 2026"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    office.world.visit("2027-03-20", area="Harbour")
    return office


@pytest.fixture
def amos(office: Office) -> Browser:
    return office.someone("agent")


def asked(office: Office, **values: Any) -> int:
    return office.case(**{"visit_id": 1, "customer_id": 1, "kind": "question", "topic": "other", **values})


def sent(browser: Browser, number: int, answer: str = WORDS, source: str = SOURCE) -> str:
    """The page after the answer was sent from its form."""
    told = browser.post(f"/desk/northwick/cases/{number}/answer", answer=answer, source=source)
    assert "?done=" in told.headers["location"]
    return browser.get(told.headers["location"]).text


def evening(office: Office, *clocks: str) -> list[str]:
    """The answers that went out by all channels when notices were planned and sent at these times of the day."""
    for clock in clocks:
        office.town.night(f"2027-03-05 {clock}")
    answers = {row.id for row in office.world.notices(notice="concern-answer")}
    return [f"{kind}: {message.text}" for kind, street in office.town.streets.items() for notice, _, message in street.taken
            if notice in answers]


@pytest.mark.parametrize(("channel", "kind", "carries"), [
    ("sms", "question", "sms"), ("email", "question", "email"), ("page", "question", "email"), ("email", "complaint", "email"),
    ("sms", "unclear", "sms"), ("page", "impostor", "email")])
def test_an_answer_reaches_the_customer_once_in_the_agents_own_words(
        office: Office, amos: Browser, channel: str, kind: str, carries: str) -> None:
    page = sent(amos, asked(office, channel=channel, kind=kind))
    assert "on its way to the customer" in page
    (told,) = evening(office, "10:05", "10:06", "18:00")
    assert told.startswith(f"{carries}: ") and WORDS in told and SOURCE in told
    assert "public health" not in told.lower()


def test_it_takes_the_place_of_our_own_answer_that_has_not_gone_yet(office: Office, amos: Browser) -> None:
    number = asked(office, kind="concern", topic="health")
    sent(amos, number)
    (told,) = evening(office, "10:05", "10:06")
    assert WORDS in told


def test_what_follows_where_an_answer_was_not_enough_is_told_too_and_once(office: Office, amos: Browser) -> None:
    number = asked(office)
    sent(amos, number)
    assert len(evening(office, "10:05")) == 1
    enquiries.satisfied(office.store, office.rollout, number, yes=False, now=at("2027-03-05 10:15", office.rollout))
    assert len(evening(office, "10:16")) == 1
    office.now = at("2027-03-05 10:25", office.rollout)
    sent(amos, number, answer="The recycler is Meters Again of Leeds.", source="")
    first, second = evening(office, "10:26", "10:27")
    assert WORDS in first and "The recycler is Meters Again of Leeds." in second and SOURCE not in second


def test_a_no_to_a_persons_answer_opens_that_case_again_and_not_the_newest(office: Office, amos: Browser) -> None:
    number, newer = asked(office), asked(office, words="And when?")
    sent(amos, number)
    evening(office, "10:05")
    notice = office.town.one(notice="concern-answer").id
    later = office.now + 600
    hear(office.store, office.rollout, Said("r1", later, "sms", "2", 1, 1, notice, "+447400123401"), now=later)
    with office.store.read() as connection:
        stand = {row.id: (row.state, row.satisfied) for row in connection.execute(select(E))}
    assert stand == {number: ("open", 0), newer: ("open", None)}


def test_of_two_answers_before_the_next_send_only_the_last_goes_out(office: Office, amos: Browser) -> None:
    number = asked(office)
    sent(amos, number)
    office.town.night("2027-03-05 10:00", send=False)
    enquiries.satisfied(office.store, office.rollout, number, yes=False, now=office.now)
    office.now += 60
    sent(amos, number, answer="The recycler is Meters Again of Leeds.")
    (told,) = evening(office, "10:05", "10:06")
    assert "Meters Again" in told and WORDS not in told


def test_who_asked_on_their_page_reads_the_answer_there(office: Office, amos: Browser) -> None:
    number = asked(office, channel="page")
    sent(amos, number)
    links = office.app.state.room.links
    page = office.stranger().get(links.visit(1, page_until("2027-03-20", office.now)).removeprefix(office.settings.public_url)
                                 + f"/asked/{number}").text
    assert "recycler in Leeds, {{ and }} &lt;b&gt;no&lt;/b&gt;" in page and SOURCE in page


@pytest.mark.parametrize("values", [{"channel": "call"}, {"channel": "desk"}, {"customer_id": None, "visit_id": None},
                                    {"kind": "wrong_person"}, {"kind": "deceased"}])
def test_what_cannot_go_out_in_writing_is_not_said_to_be_on_its_way(
        office: Office, amos: Browser, values: dict[str, Any]) -> None:
    number = asked(office, **values)
    before = amos.get(f"/desk/northwick/cases/{number}").text
    assert "does not go out in writing" in before and "Send the answer" not in before
    after = sent(amos, number)
    assert "It does not go out: tell the customer." in after and "on its way" not in after
    assert one(office, E).answer == WORDS and not evening(office, "10:05")


@pytest.mark.parametrize(("language", "topic"), [("en", "forced"), ("ar", "forced"), ("en", "health")])
def test_the_answer_to_begin_with_is_in_the_customers_language_and_ready_to_send(
        office: Office, amos: Browser, language: str, topic: str) -> None:
    asked(office, kind="concern", topic=topic, language=language, channel="email")
    text = amos.get("/desk/northwick/cases/1").text
    begun = text.partition('class="long"')[2].partition("</textarea>")[0].partition(">")[2]
    assert len(begun) > 80 and not any(mark in text for mark in ("{%", "{{"))
    assert ("ا" in begun) == (language == "ar")
