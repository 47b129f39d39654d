"""Text messages by the piece."""

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from doorstep.sms import gsm_clean, is_gsm, parts, plain


@pytest.mark.parametrize(("text", "count"), [
    ("", 1), ("x" * 160, 1), ("x" * 161, 2), ("x" * 306, 2), ("x" * 307, 3),
    ("€" * 80, 1), ("€" * 81, 2), ("a" * 152 + "€" + "a" * 152, 3),           # a letter of two places is never cut in half
    ("ن" * 70, 1), ("ن" * 71, 2), ("ن" * 134, 2), ("ن" * 135, 3), ("🎉" * 35, 1), ("🎉" * 36, 2),
    ("é" * 160, 1), ("ê" * 71, 2),
])
def test_parts_are_counted_as_they_are_charged(text: str, count: int) -> None:
    assert parts(text) == count


@given(st.text(alphabet=st.sampled_from("aZ9 @é€^{}[]~|\\`çنΔ🎉\n"), max_size=330))
def test_the_quick_way_counts_as_the_library_does(text: str) -> None:
    assert parts(text) == len(smsutil.split(text).parts)


@pytest.mark.parametrize(("text", "clean"), [
    ("It’s “fine” – really…", "It's \"fine\" - really..."),
    ("8\u202fam\u00a0to 12", "8 am to 12"), ("Zoë Čapek", "Zoe Capek"),
    ("\u2068A\u2069\u200f\ufeff", "A"), ("Łódź Đ ŋ œ", "Lodz D ng oe"), ("Ä ö é Ø ñ", "Ä ö é Ø ñ"),
    ("`x`\t", "'x' "), ("نورة", "نورة"),
])
def test_cheap_letters_are_used_where_the_text_allows(text: str, clean: str) -> None:
    assert gsm_clean(text) == clean


def test_printers_marks_alone_are_replaced_where_letters_must_stay() -> None:
    assert plain("Łódź – ‘x’") == "Łódź - 'x'"


@given(st.text(max_size=60))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert gsm_clean(gsm_clean(text)) == gsm_clean(text)
    assert is_gsm(gsm_clean(text)) or not is_gsm(text)
