"""The visits: did they succeed at once, was the appointment kept, and was the outcome told?

Window of every KPI here: the whole rollout up to the moment asked for. Cuts: the premise's wave, the customer's language.
"""

from doorstep.kpis.frame import kpi
from doorstep.kpis.sight import Sight, Tally

WHO = ("wave", "language")


# Appointments due: the visits made, of which each was kept or not ...
MADE = """FROM seen_end e JOIN seen_day d ON d.zone = e.zone AND d.day = e.day
    JOIN seen_offset o ON o.zone = e.zone AND e.ended_at >= o.from_at AND e.ended_at < o.to_at WHERE e.appointment = 1"""
KEPT = """((e.ended_at + o.seconds) / 86400 = d.number
    AND (e.window_start IS NULL OR (e.ended_at + o.seconds) % 86400 / 60 >= e.window_start)
    AND (e.window_end IS NULL OR (e.ended_at + o.seconds) % 86400 / 60 <= e.window_end + e.duration))"""
# ... and those to which nobody came although nobody called them off in time.
NOT_MADE = """FROM seen_visit WHERE appointment = 1 AND ours = 1 AND starts_at + 2 * 86400 <= :now AND (
    status IN ('planned', 'booked', 'en_route')
    OR (status = 'cancelled' AND (COALESCE(outcome, '') <> 'by_customer' OR ended_at >= starts_at))
    OR (status = 'refused' AND ended_at >= starts_at))"""


@kpi("D1", cuts=WHO)
def first_visit_success(sight: Sight) -> list[Tally]:
    """Homes whose first visit fitted the meter, of all homes that were visited.

    A home counts once: a date that moved is no visit, a failed first try stays failed when a later one succeeds, also
    where the work order was issued anew with its number of tries.
    """
    return sight.tallies("""WITH home AS (SELECT customer_id, MIN(wave) AS wave, MIN(language) AS language,
            MIN(CASE WHEN status = 'completed' THEN ended_at END) AS done_at,
            MIN(CASE WHEN status = 'aborted' THEN ended_at END) AS failed_at,
            MIN(CASE WHEN status = 'completed' THEN attempts END) AS tries
        FROM seen_end GROUP BY customer_id)
        SELECT wave, language, COUNT(*) AS denominator,
            COUNT(CASE WHEN tries = 0 AND (failed_at IS NULL OR done_at < failed_at) THEN 1 END) AS numerator
        FROM home GROUP BY wave, language""")


@kpi("D2", cuts=WHO, shares=("reason",))
def unable_to_complete(sight: Sight) -> list[Tally]:
    """Visits that ended without the meter fitted, of all visits made; by reason, each of all visits made.

    Every failed try counts, also of a home that succeeded later.
    """
    return sight.tallies("""SELECT wave, language, CASE WHEN status = 'aborted' THEN COALESCE(outcome, 'other') END
            AS reason, COUNT(*) AS denominator, COUNT(CASE WHEN status = 'aborted' THEN 1 END) AS numerator
        FROM seen_end GROUP BY wave, language, CASE WHEN status = 'aborted' THEN COALESCE(outcome, 'other') END""")


@kpi("D3", cuts=WHO)
def no_access(sight: Sight) -> list[Tally]:
    """Visits where nobody opened, of the visits made by appointment.

    By appointment: somebody had to be at home, or a window of at most six hours was agreed.
    """
    return sight.tallies("""SELECT wave, language, COUNT(*) AS denominator,
            COUNT(CASE WHEN status = 'aborted' AND outcome = 'no_access' THEN 1 END) AS numerator
        FROM seen_end WHERE appointment = 1 GROUP BY wave, language""")


