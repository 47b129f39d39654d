"""A visit's next version: what it is now that its work orders changed, and the version before kept as it stood."""

from doorstep.schedule.summary import SAYS, SUMS, WEIGHT, coded
from doorstep.schedule.tables import EXTRAS, OPEN, Pull

ANOTHER_TRY = 12 * 3600     # an abort so much later than the one known is another try, even if no new date was seen between


def renew(pull: Pull) -> None:
    """Work out again what each touched visit is; keep its old version where that is something else."""
    for statement in (_EXTRA, _STATE, _EMPTIED, _PAST, _TRIES_OF_JOINED, _RENEW):
        pull.run(statement)


_EXTRA = f"""
INSERT INTO pull_extra (visit_id, {', '.join(EXTRAS)})
SELECT visit_id, {', '.join(f'max({name})' for name in EXTRAS)} FROM (
  SELECT w.visit_id, {', '.join(f'n.{name}' for name in EXTRAS)}
  FROM pull_news n JOIN workorder w ON w.id = n.order_id WHERE n.kind <> 'same'
  UNION ALL
  SELECT w.visit_id, {', '.join(f't.{name}' for name in EXTRAS)}
  FROM pull_rows r JOIN pull_terms t ON t.id = r.terms
  JOIN workorder w ON w.rollout = :rollout AND w.number = r.number WHERE r.order_id IS NULL) said
GROUP BY visit_id
"""

_WINDOW_DIFFERS = ("(coalesce(y.window_start, -1) <> coalesce(v.window_start, -1) "
                   "OR coalesce(y.window_end, -1) <> coalesce(v.window_end, -1))")
_TRIED = (f"(y.status = 'aborted' AND (v.status <> 'aborted' OR y.outcome_at >= v.outcome_at + {ANOTHER_TRY}))")
_REOPENED = f"(v.status NOT IN {OPEN} AND (y.status IN {OPEN} OR (v.status = 'aborted' AND {_TRIED})))"
# A visit that this very feed opened has no earlier version.
_CHANGE = f"""
CASE WHEN v.feed_id = :feed THEN NULL
     WHEN y.status <> v.status AND y.status NOT IN {OPEN} THEN y.status
     WHEN {_TRIED} THEN 'aborted'
     WHEN coalesce(g.day, v.day) <> v.day THEN 'moved'
     WHEN {_WINDOW_DIFFERS} THEN 'window'
     WHEN EXISTS (SELECT 1 FROM pull_went q WHERE q.from_visit = v.id) THEN 'split'
     WHEN y.status <> v.status OR coalesce(y.outcome, '') <> coalesce(v.outcome, '')
          OR coalesce(y.outcome_at, 0) <> coalesce(v.outcome_at, 0) THEN 'other' END
"""
_STATE = f"""
INSERT INTO pull_state (visit_id, {', '.join(SAYS)}, day, change, reopened, tried)
SELECT v.id, {', '.join(f'y.{name}' for name in SAYS)}, coalesce(g.day, v.day), {_CHANGE},
       CASE WHEN {_REOPENED} THEN 1 ELSE 0 END, CASE WHEN {_TRIED} THEN 1 ELSE 0 END
FROM (SELECT x.visit_id, {', '.join(f'{said} AS {name}' for name, said in SAYS.items())}
      FROM (SELECT s.visit_id, {SUMS}
            FROM ({coded(f"SELECT w.*, {WEIGHT} AS weight FROM pull_touched t JOIN workorder w ON w.visit_id = t.visit_id",
                         "visit_id", "number", "new_meter")}) s
            GROUP BY s.visit_id) x) y
JOIN visit v ON v.id = y.visit_id LEFT JOIN pull_target g ON g.visit_id = v.id
"""

# A visit without work orders joined another one of the household. If they went to another account instead, the customer
# is no longer the one to visit.
_EMPTIED = f"""
INSERT INTO pull_state (visit_id, day, status, window_start, window_end, reference, meters, commodities, new_meter,
                        outcome, outcome_at, change, reopened, tried, into_id)
SELECT v.id, v.day, CASE WHEN q.into_id IS NULL THEN 'cancelled' ELSE 'merged' END, v.window_start, v.window_end,
       v.reference, v.meters, v.commodities, v.new_meter, CASE WHEN q.into_id IS NULL THEN 'other' ELSE v.outcome END,
       CASE WHEN q.into_id IS NULL THEN :now ELSE v.outcome_at END,
       CASE WHEN q.into_id IS NULL THEN 'cancelled' ELSE 'merged' END, 0, 0, q.into_id
FROM (SELECT q.from_visit, min(CASE WHEN u.customer_id = v.customer_id THEN u.id END) AS into_id
      FROM pull_went q JOIN visit u ON u.id = q.to_visit JOIN visit v ON v.id = q.from_visit GROUP BY q.from_visit) q
JOIN visit v ON v.id = q.from_visit
WHERE NOT EXISTS (SELECT 1 FROM workorder w WHERE w.visit_id = v.id) AND (q.into_id IS NOT NULL OR v.status IN {OPEN})
"""

_KEPT = "version, day, window_start, window_end, status, attempts, outcome, outcome_at, since"
_PAST = f"""
INSERT INTO visitpast (rollout, visit_id, {_KEPT}, until, change, feed_id)
SELECT v.rollout, v.id, {', '.join(f'v.{name}' for name in _KEPT.split(', '))}, :now, s.change, :feed
FROM pull_state s JOIN visit v ON v.id = s.visit_id WHERE s.change IS NOT NULL ORDER BY s.visit_id
"""

_TRIES_OF_JOINED = """
UPDATE visit SET attempts = j.attempts
FROM (SELECT j.into_id, max(v.attempts) AS attempts FROM pull_joins j JOIN visit v ON v.id = j.visit_id
      GROUP BY j.into_id) j
WHERE visit.id = j.into_id AND visit.attempts < j.attempts
"""

_TOLD_DIFFERS = ("(s.day <> visit.day OR coalesce(s.window_start, -1) <> coalesce(visit.window_start, -1) "
                 "OR coalesce(s.window_end, -1) <> coalesce(visit.window_end, -1))")
_RENEW = f"""
UPDATE visit SET day = s.day, {', '.join(f'{name} = s.{name}' for name in SAYS)},
  {', '.join(f'{name} = coalesce(s.{name}_said, visit.{name})' for name in EXTRAS)},
  attempts = visit.attempts + s.tried, round = visit.round + s.reopened,
  reopened_at = CASE WHEN s.reopened = 0 THEN visit.reopened_at WHEN s.status IN {OPEN} THEN :now ELSE s.outcome_at END,
  version = visit.version + CASE WHEN s.change IS NULL THEN 0 ELSE 1 END,
  since = CASE WHEN s.change IS NULL THEN visit.since ELSE :now END,
  changed_at = CASE WHEN {_TOLD_DIFFERS} THEN :now ELSE visit.changed_at END,
  merged_into = s.into_id, feed_id = :feed
FROM (SELECT s.*, {', '.join(f'e.{name} AS {name}_said' for name in EXTRAS)}
      FROM pull_state s LEFT JOIN pull_extra e ON e.visit_id = s.visit_id) s
WHERE visit.id = s.visit_id
"""
