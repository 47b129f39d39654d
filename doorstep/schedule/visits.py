"""Which visit each work order stands in: a household on one day is one visit; visits move, join and split.

A visit goes where its open work orders go. Where only some of them leave, those are split off; where two visits of a
household come to the same day, the one that was there keeps the work orders of both.
"""

from doorstep.schedule.summary import CODES, SUMS, WEIGHT, coded, opening, summed
from doorstep.schedule.tables import EXTRAS, OPEN, Pull


def rearrange(pull: Pull) -> None:
    """Move whole visits, join those that meet, split off what leaves: work orders stand in the right visit afterwards."""
    for statement in (_TOUCHED, _TARGET, _CONCERNED, _BYSTANDERS, _JOINS, _CLAIMS, _WENT):
        pull.run(statement)
    before = _last_visit(pull)
    pull.run(_SPLIT_OFF)
    pull.run(_SPLIT_INTO, before=before)
    pull.run(_CLAIMS_OF_NEW, before=before)
    pull.run("UPDATE workorder SET visit_id = q.to_visit FROM pull_went q WHERE workorder.id = q.order_id")
    pull.run(_TOUCHED_BY_JOINING, before=before)


def place_new_orders(pull: Pull) -> int:
    """Give each new work order a visit: the household's open one of that day, or a new one. How many there were."""
    before = _last_visit(pull)
    if not pull.fresh:
        pull.run(_TOUCHED_BY_NEW)
    for statement in (_PLACE, _CODES, _PAIR, *_OPENINGS[pull.fresh]):
        pull.run(statement)
    return pull.run(_NEW_ORDERS, before=before)


def _last_visit(pull: Pull) -> int:
    return pull.number("SELECT max(id) FROM visit")


_TOUCHED = """
INSERT INTO pull_touched (visit_id)
SELECT DISTINCT visit_id FROM pull_news WHERE kind <> 'same' AND visit_id IS NOT NULL
"""

# A visit stays on its day while an open work order does, or once a meter was fitted or refused there; else it goes to
# the first day that its open work orders have.
_TARGET = f"""
INSERT INTO pull_target (visit_id, customer_id, day, is_open, stays)
SELECT x.id, x.customer_id, CASE WHEN x.anchored = 1 THEN x.day ELSE coalesce(x.next_day, x.day) END,
       CASE WHEN x.anchored = 1 THEN x.open_here WHEN x.next_day IS NULL THEN 0 ELSE 1 END,
       CASE WHEN x.status IN {OPEN} THEN x.open_here ELSE 0 END
FROM (SELECT v.id, v.customer_id, v.day, v.status,
        max(CASE WHEN w.status IN ('completed', 'refused') OR (w.status IN {OPEN} AND w.day = v.day) THEN 1 ELSE 0 END)
          AS anchored,
        max(CASE WHEN w.status IN {OPEN} AND w.day = v.day THEN 1 ELSE 0 END) AS open_here,
        min(CASE WHEN w.status IN {OPEN} THEN w.day END) AS next_day
      FROM pull_touched t JOIN visit v ON v.id = t.visit_id
      JOIN workorder w ON w.visit_id = v.id AND w.customer_id = v.customer_id
      GROUP BY v.id, v.customer_id, v.day, v.status) x
"""

_CONCERNED = """
INSERT INTO pull_concerned (customer_id)
SELECT v.customer_id FROM pull_touched t JOIN visit v ON v.id = t.visit_id
UNION SELECT customer_id FROM pull_news WHERE kind <> 'same'
UNION SELECT k.customer_id FROM pull_rows r JOIN pull_known k ON k.household = r.household WHERE r.order_id IS NULL
"""

# The open visits that nothing was said about; on their day they come first.
_BYSTANDERS = f"""
INSERT INTO pull_target (visit_id, customer_id, day, is_open, stays)
SELECT v.id, v.customer_id, v.day, 1, 2 FROM pull_concerned c JOIN visit v ON v.customer_id = c.customer_id
WHERE v.status IN {OPEN} AND NOT EXISTS (SELECT 1 FROM pull_touched t WHERE t.visit_id = v.id)
"""

