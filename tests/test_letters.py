"""Letters: where the address stands, what the bars say, large print, both directions, and paper that lasts."""

import json
import re
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from doorstep.barcode import PATTERNS, code128
from doorstep.errors import Permanent
from doorstep.fonts import printable
from doorstep.letters import Letter, PressRoom, Printed, Window, fit_to_print, window_lines
from doorstep.words import Library, Skeleton
from doorstep.words.skeleton import Part
from tests.letters import OLD_LAYOUT, decoded, drawing, pages_of, paper, runs, said, scanned, widths
from tests.words.desk import ROLLOUT, TEMPLATES, case_of, skeleton_of

NOW = 1_800_000_000                       # Friday 15 January 2027
ADDRESS = ("Ms Andrea O'Neill", "1 Mill Road", "Northwick", "N1 2AB")
ARABIC = ("نورة بنت عبد الله القحطاني", "شارع الأمير سلطان 27", "الرياض", "12345")
ZONES = {"din": (62.7, 90.0), "uk": (51.5, 78.8)}          # from the sheet's top: where the window shows an address
ROOM = PressRoom()
Print = Callable[..., Printed]


@pytest.fixture(scope="module")
def library() -> Library:
    return Library.load(TEMPLATES, TEMPLATES / "layouts")


@pytest.fixture
def printed(library: Library) -> Print:
    """Print letters of the formal notice, one for each address."""

    def made(*addresses: Sequence[str], language: str = "en", notice: str = "formal-notice", window: Window = "din",
             name: str = "Ms Andrea O'Neill", **kind: Any) -> Printed:
        skeleton, texts = skeleton_of(library, "post", case_of(name=name), language=language, notice=notice)
        letter = Letter(skeleton.layout, skeleton.fill(texts).letter, (), **kind)
        ready = [fit_to_print(letter._replace(address=tuple(lines))) for lines in addresses or (ADDRESS,)]
        return ROOM.batch(ready, now=NOW, zone=ROLLOUT.zone, window=window)

    return made


def address_runs(pdf: bytes, lines: Sequence[str]) -> list[tuple[float, float, float]]:
    """Where the address stands: left, baseline and size of each piece of it."""
    words = " ".join(lines).split()
    return [(run.x, run.y, run.size) for run in runs(pages_of(pdf)[0])
            if 50 < run.y < 91 and any(word in run.text for word in words)]


# The window

@pytest.mark.parametrize("window", ["din", "uk"])
@pytest.mark.parametrize("lines", [
    ADDRESS, ("Ann", "1 Mill Road"), ("W" * 37, "W" * 37, "W" * 37, "WWW"),
    ("The Right Honourable Ms Andrea Persephone O'Neill", "Flat 3, The Old Grain Warehouse, 159 Kathleen Street West",
     "Northwick-upon-Avon", "N1 2AB"),
], ids=["usual", "short", "wide", "long"])
def test_an_address_stands_where_the_window_shows_it(printed: Print, window: Window, lines: Sequence[str]) -> None:
    top, bottom = ZONES[window]
    places = address_runs(printed(lines, window=window).pdf, lines)
    assert len(places) >= len(lines)
    assert all(round(x, 1) == 25 for x, _, _ in places)
    assert all(top < y - size * 0.75 * 25.4 / 72 + 0.1 and y + size * 0.25 * 25.4 / 72 < bottom + 0.1 for _, y, size in places)
    assert len({size for _, _, size in places}) == 1 and places[0][2] >= 8.5


def test_a_usual_address_is_as_large_as_the_words(printed: Print) -> None:
    assert {size for _, _, size in address_runs(printed().pdf, ADDRESS)} == {10.5}


def test_the_window_shows_nothing_but_the_address_and_the_senders_line(printed: Print) -> None:
    seen = [run.text for run in runs(pages_of(printed().pdf)[0]) if 20 < run.x < 110 and 45 < run.y < 90]
    assert seen == ["Northwick Energy · 1 Mill Road, Northwick", *ADDRESS]


