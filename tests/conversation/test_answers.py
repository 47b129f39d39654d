"""The answers to what customers ask: those that Doorstep comes with, and what is said of worse ones."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from doorstep.conversation.answers import CONCERNS, IMPOSTOR, QUESTIONS, Answers
from doorstep.errors import WordsError
from doorstep.settings import CHECKOUT
from doorstep.sms import is_gsm
from doorstep.words import Library
from doorstep.words.check import check_words
from tests.making import make_rollout

OURS = Answers.load(CHECKOUT / "templates")
GOOD = ("## health: Is it bad?\nShort: No.\nSource: Us\nOwner: Desk\nReviewed: 2027-01-31\n\n"
        "No, it is not. Call {{ utility.phone }}.\n")


@pytest.mark.parametrize("language", ["en", "ar", "ur", "sw", "cy"])
def test_every_question_and_topic_is_answered_in_one_line_and_one_paragraph_with_its_source(language: str) -> None:
    rollout = make_rollout(refusal_allowed=True, refusal_fee="£40")
    assert OURS.topics(language) == [*QUESTIONS, *CONCERNS, IMPOSTOR]
    for topic in OURS.topics(language):
        answer = OURS.answer(topic, [language], rollout)
        assert answer and answer.language == language
        assert all((answer.question, answer.short, answer.source, answer.owner))
        assert len(answer.short) <= (110 if is_gsm(answer.short) else 70), topic
        assert len(answer.text) > len(answer.short) and "\n" not in answer.text, topic
        assert "{" not in "".join(answer) and answer.html.startswith("<p")


@pytest.mark.parametrize(("changes", "said"), [
    ({"refusal_allowed": False}, "The rules here ask for"),
    ({"refusal_allowed": True}, "It costs you nothing."),
    ({"refusal_allowed": True, "refusal_fee": "£40"}, "The charge for that choice is £40."),
])
def test_an_answer_says_what_is_so_in_this_rollout(changes: dict[str, Any], said: str) -> None:
    answer = OURS.answer("forced", ["en"], make_rollout(**changes))
    scam = OURS.answer("scam", ["en"], make_rollout())
    assert answer and said in answer.text and scam and "0800 123 4567" in scam.text


def test_the_first_language_with_an_answer_speaks_and_english_for_all_others() -> None:
    rollout = make_rollout()
    spoken = [OURS.answer("health", chain, rollout) for chain in (["ar_SA", "en"], ["xx"], ["pl", "ar"])]
    assert [answer.language for answer in spoken if answer] == ["ar", "en", "ar"]
    assert OURS.answer("other", ["en"], rollout) is None


def test_a_name_of_the_rollout_is_never_html_in_an_answer() -> None:
    answer = OURS.answer("impostor", ["en"], make_rollout(installer="**A** & <b>"))
    assert answer and "come from **A** & <b>." in answer.text and "come from **A** &amp; &lt;b&gt;." in answer.html


@pytest.mark.parametrize(("text", "line", "said"), [
    (GOOD.replace("## health", "## helth"), 1, "names no topic; write \"## topic: the question\", of what, why"),
    (GOOD.replace("Short: No.\n", ""), 1, 'health: no Short; write "Short: ..."'),
    (GOOD.replace("2027-01-31", "January"), 5, '"January" is not a date; write one like 2027-01-31'),
    (GOOD.replace("Owner:", "Owned:"), 4, '"Owned: Desk" is none of Short, Source, Owner, Reviewed'),
    (GOOD + GOOD, 8, "health stands twice; the first is at line 1"),
    (GOOD.replace("utility.phone", "visit.day"), 7, "{{ visit.day }} differs from customer to customer"),
    (GOOD.replace("utility.phone", "utility.fone"), 7, "utility.fone }} is not a text; did you mean utility.phone?"),
    (GOOD.replace("Short: No.", "Short: {% if visit.gas %}No{% endif %}"), 2, "visit.gas differs from customer to customer"),
    (GOOD.split("\n\n")[0] + "\n", 1, "health: no text"),
    ("Nothing here.\n", 1, "no answers; each begins with a line like"),
])
def test_a_slip_is_named_with_its_file_and_line(text: str, line: int, said: str, tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    (folder / "en.md").write_text(text, "utf-8")
    with pytest.raises(WordsError) as caught:
        Answers.load(tmp_path)
    assert [fault for fault in caught.value.faults if fault.startswith(f"{folder}/en.md: line {line}: ") and said in fault], (
        caught.value.faults)


def test_an_answer_that_no_speaker_has_read_claims_no_date_and_the_check_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    (folder / "en.md").write_text(GOOD, "utf-8")
    (folder / "ar.md").write_text(GOOD.replace("2027-01-31", "never"), "utf-8")
    answers = Answers.load(tmp_path)
    english, arabic = (answers.answer("health", [language], make_rollout()) for language in ("en", "ar"))
    assert english and english.reviewed == "2027-01-31" and arabic and arabic.reviewed == ""
    assert [answers.read_by_somebody("health", language) for language in ("en", "ar")] == [True, False]
    whole = make_rollout(languages=["ar", "en"])
    talk = replace(whole, plan=tuple(row for row in whole.plan if row.when.said))
    warnings = check_words(Library.load(CHECKOUT / "templates"), talk).warnings
    assert [each for each in warnings if "answers/ar.md: nobody who speaks the language has read the answer to what, why" in each]
