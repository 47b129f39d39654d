"""What every test shares."""

import pytest


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are no names: a packed file holds the second in which it was made, and every worker must name tests alike."""
    return "bytes" if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Prefect's server takes long to start: its tests share one worker, so that it starts once."""
    for item in items:
        if "tests/flows/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("flows"))
