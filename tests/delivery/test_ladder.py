"""What bounces goes down the ladder, from channel to channel, as far as its purpose and the time allow."""

from doorstep.inbox.events import Event, record_events
from tests.making import at
from tests.town import Town


def bounce(town: Town, notice: int, when: str, data: str = "hard") -> None:
    now = at(when, town.world.rollout)
    record_events(town.world.store, town.world.rollout, [Event("bounced", notice, now, f"b{notice}", data)], now)


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
