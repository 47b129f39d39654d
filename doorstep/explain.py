"""The story of one work order, visit, account or notice: what stood, what was said in which words, what came back."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, or_, select
from sqlmodel import col

from doorstep.errors import UsageError
from doorstep.model import Customer, Feed, Journal, Notice, Refused, Skeleton, Visit, VisitPast, WorkOrder
from doorstep.rollout import Rollout
from doorstep.store import Store
from doorstep.words import Message
from doorstep.words import Skeleton as Words

_WHY = {
    "too_late": "its usefulness had ended", "quiet_hours": "quiet hours",
    "frequency_cap": "the customer has had enough this week",
    "stopped": "the customer stopped this channel", "unreachable": "no channel reaches the customer",
    "quiet_past_use": "the quiet hours would have ended too late", "post_too_slow": "a letter would have come too late",
    "visit_changed": "the visit has changed since", "other_copy_carries_it": "another channel carries it",
    "no_words": "no words in any language of the chain", "cut_off": "the hand-over was cut off",
}


@dataclass(frozen=True)
class Line:
    """One thing that happened, or stands."""

    at: int
    what: str
    words: str = ""


@dataclass
class Story:
    """Everything known about the visits of one household."""

    title: str
    lines: list[Line] = field(default_factory=list)

    def as_json(self, rollout: Rollout) -> dict[str, Any]:
        """The JSON of `doorstep explain`."""
        return {"title": self.title, "story": [
            {"at": rollout.local(line.at), "what": line.what, "words": line.words} for line in self.lines]}


def explain(store: Store, rollout: Rollout, key: str) -> Story:
    """The story of `key`: a work order, an account, "visit 12" or "notice 34". Raises UsageError if none is known."""
    with store.read() as connection:
        visits = connection.execute(select(Visit).where(col(Visit.rollout) == rollout.name, _meant(rollout, key))
                                    .order_by(col(Visit.id))).all()
        refused = connection.execute(select(Refused).where(
            col(Refused.rollout) == rollout.name, col(Refused.work_order) == key)).all()
        if not visits and not refused:
            raise UsageError(f'"{key}" is no work order, account, "visit N" or "notice N" of {rollout.name}')
        story = Story(f"{rollout.name}: {key}")
        for row in refused:
            story.lines.append(Line(0, f"row refused, line {row.line}: {row.reason} ({row.detail})"))
        for visit in visits:
            story.lines += [*_stood(connection, visit), *_said(connection, rollout, visit), *_heard(connection, visit)]
    story.lines.sort(key=lambda line: line.at)
    return story


def message_of(connection: Connection, notice: Any) -> Message | None:
    """A notice's message exactly as it was handed over, from its skeleton and texts; None if it never was."""
    if notice.skeleton is None:
        return None
    body = connection.execute(select(col(Skeleton.body)).where(col(Skeleton.digest) == notice.skeleton)).scalar_one()
    return Words.from_bytes(body).fill(orjson.loads(notice.texts))


def _meant(rollout: Rollout, key: str) -> ColumnElement[bool]:
    kind, _, number = key.partition(" ")
    if kind == "visit" and number.isdigit():
        return col(Visit.id) == int(number)
    if kind == "notice" and number.isdigit():
        return col(Visit.id).in_(select(col(Notice.visit_id)).where(col(Notice.id) == int(number)))
    orders = select(col(WorkOrder.visit_id)).where(col(WorkOrder.rollout) == rollout.name, col(WorkOrder.number) == key)
    accounts = select(col(Customer.id)).where(col(Customer.rollout) == rollout.name, col(Customer.account) == key)
    return or_(col(Visit.id).in_(orders), col(Visit.customer_id).in_(accounts))


def _stood(connection: Connection, visit: Row[Any]) -> Iterator[Line]:
    """The visit's versions."""
    feeds = {row.id: row.file for row in connection.execute(select(col(Feed.id), col(Feed.file)))}
    past = connection.execute(select(VisitPast).where(col(VisitPast.visit_id) == visit.id).order_by(
        col(VisitPast.version))).all()
    for row in past:
        yield Line(row.since, f"visit {visit.id} version {row.version}: {_slot(row)}, {row.status}"
                              f" (until {_teller(feeds, row.feed_id)}: {row.change})")
    tail = f", {visit.outcome}" if visit.outcome else ""
    yield Line(visit.since, f"visit {visit.id} version {visit.version}: {_slot(visit)}, {visit.status}{tail}; stands now "
                            f"({_teller(feeds, visit.feed_id)})")


def _teller(feeds: dict[int, str], feed_id: int) -> str:
    """Who said so: a feed's file, or a customer by a request, whose number stands there negative."""
    return f"the customer's request {-feed_id}" if feed_id < 0 else f"the feed {feeds.get(feed_id)}"


def _slot(row: Any) -> str:
    if row.window_start is None:
        return f"{row.day} at any time"
    start, end = (f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in (row.window_start, row.window_end))
    return f"{row.day} {start}-{end}"


def _said(connection: Connection, rollout: Rollout, visit: Row[Any]) -> Iterator[Line]:
    """Each notice with its words, or why it was not sent."""
    rows = connection.execute(select(Notice).where(col(Notice.visit_id) == visit.id).order_by(col(Notice.id))).all()
    for row in rows:
        message = message_of(connection, row)
        said = "\n".join(part for part in (message.subject, message.text) if part) if message else ""
        yield Line(row.attempted_at or row.closed_at or row.created_at, _notice(rollout, row), said)


def _notice(rollout: Rollout, row: Any) -> str:
    name = f"notice {row.id} {row.notice} ({row.purpose}, {row.occasion})"
    why = f": {_WHY.get(row.why, row.why)}" if row.why else ""
    if row.channel is None or row.state in ("void", "missed", "failed", "held", "due"):
        return f"{name} {row.state}{why}; due {rollout.local(row.due_at)}, useful until {rollout.local(row.until_at)}"
    parts = f", {row.parts} parts" if row.parts else ""
    return f"{name} {row.state} by {row.channel} in {row.language}{parts}{why}"


def _heard(connection: Connection, visit: Row[Any]) -> Iterator[Line]:
    """What came back, from the journal."""
    rows = connection.execute(select(Journal).where(col(Journal.visit_id) == visit.id).order_by(col(Journal.id))).all()
    for row in rows:
        about = f"notice {row.notice_id} " if row.notice_id else ""
        yield Line(row.at, f"{about}{row.kind}" + (f": {row.data}" if row.data else ""))
