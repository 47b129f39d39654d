"""What every test shares."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Prefect's server takes long to start: its tests share one worker, so that it starts once."""
    for item in items:
        if "tests/flows/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("flows"))
