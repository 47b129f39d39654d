"""What customers tell us about the visit, kept once, and no word of it in the journal."""

from typing import Any

import pytest
from sqlalchemy import select

from doorstep.conversation.notes import Told, confirm, note, note_of
from doorstep.model import Customer, Journal, Visit, table
from doorstep.rollout import Rollout
from doorstep.store import Store
from tests.making import World

NOW = 1_000_000


def kept(world: World, visit: int) -> Any:
    with world.store.read() as connection:
        return note_of(connection, visit)


def journal(store: Store) -> list[tuple[str, int | None, int | None, str | None]]:
    rows = table(Journal).c
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(
            select(rows.kind, rows.visit_id, rows.customer_id, rows.data).order_by(rows.id))]


def test_what_is_told_is_kept_and_the_journal_says_only_which_things(world: World) -> None:
    visit = world.visit()
    assert note(world.store, world.rollout, visit, Told("someone", "Hana Said", "Ring twice", True, True), now=NOW)
    row = kept(world, visit)
    assert (row.present, row.who, row.access, row.pets, row.medical, row.at) == ("someone", "Hana Said", "Ring twice", 1, 1, NOW)
    assert journal(world.store) == [("noted", visit, 1, "page access medical pets present who")]


def test_what_is_left_open_stays_as_it_was(world: World) -> None:
    visit = world.visit()
    note(world.store, world.rollout, visit, Told(access="Side gate", pets=True, medical=True), now=NOW)
    note(world.store, world.rollout, visit, Told(present="me", pets=False), now=NOW + 1)
    row = kept(world, visit)
    assert (row.present, row.access, row.pets, row.medical) == ("me", "Side gate", 0, 1)


def test_telling_the_same_twice_does_nothing_twice(world: World) -> None:
    visit = world.visit()
    told = Told("me", pets=True)
    assert [note(world.store, world.rollout, visit, told, now=NOW + again) for again in range(2)] == [True, False]
    assert len(journal(world.store)) == 1 and kept(world, visit).at == NOW


def test_nothing_told_leaves_no_trace(world: World) -> None:
    visit = world.visit()
    assert not note(world.store, world.rollout, visit, Told(), now=NOW)
    assert kept(world, visit) is None and journal(world.store) == []


@pytest.mark.parametrize(("typed", "kept_as"), [
    ("Ring\r\nBcc: all@example.com", "Ring Bcc: all@example.com"), ("a\u202eb\u2066c", "abc"), ("x" * 2000, "x" * 1000),
    ("nul\x00l", "null"), ("<img src=x>", "<img src=x>")])
def test_words_are_cleaned_and_capped(world: World, typed: str, kept_as: str) -> None:
    visit = world.visit()
    note(world.store, world.rollout, visit, Told(access=typed), now=NOW)
    assert kept(world, visit).access == kept_as


def test_an_unknown_answer_is_named(world: World) -> None:
    visit = world.visit()
    with pytest.raises(ValueError, match="one of me, someone, nobody"):
        note(world.store, world.rollout, visit, Told("everyone"), now=NOW)


@pytest.mark.parametrize("status", ["planned", "booked", "en_route"])
def test_a_visit_to_come_is_confirmed_once(world: World, status: str) -> None:
    visit = world.visit(status=status)
    assert [confirm(world.store, world.rollout, visit, now=NOW + again) for again in range(2)] == [True, False]
    assert kept(world, visit).confirmed_at == NOW
    assert journal(world.store) == [("confirmed", visit, 1, "page")]
    with world.store.read() as connection:
        assert connection.execute(select(table(Customer).c.verified_at)).scalar_one() == NOW


@pytest.mark.parametrize("status", ["completed", "aborted", "cancelled", "refused", "merged"])
def test_a_visit_that_is_over_is_not_confirmed(world: World, status: str) -> None:
    visit = world.visit(status=status)
    assert not confirm(world.store, world.rollout, visit, now=NOW)
    assert journal(world.store) == []


def test_a_visit_that_moved_is_confirmed_anew(world: World) -> None:
    visit = world.visit(status="booked")
    confirm(world.store, world.rollout, visit, now=NOW)
    world.change(visit, NOW + 10, day="2027-03-12")
    assert confirm(world.store, world.rollout, visit, now=NOW + 20)
    assert kept(world, visit).confirmed_at == NOW + 20


def test_a_visit_of_another_rollout_is_none_of_ours(world: World) -> None:
    visit = world.visit()
    other = Rollout("southwick", world.rollout.file, world.rollout.plan, world.rollout.targets)
    with pytest.raises(KeyError, match="southwick has no visit 1"):
        confirm(world.store, other, visit, now=NOW)
    with world.store.read() as connection:
        assert connection.execute(select(table(Visit).c.version)).scalar_one() == 1