_JOINS = """
INSERT INTO pull_joins (visit_id, into_id)
SELECT visit_id, first_id FROM (
  SELECT visit_id, first_value(visit_id) OVER (PARTITION BY customer_id, day ORDER BY stays DESC, visit_id) AS first_id
  FROM pull_target WHERE is_open = 1) ranked
WHERE visit_id <> first_id
"""

_CLAIMS = """
INSERT INTO pull_claims (visit_id, customer_id, day)
SELECT visit_id, customer_id, day FROM pull_target g
WHERE is_open = 1 AND NOT EXISTS (SELECT 1 FROM pull_joins j WHERE j.visit_id = g.visit_id)
"""

_LEAVES = f"(w.customer_id <> v.customer_id OR (w.status IN {OPEN} AND w.day <> g.day))"
_WENT = f"""
INSERT INTO pull_went (order_id, from_visit, to_visit, customer_id, day)
SELECT w.id, v.id, CASE WHEN {_LEAVES} THEN c.visit_id ELSE j.into_id END, w.customer_id, w.day
FROM pull_touched t JOIN visit v ON v.id = t.visit_id JOIN workorder w ON w.visit_id = v.id
LEFT JOIN pull_target g ON g.visit_id = v.id LEFT JOIN pull_joins j ON j.visit_id = v.id
LEFT JOIN pull_claims c ON c.customer_id = w.customer_id AND c.day = w.day
WHERE {_LEAVES} OR j.into_id IS NOT NULL
"""

_SPLIT_OFF = opening(summed(coded(f"""
SELECT q.customer_id, q.day, CASE WHEN v.customer_id = q.customer_id THEN v.id END AS from_visit,
       CASE WHEN v.customer_id = q.customer_id THEN v.attempts ELSE 0 END AS tries, {WEIGHT} AS weight, w.number,
       w.window_start, w.window_end, w.commodity, w.outcome, w.outcome_at, w.new_meter,
       {', '.join(f'coalesce(n.{name}, v.{name}) AS {name}' for name in EXTRAS)}
FROM pull_went q JOIN workorder w ON w.id = q.order_id JOIN visit v ON v.id = q.from_visit
LEFT JOIN pull_news n ON n.order_id = w.id WHERE q.to_visit IS NULL
""", "customer_id", "day", "from_visit", "tries", "number", "new_meter", *EXTRAS)), tries="x.tries")

_SPLIT_INTO = """
UPDATE pull_went SET to_visit = (SELECT v.id FROM visit v WHERE v.customer_id = pull_went.customer_id
                                 AND v.day = pull_went.day AND v.id > :before)
WHERE to_visit IS NULL
"""

_CLAIMS_OF_NEW = f"""
INSERT INTO pull_claims (visit_id, customer_id, day)
SELECT id, customer_id, day FROM visit WHERE id > :before AND status IN {OPEN} ON CONFLICT DO NOTHING
"""

_TOUCHED_BY_JOINING = """
INSERT INTO pull_touched (visit_id)
SELECT DISTINCT to_visit FROM pull_went WHERE to_visit <= :before ON CONFLICT DO NOTHING
"""

_NEW_FROM = "FROM pull_rows r JOIN pull_known k ON k.household = r.household JOIN pull_terms t ON t.id = r.terms"
_TOUCHED_BY_NEW = f"""
INSERT INTO pull_touched (visit_id)
SELECT DISTINCT c.visit_id {_NEW_FROM} JOIN pull_claims c ON c.customer_id = k.customer_id AND c.day = t.day
WHERE r.order_id IS NULL ON CONFLICT DO NOTHING
"""

