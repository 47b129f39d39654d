"""The artifact of rumours: what a person needs to decide, with the form's fields as they must be filled in."""

from doorstep.conversation.rumours import Found
from tasks.rumours import rumours_page


def test_a_rumour_is_shown_with_the_numbers_that_decide_it() -> None:
    page = rumours_page("northwick", [Found(7, "North", "health", 6, 1234)])
    assert "6 customers of North asked about health within a day" in page and "1,234 open visits" in page
    assert "| rumour_id | `7` |" in page and "| count | `6` |" in page and "**approve-rumour**" in page


def test_without_a_rumour_the_page_says_so() -> None:
    assert rumours_page("northwick", []) == "No rumour waits for a person."
