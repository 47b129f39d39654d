"""The artifact of rumours: what a person needs to decide, with the form's fields as they must be filled in."""

from doorstep.conversation.rumours import Found
from doorstep.settings import CHECKOUT
from doorstep.words import Library
from doorstep.words.preview import drafted
from tasks.rumours import NOTICE, rumours_page
from tests.making import make_rollout

DRAFTS = {"health": {"en": "Subject: The facts\n\nNo.", "ar": "لا"}}


def test_a_rumour_is_shown_with_its_answer_and_the_numbers_that_decide_it() -> None:
    page = rumours_page("northwick", [Found(7, "North", "health", 6, 1234)], DRAFTS)
    assert "6 customers of North asked about health within a day" in page and "1,234 open visits" in page
    assert "```text\nSubject: The facts\n\nNo.\n```" in page and "```text\nلا\n```" in page
    assert "| rumour_id | `7` |" in page and "| count | `6` |" in page and "**approve-rumour**" in page


def test_without_a_rumour_the_page_says_so() -> None:
    assert rumours_page("northwick", [], {}) == "No rumour waits for a person."


def test_the_answer_is_drafted_about_the_topic_in_each_language_that_has_words_and_to_nobody_by_name() -> None:
    library = Library.load(CHECKOUT / "templates")
    drafts = drafted(library, make_rollout(languages=["en", "ar", "sw"]), NOTICE, topic="power_off")
    assert list(drafts) == ["en", "ar"]
    assert "Hello," in drafts["en"] and "How long" in drafts["en"] and "كم ستنقطع الكهرباء؟" in drafts["ar"]
    assert "Andrea" not in drafts["en"] and drafts["en"] != drafted(library, make_rollout(), NOTICE, topic="cost")["en"]
