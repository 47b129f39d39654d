"""Questions and concerns wait for a person with a name, by a day that the rollout's calendar knows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from doorstep.conversation import enquiries
from doorstep.conversation.due import due_at
from doorstep.errors import UsageError
from doorstep.model import Enquiry, Journal, table
from tests.making import World, at, make_rollout, make_store

E, J = table(Enquiry), table(Journal)
TALK = {"owner": "Customer team", "owners": {"health": "Dr Amina Said", "move": "Booking desk", "scam": "Security"}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(make_store(tmp_path), make_rollout(conversation=TALK))
    yield world
    world.store.close()


def ask(world: World, when: str, **values: Any) -> int:
    said: dict[str, Any] = {"kind": "concern", "topic": "health", "customer_id": None, "visit_id": None, "channel": "sms",
                            "language": "en", "words": "is it safe"} | values
    with world.store.write() as connection:
        return enquiries.open_enquiry(connection, world.rollout, now=at(when, world.rollout), **said)


def answer(world: World, number: int, when: str) -> bool:
    return enquiries.answer(world.store, world.rollout, number, by="amina", answer="It is safe.", source="UKHSA",
                            now=at(when, world.rollout))


def row(world: World, number: int) -> Any:
    with world.store.read() as connection:
        return connection.execute(select(E).where(E.c.id == number)).one()


def journal(world: World) -> list[tuple[Any, ...]]:
    with world.store.read() as connection:
        return [tuple(each) for each in connection.execute(select(J.c.kind, J.c.ref, J.c.data).order_by(J.c.id))]


BRITAIN: dict[str, Any] = {"closed": ["2027-03-12"]}
RIYADH: dict[str, Any] = {"country": "SA", "region": None, "zone": "Asia/Riyadh", "weekend": ["fri", "sat"]}


@pytest.mark.parametrize(("rules", "asked", "topic", "due"), [
    (BRITAIN, "2027-03-01 10:00", "cost", "2027-03-03 17:00"),              # Monday -> Wednesday
    (BRITAIN, "2027-03-01 00:05", "cost", "2027-03-03 17:00"),              # before hours is that day
    (BRITAIN, "2027-03-01 17:00", "cost", "2027-03-04 17:00"),              # after hours is the next day
    (BRITAIN, "2027-03-05 16:59", "cost", "2027-03-09 17:00"),              # Friday -> Tuesday
    (BRITAIN, "2027-03-06 09:00", "cost", "2027-03-10 17:00"),              # Saturday is Monday
    (BRITAIN, "2027-03-10 09:00", "cost", "2027-03-15 17:00"),              # the rollout's own closed Friday does not count
    (BRITAIN, "2027-03-12 09:00", "cost", "2027-03-17 17:00"),
    (BRITAIN, "2027-03-25 09:00", "cost", "2027-03-31 17:00"),              # Easter and the change to summer time
    (BRITAIN, "2027-03-25 18:00", "safety", "2027-03-30 17:00"),            # Good Friday and Easter Monday are days off
    (BRITAIN, "2027-03-01 10:00", "safety", "2027-03-01 17:00"),
    (BRITAIN, "2027-03-01 10:00", "scam", "2027-03-01 17:00"),
    (BRITAIN, "2027-03-01 16:30", "safety", "2027-03-02 09:00"),            # nobody can do it in half an hour
    (BRITAIN, "2027-03-06 10:00", "safety", "2027-03-08 17:00"),
    (RIYADH, "2027-03-04 10:00", "cost", "2027-03-08 17:00"),               # Thursday -> Monday, for Friday and Saturday are free
    (RIYADH, "2027-03-05 10:00", "safety", "2027-03-07 17:00"),
])
def test_an_answer_is_due_in_working_days_and_what_is_urgent_the_same_day(rules: Any, asked: str, topic: str, due: str) -> None:
    rollout = make_rollout(**rules)
    assert due_at(rollout, kind="concern", topic=topic, now=at(asked, rollout)) == at(due, rollout)


def test_a_death_is_never_put_off() -> None:
    rollout = make_rollout(conversation={"urgent": []})
    asked = at("2027-03-01 10:00", rollout)
    assert due_at(rollout, kind="deceased", topic="other", now=asked) == at("2027-03-01 17:00", rollout)


@pytest.mark.parametrize(("kind", "topic", "owner"), [
    ("concern", "health", "Dr Amina Said"), ("move", "other", "Booking desk"), ("move", "health", "Dr Amina Said"),
    ("unclear", "other", "Customer team"), ("question", "scam", "Security")])
def test_the_topic_names_the_owner_and_then_the_kind(world: World, kind: str, topic: str, owner: str) -> None:
    assert row(world, ask(world, "2027-03-01 10:00", kind=kind, topic=topic)).owner == owner


def test_an_enquiry_knows_its_area_and_the_journal_knows_no_word_of_it(world: World) -> None:
    visit = world.visit(area="Mill Quarter")
    number = ask(world, "2027-03-01 10:00", customer_id=1, visit_id=visit, words="I am Ms Person and my heart is weak")
    found = row(world, number)
    assert (found.area, found.state, found.words) == ("Mill Quarter", "open", "I am Ms Person and my heart is weak")
    assert journal(world) == [("asked", f"enquiry {number}", "concern health")]


def test_answered_closed_and_satisfied_each_count_once(world: World) -> None:
    number, now = ask(world, "2027-03-01 10:00"), at("2027-03-02 10:00", world.rollout)
    for first in (True, False):
        assert answer(world, number, "2027-03-02 10:00") is first
    for first in (True, False):
        assert enquiries.satisfied(world.store, world.rollout, number, yes=True, now=now + 60) is first
    assert not enquiries.close(world.store, world.rollout, number, by="amina", now=now + 120)
    found = row(world, number)
    assert (found.state, found.satisfied, found.closed_at) == ("closed", 1, now + 60)
    assert (found.answered_at, found.answered_by, found.answer, found.source) == (now, "amina", "It is safe.", "UKHSA")
    assert [kind for kind, _, _ in journal(world)] == ["asked", "answered", "satisfied"]


def test_a_no_has_it_wait_again_with_a_new_day_until_it_is_answered_better(world: World) -> None:
    number = ask(world, "2027-03-01 10:00")
    answer(world, number, "2027-03-01 12:00")
    enquiries.satisfied(world.store, world.rollout, number, yes=False, now=at("2027-03-04 10:00", world.rollout))
    again = row(world, number)
    assert (again.state, again.satisfied, again.due_at) == ("open", 0, at("2027-03-08 17:00", world.rollout))
    now = at("2027-03-05 10:00", world.rollout)
    assert answer(world, number, "2027-03-05 10:00")
    assert enquiries.satisfied(world.store, world.rollout, number, yes=True, now=now + 60)
    assert [(kind, data) for kind, _, data in journal(world)] == [
        ("asked", "concern health"), ("answered", "health"), ("satisfied", "no"), ("reopened", "health"), ("answered", "health"),
        ("satisfied", "yes")]


def test_our_own_first_answer_may_be_enough_and_a_no_to_it_leaves_the_day_as_it_was(world: World) -> None:
    enough, not_enough = ask(world, "2027-03-01 10:00"), ask(world, "2027-03-01 10:00", topic="cost")
    now = at("2027-03-02 10:00", world.rollout)
    enquiries.satisfied(world.store, world.rollout, enough, yes=True, now=now)
    enquiries.satisfied(world.store, world.rollout, not_enough, yes=False, now=now)
    assert (row(world, enough).state, row(world, enough).answered_at) == ("closed", now)
    assert (row(world, not_enough).state, row(world, not_enough).due_at) == ("open", at("2027-03-03 17:00", world.rollout))


def test_what_was_closed_can_be_opened_again(world: World) -> None:
    number = ask(world, "2027-03-01 10:00")
    enquiries.close(world.store, world.rollout, number, by="amina", now=1)
    assert enquiries.reopen(world.store, world.rollout, number, now=at("2027-03-04 10:00", world.rollout))
    assert not enquiries.reopen(world.store, world.rollout, number, now=at("2027-03-04 10:00", world.rollout))
    assert (row(world, number).state, row(world, number).closed_at) == ("open", None)


def test_another_rollouts_enquiry_is_none_of_this_one(world: World) -> None:
    number = ask(world, "2027-03-01 10:00")
    other = make_rollout()
    object.__setattr__(other, "name", "riyadh")
    with pytest.raises(UsageError, match=f"riyadh has no enquiry {number}"):
        enquiries.close(world.store, other, number, by="x", now=1)