# Most visits are about one or two work orders, and what two work orders make together is soon worked out for every pair
# of terms there is; to sum up each visit by itself takes three times as long.
_PLACE = f"""
INSERT INTO pull_place (customer_id, day, one, other, n, number, new_meter, other_meter)
SELECT k.customer_id, t.day, min(r.terms), max(r.terms), count(*), min(r.number), min(r.new_meter), max(r.new_meter)
{_NEW_FROM} WHERE r.order_id IS NULL
AND NOT EXISTS (SELECT 1 FROM pull_claims c WHERE c.customer_id = k.customer_id AND c.day = t.day)
GROUP BY k.customer_id, t.day
"""
_CODES = f"""
INSERT INTO pull_codes (weight, rank, outcome_at, id, {', '.join((*EXTRAS, *CODES))})
{coded("SELECT t.* FROM pull_terms t", "id", *EXTRAS)}
"""
_OF_PAIR = ("weight", "best", "first", "last", "tally", "electricity", "gas", "water", "why", "outcome_at")
_PAIR = f"""
INSERT INTO pull_pair (one, other, n, worst, {', '.join((*_OF_PAIR, *EXTRAS))})
SELECT x.one, x.other, x.n, x.worst, {', '.join(f'x.{name}' for name in (*_OF_PAIR, *EXTRAS))}
FROM (SELECT s.one, s.other, max(s.rank) AS worst, {SUMS}, {', '.join(f'max(s.{name}) AS {name}' for name in EXTRAS)}
      FROM (SELECT p.one, p.other, p.n AS pair, '' AS number, CAST(NULL AS TEXT) AS new_meter, c.*
            FROM (SELECT DISTINCT one, other, n FROM pull_place WHERE n <= 2) p JOIN pull_codes c ON c.id = p.one
            UNION ALL
            SELECT p.one, p.other, p.n, '', NULL, c.*
            FROM (SELECT DISTINCT one, other, n FROM pull_place WHERE n = 2) p JOIN pull_codes c ON c.id = p.other) s
      GROUP BY s.one, s.other, s.pair) x
"""
_PAIRED = f"""
SELECT p.customer_id, p.day, CAST(NULL AS INTEGER) AS from_visit, 0 AS tries, '0' || p.number AS reference, p.n,
       p.new_meter, p.other_meter, {', '.join(f'q.{name}' for name in (*_OF_PAIR, *EXTRAS))}
FROM pull_place p JOIN pull_pair q ON q.one = p.one AND q.other = p.other AND q.n = p.n WHERE q.best = q.worst
"""
_OTHERS = """
SELECT p.customer_id, p.day, CAST(NULL AS INTEGER) AS from_visit, 0 AS tries, r.number, r.new_meter, c.*
FROM (SELECT p.customer_id, p.day FROM pull_place p
      WHERE NOT EXISTS (SELECT 1 FROM pull_pair q WHERE q.one = p.one AND q.other = p.other AND q.n = p.n
                        AND q.best = q.worst)) p
JOIN pull_known k ON k.customer_id = p.customer_id JOIN pull_rows r ON r.household = k.household
JOIN pull_codes c ON c.id = r.terms JOIN pull_terms t ON t.id = r.terms AND t.day = p.day
WHERE r.order_id IS NULL
"""

# An order that comes back under another number after an abort must not start its tries at nought.
_TRIES_BEFORE = ("coalesce((SELECT max(p.attempts) FROM visit p WHERE p.customer_id = x.customer_id "
                 "AND p.status = 'aborted'), 0)")
_OPENINGS = {fresh: [opening(_PAIRED, tries=tries) + "ORDER BY x.customer_id, x.day", opening(summed(_OTHERS), tries=tries)]
             for fresh, tries in ((True, "0"), (False, _TRIES_BEFORE))}

_NEW_ORDERS = f"""
INSERT INTO workorder (rollout, number, customer_id, visit_id, commodity, old_meter, new_meter, status, day, window_start,
                       window_end, outcome, outcome_at, stamp, digest, feed_id)
SELECT :rollout, r.number, k.customer_id, coalesce(c.visit_id, v.id), t.commodity, r.old_meter, r.new_meter, t.status,
       t.day, t.window_start, t.window_end, t.outcome,
       CASE WHEN t.weight < 4 THEN coalesce(t.outcome_at, :now) END, r.stamp, r.digest, :feed
{_NEW_FROM} LEFT JOIN pull_claims c ON c.customer_id = k.customer_id AND c.day = t.day
LEFT JOIN visit v ON c.visit_id IS NULL AND v.customer_id = k.customer_id AND v.day = t.day AND v.id > :before
WHERE r.order_id IS NULL ORDER BY r.seq
"""
