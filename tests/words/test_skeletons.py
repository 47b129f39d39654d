"""Words become skeletons, skeletons become messages, and no customer's name becomes anything but a name."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from doorstep.settings import CHECKOUT
from doorstep.words import Library, Skeleton, marks
from tests.making import UTILITY, make_rollout
from tests.words.desk import REMINDER, ROLLOUT, case_of, library_of, message_of, skeleton_of

CHANNELS = ("email", "sms", "voice", "post", "call")
HOSTILE = (
    "<img src=x onerror=1>", "**x** _y_ [z](http://e.example)", "{{ utility.name }}{% if visit.gas %}", "# 1. - > x",
    "visit.day", 'quote " back \\ slash', "X\r\nBcc: e@example.com", "#panic(\"x\") $x$ @y", "&amp; %s %(day)s {0}",
    "Jo\u202ehn \u2066x", "نورة A1", "</td></table><h1>", "Øystein Žižek’s 名前 🎉",
)


class Seen(HTMLParser):
    """What a mail program shows of a page, and the elements it is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags = "", list[tuple[str, dict[str, str | None]]]()
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("words"))


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("name", [
    *HOSTILE, pytest.param(marks._MARKS["visit.day"], id="a slot's own mark"),       # random: not in the test's name
    pytest.param(marks._PREFIX + "3e", id="a look-alike mark")])
def test_a_name_is_only_a_name(library: Library, channel: str, name: str) -> None:
    plain, hostile = case_of(name="Ann"), case_of(name=name, address=name, town=None)
    ordinary, message = message_of(library, channel, plain), message_of(library, channel, hostile)
    assert "\n" not in message.subject and "\r" not in message.subject
    if channel == "email":
        page, model = Seen(message.html), Seen(ordinary.html)
        assert [tag for tag, _ in page.tags if tag != "span"] == [tag for tag, _ in model.tags]
        assert not [attributes for _, attributes in page.tags if {"onerror", "src", "href"} & set(attributes)]
        shown = " ".join(skeleton_of(library, "sms", hostile)[1][-1].split())
        assert f"Dear {shown}," in " ".join(page.text.split())
    if channel == "post":
        assert json.loads(message.letter).keys() == json.loads(ordinary.letter).keys()
    assert message.text.count("Tuesday 9 March 2027") == ordinary.text.count("Tuesday 9 March 2027")


def test_html_is_escaped_once(library: Library) -> None:
    message = message_of(library, "email", case_of(name="A & B <c>"))
    assert "Dear A &amp; B &lt;c&gt;," in message.html and "Dear A & B <c>," in message.text


def test_a_constant_of_the_rollout_is_never_markdown_or_html(library: Library) -> None:
    rollout = make_rollout(installer="**Bold** <b>& Sons</b>")
    message = message_of(library, "email", case_of(), rollout=rollout)
    assert "Who comes: **Bold** &lt;b&gt;&amp; Sons&lt;/b&gt;" in message.html
    assert "Who comes: **Bold** <b>& Sons</b>" in message.text


def test_only_what_differs_between_customers_is_a_slot(library: Library) -> None:
    skeleton, _ = skeleton_of(library, "email", case_of())
    assert set(skeleton.slots) == {
        "visit.day", "customer.name", "customer.address", "visit.power_off_minutes", "visit.reference"}


def test_switches_choose_the_words(library: Library) -> None:
    with_power, without = (message_of(library, "email", case_of(power_off_minutes=each)).text for each in (30, 0))
    assert "- Power: off for 30 minutes\n- Who comes" in with_power
    assert "Northwick\n- Who comes" in without                # the line is gone, and no gap tears the list


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_stored_skeleton_fills_to_the_same_bytes(library: Library, channel: str) -> None:
    skeleton, texts = skeleton_of(library, channel, case_of(name="نورة O'Neill"))
    again = Skeleton.from_bytes(skeleton.to_bytes())
    assert again.fill(texts) == skeleton.fill(texts)
    assert (again.digest, again.slots, again.layout) == (skeleton.digest, skeleton.slots, skeleton.layout)
    assert again.to_bytes() == skeleton.to_bytes()


def test_digests_are_the_same_in_any_process(library: Library) -> None:
    script = ("import sys; from pathlib import Path; from tests.words.desk import *; "
              "library = Library.load(Path(sys.argv[1]), TEMPLATES / 'layouts'); "
              "print(*(skeleton_of(library, channel, case_of())[0].digest for channel in sys.argv[2:]))")
    done = subprocess.run([sys.executable, "-c", script, str(library.folder), *CHANNELS], cwd=CHECKOUT, capture_output=True,
                          text=True, check=True)
    assert done.stdout.split() == [skeleton_of(library, each, case_of())[0].digest for each in CHANNELS]


def test_other_words_have_another_digest(tmp_path: Path, library: Library) -> None:
    other = library_of(tmp_path, REMINDER.replace("We come", "We will come"))
    assert skeleton_of(other, "post", case_of())[0].digest != skeleton_of(library, "post", case_of())[0].digest


def test_the_wrong_number_of_texts_is_refused(library: Library) -> None:
    skeleton, texts = skeleton_of(library, "email", case_of())
    with pytest.raises(ValueError, match=r"6 texts for 5 slots of reminder"):
        skeleton.fill([*texts, "x"])


def test_a_provider_may_fill_the_gaps_itself(library: Library) -> None:
    skeleton, texts = skeleton_of(library, "email", case_of(name="A & B"))
    gaps = [f"-{place}-" for place in range(len(texts))]
    page = skeleton.with_gaps("html", gaps)
    for gap, text in zip(gaps, skeleton.dressed("html", texts), strict=True):
        page = page.replace(gap, text)
    assert page == skeleton.fill(texts).html


