"""What arrives is kept first, as it came, and known again if it comes twice."""

import zlib
from collections.abc import Sequence
from typing import NamedTuple

from doorstep.store import Store, many

SENDGRID_EVENTS, SENDGRID_INBOUND, SNS, SQS, TWILIO, AFRICASTALKING = (
    "sendgrid-events", "sendgrid-inbound", "sns", "sqs", "twilio", "africastalking")
MOST_UNPACKED = 64 * 1024 * 1024
_KEEP = "INSERT INTO heard (source, ref, at, state, body) VALUES (?,?,?,'new',?) ON CONFLICT (source, ref) DO NOTHING"


class Arrival(NamedTuple):
    """One delivery: who brought it, by what id it is known, and what it is."""

    source: str
    ref: str
    body: bytes


def keep(store: Store, arrivals: Sequence[Arrival], now: int) -> None:
    """Keep what arrived, in one transaction; what is kept already changes nothing. Raises Transient."""
    rows = [(each.source, each.ref, now, zlib.compress(each.body, 1)) for each in arrivals]
    with store.write() as connection:
        # In one order, so that two who bring the same do not wait for each other.
        many(connection, _KEEP, sorted(rows))


def unpacked(body: bytes) -> bytes:
    """A kept body as it came. Raises zlib.error."""
    reader = zlib.decompressobj()
    plain = reader.decompress(bytes(body), MOST_UNPACKED)
    if not reader.eof:
        raise zlib.error("the body is cut short")
    return plain
