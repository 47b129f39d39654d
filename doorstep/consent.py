"""The ledger of stops: which address must not be used on which channel, for which purpose, since when and why.

It is by address, not by customer: whoever shares a phone shares its stop. Everything that stops or starts goes through here.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, select, update

from doorstep.model import Stop, table
from doorstep.rollout import Rollout
from doorstep.store import many

S = table(Stop)
PHONE = ("sms", "voice", "call")
EVERYTHING = "*"
# What the owner of an address can take back by a word. That it is a stranger's, or that someone died, is not theirs to say.
TAKEN_BACK = ("stop", "complaint", "bounce")
_ENTER = """INSERT INTO stop (rollout, channel, address, purpose, reason, at) VALUES (?,?,?,?,?,?)
    ON CONFLICT (rollout, address, channel, purpose) DO UPDATE SET reason=excluded.reason, at=excluded.at, ended_at=NULL
    WHERE """


class Over(StrEnum):
    """Which entry gives way to a new one for the same address, channel and purpose."""

    ANYTHING = "1 = 1"
    ENDED = "stop.ended_at IS NOT NULL"
    # One's own word does not hide that someone died or that the number is a stranger's; said again, it is no news.
    WEAKER = "stop.ended_at IS NOT NULL OR (stop.reason NOT IN ('deceased', 'wrong_person') AND stop.reason <> excluded.reason)"
    # By when it happened, not by when we learned of it: a start that is younger than this stop stays.
    EARLIER = "(stop.ended_at IS NULL AND stop.reason <> 'deceased') OR stop.ended_at <= excluded.at"


class Entry(NamedTuple):
    """Nothing more goes to `address` by `channel` for `purpose` ("*" is all of them) since `at`; `reason` is one of Stop's."""

    channel: str
    address: str
    reason: str
    at: int
    purpose: str = EVERYTHING


def stop_addresses(connection: Connection, rollout: Rollout, entries: Iterable[Entry], over: Over) -> int:
    """Put addresses into the ledger; of one address the latest entry last. Returns how many of them were news."""
    # In one order, so that two who stop the same addresses do not wait for each other.
    ordered = sorted(set(entries), key=lambda entry: (entry.channel, entry.address, entry.purpose, entry.at, entry.reason))
    return many(connection, _ENTER + over, [
        (rollout.name, entry.channel, entry.address, entry.purpose, entry.reason, entry.at) for entry in ordered])


def end_stops(connection: Connection, rollout: Rollout, channel: str, address: str | None, reasons: Sequence[str], *, at: int,
              earlier: bool = False) -> int:
    """End the stops of these reasons on an address; with `earlier` only those from before `at`. Returns how many ended."""
    return connection.execute(update(S).where(
        *_standing(rollout, channel, address), S.c.reason.in_(reasons), *([S.c.at <= at] if earlier else []))
        .values(ended_at=at)).rowcount


def is_stopped(connection: Connection, rollout: Rollout, channel: str, address: str, purpose: str | None = None) -> bool:
    """Whether a stop stands for an address, of one purpose or of any; nobody else ends it before this transaction does."""
    return connection.execute(select(S.c.id).where(
        *_standing(rollout, channel, address), *([S.c.purpose == purpose] if purpose else [])).limit(1)
        .with_for_update()).first() is not None


def _standing(rollout: Rollout, channel: str, address: str | None) -> tuple[ColumnElement[bool], ...]:
    return S.c.rollout == rollout.name, S.c.channel == channel, S.c.address == address, S.c.ended_at.is_(None)
