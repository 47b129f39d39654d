"""What the tests of this room start from."""

from pathlib import Path

import pytest

from tests.making import World, make_rollout, make_store


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A rollout without a visit."""
    return World(make_store(tmp_path), make_rollout())
