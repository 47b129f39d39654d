"""Told dates are facts: is a customer's last word ever a date that no longer stands, and how fast is it put right?"""

from zoneinfo import ZoneInfo

from doorstep.kpis.clock import Awake
from doorstep.kpis.frame import kpi
from doorstep.kpis.sight import DAY, Sight, Spread, Tally

WHO = ("wave", "language")

# The last thing heard by an instant `at` was a date or window that did not stand at `at`. Candidates come in `heard`.
_STALE = """SELECT DISTINCT w.visit_id, w.customer_id, w.wave, w.language FROM heard w
    JOIN seen_version t ON t.visit_id = w.visit_id AND t.since <= w.at AND (t.until IS NULL OR t.until > w.at)
    WHERE (t.status = 'cancelled' OR (t.status IN ('planned', 'booked', 'en_route') AND (t.day <> w.day
            OR t.window_start <> w.window_start OR t.window_end <> w.window_end)))
        AND NOT EXISTS (SELECT 1 FROM seen_word x WHERE x.visit_id = w.visit_id AND x.heard_at < w.at
            AND x.counts_from <= w.at AND (x.heard_at > w.heard_at OR (x.heard_at = w.heard_at AND x.id > w.id))
            AND (x.closing = 1 OR x.day <> w.day OR x.window_start <> w.window_start OR x.window_end <> w.window_end))"""

_HEARD = """SELECT w.*, v.customer_id, v.wave, v.language, {at} AS at FROM seen_word w
    JOIN seen_visit v ON v.id = w.visit_id JOIN seen_day d ON d.zone = v.zone AND d.day = w.day
    WHERE w.closing = 0 AND w.heard_at < {at} AND w.counts_from <= {at} AND d.starts_at {due}"""

AT_MIDNIGHT = f"heard AS ({_HEARD.format(at='d.starts_at', due='<= :now')}), stale AS ({_STALE})"
STILL_TO_COME = f"heard AS ({_HEARD.format(at=':now', due='> :now')}), stale AS ({_STALE})"


@kpi("D7", cuts=WHO)
def stale_notice_exposure(sight: Sight) -> list[Tally]:
    """Customers whose last word, when the told day began, was a date or window that no longer stood; of all told of a
    day that has come.

    Looked at on every told day at 00:00 at the premise, against the visit as it stood then: moved, its window changed, or
    cancelled, and no later message heard that said so. Fitted early or refused is no exposure. Each customer counts once.
    """
    told = sight.tallies("""SELECT h.wave, h.language, 0 AS numerator, COUNT(*) AS denominator FROM seen_home h
        JOIN seen_day d ON d.zone = h.zone AND d.day = h.first_day WHERE d.starts_at <= :now GROUP BY h.wave, h.language""")
    stale = sight.tallies(f"""WITH {AT_MIDNIGHT}
        SELECT wave, language, COUNT(DISTINCT customer_id) AS numerator, 0 AS denominator FROM stale
        GROUP BY wave, language""")
    return told + stale


def stale_now(sight: Sight) -> list[int]:
    """Visits whose customer's last word is a date yet to come that no longer stands: there is still time to tell them."""
    return [row["visit_id"] for row in sight.rows(f"WITH {STILL_TO_COME} SELECT visit_id FROM stale ORDER BY visit_id")]


@kpi("D8", cuts=WHO, percentile=95)
def correction_latency(sight: Sight) -> list[Spread]:
    """Minutes, outside the quiet hours, within which 95 in 100 corrections were heard after we learned of the change.

    From the pull that brought the change to the first channel on which its correction was heard. One that was never
    heard counts until its end of usefulness, or until now. The numerator is how many keep the target.
    """
    waits = list(sight.rows("""SELECT wave, language, zone, learned_at, arrived_at, COUNT(*) AS count FROM (
        SELECT v.wave, v.language, v.zone, COALESCE((SELECT MAX(p.until) FROM seen_version p WHERE p.visit_id = n.visit_id
                AND p.until <= n.created_at AND p.change IN ('moved', 'window', 'merged', 'split')), v.created_at)
                AS learned_at,
            COALESCE(MIN(n.heard_at), CASE WHEN MAX(n.until_at) < :now THEN MAX(n.until_at) ELSE :now END) AS arrived_at
        FROM seen_notice n CROSS JOIN seen_visit v
        WHERE n.kind IN (SELECT code FROM seen_kind WHERE event = 'moved') AND v.id = n.visit_id
        GROUP BY n.visit_id, n.created_at, v.wave, v.language, v.zone, v.created_at) waits
        GROUP BY wave, language, zone, learned_at, arrived_at"""))
    if not waits:
        return []
    first, last = min(row["learned_at"] for row in waits), max(row["arrived_at"] for row in waits)
    clocks = {zone: Awake(sight.rollout.quiet, ZoneInfo(zone), first - DAY, last + DAY)
              for zone in {row["zone"] for row in waits}}
    return [Spread(clocks[row["zone"]].between(row["learned_at"], row["arrived_at"]) / 60, int(row["count"]),
                   {name: row[name] for name in WHO if row[name] is not None}) for row in waits]
