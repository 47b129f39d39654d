"""Questions and concerns that wait for a person: whose they are, by when, what was answered, and whether that answered them.

Each change is a row of the journal, whose `ref` is "enquiry N" and whose `data` are codes: `asked` (kind and topic), `answered`,
`closed`, `satisfied` (yes or no), `reopened`. The words stay in the enquiry.
"""

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from doorstep.conversation.due import due_at
from doorstep.errors import UsageError
from doorstep.model import Customer, Enquiry, Journal, table
from doorstep.rollout import Rollout
from doorstep.store import Store

E, C, J = table(Enquiry), table(Customer), table(Journal)
MOST = 5000                # letters that are kept of what was asked
ASKED = ("question", "concern", "complaint")        # what "did this answer you?" is asked about


def open_enquiry(connection: Connection, rollout: Rollout, *, kind: str, topic: str, customer_id: int | None,
                 visit_id: int | None, channel: str, language: str, words: str, now: int) -> int:
    """Something waits for a person from now on: its owner and due time are the rollout's rules. Returns its id."""
    area = connection.execute(select(C.c.area).where(C.c.id == customer_id)).scalar() if customer_id else None
    made = connection.execute(insert(E).values(
        rollout=rollout.name, kind=kind, topic=topic, customer_id=customer_id, visit_id=visit_id, area=area, channel=channel,
        language=language, words=words[:MOST], owner=owner_of(rollout, kind=kind, topic=topic), opened_at=now,
        due_at=due_at(rollout, kind=kind, topic=topic, now=now), state="open")).inserted_primary_key
    assert made
    number = int(made[0])
    _journal(connection, rollout, "asked", number, visit_id, customer_id, f"{kind} {topic}", now)
    return number


def owner_of(rollout: Rollout, *, kind: str, topic: str) -> str:
    """Who answers: whoever the rollout names for the topic, else for the kind, else its owner of everything."""
    rules = rollout.file.conversation
    return rules.owners.get(topic) or rules.owners.get(kind) or rules.owner


def answer(store: Store, rollout: Rollout, enquiry_id: int, *, by: str, answer: str, source: str, now: int) -> bool:
    """A person answered. False where it is no longer open. Raises UsageError for an enquiry that is not there."""
    with store.write() as connection:
        row = _held(connection, rollout, enquiry_id)
        if row.state != "open":
            return False
        _change(connection, row, state="answered", answered_at=now, answered_by=by, answer=answer, source=source or None,
                satisfied=None)
        _note(connection, rollout, row, "answered", row.topic, now)
    return True


def close(store: Store, rollout: Rollout, enquiry_id: int, *, by: str, now: int) -> bool:
    """Nothing more is to be done. False where it was closed before. Raises UsageError for one that is not there."""
    with store.write() as connection:
        row = _held(connection, rollout, enquiry_id)
        if row.state == "closed":
            return False
        # Closed without an answer in writing: it was answered in another way, by whoever closes it.
        _change(connection, row, state="closed", closed_at=now, answered_at=row.answered_at or now,
                answered_by=row.answered_by or by)
        _note(connection, rollout, row, "closed", row.topic, now)
    return True


def reopen(store: Store, rollout: Rollout, enquiry_id: int, *, now: int) -> bool:
    """It waits again, and is due as if it were asked now. False where it is open anyway."""
    with store.write() as connection:
        return _reopen(connection, rollout, _held(connection, rollout, enquiry_id), now)


def satisfied(store: Store, rollout: Rollout, enquiry_id: int, *, yes: bool, now: int) -> bool:
    """What the customer said to "did this answer you?": yes closes it, no has it wait for a person again.

    False where the customer said the same before. Raises UsageError for an enquiry that is not there.
    """
    with store.write() as connection:
        return settle(connection, rollout, enquiry_id, yes=yes, now=now)


def settle(connection: Connection, rollout: Rollout, enquiry_id: int, *, yes: bool, now: int) -> bool:
    """As `satisfied`, within the caller's transaction."""
    row = _held(connection, rollout, enquiry_id)
    if row.satisfied == int(yes):
        return False
    if yes:
        # Our own first answer may have been enough: then nobody else needs to answer.
        _change(connection, row, satisfied=1, state="closed", closed_at=row.closed_at or now, answered_at=row.answered_at or now)
    else:
        _change(connection, row, satisfied=0)
    _note(connection, rollout, row, "satisfied", "yes" if yes else "no", now)
    if not yes:
        _reopen(connection, rollout, row, now)
    return True


def latest_asked(connection: Connection, rollout: Rollout, customer_id: int) -> int | None:
    """The enquiry that a customer's yes or no speaks of, where the notice does not say it."""
    found = select(E.c.id).where(E.c.rollout == rollout.name, E.c.customer_id == customer_id, E.c.kind.in_(ASKED))
    return connection.execute(found.order_by(E.c.id.desc()).limit(1)).scalar()


def _reopen(connection: Connection, rollout: Rollout, row: Row[Any], now: int) -> bool:
    if row.state == "open":
        return False
    _change(connection, row, state="open", closed_at=None, due_at=due_at(rollout, kind=row.kind, topic=row.topic, now=now))
    _note(connection, rollout, row, "reopened", row.topic, now)
    return True


def _held(connection: Connection, rollout: Rollout, enquiry_id: int) -> Row[Any]:
    """The enquiry as it stands, locked until this transaction ends."""
    row = connection.execute(select(E).where(E.c.id == enquiry_id, E.c.rollout == rollout.name).with_for_update()).first()
    if row is None:
        raise UsageError(f"{rollout.name} has no enquiry {enquiry_id}")
    return row


def _change(connection: Connection, row: Row[Any], **values: Any) -> None:
    connection.execute(update(E).where(E.c.id == row.id).values(**values))


def _note(connection: Connection, rollout: Rollout, row: Row[Any], kind: str, data: str, now: int) -> None:
    _journal(connection, rollout, kind, row.id, row.visit_id, row.customer_id, data, now)


def _journal(connection: Connection, rollout: Rollout, kind: str, number: int, visit_id: int | None, customer_id: int | None,
             data: str, now: int) -> None:
    connection.execute(insert(J).values(at=now, rollout=rollout.name, kind=kind, visit_id=visit_id, customer_id=customer_id,
                                        ref=f"enquiry {number}", data=data))
