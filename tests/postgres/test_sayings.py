"""What customers say, or leave unsaid, on PostgreSQL: the same tests, the same answers."""

from tests.plan.test_sayings import *  # noqa: F403  (every test there is, and those to come)
