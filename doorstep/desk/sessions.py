"""A login in force: the browser holds the secret, the table its digest; it ends by idleness, by age, or by a person."""

import hmac
import secrets
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from doorstep.model import DeskSession, DeskUser, table
from doorstep.store import Store

S, U = table(DeskSession), table(DeskUser)
IDLE, LONGEST = 30 * 60, 12 * 3600
KEPT = 30 * 86400            # so long an old one stays, for those who look into what happened
_SEEN_EVERY = 60             # seconds: not every page needs to write that someone is still there


def begin(connection: Connection, user_id: int, *, now: int) -> str:
    """Begin a session; returns its secret, which is kept nowhere else."""
    secret = secrets.token_urlsafe(32)
    connection.execute(delete(S).where(S.c.began_at < now - KEPT))
    connection.execute(insert(S).values(digest=_digest(secret), user_id=user_id, began_at=now, seen_at=now))
    return secret


def whose(store: Store, secret: str, *, now: int) -> Any:
    """The user (id, name, role) whose session this is, or None. Being asked keeps it awake."""
    digest = _digest(secret)
    with store.read() as connection:
        row = connection.execute(
            select(U.c.id, U.c.name, U.c.role, S.c.seen_at).join(S, S.c.user_id == U.c.id)
            .where(S.c.digest == digest, S.c.ended_at.is_(None), U.c.ended_at.is_(None),
                   S.c.seen_at > now - IDLE, S.c.began_at > now - LONGEST)).first()
    if row and row.seen_at < now - _SEEN_EVERY:
        with store.write() as connection:
            connection.execute(update(S).where(S.c.digest == digest).values(seen_at=now))
    return row


def end(connection: Connection, secret: str, *, now: int) -> None:
    """End one session."""
    connection.execute(update(S).where(S.c.digest == _digest(secret), S.c.ended_at.is_(None)).values(ended_at=now))


def end_all(connection: Connection, user_id: int, now: int) -> None:
    """End every session of someone."""
    connection.execute(update(S).where(S.c.user_id == user_id, S.c.ended_at.is_(None)).values(ended_at=now))


def form_token(secret: str) -> str:
    """What stands in every form of this session: another site cannot know it, and the secret cannot be told from it."""
    return hmac.digest(secret.encode(), b"doorstep desk form", "sha256").hex()


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
