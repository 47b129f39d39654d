"""What was heard is worked on later, many at a time: news moves notices, words go where conversations are held.

A body stays as it came until it is done. If work breaks off it is done again, and nothing counts twice: news is known by the
teller's own id, words by the message's. What cannot be read fails with a reason and keeps its body; nothing waits for it.
"""

import logging
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select
from sqlalchemy import text as sql_text

from doorstep.conversation.hearing import Said, find_people, hear
from doorstep.errors import Transient
from doorstep.inbox import aws_events, sendgrid_events, sendgrid_inbound, sms_events, sns
from doorstep.inbox.events import Event, record_events
from doorstep.inbox.keeping import AFRICASTALKING, SENDGRID_EVENTS, SENDGRID_INBOUND, SNS, SQS, TWILIO, unpacked
from doorstep.inbox.news import News, Read, Unreadable, Words, json_object
from doorstep.model import Heard, Notice, table
from doorstep.rollout import Rollout
from doorstep.store import Store, in_batches, many

log = logging.getLogger(__name__)
PAGE = 100                 # bodies at a time: each may hold a thousand events
MOST_WAITING = 3 * 86400   # then what waits for something else has failed
LOOKED_UP = 5000           # notices asked for at a time
PATIENCE = 900             # seconds in which a message that news is about may still be written down by its sender
# Word for word the partial index's own condition. Only Africa's Talking has no place for our reference.
BY_PROVIDER_ID = "notice.provider = 'africastalking'"
H, N = table(Heard), table(Notice)
READERS: Mapping[str, Callable[[bytes, int], Read]] = {
    SENDGRID_EVENTS: sendgrid_events.read, SENDGRID_INBOUND: sendgrid_inbound.read, SNS: aws_events.read, SQS: aws_events.read,
    TWILIO: sms_events.read_twilio, AFRICASTALKING: sms_events.read_africastalking}
_END = "UPDATE heard SET state=?, why=?, body=CASE WHEN ?='done' THEN NULL ELSE body END WHERE id=? AND state='new'"
_AGAIN = "UPDATE heard SET state='new', why=NULL WHERE state='failed' AND body IS NOT NULL"


@dataclass(frozen=True)
class Counts:
    """What became of what was heard."""

    bodies: int = 0
    news: int = 0              # that was new to us
    words: int = 0             # messages of customers
    others: int = 0            # not about our notices, or of no meaning here
    failed: int = 0
    waiting: int = 0           # left for the next time

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


class End(NamedTuple):
    """What becomes of one body."""

    state: str                 # done | failed | new: it waits
    why: str | None = None


@dataclass
class _Body:
    """One body at work."""

    id: int
    source: str
    at: int
    read: Read = field(default_factory=lambda: Read([], []))
    end: End = field(default_factory=lambda: End("done"))


def work_heard(store: Store, rollouts: Mapping[str, Rollout], *, now: int, most: int = 10_000) -> Counts:
    """Work on up to `most` of what was heard and is not done, the oldest first. Raises Transient where the database is away."""
    total, last = Counts(), 0
    while total.bodies < most:
        with store.read() as connection:
            rows = connection.execute(select(H.c.id, H.c.source, H.c.at, H.c.body).where(
                H.c.state == "new", H.c.id > last).order_by(H.c.id).limit(min(PAGE, most - total.bodies))).all()
        if not rows:
            break
        total += _page(store, rollouts, rows, now)
        last = rows[-1].id
    return total


def try_again(store: Store) -> int:
    """Let everything that could not be read be worked on again, as after a mended fault of ours; returns how many."""
    with store.write() as connection:
        return int(connection.exec_driver_sql(_AGAIN).rowcount)


def _page(store: Store, rollouts: Mapping[str, Rollout], rows: Sequence[Row[Any]], now: int) -> Counts:
    """A page together; if something in it breaks, each of its bodies by itself, so that only that one fails."""
    try:
        return _work(store, rollouts, rows, now)
    except Transient:
        raise
    except Exception as error:
        if len(rows) > 1:
            return sum((_page(store, rollouts, [row], now) for row in rows), Counts())
        log.error("what was heard cannot be worked on", extra={"heard": rows[0].id, "fault": type(error).__name__})
        body = _Body(rows[0].id, rows[0].source, rows[0].at, end=End("failed", f"a fault of ours: {type(error).__name__}"))
        _put_down(store, [body])
        return Counts(bodies=1, failed=1)


def _work(store: Store, rollouts: Mapping[str, Rollout], rows: Sequence[Row[Any]], now: int) -> Counts:
    bodies = [_read(row) for row in rows]
    by_rollout, others = _sorted(store, rollouts, bodies, now)
    new = sum(record_events(store, rollouts[name], events, now) for name, events in sorted(by_rollout.items()))
    words = sum(_hear(store, rollouts, body, now) for body in bodies if body.end.state == "done")
    for body in bodies:
        if body.end.state == "new" and now - body.at > MOST_WAITING:
            body.end = End("failed", body.end.why)
    _put_down(store, bodies)
    states = [body.end.state for body in bodies]
    return Counts(len(bodies), new, words, others + sum(body.read.others for body in bodies), states.count("failed"),
                  states.count("new"))


