"""Who is meant by a text or a mail: the customer who was last written to at the address it came from."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, null, select

from doorstep.model import OPEN, Customer, Notice, Visit, table
from doorstep.rollout import Rollout

V, C, N = table(Visit), table(Customer), table(Notice)
SKEW = 300                 # seconds by which a provider's clock may be behind ours
# They answer what the customer wrote; what the customer writes next speaks of the notice before them.
ON_THE_SPOT = ("stop-confirmed", "help-answer")


class People(NamedTuple):
    """Whom an address means, by ids; the notice is the last one handed to it, if any was."""

    rollout: str
    customer_id: int
    visit_id: int | None
    notice_id: int | None


def find_people(connection: Connection, rollouts: Mapping[str, Rollout], *, channel: str, address: str,
                to: str | None = None, at: int) -> People | None:
    """Whoever was last written to by this channel at this address, up to `at`; else whoever it belongs to.

    `to` is where the message arrived: it is looked for among the customers of the rollouts that this is an address of, and
    only where it is nobody's among those of all. An address that several accounts share means the one last written to.
    """
    names = _at(rollouts, to) or sorted(rollouts)
    here = (C.c.rollout.in_(names), _has(channel, address))
    last = connection.execute(
        select(N.c.rollout, N.c.customer_id, N.c.visit_id, N.c.id).join(C, C.c.id == N.c.customer_id)
        .where(*here, N.c.channel == channel, N.c.attempted_at <= at + SKEW, N.c.notice.not_in(ON_THE_SPOT))
        .order_by(N.c.attempted_at.desc(), N.c.id.desc()).limit(1)).first()
    if last is None:
        last = connection.execute(
            select(C.c.rollout, C.c.id, V.c.id, null()).outerjoin(V, V.c.customer_id == C.c.id).where(*here)
            .order_by(case((V.c.status.in_(OPEN), 0), else_=1), V.c.id.desc(), C.c.id.desc()).limit(1)).first()
    return People(*last) if last else None


def same_address(channel: str, one: str | None, other: str | None) -> bool:
    """Whether two spellings are one address."""
    return bool(one and other) and spelled(channel, str(one)) == spelled(channel, str(other))


def spelled(channel: str, address: str) -> str:
    """An address in one spelling: a number as +44..., a mail address in small letters."""
    bare = address.strip()
    if channel == "email":
        return bare.casefold()
    digits = "".join(letter for letter in bare if letter.isdigit())
    return f"+{digits.removeprefix('00')}"


def _has(channel: str, address: str) -> ColumnElement[bool]:
    """Over Customer: whether it is this customer's."""
    if channel == "email":
        return func.lower(C.c.email) == spelled(channel, address)
    return C.c.phone == spelled(channel, address)


def _at(rollouts: Mapping[str, Rollout], to: str | None) -> Sequence[str]:
    """The rollouts that this is an address of."""
    if not to:
        return []
    channel = "email" if "@" in to else "sms"
    return [name for name, rollout in sorted(rollouts.items())
            if same_address(channel, to, rollout.file.utility.email if channel == "email" else rollout.file.utility.sms_number)]
