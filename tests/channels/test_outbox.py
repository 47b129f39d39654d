"""The outbox: one whole file for each message, as its reader needs it."""

import email
import email.policy
import json
from collections.abc import Callable
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from doorstep.channels import Channel, Item, Outcome
from doorstep.channels.outbox import outbox_channels
from doorstep.errors import Transient
from doorstep.mail import address_is_fit, sender_header
from doorstep.words import Library
from tests.making import UTILITY, make_rollout
from tests.words.desk import ROLLOUT, case_of, library_of, skeleton_of

NOW = 1_800_000_000                       # Friday 15 January 2027, 08:00 UTC
ARABIC = "Subject: زيارة {{ visit.day }}\nSms: زيارة\nVoice: زيارة\n\nمرحبًا {{ customer.name }}، {{ visit.reference }}\n"
Send = Callable[..., tuple[Outcome, bytes]]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Library]:
    return {"en": library_of(tmp_path_factory.mktemp("en")),
            "ar": library_of(tmp_path_factory.mktemp("ar"), ARABIC, language="ar")}


@pytest.fixture
def channels(tmp_path: Path) -> dict[str, Channel]:
    return outbox_channels(tmp_path, ROLLOUT)


@pytest.fixture
def send(libraries: dict[str, Library], channels: dict[str, Channel], tmp_path: Path) -> Send:
    """Send one notice (number 7) and read the one file that is there; no file reads as nothing."""

    def sent(kind: str, language: str = "en", name: str = "Ms Andrea O'Neill", **item: Any) -> tuple[Outcome, bytes]:
        skeleton, texts = skeleton_of(libraries[language], kind, case_of(name=name), language=language)
        to = {"email": "person@example.com"}.get(kind, "+447400123456")
        ready = Item(7, "7.1", to, skeleton, texts, name, (name, "1 Mill Road", "N1 2AB"))
        [outcome] = channels[kind].send([ready._replace(**item)], now=NOW)
        files = sorted((tmp_path / kind).iterdir())
        assert all(path.stem == "7" for path in files) and len(files) <= 1
        return outcome, files[0].read_bytes() if files else b""

    return sent


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage) and not message.defects
    return message


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_email_is_a_complete_message(send: Send, libraries: dict[str, Library], language: str) -> None:
    outcome, content = send("email", language)
    message = parsed(content)
    skeleton, texts = skeleton_of(libraries[language], "email", case_of(), language=language)
    meant = skeleton.fill(texts)
    assert outcome == Outcome(7, "accepted", "7.eml", None, None)
    assert (message["To"], message["From"]) == ("person@example.com", "Northwick Energy <meters@northwick.example>")
    assert (message["Subject"], message["Content-Language"]) == (meant.subject, language)
    assert message["Date"] == "Fri, 15 Jan 2027 08:00:00 +0000"
    assert (message["Message-ID"], message["MIME-Version"]) == ("<7.1@northwick.example>", "1.0")
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert body(message, "html").replace("\r\n", "\n").strip() == meant.html.strip()
    assert body(message, "plain").replace("\r\n", "\n").strip() == meant.text.strip()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_email_is_fit_for_the_wire(send: Send, language: str) -> None:
    content = send("email", language, name="Zoë " + "n" * 100)[1]
    assert content.isascii() and content.count(b"\n") == content.count(b"\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 78


def test_a_name_cannot_forge_a_header(tmp_path: Path) -> None:
    library = library_of(tmp_path / "w", "Subject: For {{ customer.name }}\nSms: S\nVoice: V\n\nB\n")
    skeleton, _ = skeleton_of(library, "email", case_of())
    uncleaned = {"customer.name": "X\r\nBcc: e@example.com\r\n\r\nbody"}
    texts = [uncleaned.get(slot, "x") for slot in skeleton.slots]
    item = Item(7, "7.1", "person@example.com", skeleton, texts)
    outbox_channels(tmp_path, ROLLOUT)["email"].send([item], now=NOW)
    message = parsed((tmp_path / "email" / "7.eml").read_bytes())
    assert message["Bcc"] is None and message["Subject"] == "For X Bcc: e@example.com body"


@pytest.mark.parametrize("address", ["a@x.com\r\nBcc: e@x.com", "a@x.com,b@x.com", "<a@x.com>", "a b@x.com", "a@x.com>", "",
                                     "jürgen@x.com", '"a"@x.com', "a@", "\u2066a@x.com"])
def test_an_address_that_is_not_one_plain_address_is_refused(send: Send, address: str) -> None:
    assert not address_is_fit(address)
    assert send("email", to=address) == (Outcome(7, "refused", None, "address", None), b"")


@pytest.mark.parametrize("kind", ["sms", "voice", "call"])
@pytest.mark.parametrize("number", ["", "+44 7400", "+44\n7400", "call me", "+٤٤٧"])
def test_a_number_that_is_none_is_refused(send: Send, kind: str, number: str) -> None:
    assert send(kind, to=number)[0].state == "refused"


def test_one_click_unsubscribing_is_offered_where_there_is_a_link(send: Send) -> None:
    assert parsed(send("email")[1])["List-Unsubscribe"] is None
    message = parsed(send("email", unsubscribe="https://n.example/u/TOKEN")[1])
    assert message["List-Unsubscribe"] == "<https://n.example/u/TOKEN>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(("name", "shown"), [
    ("شركة الطاقة", "شركة الطاقة"), ("Grid, \"Power\" & Sons", "Grid, \"Power\" & Sons"),
    ("A\r\nBcc: e@x.com", "A Bcc: e@x.com"),
])
def test_a_sender_is_shown_by_name(name: str, shown: str, libraries: dict[str, Library], tmp_path: Path) -> None:
    rollout = make_rollout(utility=UTILITY | {"name": name})
    skeleton, texts = skeleton_of(libraries["en"], "email", case_of(), rollout=rollout)
    outbox_channels(tmp_path, rollout)["email"].send([Item(7, "7.1", "a@example.com", skeleton, texts)], now=NOW)
    sender = parsed((tmp_path / "email" / "7.eml").read_bytes())["From"]
    assert sender.addresses[0].display_name == shown and sender.addresses[0].addr_spec == "meters@northwick.example"


