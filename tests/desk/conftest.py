"""What the desk's tests share."""

from pathlib import Path

import pytest

from tests.desk.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office without a customer."""
    return Office(tmp_path)
