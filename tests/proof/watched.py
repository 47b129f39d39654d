"""The watched towns in which something happens: one on each database, and one on SQLite alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.making import elsewhere
from tests.proof.fault_instants import Watched

POSTGRES = pytest.param("postgresql", marks=pytest.mark.xdist_group("postgres"))


@pytest.fixture(params=["sqlite", POSTGRES])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watched]:
    if request.param == "sqlite":
        town = Watched(tmp_path)
    else:
        url = request.getfixturevalue("postgres")
        with elsewhere(lambda: url):
            town = Watched(tmp_path)
    yield town
    town.world.store.close()


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Watched]:
    """A town on SQLite."""
    village = Watched(tmp_path)
    yield village
    village.world.store.close()