@pytest.mark.parametrize(("lines", "name", "kept"), [
    (("Ann", "1 Mill Road"), "Ann", ("Ann", "1 Mill Road")),
    (("1 Mill Road",), "", ("1 Mill Road",)),
    (("Ann\u202e", " \u200b ", "1\tMill Road"), "Ann", ("Ann", "1 Mill Road")),
    (("Ann",), "Ann", None), (("Ann ",), "Ann\u200b", None), ((), "Ann", None), (("", "\u200b"), "", None),
    (("Ann", "x" * 120, "y" * 120), "Ann", None),                        # more rows than the window has
])
def test_an_address_that_no_postman_could_use_is_none(lines: Sequence[str], name: str, kept: tuple[str, ...] | None) -> None:
    assert window_lines(lines, name) == kept


# Bars

def test_the_signs_of_code_128_are_those_of_the_standard() -> None:
    signs = [tuple(map(int, sign)) for sign in PATTERNS[:-1]]
    assert len(signs) == len(set(signs)) == 106
    assert all(len(sign) == 6 and sum(sign) == 11 and sum(sign[::2]) % 2 == 0 and set(sign) <= {1, 2, 3, 4} for sign in signs)
    # The example everybody prints: its check value is 88.
    assert code128("Wikipedia")[-13:-7] == tuple(map(int, PATTERNS[88]))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=24))
def test_bars_say_what_they_were_given(text: str) -> None:
    assert decoded(list(code128(text))) == text


@pytest.mark.parametrize(("ref", "signs"), [("12345678.1", 9), ("7.1", 5), ("1234567890123456.12", 14)])
def test_digits_are_written_in_pairs(ref: str, signs: int) -> None:
    assert len(code128(ref)) == 6 * signs + 7


@pytest.mark.parametrize("text", ["", "é", "a\n"])
def test_what_has_no_bars_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        code128(text)


@pytest.mark.parametrize("kind", [{}, {"large_print": True}, {"hanger": True}, {"language": "ar"}])
def test_every_page_carries_the_reference_as_bars_and_in_print(printed: Print, kind: dict[str, Any]) -> None:
    pages = pages_of(printed(ref="12345678.1", **kind).pdf)
    assert [scanned(page) for page in pages] == ["12345678.1"] * len(pages)
    assert all("12345678.1" in said(page) for page in pages)
    assert min(width for width in widths(pages[0]) if width) / 72 * 25.4 == pytest.approx(0.33, abs=0.001)


def test_without_a_reference_there_are_no_bars(printed: Print) -> None:
    assert b"] 0 d" not in drawing(pages_of(printed().pdf)[0])


# Large print, and pages

def test_large_print_is_large_and_black(printed: Print) -> None:
    pages = pages_of(printed(large_print=True, ref="7.1").pdf)
    sizes = [run.size for page in pages for run in runs(page)]
    assert min(sizes) == 14 and sizes.count(16) > len(sizes) / 2
    colours = {colour for page in pages for colour in re.findall(rb"([\d. ]+) scn", drawing(page))}
    assert colours == {b" 0"}


def test_page_numbers_are_there_when_a_letter_runs_over(printed: Print) -> None:
    def feet(**kind: Any) -> list[str]:
        return ["".join(run.text for run in runs(page) if run.y > 275) for page in pages_of(printed(**kind).pdf)]

    assert feet() == [""]
    assert feet(large_print=True) == ["Page 1 of 2", "Page 2 of 2"]
    assert [re.findall(r"\d", foot) for foot in feet(large_print=True, language="ar")] == [["1", "2"], ["2", "2"]]


