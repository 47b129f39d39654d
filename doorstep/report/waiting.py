"""Customers who wait for a person, and what a person must decide or read for them. Counts and ids only."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from doorstep.kpis import Sight
from doorstep.report.concern import Concern, examples, plain
from doorstep.timing import instant, local_day

PATIENCE = 2          # working days in which a scheduler answers a request: it has had two nights for it


def customers_wait(sight: Sight) -> Iterator[Concern]:
    """Everything of the conversation that waits for a person now."""
    yield from (*_overdue(sight), *_rumours(sight), *_unheard(sight), *_requests(sight))


def _overdue(sight: Sight) -> Iterator[Concern]:
    """Cases whose answer was due: by what they are, and whose they are."""
    rows = _found(sight, """SELECT id, kind, owner FROM enquiry WHERE rollout = :rollout AND opened_at <= :now AND due_at <= :now
        AND (answered_at IS NULL OR answered_at > :now) AND (closed_at IS NULL OR closed_at > :now) ORDER BY due_at, id""")
    if rows:
        yield Concern("Customers whose answer is overdue", len(rows),
                      f"Answer them at the desk, the oldest first: {examples('case', [row['id'] for row in rows], len(rows))}.",
                      "doorstep web", tuple(Counter(f"{plain(row['kind'])}, {row['owner']}" for row in rows).most_common()), True)


def _rumours(sight: Sight) -> Iterator[Concern]:
    """Rumours whose answer nobody has approved or dismissed."""
    rows = _found(sight, """SELECT id, topic, area FROM rumour WHERE rollout = :rollout AND found_at <= :now
        AND (decided_at IS NULL OR decided_at > :now) ORDER BY id""")
    if rows:
        yield Concern("Rumours whose answer waits for your approval", len(rows),
                      "Read the drafted notice and approve it in the Prefect UI (deployment approve-rumour), or dismiss it: "
                      f"{examples('rumour', [row['id'] for row in rows], len(rows))}.",
                      "doorstep up", tuple(Counter(f"{plain(row['topic'])}, {row['area']}" for row in rows).most_common()), True)


def _unheard(sight: Sight) -> Iterator[Concern]:
    """Messages of providers and customers that nobody could read: of all rollouts, for nobody knows whose they are."""
    rows = _found(sight, """SELECT id, source FROM heard WHERE state = 'failed' AND at <= :now ORDER BY id""")
    if rows:
        yield Concern("Messages that came in and could not be read", len(rows),
                      "They are kept whole. Once the cause is mended, start the deployment listen with again = true: "
                      f"{examples('message', [row['id'] for row in rows], len(rows))}.",
                      "doorstep up", tuple(Counter(plain(row["source"]).replace("-", " ") for row in rows).most_common()))


def _requests(sight: Sight) -> Iterator[Concern]:
    """Moves and refusals that were handed to the scheduler, and that its schedule has not answered since."""
    rollout = sight.rollout
    since = instant(rollout.calendar.shift(local_day(sight.now, rollout.zone), -PATIENCE), 0, rollout.zone)
    rows = _found(sight, """SELECT q.id, q.visit_id, q.kind FROM request q WHERE q.rollout = :rollout AND q.written_at < :since
        AND q.state IN ('written', 'confirmed', 'overruled') AND (q.settled_at IS NULL OR q.settled_at > :now)
        AND (q.to_day IS NULL OR q.to_day >= :today) ORDER BY q.written_at, q.id""",
                  since=since, today=local_day(sight.now, rollout.zone).isoformat())
    if rows:
        visits = [row["visit_id"] for row in rows]
        yield Concern("What customers asked of the scheduler, unanswered for more than two working days", len(rows),
                      "They were told that it is so. Ask the scheduler whether it has the requests, before an installer comes on "
                      f"the old day: {examples('visit', visits, len(visits))}.",
                      f'doorstep explain {rollout.name} "visit {visits[0]}"',
                      tuple(Counter(plain(row["kind"]) for row in rows).most_common()), True)


def _found(sight: Sight, sql: str, **more: Any) -> list[Any]:
    return list(sight.rows(sql, **more))
