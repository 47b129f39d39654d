"""The words that Doorstep comes with, and what the check says of worse ones."""

from pathlib import Path
from typing import Any

import pytest

from doorstep.errors import UsageError
from doorstep.rollout import Rollout
from doorstep.words import Library
from doorstep.words.check import check_words
from doorstep.words.preview import preview
from tests.making import UTILITY, make_rollout
from tests.words.desk import ROLLOUT, TEMPLATES, library_of, write_words

OURS = Library.load(TEMPLATES)
FULL = make_rollout(refusal_allowed=True, refusal_fee="£40", compensation="£40", utility=UTILITY | {"sms_number": "60123"})


def test_every_notice_renders_in_every_language_on_every_channel() -> None:
    """Where everything is allowed that a rollout may say; `doorstep check` of those we ship is in test_cli.py."""
    assert check_words(OURS, FULL).faults == []


def only(notice: str = "reminder", **changes: Any) -> Rollout:
    whole = make_rollout(languages=["en"], **changes)
    return Rollout("northwick", whole.file, tuple(row for row in whole.plan if row.notice == notice), {})


@pytest.mark.parametrize(("text", "said"), [
    ("Subject: A\nSms: {{ visit.new_meter }}\nVoice: V\n\nB\n", "by sms: visit.new_meter is empty, for"),
    ("Subject: A\nSms: " + "word " * 70 + "\nVoice: V\n\nB\n",
     "by sms: 3 text messages (349 letters in en), 2 are the most, for"),
    ("Subject: A\nSms: Ω ≠ ω\nVoice: V\n\nB\n", "by sms: '≠' is not in the alphabet of cheap text messages (GSM-7)"),
    ("Subject: {% if visit.gas %}A{% endif %}\nSms: S\nVoice: V\n\nB\n",
     "by email: the subject is empty, for an ordinary visit"),
    ("Subject: A\nVoice: V\n\nB\n", "no Sms: line, but the plan sends this notice by sms; add one"),
    ("Subject: A\nSms: {{ utility.sms_number }} S\nVoice: V\n\nB\n",
     "by sms: utility.sms_number is used, and the rollout northwick does not say it"),
])
def test_what_a_customer_would_stumble_over_is_a_fault(text: str, said: str, tmp_path: Path) -> None:
    faults = check_words(library_of(tmp_path, text), only()).faults
    assert [fault for fault in faults if fault.startswith(f"{tmp_path}/before/reminder/en.md: ") and said in fault], faults


def test_a_notice_of_the_plan_without_words_is_a_fault(tmp_path: Path) -> None:
    assert check_words(library_of(tmp_path), only("day-before")).faults == [
        f"{tmp_path}/before/day-before: no words, but the plan has this notice; write en.md there"]


def test_a_missing_language_is_a_warning_that_says_what_is_read_instead(tmp_path: Path) -> None:
    rollout = only()
    spoken = Rollout("n", rollout.file.model_copy(update={"languages": ["en", "cy"]}), rollout.plan, {})
    findings = check_words(library_of(tmp_path, "Subject: A\nSms: S\nVoice: V\n\nB\n"), spoken)
    assert findings == ([], ["n: no words in cy for reminder; it goes out in en"])


def test_a_language_of_words_without_fixed_lines_is_a_warning(tmp_path: Path) -> None:
    write_words(tmp_path, "Subject: A\nSms: S\nVoice: V\n\nB\n", language="so")
    rollout = only()
    spoken = Rollout("n", rollout.file.model_copy(update={"languages": ["so"]}), rollout.plan, {})
    assert "layouts/so.toml: missing" in check_words(library_of(tmp_path), spoken).warnings[0]


def test_a_preview_shows_a_made_up_customer_in_each_language() -> None:
    assert "Dear Ms Andrea O'Neill," in preview(OURS, ROLLOUT, "reminder", channel="email").as_text()
    assert "نورة" in preview(OURS, ROLLOUT, "reminder", language="ar", channel="email").as_file(".html").decode()
    assert preview(OURS, ROLLOUT, "formal-notice", channel="post").as_file(".pdf").startswith(b"%PDF")
    assert "replaces" in preview(OURS, ROLLOUT, "new-date", channel="email").as_text()


@pytest.mark.parametrize(("notice", "language", "channel", "said"), [
    ("remindr", None, None, '"remindr" is not a notice; those are '),
    ("reminder", "xx", None, '"reminder" has no words in "xx"; it has them in ar, en'),
    ("reminder", "en", "fax", '"fax" is not a channel; those are email, post, sms, voice, call'),
    ("area-notice", "en", "sms", '"area-notice" says nothing by sms'),
])
def test_a_preview_of_what_is_not_there_says_what_is(notice: str, language: str | None, channel: str | None,
                                                     said: str) -> None:
    with pytest.raises(UsageError, match=said):
        preview(OURS, ROLLOUT, notice, language=language, channel=channel)


def test_a_preview_names_the_file_endings_it_can_write() -> None:
    with pytest.raises(UsageError, match=r'by sms cannot be a ".pdf" file; end the name in .txt'):
        preview(OURS, ROLLOUT, "reminder", channel="sms").as_file(".pdf")