def test_a_sender_with_a_line_break_is_an_error() -> None:
    with pytest.raises(ValueError, match="invalid arguments"):
        sender_header("A\r\nBcc: e@x.com", "a@example.com")


def test_text_messages_and_spoken_calls_are_plain_files(send: Send) -> None:
    assert send("sms")[1].decode() == ("To: +447400123456\n\nNorthwick: visit Tuesday 9 March 2027, 8 am to 12 noon. "
                                       "For Ms Andrea O'Neill\n")
    assert send("voice", "ar")[1].decode() == "To: +447400123456\nLanguage: ar\n\nزيارة\n"


def test_a_call_list_says_who_why_and_what(send: Send) -> None:
    call = json.loads(send("call", name="Ann\u202e")[1])
    assert (call["who"], call["phone"], call["why"]) == ("Ann", "+447400123456", "Visit on Tuesday 9 March 2027")
    assert call["say"].startswith("This is Northwick Energy.") and call["script"].startswith("Dear Ann,")
    assert (call["notice"], call["reference"], call["language"]) == ("reminder", "7.1", "en")


def test_a_letter_is_a_page_with_an_address_a_date_and_a_reference(send: Send) -> None:
    outcome, content = send("post")
    page = PdfReader(BytesIO(content)).pages[0]
    text = " ".join(page.extract_text().split())
    assert outcome == Outcome(7, "accepted", "7.pdf", None, 1)
    assert [round(float(each)) for each in page.mediabox[2:]] == [595, 842]              # A4
    for said in ("Ms Andrea O'Neill 1 Mill Road N1 2AB", "Friday 15 January 2027", "Your reference: NW0000001",
                 "We come on Tuesday 9 March 2027.", "0800\u00a0123\u00a04567".replace("\u00a0", " "), "photo ID"):
        assert said in text


def test_a_letters_fonts_are_in_it(send: Send) -> None:
    resources: Any = PdfReader(BytesIO(send("post", "ar", name="نورة")[1])).pages[0]["/Resources"]
    fonts = resources["/Font"]
    names = {str(font.get_object()["/BaseFont"]) for font in fonts.values()}
    assert all("+NotoSans" in name for name in names) and any("Arabic" in name for name in names)


def test_a_letters_address_stands_in_the_window_of_its_envelope(send: Send) -> None:
    spots: list[tuple[float, float]] = []

    def visit(text: str, page: list[float], line: list[float], *_font: object) -> None:
        if "N1 2AB" in text:
            spots.append((page[4] + line[4] * page[0], 842 - page[5] - line[5] * page[3]))

    PdfReader(BytesIO(send("post")[1])).pages[0].extract_text(visitor_text=visit)
    millimetres = [(x / 72 * 25.4, y / 72 * 25.4) for x, y in spots]
    assert millimetres and all(20 <= x <= 105 and 45 <= y <= 90 for x, y in millimetres)


@pytest.mark.parametrize("kind", ["email", "sms", "voice", "call", "post"])
def test_sending_again_leaves_the_same_one_file(send: Send, kind: str) -> None:
    assert send(kind) == send(kind)


@pytest.mark.parametrize("name", ["#panic()", "= x #read(\"/etc/passwd\")", "*b* _i_ $1/0$ @ref <label>", "\\u{41}", '"]}'])
def test_a_name_in_a_letter_is_printed_as_it_is(send: Send, name: str) -> None:
    text = " ".join(PdfReader(BytesIO(send("post", name=name)[1])).pages[0].extract_text().split())
    assert text.count(name) == 2                    # in the window and after "Dear"


def test_a_letter_without_an_address_is_refused(send: Send) -> None:
    assert send("post", address_lines=("", "\u200b"))[0] == Outcome(7, "refused", None, "address", None)


def test_a_long_letter_runs_over_and_is_counted(tmp_path: Path) -> None:
    library = library_of(tmp_path / "w", "Subject: A\n\n" + "word word word word\n\n" * 60)
    skeleton, texts = skeleton_of(library, "post", case_of())
    item = Item(7, "7.1", "", skeleton, texts, "", ("Ann", "1 Mill Road"))
    [outcome] = outbox_channels(tmp_path, ROLLOUT)["post"].send([item], now=NOW)
    assert outcome.parts == len(PdfReader(tmp_path / "post" / "7.pdf").pages) == 3


def test_an_outbox_that_cannot_be_written_may_be_tried_again(libraries: dict[str, Library], tmp_path: Path) -> None:
    (tmp_path / "sms").write_text("in the way")
    skeleton, texts = skeleton_of(libraries["en"], "sms", case_of())
    with pytest.raises(Transient, match="cannot be written"):
        outbox_channels(tmp_path, ROLLOUT)["sms"].send([Item(7, "7.1", "+447400123456", skeleton, texts)], now=NOW)
