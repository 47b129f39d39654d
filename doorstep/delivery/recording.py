"""Writing down: the attempt before the call, the outcome after it, and every "no" with its reason."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, func, select

from doorstep.channels import Channel, Item, Outcome
from doorstep.delivery.choosing import No
from doorstep.delivery.picking import CUT_OFF
from doorstep.facts import Case
from doorstep.model import Notice, Visit, table
from doorstep.model import Skeleton as SkeletonRow
from doorstep.store import insert_missing, many
from doorstep.words import Skeleton

LEASE = 3000            # seconds until an attempt without an outcome counts as cut off; longer than one run may send
RETRY = 300             # seconds until a busy channel is tried again
AHEAD = 86400           # seconds by which the books may be ahead of a clock that was set back, or of a long run's start
N, V = table(Notice), table(Visit)

# A lease may be over while its sender still waits for the answer: the answer then settles the unknown it has become.
ATTEMPT = """UPDATE notice SET state='attempting', channel=?, language=?, told_day=?, told_start=?, told_end=?, skeleton=?,
    texts=?, parts=?, attempt=?, attempted_at=?, lease_until=?, provider=?, provider_id=NULL, why=NULL
    WHERE id=? AND state IN ('due','held')"""
CLOSE = "UPDATE notice SET state=?, why=?, closed_at=?, not_before=coalesce(?, not_before) WHERE id=? AND state IN ('due','held')"
ACCEPT = """UPDATE notice SET state='accepted', accepted_at=?, provider_id=?, parts=coalesce(?, parts),
    lease_until=NULL, why=NULL WHERE id=? AND attempt=? AND state IN ('attempting','unknown')"""
LOST = """UPDATE notice SET state='unknown', why=?, lease_until=NULL
    WHERE id=? AND attempt=? AND state IN ('attempting','unknown')"""
AGAIN = """UPDATE notice SET state='held', why=?, not_before=?, tried=?, lease_until=NULL
    WHERE id=? AND attempt=? AND state IN ('attempting','unknown')"""
JOURNAL = "INSERT INTO journal (at, rollout, kind, visit_id, notice_id, customer_id, ref, data) VALUES (?,?,?,?,?,?,?,?)"


class Attempt(NamedTuple):
    """One message that is about to be handed over."""

    case: Case
    number: int                      # 1 for the first attempt
    channel: str
    to: str
    language: str
    skeleton: Skeleton
    texts: list[str]
    parts: int | None
    told: bool                       # whether it states the date
    tried: str
    until_at: int = 0
    doubt: str = ""                  # why an earlier attempt of it may have arrived

    @property
    def ref(self) -> str:
        """Our reference, given to the provider: opaque, the same for ever."""
        return ref_of(self.case.notice_id, self.number)

    def item(self, unsubscribe: str = "") -> Item:
        """What the channel gets of it."""
        case = self.case
        lines = (case.name, case.address, case.town, case.postcode) if self.channel == "post" else ()
        return Item(case.notice_id, self.ref, self.to, self.skeleton, self.texts, case.name or "",
                    tuple([line for line in lines if line]), unsubscribe, self.until_at, bool(case.large_print))


def ref_of(notice: int, attempt: int) -> str:
    """Our reference of an attempt."""
    return f"{notice}.{attempt}"


def record_noes(connection: Connection, now: int, noes: Sequence[tuple[Case, No]]) -> None:
    """Each "no" with its reason; a hold says when to look again."""
    many(connection, CLOSE, [(no.state, no.why, None if no.state == "held" else now, no.until, case.notice_id)
                             for case, no in noes])


def said_moments(connection: Connection, attempts: Sequence[Attempt], now: int) -> dict[int, int]:
    """By notice, when a message counts as said, where that is not `now`: never before its visit became what it says, nor
    before the last word to its customer. Else a clock set back, or a run that began long ago, would put it before words that
    it corrects, and the date that the customer really heard last would not be taken for the last one."""
    if not attempts:
        return {}
    visits, customers = ({getattr(each.case, name) for each in attempts} for name in ("visit_id", "customer_id"))
    since = dict(connection.execute(select(V.c.id, V.c.since).where(
        V.c.id.in_(visits), V.c.since > now, V.c.since < now + AHEAD)).tuples().all())
    last = dict(connection.execute(select(N.c.customer_id, func.max(N.c.attempted_at)).where(
        N.c.customer_id.in_(customers), N.c.attempted_at > now, N.c.attempted_at < now + AHEAD)
        .group_by(N.c.customer_id)).tuples().all())
    return {each.case.notice_id: max(now, since.get(each.case.visit_id, 0), last.get(each.case.customer_id, 0))
            for each in attempts}


def record_attempts(connection: Connection, now: int, loads: Sequence[tuple[Channel, Sequence[Attempt]]],
                    said_at: Mapping[int, int]) -> None:
    """What each channel is about to be given, to be committed before any call; `said_at` as `said_moments` gives it."""
    skeletons = {each.skeleton.digest: each.skeleton for _, load in loads for each in load}
    insert_missing(connection, SkeletonRow, list(map(_skeleton_row, skeletons.values())), ("digest",))
    many(connection, ATTEMPT, [_attempt_row(each, now, channel.provider, said_at.get(each.case.notice_id, now))
                               for channel, load in loads for each in load])


@lru_cache(maxsize=512)       # to pack one takes as long as to prepare fifty messages, and most batches speak the same few
def _skeleton_row(skeleton: Skeleton) -> dict[str, object]:
    return {"digest": skeleton.digest, "rollout": skeleton.rollout, "notice": skeleton.notice, "channel": skeleton.channel,
            "language": skeleton.language, "slots": orjson.dumps(skeleton.slots).decode(), "body": skeleton.to_bytes()}


def _attempt_row(attempt: Attempt, now: int, provider: str, said_at: int) -> tuple[object, ...]:
    case = attempt.case
    told = (case.day, case.window_start, case.window_end) if attempt.told else (None, None, None)
    return (attempt.channel, attempt.language, *told, attempt.skeleton.digest, orjson.dumps(attempt.texts).decode(),
            attempt.parts, attempt.number, said_at, now + LEASE, provider, case.notice_id)


def record_outcomes(connection: Connection, now: int, rollout: str, attempts: Sequence[Attempt],
                    outcomes: Sequence[Outcome]) -> None:
    """What the channel said of each attempt, and a journal row for each."""
    in_turn(connection, [each.case.notice_id for each in attempts])
    pairs = list(zip(attempts, outcomes, strict=True))
    many(connection, ACCEPT, [(now, said.provider_id, said.parts, each.case.notice_id, each.number)
                              for each, said in pairs if said.state == "accepted"])
    many(connection, LOST, [(said.code or "no_answer", each.case.notice_id, each.number)
                            for each, said in pairs if said.state == "unknown"])
    many(connection, AGAIN, [_again_row(each, said, now) for each, said in pairs if said.state in ("refused", "throttled")])
    many(connection, JOURNAL, [(now, rollout, said.state, each.case.visit_id, each.case.notice_id, each.case.customer_id,
                                each.ref, said.code) for each, said in pairs])


def in_turn(connection: Connection, notices: Sequence[int]) -> None:
    """Lock these notices in one order, before they change: an event may bring news of the same ones at this moment, and on
    PostgreSQL two who go through them in different orders wait for each other. SQLite lets one writer in at a time anyway."""
    if notices and connection.dialect.name == "postgresql":
        connection.execute(select(N.c.id).where(N.c.id.in_(notices)).order_by(N.c.id).with_for_update())


def _again_row(attempt: Attempt, said: Outcome, now: int) -> tuple[object, ...]:
    """A busy channel is tried again later, a refusing one is not: the next of the ladder is, at once."""
    refused = said.state == "refused"
    tried = f"{attempt.tried} {attempt.channel}".strip() if refused else attempt.tried
    later = now if refused else max(now, said.until) if said.until else now + RETRY
    # That this attempt came to nothing says nothing about the one before. A file that is refused was not written before, either.
    doubt = "" if refused and attempt.doubt == CUT_OFF else attempt.doubt
    return (doubt or said.code or said.state, later, tried, attempt.case.notice_id, attempt.number)
