"""Queues of Amazon SQS: read until they are empty; a message is deleted only when it is kept here."""

import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError

from doorstep.errors import Transient
from doorstep.inbox.keeping import SQS, Arrival, keep
from doorstep.inbox.sns import region_client
from doorstep.store import Store

AT_ONCE = 10               # messages that one request brings, SQS's own most
_HOST = re.compile(r"https?://(?:sqs\.|queue\.)?([a-z]{2}(?:-[a-z]+)+-[0-9])\.").match


def read_queue(store: Store, url: str, *, now: Callable[[], int], wait: int = 20, most: int = 20_000) -> int:
    """Keep what is in a queue until it is empty for `wait` seconds (20 at most), or `most` came; returns how many came.

    Raises Transient where Amazon or the database is away: what was not kept stays in the queue and comes again."""
    region = _HOST(url)
    amazon = region_client("sqs", region[1] if region else "")
    came = 0
    while came < most:
        said = _ask(amazon.receive_message, QueueUrl=url, MaxNumberOfMessages=AT_ONCE, WaitTimeSeconds=wait)
        messages = said.get("Messages", [])
        if not messages:
            break
        keep(store, [_arrival(message) for message in messages], now())
        _delete(amazon, url, messages)
        came += len(messages)
    return came


def queues_of(said: str) -> list[str]:
    """The queues of DOORSTEP_SQS_QUEUES."""
    return [each.strip() for each in said.split(",") if each.strip()]


def _arrival(message: dict[str, Any]) -> Arrival:
    """A message, known by SNS's own id where SNS brought it: SQS may have been given the same one twice."""
    body = str(message.get("Body", "")).encode("utf-8", "replace")
    return Arrival(SQS, _envelope_id(body) or str(message.get("MessageId") or sha256(body).hexdigest()), body)


def _envelope_id(body: bytes) -> str:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    known = said.get("MessageId") if isinstance(said, dict) and "TopicArn" in said else None
    return known if isinstance(known, str) and re.fullmatch(r"[A-Za-z0-9-]{1,100}", known) else ""


def _delete(amazon: Any, url: str, messages: Sequence[dict[str, Any]]) -> None:
    """Those that are not deleted come again, and are known then."""
    _ask(amazon.delete_message_batch, QueueUrl=url, Entries=[
        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]} for number, message in enumerate(messages)])


def _ask(call: Callable[..., dict[str, Any]], **said: Any) -> dict[str, Any]:
    try:
        return call(**said)
    except ClientError as error:
        word = error.response.get("Error", {}).get("Code", "")
        raise Transient(f"a queue of DOORSTEP_SQS_QUEUES cannot be read ({word})", code="auth") from None
    except BotoCoreError as error:
        raise Transient(f"Amazon SQS cannot be reached ({type(error).__name__})", code="away") from None
