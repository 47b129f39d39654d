"""What customers ask of the scheduler, on PostgreSQL: one test of each kind of statement, the same answers."""

from tests.booking import test_feed_and_requests as feeds
from tests.booking import test_moving as moving
from tests.booking.conftest import world as world
from tests.postgres.one_case import one_case

moved, refused = feeds.moved, feeds.refused
test_a_move = moving.test_a_moved_visit_has_a_new_version_as_a_pull_would_make_it
test_a_second_move = moving.test_a_customer_who_moves_again_gives_the_first_place_back
test_a_refusal = moving.test_a_refused_meter_is_no_visit_any_more_and_its_place_is_free
test_two_visits = moving.test_a_household_with_two_visits_that_come_together_has_one_place
test_a_repeat = feeds.test_a_feed_that_repeats_the_old_date_undoes_nothing
test_a_confirmation = feeds.test_a_feed_that_says_what_was_asked_confirms_it
test_a_third_thing = one_case(feeds.test_a_feed_that_says_a_third_thing_is_right)
test_vanishing = feeds.test_a_visit_that_vanishes_from_a_full_feed_is_overruled
test_holding = feeds.test_moves_that_customers_made_do_not_hold_a_feed
test_called_off = one_case(feeds.test_a_scheduler_who_called_it_off_has_heard)
test_chosen = feeds.test_a_language_and_a_channel_that_a_customer_chose_no_feed_changes
