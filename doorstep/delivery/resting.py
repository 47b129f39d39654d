"""The circuit breaker: a provider that fails is left alone for a while, longer each time, and then tried with a few."""


from sqlalchemy import Connection, delete, select, update

from doorstep.delivery.lines import Resting
from doorstep.model import Rest, table
from doorstep.rollout import Rollout
from doorstep.store import lock

R = table(Rest)
FIRST, LONGEST = 30, 1800        # seconds of rest after the first failure; doubled with each one more
PROBE = 10                       # messages of the first batch after a rest: it may fail too
MOST_ASKED = 3600                # seconds; no provider's own word keeps us waiting longer


def rests(connection: Connection, rollout: Rollout) -> dict[tuple[str, str], Resting]:
    """Every provider of this rollout that failed when it was last asked, by provider and kind."""
    found = connection.execute(select(R.c.provider, R.c.kind, R.c.failures, R.c.until).where(R.c.rollout == rollout.name))
    return {(row.provider, row.kind): Resting(row.failures, row.until) for row in found}


def in_words(connection: Connection, rollout: Rollout) -> list[str]:
    """Each provider that failed when it was last asked, in a sentence for people."""
    rows = connection.execute(select(R).where(R.c.rollout == rollout.name).order_by(R.c.provider, R.c.kind))
    return [f"{row.provider} ({row.kind}) failed {row.failures} times in a row, last with \"{row.why}\"; it is asked again at "
            f"{rollout.local(row.until)}" for row in rows]


def pause(failures: int) -> int:
    """Seconds of rest after so many failures in a row."""
    return int(min(FIRST * 2 ** (failures - 1), LONGEST))


def failed(connection: Connection, rollout: Rollout, provider: str, kind: str, now: int, why: str,
           until: int | None) -> int:
    """Let the provider rest; until when, the provider's own word where it gave one. Returns the end of the rest."""
    lock(connection, f"rest {rollout.name} {provider} {kind}")      # many senders may find it away at the same moment
    this = (R.c.rollout == rollout.name, R.c.provider == provider, R.c.kind == kind)
    failures = (connection.execute(select(R.c.failures).where(*this)).scalar() or 0) + 1
    end = max(now + 1, min(until, now + MOST_ASKED)) if until is not None else now + pause(failures)
    values = {"failures": failures, "until": end, "why": why, "at": now}
    if not connection.execute(update(R).where(*this).values(**values)).rowcount:
        connection.execute(R.insert().values(rollout=rollout.name, provider=provider, kind=kind, **values))
    return end


def worked(connection: Connection, rollout: Rollout, provider: str, kind: str) -> None:
    """The provider is well again."""
    connection.execute(delete(R).where(R.c.rollout == rollout.name, R.c.provider == provider, R.c.kind == kind))
