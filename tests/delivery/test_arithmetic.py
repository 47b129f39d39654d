"""The daily arithmetic: the books balance, and one that does not is named."""

import pytest

from doorstep.delivery import tally
from doorstep.delivery.arithmetic import mismatches
from tests.making import at
from tests.town import MORNING, Town


def test_the_books_balance_after_a_night_of_everything(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.world.visit("2027-03-09", email=None, phone=None, address=None)
    town.streets["sms"].answer = "refused"
    town.night(MORNING)
    now = at("2027-02-22 15:00", town.world.rollout)
    with town.world.store.read() as connection:
        assert mismatches(connection, town.world.rollout, now) == []
        counted = tally(connection, town.world.rollout)
    assert counted.due == sum(value for name, value in counted.as_json().items() if name != "due") == len(town.world.notices())


@pytest.mark.parametrize(("forged", "said"), [
    ("UPDATE notice SET state='posted'", "nothing counts"),
    ("DELETE FROM journal", "no word from a provider"),
    ("UPDATE notice SET state='void', why='x', closed_at=1", "do not stand as sent"),
    ("UPDATE notice SET state='held', why=NULL, until_at=9999999999", "held without a reason"),
    ("UPDATE notice SET state='attempting', lease_until=1", "not settled"),
    ("DELETE FROM visit", "not there"),
])
def test_a_book_that_does_not_balance_is_named_with_its_first_notice(town: Town, forged: str, said: str) -> None:
    town.world.visit("2027-03-09")
    town.night(MORNING)
    with town.world.store.write() as connection:
        connection.exec_driver_sql(forged)
    with town.world.store.read() as connection:
        (sentence,) = mismatches(connection, town.world.rollout, at("2027-02-23 09:00", town.world.rollout))
    assert said in sentence and "the first is notice" in sentence
