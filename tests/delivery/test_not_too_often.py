"""Nobody is told more often than they should be: one phone hears one thing once, and who asked for less gets less."""

from tests.making import at
from tests.town import MORNING, Town


def test_a_customer_who_asked_for_less_gets_less(town: Town) -> None:
    visit = town.world.visit("2027-03-09", most_per_week=0)
    when = at("2027-03-09 10:00", town.world.rollout)
    town.world.change(visit, when, status="completed", outcome_at=when)
    town.night("2027-03-10 10:00")
    assert town.one(notice="how-did-it-go").why == "frequency_cap"


def test_several_accounts_on_one_phone_get_one_message_that_names_nobody(town: Town) -> None:
    for _ in range(3):
        town.world.visit("2027-03-09", email=None, phone="+447400123400")
    town.night(MORNING)
    (text,) = town.said("sms")
    assert not any(word in text for word in ("Person", "Mill Road"))
    rows = town.world.notices(notice="reminder")
    assert [(row.state, row.told_day) for row in rows] == [("accepted", "2027-03-09")] * 3
    assert len({row.provider_id for row in rows}) == 1 and [row.parts for row in rows].count(0) == 2


def test_the_same_words_an_hour_later_are_not_sent_to_the_same_phone_again(town: Town) -> None:
    town.world.visit("2027-03-09", email=None, phone="+447400123400")
    town.night(MORNING)
    town.world.visit("2027-03-09", email=None, phone="+447400123400")
    town.night("2027-02-22 10:00")
    assert len(town.said("sms")) == 1
    assert [row.state for row in town.world.notices(notice="reminder")] == ["accepted", "accepted"]


def test_two_dates_on_one_phone_are_two_messages(town: Town) -> None:
    town.world.visit("2027-03-09", email=None, phone="+447400123400")
    town.world.visit("2027-03-10", email=None, phone="+447400123400")
    town.night("2027-02-23 09:00")
    assert len(town.said("sms")) == 2
