"""Appointments and care: who books for themselves, who waits, whom we let down, and who needed more and got it.

Window of every KPI here: the whole rollout up to the moment asked for. Cuts: the home's wave, the customer's language.
"""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.kpis.during import KEPT, MADE, NOT_MADE
from doorstep.kpis.frame import kpi
from doorstep.kpis.layout import NARROW
from doorstep.kpis.sight import Sight, Spread, Tally
from doorstep.timing import Spoken, local_day, moment, parse_when

WHO = ("wave", "language")
ENOUGH_NOTICE = parse_when("1 working day before")       # by nine in the morning of the last working day before

# Of a visit made: the installer came after the window or the day. Who came early and fitted the meter let nobody down.
_LATE = """((e.ended_at + o.seconds) / 86400 > d.number OR ((e.ended_at + o.seconds) / 86400 = d.number
    AND (e.ended_at + o.seconds) % 86400 / 60 > e.window_end + e.duration))"""

# The customer asked for the change of version `p`: by the page or a text, by a reply, or of a person.
_ASKED = """(EXISTS (SELECT 1 FROM request r WHERE r.visit_id = p.visit_id AND r.kind = 'move' AND r.at <= p.until)
    OR EXISTS (SELECT 1 FROM enquiry e WHERE e.visit_id = p.visit_id AND e.kind = 'move' AND e.opened_at <= p.until)
    OR EXISTS (SELECT 1 FROM journal j WHERE j.visit_id = p.visit_id AND j.kind = 'replied' AND j.data = 'move'
        AND j.at <= p.until))"""


@kpi("B15", cuts=WHO, shares=("channel",))
def self_service(sight: Sight) -> list[Tally]:
    """Visits whose customers chose the slot themselves, on their page or by text, of all visits that were ever booked.

    A choice that the schedule overruled does not count. By channel: also the slots that a person took for them, each of all
    visits booked.
    """
    chosen = """(SELECT r.visit_id, MAX(r.channel) AS channel FROM request r WHERE r.rollout = :rollout AND r.kind = 'move'
        AND r.at <= :now AND r.channel IN {channels} AND NOT (r.state = 'overruled' AND r.settled_at <= :now)
        GROUP BY r.visit_id)"""
    booked = sight.tallies("""SELECT v.wave, v.language, 0 AS numerator, COUNT(*) AS denominator FROM seen_visit v
        WHERE v.status <> 'merged' AND (v.status IN ('booked', 'en_route') OR (v.changed = 1 AND EXISTS (
            SELECT 1 FROM seen_version p WHERE p.visit_id = v.id AND p.status IN ('booked', 'en_route'))))
        GROUP BY v.wave, v.language""")
    return booked + sight.tallies(f"""SELECT v.wave, v.language, r.channel, COUNT(*) AS numerator, 0 AS denominator
        FROM {chosen.format(channels="('page', 'sms')")} r JOIN seen_visit v ON v.id = r.visit_id
        WHERE v.status <> 'merged' GROUP BY v.wave, v.language, r.channel""")


@kpi("D4", cuts=WHO, shares=("reason",))
def let_down(sight: Sight) -> list[Tally]:
    """Appointments that we missed, were late for, called off, or changed with less than a working day's notice, of the
    appointments due.

    Due: as for appointments kept, and those changed so late. A change that the customer asked for, and a visit that the
    customer called off, is not ours. By reason: each of all appointments due.
    """
    return _missed(sight) + _changed_late(sight)


def _missed(sight: Sight) -> list[Tally]:
    return sight.tallies(f"""SELECT wave, language, reason, COUNT(*) AS denominator, COUNT(reason) AS numerator FROM (
        SELECT e.wave, e.language, CASE WHEN e.status = 'aborted' AND e.outcome = 'by_utility' THEN 'missed'
            WHEN {_LATE} THEN 'late' WHEN e.status = 'aborted' AND NOT {KEPT} THEN 'missed' END AS reason {MADE}
        UNION ALL
        SELECT wave, language, CASE WHEN status = 'cancelled' AND COALESCE(outcome, '') <> 'by_customer' THEN 'called_off'
            WHEN status IN ('planned', 'booked', 'en_route') THEN 'missed' END {NOT_MADE}) due
        GROUP BY wave, language, reason""")


