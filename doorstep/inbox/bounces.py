"""Why a message came back: for good (hard), for now (soft), or because of us (content), which is never the customer's fault.

A hard bounce ends the address. Soft ones end it when SOFT_IN_A_ROW messages came back softly, one after the other: a mailbox
that is full for months is nobody's. What filters, blocklists and our own words cause counts for nothing against anybody.
"""

import re
from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, or_, select

from doorstep.model import Journal, Notice, table

SOFT_IN_A_ROW = 3
COUNTED = ("email", "sms")         # nobody's number is wrong because they do not pick up
N, J = table(Notice), table(Journal)
_STATUS = re.compile(r"\b([45])\.(\d{1,3})\.(\d{1,3})\b", re.ASCII)
# RFC 3463: 1.7 and 1.8 are the sender's own address, 2.3 and 3.4 a message too large, 6.x its form, 7.x a policy.
_OURS = {("1", "7"), ("1", "8"), ("2", "3"), ("3", "4")}
_FULL = ("2", "2")


def by_status(*said: Any) -> str | None:
    """The class by the first enhanced status code in these texts, as "5.1.1"; None where there is none."""
    for text in said:
        found = _STATUS.search(text) if isinstance(text, str) else None
        if not found or found.groups() in (("5", "0", "0"), ("4", "0", "0")):
            continue
        kind, subject = found[1], (found[2], found[3])
        if subject in _OURS or subject[0] in ("6", "7"):
            return "content"
        if kind == "5" and (subject[0] == "1" or subject == ("2", "1")):
            return "hard"
        return "soft"
    return None


def is_full(*said: Any) -> bool:
    """Whether a text names the status of a mailbox that is full."""
    return any(found[1:] == _FULL for text in said if isinstance(text, str) for found in _STATUS.findall(text))


def too_often(connection: Connection, rollout: str, pairs: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Of these customers and channels, those whose last SOFT_IN_A_ROW messages by that channel all came back softly."""
    asked = {(customer, channel) for customer, channel in pairs if channel in COUNTED}
    if not asked:
        return set()
    told_at = func.coalesce(N.c.bounced_at, N.c.delivered_at)
    softly = select(J.c.notice_id).where(J.c.visit_id == N.c.visit_id, J.c.notice_id == N.c.id, J.c.kind == "bounced",
                                         J.c.data == "soft").correlate(N).exists()
    ends = connection.execute(
        select(N.c.customer_id, N.c.channel, (N.c.bounced_at.is_not(None) & softly).label("soft")).where(
            N.c.rollout == rollout, N.c.customer_id.in_({customer for customer, _ in asked}), N.c.channel.in_(COUNTED),
            or_(N.c.bounced_at.is_not(None), N.c.delivered_at.is_not(None)))
        .order_by(N.c.customer_id, N.c.channel, told_at.desc(), N.c.id.desc())).all()
    found = {key: [bool(end.soft) for end in group] for key, group in groupby(ends, key=lambda end: (end[0], end[1]))}
    return {key for key in asked if _in_a_row(found.get(key, []))}


def _in_a_row(soft: Sequence[bool]) -> bool:
    return len(soft) >= SOFT_IN_A_ROW and all(soft[:SOFT_IN_A_ROW])
