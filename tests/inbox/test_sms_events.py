"""Texts by Twilio and Africa's Talking: whose they are, and what they mean."""

from typing import Any

import pytest

from doorstep.inbox.news import News, Read, Unreadable, Words
from doorstep.inbox.sms_events import africa_ref, form_of, is_twilio, kept, read_africastalking, read_twilio, twilio_ref
from tests.inbox.signing import NOW

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALL = [("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234"), ("From", "+14158675309"),
        ("To", "+18005551212")]
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="          # of this call, in Twilio's documentation


def test_twilios_own_example_is_believed_in_any_order() -> None:
    assert is_twilio("12345", [URL], CALL, SIGNATURE) and is_twilio("12345", ["https://other", URL], CALL[::-1], SIGNATURE)


@pytest.mark.parametrize(("token", "url", "form", "signature"), [
    ("12346", URL, CALL, SIGNATURE), ("", URL, CALL, SIGNATURE), ("12345", URL.replace("https", "http"), CALL, SIGNATURE),
    ("12345", URL + "&baz=3", CALL, SIGNATURE), ("12345", URL.split("?")[0], CALL, SIGNATURE),
    ("12345", URL, CALL[1:], SIGNATURE),
    ("12345", URL, [*CALL, ("Body", "x")], SIGNATURE), ("12345", URL, CALL, ""), ("12345", URL, CALL, SIGNATURE[:-1]),
    ("12345", URL, CALL, SIGNATURE.lower()), ("12345", URL, CALL, "é"), ("12345", URL, CALL, SIGNATURE + "\n")])
def test_a_bent_request_is_not_twilios(token: str, url: str, form: Any, signature: str) -> None:
    assert not is_twilio(token, [url], form, signature)


@pytest.mark.parametrize("body", [b"\xff", b"a=%ED%A0%80", b"a=%FF", b"&".join(b"a=1" for _ in range(300))])
def test_a_form_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        form_of(body)


def twilio(query: str = "ref=7.1", **form: str) -> Read:
    return read_twilio(kept(query, list({"MessageSid": "SM1", "To": "+447400123456", **form}.items())), NOW)


@pytest.mark.parametrize(("status", "kind"), [("queued", "accepted"), ("sent", "accepted"), ("delivered", "delivered"),
                                              ("read", "delivered")])
def test_a_status_is_news_of_the_notice_in_the_address(status: str, kind: str) -> None:
    assert twilio(MessageStatus=status).news == [
        News(kind, "7.1", NOW, f"SM1 {status}", None, "sms", "+447400123456")]


@pytest.mark.parametrize(("status", "code", "news"), [
    ("undelivered", "30005", [("bounced", "hard")]), ("undelivered", "30006", [("bounced", "hard")]),
    ("failed", "21614", [("bounced", "hard")]), ("undelivered", "30003", [("bounced", "soft")]),
    ("undelivered", "30008", [("bounced", "soft")]), ("undelivered", "", [("bounced", "soft")]),
    ("undelivered", "99999", [("bounced", "soft")]), ("undelivered", "30007", [("bounced", "content")]),
    ("undelivered", "30004", [("bounced", "content")]), ("failed", "30001", [("bounced", "content")]),
    ("failed", "", [("bounced", "content")]), ("failed", "x", [("bounced", "content")]),
    ("failed", "21610", [("bounced", "content"), ("stopped", None)])])
def test_each_failure_has_its_class(status: str, code: str, news: list[tuple[str, str | None]]) -> None:
    assert [(piece.kind, piece.data) for piece in twilio(MessageStatus=status, ErrorCode=code).news] == news


def test_a_text_to_us_is_words() -> None:
    inbound = {"SmsStatus": "received", "From": "+447400123456", "To": "+447700900192", "Body": "can you stop by?"}
    assert twilio("", **inbound).words == [Words("SM1", NOW, "sms", "can you stop by?", "+447400123456", "+447700900192")]


@pytest.mark.parametrize("said", [{"MessageStatus": "canceled"}, {}, {"MessageStatus": "delivered", "query": ""}])
def test_a_status_without_meaning_or_reference_is_counted(said: dict[str, str]) -> None:
    assert twilio(said.pop("query", "ref=7.1"), **said) == Read([], [], 1)


@pytest.mark.parametrize(("body", "why"), [
    (b"{}", "cannot be read"), (b"", "cannot be read"), (b"[]", "cannot be read"),
    (kept("", [("Body", "Ann")]), "without a MessageSid"),
    (kept("", [("MessageSid", "SM1"), ("SmsStatus", "received")]), "without a sender")])
def test_what_cannot_be_read_says_why(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_twilio(body, NOW)


def test_a_message_has_one_delivery_of_each_status() -> None:
    assert twilio_ref({"MessageSid": "SM1", "MessageStatus": "sent"}) != twilio_ref({"MessageSid": "SM1",
                                                                                     "MessageStatus": "delivered"})
    assert africa_ref({"id": "AT1", "status": "Sent"}, "d") != africa_ref({"id": "AT1", "status": "Success"}, "d")
    assert africa_ref({"phoneNumber": "+256700"}, "d") == "d"


def africa(**form: str) -> Read:
    return read_africastalking(kept("", list({"id": "ATXid_1", "phoneNumber": "+256712345678", **form}.items())), NOW)


@pytest.mark.parametrize(("status", "reason", "news"), [
    ("Sent", "", ("accepted", None)), ("Submitted", "", ("accepted", None)), ("Buffered", "", ("accepted", None)),
    ("Success", "", ("delivered", None)), ("Failed", "UserDoesNotExist", ("bounced", "hard")),
    ("Failed", "NotNetworkSubscriber", ("bounced", "hard")), ("Failed", "DeliveryFailure", ("bounced", "soft")),
    ("Failed", "UserIsInactive", ("bounced", "soft")), ("AbsentSubscriber", "", ("bounced", "soft")),
    ("Expired", "", ("bounced", "soft")),
    ("Rejected", "InsufficientCredit", ("bounced", "content")), ("Failed", "UserInBlacklist", ("bounced", "content")),
    ("Failed", "", ("bounced", "content")), ("Rejected", "", ("bounced", "content"))])
def test_each_report_of_africas_talking_is_news_of_its_own_id(status: str, reason: str, news: tuple[str, str | None]) -> None:
    (piece,) = africa(status=status, failureReason=reason).news
    assert (piece.kind, piece.data) == news
    assert (piece.about, piece.provider_id, piece.ref) == ("", "ATXid_1", f"at ATXid_1 {status.lower()}")


def test_a_text_by_africas_talking_is_words() -> None:
    said = {"from": "+256712345678", "to": "8080", "text": "ACHA", "linkId": "l", "date": "2027-01-15 08:00:00"}
    assert africa(**said).words == [Words("ATXid_1", NOW, "sms", "ACHA", "+256712345678", "8080")]


@pytest.mark.parametrize("form", [{"id": ""}, {"status": "Else"}, {}])
def test_what_means_nothing_here_is_counted(form: dict[str, str]) -> None:
    assert africa(**form) == Read([], [], 1)
