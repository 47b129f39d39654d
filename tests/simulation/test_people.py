"""Customers answer what they were sent, as often as customers do, and never twice."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import insert

from doorstep.inbox.events import Event, record_events
from doorstep.model import Customer, Journal, Notice
from doorstep.simulation.people import People
from doorstep.simulation.world import World
from doorstep.store import Store
from tests.making import make_store
from tests.simulation.places import world_of

MORNING = 10 * 3600


def handed_over(store: Store, world: World, *, channel: str, notice: str = "confirm-visit", at: int = MORNING) -> None:
    """Every household of the world was sent this notice at this minute of its first day."""
    day, now = world.date(40).isoformat(), world.at(0, 0) + at
    with store.write() as connection:
        first = connection.execute(insert(Notice).returning(Notice.__table__.c.id), [  # type: ignore[attr-defined]
            {"rollout": world.rollout.name, "notice": notice, "phase": "before", "purpose": "duty", "visit_id": number + 1,
             "customer_id": number + 1, "occasion": f"{day} {at}", "via": channel, "due_at": now, "until_at": now,
             "not_before": now, "state": "accepted", "channel": channel, "told_day": day, "created_at": now,
             "accepted_at": now} for number in range(world.visits)]).scalars().first()
        connection.execute(insert(Journal), [
            {"at": now, "rollout": world.rollout.name, "kind": "accepted", "visit_id": number + 1,
             "customer_id": number + 1, "notice_id": first + number} for number in range(world.visits)])


@pytest.fixture
def world() -> World:
    """Fifteen hundred households."""
    return world_of(visits=1500)


@pytest.fixture
def store(world: World, tmp_path: Path) -> Store:
    """A database that knows every household."""
    store = make_store(tmp_path)
    with store.write() as connection:
        connection.execute(insert(Customer), [
            {"id": number + 1, "rollout": world.rollout.name, "premise": f"P{number}", "account": world.account(number),
             "language": "en", "email": f"customer{number}@example.org", "phone": "+447400000000", "updated_at": 0}
            for number in range(world.visits)])
    return store


def received(people: People, store: Store, at: int) -> list[Event]:
    """What has arrived by this minute, and what has not."""
    return [event for batch in people.receive(store, now=people.world.at(0, 0) + at) for event in batch]


def answered(people: People, store: Store, at: int) -> list[Event]:
    """What people have said by this minute."""
    return [event for batch in people.answer(store, now=people.world.at(0, 0) + at) for event in batch]


@pytest.mark.parametrize(("channel", "low", "high"), [
    ("email", 0.01, 0.025), ("sms", 0.02, 0.045), ("voice", 0.1, 0.2), ("call", 0.1, 0.2)])
def test_some_messages_do_not_arrive(world: World, store: Store, channel: str, low: float, high: float) -> None:
    handed_over(store, world, channel=channel)
    kinds = Counter(event.kind for event in received(People(world), store, MORNING + 900))
    assert low < kinds["bounced"] / world.visits < high
    assert kinds["bounced"] + kinds["delivered"] == world.visits


def test_nobody_says_that_a_letter_arrived(world: World, store: Store) -> None:
    handed_over(store, world, channel="post")
    people = People(world)
    assert received(people, store, MORNING + 900) == []
    assert set(people.told) == {40}


def test_a_dead_address_is_dead_for_every_message(world: World, store: Store) -> None:
    people = People(world)
    dead = []
    for at in (MORNING, MORNING + 7200):
        handed_over(store, world, channel="email", at=at)
        events = received(people, store, at + 900)
        dead.append({event.notice_id % world.visits for event in events if event.data == "hard"})
    assert dead[0] == dead[1] != set()


def test_people_answer_what_they_received_and_only_once(world: World, store: Store) -> None:
    people = People(world)
    handed_over(store, world, channel="sms")
    assert answered(people, store, MORNING) == []
    assert {event.kind for event in received(people, store, MORNING + 900)} == {"delivered", "bounced"}
    followed = answered(people, store, MORNING + 7200)
    said = Counter(saying.meant for saying in people.sayings)
    assert 0.38 < said["confirm"] / world.visits < 0.5 and 0.005 < said["move"] / world.visits < 0.03
    assert 0 < said["stop"] < 0.004 * world.visits
    assert 0.05 < sum(event.kind == "clicked" for event in followed) / world.visits < 0.12
    people.sayings.clear()
    assert received(people, store, MORNING + 9000) == answered(people, store, MORNING + 9000) == []
    assert not people.sayings


def test_some_emails_are_opened_and_whoever_answers_one_has_opened_it(world: World, store: Store) -> None:
    people = People(world)
    handed_over(store, world, channel="email")
    received(people, store, MORNING + 900)
    opened = {event.notice_id for event in answered(people, store, MORNING + 7200) if event.kind == "opened"}
    assert 0.5 < len(opened) / world.visits < 0.75                   # three in ten, and all of those who confirm
    assert {saying.heard.id for saying in people.sayings} <= opened


def test_people_are_listened_to_in_one_order_however_the_rows_are_numbered(world: World, store: Store) -> None:
    people = People(world)
    handed_over(store, world, channel="sms")
    received(people, store, MORNING + 900)
    answered(people, store, MORNING + 7200)
    orders = [saying.order for saying in people.sayings]
    assert len(set(orders)) == len(orders) > 500


def test_nothing_is_said_after_now_nor_before_the_message(world: World, store: Store) -> None:
    people = People(world)
    handed_over(store, world, channel="sms")
    for listen, at in ((received, 60), (answered, 3600)):
        moments = [event.at - world.at(0, 0) - MORNING for event in listen(people, store, MORNING + at)]
        assert min(moments) > 0 and max(moments) <= at


def test_a_wish_to_move_is_heard_once(world: World, store: Store) -> None:
    people = People(world)
    handed_over(store, world, channel="sms")
    received(people, store, MORNING + 900)
    answered(people, store, MORNING + 7200)
    movers = {world.number(saying.heard.account) for saying in people.sayings if saying.meant == "move"}
    assert set(people.known().wishes) == movers != set()
    assert people.known().wishes == set()


def test_those_it_did_not_reach_do_not_know_their_day(world: World, store: Store) -> None:
    people = People(world)
    handed_over(store, world, channel="sms")
    failed = {event.notice_id - 1 for event in received(people, store, MORNING + 900) if event.kind == "bounced"}
    assert {number for number in range(world.visits) if people.told[number] == -1} == failed


def test_what_people_say_can_be_recorded(world: World, store: Store) -> None:
    people = People(world)
    handed_over(store, world, channel="email")
    for listen, at in ((received, 900), (answered, 7200)):
        events = listen(people, store, MORNING + at)
        assert events and record_events(store, world.rollout, events, world.at(0, 0) + MORNING + at) == len(events)


def test_two_worlds_of_one_seed_say_the_same(world: World, store: Store) -> None:
    handed_over(store, world, channel="sms")
    one, two = People(world), People(world_of(visits=1500))
    assert received(one, store, MORNING + 900) == received(two, store, MORNING + 900)
