"""What the tests of the desk's pages start from."""

from shutil import copyfile

import pytest

from doorstep.model import WorkOrder
from tests.desk.office import Office


@pytest.fixture(scope="session")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office with a customer who was told by email on 22 February: for copies of it."""
    office = Office(tmp_path_factory.mktemp("told"))
    office.world.visit("2027-03-09", area="Harbour", name="Ms <b>Bold</b>")
    office.world.put(WorkOrder, rollout="northwick", number="NW0000001", customer_id=1, visit_id=1, commodity="electricity",
                     status="planned", day="2027-03-09", stamp=0, digest="", feed_id=1)
    office.town.night("2027-02-22 09:00")
    office.store.close()                 # all is in the database's one file then
    return office


@pytest.fixture
def told(office: Office, after_a_night: Office) -> Office:
    """A customer who was told by email on 22 February."""
    office.store.close()
    copyfile(after_a_night.settings.home / "d.db", office.settings.home / "d.db")
    office.world.customers = after_a_night.world.customers
    for kind, street in after_a_night.town.streets.items():
        office.town.streets[kind].items, office.town.streets[kind].taken = [*street.items], [*street.taken]
    return office
