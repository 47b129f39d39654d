"""Ending an emergency stop: the one that is named, or all of them, and never all by a slip."""

from pathlib import Path

import pytest

from doorstep.delivery.halting import Scope, halt, resume, standstills
from tests.town import Town


@pytest.mark.parametrize(("named", "left"), [(1, [2]), (2, [1]), (None, []), (0, [1, 2]), (3, [1, 2])])
def test_only_the_stop_that_is_named_ends(tmp_path: Path, named: int | None, left: list[int]) -> None:
    world = Town(tmp_path).world
    for now in (1, 2):
        halt(world.store, world.rollout, Scope(), reason="wrong words", by="pm", now=now)
    assert resume(world.store, world.rollout, named, by="pm", now=3) == 2 - len(left)
    with world.store.read() as connection:
        assert [each.id for each in standstills(connection, world.rollout)] == left
    world.store.close()
