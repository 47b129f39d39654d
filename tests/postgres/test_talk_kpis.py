"""The KPIs of the conversation, counted by hand, on PostgreSQL too."""

from tests.kpis.conftest import world
from tests.kpis.test_bookings import *  # noqa: F403  (every test there)
from tests.kpis.test_conversation import *  # noqa: F403
from tests.kpis.test_staff import *  # noqa: F403
from tests.kpis.test_surveys import *  # noqa: F403

__all__ = ["world"]
