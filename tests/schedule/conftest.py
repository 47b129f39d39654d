"""What the tests of this room start from."""

from pathlib import Path

import pytest

from tests.schedule.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A rollout that has pulled nothing yet."""
    return World(tmp_path)
