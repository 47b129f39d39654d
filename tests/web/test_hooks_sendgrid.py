"""SendGrid at its hooks: what is proven is kept once and answered at once, and no mail is ever lost."""

from pathlib import Path

import orjson
import pytest
from sqlalchemy import event as sqlalchemy_event

from doorstep.errors import Transient
from tests.inbox.hearing import event
from tests.inbox.signing import (
    NOW,
    SIGNATURE,
    TIMESTAMP,
    VECTOR_AT,
    VECTOR_BODY,
    VECTOR_SIGNATURE,
    SendGridSigner,
    sendgrid,
    sns,
    twin,
)
from tests.web.telling import BODY, MAIL, MEGABYTE, SECRET, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# ---- SendGrid's events ---------------------------------------------------------------------------------------


def test_signed_events_are_kept_as_they_came_and_answered(desk: Desk) -> None:
    assert desk.events() == 200
    ((source, ref, body),) = desk.kept()
    assert (source, body) == ("sendgrid-events", BODY) and len(ref) == 64


def test_the_whole_way_from_the_hook_to_the_notice(desk: Desk) -> None:
    notice = desk.ear.sent()
    assert desk.events(orjson.dumps([event("delivered", notice)])) == 200
    assert desk.ear.work().news == 1 and desk.ear.state(notice) == "delivered"


def test_sendgrids_own_example_is_refused_today_and_taken_at_its_time(desk: Desk) -> None:
    headers = {SIGNATURE: VECTOR_SIGNATURE, TIMESTAMP: str(VECTOR_AT)}
    assert desk.events(VECTOR_BODY, headers) == 403 and desk.kept() == []
    desk.now = VECTOR_AT + 60
    assert desk.events(VECTOR_BODY, headers) == 200 and desk.kept()[0][2] == VECTOR_BODY


def test_the_same_events_again_by_replay_by_retry_or_by_a_twin_signature_are_kept_once(desk: Desk) -> None:
    headers = sendgrid().headers(BODY)
    for again in (headers, headers, headers | {SIGNATURE: twin(headers[SIGNATURE])}, sendgrid().headers(BODY, NOW + 9)):
        assert desk.events(BODY, again) == 200
    assert len(desk.kept()) == 1


@pytest.mark.parametrize(("body", "headers"), [
    (BODY, {}), (BODY, {SIGNATURE: sendgrid().sign(BODY)}), (BODY, {TIMESTAMP: str(NOW)}),
    (BODY.replace(b"1.1", b"2.1"), sendgrid().headers(BODY)), (BODY, SendGridSigner().headers(BODY)),
    (BODY, sendgrid().headers(BODY, NOW - 301)), (BODY, sendgrid().headers(BODY) | {TIMESTAMP: str(NOW + 1)}),
    (BODY[1:], sendgrid().headers(BODY) | {TIMESTAMP: f"{NOW}["}), (BODY, sendgrid().headers(BODY) | {SIGNATURE: "junk"}),
    # Signed, but not what SendGrid sends.
    *[(odd, sendgrid().headers(odd)) for odd in (b"", b"{}", b"[NaN]", b"[1e999]", b'["\\ud800"]', b"[" * 50_000, b"\xff")],
])
def test_what_is_bent_is_refused_without_a_word_why(desk: Desk, body: bytes, headers: dict[str, str]) -> None:
    answer = desk.web.post("/hooks/sendgrid/events", content=body, headers=headers)
    assert (answer.status_code, answer.text) == (403, "This is not for us.\n") and desk.kept() == []


def test_without_keys_nobody_is_believed_and_with_a_wrong_one_it_is_our_fault(tmp_path: Path) -> None:
    assert Desk(tmp_path / "a", sendgrid_event_keys="").events() == 403
    assert Desk(tmp_path / "b", sendgrid_event_keys="junk").events() == 503


# ---- SendGrid's inbound mails --------------------------------------------------------------------------------


def test_a_mail_is_kept_without_its_attachments(desk: Desk) -> None:
    assert desk.mail(files={"attachment1": ("../../e.pdf", b"%PDF", "application/pdf")}) == 200
    ((source, _, body),) = desk.kept()
    assert source == "sendgrid-inbound" and orjson.loads(body) == MAIL


def test_the_same_mail_again_is_kept_once(desk: Desk) -> None:
    assert [desk.mail(), desk.mail(), desk.mail(MAIL | {"spam_score": "1"})] == [200] * 3 and len(desk.kept()) == 1


def test_a_mail_of_thirty_megabytes_is_taken_and_a_larger_one_is_none(desk: Desk) -> None:
    assert desk.mail(MAIL | {"html": "x" * (29 * MEGABYTE)}) == 200 and len(desk.kept()[0][2]) < 2 * MEGABYTE
    assert desk.mail(MAIL | {"html": "x" * (32 * MEGABYTE)}) == 413


def test_a_mail_in_an_old_charset_is_kept_as_it_was_written(desk: Desk) -> None:
    fields = MAIL | {"text": "مرحبا".encode("cp1256"), "charsets": '{"text":"windows-1256","subject":"UTF-8"}',
                     "subject": "é".encode()}
    assert desk.mail(fields) == 200
    said = orjson.loads(desk.kept()[0][2])
    assert (said["text"], said["subject"]) == ("مرحبا", "é")


@pytest.mark.parametrize(("content", "kind"), [
    (b"", "multipart/form-data; boundary=x"), (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"--x", "multipart/form-data"),
    (b"a=b", "application/x-www-form-urlencoded"), (b"{}", "application/json"), (b"x", ""),
    (b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nraw\r\n--x--\r\n', "multipart/form-data; boundary=x")])
def test_on_any_doubt_a_mail_is_asked_for_again_and_never_refused(desk: Desk, content: bytes, kind: str) -> None:
    answer = desk.web.post(f"/hooks/sendgrid/inbound/{SECRET}", content=content, headers={"content-type": kind})
    assert answer.status_code == 503 and answer.headers["retry-after"] == "300" and desk.kept() == []


@pytest.mark.parametrize("fields", [{f"f{n}": "x" for n in range(300)}, {}])
def test_a_form_that_is_no_mail_is_doubt_too(desk: Desk, fields: dict[str, str]) -> None:
    assert desk.mail(fields or {"spam_score": "1"}) == 503


def test_while_the_database_is_away_every_hook_asks_to_come_again(desk: Desk) -> None:
    def away(_connection: object) -> None:
        raise Transient("the database is away", code="away")

    sqlalchemy_event.listen(desk.ear.store.engine, "commit", away)
    assert desk.mail() == 503 and desk.events() == 503 and desk.sns(sns().notification("{}")) == 503
