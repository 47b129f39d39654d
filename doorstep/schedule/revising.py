"""A visit's next version because its customer asked for it: made by the very statements of a pull, without a feed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from doorstep.rollout import Rollout
from doorstep.schedule import tables
from doorstep.schedule.merging import UPDATE_ORDERS
from doorstep.schedule.renewing import renew
from doorstep.schedule.tables import OPEN, Pull, turn
from doorstep.schedule.visits import rearrange
from doorstep.store import Store, lock


@contextmanager
def revising(store: Store, rollout: Rollout, *, now: int) -> Iterator[Pull]:
    """One transaction in which visits may be revised; no pull of the rollout is applied meanwhile.

    Raises Transient where a pull holds the rollout for longer than a customer would wait.
    """
    with store.connect(apart=True) as connection:
        tables.make(connection)
        connection.commit()
        connection.execution_options(doorstep_writes=True)
        try:
            with connection.begin():
                if not store.sqlite:
                    connection.exec_driver_sql("SET LOCAL lock_timeout = '20s'")
                lock(connection, turn(rollout.name))
                yield Pull(connection, rollout, now)
        finally:
            # A connection of its own takes its temporary tables along; a shared one keeps them.
            if not store.sqlite and not connection.invalidated:
                connection.execution_options(doorstep_writes=False)
                tables.clear(connection)
                connection.commit()


def carry_out(pull: Pull, request_id: int) -> int:
    """Make the open work orders of a request's visit what it asks for; the visit that they stand in now.

    Versions that a request made bear its number, below nought, where others name their feed.
    """
    pull = replace(pull, feed_id=-request_id)
    pull.run(_NEWS, request=request_id)
    pull.run(UPDATE_ORDERS)
    rearrange(pull)
    renew(pull)
    return pull.number(_NOW_IN)


_NEWS = f"""
INSERT INTO pull_news (order_id, kind, visit_id, status, day, window_start, window_end, outcome, outcome_at, commodity,
                       old_meter, new_meter, stamp, digest, customer_id)
SELECT w.id, 'moved', w.visit_id, CASE WHEN q.kind = 'move' THEN 'booked' ELSE 'refused' END,
       CASE WHEN q.kind = 'move' THEN q.to_day ELSE w.day END,
       CASE WHEN q.kind = 'move' THEN q.to_start ELSE w.window_start END,
       CASE WHEN q.kind = 'move' THEN q.to_end ELSE w.window_end END,
       CASE WHEN q.kind = 'move' THEN NULL ELSE 'refused' END, CASE WHEN q.kind = 'move' THEN NULL ELSE :now END,
       w.commodity, w.old_meter, w.new_meter, w.stamp, w.digest, w.customer_id
FROM request q JOIN workorder w ON w.visit_id = q.visit_id WHERE q.id = :request AND w.status IN {OPEN}
"""
_NOW_IN = "SELECT max(w.visit_id) FROM pull_news n JOIN workorder w ON w.id = n.order_id"
