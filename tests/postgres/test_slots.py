"""Slots on PostgreSQL, where nothing but row locks keeps customers apart: whoever comes at once, and each statement once."""

from tests.booking import test_slots as slots
from tests.postgres.one_case import one_case

world = slots.world
test_at_once = one_case(slots.test_five_hundred_customers_take_the_last_hundred_places_at_once)      # all want one slot
test_moving_at_once = slots.test_customers_who_move_at_once_move_once_and_the_others_hear_a_clear_no
test_one_at_once = slots.test_one_customer_who_presses_many_times_has_one_place
test_offers = slots.test_an_area_with_a_calendar_of_its_own_is_offered_that_one_alone
test_lapsing = slots.test_a_hold_keeps_the_place_until_it_lapses
