"""What customers ask of the scheduler, on PostgreSQL: the same tests, the same answers."""

from tests.booking.conftest import world as world
from tests.booking.test_feed_and_requests import *  # noqa: F403  (every test there is, and those to come)
from tests.booking.test_moving import *  # noqa: F403
