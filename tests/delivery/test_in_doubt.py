"""A message of which nobody knows whether it went out: told again, left alone or looked up, and corrected in any case."""

from collections.abc import Mapping, Sequence

import pytest

from tests.making import at
from tests.town import MORNING, Street, Town


def test_a_duty_notice_in_doubt_is_told_again_when_its_time_of_grace_is_over(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.streets["email"].answer = "unknown"
    town.night(MORNING)
    town.streets["email"].answer = "accepted"
    town.night("2027-02-22 09:49")
    assert not town.said("email")
    town.night("2027-02-22 09:51")
    row = town.one(notice="reminder")
    assert (row.state, row.attempt, len(town.said("email"))) == ("accepted", 2, 1)


def test_a_duty_notice_is_told_again_twice_at_most(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.streets["email"].answer = "unknown"
    for hour in range(9, 18):
        town.night(f"2027-02-22 {hour:02d}:30")
    assert (town.one(notice="reminder").state, town.one(notice="reminder").attempt) == ("unknown", 3)


def test_a_courtesy_in_doubt_is_left_alone(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    when = at("2027-03-09 10:00", town.world.rollout)
    town.world.change(visit, when, status="completed", outcome_at=when)
    town.night("2027-03-09 12:00")
    for kind in ("sms", "email"):
        town.streets[kind].answer = "unknown"
    town.night("2027-03-10 10:00")
    for kind in ("sms", "email"):
        town.streets[kind].answer = "accepted"
    town.night("2027-03-10 12:00")
    assert (town.one(notice="how-did-it-go").state, town.one(notice="how-did-it-go").attempt) == ("unknown", 1)


def test_a_message_in_doubt_that_told_a_date_is_owed_a_correction_when_the_visit_moves(town: Town) -> None:
    visit = town.world.visit("2027-03-20")
    town.streets["email"].answer = "unknown"
    town.night("2027-03-05 09:00")
    town.streets["email"].answer = "accepted"
    town.world.change(visit, at("2027-03-05 09:05", town.world.rollout), day="2027-03-23")
    town.night("2027-03-05 10:00")
    assert town.one(notice="reminder", occasion="2027-03-20").state == "unknown"
    assert {row.told_day for row in town.world.notices(notice="new-date", state="accepted")} == {"2027-03-23"}


class Books(Street):
    """A channel that keeps books: what it took can be looked up."""

    def look_up(self, refs: Sequence[str]) -> Mapping[str, str]:
        return {ref: "batch-1" for ref in refs if ref in self.written}

    written: tuple[str, ...] = ()


@pytest.mark.parametrize(("taken", "state", "attempt"), [(True, "accepted", 1), (False, "accepted", 2)])
def test_a_channel_that_keeps_books_says_what_became_of_a_cut_off_attempt(
        town: Town, taken: bool, state: str, attempt: int) -> None:
    town.world.visit("2027-03-09")
    books = Books("email")
    town.streets["email"] = books
    town.night(MORNING, send=False)
    now = at(MORNING, town.world.rollout)
    with town.world.store.write() as connection:          # as a process leaves it that dies between call and record
        connection.exec_driver_sql(
            "UPDATE notice SET state='attempting', channel='email', provider='street', attempt=1, attempted_at=?, "
            "lease_until=?, told_day='2027-03-09' WHERE notice='reminder'", (now, now + 60))
    books.written = (f"{town.one(notice='reminder').id}.1",) if taken else ()
    town.night("2027-02-22 09:02")
    row = town.one(notice="reminder")
    assert (row.state, row.attempt, len(town.said("email"))) == (state, attempt, attempt - 1)
