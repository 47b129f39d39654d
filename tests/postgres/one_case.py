"""One case of a test that has many: those that differ in values alone ask the same of PostgreSQL, and SQLite has them all."""

from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest


def one_case(test: Callable[..., None], place: int = 0) -> Callable[..., None]:
    """The same test with only the case at that place."""
    assert isinstance(test, FunctionType)
    [(names, cases)] = [mark.args for mark in test.pytestmark if mark.name == "parametrize"]
    alone: Any = FunctionType(test.__code__, test.__globals__, test.__name__, test.__defaults__, test.__closure__)
    return pytest.mark.parametrize(names, [cases[place]])(alone)