def test_letters_of_one_run_are_numbered_each_for_itself(library: Library) -> None:
    letters = []
    for place, large in enumerate((False, True, False, True, True)):
        skeleton, texts = skeleton_of(library, "post", case_of(name=f"Person {place}"), notice="formal-notice")
        address = (f"Person {place}", "1 Mill Road")
        letters.append(Letter(skeleton.layout, skeleton.fill(texts).letter, address, f"{place}.1", large))
    made = ROOM.batch(letters, now=NOW, zone=ROLLOUT.zone, window="uk")
    assert made.pages == [1, 2, 1, 2, 2]
    sheets = pages_of(made.pdf)
    assert [scanned(page) for page in sheets] == ["0.1", "1.1", "1.1", "2.1", "3.1", "3.1", "4.1", "4.1"]
    numbers = [re.findall(r"Page \d of \d", said(page)) for page in sheets]
    assert numbers == [[], ["Page 1 of 2"], ["Page 2 of 2"], [], *[["Page 1 of 2"], ["Page 2 of 2"]] * 2]


def test_a_letter_is_the_same_in_a_batch_and_alone(printed: Print, library: Library) -> None:
    skeleton, texts = skeleton_of(library, "post", case_of(), notice="formal-notice")
    alone = ROOM.pdf(skeleton.layout, skeleton.fill(texts).letter, address=ADDRESS, now=NOW, zone=ROLLOUT.zone, ref="7.1")
    batch = printed(("Ann", "2 Mill Road"), ADDRESS, ref="7.1")
    assert runs(pages_of(alone)[0]) == runs(pages_of(batch.pdf)[1])
    assert batch == printed(("Ann", "2 Mill Road"), ADDRESS, ref="7.1")             # to the byte


# Directions

def test_an_arabic_letter_begins_on_the_right(printed: Print) -> None:
    page = runs(pages_of(printed(ARABIC, language="ar", name=ARABIC[0]).pdf)[0])
    sender = next(run for run in page if run.text == "Northwick Energy" and run.size > 12)
    date = next(run for run in page if "15" in run.text and "2027" in "".join(each.text for each in page if each.y == run.y))
    assert sender.x > 100 and date.x < 60


def test_an_address_begins_where_its_own_language_does(printed: Print) -> None:
    def left(lines: Sequence[str], language: str) -> set[int]:
        return {round(x) for x, _, _ in address_runs(printed(lines, language=language).pdf, lines)}

    assert left(ADDRESS, "ar") == left(ADDRESS, "en") == {25}
    for language in ("en", "ar"):
        page = pages_of(printed(ARABIC, language=language).pdf)[0]
        starts = [run.x for run in runs(page) if 62 < run.y < 90]
        assert len(set(map(round, starts))) > 1 and max(starts) < 103                # ragged on the left, inside the window


# Cards for the door handle

@pytest.mark.parametrize(("large", "size"), [(False, (105, 148)), (True, (148, 210))])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_hanger_is_a_card_without_an_address(printed: Print, language: str, large: bool, size: tuple[int, int]) -> None:
    made = printed((), language=language, notice="visit-not-done", name="Ann", hanger=True, large_print=large, ref="7.1")
    pages = pages_of(made.pdf)
    assert {paper(page) for page in pages} == {size} and len(pages) <= 2
    assert not any("1 Mill Road" in said(page) for page in pages) and "NW0000001" in said(pages[0])


# What can be printed

@pytest.mark.parametrize(("text", "shown"), [
    ("Zoë Ŵŷn Łukasz ŋ", "Zoë Ŵŷn Łukasz ŋ"), ("نورة", "نورة"), ("می\u200cخواهم", "می\u200cخواهم"), ("Ann 😀", "Ann "),
    ("1\u20e3", "1"), ("🇬🇧👍🏽", ""), ("\u2068Ann\u2069", "\u2068Ann\u2069"), ("李雷", None), ("ሀ", None), ("Ann א", None),
])
def test_signs_without_a_glyph_are_left_out_and_letters_are_not(text: str, shown: str | None) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("name", ["Ann 😀", "x\u0654", "न\u064b", "a\u0940", "\u0600", "ﷺ", "a\u0489", "\u200d"])
def test_odd_names_do_not_stop_a_batch(printed: Print, name: str) -> None:
    assert printed((name, "1 Mill Road"), ADDRESS, name=name).pages == [1, 1]


