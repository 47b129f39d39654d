"""What customers write does what it says: to a visit, about a stranger or a death, and after an answer or a survey."""

import pytest

from doorstep.conversation.hearing import Heard
from doorstep.inbox.deceased import silence
from doorstep.model import Customer, Enquiry, Journal, Reply, Stop, SurveyAnswer, VisitNote
from tests.conversation.square import Square, textable
from tests.conversation.square import town as town
from tests.making import at

# ---- the visit ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["1", "١", "yes that is fine, see you then", "نعم", "oui", "ndiyo"])
def test_a_confirmation_counts_once_for_the_date_that_was_told(town: Square, words: str) -> None:
    textable(town)
    town.reminded()
    assert town.texts(words) == Heard("confirm", None, True)
    town.texts(words, when="2027-02-22 12:00")
    assert [row.confirmed_at for row in town.rows(VisitNote)] == [at("2027-02-22 11:00", town.world.rollout)]
    assert town.deeds() == [("confirmed", "sms")]
    assert [row.verified_at for row in town.rows(Customer)] == [at("2027-02-22 12:00", town.world.rollout)]


def test_a_yes_to_a_date_that_has_moved_since_confirms_nothing_and_a_person_clears_it_up(town: Square) -> None:
    visit = textable(town)
    town.reminded()
    town.world.change(visit, at("2027-02-22 10:30", town.world.rollout), day="2027-03-16")
    heard = town.texts("1")
    assert (heard.meant, heard.enquiry_id is None, town.rows(VisitNote)) == ("unclear", False, [])


def test_after_a_move_the_new_date_can_be_confirmed_again(town: Square) -> None:
    visit = textable(town)
    town.reminded()
    town.texts("1")
    town.world.change(visit, at("2027-02-22 12:00", town.world.rollout), day="2027-03-16")
    town.notice("new-date", at("2027-02-22 12:30", town.world.rollout), told_day="2027-03-16", told_start=480, told_end=720)
    town.texts("1", when="2027-02-22 13:00")
    assert town.deeds() == [("confirmed", "sms"), ("confirmed", "sms")]


@pytest.mark.parametrize("words", ["2", "change please", "no", "reschedule"])
def test_a_wish_to_move_is_an_enquiry_about_that_visit(town: Square, words: str) -> None:
    visit = textable(town)
    town.reminded()
    town.texts(words)
    assert [(row.kind, row.visit_id) for row in town.rows(Enquiry)] == [("move", visit)]


def test_more_words_about_the_same_thing_go_to_the_same_enquiry_for_a_day(town: Square) -> None:
    textable(town)
    town.reminded()
    for when, words in (("2027-02-22 11:00", "2"), ("2027-02-22 11:01", "another day please"), ("2027-02-24 11:00", "2")):
        town.texts(words, when=when)
    assert [row.words for row in town.rows(Enquiry)] == ["2\n\nanother day please", "2"]
    assert [row.enquiry_id for row in town.rows(Reply)] == [1, 1, 2]


def test_thanks_and_help_need_nobody_and_are_written_down(town: Square) -> None:
    textable(town)
    town.reminded()
    assert [town.texts(words).meant for words in ("thank you!", "HELP")] == ["thanks", "help"]
    assert [row.data for row in town.rows(Journal, kind="replied")] == ["thanks", "help"]
    assert town.rows(Enquiry) == []


# ---- wrong person, a death ------------------------------------------------------------------------------------------------


def test_a_strangers_number_gets_nothing_more_and_a_person_looks_for_the_customer(town: Square) -> None:
    textable(town)
    town.reminded()
    town.texts("Wrong number, I don't know this person")
    assert {(row.channel, row.reason) for row in town.rows(Stop)} == {(each, "wrong_person") for each in ("sms", "voice", "call")}
    assert [row.kind for row in town.rows(Enquiry)] == ["wrong_person"]
    assert town.deeds() == [("wrong_person", "sms"), ("asked", "wrong_person other")]
    assert [row.verified_at for row in town.rows(Customer)] == [None]


def test_a_stranger_who_may_be_none_is_for_a_person_to_decide(town: Square) -> None:
    textable(town)
    town.texts("I think you have the wrong person but tell me more about the meter in my street")
    assert (town.rows(Stop), [row.kind for row in town.rows(Enquiry)]) == ([], ["wrong_person"])


def test_a_death_reaches_a_person_the_same_day_and_silences_nobody_by_itself(town: Square) -> None:
    textable(town)
    town.reminded()
    town.texts("My husband passed away, may he rest")
    (found,) = town.rows(Enquiry)
    assert (found.kind, found.due_at) == ("deceased", at("2027-02-22 17:00", town.world.rollout))
    assert town.rows(Stop) == []
    silence(town.world.store, town.world.rollout, [town.one(notice="reminder").id], found.due_at)
    town.texts("START")
    assert {row.ended_at for row in town.rows(Stop)} == {None}


def test_whoever_poses_as_one_of_us_is_dealt_with_the_same_day(town: Square) -> None:
    textable(town)
    town.texts("a man at the door wanted cash for the meter")
    (found,) = town.rows(Enquiry)
    assert (found.kind, found.due_at) == ("impostor", at("2027-02-22 17:00", town.world.rollout))


# ---- questions and answers ------------------------------------------------------------------------------------------------


def answered(town: Square) -> int:
    """A customer asked, and has our answer; returns the enquiry."""
    textable(town)
    town.reminded()
    enquiry = town.texts("I am worried about radiation").enquiry_id
    assert enquiry
    now = at("2027-02-22 11:05", town.world.rollout)
    town.notice("concern-answer", now, occasion=f"concern:{enquiry}")
    return enquiry


@pytest.mark.parametrize(("words", "state", "satisfied"), [
    ("1", "closed", 1), ("Yes", "closed", 1), ("نعم", "closed", 1), ("2", "open", 0), ("no", "open", 0), ("non", "open", 0)])
def test_did_this_answer_you_takes_a_yes_or_a_no(town: Square, words: str, state: str, satisfied: int) -> None:
    enquiry = answered(town)
    assert town.texts(words, when="2027-02-22 11:10") == Heard("satisfied", enquiry, True)
    (found,) = town.rows(Enquiry)
    assert (found.id, found.topic, found.state, found.satisfied) == (enquiry, "health", state, satisfied)
    assert town.rows(VisitNote) == []


def test_a_number_after_the_survey_is_a_rating_and_neither_a_confirmation_nor_a_move(town: Square) -> None:
    textable(town)
    now = at("2027-02-22 10:00", town.world.rollout)
    town.notice("how-did-it-go", now, phase="after", purpose="programme")
    for words in ("1", "5"):
        assert town.texts(words).meant == "rating"
    assert [(row.question, row.value) for row in town.rows(SurveyAnswer)] == [("rating", 5)]
    assert [kind for kind, _ in town.deeds()] == ["rated", "rated"]
