"""What customers say, or leave unsaid, on PostgreSQL: one test of each kind of statement, the same answers."""

from tests.plan import test_appointment_requests as requests
from tests.plan import test_concerns as concerns
from tests.plan import test_how_did_we_do as failures
from tests.plan import test_stops_and_help as stops
from tests.postgres.one_case import one_case

test_requests = requests.test_who_answers_nothing_is_asked_three_times_at_other_hours_some_days_apart
test_concerns = one_case(concerns.test_a_concern_is_answered_at_once_by_the_channel_it_came_by)
test_answers = concerns.test_a_persons_answer_that_comes_first_takes_the_place_of_ours
test_rumours = one_case(concerns.test_a_rumour_is_answered_in_its_area_once_a_person_approved, 2)
test_stops = stops.test_a_stop_is_confirmed_once_by_that_channel_and_by_nothing_else
test_help = stops.test_help_is_answered_by_the_channel_that_asked_even_where_it_is_stopped
test_failures = failures.test_whom_we_failed_is_asked_how_we_did_once_and_who_asked_us_to_cancel_is_not
