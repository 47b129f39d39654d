"""Pressing an emergency stop in a hurry: the name is looked for, and only a mistaken one costs a list of all."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from doorstep.delivery.halting import Scope, halt
from doorstep.errors import UsageError
from tests.town import Town


@pytest.mark.parametrize("scope", [Scope(area="South"), Scope(language="ar"), Scope(area="North", language="en")])
def test_an_area_or_language_that_is_there_is_looked_for_and_no_list_is_made(tmp_path: Path, scope: Scope) -> None:
    world = Town(tmp_path).world
    world.visit(area="North", language="en")
    world.visit(area="South", language="ar")
    asked: list[str] = []

    def heard(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(world.store.engine, "before_cursor_execute", heard)
    halt(world.store, world.rollout, scope, reason="wrong words", by="pm", now=1)
    looks = [each for each in asked if "FROM customer" in each]
    assert len(looks) == sum(each is not None for each in scope)
    assert all("LIMIT" in each and "DISTINCT" not in each for each in looks)
    world.store.close()


def test_a_name_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    world = Town(tmp_path).world
    for area in ("South", "North", "South"):
        world.visit(area=area)
    with pytest.raises(UsageError, match=r'no customer of northwick has "Nord"; there are North, South$'):
        halt(world.store, world.rollout, Scope(area="Nord"), reason="wrong words", by="pm", now=1)
    world.store.close()
