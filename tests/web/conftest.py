"""What the tests of the desk's pages start from."""

from pathlib import Path

import pytest

from doorstep.model import WorkOrder
from tests.desk.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def told(office: Office) -> Office:
    """A customer who was told by email on 22 February."""
    office.world.visit("2027-03-09", area="Harbour", name="Ms <b>Bold</b>")
    office.world.put(WorkOrder, rollout="northwick", number="NW0000001", customer_id=1, visit_id=1, commodity="electricity",
                     status="planned", day="2027-03-09", stamp=0, digest="", feed_id=1)
    office.town.night("2027-02-22 09:00")
    return office
