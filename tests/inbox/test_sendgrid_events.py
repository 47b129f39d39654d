"""SendGrid's events: whose they are, and what each of them means for a notice."""

import base64
from typing import Any

import orjson
import pytest

from doorstep.errors import ConfigError
from doorstep.inbox.news import News, Unreadable
from doorstep.inbox.sendgrid_events import is_list, is_signed, keys_of, read
from tests.inbox.signing import (
    NOW,
    VECTOR_AT,
    VECTOR_BODY,
    VECTOR_KEY,
    VECTOR_SIGNATURE,
    SendGridSigner,
    sendgrid,
    twin,
)

BODY = b'[{"event":"delivered","doorstep":"7.1","sg_event_id":"e1"}]'
OURS = keys_of(sendgrid().public)


def believed(body: bytes = BODY, signature: str | None = None, timestamp: str = str(NOW), *, now: int = NOW,
             keys: Any = OURS) -> bool:
    signature = sendgrid().sign(BODY) if signature is None else signature
    return is_signed(keys, signature=signature, timestamp=timestamp, body=body, now=now, window=300)


@pytest.mark.parametrize(("now", "said"), [
    (VECTOR_AT, True), (VECTOR_AT + 300, True), (VECTOR_AT - 300, True), (VECTOR_AT + 301, False), (VECTOR_AT - 301, False),
    (NOW, False)])
def test_sendgrids_own_example_is_believed_at_its_time_and_at_no_other(now: int, said: bool) -> None:
    assert is_signed(keys_of(VECTOR_KEY), signature=VECTOR_SIGNATURE, timestamp=str(VECTOR_AT), body=VECTOR_BODY, now=now,
                     window=300) is said


def test_each_webhook_has_its_own_key_and_all_are_believed() -> None:
    assert believed(keys=keys_of(f"{VECTOR_KEY}, {sendgrid().public}"))
    assert not believed(keys=keys_of(VECTOR_KEY)) and not believed(keys=())


@pytest.mark.parametrize(("body", "signature", "timestamp"), [
    (BODY + b" ", None, str(NOW)), (BODY.replace(b"7.1", b"8.1"), None, str(NOW)), (b"", None, str(NOW)),
    # A byte that wanders from the body to the timestamp, or back: what is signed stays the same.
    (BODY[1:], None, f"{NOW}["), (str(NOW)[-1].encode() + BODY, None, str(NOW)[:-1]),
    (BODY, None, str(NOW + 1)), (BODY, None, ""), (BODY, None, f" {NOW}"), (BODY, None, f"{NOW}\n"), (BODY, None, "-180000000"),
    (BODY, None, "١٨٠٠٠٠٠٠٠٠"), (BODY, None, "1.8e9"), (BODY, None, f"0{NOW}"),
    (BODY, "", str(NOW)), (BODY, "no base64!", str(NOW)), (BODY, "MEU", str(NOW)), (BODY, "é", str(NOW)),
    (BODY, base64.b64encode(b"\x30\x06\x02\x01\x00\x02\x01\x00").decode(), str(NOW)), (BODY, "A" * 9000, str(NOW)),
    (BODY, "!" + sendgrid().sign(BODY), str(NOW)), (BODY, sendgrid().sign(BODY) + "\n", str(NOW)),
    (BODY, SendGridSigner().sign(BODY), str(NOW)),
])
def test_a_bent_signature_is_not_believed(body: bytes, signature: str | None, timestamp: str) -> None:
    assert believed()
    assert not believed(body, signature, timestamp)


def test_a_signature_has_a_twin_so_it_is_no_id() -> None:
    assert believed(signature=twin(sendgrid().sign(BODY)))


@pytest.mark.parametrize("said", ["x", "MFkw", VECTOR_KEY[:-8], f"{VECTOR_KEY},junk", "QUJD"])
def test_a_key_that_is_none_is_named_by_its_number(said: str) -> None:
    with pytest.raises(ConfigError, match=r"DOORSTEP_SENDGRID_EVENT_KEYS: key [12] is no public key"):
        keys_of(said)


@pytest.mark.parametrize(("body", "said"), [
    (b"[]", True), (b"[{}]\r\n", True), (b"{}", False), (b"", False), (b'"x"', False), (b"[NaN]", False), (b"[1e999]", False),
    (b'["\\ud800"]', False), (b"[" * 100_000, False), (b"\xff[]", False), (b"[] []", False)])
def test_only_a_list_of_json_is_taken(body: bytes, said: bool) -> None:
    assert is_list(body) is said


def news(**event: Any) -> list[News]:
    said = {"doorstep": "7.1", "sg_event_id": "e1", "timestamp": NOW - 60, "email": "a@example.com", **event}
    return read(orjson.dumps([said]), NOW).news


@pytest.mark.parametrize(("what", "kind"), [
    ("processed", "accepted"), ("delivered", "delivered"), ("spamreport", "complained"), ("unsubscribe", "stopped"),
    ("group_unsubscribe", "stopped"), ("group_resubscribe", "started")])
def test_an_event_is_news_of_the_notice_that_its_argument_names(what: str, kind: str) -> None:
    assert news(event=what) == [News(kind, "7.1", NOW - 60, "e1", None, "email", "a@example.com")]
    assert news(event=what)[0].notice_id == 7


@pytest.mark.parametrize(("event", "kind", "data"), [
    ({"event": "open"}, "opened", None), ({"event": "open", "sg_machine_open": True}, "opened", "machine"),
    ({"event": "open", "sg_machine_open": "true"}, "opened", None),
    ({"event": "click", "url": "https://x.example"}, "clicked", None)])
