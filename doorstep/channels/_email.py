"""A notice as a complete email, for channels that hand over the message as it travels."""

from datetime import datetime

from doorstep.channels import Item
from doorstep.facts.clean import clean
from doorstep.mail import Mail, as_bytes, format_datetime, sender_header
from doorstep.rollout import Rollout


def message_id(item: Item, rollout: Rollout) -> str:
    """By which the message is known wherever it goes: our reference at the utility's domain."""
    return f"{item.ref}@{rollout.file.utility.email.partition('@')[2]}"


def email_of(item: Item, rollout: Rollout, now: int) -> bytes:
    """The whole email. Raises Permanent for an address that is none, ValueError for texts that are not the words'."""
    utility, filled = rollout.file.utility, item.skeleton.fill(item.texts)
    name = clean(rollout.in_language(utility.name, item.skeleton.language))
    return as_bytes(Mail(
        sender=sender_header(name, utility.email), to=item.to, subject=filled.subject, text=filled.text, html=filled.html,
        message_id=f"<{message_id(item, rollout)}>", date=format_datetime(datetime.fromtimestamp(now, rollout.zone)),
        language=item.skeleton.language.replace("_", "-"), unsubscribe=item.unsubscribe))
