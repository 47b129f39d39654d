"""Handing over: from a due notice to a message, with every word and every "no" on record."""



from doorstep.delivery import tally
from doorstep.explain import message_of
from doorstep.inbox.events import Event, record_events
from doorstep.model import Visit
from tests.making import at
from tests.town import Town


def test_the_evening_before_a_customer_is_told_once_by_text(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.night("2027-03-08 17:00")
    town.night("2027-03-08 17:05")
    (text,) = town.said("sms")
    assert "Northwick" in text and "Tuesday 9 March 2027" in text and "8 am to 12 noon" in text
    assert not town.said("email")


def test_a_customer_is_told_in_their_own_language_or_the_nearest_of_the_chain(town: Town) -> None:
    town.world.visit("2027-03-09", language="ar")
    town.world.visit("2027-03-09", language="cy")
    town.night("2027-03-08 17:00")
    assert [row.language for row in town.world.notices(notice="day-before")] == ["ar", "en"]


def test_the_arithmetic_of_a_send_always_closes(town: Town) -> None:
    for values in ({}, {"email": None}, {"email": None, "phone": None}, {"phone": None, "email": None, "address": None}):
        town.world.visit("2027-03-09", **values)
    for when in ("2027-02-07 09:00", "2027-02-22 09:00", "2027-03-08 17:00", "2027-03-09 09:00"):
        sent = town.night(when).as_json()
        assert sent["due"] == sum(number for word, number in sent.items() if word != "due")
    with town.world.store.read() as connection:
        total = tally(connection, town.world.rollout).as_json()
    assert total["due"] == len(town.world.notices()) == sum(number for word, number in total.items() if word != "due")


def test_the_exact_message_can_be_shown_years_later_from_what_the_notice_keeps(town: Town) -> None:
    town.world.visit("2027-03-09", name="Seán O'Brien <script>")
    town.night("2027-02-07 09:00")
    with town.world.store.read() as connection:
        kept = {row.id: message_of(connection, row) for row in town.world.notices(notice="formal-notice")}
    sent = {number: message for street in town.streets.values() for number, _, message in street.taken}
    assert kept == sent and len(sent) == 2


def test_a_visit_that_is_cancelled_between_planning_and_sending_voids_its_notice(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    town.night("2027-03-08 17:00", send=False)
    town.world.change(visit, at("2027-03-08 17:01", town.world.rollout), status="cancelled",
                      outcome_at=at("2027-03-08 17:01", town.world.rollout))
    town.night("2027-03-08 17:02")
    assert town.world.notices(notice="day-before")[0].why == "visit_cancelled"
    assert not town.said("sms")          # nor an apology: this customer was never told of a visit


def test_a_told_customer_hears_of_a_cancellation(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    town.night("2027-03-08 17:00")
    when = at("2027-03-08 18:00", town.world.rollout)
    town.world.change(visit, when, status="cancelled", outcome="by_utility", outcome_at=when)
    town.night("2027-03-08 18:05")
    assert [row.channel for row in town.world.notices(notice="visit-cancelled")] == ["sms"]


def test_a_moved_visit_owes_a_correction_on_every_channel_that_carried_the_old_date_and_the_fastest(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    town.night("2027-02-07 09:00")                                   # the formal notice: post and email
    moved = at("2027-02-10 10:00", town.world.rollout)
    town.world.change(visit, moved, day="2027-03-16")
    town.night("2027-02-10 10:05")
    assert not town.world.notices(notice="new-date")                 # ten minutes have not passed
    town.night("2027-02-10 10:10")
    assert sorted(row.via for row in town.world.notices(notice="new-date")) == ["email", "post", "sms"]
    (text,) = town.said("sms")
    assert "NEW" in text and "16 March" in text and "9 March" in text
    town.night("2027-02-10 12:00")
    assert len(town.world.notices(notice="new-date")) == 3           # and never again


def test_two_moves_within_ten_minutes_are_one_correction(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    town.night("2027-02-22 09:00")
    town.world.change(visit, at("2027-02-23 10:00", town.world.rollout), day="2027-03-16")
    town.night("2027-02-23 10:04")
    town.world.change(visit, at("2027-02-23 10:08", town.world.rollout), day="2027-03-23")
    for when in ("2027-02-23 10:12", "2027-02-23 10:18", "2027-02-23 10:30"):
        town.night(when)
    assert {row.occasion.split("@")[0] for row in town.world.notices(notice="new-date")} == {"2027-03-23/480-720"}


def test_a_visit_moved_back_before_anyone_was_told_owes_nothing(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    town.night("2027-02-22 09:00")
    town.world.change(visit, at("2027-02-23 10:00", town.world.rollout), day="2027-03-16")
    town.world.change(visit, at("2027-02-23 10:05", town.world.rollout), day="2027-03-09")
    town.night("2027-02-23 10:30")
    assert not town.world.notices(notice="new-date")


def test_a_visit_that_moves_again_after_planning_gets_only_the_last_correction(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    town.night("2027-02-22 09:00")
    town.world.change(visit, at("2027-02-23 10:00", town.world.rollout), day="2027-03-16")
    town.night("2027-02-23 10:15", send=False)
    town.world.change(visit, at("2027-02-23 10:20", town.world.rollout), day="2027-03-23")
    town.night("2027-02-23 10:40")
    states = {(row.occasion[:10], row.state) for row in town.world.notices(notice="new-date")}
    assert states == {("2027-03-16", "void"), ("2027-03-23", "accepted")}


def test_a_customer_never_told_of_the_old_date_gets_no_correction(town: Town) -> None:
    visit = town.world.visit("2027-03-09")
    town.world.change(visit, at("2027-01-23 10:00", town.world.rollout), day="2027-03-16")
    town.night("2027-01-23 10:30")
    assert not town.world.notices(notice="new-date")


def test_a_visit_split_from_another_corrects_the_date_that_the_first_one_told(town: Town) -> None:
    first = town.world.visit("2027-03-09")
    town.night("2027-02-22 09:00")
    when = at("2027-02-23 10:00", town.world.rollout)
    (owner,) = {row.customer_id for row in town.world.notices()}
    second = town.world.put(Visit, rollout="northwick", customer_id=owner, day="2027-03-16", window_start=480, window_end=720,
                            status="planned", zone="Europe/London", reference="NW9", commodities="gas", since=when,
                            changed_at=when, created_at=when, feed_id=2, split_from=first)
    town.night("2027-02-23 10:10")
    assert {row.visit_id for row in town.world.notices(notice="new-date")} == {second}


def test_a_stop_ends_a_channel_at_once_and_a_duty_notice_takes_the_next(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.night("2027-02-22 09:00")
    reminder = town.one(notice="reminder")
    record_events(town.world.store, town.world.rollout,
                  [Event("stopped", reminder.id, at("2027-02-22 10:00", town.world.rollout), "e1")], 0)
    record_events(town.world.store, town.world.rollout,
                  [Event("stopped", reminder.id, at("2027-02-22 10:00", town.world.rollout), "e1")], 0)
    visit = town.world.notices()[0].visit_id
    town.world.change(visit, at("2027-02-24 10:00", town.world.rollout), day="2027-03-23")
    town.night("2027-02-24 10:10")
    by = {row.via: row for row in town.world.notices(notice="new-date")}
    assert by["email"].state == "void" and by["sms"].state == "accepted"


def test_a_busy_channel_is_tried_again_and_a_refusing_one_gives_way_to_the_next(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.streets["email"].answer = "busy"
    assert town.night("2027-02-22 09:00").held == 1
    town.streets["email"].answer = "refused"
    town.night("2027-02-22 09:10")
    town.night("2027-02-22 09:15")
    row = town.one(notice="reminder")
    assert (row.state, row.channel, row.tried) == ("accepted", "sms", "email")


def test_an_unknown_outcome_is_not_sent_again_in_its_time_of_grace_and_an_event_settles_it(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.streets["email"].answer = "unknown"
    assert town.night("2027-02-22 09:00").unknown == 1
    town.streets["email"].answer = "accepted"
    town.night("2027-02-22 09:14")
    assert not town.said("email")
    row = town.one(notice="reminder")
    record_events(town.world.store, town.world.rollout,
                  [Event("delivered", row.id, at("2027-02-22 09:01", town.world.rollout), "e1")], 0)
    assert town.one(notice="reminder").state == "delivered"


def test_news_goes_by_rank_and_not_by_arrival(town: Town) -> None:
    town.world.visit("2027-03-09")
    town.night("2027-02-22 09:00")
    number = town.one(notice="reminder").id
    now = at("2027-02-22 10:00", town.world.rollout)
    record_events(town.world.store, town.world.rollout, [Event("bounced", number, now, "b", "hard")], now)
    record_events(town.world.store, town.world.rollout, [Event("delivered", number, now - 60, "d")], now)
    assert [row.state for row in town.world.notices(notice="reminder")] == ["bounced", "due"]     # and its fallback


def test_the_survey_is_asked_by_the_one_channel_the_customer_prefers(town: Town) -> None:
    visit = town.world.visit("2027-03-09", prefers="email")
    when = at("2027-03-09 10:00", town.world.rollout)
    town.world.change(visit, when, status="completed", outcome_at=when)
    town.night("2027-03-10 10:00")
    assert town.one(notice="how-did-it-go").channel == "email"


def test_a_date_that_comes_back_is_corrected_again(town: Town) -> None:
    visit = town.world.visit("2027-03-20")
    town.night("2027-03-05 09:00")
    for number, day in enumerate(("2027-03-23", "2027-03-20", "2027-03-23")):
        town.world.change(visit, at(f"2027-03-{6 + number:02d} 10:00", town.world.rollout), day=day)
        town.night(f"2027-03-{6 + number:02d} 10:30")
    told = [row.told_day for row in town.world.notices(notice="new-date", via="sms", state="accepted")]
    assert told == ["2027-03-23", "2027-03-20", "2027-03-23"]


def test_an_attempt_that_was_cut_off_is_unknown_and_not_forgotten_when_its_visit_has_moved(town: Town) -> None:
    visit = town.world.visit("2027-03-20")
    town.streets["email"].exactly_once = True
    town.night("2027-03-05 09:00", send=False)
    now = at("2027-03-05 09:00", town.world.rollout)
    with town.world.store.write() as connection:         # as a process leaves it that dies between call and record
        connection.exec_driver_sql("UPDATE notice SET state='attempting', channel='email', provider='street', attempt=1, "
                                   "attempted_at=?, lease_until=?, told_day='2027-03-20' WHERE notice='reminder'",
                                   (now, now + 60))
    town.world.change(visit, at("2027-03-05 12:00", town.world.rollout), day="2027-03-23")
    town.night("2027-03-05 13:00")
    assert town.one(notice="reminder").state == "unknown"
    town.night("2027-03-05 13:30")
    assert {row.told_day for row in town.world.notices(notice="new-date", state="accepted")} == {"2027-03-23"}


def test_a_notice_missed_for_a_near_date_falls_due_when_the_visit_moves_away(town: Town) -> None:
    visit = town.world.visit("2027-03-13", vulnerable=1)
    town.night("2027-03-05 09:00")
    assert town.one(notice="needs-check").state == "missed"
    town.world.change(visit, at("2027-03-05 10:00", town.world.rollout), day="2027-05-20")
    town.night("2027-04-05 09:00")
    assert [row.state for row in town.world.notices(notice="needs-check")] == ["missed", "accepted"]
