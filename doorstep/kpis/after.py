"""The phase after: did anyone have to come back, did we stay in touch, and what did it all cost?

Window of every KPI here: the whole rollout up to the moment asked for.
"""

from dataclasses import replace

from doorstep.kpis.frame import kpi
from doorstep.kpis.sight import Sight, Tally

WHO = ("wave", "language")


@kpi("A12", cuts=WHO)
def revisits(sight: Sight) -> list[Tally]:
    """Fitted meters to which an installer had to return within 14 days, of those fitted at least 14 days ago.

    A return is a visit made to the same home after the fitting that was booked after it, or the same visit made again half
    a day later; a second meter of the home, planned from the start, is none.
    """
    return sight.tallies("""SELECT e.wave, e.language, COUNT(*) AS denominator, COUNT(CASE WHEN EXISTS (
            SELECT 1 FROM seen_end r WHERE r.customer_id = e.customer_id AND r.ended_at > e.ended_at
                AND r.ended_at <= e.ended_at + 14 * 86400 AND (r.visit_id = e.visit_id
                    AND r.ended_at >= e.ended_at + 43200 OR r.created_at > e.ended_at))
            THEN 1 END) AS numerator
        FROM seen_end e WHERE e.status = 'completed' AND e.ended_at <= :now - 14 * 86400 GROUP BY e.wave, e.language""")


@kpi("X6", cuts=WHO)
def stayed_in_touch(sight: Sight) -> list[Tally]:
    """Homes that heard from us again after the fitting, of those fitted at least 7 days ago.

    Source: any notice of the phase after, heard.
    """
    return sight.tallies("""SELECT wave, language, COUNT(*) AS denominator, COUNT(after_at) AS numerator FROM seen_home
        WHERE done_at <= :now - 7 * 86400 AND ours = 1 GROUP BY wave, language""")


@kpi("X4", cuts=WHO, shares=("channel",))
def message_cost(sight: Sight) -> list[Tally]:
    """What was spent on messages about visits that are over, fitted or not, for each meter visit completed.

    Source: the rollout's `costs` for each message; text messages by their parts. By channel: its share of that cost.
    """
    costs = {str(channel): cost for channel, cost in sight.rollout.file.costs.items()}
    sent = sight.tallies("""SELECT wave, language, channel, 0 AS denominator,
            SUM(CASE channel WHEN 'sms' THEN parts ELSE sent END) AS numerator
        FROM seen_message WHERE ended = 1 AND sent > 0 GROUP BY wave, language, channel""") if costs else []
    spent = [replace(each, numerator=each.numerator * costs.get(each.marks.get("channel", ""), 0.0)) for each in sent]
    done = sight.tallies("""SELECT wave, language, 0 AS numerator, COUNT(*) AS denominator FROM seen_visit
        WHERE status = 'completed' AND ours = 1 GROUP BY wave, language""")
    return spent + done
