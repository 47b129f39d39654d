"""Stop and start are done at once, for the address that they came from; what is no command waits for a person."""

import pytest

from doorstep.conversation.hearing import Heard
from doorstep.model import Enquiry, Reply, Stop
from tests.conversation.square import MONDAY, Square, textable
from tests.conversation.square import town as town
from tests.making import at


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
