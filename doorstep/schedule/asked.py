"""What customers asked for stands until the schedule has heard of it: a feed that repeats the old date is no news.

A row of a work order with a request is one of four: it says what was so before (then the request goes on standing), what was
asked for (the request is confirmed), that the visit was made as asked, or something else, which is so from then on.
"""

from doorstep.schedule.tables import OPEN, Pull


def uphold(pull: Pull) -> None:
    """Let the staged rows say what their customers asked for. Again under the pull's lock: requests come in meanwhile."""
    if pull.number("SELECT count(*) FROM pull_asked"):
        pull.run(_TAKE_BACK)
        pull.run("DELETE FROM pull_asked")
    if pull.number(_ANY):
        pull.run(_ASKED, base=pull.number("SELECT max(id) FROM pull_terms"))
        pull.run(_TERMS)
        pull.run(_POINT)


def settle_requests(pull: Pull) -> None:
    """Note which requests the feed confirms, and which it overrules; the journal too."""
    if pull.number(_ANY):
        for statement in (_SETTLE, _SETTLE_ABSENT, _JOURNAL, _STATES):
            pull.run(statement)


def free_places(pull: Pull) -> None:
    """Give back the booked places of visits that the feed moved elsewhere or called off."""
    if pull.number("SELECT count(*) FROM (SELECT 1 FROM slothold WHERE state = 'booked' LIMIT 1) one"):
        for statement in (_FREED, _RELEASE, _COUNT_DOWN):
            pull.run(statement)


_STANDING = "q.rollout = :rollout AND q.state IN ('open', 'written', 'confirmed', 'overruled')"
_ANY = f"""
SELECT count(*) FROM (SELECT 1 FROM request q JOIN requestorder o ON o.request_id = q.id
                      WHERE {_STANDING} AND coalesce(o.settled, 'confirmed') = 'confirmed' LIMIT 1) one
"""
_TAKE_BACK = "UPDATE pull_rows SET terms = a.terms FROM pull_asked a WHERE pull_rows.seq = a.seq"

_WINDOW = "coalesce({0}.window_start, -1) = coalesce({1}, -1) AND coalesce({0}.window_end, -1) = coalesce({2}, -1)"
_AS_BEFORE = f"""
max(CASE WHEN o.settled IS NULL AND t.day = o.day AND {_WINDOW.format('t', 'o.window_start', 'o.window_end')}
          AND (t.status = o.status OR (o.status IS NULL AND t.status IN ('planned', 'booked'))) THEN 1 ELSE 0 END)
"""
# A feed that says the day and no window does not speak against the window that was chosen.
_AS_CHOSEN = f"""
t.status IN ('planned', 'booked') AND t.day = q.to_day
AND ((t.window_start IS NULL AND t.window_end IS NULL) OR ({_WINDOW.format('t', 'q.to_start', 'q.to_end')}))
"""
# A customer's no stands against plans, on whatever day; that somebody is on the way or was there is a fact, and lands.
_SAYS = f"""
CASE WHEN {_AS_BEFORE} = 1 THEN 'before'
     WHEN q.kind = 'refuse' THEN
       CASE WHEN t.status IN ('cancelled', 'refused') THEN 'so'
            WHEN o.settled IS NULL AND t.status IN ('planned', 'booked', 'aborted') THEN 'before' ELSE 'otherwise' END
     WHEN {_AS_CHOSEN} THEN 'so'
     WHEN t.day = q.to_day AND t.status IN ('en_route', 'completed', 'aborted') THEN 'made' ELSE 'otherwise' END
"""
# From the few requests, the last about each work order, to the many rows. One that was confirmed is looked at while the work
# order is as it was asked for: a date that a customer chose is a booking, whatever the feed calls it.
_ASKED = f"""
INSERT INTO pull_asked (seq, request_id, order_id, terms, says, target)
SELECT seq, request_id, order_id, terms, says,
       CASE WHEN says IN ('before', 'so') THEN :base + row_number() OVER (ORDER BY seq) END
FROM (SELECT r.seq, q.id AS request_id, w.id AS order_id, r.terms, {_SAYS} AS says
      FROM request q JOIN requestorder o ON o.request_id = q.id JOIN workorder w ON w.id = o.order_id
      JOIN pull_rows r ON r.number = w.number JOIN pull_terms t ON t.id = r.terms
      WHERE {_STANDING} AND r.order_id = w.id AND r.household IS NOT NULL
        AND q.id = (SELECT max(l.request_id) FROM requestorder l WHERE l.order_id = w.id)
        AND (o.settled IS NULL OR (o.settled = 'confirmed' AND (
             (q.kind = 'move' AND w.status = 'booked' AND w.day = q.to_day) OR (q.kind = 'refuse' AND w.status = 'refused'))))
      GROUP BY r.seq, q.id, q.kind, q.to_day, q.to_start, q.to_end, w.id, r.terms, t.day, t.status, t.window_start,
               t.window_end, o.settled) said
"""
_SAME = ("commodity", "wave", "contractor", "presence_required", "power_off_minutes", "duration_minutes")
_TERMS = f"""
INSERT INTO pull_terms (id, day, window_start, window_end, status, said, weight, outcome, outcome_at, {', '.join(_SAME)})
SELECT a.target, w.day, w.window_start, w.window_end, w.status, w.status, CASE WHEN w.status = 'refused' THEN 3 ELSE 5 END,
       w.outcome, w.outcome_at, {', '.join(f't.{name}' for name in _SAME)}
FROM pull_asked a JOIN pull_terms t ON t.id = a.terms JOIN workorder w ON w.id = a.order_id WHERE a.target IS NOT NULL
"""
_POINT = "UPDATE pull_rows SET terms = a.target FROM pull_asked a WHERE pull_rows.seq = a.seq AND a.target IS NOT NULL"

