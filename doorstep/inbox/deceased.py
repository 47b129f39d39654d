"""Someone died: nothing more goes out to them by any channel; whoever lives there now is for a person to find out."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from doorstep.consent import PHONE, Entry, Over, stop_addresses
from doorstep.model import Customer, Journal, Notice, address_on, table
from doorstep.rollout import Rollout
from doorstep.store import Store, in_batches, many

C, N, J = table(Customer), table(Notice), table(Journal)
BATCH = 2000
CHANNELS = ("email", *PHONE, "post")
_NOTE = "INSERT INTO journal (at, rollout, kind, customer_id) VALUES (?,?,'deceased',?)"


def silence(store: Store, rollout: Rollout, notices: Sequence[int], now: int) -> int:
    """Stop everything to the customers of these notices; returns how many. Known already, it changes nothing."""
    return sum(_silence(store, rollout, C.c.id.in_(select(N.c.customer_id).where(N.c.id.in_(part))), now)
               for part in in_batches(notices, BATCH))


def silence_customer(store: Store, rollout: Rollout, customer_id: int, *, now: int) -> bool:
    """The same for one customer, who may not have been told anything yet. False for one that is not this rollout's."""
    return _silence(store, rollout, C.c.id == customer_id, now) > 0


def _silence(store: Store, rollout: Rollout, whom: ColumnElement[bool], now: int) -> int:
    with store.write() as connection:
        people = connection.execute(select(C.c.id, C.c.email, C.c.phone, C.c.address).where(
            C.c.rollout == rollout.name, whom)).all()
        stop_addresses(connection, rollout, [
            Entry(channel, address, "deceased", now) for person in people for channel in CHANNELS
            if (address := address_on(channel, person, person.id))], Over.ANYTHING)
        known = set(connection.execute(select(J.c.customer_id).where(
            J.c.rollout == rollout.name, J.c.kind == "deceased", J.c.customer_id.in_([row.id for row in people]))).scalars())
        many(connection, _NOTE, [(now, rollout.name, row.id) for row in people if row.id not in known])
    return len(people)
