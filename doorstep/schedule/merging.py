"""A staged feed becomes customers, work orders and visits: set-based statements inside the one transaction of a pull.

The order matters: what is old news is dropped, customers are brought up to date, known work orders take their news, the
visits they stand in move, join or split, and only then do new work orders find or open a visit.
"""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import text

from doorstep.schedule.asked import free_places, settle_requests, uphold
from doorstep.schedule.renewing import ANOTHER_TRY, renew
from doorstep.schedule.tables import CONTACTS, EXTRAS, OPEN, TAKEN_OVER, TRAITS, Pull
from doorstep.schedule.visits import place_new_orders, rearrange


@dataclass(frozen=True)
class Shares:
    """How many open work orders there are, and how many of them a staged feed would drop, move and cancel."""

    open: int = 0
    vanish: int = 0
    move: int = 0
    cancel: int = 0


def weigh(pull: Pull, *, full: bool) -> Shares:
    """Drop old news from the stage, note who is missing from a full feed, and count what the feed would do."""
    if pull.fresh:
        return Shares()
    _drop_old_news(pull)
    uphold(pull)
    if full:
        pull.run(_ABSENT)
    said = pull.connection.execute(text(_SHARES)).one()
    still_open = pull.number(f"SELECT count(*) FROM workorder WHERE rollout = :rollout AND status IN {OPEN}")
    return Shares(still_open, pull.number("SELECT count(*) FROM pull_absent"), int(said.moved or 0), int(said.cancelled or 0))


def merge(pull: Pull) -> Counter[str]:
    """Bring customers, work orders and visits up to date with the stage; how many work orders changed, by kind."""
    customers, newest = (_ALL_CUSTOMERS, _NEWEST_OF_MANY) if pull.fresh else (_NEW_CUSTOMERS, _NEWEST)
    for statement in (customers, _KNOWN, newest, _RENEW_CUSTOMERS):
        pull.run(statement)
    if pull.fresh:
        return Counter(new=place_new_orders(pull))
    uphold(pull)
    for statement in (_NEWS, _GONE, _STAMPS, UPDATE_ORDERS):
        pull.run(statement)
    changed = Counter(dict(pull.connection.execute(text(_COUNTS)).tuples().all()))
    rearrange(pull)
    changed["new"] = place_new_orders(pull)
    renew(pull)
    settle_requests(pull)
    free_places(pull)
    return changed


def _drop_old_news(pull: Pull) -> None:
    # Feeds arrive out of order; a row older than what is known must not bring an old date back.
    pull.run("""
        UPDATE pull_rows SET household = NULL WHERE order_id IS NOT NULL
        AND stamp < (SELECT w.stamp FROM workorder w WHERE w.id = pull_rows.order_id)""")
    pull.run("DELETE FROM pull_household WHERE id NOT IN (SELECT household FROM pull_rows WHERE household IS NOT NULL)")


_ABSENT = f"""
INSERT INTO pull_absent (order_id)
SELECT w.id FROM workorder w
WHERE w.rollout = :rollout AND w.status IN {OPEN} AND NOT EXISTS (SELECT 1 FROM pull_rows r WHERE r.number = w.number)
-- A row that lost its number may be this very order: its household has not vanished from the feed.
AND w.customer_id NOT IN (SELECT c.id FROM pull_refused f JOIN customer c
                          ON c.rollout = :rollout AND c.premise = f.premise AND c.account = f.account
                          WHERE f.work_order IS NULL)
"""

_SHARES = f"""
SELECT sum(CASE WHEN t.weight >= 4 AND t.day <> w.day THEN 1 ELSE 0 END) AS moved,
       sum(CASE WHEN t.status IN ('cancelled', 'refused') THEN 1 ELSE 0 END) AS cancelled
FROM pull_rows r JOIN pull_terms t ON t.id = r.terms JOIN workorder w ON w.id = r.order_id
WHERE r.household IS NOT NULL AND w.status IN {OPEN}
"""

_ABOUT = (*CONTACTS, *(name for name in TRAITS if name != "stamp"))
_NOTHING = dict.fromkeys(("vulnerable", "life_support", "landlord", "business", "prepaid"), "-1") | dict.fromkeys(
    ("lat", "lon"), "-999")
# What customers chose for themselves no feed decides any more.
_OWN = {"language": "customer.language_chosen", "prefers": "customer.prefers_chosen"}
_SAID = {name: f"CASE WHEN {_OWN[name]} = 1 THEN customer.{name} ELSE s.{name} END" if name in _OWN else f"s.{name}"
         for name in _ABOUT}
_DIFFERS = " OR ".join(f"coalesce(customer.{name}, {nothing}) <> coalesce({_SAID[name]}, {nothing})"
                       for name in _ABOUT for nothing in (_NOTHING.get(name, "''"),))
