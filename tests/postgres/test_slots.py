"""Slots on PostgreSQL, where nothing but row locks keeps customers apart: the same tests, the same answers."""

from tests.booking.test_slots import *  # noqa: F403  (every test there is, and those to come)
from tests.booking.test_slots import world as world
