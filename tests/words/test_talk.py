"""Words that answer: the customer's own page, the answer to their topic, and what a person wrote."""

import re
from pathlib import Path
from typing import Any

import pytest

from doorstep.errors import WordsError
from doorstep.rollout import Rollout, load_rollout
from doorstep.settings import CHECKOUT
from doorstep.sms import parts
from doorstep.words import Library
from doorstep.words.check import check_words
from doorstep.words.samples import LINK, sample, suits
from tests.making import make_rollout
from tests.words.desk import TEMPLATES, library_of, message_of

OURS = Library.load(TEMPLATES)
ENGLISH, ARABIC = (load_rollout(CHECKOUT / "config", name) for name in ("northwick", "riyadh"))


def linked(rollout: Rollout, language: str, channel: str) -> list[str]:
    """The notices whose words name the customer's own page on this channel."""
    return [row.notice for row in rollout.plan if channel in row.ladder
            and "visit.link_known" in OURS.names(row.notice, language, channel).switches]


def said(notice: str, language: str, channel: str, rollout: Rollout, **values: Any) -> Any:
    case = sample(OURS.phrases(language), rollout, language, **{**suits(rollout, notice), **values})
    return message_of(OURS, channel, case, language=language, notice=notice, rollout=rollout)


@pytest.mark.parametrize(("rollout", "language"), [(ENGLISH, "en"), (ARABIC, "ar")])
def test_an_ordinary_text_message_has_room_for_the_own_page(rollout: Rollout, language: str) -> None:
    notices = linked(rollout, language, "sms")
    assert {"appointment-request", "how-did-it-go", "how-did-we-do", "help-answer"} <= set(notices)
    assert not [notice for notice in notices if parts(said(notice, language, "sms", rollout, link=LINK).text) > 2]


@pytest.mark.parametrize(("rollout", "language"), [(ENGLISH, "en"), (ARABIC, "ar")])
def test_every_mail_about_the_visit_leads_to_the_own_page_where_there_is_one(rollout: Rollout, language: str) -> None:
    notices = linked(rollout, language, "email")
    assert {"formal-notice", "reminder", "confirm-visit", "booking-confirmation", "day-before", "new-date", "appointment-request",
            "visit-not-done", "visit-cancelled", "how-did-it-go", "concern-answer"} <= set(notices)
    for notice in notices:
        message = said(notice, language, "email", rollout, link=LINK)
        assert f'href="{LINK}"' in message.html and LINK in message.text, notice
        assert "/v/" not in said(notice, language, "email", rollout).html


@pytest.mark.parametrize("address", [
    "https://{{ visit.link }}", "{{ visit.link }}x", "{{ customer.name }}", "{{visit.link}}/../x"])
def test_no_other_link_is_made_of_gaps(address: str, tmp_path: Path) -> None:
    with pytest.raises(WordsError, match="a link's address cannot hold"):
        library_of(tmp_path, f"Subject: A\n\n[here]({address})\n")


@pytest.mark.parametrize(("topic", "answer", "source"), [
    ("health", "far below the international limits", "UK Health Security Agency"),
    ("privacy", "we do not sell them", "rules for meter data"),
    ("accuracy", "750 meters", "Structure Group"),
])
def test_a_concern_is_answered_with_the_answer_to_its_topic_and_its_source(topic: str, answer: str, source: str) -> None:
    message = said("concern-answer", "en", "email", ENGLISH, topic=topic)
    assert answer in message.text and source in message.text and "Did this answer you?" in message.text
    text = said("concern-answer", "en", "sms", ENGLISH, topic=topic).text
    assert source in text and "Reply 1 yes, 2 no" in text


def test_what_a_person_wrote_is_told_as_it_is_and_never_becomes_html() -> None:
    wrote = "You pay <b>nothing</b>\n{{ x }} & **that** is it"
    message = said("concern-answer", "en", "email", ENGLISH, topic="cost", answer=wrote)
    assert "You pay &lt;b&gt;nothing&lt;/b&gt; {{ x }} &amp; **that** is it" in message.html
    assert "One of us has looked into it" in message.text and "Where this comes from" not in message.text


def test_a_long_answer_of_a_person_is_not_squeezed_into_a_text_message() -> None:
    text = said("concern-answer", "en", "sms", ENGLISH, topic="cost", answer="word " * 60).text
    assert "we have an answer to your smart meter question" in text and "word word" not in text


def test_no_confirmation_of_a_stop_asks_for_anything() -> None:
    for rollout, language in ((ENGLISH, "en"), (ARABIC, "ar")):
        message = said("stop-confirmed", language, "email", rollout, link=LINK)
        assert not re.search(r"/v/|STOP\b", message.text) and "START" in message.text
        assert parts(said("stop-confirmed", language, "sms", rollout).text) <= 2


def test_a_topic_without_an_answer_is_a_fault_where_the_plan_answers_concerns(tmp_path: Path) -> None:
    whole = make_rollout(languages=["en"])
    rollout = Rollout("n", whole.file, tuple(row for row in whole.plan if row.notice == "concern-answer"), {})
    library = library_of(tmp_path, "Subject: A\nSms: S\nVoice: V\n\nB\n", notice="concern-answer")
    assert check_words(library, rollout).faults[-1].startswith(f"{tmp_path}/answers/en.md: no answer to what, why, ")
