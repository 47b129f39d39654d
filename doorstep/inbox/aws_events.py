"""What Amazon tells by SNS or SQS: what became of emails (SES) and of texts and calls, and texts that customers wrote."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from doorstep.channels._aws_phone import CONTEXT
from doorstep.channels.ses import TAG, ref_from_tag
from doorstep.inbox.bounces import by_status
from doorstep.inbox.news import (
    LONGEST,
    LOOKED,
    News,
    Read,
    Unreadable,
    Words,
    json_object,
    looked,
    moment,
    reference,
    text_of,
    tidy,
)
from doorstep.inbox.sns import NOTIFICATION

# Sentences that SES and SNS send once to see whether anybody listens.
_GREETINGS = ("Successfully validated SNS topic", "If you choose not to confirm")
_SES_CONTENT = {"MessageTooLarge", "ContentRejected", "AttachmentRejected"}
# A text's or call's end: delivered, on its way, or why not.
_PHONE: Mapping[str, tuple[str, str | None]] = {
    **dict.fromkeys(("TEXT_QUEUED", "TEXT_PENDING", "TEXT_SENT", "TEXT_SUCCESSFUL", "VOICE_INITIATED", "VOICE_RINGING"),
                    ("accepted", None)),
    **dict.fromkeys(("TEXT_DELIVERED", "VOICE_ANSWERED", "VOICE_COMPLETED"), ("delivered", None)),
    "TEXT_INVALID": ("bounced", "hard"),
    **dict.fromkeys(("TEXT_UNREACHABLE", "TEXT_CARRIER_UNREACHABLE", "TEXT_BLOCKED", "TEXT_UNKNOWN", "TEXT_TTL_EXPIRED",
                     "VOICE_BUSY", "VOICE_NO_ANSWER", "VOICE_FAILED", "VOICE_UNREACHABLE"), ("bounced", "soft")),
    **dict.fromkeys(("TEXT_INVALID_MESSAGE", "TEXT_CARRIER_BLOCKED", "TEXT_SPAM", "TEXT_PROTECT_BLOCKED",
                     "VOICE_PROTECT_BLOCKED", "VOICE_TTL_EXPIRED"), ("bounced", "content")),
}


def message_in(body: bytes | str) -> str | bytes:
    """What was published: the message of an SNS envelope, or the body itself where there is none. Raises Unreadable."""
    said = json_object(body)
    if said.get("Type") != NOTIFICATION or "TopicArn" not in said:
        return body
    message = said.get("Message")
    if not isinstance(message, str):
        raise Unreadable("an SNS notification without a message")
    return message


def read(body: bytes | str, heard_at: int) -> Read:
    """The news and words in a published message, in an envelope of SNS's or raw. Raises Unreadable."""
    message = message_in(body)
    if isinstance(message, str) and message.startswith(_GREETINGS):
        return Read([], [], 1)
    said = json_object(message)
    if "detail-type" in said and isinstance(said.get("detail"), dict):       # by way of EventBridge
        said = said["detail"]
    what = text_of(said, "eventType", "notificationType")
    if isinstance(said.get("mail"), dict):
        return _read(_of_email(what, said, heard_at))
    if what.startswith(("TEXT_", "VOICE_")):
        return _read(_of_phone(what, said, heard_at))
    if "originationNumber" in said and "messageBody" in said:
        return Read([], [_words(said, heard_at)])
    return Read([], [], 1)


def _read(news: list[News]) -> Read:
    return Read(news, [], 0 if news else 1)


def _words(said: Mapping[str, Any], heard_at: int) -> Words:
    ref, address = text_of(said, "inboundMessageId"), text_of(said, "originationNumber")
    if not ref or not address:
        raise Unreadable("a text message without an id or a sender")
    return Words(reference(ref), heard_at, "sms", tidy(str(said["messageBody"]))[:LONGEST], address,
                 text_of(said, "destinationNumber"))


def _of_email(what: str, said: Mapping[str, Any], heard_at: int) -> list[News]:
    """An event of SES. Our reference is a tag of the message."""
    mail = said["mail"]
    tags = mail.get("tags")
    values = tags.get(TAG) if isinstance(tags, dict) else None
    about = ref_from_tag(values[0]) if isinstance(values, list) and values and isinstance(values[0], str) else ""
    part = said.get(what[:1].lower() + what[1:])
    part = part if isinstance(part, dict) else {}
    kind, data = _email_kind(what, part)
    if not about or not kind:
        return []
    at = moment(_instant(part.get("timestamp") or mail.get("timestamp")), heard_at)
    if kind in LOOKED:
        return [looked(kind, about, at)]
    ref = reference("ses", text_of(mail, "messageId"), what, text_of(part, "feedbackId") or str(at))
    return [News(kind, about, at, ref, data, "email", _recipient(part, mail))]


def _email_kind(what: str, part: Mapping[str, Any]) -> tuple[str, str | None]:
    if what == "Bounce":
        return _email_bounce(part)
    if what == "Complaint":
        return ("", None) if part.get("complaintFeedbackType") == "not-spam" else ("complained", None)
    if what in ("Reject", "Rendering Failure"):
        return "bounced", "content"
    if what == "Subscription":
        wanted = part.get("newTopicPreferences")
        return ("stopped" if isinstance(wanted, dict) and wanted.get("unsubscribeAll") is True else "", None)
    return {"Send": "accepted", "Delivery": "delivered", "Open": "opened", "Click": "clicked"}.get(what, ""), None


def _email_bounce(part: Mapping[str, Any]) -> tuple[str, str | None]:
    kind, finer = part.get("bounceType"), part.get("bounceSubType")
    said = [text for who in _people(part) for text in (who.get("status"), who.get("diagnosticCode"))]
    if finer in _SES_CONTENT:
        return "bounced", "content"
    if kind == "Permanent":
        # The subtype "General" is permanent too, but a policy that turned us away is no fault of the address.
        return "bounced", "content" if finer == "General" and by_status(*said) == "content" else "hard"
    if kind == "Transient" and finer == "General" and not any(said):
        return "", None                # SES reports out-of-office replies as bounces
    return "bounced", "content" if by_status(*said) == "content" else "soft"


def _people(part: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    lists = (part.get(key) for key in ("bouncedRecipients", "complainedRecipients"))
    found: Sequence[Any] = next((each for each in lists if isinstance(each, list)), [])
    return [each for each in found if isinstance(each, dict)]


def _recipient(part: Mapping[str, Any], mail: Mapping[str, Any]) -> str | None:
    people = _people(part)
    sent = mail.get("destination")
    return (text_of(people[0], "emailAddress") if people else "") or (
        sent[0] if isinstance(sent, list) and sent and isinstance(sent[0], str) else None)


def _of_phone(what: str, said: Mapping[str, Any], heard_at: int) -> list[News]:
    """An event of a text or a call. Our reference is in its context."""
    context = said.get("context")
    about = text_of(context, CONTEXT) if isinstance(context, dict) else ""
    if not about or what not in _PHONE:
        return []
    kind, data = _PHONE[what]
    ref = reference("aws", text_of(said, "messageId"), what)
    return [News(kind, about, moment(said.get("eventTimestamp"), heard_at), ref, data,
                 "voice" if what.startswith("VOICE_") else "sms", text_of(said, "destinationPhoneNumber") or None)]


def _instant(said: object) -> float | None:
    try:
        found = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() if found else None