def test_a_letter_in_an_alphabet_without_a_font_is_refused(printed: Print, library: Library) -> None:
    with pytest.raises(Permanent, match="alphabet"):
        printed(("李雷", "1 Mill Road"))
    skeleton, texts = skeleton_of(library, "post", case_of(name="李雷"), notice="formal-notice")
    with pytest.raises(Permanent, match="alphabet"):
        ROOM.pdf(skeleton.layout, skeleton.fill(texts).letter, address=ADDRESS, now=NOW, zone=ROLLOUT.zone)


def test_a_letter_that_cannot_be_set_is_said(printed: Print) -> None:
    letter = Letter((TEMPLATES / "layouts" / "letter.typ").read_text(), '{"rtl": false, "locale": "en", "day": "y"}', ADDRESS)
    with pytest.raises(Permanent, match="unset"):
        ROOM.batch([letter], now=NOW, zone=ROLLOUT.zone, window="din")


def test_letters_are_for_the_archive(printed: Print, library: Library) -> None:
    skeleton, texts = skeleton_of(library, "post", case_of(), notice="formal-notice")
    alone = ROOM.pdf(skeleton.layout, skeleton.fill(texts).letter, address=ADDRESS, now=NOW, zone=ROLLOUT.zone)
    for pdf in (alone, printed(language="ar").pdf):
        root: Any = PdfReader(BytesIO(pdf)).trailer["/Root"]
        about = root["/Metadata"].get_data().decode()
        assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in about


# Letters of old

def test_a_letter_kept_from_before_still_fills_and_prints() -> None:
    data = {"sender": "Northwick", "heading": "Your visit, @", "locale": "en_GB", "day": "EEEE d MMMM y", "rtl": False}
    before, after = json.dumps(data).split("@")
    kept = Skeleton(rollout="northwick", notice="n", channel="post", language="en", layout=OLD_LAYOUT,
                    parts={"letter": Part("json", ((before, after), ("customer.name",)))}).to_bytes()
    skeleton = Skeleton.from_bytes(kept)
    letter = skeleton.fill(["Ann"]).letter
    alone = ROOM.pdf(skeleton.layout, letter, address=ADDRESS, now=NOW, zone=ROLLOUT.zone, ref="7.1")
    assert said(pages_of(alone)[0]) == f"Northwick {' '.join(ADDRESS)} Friday 15 January 2027 Your visit, Ann"
    assert ROOM.batch([Letter(skeleton.layout, letter, ADDRESS)], now=NOW, zone=ROLLOUT.zone, window="din") == (alone, [1])


def test_the_layout_prints_every_notice_in_every_language(library: Library) -> None:
    letters = []
    for notice in library.notices():
        for language in library.languages(notice):
            if library.speaks(notice, language, "post"):
                skeleton, texts = skeleton_of(library, "post", case_of(), language=language, notice=notice)
                letters.append(Letter(skeleton.layout, skeleton.fill(texts).letter, ADDRESS, "7.1"))
    made = ROOM.batch([letter._replace(hanger=card) for letter in letters for card in (False, True)], now=NOW,
                      zone=ROLLOUT.zone, window="uk")
    assert len(letters) >= 40 and set(made.pages[::2]) <= {1, 2} and set(made.pages[1::2]) <= {1, 2}


def test_layouts_stay_on_this_machine() -> None:
    source = Path(TEMPLATES / "layouts" / "letter.typ").read_text("utf-8")
    assert not re.search(r"#import|#include|@preview|\bread\(|plugin\(", source)
