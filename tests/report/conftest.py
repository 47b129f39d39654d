"""A fresh world for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kpis.world import World, new_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An empty rollout."""
    made = new_world(tmp_path)
    yield made
    made.store.close()
