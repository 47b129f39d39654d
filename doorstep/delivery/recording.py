"""Writing down: the attempt before the call, the outcome after it, and every "no" with its reason."""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from doorstep.channels import Item, Outcome
from doorstep.delivery.choosing import No
from doorstep.facts import Case
from doorstep.model import Skeleton as SkeletonRow
from doorstep.store import insert_missing, many
from doorstep.words import Skeleton

LEASE = 3000            # seconds until an attempt without an outcome counts as cut off; longer than one run may send
RETRY = 300             # seconds until a busy channel is tried again

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
    provider: str = ""
    until_at: int = 0

    @property
    def ref(self) -> str:
        """Our reference, given to the provider: opaque, the same for ever."""
        return f"{self.case.notice_id}.{self.number}"

    def item(self, unsubscribe: str = "") -> Item:
        """What the channel gets of it."""
        case = self.case
        lines = (case.name, case.address, case.town, case.postcode) if self.channel == "post" else ()
        return Item(case.notice_id, self.ref, self.to, self.skeleton, self.texts, case.name or "",
                    tuple([line for line in lines if line]), unsubscribe, self.until_at, bool(case.large_print))


def record_noes(connection: Connection, now: int, noes: Sequence[tuple[Case, No]]) -> None:
    """Each "no" with its reason; a hold says when to look again."""
    many(connection, CLOSE, [(no.state, no.why, None if no.state == "held" else now, no.until, case.notice_id)
                             for case, no in noes])


def record_attempts(connection: Connection, now: int, attempts: Sequence[Attempt], rollout: str, notice: str) -> None:
    """The attempts, to be committed before any call."""
    kept = {each.skeleton.digest: each for each in attempts}
    insert_missing(connection, SkeletonRow, [_skeleton_row(each, rollout, notice) for each in kept.values()], ("digest",))
    many(connection, ATTEMPT, [_attempt_row(each, now) for each in attempts])


def _skeleton_row(attempt: Attempt, rollout: str, notice: str) -> dict[str, object]:
    skeleton = attempt.skeleton
    return {"digest": skeleton.digest, "rollout": rollout, "notice": notice, "channel": attempt.channel,
            "language": attempt.language, "slots": orjson.dumps(skeleton.slots).decode(), "body": skeleton.to_bytes()}


def _attempt_row(attempt: Attempt, now: int) -> tuple[object, ...]:
    case = attempt.case
    told = (case.day, case.window_start, case.window_end) if attempt.told else (None, None, None)
    return (attempt.channel, attempt.language, *told, attempt.skeleton.digest, orjson.dumps(attempt.texts).decode(),
            attempt.parts, attempt.number, now, now + LEASE, attempt.provider, case.notice_id)


def record_outcomes(connection: Connection, now: int, rollout: str, attempts: Sequence[Attempt],
                    outcomes: Sequence[Outcome]) -> None:
    """What the channel said of each attempt, and a journal row for each."""
    pairs = list(zip(attempts, outcomes, strict=True))
    many(connection, ACCEPT, [(now, said.provider_id, said.parts, each.case.notice_id, each.number)
                              for each, said in pairs if said.state == "accepted"])
    many(connection, LOST, [(said.code or "no_answer", each.case.notice_id, each.number)
                            for each, said in pairs if said.state == "unknown"])
    many(connection, AGAIN, [_again_row(each, said, now) for each, said in pairs if said.state in ("refused", "throttled")])
    many(connection, JOURNAL, [(now, rollout, said.state, each.case.visit_id, each.case.notice_id, each.case.customer_id,
                                each.ref, said.code) for each, said in pairs])


def _again_row(attempt: Attempt, said: Outcome, now: int) -> tuple[object, ...]:
    """A busy channel is tried again later, a refusing one is not: the next of the ladder is, at once."""
    refused = said.state == "refused"
    tried = f"{attempt.tried} {attempt.channel}".strip() if refused else attempt.tried
    later = now if refused else max(now, said.until) if said.until else now + RETRY
    return (said.code or said.state, later, tried, attempt.case.notice_id, attempt.number)