def test_a_rollout_that_was_read_again_is_not_answered_from_memory(library: Library) -> None:
    other = make_rollout(utility=UTILITY | {"short_name": "Newname"})
    assert message_of(library, "sms", case_of()).text.startswith("Northwick:")
    assert message_of(library, "sms", case_of(), rollout=other).text.startswith("Newname:")


def test_one_skeleton_serves_all_customers_of_the_same_switches(library: Library) -> None:
    assert skeleton_of(library, "email", case_of())[0] is skeleton_of(library, "email", case_of(name="Bob"))[0]


ARABIC = """\
Subject: زيارة يوم {{ visit.day }}
Sms: {{ utility.short_name }}: زيارة {{ visit.day }}. للتغيير {{ utility.phone }}

مرحبًا {{ customer.name }}، رقمكم {{ visit.reference }}.

- {{ customer.address }}
"""


@pytest.fixture(scope="module")
def arabic(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("words"), ARABIC, language="ar")


def test_an_arabic_page_says_its_direction_on_every_block(arabic: Library) -> None:
    page = Seen(message_of(arabic, "email", case_of(name="نورة"), language="ar").html)
    assert ("html", {"lang": "ar", "dir": "rtl"}) in page.tags
    blocks = [attributes for tag, attributes in page.tags if tag in ("body", "table", "td", "p", "ul", "li", "h1")]
    assert blocks and all(attributes.get("dir") == "rtl" for attributes in blocks)
    assert all("text-align: right" in str(a["style"]) for tag, a in page.tags if tag in ("td", "p", "li", "h1"))


def test_latin_texts_are_set_apart_in_arabic_ones(arabic: Library) -> None:
    message = message_of(arabic, "email", case_of(name="Andrea O'Neill"), language="ar")
    assert '<span dir="ltr">Andrea O\'Neill</span>' in message.html and '<span dir="ltr">NW0000001</span>' in message.html
    assert "\u2068Andrea O'Neill\u2069" in message.text
    assert "نورة،" in message_of(arabic, "email", case_of(name="نورة"), language="ar").html      # Arabic needs nothing


def test_an_arabic_name_is_set_apart_in_an_english_letter(library: Library) -> None:
    message = message_of(library, "post", case_of(name="نورة"))
    assert "Dear \u2068نورة\u2069," in message.text and "\u2068نورة\u2069" in message.letter


def test_a_phone_number_keeps_its_order_in_an_arabic_text_message(arabic: Library) -> None:
    text = message_of(arabic, "sms", case_of(), language="ar").text
    assert "\u200e0800 123 4567" in text and "\u2068" not in text


@pytest.mark.parametrize(("name", "said"), [
    ("Zoë Žižek", "Zoe Zizek"), ("O’Neill — Łukasz", "O'Neill - Lukasz"), ("Ann", "Ann"), ("نورة", "نورة"),
])
def test_a_name_does_not_double_the_price_of_a_text_message(library: Library, name: str, said: str) -> None:
    assert message_of(library, "sms", case_of(name=name)).text.endswith(f"For {said}")


def test_words_in_another_alphabet_keep_every_letter(tmp_path: Path) -> None:
    library = library_of(tmp_path, "Subject: A\nSms: Wizyta żółta, {{ customer.name }}\n\nB\n", language="pl")
    assert message_of(library, "sms", case_of(name="Łukasz"), language="pl").text == "Wizyta żółta, Łukasz"


def test_a_programme_text_says_how_to_stop_and_a_duty_text_does_not(tmp_path: Path) -> None:
    rollout = make_rollout(utility=UTILITY | {"sms_number": "60123"})
    words = "Subject: A\nSms: Hello\n\nB\n"
    programme = message_of(library_of(tmp_path / "a", words, notice="what-and-why"), "sms", case_of(), notice="what-and-why",
                           rollout=rollout)
    assert programme.text == "Hello To stop these, reply STOP"
    assert message_of(library_of(tmp_path / "b", words), "sms", case_of(), rollout=rollout).text == "Hello"


def test_an_email_asks_nothing_of_the_network(library: Library) -> None:
    page = message_of(library, "email", case_of()).html
    assert "<style" not in page and "<link" not in page and "url(" not in page and "http" not in page and "<img" not in page


def test_words_take_their_form_from_markdown(tmp_path: Path) -> None:
    body = "Subject: A\n\n## Head\n\nOne *two* [three](https://e.example/x)\n\n1. a\n2. b\n\n> q\n\n---\n\n<b>raw</b> ![p](http://x/y.png)\n"
    library = library_of(tmp_path, body)
    email, post = message_of(library, "email", case_of()), message_of(library, "post", case_of())
    assert "<em>two</em>" in email.html and "<ol" in email.html and "&lt;b&gt;raw" in email.html and "<img" not in email.html
    assert "One two three (https://e.example/x)" in email.text and "1. a\n2. b" in email.text
    assert [block["kind"] for block in json.loads(post.letter)["blocks"]] == [
        "heading", "paragraph", "numbers", "quote", "rule", "paragraph"]


def test_a_call_has_a_reason_something_to_say_and_the_whole_story(library: Library) -> None:
    message = message_of(library, "call", case_of())
    assert message.subject == "Visit on Tuesday 9 March 2027"
    assert message.text == "This is Northwick Energy. We come on Tuesday 9 March 2027."
    assert message.script.startswith("Dear Ms Andrea O'Neill,")


def test_the_standard_rollout_is_the_one_used_here() -> None:
    assert ROLLOUT.row("reminder").purpose == "duty"
