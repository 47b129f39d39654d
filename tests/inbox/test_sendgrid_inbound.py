"""Mails from customers: their own words, in any charset, and whether they surely wrote them."""

from typing import Any

import orjson
import pytest

from doorstep.inbox.mails import own_words, text_in
from doorstep.inbox.news import Read, Unreadable
from doorstep.inbox.sendgrid_inbound import decoded, headers_of, read, ref_of
from tests.inbox.signing import NOW

HEADERS = "Received: by x\nMessage-ID: <abc@mail.example.com>\nIn-Reply-To: <7.1@northwick.example>\nSubject: Re: Your\n visit\n"
MAIL = {"headers": HEADERS, "from": "Ann Hill <ann@example.com>", "to": "meters@northwick.example", "subject": "Re: Your visit",
        "text": "STOP\n", "dkim": "{@example.com : pass}", "SPF": "pass",
        "envelope": '{"to":["meters@northwick.example"],"from":"ann@example.com"}'}


def heard(**changes: Any) -> Read:
    return read(orjson.dumps(MAIL | changes), NOW)


def words(**changes: Any) -> str:
    (said,) = heard(**changes).words
    return said.words


def test_a_mail_is_words_of_its_sender_to_one_of_our_addresses() -> None:
    (said,) = heard().words
    assert (said.words, said.address, said.to, said.channel, said.proven, said.at) == (
        "STOP", "ann@example.com", "meters@northwick.example", "email", True, NOW)
    assert said.ref.startswith("mail ") and "@" not in said.ref


@pytest.mark.parametrize(("text", "own"), [
    ("Please come at 5\n\nOn Tue, 9 Mar 2027 at 09:00, Northwick <m@n.example> wrote:\n> Your visit\n> STOP", "Please come at 5"),
    ("Yes\r\n\r\nOn Tue, 9 Mar 2027 at 09:00,\r\nNorthwick <m@n.example> wrote:\r\n> x", "Yes"),
    ("Oui\n\nLe mar. 9 mars 2027 à 09:00, N <m@n.example> a écrit :\n> x", "Oui"),
    ("نعم\n\nفي الثلاثاء، 9 مارس 2027 كتب N <m@n.example>:\n> x", "نعم"),
    ("Ndiyo\n\nMnamo Jumanne 9 Machi 2027, N aliandika:\n> x", "Ndiyo"),
    ("No dogs\n\n-----Original Message-----\nFrom: N\nSent: today\n", "No dogs"),
    ("Fine\n\n________________________________\nFrom: N <m@n.example>\nSent: 9 March\nTo: Ann", "Fine"),
    ("Fine\n\nFrom: N <m@n.example>\nSent: 9 March\nTo: Ann\nSubject: x", "Fine"),
    ("OK\n-- \nAnn Hill\nChief", "OK"), ("OK\n\nSent from my iPhone", "OK"),
    ("On Tue N wrote:\n> when?\nat five\n> who?\nme", "at five\nme"), ("one\n\n\n\n\ntwo", "one\n\ntwo"), ("", ""),
    ("> all quoted", ""),
    ("My neighbour wrote to you: no answer", "My neighbour wrote to you: no answer"),
    ("-- not a signature --\nhello", "-- not a signature --\nhello"), ("From: here to there, please",
                                                                       "From: here to there, please"),
])
def test_what_is_quoted_is_not_said(text: str, own: str) -> None:
    assert own_words(text) == own


@pytest.mark.parametrize("text", ["\n" * 500_000, "On " * 200_000, "> " * 300_000, "From: x\n" * 100_000, "a" * 10**6,
                                  "كتب\n" * 90_000])
def test_a_mail_made_to_keep_us_busy_does_not(text: str) -> None:
    assert len(own_words(text)) <= 100_000


def test_a_mail_in_html_alone_is_read_as_it_is_seen() -> None:
    html = ("<html><head><title>T</title><style>p{}</style></head><body><p>Please <b>call</b>&nbsp;me</p><script>x()</script>"
            "<div>after 5</div><div class='gmail_quote'>On Tue N wrote:"
            "<blockquote><div>STOP</div></blockquote></div></body></html>")
    assert text_in(html) == "Please call me\n\nafter 5" and words(text="", html=html) == "Please call me\n\nafter 5"
    assert "STOP" not in text_in("<blockquote>STOP <blockquote>STOP</blockquote> STOP</blockquote>yes")


@pytest.mark.parametrize(("changes", "said"), [
    ({"subject": "STOP", "text": " \n"}, "STOP"), ({"subject": "Re: STOP", "text": ""}, ""),
    ({"subject": "Dogs", "text": "We have two", "headers": "Message-ID: <x@y>"}, "Dogs\n\nWe have two"),
    ({"subject": "stop", "text": "Stop", "headers": "Message-ID: <x@y>"}, "Stop"),
    ({"subject": "رد: زيارة", "text": "نعم"}, "نعم"),
    ({"subject": "", "text": "Yes"}, "Yes")])
def test_a_new_mails_subject_is_part_of_what_it_says(changes: dict[str, str], said: str) -> None:
    assert words(**changes) == said


