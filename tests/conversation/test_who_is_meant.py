"""What customers write is about whoever wrote it: the address it came from decides, and nobody else's visit is touched."""

from pathlib import Path

import pytest

from doorstep.conversation.hearing import Said, find_people, hear
from doorstep.model import Customer, Enquiry, Stop, VisitNote, table
from tests.conversation.square import MONDAY, Square, textable
from tests.conversation.square import town as town
from tests.making import at, make_rollout, make_store


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


def test_an_unknown_senders_question_is_an_enquiry_without_a_customer(town: Square) -> None:
    textable(town)
    town.texts("is it safe?", "+447400555555")
    assert [(row.customer_id, row.visit_id, row.area, row.language) for row in town.rows(Enquiry)] == [(None, None, None, "en")]


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
