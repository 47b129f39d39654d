"""How customers choose to hear from us, and that delivery does as they chose."""

from collections.abc import Callable
from typing import Any

import pytest

from doorstep.conversation import preferences
from doorstep.model import Customer, Journal, Stop, letter_box
from tests.making import World
from tests.town import Town

NOW = 1_000_000


def standing(world: World) -> dict[str, str]:
    (customer,) = world.all(Customer)
    with world.store.read() as connection:
        return preferences.standing(connection, world.rollout, customer)


def put_stop(world: World, **values: Any) -> None:
    world.put(Stop, **{"rollout": "northwick", "channel": "email", "address": "person1@example.com", "purpose": "*",
                       "reason": "stop", "at": 1, **values})


Choice = Callable[[World, int, int], bool]


@pytest.mark.parametrize(("choose", "column", "value", "said"), [
    (lambda w, v, at: preferences.choose_language(w.store, w.rollout, v, "ar", now=at), "language", "ar", "language=ar"),
    (lambda w, v, at: preferences.choose_channel(w.store, w.rollout, v, "sms", now=at), "prefers", "sms", "prefers=sms"),
    (lambda w, v, at: preferences.choose_channel(w.store, w.rollout, v, None, now=at), "prefers", None, "prefers=any"),
    (lambda w, v, at: preferences.choose_most_per_week(w.store, w.rollout, v, 0, now=at), "most_per_week", 0, "most_per_week=0"),
])
def test_a_choice_is_kept_once_and_journaled_by_code(world: World, choose: Choice, column: str, value: Any, said: str) -> None:
    visit = world.visit()
    assert [choose(world, visit, NOW), choose(world, visit, NOW + 1)] == [True, False]
    (customer,) = world.all(Customer)
    assert (getattr(customer, column), customer.verified_at) == (value, NOW)
    assert [(row.kind, row.visit_id, row.data) for row in world.all(Journal)] == [("chosen", visit, said)]


def test_what_was_chosen_is_marked_so_that_no_feed_takes_it_back(world: World) -> None:
    visit = world.visit()
    preferences.choose_language(world.store, world.rollout, visit, "en", now=NOW)     # the same, but now the customer's own
    preferences.choose_channel(world.store, world.rollout, visit, "post", now=NOW)
    (customer,) = world.all(Customer)
    assert (customer.language_chosen, customer.prefers_chosen) == (1, 1)


@pytest.mark.parametrize(("choose", "named"), [
    (lambda w, v: preferences.choose_language(w.store, w.rollout, v, "xx", now=NOW), "the languages are en, ar"),
    (lambda w, v: preferences.choose_channel(w.store, w.rollout, v, "fax", now=NOW), "one of email, sms"),
    (lambda w, v: preferences.choose_most_per_week(w.store, w.rollout, v, 9, now=NOW), "choose 0 to 3"),
    (lambda w, v: preferences.stop_channel(w.store, w.rollout, v, "call", now=NOW), "cannot be stopped"),
])
def test_what_cannot_be_chosen_is_named(world: World, choose: Callable[[World, int], bool], named: str) -> None:
    visit = world.visit()
    with pytest.raises(ValueError, match=named):
        choose(world, visit)
    assert world.all(Journal) == []


@pytest.mark.parametrize(("channel", "address", "purposes", "so"), [
    ("email", "person1@example.com", ["*"], "stopped"),
    ("sms", "+447400123401", ["*"], "stopped"),
    ("voice", "+447400123401", ["*"], "stopped"),
    ("post", letter_box(1, "1 Mill Road"), ["marketing", "programme"], "visits"),
])
def test_a_stop_goes_into_the_ledger_and_a_start_ends_it(world: World, channel: str, address: str, purposes: list[str],
                                                         so: str) -> None:
    visit = world.visit()
    stop, start = preferences.stop_channel, preferences.start_channel
    assert [stop(world.store, world.rollout, visit, channel, now=NOW + more) for more in (0, 1)] == [True, False]
    assert [(row.channel, row.address, row.purpose, row.ended_at) for row in world.all(Stop)] == [
        (channel, address, purpose, None) for purpose in purposes]
    assert standing(world) == {"email": "open", "sms": "open", "voice": "open", "post": "open"} | {channel: so}
    assert [start(world.store, world.rollout, visit, channel, now=NOW + more) for more in (2, 3)] == [True, False]
    assert set(standing(world).values()) == {"open"}
    said = f"page {channel}"
    assert [(row.kind, row.data) for row in world.all(Journal)] == [("stopped", said), ("started", said)]


@pytest.mark.parametrize(("reason", "purpose", "so"), [
    ("stop", "*", "stopped"), ("complaint", "*", "stopped"), ("stop", "programme", "visits"), ("bounce", "*", "broken"),
    ("wrong_person", "*", "broken")])
def test_how_an_address_stands(world: World, reason: str, purpose: str, so: str) -> None:
    world.visit()
    put_stop(world, reason=reason, purpose=purpose)
    assert standing(world)["email"] == so


@pytest.mark.parametrize("reason", ["bounce", "wrong_person"])
def test_a_wish_does_not_mend_an_address(world: World, reason: str) -> None:
    visit = world.visit()
    put_stop(world, reason=reason)
    assert not preferences.start_channel(world.store, world.rollout, visit, "email", now=NOW)
    assert standing(world)["email"] == "broken"


def test_a_channel_without_an_address_has_nothing_to_stop(world: World) -> None:
    visit = world.visit(email=None, phone=None, address=None)
    assert standing(world) == {}
    assert not preferences.stop_channel(world.store, world.rollout, visit, "email", now=NOW)
    assert world.all(Stop) == [] and world.all(Journal) == []


def test_a_stopped_channel_is_passed_over_and_duty_takes_the_next(town: Town) -> None:
    visit = town.world.visit("2027-03-09", status="booked")
    preferences.stop_channel(town.world.store, town.world.rollout, visit, "sms", now=NOW)
    town.night("2027-03-08 17:00")
    assert town.one(notice="day-before").channel == "email"


def test_a_chosen_channel_comes_first(town: Town) -> None:
    visit = town.world.visit("2027-03-09", status="booked")
    preferences.choose_channel(town.world.store, town.world.rollout, visit, "email", now=NOW)
    town.night("2027-03-08 17:00")
    assert town.one(notice="day-before").channel == "email"
