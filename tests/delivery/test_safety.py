"""When things go wrong on the way out: doubt, rest, emergency stops, the ladder, and telling one phone once."""

from collections.abc import Mapping, Sequence

import pytest

from doorstep.channels import Item, Outcome
from doorstep.delivery import Sent, send_due, tally
from doorstep.delivery.arithmetic import mismatches
from doorstep.delivery.halting import Scope, halt, resume, standstills
from doorstep.delivery.lines import Lines
from doorstep.delivery.resting import pause
from doorstep.errors import Transient, UsageError
from doorstep.inbox.events import Event, record_events
from doorstep.planning import plan_phase
from tests.making import at
from tests.town import LIBRARY, Street, Town

MORNING = "2027-02-22 09:00"        # 15 days before 9 March, when the reminder is due


def send(town: Town, when: str, lines: Lines) -> Sent:
    now = at(when, town.world.rollout)
    plan_phase(town.world.store, town.world.rollout, phase=None, now=now)
    return send_due(town.world.store, town.world.rollout, library=LIBRARY, lines=lines, now=now)


def bounce(town: Town, notice: int, when: str, data: str = "hard") -> None:
    now = at(when, town.world.rollout)
    record_events(town.world.store, town.world.rollout, [Event("bounced", notice, now, f"b{notice}", data)], now)


# ---- doubt ---------------------------------------------------------------------------------------------------

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


# ---- rest ----------------------------------------------------------------------------------------------------

class Away(Street):
    """A provider that cannot be reached."""

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        self.asked += 1
        raise Transient("nobody answers", code="away")

    provider = "away"
    asked = 0


def test_while_the_first_provider_is_away_the_second_carries_and_the_first_is_left_alone(town: Town) -> None:
    for _ in range(3):
        town.world.visit("2027-03-09")
    first, second = Away("email"), Street("email")
    lines = Lines({"email": (first, second), **{kind: (town.streets[kind],) for kind in ("sms", "post", "voice", "call")}})
    assert send(town, MORNING, lines).as_json() == {
        "due": 3, "sent": 3, "held": 0, "void": 0, "missed": 0, "failed": 0, "unknown": 0}
    assert (first.asked, len(second.taken)) == (1, 3)
    assert {row.provider for row in town.world.notices(notice="reminder")} == {"street"}


def test_with_one_provider_a_notice_is_held_until_it_wakes_and_never_failed(town: Town) -> None:
    town.world.visit("2027-03-09")
    away = Away("email")
    town.streets["email"] = away
    town.night(MORNING)
    town.night("2027-02-22 09:00")                         # the same moment: it rests, nobody asks
    row = town.one(notice="reminder")
    assert (away.asked, row.state, row.why) == (1, "held", "away")
    town.streets["email"] = Street("email")
    town.streets["email"].provider = "away"
    town.night("2027-02-22 09:05")
    assert town.one(notice="reminder").state == "accepted"


def test_after_a_rest_a_provider_is_tried_with_a_few_first(town: Town) -> None:
    for _ in range(40):
        town.world.visit("2027-03-09")
    email = town.streets["email"]
    email.answer = "unknown"                              # it takes them and never answers
    assert town.night(MORNING).unknown == 40
    for _ in range(40):
        town.world.visit("2027-03-09")
    assert town.night("2027-02-22 09:10").as_json() | {"due": 0} == {
        "due": 0, "sent": 0, "held": 30, "void": 0, "missed": 0, "failed": 0, "unknown": 10}


def test_a_rest_grows_with_each_failure_and_has_an_end() -> None:
    assert [pause(failures) for failures in (1, 2, 3, 4, 10)] == [30, 60, 120, 240, 1800]


def test_a_kind_without_a_sender_is_not_a_way(town: Town) -> None:
    town.world.visit("2027-03-09")
    lines = Lines({"sms": (town.streets["sms"],)})
    assert send(town, MORNING, lines).sent == 1
    assert town.one(notice="reminder").channel == "sms"


