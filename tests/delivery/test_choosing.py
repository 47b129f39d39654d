"""May we, and by which channel? Tables of cases, without a database."""

from typing import Any

import pytest

from doorstep.delivery.choosing import No, Standing, Way, decide, rules_for
from doorstep.facts import Case
from tests.making import at, make_rollout

ROLLOUT = make_rollout()
DAY = "2027-03-09"
NOON, NIGHT = f"{DAY} 12:00", f"{DAY} 23:30"
LATER = f"{DAY} 23:00"


def case(**values: Any) -> Case:
    facts = {"via": "", "status": "planned", "email": "e@example.com", "phone": "+447400123456", "address": "1 Mill Road",
             "reference": "NW1", **values}
    return Case(1, DAY, facts.pop("via"), 1, 1, facts.pop("status"), DAY, **facts)


def answer(notice: str, now: str, until: str, who: Case, *, stops: str = "",
           stands: bool = True, carried: bool = False, tried: str = "", recent: int = 0, mute: tuple[str, ...] = ()) -> Way | No:
    rules = rules_for(ROLLOUT, ROLLOUT.row(notice), at(now, ROLLOUT))
    standing = Standing(at(until, ROLLOUT), stands, carried, tried, recent, stops=stops)
    return decide(rules, who, standing, lambda channel: channel not in mute)


EMAIL_STOP, SMS_STOP = "email:*", "sms:*"


@pytest.mark.parametrize(("who", "options", "channel"), [
    (case(), {}, "email"),                                                # the plan's order: email, sms, post, voice
    (case(prefers="sms"), {}, "sms"),                                     # the customer's preference first
    (case(prefers="call"), {}, "email"),                                  # a preference that the notice does not offer
    (case(email=None), {}, "sms"),
    (case(email=None, phone=None), {}, "post"),
    (case(), {"stops": EMAIL_STOP}, "sms"),                               # stopped: a duty notice takes the next one down
    (case(), {"stops": f"{EMAIL_STOP} {SMS_STOP}"}, "post"),
    (case(), {"tried": "email"}, "sms"),                                  # refused by the provider
    (case(), {"mute": ("email",)}, "sms"),                                # no words for that channel
])
def test_a_duty_notice_takes_the_first_channel_that_may_and_can(who: Case, options: dict[str, Any], channel: str) -> None:
    found = answer("reminder", NOON, "2027-03-16 12:00", who, **options)
    assert isinstance(found, Way)
    assert found.channel == channel


def test_a_stop_of_one_purpose_leaves_the_others() -> None:
    only_programme = "email:programme"
    assert answer("reminder", NOON, "2027-03-16 12:00", case(), stops=only_programme) == Way("email", "e@example.com")
    assert answer("what-and-why", NOON, "2027-03-30 12:00", case(), stops=only_programme) == Way("post", "1 Mill Road")


@pytest.mark.parametrize(("now", "until", "expected"), [
    (NOON, LATER, "email"),
    (NIGHT, "2027-03-10 12:00", "held"),              # 23:30: quiet until 08:00, and still useful then
    (NIGHT, "2027-03-10 07:00", "missed"),            # quiet until after its usefulness
    ("2027-03-10 03:00", "2027-03-10 12:00", "held"),
    (NOON, NOON, "missed"),                           # its end has come
])
def test_quiet_hours_hold_and_never_past_the_end_of_usefulness(now: str, until: str, expected: str) -> None:
    found = answer("booking-confirmation", now, until, case())
    assert (found.channel if isinstance(found, Way) else found.state) == expected
    if isinstance(found, No) and found.state == "held":
        assert found.until == at("2027-03-10 08:00", ROLLOUT)


def test_a_letter_that_would_come_too_late_is_not_sent() -> None:
    only_post = case(email=None, phone=None)
    assert answer("reminder", NOON, "2027-03-16 12:00", only_post) == Way("post", "1 Mill Road")
    late = answer("reminder", NOON, "2027-03-11 12:00", only_post)       # three working days for print and post
    assert isinstance(late, No) and (late.state, late.why) == ("missed", "post_too_slow")


@pytest.mark.parametrize(("notice", "recent", "expected"), [
    ("how-did-it-go", 2, "sms"), ("how-did-it-go", 3, "held"), ("day-before", 30, "sms"),
])
def test_the_frequency_cap_holds_what_is_not_duty_and_never_a_duty_notice(notice: str, recent: int, expected: str) -> None:
    found = answer(notice, NOON, "2027-03-13 12:00", case(), recent=recent)
    assert (found.channel if isinstance(found, Way) else found.state) == expected


def test_a_capped_notice_that_cannot_wait_is_void_and_says_so() -> None:
    found = answer("how-did-it-go", NOON, "2027-03-10 11:00", case(), recent=3)
    assert isinstance(found, No) and (found.state, found.why) == ("void", "frequency_cap")


@pytest.mark.parametrize(("status", "why"), [
    ("cancelled", "visit_cancelled"), ("completed", "visit_completed"), ("planned", "visit_changed"),
])
def test_what_is_no_longer_so_is_void(status: str, why: str) -> None:
    found = answer("day-before", NOON, LATER, case(status=status), stands=False)
    assert isinstance(found, No) and (found.state, found.why) == ("void", why)


def test_nobody_is_lost_without_a_word() -> None:
    nowhere = answer("reminder", NOON, "2027-03-16 12:00", case(email=None, phone=None, address=None))
    assert isinstance(nowhere, No) and (nowhere.state, nowhere.why) == ("failed", "unreachable")
    refused = answer("how-did-it-go", NOON, "2027-03-13 12:00", case(email=None), stops=SMS_STOP)
    assert isinstance(refused, No) and (refused.state, refused.why) == ("void", "stopped")


def test_a_copy_goes_by_its_own_channel_or_leaves_it_to_the_other_copy() -> None:
    assert answer("formal-notice", NOON, "2027-03-20 12:00", case(via="email")) == Way("email", "e@example.com")
    left = answer("formal-notice", NOON, "2027-03-20 12:00", case(via="email"), stops=EMAIL_STOP, carried=True)
    assert isinstance(left, No) and left.why == "other_copy_carries_it"
    alone = answer("formal-notice", NOON, "2027-03-20 12:00", case(via="email"), stops=EMAIL_STOP)
    assert isinstance(alone, Way) and alone.channel == "post"


def test_nobody_is_put_on_a_call_list_without_a_number() -> None:
    assert answer("needs-check", NOON, "2027-03-20 12:00", case()) == Way("call", "+447400123456")
    assert answer("needs-check", NOON, "2027-03-20 12:00", case(phone=None)) == Way("post", "1 Mill Road")
