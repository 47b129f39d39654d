"""What came back becomes journal rows, and moves notices forward by rank, never by order of arrival."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select
from sqlmodel import col

from doorstep.consent import Entry, Over, end_stops, stop_addresses
from doorstep.delivery.falling import fall_back
from doorstep.inbox.bounces import too_often
from doorstep.model import Customer, Journal, Notice, address_on
from doorstep.rollout import Rollout
from doorstep.states import State, move
from doorstep.store import Store, in_batches, many

BATCH = 2000
KINDS = ("accepted", "delivered", "bounced", "complained", "replied", "stopped", "started", "opened", "clicked")
_NEWS = {"accepted": State.ACCEPTED, "delivered": State.DELIVERED, "bounced": State.BOUNCED}
_STOPPED_FOR = {"stopped": "stop", "complained": "complaint", "bounced": "bounce"}
_JOURNAL = "INSERT INTO journal (at, rollout, kind, visit_id, notice_id, customer_id, ref, data) VALUES (?,?,?,?,?,?,?,?)"
_STATE = """UPDATE notice SET state=?, delivered_at=coalesce(delivered_at, ?), bounced_at=coalesce(bounced_at, ?),
    accepted_at=coalesce(accepted_at, ?), lease_until=NULL WHERE id=?"""
# What a start by way of a provider takes back: all but a death.
_STARTED_FROM = ("stop", "complaint", "bounce", "wrong_person")


class Event(NamedTuple):
    """One thing a provider or a customer said about a notice.

    `kind` is one of KINDS, `at` when it happened, `ref` the teller's own id for it (an event counts once),
    `data` a word: for a bounce "hard", "soft" or "content" (never the customer's fault), for a reply what was meant, for an
    opened email "machine" where a mail program opened it by itself.
    """

    kind: str
    notice_id: int
    at: int
    ref: str
    data: str | None = None
    channel: str | None = None         # by which it went, where the teller says so: a notice may have gone by several in turn
    address: str | None = None         # where it went, where the teller says so: the customer may have another one by now


def record_events(store: Store, rollout: Rollout, events: Sequence[Event], now: int) -> int:
    """Append the events not yet known to the journal and move their notices; returns how many were new."""
    return sum(_record(store, rollout, batch, now) for batch in in_batches(events, BATCH))


def _record(store: Store, rollout: Rollout, events: Sequence[Event], now: int) -> int:
    with store.write() as connection:
        # The notices first: on PostgreSQL that locks them, so that of two who bring the same event one sees the other's.
        notices = _notices(connection, {event.notice_id for event in events})
        fresh = _unknown_yet(connection, rollout, events, notices)
        known = [event for event in fresh if event.notice_id in notices]
        many(connection, _JOURNAL, [_journal_row(rollout, event, notices[event.notice_id]) for event in known])
        _move(connection, known, notices)
        _stop_addresses(connection, rollout, known, notices)
        fall_back(connection, rollout, {event.notice_id for event in known if event.kind == "bounced"}, now)
    return len(known)


def _unknown_yet(connection: Connection, rollout: Rollout, events: Sequence[Event],
                 notices: dict[int, Row[Any]]) -> list[Event]:
    seen = set(connection.execute(select(col(Journal.ref)).where(
        col(Journal.visit_id).in_({row.visit_id for row in notices.values()}),         # which has an index
        col(Journal.rollout) == rollout.name, col(Journal.kind).in_(KINDS))).scalars().all())
    fresh: dict[str, Event] = {}
    for event in events:
        if event.ref not in seen:
            fresh.setdefault(event.ref, event)
    return list(fresh.values())


def _notices(connection: Connection, ids: set[int]) -> dict[int, Row[Any]]:
    rows = connection.execute(
        select(col(Notice.id), col(Notice.visit_id), col(Notice.customer_id), col(Notice.state), col(Notice.channel),
               col(Notice.attempt), col(Customer.email), col(Customer.phone), col(Customer.address))
        .join(Customer, col(Customer.id) == col(Notice.customer_id)).where(col(Notice.id).in_(ids))
        .order_by(col(Notice.id)).with_for_update(of=Notice)).all()
    return {row[0]: row for row in rows}


def _journal_row(rollout: Rollout, event: Event, notice: Row[Any]) -> tuple[Any, ...]:
    return (event.at, rollout.name, event.kind, notice.visit_id, event.notice_id, notice.customer_id, event.ref, event.data)


def _move(connection: Connection, events: Sequence[Event], notices: dict[int, Row[Any]]) -> None:
    states = {number: State(row.state) for number, row in notices.items()}
    changes = []
    for event in events:
        news = _NEWS.get(event.kind)
        unborn = states[event.notice_id] is State.HELD and not notices[event.notice_id].attempt       # it never went out
        if news is None or unborn or _is_overtaken(event, notices[event.notice_id]) \
                or move(states[event.notice_id], news) is not news:
            continue
        states[event.notice_id] = news
        delivered, bounced = (event.at if news is state else None for state in (State.DELIVERED, State.BOUNCED))
        changes.append((news.value, delivered, bounced, event.at, event.notice_id))
    many(connection, _STATE, changes)


def _is_overtaken(event: Event, notice: Row[Any]) -> bool:
    """Whether it tells of an earlier channel's attempt: only that it arrived after all matters then."""
    return event.channel not in (None, notice.channel) and event.kind != "delivered"


def _stop_addresses(connection: Connection, rollout: Rollout, events: Sequence[Event],
                    notices: dict[int, Row[Any]]) -> None:
    """A stop, a complaint, a hard bounce or too many soft ones end the address on that channel, whoever else shares it."""
    softly = [event for event in events if event.kind == "bounced" and event.data == "soft"]
    worn = too_often(connection, rollout.name, {_owner(event, notices[event.notice_id]) for event in softly})
    stops, starts = [], []
    for event in events:
        row = notices[event.notice_id]
        ends = event.kind in ("stopped", "complained") or (event.kind == "bounced" and (
            event.data == "hard" or (event.data == "soft" and _owner(event, row) in worn)))
        if not ends and event.kind != "started":
            continue
        channel, address = event.channel or row.channel, _address(row, event)
        if address and ends:
            stops.append(Entry(channel, address, _STOPPED_FOR[event.kind], event.at))
        elif address:
            starts.append((event.at, channel, address))
    stop_addresses(connection, rollout, stops, Over.EARLIER)
    for at, channel, address in sorted(starts):
        # By when it was said, not by when it came: a stop that is younger than this stays.
        end_stops(connection, rollout, channel, address, _STARTED_FROM, at=at, earlier=True)


def _owner(event: Event, notice: Row[Any]) -> tuple[int, str]:
    return notice.customer_id, event.channel or notice.channel or ""


def _address(notice: Row[Any], event: Event) -> str | None:
    """Where it went: as the customer's own address is written, if it is that one."""
    channel = event.channel or notice.channel
    own = address_on(channel, notice, notice.customer_id)
    # Where it never went out there is no address; a letter box is never spelled by a teller.
    if channel in (None, "post") or not event.address or (own and _bare(own) == _bare(event.address)):
        return own
    return event.address


def _bare(address: str) -> str:
    return address.strip().lstrip("+").casefold()