_SETTLE = """
UPDATE requestorder SET settled = CASE WHEN a.says = 'otherwise' THEN 'overruled' ELSE 'confirmed' END
FROM pull_asked a
WHERE a.says <> 'before' AND requestorder.request_id = a.request_id AND requestorder.order_id = a.order_id
  AND requestorder.settled IS NULL
"""
_SETTLE_ABSENT = """
UPDATE requestorder SET settled = 'overruled'
WHERE settled IS NULL AND order_id IN (SELECT order_id FROM pull_absent)
"""
# Work orders that left the household's visit for another one are asked about one by one, the request as a whole.
_DECIDED = """
SELECT q.id, CASE WHEN sum(CASE WHEN o.settled = 'overruled' THEN 1 ELSE 0 END) > 0 THEN 'overruled' ELSE 'confirmed' END AS state
FROM request q JOIN requestorder o ON o.request_id = q.id
WHERE q.rollout = :rollout AND q.state IN ('open', 'written')
GROUP BY q.id
HAVING sum(CASE WHEN o.settled = 'overruled' THEN 1 ELSE 0 END) > 0 OR sum(CASE WHEN o.settled IS NULL THEN 1 ELSE 0 END) = 0
"""
_JOURNAL = f"""
INSERT INTO journal (at, rollout, kind, visit_id, customer_id, ref)
SELECT :now, q.rollout, 'request-' || d.state, q.visit_id, q.customer_id, 'request:' || CAST(q.id AS TEXT)
FROM request q JOIN ({_DECIDED}) d ON d.id = q.id ORDER BY q.id
"""
_STATES = f"""
UPDATE request SET state = d.state, settled_at = :now FROM ({_DECIDED}) d WHERE request.id = d.id
"""

_STILL_THERE = f"""
EXISTS (SELECT 1 FROM visit v JOIN calendarslot c ON c.id = h.slot_id WHERE v.id = h.visit_id
        AND (v.status IN ('completed', 'aborted') OR (v.status IN {OPEN} AND v.day = c.day
             AND coalesce(v.window_start, 0) <= c.window_start AND coalesce(v.window_end, 1440) >= c.window_end)))
"""
_FREED = f"""
INSERT INTO pull_freed (hold_id, slot_id)
SELECT h.id, h.slot_id FROM pull_touched t JOIN slothold h ON h.visit_id = t.visit_id
WHERE h.state = 'booked' AND NOT {_STILL_THERE} ORDER BY h.slot_id
"""
_RELEASE = "UPDATE slothold SET state = 'released', at = :now WHERE id IN (SELECT hold_id FROM pull_freed)"
_COUNT_DOWN = """
UPDATE calendarslot SET taken = taken - f.n
FROM (SELECT slot_id, count(*) AS n FROM pull_freed GROUP BY slot_id) f WHERE calendarslot.id = f.slot_id
"""
