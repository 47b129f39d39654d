"""Someone died: nothing more goes out to them by any channel; whoever lives there now is for a person to find out."""

from collections.abc import Sequence

from sqlalchemy import select

from doorstep.model import Customer, Journal, Notice, letter_box, table
from doorstep.rollout import Rollout
from doorstep.store import Store, in_batches, many

C, N, J = table(Customer), table(Notice), table(Journal)
BATCH = 2000
_STOP = """INSERT INTO stop (rollout, channel, address, purpose, reason, at) VALUES (?,?,?,'*','deceased',?)
    ON CONFLICT (rollout, address, channel, purpose) DO UPDATE SET reason=excluded.reason, at=excluded.at, ended_at=NULL"""
_NOTE = "INSERT INTO journal (at, rollout, kind, customer_id) VALUES (?,?,'deceased',?)"


def silence(store: Store, rollout: Rollout, notices: Sequence[int], now: int) -> int:
    """Stop everything to the customers of these notices; returns how many. Known already, it changes nothing."""
    return sum(_silence(store, rollout, part, now) for part in in_batches(notices, BATCH))


def _silence(store: Store, rollout: Rollout, notices: Sequence[int], now: int) -> int:
    with store.write() as connection:
        people = connection.execute(select(C.c.id, C.c.email, C.c.phone, C.c.address).distinct().join(
            N, N.c.customer_id == C.c.id).where(C.c.rollout == rollout.name, N.c.id.in_(notices))).all()
        stops = {(channel, address) for person in people for channel, address in (
            ("email", person.email), ("sms", person.phone), ("voice", person.phone), ("call", person.phone),
            ("post", letter_box(person.id, person.address or ""))) if address}
        many(connection, _STOP, [(rollout.name, channel, address, now) for channel, address in sorted(stops)])
        known = set(connection.execute(select(J.c.customer_id).where(
            J.c.rollout == rollout.name, J.c.kind == "deceased", J.c.customer_id.in_([row.id for row in people]))).scalars())
        many(connection, _NOTE, [(now, rollout.name, row.id) for row in people if row.id not in known])
    return len(people)
