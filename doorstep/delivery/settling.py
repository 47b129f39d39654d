"""Settling what a crash or a silent provider left open: proven by the channel, by an event, or by the notice's own rule."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, tuple_, update
from sqlalchemy import text as sql_text

from doorstep.channels import Channel, Ledger
from doorstep.delivery.lines import Lines
from doorstep.delivery.picking import CUT_OFF, OPEN_SQL, RESENT
from doorstep.delivery.recording import JOURNAL, LEASE, in_turn, ref_of
from doorstep.model import Journal, Notice, table
from doorstep.rollout import Rollout
from doorstep.states import State
from doorstep.store import Store, in_batches, many

UNSETTLED = "unsettled"          # in doubt for good: it may have gone out, and it is no longer so or no longer wanted
GRACE = 900             # seconds in which a provider's event may still settle an unknown
BATCH = 2000
MOST_DOUBTS = 3         # attempts of one notice that may each have arrived
N, J = table(Notice), table(Journal)
# A busy provider that said so took nothing: such attempts, and refused ones, are no doubts.
_NO_DOUBTS = select(func.count()).where(J.c.visit_id == N.c.visit_id, J.c.notice_id == N.c.id,
                                        J.c.kind.in_(["throttled", "refused"])).correlate(N).scalar_subquery()
_TAKEN = """UPDATE notice SET state='accepted', accepted_at=attempted_at, provider_id=?, lease_until=NULL, why=NULL
    WHERE id=? AND attempt=? AND state IN ('attempting','unknown')"""
_NOT_TAKEN = """UPDATE notice SET state='held', why='not_taken', not_before=?, lease_until=NULL
    WHERE id=? AND attempt=? AND state IN ('attempting','unknown')"""


def settle(store: Store, rollout: Rollout, lines: Lines, now: int) -> int:
    """Settle every attempt whose lease is over and every unknown whose grace is; returns how many."""
    proven = sum(_prove(store, rollout, channel, now) for channel in lines if isinstance(channel, Ledger))
    safe = sorted({(channel.provider, channel.kind) for channel in lines if channel.exactly_once})
    with store.write() as connection:
        return proven + _cut_off(connection, rollout, safe, now) + _by_rule(connection, rollout, now)


def _cut_off(connection: Connection, rollout: Rollout, safe: Sequence[tuple[str, str]], now: int) -> int:
    """Attempts cut off by a crash: a file channel may repeat them (the name is the notice), any other may not."""
    over = _free(rollout, N.c.state == State.ATTEMPTING, N.c.lease_until < now)
    again = connection.execute(update(N).where(over, tuple_(N.c.provider, N.c.channel).in_(safe)).values(
        state=State.DUE, not_before=now, why=CUT_OFF, lease_until=None)).rowcount if safe else 0
    # `not_before` is when the doubt was found: the time of grace begins then, however long nobody was there to find it.
    lost = connection.execute(update(N).where(over).values(
        state=State.UNKNOWN, why=CUT_OFF, lease_until=None, not_before=now).returning(
        N.c.id, N.c.attempt, N.c.visit_id, N.c.customer_id)).all()
    many(connection, JOURNAL, [(now, rollout.name, "unknown", row.visit_id, row.id, row.customer_id,
                                ref_of(row.id, row.attempt), CUT_OFF) for row in lost])
    return int(again) + len(lost)


def _free(rollout: Rollout, *tests: ColumnElement[bool]) -> ColumnElement[bool]:
    """The open notices of which this is so, but for those that somebody else holds: he is settling them, by an answer or an
    event. On PostgreSQL, to wait for him could be to wait for ever, for he may want the next one of ours."""
    return N.c.id.in_(select(N.c.id).where(N.c.rollout == rollout.name, sql_text(OPEN_SQL), *tests)
                      .with_for_update(skip_locked=True))


def _by_rule(connection: Connection, rollout: Rollout, now: int) -> int:
    """No event came in the time of grace: the notice's own rule says whether twice is better than never.

    An attempt bears the moment at which its run began, and a run may last as long as a lease: so that the call had its time
    of grace in any case, a lease must be over too.
    """
    again = [row.notice for row in rollout.plan if row.resend]
    return int(connection.execute(update(N).where(_free(
        rollout, N.c.notice.in_(again), N.c.state == State.UNKNOWN, N.c.attempted_at < now - LEASE, N.c.not_before < now - GRACE,
        N.c.until_at > now, N.c.attempt - _NO_DOUBTS < MOST_DOUBTS, N.c.why != UNSETTLED,
        )).values(state=State.HELD, why=RESENT, not_before=now)).rowcount)


class _Bookkeeper(Channel, Ledger, Protocol):
    """A channel that keeps books."""


def _prove(store: Store, rollout: Rollout, keeper: _Bookkeeper, now: int) -> int:
    """Ask a channel that keeps books: what it took is accepted, what it did not is due again."""
    with store.read() as connection:
        open_ones = connection.execute(select(N.c.id, N.c.attempt, N.c.visit_id, N.c.customer_id).where(
            N.c.rollout == rollout.name, sql_text(OPEN_SQL), N.c.provider == keeper.provider, N.c.channel == keeper.kind,
            (N.c.state == State.UNKNOWN) | and_(N.c.state == State.ATTEMPTING, N.c.lease_until < now))).all()
    return sum(_record(store, rollout, part, keeper.look_up([ref_of(row.id, row.attempt) for row in part]), now)
               for part in in_batches(open_ones, BATCH))


def _record(store: Store, rollout: Rollout, rows: Sequence[Row[Any]], taken: Mapping[str, str], now: int) -> int:
    found = [(row, taken.get(ref_of(row.id, row.attempt))) for row in rows]
    with store.write() as connection:
        in_turn(connection, [row.id for row in rows])
        many(connection, _TAKEN, [(proof, row.id, row.attempt) for row, proof in found if proof])
        many(connection, _NOT_TAKEN, [(now, row.id, row.attempt) for row, proof in found if not proof])
        many(connection, JOURNAL, [(now, rollout.name, "accepted", row.visit_id, row.id, row.customer_id,
                                    ref_of(row.id, row.attempt), "proven") for row, proof in found if proof])
    return len(rows)