def _changed_late(sight: Sight) -> list[Tally]:
    sight.make("seen_notice_end", "zone TEXT, day TEXT, until_at BIGINT, PRIMARY KEY (zone, day)")
    sight.fill("INSERT INTO seen_notice_end VALUES (:zone, :day, :until_at)", _notice_ends(sight))
    # First those that came late, which are few: the limit keeps SQLite from asking of every change who wanted it.
    return sight.tallies(f"""SELECT p.wave, p.language, 'changed_late' AS reason, COUNT(*) AS denominator,
            COUNT(*) AS numerator
        FROM (SELECT p.visit_id, p.until, v.wave, v.language FROM seen_version p JOIN seen_visit v ON v.id = p.visit_id
            JOIN seen_notice_end l ON l.zone = v.zone AND l.day = p.day
            JOIN seen_day d ON d.zone = v.zone AND d.day = p.day
            WHERE v.appointment = 1 AND v.ours = 1 AND p.change IN ('moved', 'window') AND p.until > l.until_at
                AND p.until < d.starts_at + 86400 AND p.status IN ('planned', 'booked', 'en_route') {NARROW}) p
        WHERE NOT {_ASKED} GROUP BY p.wave, p.language""")


def _notice_ends(sight: Sight) -> list[dict[str, Any]]:
    """Until when a change of an appointment on a day leaves a working day's notice, for the days that were changed."""
    days = sight.rows("""SELECT DISTINCT v.zone, p.day FROM seen_version p JOIN seen_visit v ON v.id = p.visit_id
        WHERE p.change IN ('moved', 'window')""")
    return [{"zone": row["zone"], "day": row["day"], "until_at": moment(
        ENOUGH_NOTICE, Spoken(date.fromisoformat(row["day"])), sight.rollout.calendar, ZoneInfo(row["zone"]))} for row in days]


@kpi("D13", cuts=("wave", "language", "channel"), percentile=90)
def wait_for_appointment(sight: Sight) -> list[Spread]:
    """Days from a customer's request for another slot to the day they got, which 90 in 100 do not exceed.

    Channel: the one through which it was asked.
    """
    rows = sight.rows("""SELECT v.wave, v.language, v.zone, r.channel, r.at, r.to_day FROM request r
        JOIN seen_visit v ON v.id = r.visit_id
        WHERE r.rollout = :rollout AND r.kind = 'move' AND r.at <= :now AND r.to_day IS NOT NULL""")
    zones: dict[str, ZoneInfo] = {}
    return [Spread((date.fromisoformat(row["to_day"])
                    - local_day(row["at"], zones.setdefault(row["zone"], ZoneInfo(row["zone"])))).days, 1,
                   {name: row[name] for name in (*WHO, "channel") if row[name] is not None}) for row in rows]


@kpi("D16", cuts=WHO)
def safeguards(sight: Sight) -> list[Tally]:
    """Visits made to customers who need more care for which that was settled before, of all visits made to them.

    Settled: we spoke with them about what they need, or they told us on their page; where a life depends on power, somebody
    also spoke with them about this day's power cut. A letter, or a call that nobody answered, settles nothing. Who needs
    care is known as of today.
    """
    spoken = """EXISTS (SELECT 1 FROM notice n WHERE n.visit_id = e.visit_id AND n.notice = '{notice}' AND n.channel <> 'post'
        AND n.delivered_at < e.ended_at AND n.delivered_at <= :now AND (n.bounced_at IS NULL OR n.bounced_at > :now) {more})"""
    told = """EXISTS (SELECT 1 FROM visitnote o WHERE o.visit_id = e.visit_id AND o.at < e.ended_at
        AND (o.medical = 1 OR o.present IS NOT NULL OR o.access IS NOT NULL))"""
    # From the customers, of whom few need care: on SQLite a CROSS JOIN keeps that order, and the empty text has it walk through
    # them as they lie instead of along an index.
    return sight.tallies(f"""SELECT e.wave, e.language, COUNT(*) AS denominator, COUNT(CASE
            WHEN ({spoken.format(notice="needs-check", more="")} OR {told}) AND (c.life_support = 0
                OR {spoken.format(notice="power-safety", more="AND n.told_day = e.day")}) THEN 1 END) AS numerator
        FROM customer c CROSS JOIN seen_end e WHERE c.rollout || '' = :rollout AND (c.vulnerable = 1 OR c.life_support = 1)
            AND e.customer_id = c.id AND e.ours = 1 GROUP BY e.wave, e.language""")
