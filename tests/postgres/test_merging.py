"""How a feed becomes visits, on PostgreSQL: the same tests, the same answers."""

from tests.schedule.conftest import world as world
from tests.schedule.test_merging import *  # noqa: F403  (every test there is, and those to come)