def test_an_email_is_opened_once_by_people_and_once_by_machines(event: dict[str, Any], kind: str, data: str | None) -> None:
    (piece,), (again,) = news(**event), news(**{**event, "sg_event_id": "e2", "timestamp": NOW})
    assert (piece.kind, piece.notice_id, piece.data, piece.ref) == (kind, 7, data, again.ref)
    assert piece.address is None                   # whoever opened it: it changes nothing for an address


@pytest.mark.parametrize("what", ["deferred", "account_status_change", "", None, 7, ["bounce"], {"a": 1}])
def test_events_without_meaning_here_are_no_news(what: Any) -> None:
    assert news(event=what) == []


@pytest.mark.parametrize(("event", "data"), [
    ({"status": "5.1.1"}, "hard"), ({"status": "5.1.10"}, "hard"), ({"status": "5.2.1"}, "hard"), ({}, "hard"),
    ({"status": "5.0.0", "reason": "550 no such user"}, "hard"), ({"status": "5.2.2"}, "soft"), ({"status": "4.2.2"}, "soft"),
    ({"status": "5.4.4"}, "soft"), ({"status": "5.7.1"}, "content"), ({"status": "5.6.0"}, "content"),
    ({"status": "5.2.3"}, "content"), ({"status": "5.1.8"}, "content"), ({"reason": "550 5.7.1 spam"}, "content"),
    ({"reason": "452 4.2.2 mailbox full"}, "soft"), ({"status": "5.1.1", "type": "blocked"}, "content"),
    ({"status": "5.2.2", "type": "blocked"}, "soft"), ({"type": "blocked"}, "content"),
    ({"bounce_classification": "Invalid Address", "status": "5.7.1"}, "hard"),
    ({"bounce_classification": "Mailbox Unavailable"}, "soft"), ({"bounce_classification": "Technical Failure"}, "soft"),
    ({"bounce_classification": "Content", "status": "5.1.1"}, "content"), ({"bounce_classification": "Reputation"}, "content"),
    ({"bounce_classification": "Frequency or Volume Too High"}, "content"),
    ({"bounce_classification": "Unclassified", "status": "4.4.1"}, "soft"), ({"status": 511}, "hard"),
])
def test_each_bounce_has_its_class(event: dict[str, Any], data: str) -> None:
    (bounce,) = news(**{"event": "bounce", "type": "bounce", **event})
    assert (bounce.kind, bounce.data) == ("bounced", data)


@pytest.mark.parametrize(("reason", "said"), [
    ("Bounced Address", [("bounced", "hard")]), ("Invalid", [("bounced", "hard")]), ("Spam Content", [("bounced", "content")]),
    ("Invalid SMTPAPI header", [("bounced", "content")]), ("Recipient List over Package Quota", [("bounced", "content")]),
    ("Unsubscribed Address", [("bounced", "content"), ("stopped", None)]),
    ("Spam Reporting Address", [("bounced", "content"), ("complained", None)]), ("something new", [("bounced", "content")])])
def test_what_sendgrid_dropped_did_not_arrive_and_says_why(reason: str, said: list[tuple[str, str | None]]) -> None:
    pieces = news(event="dropped", reason=reason)
    assert [(piece.kind, piece.data) for piece in pieces] == said
    assert len({piece.ref for piece in pieces}) == len(pieces)


def test_other_peoples_mails_and_odd_ones_are_counted_and_stop_nothing() -> None:
    ours = {"event": "delivered", "doorstep": "7.1", "sg_event_id": "e1", "timestamp": NOW}
    said = read(orjson.dumps([{"event": "delivered"}, 7, None, [], "x", {"event": "deferred", "doorstep": "7.1"},
                              {"event": "delivered", "doorstep": ""}, ours]), NOW)
    assert ([piece.ref for piece in said.news], said.others) == (["e1"], 7)


@pytest.mark.parametrize("about", ["7", "7.x", "x.1", "٧.١", "-7.1", "7.1.1", "1e5.1", "9" * 16 + ".1", "7.1; DROP TABLE notice"])
def test_a_reference_that_is_not_ours_names_no_notice(about: str) -> None:
    assert [piece.notice_id for piece in news(event="delivered", doorstep=about)] == [None]


@pytest.mark.parametrize(("said", "at"), [
    (NOW - 5, NOW - 5), (str(NOW - 5), NOW - 5), ((NOW - 5) * 1000, NOW - 5), (NOW + 99, NOW), (0, NOW), (-1, NOW), (10**18, NOW),
    (None, NOW), ("soon", NOW), (True, NOW), ([], NOW), (1.5e9, NOW)])
def test_a_moment_that_cannot_be_is_the_one_at_which_we_heard(said: Any, at: int) -> None:
    assert news(event="delivered", timestamp=said)[0].at == at


def test_an_id_that_no_journal_takes_becomes_its_digest() -> None:
    long, odd = news(event="delivered", sg_event_id="e" * 500)[0].ref, news(event="delivered", sg_event_id="a\u202eb")[0].ref
    assert len(long) == len(odd) == 64 and long != odd


@pytest.mark.parametrize("body", [b"", b"{}", b"7", b"[NaN]"])
def test_a_body_that_is_no_list_says_so_without_what_it_holds(body: bytes) -> None:
    with pytest.raises(Unreadable, match="the body is no"):
        read(body, NOW)