def test_whoever_is_not_on_the_allow_list_is_written_to_the_rehearsal(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.world.visit("2027-03-09")
    live, rehearsal = Street("email"), Street("email")
    send(town, MORNING, Lines({"email": (live,)}, frozenset({"person2@example.com"}), {"email": rehearsal}))
    assert [to for _, to, _ in live.taken] == ["person2@example.com"]
    assert [to for _, to, _ in rehearsal.taken] == ["person1@example.com"]


# ---- emergency stops -----------------------------------------------------------------------------------------

@pytest.mark.parametrize(("scope", "told"), [
    (Scope(), 0), (Scope(area="North"), 1), (Scope(notice="reminder"), 0), (Scope(notice="formal-notice"), 2),
    (Scope(language="ar"), 1), (Scope(area="North", language="en"), 2),
])
def test_an_emergency_stop_holds_what_fits_it_and_nothing_else(town: Town, scope: Scope, told: int) -> None:
    town.world.visit("2027-03-09", area="North", language="ar")
    town.world.visit("2027-03-09", area="South")
    halt(town.world.store, town.world.rollout, scope, reason="wrong tariff in the words", by="pm", now=1)
    town.night(MORNING)
    assert len(town.said("email")) == told


def test_after_an_emergency_stop_what_is_still_useful_goes_out(town: Town) -> None:
    town.world.visit("2027-03-09")
    number = halt(town.world.store, town.world.rollout, Scope(), reason="x", by="pm", now=1)
    town.night(MORNING)
    assert resume(town.world.store, town.world.rollout, number, by="pm", now=2) == 1
    town.night("2027-02-22 11:00")
    assert len(town.said("email")) == 1
    with town.world.store.read() as connection:
        assert standstills(connection, town.world.rollout) == []


def test_an_emergency_stop_takes_effect_within_one_batch(town: Town) -> None:
    for _ in range(60):
        town.world.visit("2027-03-09")
    email = town.streets["email"]
    email.batch_size = 20

    class Pressed(Street):
        def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
            halt(town.world.store, town.world.rollout, Scope(), reason="stop!", by="pm", now=now)
            return super().send(items, now=now)

    town.streets["email"] = Pressed("email")
    town.streets["email"].batch_size = 20
    town.night(MORNING)
    assert len(town.said("email")) == 20


@pytest.mark.parametrize("scope", [Scope(area="Nowhere"), Scope(notice="reminders"), Scope(language="tlh")])
def test_an_emergency_stop_of_what_is_not_there_is_refused_with_what_is(town: Town, scope: Scope) -> None:
    town.world.visit("2027-03-09", area="North")
    with pytest.raises(UsageError, match=r"North|reminder|en"):
        halt(town.world.store, town.world.rollout, scope, reason="x", by="pm", now=1)


# ---- the ladder ----------------------------------------------------------------------------------------------

def test_a_duty_notice_that_bounces_goes_down_the_ladder_to_a_letter_and_a_person(town: Town) -> None:
    town.world.visit("2027-03-09")
    seen = []
    for day in range(22, 27):
        town.night(f"2027-02-{day} 10:00")
        accepted = town.world.notices(notice="reminder", state="accepted")
        for row in accepted:
            seen.append(row.channel)
            bounce(town, row.id, f"2027-02-{day} 12:00", "soft")
    assert seen == ["email", "sms", "post", "voice", "call"]


def test_where_another_copy_stands_nothing_falls(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.night("2027-02-07 09:00")                         # the formal notice: by post and by email
    email = town.one(notice="formal-notice", via="email")
    bounce(town, email.id, "2027-02-07 10:00")
    assert len(town.world.notices(notice="formal-notice")) == 2


def test_a_courtesy_that_bounces_is_not_chased(town: Town) -> None:
    visit = town.world.visit("2027-03-09", prefers="email")
    when = at("2027-03-09 10:00", town.world.rollout)
    town.world.change(visit, when, status="completed", outcome_at=when)
    town.night("2027-03-10 10:00")
    bounce(town, town.one(notice="how-did-it-go").id, "2027-03-10 11:00")
    assert len(town.world.notices(notice="how-did-it-go")) == 1


def test_a_letter_that_would_come_too_late_is_skipped_for_a_call(town: Town) -> None:
    town.world.visit("2027-03-09", phone="+447400123499")
    town.night("2027-03-08 17:00")                         # the day before: text, email, voice
    for hour in (17, 18, 19):
        for row in town.world.notices(notice="day-before", state="accepted"):
            bounce(town, row.id, f"2027-03-08 {hour}:10", "soft")
        town.night(f"2027-03-08 {hour}:20")
    assert "call" in {row.channel for row in town.world.notices(notice="day-before", state="accepted")}
    assert "post" not in {row.channel for row in town.world.notices(notice="day-before")}


def test_a_customer_who_asked_for_less_gets_less(town: Town) -> None:
    visit = town.world.visit("2027-03-09", most_per_week=0)
    when = at("2027-03-09 10:00", town.world.rollout)
    town.world.change(visit, when, status="completed", outcome_at=when)
    town.night("2027-03-10 10:00")
    assert town.one(notice="how-did-it-go").why == "frequency_cap"


# ---- one phone -----------------------------------------------------------------------------------------------

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


# ---- the daily arithmetic ------------------------------------------------------------------------------------

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
