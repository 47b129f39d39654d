"""What the tests of this room start from."""

from pathlib import Path

import pytest

from tests.booking.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A rollout with slots on offer and nothing in its schedule yet."""
    return World(tmp_path)
