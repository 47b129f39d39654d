"""Several accounts on one phone: the same words go to it once, and stand as told to each of them."""

from collections.abc import Iterable, Mapping, Sequence

import orjson
from sqlalchemy import Connection, func, select

from doorstep.channels import Outcome
from doorstep.delivery.recording import Attempt
from doorstep.model import Customer, Notice, table
from doorstep.plan.audience import TOLD_STATES
from doorstep.rollout import Rollout

N, C = table(Notice), table(Customer)
SPOKEN = ("sms", "voice")          # what reaches a phone, not a person; their words name nobody and no address
LATELY = 86400
OWN_PAGE = "visit.link"            # differs from account to account, and says nothing
Words = tuple[str, str, str, str]


def words_of(attempt: Attempt) -> Words:
    """What makes two messages the same to whoever holds the phone."""
    return attempt.channel, attempt.to, attempt.skeleton.digest, _said(attempt.texts, attempt.skeleton.slots)


def _said(texts: Sequence[str], slots: Sequence[str]) -> str:
    return orjson.dumps([text for text, slot in zip(texts, slots, strict=True) if slot != OWN_PAGE]).decode()


def one_each(attempts: Iterable[Attempt]) -> tuple[list[Attempt], dict[int, list[Attempt]]]:
    """The attempts to hand over, and, by the notice of each, those that the same message tells."""
    first: dict[Words, Attempt] = {}
    others: dict[int, list[Attempt]] = {}
    leading: list[Attempt] = []
    for each in attempts:
        leader = first.setdefault(words_of(each), each) if each.channel in SPOKEN else each
        if leader is each:
            leading.append(each)
        else:
            others.setdefault(leader.case.notice_id, []).append(each)
    return leading, others


def said_already(connection: Connection, rollout: Rollout, attempts: Sequence[Attempt], now: int) -> dict[int, str]:
    """The notices whose words went to the same phone within a day for another account, and that message's id at the provider."""
    phones = {each.to for each in attempts if each.channel in SPOKEN}
    shared = _shared(connection, rollout, phones) if phones else set()
    ours = [each for each in attempts if each.to in shared]
    if not ours:
        return {}
    slots: Mapping[str, Sequence[str]] = {each.skeleton.digest: each.skeleton.slots for each in ours}
    told = connection.execute(select(N.c.channel, C.c.phone, N.c.skeleton, N.c.texts, N.c.provider_id)
                              .join(C, C.c.id == N.c.customer_id).where(
        C.c.rollout == rollout.name, C.c.phone.in_(shared), N.c.channel.in_(SPOKEN), N.c.state.in_(TOLD_STATES),
        N.c.skeleton.in_(list(slots)), N.c.state != "attempting",       # those asked about are being attempted
        N.c.attempted_at > now - LATELY))
    found = {(channel, phone, digest, _said(orjson.loads(texts), slots[digest])): message
             for channel, phone, digest, texts, message in told}
    asked = {each.case.notice_id: words_of(each) for each in ours}
    return {notice: found[words] or "" for notice, words in asked.items() if words in found}


def _shared(connection: Connection, rollout: Rollout, phones: set[str]) -> set[str]:
    return set(connection.execute(select(C.c.phone).where(C.c.rollout == rollout.name, C.c.phone.in_(phones))
                                  .group_by(C.c.phone).having(func.count() > 1)).scalars())


def as_told(outcome: Outcome, followers: Sequence[Attempt]) -> list[Outcome]:
    """The same outcome for those whom the same message tells; it cost nothing more."""
    return [outcome._replace(notice_id=each.case.notice_id, parts=0 if each.parts is not None else None)
            for each in followers]
