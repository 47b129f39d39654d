"""What customers write is heard once, and does what it says: to the address it came from, and to nobody else's visit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from doorstep.conversation.hearing import Heard, Said, find_people, hear
from doorstep.inbox.deceased import silence
from doorstep.model import Customer, Enquiry, Journal, Notice, Reply, Stop, SurveyAnswer, Visit, VisitNote, table
from tests.making import at, make_rollout, make_store
from tests.town import Town

MONDAY = "2027-02-22 10:00"               # the reminder of a visit on Tuesday 9 March goes out
DEEDS = ("stopped", "started", "confirmed", "wrong_person", "asked", "satisfied", "rated")


class Square(Town):
    """A town whose people write back."""

    def reminded(self) -> None:
        """Everybody has the reminder of their visit, sent on Monday at ten: by mail, or as a text where there is no mail."""
        now = at(MONDAY, self.world.rollout)
        for visit in self.rows(Visit):
            mail = self.rows(Customer, id=visit.customer_id)[0].email
            self.notice("reminder", now, visit_id=visit.id, customer_id=visit.customer_id, channel="email" if mail else "sms",
                        told_day=visit.day, told_start=visit.window_start, told_end=visit.window_end)

    def notice(self, name: str, now: int, **values: Any) -> int:
        """A notice that was handed over."""
        return self.world.put(Notice, **{
            "rollout": "northwick", "notice": name, "phase": "before", "purpose": "duty", "visit_id": 1, "customer_id": 1,
            "occasion": str(now), "due_at": now, "until_at": now + 9, "not_before": now, "created_at": now, "state": "accepted",
            "channel": "sms", "attempt": 1, "attempted_at": now, "accepted_at": now} | values)

    def rows(self, model: Any, **wanted: Any) -> list[Any]:
        with self.world.store.read() as connection:
            found = connection.execute(select(table(model)).order_by(table(model).c.id if "id" in table(model).c else "at")).all()
        return [row for row in found if all(getattr(row, name) == value for name, value in wanted.items())]

    def deeds(self) -> list[tuple[str, str]]:
        return [(row.kind, row.data) for row in self.rows(Journal) if row.kind in DEEDS]

    def texts(self, words: str, address: str = "+447400123401", *, when: str = "2027-02-22 11:00", ref: str = "",
              channel: str = "sms") -> Heard:
        """A text or a mail comes in, as the listener hands it on."""
        rollout, now = self.world.rollout, at(when, self.world.rollout)
        with self.world.store.read() as connection:
            found = find_people(connection, {rollout.name: rollout}, channel=channel, address=address, at=now)
        said = Said(ref or f"m-{len(self.rows(Reply))}", now, channel, words, address=address)
        if found:
            said = said._replace(customer_id=found.customer_id, visit_id=found.visit_id, notice_id=found.notice_id)
        return hear(self.world.store, rollout, said, now=now)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Square]:
    town = Square(tmp_path)
    yield town
    town.world.store.close()


def textable(town: Square, **values: Any) -> int:
    return town.world.visit("2027-03-09", **{"email": None, **values})


# ---- stop and start -------------------------------------------------------------------------------------------------------


def test_stop_ends_texts_at_once_and_the_next_notice_takes_the_next_channel(town: Square) -> None:
    textable(town)
    town.night(MONDAY)
    assert town.texts("STOP") == Heard("stop", None, True)
    sent = len(town.streets["sms"].taken)
    town.night("2027-03-08 17:00")
    assert [(row.state, row.channel) for row in town.world.notices(notice="day-before")] == [("accepted", "voice")]
    assert len(town.streets["sms"].taken) == sent
    assert town.deeds() == [("stopped", "reply sms")]


def test_stop_on_a_number_that_two_accounts_share_revokes_the_number_for_both_and_is_one_row(town: Square) -> None:
    textable(town, phone="+447400999999")
    textable(town, phone="+447400999999")
    town.night(MONDAY)
    town.texts("stop.", "+447400999999")
    town.night("2027-03-08 17:00")
    assert {row.channel for row in town.world.notices(notice="day-before")} == {"voice"}
    assert [(row.channel, row.address, row.purpose, row.reason) for row in town.rows(Stop)] == [
        ("sms", "+447400999999", "*", "stop")]
    assert town.deeds() == [("stopped", "reply sms")]


def test_a_second_stop_is_kept_and_is_no_news(town: Square) -> None:
    textable(town)
    town.texts("STOP", ref="a")
    town.texts("stop it please", ref="b")
    assert [row.meant for row in town.rows(Reply)] == ["stop", "stop"]
    assert town.deeds() == [("stopped", "reply sms")]


def test_start_ends_a_stop_and_the_next_stop_counts_again(town: Square) -> None:
    textable(town)
    for words in ("STOP", "START", "START", "STOP"):
        town.texts(words)
    assert town.deeds() == [("stopped", "reply sms"), ("started", "reply sms"), ("stopped", "reply sms")]
    assert [row.ended_at for row in town.rows(Stop)] == [None]


@pytest.mark.parametrize(("before", "after", "mended"), [
    ("stop", "stop", True), ("bounce", "stop", True), ("complaint", "stop", True), ("deceased", "deceased", False),
    ("wrong_person", "wrong_person", False)])
def test_start_takes_back_ones_own_stop_and_not_that_someone_died_or_is_another(town: Square, before: str, after: str,
                                                                              mended: bool) -> None:
    textable(town)
    town.world.put(Stop, rollout="northwick", channel="sms", address="+447400123401", purpose="*", reason=before, at=1)
    town.texts("STOP")
    assert [row.reason for row in town.rows(Stop)] == [after]
    heard = town.texts("START")
    assert [row.ended_at is not None for row in town.rows(Stop)] == [mended]
    assert (heard.enquiry_id is None) is mended                        # else a person looks at it


def test_a_stop_from_a_number_that_nobody_has_is_a_stop_all_the_same(town: Square) -> None:
    assert town.texts("STOP", "+447400555555") == Heard("stop", None, True)
    assert [(row.address, row.ended_at) for row in town.rows(Stop)] == [("+447400555555", None)]


def test_stop_calling_me_ends_calls_too(town: Square) -> None:
    textable(town)
    town.texts("stop calling me")
    assert sorted(row.channel for row in town.rows(Stop)) == ["call", "sms", "voice"]
    assert town.deeds() == [("stopped", "reply sms")]


def test_cancel_stops_as_the_law_has_it_and_a_person_asks_whether_the_visit_was_meant(town: Square) -> None:
    textable(town)
    town.reminded()
    heard = town.texts("Cancel")
    assert [row.channel for row in town.rows(Stop)] == ["sms"]
    assert [(row.id, row.kind) for row in town.rows(Enquiry)] == [(heard.enquiry_id, "move")]


@pytest.mark.parametrize(("words", "kind"), [
    ("can you stop by after 5?", "move"), ("don't stop", "unclear"), ("I want to cancel my appointment", "move"),
    ("stop the visit", "move"), ("", "unclear"), ("هلا بالعداد", "unclear"), ("call me please", "call_me")])
def test_what_is_no_command_waits_for_a_person_by_name_and_by_a_time(town: Square, words: str, kind: str) -> None:
    textable(town, area="Mill Quarter")
    town.reminded()
    heard = town.texts(words)
    (found,) = town.rows(Enquiry)
    assert (found.id, found.kind, found.visit_id) == (heard.enquiry_id, kind, 1)
    assert (found.owner, found.area) == ("Customer team", "Mill Quarter")
    assert found.due_at == at("2027-02-24 17:00", town.world.rollout)
    assert town.rows(Stop) == []


# ---- mails act only from the address itself -------------------------------------------------------------------------------


def test_a_stop_by_mail_ends_mails_in_whatever_letters_the_address_is_written(town: Square) -> None:
    town.world.visit("2027-03-09", email="Ann.Person@example.com")
    town.reminded()
    assert town.texts("unsubscribe", "ann.person@EXAMPLE.com", channel="email").enquiry_id is None
    assert [(row.channel, row.address) for row in town.rows(Stop)] == [("email", "Ann.Person@example.com")]


@pytest.mark.parametrize("words", ["STOP", "yes, confirmed", "wrong person", "START"])
def test_what_comes_from_another_address_than_the_customers_acts_for_nobody_but_its_writer(town: Square, words: str) -> None:
    visit = town.world.visit("2027-03-09")
    town.reminded()
    now = at("2027-02-22 11:00", town.world.rollout)
    for ref, address in (("a", "nephew@example.org"), ("b", None)):
        said = Said(ref, now, "email", words, 1, visit, town.one(notice="reminder").id, address)
        assert hear(town.world.store, town.world.rollout, said, now=now).enquiry_id is not None
    assert "person1@example.com" not in {row.address for row in town.rows(Stop)}
    assert town.rows(VisitNote) == []
    assert [row.verified_at for row in town.rows(Customer)] == [None]


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


# ---- once, and nobody else's ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["STOP", "1", "2", "wrong number", "is it safe?", "HELP", "he died"])
def test_the_same_message_brought_twice_does_everything_once(town: Square, words: str) -> None:
    textable(town)
    town.reminded()
    first = town.texts(words, ref="same")
    before = [len(town.rows(model)) for model in (Reply, Journal, Enquiry, Stop, VisitNote)]
    again = town.texts(words, ref="same")
    assert (again.meant, again.enquiry_id, again.new) == (first.meant, first.enquiry_id, False)
    assert [len(town.rows(model)) for model in (Reply, Journal, Enquiry, Stop, VisitNote)] == before


@pytest.mark.parametrize(("table_name", "words"), [("journal", "STOP"), ("enquiry", "2"), ("stop", "STOP"), ("visitnote", "1")])
def test_what_is_cut_off_half_way_has_not_happened_and_the_second_run_does_all_of_it(town: Square, table_name: str,
                                                                                     words: str) -> None:
    textable(town)
    town.reminded()
    with town.world.store.write() as connection:
        connection.execute(text(f"CREATE TRIGGER broken BEFORE INSERT ON {table_name} BEGIN SELECT RAISE(ABORT, 'cut off'); END"))
    with pytest.raises(Exception, match="cut off"):
        town.texts(words, ref="same")
    assert (town.rows(Reply), town.rows(Stop), town.deeds()) == ([], [], [])
    with town.world.store.write() as connection:
        connection.execute(text("DROP TRIGGER broken"))
    assert town.texts(words, ref="same").new
    assert len(town.rows(Journal, kind="replied")) == 1


def test_ids_of_another_account_or_rollout_count_for_nothing(town: Square) -> None:
    mine, theirs = textable(town), textable(town)
    town.reminded()
    now = at("2027-02-22 11:00", town.world.rollout)
    notices = {row.visit_id: row.id for row in town.world.notices(notice="reminder")}
    hear(town.world.store, town.world.rollout, Said("a", now, "sms", "1", 1, theirs, notices[theirs], "+447400123401"), now=now)
    assert [row.visit_id for row in town.rows(VisitNote)] in ([], [mine])
    other = make_rollout()
    object.__setattr__(other, "name", "riyadh")
    hear(town.world.store, other, Said("b", now, "sms", "2", 1, mine, None, "+447400123401"), now=now)
    assert [(row.customer_id, row.visit_id) for row in town.rows(Enquiry, rollout="riyadh")] == [(None, None)]


def test_the_journal_holds_no_word_of_the_customers(town: Square) -> None:
    textable(town)
    town.reminded()
    town.texts("Call me Ishmael, my number is 07400 555 555, is it safe?")
    with town.world.store.read() as connection:
        said = " ".join(str(row) for row in connection.execute(select(table(Journal))))
    assert "Ishmael" not in said
    assert "555" not in said


def test_words_that_no_database_takes_are_kept_as_far_as_they_go(town: Square) -> None:
    textable(town)
    town.texts("is\x00 it \ud800 safe?")
    assert [row.words for row in town.rows(Reply)] == ["is it ? safe?"]


def test_an_unknown_senders_question_is_an_enquiry_without_a_customer(town: Square) -> None:
    textable(town)
    town.texts("is it safe?", "+447400555555")
    assert [(row.customer_id, row.visit_id, row.area, row.language) for row in town.rows(Enquiry)] == [(None, None, None, "en")]


# ---- who is meant ---------------------------------------------------------------------------------------------------------


def test_a_shared_number_means_whoever_was_written_to_last(town: Square) -> None:
    first = town.world.visit("2027-03-09", email=None, phone="+447400999999")
    second = town.world.visit("2027-03-10", email=None, phone="+447400999999")
    rollout = town.world.rollout
    for visit, when in ((first, MONDAY), (second, "2027-02-23 10:00")):
        town.notice("reminder", at(when, rollout), visit_id=visit, customer_id=visit)
    with town.world.store.read() as connection:
        found = [find_people(connection, {"northwick": rollout}, channel="sms", address="00447400999999", at=at(when, rollout))
                 for when in ("2027-02-22 11:00", "2027-02-23 11:00", "2027-02-21 11:00")]
    assert [each and each.visit_id for each in found] == [first, second, second]
    assert [each and each.notice_id is not None for each in found] == [True, True, False]


def test_the_number_it_was_sent_to_says_which_rollout_is_meant(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    rollouts = {}
    for name, number in (("east", "8001"), ("west", "8002")):
        rollout = make_rollout(utility={**make_rollout().file.utility.model_dump(), "sms_number": number})
        object.__setattr__(rollout, "name", name)
        rollouts[name] = rollout
        with store.write() as connection:
            connection.execute(table(Customer).insert().values(
                rollout=name, premise="P1", account="A1", phone="+447400123401", language="en", updated_at=0))
    with store.read() as connection:
        found = {to: find_people(connection, rollouts, channel="sms", address="447400123401", to=to, at=1)
                 for to in ("8001", "8002")}
        nobody = find_people(connection, rollouts, channel="sms", address="+15550001111", to="8001", at=1)
    assert {to: each and each.rollout for to, each in found.items()} == {"8001": "east", "8002": "west"}
    assert nobody is None
    store.close()