@pytest.mark.parametrize("changes", [
    {"headers": HEADERS + "Auto-Submitted: auto-replied\n"}, {"headers": HEADERS + "auto-submitted: Auto-Generated; x=y\n"},
    {"headers": HEADERS + "Precedence: bulk\n"}, {"headers": HEADERS + "Precedence: auto_reply\n"},
    {"headers": HEADERS + "X-Auto-Response-Suppress: OOF, AutoReply\n"}, {"headers": HEADERS + "X-Auto-Response-Suppress: All\n"},
    {"headers": HEADERS + "X-Autoreply: yes\n"}, {"headers": HEADERS + "List-Id: <x.example>\n"},
    {"envelope": '{"to":["m@n.example"],"from":""}'}, {"envelope": '{"to":["m@n.example"]}'}, {"envelope": '{"from":"<>"}'}])
def test_a_machine_is_not_answered(changes: dict[str, str]) -> None:
    assert heard(**changes) == Read([], [], 1)


@pytest.mark.parametrize("header", ["Auto-Submitted: no", "Precedence: first-class", "X-Auto-Response-Suppress: None"])
def test_a_person_whose_program_says_so_is_heard(header: str) -> None:
    assert words(headers=HEADERS + header + "\n") == "STOP"


@pytest.mark.parametrize(("changes", "proven"), [
    ({}, True), ({"dkim": "none", "SPF": "pass"}, True), ({"dkim": "{@example.com : pass}", "SPF": "fail"}, True),
    ({"dkim": "{@other.org : pass, @mail.example.com : pass}", "SPF": "none"}, True),
    ({"dkim": "none", "SPF": "softfail"}, False),
    ({"dkim": "{@example.com : fail}", "SPF": "fail"}, False), ({"dkim": "{@evil.org : pass}", "SPF": "fail"}, False),
    ({"dkim": "{@notexample.com : pass}", "SPF": "none"}, False), ({"dkim": "", "SPF": ""}, False),
    ({"dkim": "none", "SPF": "pass", "envelope": '{"to":["m@n.example"],"from":"x@evil.org"}'}, False),
    ({"dkim": "{@example.com.evil.org : pass}", "SPF": "none"}, False)])
def test_only_the_senders_own_domain_proves_who_wrote(changes: dict[str, str], proven: bool) -> None:
    (said,) = heard(**changes).words
    assert said.proven is proven
    assert said.words == ("STOP" if proven else "(It is not proven that this mail came from ann@example.com.)\n\nSTOP")


@pytest.mark.parametrize(("body", "why"), [(b"", "no JSON"), (b"[1]", "no JSON object"),
                                           (orjson.dumps(MAIL | {"from": "Ann"}), "without a sender"),
                                           (orjson.dumps(MAIL | {"from": ""}), "without a sender")])
def test_what_cannot_be_read_says_why_and_nothing_personal(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why) as raised:
        read(body, NOW)
    assert "Ann" not in str(raised.value)


@pytest.mark.parametrize(("charset", "text"), [
    ("UTF-8", "café"), ("windows-1256", "مرحبا"), ("iso-8859-1", "café"), ("windows-1252", "“quoted”"), ("gb2312", "你好"),
    ("iso-2022-jp", "こんにちは"), ("koi8-r", "привет"), ("utf-16", "café"), ("us-ascii", "plain")])
def test_a_field_is_read_in_the_charset_that_sendgrid_names(charset: str, text: str) -> None:
    fields = {"text": text.encode(charset), "charsets": orjson.dumps({"text": charset, "subject": "UTF-8"}),
              "subject": "é".encode()}
    assert decoded(fields) == {"text": text, "subject": "é"}


@pytest.mark.parametrize("charset", ["punycode", "idna", "utf-7", "unicode_escape", "zip", "hex", "nonsense", "", "x" * 999])
def test_a_charset_that_no_mail_is_in_is_taken_for_utf_8(charset: str) -> None:
    assert decoded({"text": b"caf\xc3\xa9 +2AA- \\ud800",
                    "charsets": orjson.dumps({"text": charset})})["text"] == "café +2AA- \\ud800"


@pytest.mark.parametrize("charsets", [b"", b"[]", b"{", b'{"text": 7}', b"\xff"])
def test_wrong_charsets_lose_no_mail(charsets: bytes) -> None:
    assert decoded({"text": b"caf\xe9 \x93x\x94", "charsets": charsets})["text"] == "café “x”"


def test_attachments_and_unknown_fields_are_not_kept_and_a_huge_text_is_cut() -> None:
    made = decoded({"text": b"x" * 3_000_000, "attachment1": b"%PDF", "spam_report": b"long", "sender_ip": b"192.0.2.1"})
    assert list(made) == ["text"] and len(made["text"]) == 1024 * 1024


def test_the_same_mail_delivered_again_is_the_same_and_another_is_not() -> None:
    again = MAIL | {"dkim": "none", "to": "other@northwick.example"}
    assert ref_of(MAIL) == ref_of(again)
    assert len({ref_of(MAIL), ref_of(MAIL | {"text": "GO"}), ref_of(MAIL | {"headers": HEADERS.replace("abc", "abd")})}) == 3


def test_headers_are_unfolded_and_the_first_of_a_name_counts() -> None:
    assert headers_of("A: 1\r\n 2\r\nB:3\na: 4\nnonsense\n: x\n") == {"a": "1 2", "b": "3"}
