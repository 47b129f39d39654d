"""Words are read once, and every slip is named where it stands."""

from pathlib import Path

import pytest

from doorstep.errors import WordsError
from doorstep.words import Library
from tests.words.desk import REMINDER, TEMPLATES, library_of, write_words

GOOD = "Subject: Visit\nSms: Visit\n\nHello.\n"


def faults(folder: Path, text: str, **place: str) -> list[str]:
    with pytest.raises(WordsError) as caught:
        library_of(folder, text, **place)
    return caught.value.faults


@pytest.mark.parametrize(("text", "line", "said"), [
    ("Subject: A\n\nWe come on {{ visit.dya }}.\n", 3, "visit.dya }} is not a text; did you mean visit.day?"),
    ("Subject: A\n\nB\n{% if visit.dayy %}x{% endif %}\n", 4, "visit.dayy is not a switch"),
    ("Subject: A\n\n{% if visit.window %}x{% endif %}\n", 3, "visit.window is a text and cannot be asked for in {% if %}"),
    ("Subject: A\n\n{{ visit.gas }}\n", 3, "visit.gas }} is a switch and cannot be printed; use it as {% if visit.gas %}"),
    ("Subject: A\n\n{% if visit.outcome %}x{% endif %}\n", 3, 'compare it, as {% if visit.outcome == "no_access" %}'),
    ("Subject: A\n\n{% if visit.outcome == \"rain\" %}x{% endif %}\n", 3, "visit.outcome is never 'rain'"),
    ("Subject: A\n\n{% if visit.gas == true %}x{% endif %}\n", 3, "visit.gas is true or false"),
    ("Subject: A\n\n{% for x in y %}x{% endfor %}\n", 3, "for is not for words"),
    ("Subject: A\n\n{% set x = 1 %}\nB\n", 3, "assign is not for words"),
    ("Subject: A\n\n{{ customer.name|upper }}\n", 3, "is not a text"),
    ("Subject: A\n\n{{ customer.__class__ }}\n", 3, "is not a text"),
    ("Subject: A\n\n{{ 9**9 }}\n", 3, "is not a text"),
    ("Subject: A\n\nB\n\n{% if visit.gas %}x\n", 5, "{% if visit.power_off %} ... {% endif %}"),
    ("Subject: {{ visit.when }}\n\nB\n", 1, "visit.when }} is not a text"),
    ("Subject: A\nSms: {% if visit.gsa %}x{% endif %}\n\nB\n", 2, "visit.gsa is not a switch; did you mean visit.gas?"),
    ("Sms: A\n\nB\n", 1, "no subject"),
    ("Subject: A\n\n\n", 3, "no body"),
    ("Subject:\n\nB\n", 1, "Subject: is empty"),
    ("Subject: A\nSubject: C\n\nB\n", 2, "Subject: stands twice"),
    ("Subject: A\nSbject: C\n\nB\n", 2, '"Sbject:" is not a head line; write Subject:, Sms: or Voice:'),
    ("Subject: A\nDear all\n\nB\n", 2, "this is not a head line"),
    ("Subject: A\n\nB\n\n[us](https://{{ utility.website }})\n", 5, "a link's address cannot hold {{ }}"),
])
def test_a_slip_is_named_with_its_file_its_line_and_what_would_be_right(text: str, line: int, said: str,
                                                                        tmp_path: Path) -> None:
    found = [fault for fault in faults(tmp_path, text) if said in fault]
    assert found and found[0].startswith(f"{tmp_path}/before/reminder/en.md: line {line}: ")


def test_all_slips_are_told_at_once(tmp_path: Path) -> None:
    write_words(tmp_path, "Subject: {{ a.b }}\n\n{{ c.d }}\n", notice="one")
    assert len(faults(tmp_path, "Subject: {{ e.f }}\n\n{{ g.h }}\n", notice="two")) == 4


def test_a_template_of_a_megabyte_is_not_read(tmp_path: Path) -> None:
    assert "at most 65,536" in faults(tmp_path, "Subject: A\n\n" + "x" * 1_000_000)[0]


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = write_words(tmp_path, GOOD)
    path.write_bytes(b"Subject: caf\xe9\n\nB\n")
    with pytest.raises(WordsError, match="not UTF-8 at byte 12"):
        Library.load(tmp_path, TEMPLATES / "layouts")


def test_a_file_name_that_is_no_language_is_named(tmp_path: Path) -> None:
    assert '"engl" is not a language' in faults(tmp_path, GOOD, language="engl")[0]


def test_a_notice_belongs_to_one_phase(tmp_path: Path) -> None:
    write_words(tmp_path, GOOD, language="ar", phase="before")
    assert "a notice belongs to one phase" in faults(tmp_path, GOOD, phase="after")[0]


def test_a_missing_layout_is_named(tmp_path: Path) -> None:
    write_words(tmp_path, GOOD)
    with pytest.raises(WordsError) as caught:
        Library.load(tmp_path)
    assert {fault.split(":")[0].rsplit("/", 1)[1] for fault in caught.value.faults} == {
        "en.toml", "email.html", "email.txt", "letter.typ"}


def test_the_nearest_language_with_words_is_chosen(tmp_path: Path) -> None:
    write_words(tmp_path, "Subject: A\n\nB\n", language="ar")
    library = library_of(tmp_path, GOOD)
    assert library.languages("reminder") == ["ar", "en"]
    assert library.best("reminder", ("lg", "sw", "en")) == "en"
    assert library.best("reminder", ("en_GB",)) == "en"
    assert library.best("reminder", ("sw",)) is None
    assert library.best("reminder", ("ar", "en"), "sms") == "en"      # the Arabic words have no Sms line
    assert library.best("no-such-notice", ("en",)) is None


@pytest.mark.parametrize(("channel", "texts", "switches"), [
    ("sms", ("customer.name", "utility.short_name", "visit.day", "visit.window"), ()),
    ("voice", ("utility.name", "visit.day"), ()),
])
def test_each_channel_has_the_names_of_its_own_lines(channel: str, texts: tuple[str, ...], switches: tuple[str, ...],
                                                     tmp_path: Path) -> None:
    assert library_of(tmp_path).names("reminder", "en", channel) == (texts, switches)


def test_an_email_has_the_names_of_its_layout_too(tmp_path: Path) -> None:
    names = library_of(tmp_path).names("reminder", "en", "email")
    assert {"visit.reference", "visit.day", "installer.name"} <= set(names.texts)
    assert names.switches == ("customer.named", "visit.power_off")


def test_words_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(WordsError, match='no words for "reminder" in "sw"; its languages are: en'):
        library_of(tmp_path, REMINDER).words("reminder", "sw")
