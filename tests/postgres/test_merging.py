"""How a feed becomes visits, on PostgreSQL: the same tests, the same answers."""

from tests.postgres.one_case import one_case
from tests.schedule import test_merging as merging
from tests.schedule.conftest import world as world
from tests.schedule.test_merging import *  # noqa: F403  (every test there is, and those to come)

test_a_visit_is_what_its_work_orders_are = one_case(merging.test_a_visit_is_what_its_work_orders_are, 6)
test_an_outcome_word_that_is_not_mapped_is_other = one_case(merging.test_an_outcome_word_that_is_not_mapped_is_other, 2)
