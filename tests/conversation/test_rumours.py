"""Rumours: many in one area ask the same within a day, and a person decides."""

from pathlib import Path
from typing import Any

import pytest

from doorstep.conversation.rumours import decide, find_rumours, waiting
from doorstep.errors import UsageError
from doorstep.model import Enquiry, Journal, Rumour, table
from tests.making import World, at, make_rollout, make_store

NOW = at("2027-02-02 09:00", make_rollout())
HOUR = 3600


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(make_store(tmp_path), make_rollout(conversation={"rumour_count": 3}))


def ask(world: World, number: int = 4, **values: Any) -> None:
    """So many customers ask the same."""
    for customer in range(1, number + 1):
        world.put(Enquiry, **{
            "rollout": "northwick", "kind": "concern", "topic": "health", "customer_id": customer, "area": "North",
            "channel": "sms", "language": "en", "owner": "Desk", "opened_at": NOW - HOUR, "due_at": NOW, **values})


def find(world: World, now: int = NOW) -> list[int]:
    return find_rumours(world.store, world.rollout, now=now)


def test_more_than_the_set_number_on_one_topic_in_one_area_within_a_day_is_a_rumour(world: World) -> None:
    world.visit(area="North")
    world.visit(area="North", status="completed")
    ask(world)
    assert find(world) == [1]
    assert waiting(world.store, world.rollout) == [(1, "North", "health", 4, 1)]


@pytest.mark.parametrize(("number", "values"), [
    (3, {}), (9, {"customer_id": 7}), (9, {"topic": "other"}), (9, {"area": None}), (9, {"opened_at": NOW - 24 * HOUR}),
    (9, {"rollout": "kampala"}), (9, {"kind": "move"}), (9, {"opened_at": NOW + HOUR}),
])
def test_what_is_no_rumour(world: World, number: int, values: dict[str, Any]) -> None:
    ask(world, number, **values)
    assert find(world) == []


def test_topics_and_areas_are_counted_apart(world: World) -> None:
    ask(world, 2)
    ask(world, 2, area="South")
    ask(world, 2, topic="cost")
    assert find(world) == []
    ask(world, 6, topic="cost", area="South")
    find(world)
    assert [(each.area, each.topic) for each in waiting(world.store, world.rollout)] == [("South", "cost")]


@pytest.mark.parametrize(("decided", "later", "found"), [(False, 100, False), (True, 20, False), (True, 25, True)])
def test_there_is_no_second_one_while_the_first_waits_nor_within_a_day_of_its_decision(
        world: World, decided: bool, later: int, found: bool) -> None:
    ask(world)
    find(world)
    if decided:
        decide(world.store, world.rollout, 1, approve=False, by="Ann", count=4, now=NOW)
    ask(world, 5, opened_at=NOW + later * HOUR - 60)
    assert bool(find(world, NOW + later * HOUR)) is found


@pytest.mark.parametrize(("approve", "state"), [(True, "approved"), (False, "dismissed")])
def test_a_decision_is_kept_with_who_and_when_and_stands(world: World, approve: bool, state: str) -> None:
    ask(world)
    find(world)
    decide(world.store, world.rollout, 1, approve=approve, by="Ann", count=4, now=NOW + 60)
    with world.store.read() as connection:
        row = connection.execute(table(Rumour).select()).one()
        kinds = [each.kind for each in connection.execute(table(Journal).select())]
    assert (row.state, row.decided_by, row.decided_at) == (state, "Ann", NOW + 60)
    assert kinds == ["rumour-found", f"rumour-{state}"]
    with pytest.raises(UsageError, match=f"rumour 1 is {state} already, by Ann"):
        decide(world.store, world.rollout, 1, approve=True, by="Bob", count=4, now=NOW + 90)


@pytest.mark.parametrize(("number", "count", "said"), [
    (1, 5, "rumour 1 counts 4 customers, not 5"), (2, 4, "northwick has no rumour 2")])
def test_a_decision_about_something_else_changes_nothing(world: World, number: int, count: int, said: str) -> None:
    ask(world)
    find(world)
    with pytest.raises(UsageError, match=said):
        decide(world.store, world.rollout, number, approve=True, by="Ann", count=count, now=NOW)
    assert len(waiting(world.store, world.rollout)) == 1