@kpi("D5", cuts=WHO)
def appointment_kept(sight: Sight) -> list[Tally]:
    """Appointments at which the installer came on the day and within the window, of the appointments due.

    As far as the data says: the feed reports when a visit ended, so its window is lengthened by the visit's duration.
    Due: every visit made, and those of a day that has been over for a day, with a window of at most six hours or
    somebody needed at home. One called off before its day, by the customer or by a refusal, was not due; one that we
    cancelled or that nobody reported was not kept.
    """
    return sight.tallies(f"""SELECT wave, language, COUNT(*) AS denominator, SUM(kept) AS numerator FROM (
        SELECT e.wave, e.language, CASE WHEN {KEPT} THEN 1 ELSE 0 END AS kept {MADE}
        UNION ALL SELECT wave, language, 0 {NOT_MADE}) due GROUP BY wave, language""")


_MOVES = """WITH moves AS (SELECT p.visit_id, COUNT(*) AS times FROM seen_version p
        WHERE p.change = 'moved' GROUP BY p.visit_id)
    SELECT v.wave, v.language, COUNT(*) AS denominator, {numerator} AS numerator
    FROM seen_visit v LEFT JOIN moves m ON m.visit_id = v.id WHERE v.status <> 'merged' GROUP BY v.wave, v.language"""


@kpi("D6", cuts=WHO)
def reschedule_churn(sight: Sight) -> list[Tally]:
    """How often a date moved, for each visit. A household's work orders of one day are one visit."""
    return sight.tallies(_MOVES.format(numerator="COALESCE(SUM(m.times), 0)"))


@kpi("D6-twice", cuts=WHO)
def moved_twice(sight: Sight) -> list[Tally]:
    """Visits whose date moved twice or more, of all visits."""
    return sight.tallies(_MOVES.format(numerator="COUNT(CASE WHEN m.times >= 2 THEN 1 END)"))


@kpi("D9", cuts=WHO)
def outcome_told(sight: Sight) -> list[Tally]:
    """Visits made whose outcome the customer heard within 24 hours, of the visits made.

    Source: the notices of this phase that the plan sets off by a completed or an aborted visit, from the moment the visit
    ended. A visit that ended within the last 24 hours is not judged yet.
    """
    return sight.tallies("""SELECT e.wave, e.language, COUNT(*) AS denominator, COUNT(CASE WHEN EXISTS (
            SELECT 1 FROM seen_notice n JOIN seen_kind k ON k.code = n.kind
            WHERE n.visit_id = e.visit_id AND n.heard_at >= e.ended_at AND n.heard_at <= e.ended_at + 86400
                AND k.phase = 'during' AND k.event = e.status) THEN 1 END) AS numerator
        FROM seen_end e WHERE e.ours = 1 AND e.ended_at <= :now - 86400 GROUP BY e.wave, e.language""")


@kpi("D14", cuts=WHO)
def refusal_conversion(sight: Sight) -> list[Tally]:
    """Homes that refused the meter and had it fitted later by their own choice, of all that ever refused."""
    return sight.tallies("""WITH said AS (
            SELECT v.customer_id, MIN(p.since) AS at FROM seen_version p JOIN seen_visit v ON v.id = p.visit_id
            WHERE p.status = 'refused' GROUP BY v.customer_id
            UNION SELECT customer_id, since FROM seen_visit WHERE status = 'refused' AND changed = 0)
        SELECT h.wave, h.language, COUNT(DISTINCT h.customer_id) AS denominator,
            COUNT(DISTINCT CASE WHEN h.done_at > s.at THEN h.customer_id END) AS numerator
        FROM said s JOIN seen_home h ON h.customer_id = s.customer_id GROUP BY h.wave, h.language""")


@kpi("D15", cuts=WHO)
def wrong_installs(sight: Sight) -> list[Tally]:
    """Meters fitted while the customer's refusal was in force: the visit went from refused to completed at once."""
    return sight.tallies("""WITH wrong AS (SELECT DISTINCT d.visit_id FROM seen_version r
            JOIN seen_version d ON d.visit_id = r.visit_id AND d.version = r.version + 1
            WHERE r.status = 'refused' AND d.status = 'completed')
        SELECT v.wave, v.language, COUNT(*) AS denominator, COUNT(w.visit_id) AS numerator
        FROM seen_visit v LEFT JOIN wrong w ON w.visit_id = v.id
        WHERE v.status = 'completed' GROUP BY v.wave, v.language""")