def _read(row: Row[Any]) -> _Body:
    body = _Body(row.id, row.source, row.at)
    try:
        raw = unpacked(row.body)
        if row.source == SNS and not _is_news(raw):
            return body
        body.read = READERS[row.source](raw, row.at)
    except Unreadable as error:
        body.end = End("failed", str(error))
    except Transient as error:
        body.end = End("new", error.code)
    except (KeyError, TypeError, zlib.error) as error:
        body.end = End("failed", f"the body has an unknown form ({type(error).__name__})")
    return body


def _is_news(raw: bytes) -> bool:
    """Whether SNS brings a notification; a subscription is confirmed. Raises Transient, Unreadable."""
    said = json_object(raw)
    if said.get("Type") == sns.CONFIRMATION:
        sns.confirm(said)
        return False
    if said.get("Type") == sns.FAREWELL:
        raise Unreadable("somebody ended our subscription to a topic; subscribe anew if it was not you")
    return True


# ---- news ----------------------------------------------------------------------------------------------------


def _sorted(store: Store, rollouts: Mapping[str, Rollout], bodies: Sequence[_Body],
            now: int) -> tuple[dict[str, list[Event]], int]:
    """The news as events by rollout, and how many are about nothing of ours."""
    keys = [[_key(piece) for piece in body.read.news] for body in bodies]
    found = _notices(store, {key for some in keys for key in some})
    events: dict[str, list[Event]] = defaultdict(list)
    others = 0
    for body, some in zip(bodies, keys, strict=True):
        for piece, key in zip(body.read.news, some, strict=True):
            notice, rollout = found.get(key, (0, ""))
            if rollout in rollouts:
                events[rollout].append(Event(piece.kind, notice, piece.at, piece.ref, piece.data, piece.channel, piece.address))
            elif rollout:
                body.end = End("new", f"no rollout {rollout} is configured")
            elif piece.provider_id and now - body.at < PATIENCE:
                body.end = End("new", "its message is not written down yet")
            else:
                others += 1
    return events, others


Key = int | str | None


def _key(piece: News) -> Key:
    return piece.notice_id if piece.about else piece.provider_id


def _notices(store: Store, keys: Collection[Key]) -> dict[Key, tuple[int, str]]:
    """The notice and rollout that each piece of news is about, where there is one."""
    found: dict[Key, tuple[int, str]] = {}
    with store.read() as connection:
        for part in in_batches((key for key in keys if isinstance(key, int)), LOOKED_UP):
            found |= {row.id: (row.id, row.rollout) for row in connection.execute(
                select(N.c.id, N.c.rollout).where(N.c.id.in_(part))).all()}
        for part in in_batches((key for key in keys if isinstance(key, str)), LOOKED_UP):
            found |= {row.provider_id: (row.id, row.rollout) for row in connection.execute(
                select(N.c.id, N.c.rollout, N.c.provider_id).where(sql_text(BY_PROVIDER_ID), N.c.provider_id.in_(part)))}
    return found


# ---- words ---------------------------------------------------------------------------------------------------


def _hear(store: Store, rollouts: Mapping[str, Rollout], body: _Body, now: int) -> int:
    """Hand a customer's words to the conversation; one that nobody can be named for waits for a person all the same."""
    heard = 0
    for words in body.read.words:
        with store.read() as connection:
            name, said = _said(connection, rollouts, words)
        if not name:
            body.end = End("failed", "no rollout has the address it was sent to; set utility.sms_number and utility.email")
            continue
        hear(store, rollouts[name], said, now=now)
        heard += 1
    return heard


def _said(connection: Connection, rollouts: Mapping[str, Rollout], words: Words) -> tuple[str, Said]:
    """Whose words they are. What is not proven to come from an address acts for nobody: a person reads it."""
    people = find_people(connection, rollouts, channel=words.channel, address=words.address, to=words.to or None, at=words.at)
    said = Said(words.ref, words.at, words.channel, words.words, None, None, None, words.address if words.proven else None)
    if people is None:
        return _rollout_of(rollouts, words), said
    name, customer, visit, notice = people
    return name, said._replace(customer_id=customer, visit_id=visit, notice_id=notice) if words.proven else said


def _rollout_of(rollouts: Mapping[str, Rollout], words: Words) -> str:
    """The rollout at whose address it arrived; the only one there is, if there is only one."""
    to = words.to.strip().lstrip("+").casefold()
    ours = [name for name, rollout in sorted(rollouts.items()) if to and to in _addresses(rollout)]
    ours += [name for name, rollout in sorted(rollouts.items()) if "@" in to and f".{to.rpartition('@')[2]}".endswith(
        f".{rollout.file.utility.email.rpartition('@')[2].casefold()}")]
    return ours[0] if ours else next(iter(rollouts)) if len(rollouts) == 1 else ""


def _addresses(rollout: Rollout) -> set[str]:
    said = [rollout.file.utility.sms_number, rollout.file.utility.email]
    said += [str(config.get(key, "")) for config in rollout.file.providers.values() for key in ("sender", "reply_to")]
    return {each.strip().lstrip("+").casefold() for each in said if each.strip()}


def _put_down(store: Store, bodies: Sequence[_Body]) -> None:
    """What became of each body."""
    with store.write() as connection:
        many(connection, _END, [(body.end.state, body.end.why, body.end.state, body.id) for body in bodies])
    for body in bodies:
        if body.end.state == "failed":
            log.warning("what was heard could not be read", extra={"heard": body.id, "source": body.source, "why": body.end.why})
