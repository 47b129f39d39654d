"""What Amazon tells: SES and End User Messaging, raw, in an envelope of SNS's, or by way of EventBridge."""

from typing import Any

import orjson
import pytest

from doorstep.inbox.aws_events import read
from doorstep.inbox.news import News, Unreadable, Words
from tests.inbox.signing import NOW, sns

AT = "2027-01-15T07:59:00.000Z"                # a minute before NOW
MAIL = {"messageId": "0100-m", "timestamp": AT, "destination": ["a@example.com"], "tags": {"doorstep": ["7-1"]}}


def said(message: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(piece.kind, piece.data) for piece in read(orjson.dumps(message), NOW).news]


def email(what: str, part: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
    return {"eventType": what, "mail": MAIL, what[:1].lower() + what[1:]: part or {}, **rest}


def phone(what: str, **rest: Any) -> dict[str, Any]:
    return {"eventType": what, "eventVersion": "1.0", "eventTimestamp": (NOW - 60) * 1000, "messageId": "m-1",
            "destinationPhoneNumber": "+447400123456", "context": {"doorstep": "7.1"}, **rest}


def test_the_same_event_is_the_same_news_raw_in_an_envelope_and_by_eventbridge() -> None:
    event = email("Delivery", {"timestamp": AT, "recipients": ["a@example.com"]})
    envelope = sns().notification(event)
    bridge = {"version": "0", "detail-type": "Email Delivered", "source": "aws.ses", "detail": event}
    for body in (event, envelope, bridge):
        assert read(orjson.dumps(body), NOW).news == [
            News("delivered", "7.1", NOW - 60, f"ses 0100-m Delivery {NOW - 60}", None, "email", "a@example.com")]


@pytest.mark.parametrize(("bounce", "data"), [
    ({"bounceType": "Permanent", "bounceSubType": "General"}, "hard"),
    ({"bounceType": "Permanent", "bounceSubType": "NoEmail"}, "hard"),
    ({"bounceType": "Permanent", "bounceSubType": "Suppressed"}, "hard"),
    ({"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"}, "hard"),
    ({"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{"status": "5.7.1"}]}, "content"),
    ({"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{"diagnosticCode": "smtp; 550 5.1.1 who"}]},
     "hard"),
    ({"bounceType": "Transient", "bounceSubType": "MailboxFull"}, "soft"),
    ({"bounceType": "Transient", "bounceSubType": "General", "bouncedRecipients": [{"status": "4.4.7"}]}, "soft"),
    ({"bounceType": "Transient", "bounceSubType": "General", "bouncedRecipients": [{"status": "4.7.0"}]}, "content"),
    ({"bounceType": "Transient", "bounceSubType": "MessageTooLarge"}, "content"),
    ({"bounceType": "Transient", "bounceSubType": "ContentRejected"}, "content"),
    ({"bounceType": "Transient", "bounceSubType": "AttachmentRejected"}, "content"),
    ({"bounceType": "Undetermined", "bounceSubType": "Undetermined"}, "soft"), ({}, "soft"),
])
def test_each_bounce_of_ses_has_its_class(bounce: dict[str, Any], data: str) -> None:
    assert said(email("Bounce", {"timestamp": AT, "feedbackId": "f", **bounce})) == [("bounced", data)]


def test_an_out_of_office_reply_is_no_bounce() -> None:
    assert said(email("Bounce", {"bounceType": "Transient", "bounceSubType": "General",
                                 "bouncedRecipients": [{"emailAddress": "a@example.com"}]})) == []


@pytest.mark.parametrize(("event", "news"), [
    (email("Send"), [("accepted", None)]), (email("Reject", {"reason": "Bad content"}), [("bounced", "content")]),
    (email("Rendering Failure", {}), [("bounced", "content")]), (email("DeliveryDelay"), []),
    (email("Open"), [("opened", None)]), (email("Click"), [("clicked", None)]),
    (email("Complaint", {"complaintFeedbackType": "abuse"}), [("complained", None)]),
    (email("Complaint"), [("complained", None)]),
    (email("Complaint", {"complaintFeedbackType": "not-spam"}), []),
    (email("Subscription", {"newTopicPreferences": {"unsubscribeAll": True}}), [("stopped", None)]),
    (email("Subscription", {"newTopicPreferences": {"unsubscribeAll": False}}), []),
    ({"notificationType": "Delivery", "mail": MAIL, "delivery": {"timestamp": AT}}, [("delivered", None)]),
    ({"eventType": "Delivery", "mail": {**MAIL, "tags": {}}}, []), ({"eventType": "Delivery", "mail": {"messageId": "x"}}, []),
    ({"eventType": "Delivery", "mail": {**MAIL, "tags": {"doorstep": []}}}, []),
    ({"eventType": "Delivery", "mail": {**MAIL, "tags": {"doorstep": "7-1"}}}, []), ({"eventType": 7, "mail": MAIL}, []),
    ({"eventType": "Delivery", "mail": "x"}, []), ({"eventType": "Bounce", "mail": MAIL, "bounce": "x"}, [("bounced", "soft")]),
])
def test_each_event_of_ses_is_news_or_nothing(event: dict[str, Any], news: list[tuple[str, str | None]]) -> None:
    assert said(event) == news


@pytest.mark.parametrize(("what", "news"), [
    ("TEXT_QUEUED", ("accepted", None)), ("TEXT_PENDING", ("accepted", None)), ("TEXT_SENT", ("accepted", None)),
    ("TEXT_SUCCESSFUL", ("accepted", None)), ("TEXT_DELIVERED", ("delivered", None)), ("TEXT_INVALID", ("bounced", "hard")),
    ("TEXT_INVALID_MESSAGE", ("bounced", "content")), ("TEXT_UNREACHABLE", ("bounced", "soft")),
    ("TEXT_CARRIER_UNREACHABLE", ("bounced", "soft")), ("TEXT_BLOCKED", ("bounced", "soft")),
    ("TEXT_UNKNOWN", ("bounced", "soft")),
    ("TEXT_TTL_EXPIRED", ("bounced", "soft")), ("TEXT_CARRIER_BLOCKED", ("bounced", "content")),
    ("TEXT_SPAM", ("bounced", "content")),
    ("TEXT_PROTECT_BLOCKED", ("bounced", "content")), ("VOICE_INITIATED", ("accepted", None)),
    ("VOICE_ANSWERED", ("delivered", None)),
    ("VOICE_COMPLETED", ("delivered", None)), ("VOICE_BUSY", ("bounced", "soft")), ("VOICE_NO_ANSWER", ("bounced", "soft"))])
def test_each_event_of_a_text_or_call_is_news(what: str, news: tuple[str, str | None]) -> None:
    (piece,) = read(orjson.dumps(phone(what)), NOW).news
    assert (piece.kind, piece.data) == news and piece.at == NOW - 60 and piece.notice_id == 7
    assert piece.ref == f"aws m-1 {what}" and piece.channel == ("voice" if what.startswith("VOICE") else "sms")
    assert piece.address == "+447400123456"


@pytest.mark.parametrize("event", [phone("TEXT_DELIVERED", context={}), phone("TEXT_DELIVERED", context=None), phone("TEXT_NEW"),
                                   phone("MEDIA_DELIVERED"), {"hello": "world"}, {}])
def test_what_is_not_about_our_messages_is_counted_and_no_news(event: dict[str, Any]) -> None:
    found = read(orjson.dumps(event), NOW)
    assert (found.news, found.words, found.others) == ([], [], 1)


TWO_WAY = {"originationNumber": "+447400123456", "destinationNumber": "+447700900192", "messageKeyword": "KEYWORD_1",
           "messageBody": "Stop\u0000 it ", "inboundMessageId": "in-1", "previousPublishedMessageId": "m-1"}


def test_a_text_that_a_customer_wrote_is_words() -> None:
    assert read(orjson.dumps(sns().notification(TWO_WAY)), NOW).words == [
        Words("in-1", NOW, "sms", "Stop it", "+447400123456", "+447700900192")]


@pytest.mark.parametrize(("body", "why"), [
    (b"", "no JSON"), (b"[]", "no JSON object"), (b"\xff", "no JSON"), (b'{"a": NaN}', "no JSON"), (b"[" * 90_000, "no JSON"),
    (orjson.dumps(sns().notification("Hello Ann")), "no JSON"), (orjson.dumps(TWO_WAY | {"inboundMessageId": ""}),
                                                                 "without an id"),
    (orjson.dumps({"Type": "Notification", "TopicArn": "x", "Message": None}), "without a message")])
def test_what_cannot_be_read_says_why_and_nothing_personal(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why) as raised:
        read(body, NOW)
    assert "Ann" not in str(raised.value) and "+44" not in str(raised.value)


def test_the_sentence_by_which_ses_tries_a_topic_is_no_fault() -> None:
    assert read(orjson.dumps(sns().notification("Successfully validated SNS topic for Amazon SES event publishing.")),
                NOW).others == 1
