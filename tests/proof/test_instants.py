"""Something changes in the instant between claim and call: the last word that a customer hears is right."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from doorstep.channels import Item, Outcome
from doorstep.inbox.events import Event, record_events
from tests.proof.fault_instants import DAY, HAPPENS, Watched, changed
from tests.proof.watched import town as town
from tests.proof.watched import village as village
from tests.test_road import Household
from tests.town import MORNING, Street

THE_DAY_BEFORE = "2027-03-08 17:00"


def ended(status: str, **values: object) -> HAPPENS:
    return lambda town, now: town.world.change(1, now, status=status, outcome_at=now, **values)


# ---- the visit -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("values", "says", "evening"), [
    ({"day": "2027-03-16"}, "16 March", "2027-03-15 17:00"),
    ({"day": "2027-02-24"}, "24 February", "2027-02-23 17:00"),
    ({"window_start": 720, "window_end": 960}, "12 noon to 4 pm", THE_DAY_BEFORE),
], ids=["later", "sooner", "afternoon"])
def test_who_is_told_a_date_in_the_instant_that_it_moves_is_told_the_right_one_on_every_channel(
        town: Watched, values: dict[str, object], says: str, evening: str) -> None:
    town.world.visit(DAY)
    town.run(MORNING, happens=changed(**values))
    assert town.story() == [("reminder", "email")] and "9 March" in town.heard[0].words
    town.run("2027-02-22 09:12", "2027-02-22 12:00")
    assert town.story()[1:] == [("new-date", "email"), ("new-date", "sms")]
    town.run(evening, "2027-03-08 17:00")
    assert all(says in each.words for each in town.heard[1:])
    assert town.balances("2027-03-17 09:00")


def test_a_correction_overtaken_in_its_own_instant_is_corrected_even_if_the_old_date_is_back(town: Watched) -> None:
    town.world.visit(DAY)
    town.run(MORNING)
    town.world.change(1, town.at("2027-02-23 08:00"), day="2027-03-16")
    town.run("2027-02-23 09:00", happens=changed(day=DAY))
    assert "16 March" in town.last("email").words and "16 March" in town.last("sms").words
    town.run("2027-02-23 09:12", "2027-02-23 12:00")
    assert [each.notice for each in town.heard].count("new-date") == 4
    assert town.last("email").words.startswith("NEW: your meter visit is now Tuesday 9 March")
    assert "NEW meter visit: Tuesday 9 March" in town.last("sms").words
    assert not town.twice()


def test_a_date_told_without_an_answer_in_the_instant_that_it_moves_is_corrected(town: Watched) -> None:
    town.world.visit(DAY)

    def silence(town: Watched, now: int) -> None:
        town.world.change(1, now, day="2027-03-16")
        raise ConnectionError("the process dies here")

    with pytest.raises(ConnectionError):
        town.run(MORNING, happens=silence)
    town.run("2027-02-22 09:12")
    assert town.story() == [("new-date", "email"), ("new-date", "sms")]
    assert town.states(notice="reminder") == ["attempting"]
    town.run("2027-02-22 10:00", "2027-02-22 11:00")
    assert town.states(notice="reminder", occasion=DAY) == ["unknown"]
    assert all("16 March" in each.words for each in town.heard)


@pytest.mark.parametrize("answer", ["throttled", "refused"])
def test_a_date_that_may_have_been_read_is_corrected_although_telling_it_again_came_to_nothing(
        town: Watched, answer: str) -> None:
    town.world.visit(DAY, phone=None, address=None)
    street = town.streets["email"]
    street.answer = "unknown"
    town.run(MORNING)
    street.answer = answer
    town.run("2027-02-22 09:16")                      # the time of grace is over: told again, or so we try
    street.answer = "accepted"
    town.world.change(1, town.at("2027-02-22 09:17"), day="2027-03-16")
    town.run("2027-02-22 09:30", "2027-02-22 10:00")
    assert town.states(notice="reminder", occasion=DAY) == ["unknown"]
    assert town.story() == [("new-date", "email")] and "16 March" in town.last("email").words


@pytest.mark.parametrize(("happens", "then"), [
    (ended("cancelled", outcome="by_utility"), [("visit-cancelled", "sms")]),
    (ended("completed", new_meter="M1"), [("meter-fitted", "sms"), ("how-did-it-go", "sms")]),
    (ended("aborted", outcome="no_access", attempts=1), [("visit-not-done", "sms")]),
    (ended("refused", outcome="refused"), [("refusal-confirmed", "email")]),
], ids=["cancelled", "completed", "aborted", "refused"])
def test_who_is_reminded_in_the_instant_that_the_visit_ends_hears_of_its_end_and_no_more_of_its_day(
        village: Watched, happens: HAPPENS, then: list[tuple[str, str]]) -> None:
    village.world.visit(DAY)
    village.run(MORNING, happens=happens)
    village.run("2027-02-22 09:12", "2027-02-23 10:30", THE_DAY_BEFORE)
    assert village.story() == [("reminder", "email"), *then]


def test_who_is_told_that_we_come_tomorrow_in_the_instant_that_we_were_there_hears_that_it_is_done(village: Watched) -> None:
    village.world.visit(DAY)
    village.run(THE_DAY_BEFORE, happens=ended("completed", new_meter="M1"))
    village.run("2027-03-08 17:15", "2027-03-09 08:30")
    assert village.story() == [("day-before", "sms"), ("meter-fitted", "sms")]


def test_a_visit_cancelled_and_booked_again_in_one_instant_ends_with_its_new_date(town: Watched) -> None:
    town.world.visit(DAY)

    def anew(town: Watched, now: int) -> None:
        town.world.change(1, now, status="cancelled", outcome_at=now, outcome="by_utility")
        town.world.change(1, now + 60, status="booked", outcome_at=None, outcome=None, day="2027-03-16", round=2,
                          reopened_at=now + 60)

    town.run(MORNING, happens=anew)
    town.run("2027-02-22 09:20", "2027-03-08 17:00", "2027-03-15 17:00")
    assert [notice for notice, _ in town.story()] == ["reminder", "booking-confirmation", "reminder", "day-before"]
    assert all("16 March" in each.words for each in town.heard[1:])


def test_a_date_told_by_a_long_run_after_the_visit_was_booked_again_is_corrected_when_it_moves(town: Watched) -> None:
    for _ in range(2):
        town.world.visit(DAY)
    town.ears["email"].batch_size = 1

    def booked_again_while_the_run_goes_on(town: Watched, now: int) -> None:
        town.world.change(2, now + 600, status="cancelled", outcome_at=now + 600, outcome="by_customer")
        town.world.change(2, now + 900, status="planned", outcome_at=None, outcome=None, round=2, reopened_at=now + 900)

    town.run(MORNING, happens=booked_again_while_the_run_goes_on)
    assert town.story() == [("reminder", "email")] * 2           # the second was claimed after all that
    town.world.change(2, town.at("2027-02-22 12:00"), day="2027-03-16")
    town.run("2027-02-22 12:15")
    assert "16 March" in town.last("email").words and "16 March" in town.last("sms").words


class Pulled(Street):
    """A channel in whose first call a feed is pulled."""

    def __init__(self, kind: str, home: Household, when: str, *days: str) -> None:
        super().__init__(kind)
        self._pull: Callable[[], None] = lambda: home.feed(when, *days)

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        self._pull()
        self._pull = lambda: None
        return super().send(items, now=now)


def test_a_meter_that_a_feed_moves_away_in_the_instant_of_the_reminder_gets_its_own_correction(tmp_path: Path) -> None:
    home = Household(tmp_path)
    home.feed("2027-02-20 03:00", "09/03/2027", "09/03/2027")
    home.streets["email"] = Pulled("email", home, "2027-02-22 09:01", "09/03/2027", "16/03/2027")
    home.send(MORNING)
    assert len(home.streets["email"].taken) == 1
    (text,) = home.send("2027-02-22 09:15")
    assert "NEW meter visit: Tuesday 16 March" in text
    home.world.store.close()


def test_a_meter_that_a_feed_moves_back_in_the_instant_of_its_correction_is_corrected_once_more(tmp_path: Path) -> None:
    home = Household(tmp_path)
    home.feed("2027-02-20 03:00", "09/03/2027", "09/03/2027")
    home.send(MORNING)
    home.feed("2027-02-24 03:00", "16/03/2027", "16/03/2027")
    home.streets["email"] = Pulled("email", home, "2027-02-24 09:01", "09/03/2027", "09/03/2027")
    (wrong,) = home.send("2027-02-24 09:00")
    (right,) = home.send("2027-02-24 09:15")
    assert "NEW meter visit: Tuesday 16 March" in wrong and "NEW meter visit: Tuesday 9 March" in right
    assert "now Tuesday 9 March" in home.streets["email"].taken[-1][2].subject
    home.world.store.close()


# ---- the customer --------------------------------------------------------------------------------------------

def test_who_stops_a_channel_in_the_instant_of_a_message_hears_nothing_more_on_it(town: Watched) -> None:
    town.world.visit(DAY)
    town.run(THE_DAY_BEFORE, happens=lambda town, now: town.tell_on_the_way("stopped", now))
    town.world.change(1, town.at("2027-03-08 18:00"), day="2027-03-16")
    town.run("2027-03-08 18:12")
    morning = town.at("2027-03-09 08:00")
    town.world.change(1, morning, status="cancelled", outcome="by_utility", outcome_at=morning)
    town.run("2027-03-09 09:00")
    assert [channel for _, channel in town.story()] == ["sms", "email", "email", "email"]
    assert [notice for notice, _ in town.story()] == ["day-before", "new-date", "reminder", "visit-cancelled"]


@pytest.mark.parametrize(("news", "state"), [("delivered", "delivered"), ("bounced", "bounced")])
def test_an_event_that_is_quicker_than_the_answer_stands(village: Watched, news: str, state: str) -> None:
    village.world.visit(DAY)
    village.run(MORNING, happens=lambda town, now: town.tell_on_the_way(news, now, "soft"))
    assert village.states(id=1) == [state]
    village.run("2027-02-22 09:12")
    assert village.story() == [("reminder", "email"), *([("reminder", "sms")] if news == "bounced" else [])]


def test_an_event_that_comes_while_a_notice_waits_to_be_told_again_spares_a_second_message(village: Watched) -> None:
    village.world.visit(DAY, email=None)
    street = village.streets["sms"]
    street.answer = "unknown"
    village.run("2027-02-22 20:50")
    street.answer = "accepted"
    village.run("2027-02-22 21:10")                   # its grace is over, but nobody is disturbed now
    (notice,) = village.world.notices(notice="reminder")
    village.tell("delivered", notice.id, village.at("2027-02-22 21:30"))
    village.run("2027-02-23 09:00")
    assert village.states(notice="reminder") == ["delivered"] and not village.heard


def test_a_stop_about_a_notice_that_never_went_out_does_not_keep_the_other_news_from_being_taken(village: Watched) -> None:
    for _ in range(2):
        village.world.visit(DAY)
    village.plan(village.at(MORNING))
    now = village.at("2027-02-22 10:00")
    news = [Event("stopped", 1, now, "a"), Event("replied", 2, now, "b", "confirm")]
    assert record_events(village.world.store, village.world.rollout, news, now) == 2