_STRANGER = """
NOT EXISTS (SELECT 1 FROM customer c WHERE c.rollout = :rollout AND c.premise = h.premise AND c.account = h.account)"""
_ALL_CUSTOMERS, _NEW_CUSTOMERS = (f"""
INSERT INTO customer (rollout, premise, account, updated_at, {', '.join(_ABOUT)})
SELECT :rollout, h.premise, h.account, :now, {', '.join(f'{"h" if name in CONTACTS else "t"}.{name}' for name in _ABOUT)}
FROM pull_household h JOIN pull_traits t ON t.id = h.traits WHERE {who} ORDER BY h.id
ON CONFLICT (rollout, premise, account) DO NOTHING
""" for who in ("true", _STRANGER))

_KNOWN = """
INSERT INTO pull_known (household, customer_id)
SELECT h.id, c.id FROM pull_household h
JOIN customer c ON c.rollout = :rollout AND c.premise = h.premise AND c.account = h.account
"""

# What is said of a household last is so.
_NEWEST = """
INSERT INTO pull_newest (household, customer_id)
SELECT id, customer_id FROM (
  SELECT h.id, k.customer_id, row_number() OVER (PARTITION BY k.customer_id ORDER BY t.stamp DESC, h.id DESC) AS place
  FROM pull_known k JOIN pull_household h ON h.id = k.household JOIN pull_traits t ON t.id = h.traits) ranked
WHERE place = 1
"""
_NEWEST_OF_MANY = _NEWEST.replace(") ranked", """
  WHERE k.customer_id IN (SELECT customer_id FROM pull_known GROUP BY customer_id HAVING count(*) > 1)) ranked""")

_RENEW_CUSTOMERS = f"""
UPDATE customer SET updated_at = :now, {', '.join(f'{name} = {said}' for name, said in _SAID.items())}
FROM (SELECT n.customer_id, {', '.join(f'{"h" if name in CONTACTS else "t"}.{name}' for name in _ABOUT)}
      FROM pull_newest n JOIN pull_household h ON h.id = n.household JOIN pull_traits t ON t.id = h.traits) s
WHERE customer.id = s.customer_id AND ({_DIFFERS})
"""

# The first six letters of a digest stand for the mapping: a changed rollout file makes no news of rows that mean the same.
_KIND = f"""
CASE WHEN t.status <> w.status AND t.said = 'cancelled' THEN 'cancelled'
     WHEN t.status <> w.status AND t.said = 'completed' THEN 'completed'
     WHEN t.status <> w.status AND t.said IN ('aborted', 'refused') THEN 'aborted'
     WHEN t.status = 'aborted' AND t.outcome_at >= w.outcome_at + {ANOTHER_TRY} THEN 'aborted'
     WHEN t.weight >= 4 AND t.day <> w.day THEN 'moved'
     WHEN substr(r.digest, 7) = substr(w.digest, 7) AND t.status = w.status AND t.day = w.day
          AND coalesce(t.window_start, -1) = coalesce(w.window_start, -1)
          AND coalesce(t.window_end, -1) = coalesce(w.window_end, -1)
          AND coalesce(t.outcome, '') = coalesce(w.outcome, '') AND t.commodity = w.commodity THEN 'same'
     ELSE 'other' END
"""
_OUTCOME_AT = """
CASE WHEN t.weight >= 4 THEN NULL
     ELSE coalesce(t.outcome_at, CASE WHEN w.status = t.status THEN w.outcome_at END, :now) END
"""
_NEWS = f"""
INSERT INTO pull_news (order_id, kind, visit_id, status, day, window_start, window_end, outcome, outcome_at, commodity,
                       old_meter, new_meter, stamp, digest, customer_id, {', '.join(EXTRAS)})
SELECT w.id, {_KIND}, w.visit_id, t.status, t.day, t.window_start, t.window_end, t.outcome, {_OUTCOME_AT}, t.commodity,
       r.old_meter, r.new_meter, r.stamp, r.digest, k.customer_id, {', '.join(f't.{name}' for name in EXTRAS)}
FROM pull_rows r JOIN pull_terms t ON t.id = r.terms JOIN pull_known k ON k.household = r.household
JOIN workorder w ON w.id = r.order_id
"""

# The empty digest lets the work order come back as news, should a later feed name it again.
_GONE = """
INSERT INTO pull_news (order_id, kind, visit_id, status, day, window_start, window_end, outcome, outcome_at, commodity,
                       old_meter, new_meter, stamp, digest, customer_id)
SELECT w.id, 'gone', w.visit_id, 'cancelled', w.day, w.window_start, w.window_end, 'by_utility', :now, w.commodity,
       w.old_meter, w.new_meter, w.stamp, '', w.customer_id
FROM pull_absent g JOIN workorder w ON w.id = g.order_id
"""

# The feed says the same again, later: whatever is older than this is old news from now on.
_STAMPS = """
UPDATE workorder SET stamp = c.stamp FROM pull_compared c
WHERE c.differs = 0 AND workorder.id = c.order_id AND workorder.stamp < c.stamp
"""

UPDATE_ORDERS = f"""
UPDATE workorder SET feed_id = :feed, {', '.join(f'{name} = n.{name}' for name in TAKEN_OVER)}
FROM pull_news n WHERE workorder.id = n.order_id
"""

_COUNTS = "SELECT kind, count(*) FROM pull_news WHERE kind <> 'same' GROUP BY kind"
