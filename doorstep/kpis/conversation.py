"""The conversation: do customers open, ask and complain, and is each of them answered in time and to their content?

Window of every KPI here: the whole rollout up to the moment asked for. Cuts: the home's wave, the language that the customer
used, the channel by which they came.
"""

from zoneinfo import ZoneInfo

from doorstep.kpis.frame import kpi
from doorstep.kpis.sight import Sight, Tally
from doorstep.timing import instant, local_day

WHO = ("wave", "language")
HOW = ("wave", "language", "channel")
FAULT_DAYS = 5           # working days: Ofgem's standard for a plan after a reported fault

_HOMES_DONE = """SELECT wave, language, 0 AS numerator, COUNT(*) AS denominator FROM seen_home
    WHERE done_at IS NOT NULL AND ours = 1 GROUP BY wave, language"""


@kpi("B5", cuts=WHO)
def fresh_contacts(sight: Sight) -> list[Tally]:
    """Homes whose customer answered us or confirmed an address within the last 12 months, of all homes of the rollout.

    A customer's addresses keep no versions: what was confirmed since the moment asked for is not counted, and neither is
    what was confirmed before that.
    """
    return sight.tallies("""SELECT h.wave, h.language, COUNT(*) AS denominator,
            COUNT(CASE WHEN c.verified_at <= :now AND c.verified_at > :now - 365 * 86400 THEN 1 END) AS numerator
        FROM seen_home h JOIN customer c ON c.id = h.customer_id WHERE h.eligible = 1 GROUP BY h.wave, h.language""")


@kpi("B11", cuts=WHO)
def opened(sight: Sight) -> list[Tally]:
    """Emails that were opened, of those delivered; each counts once.

    For watching only: privacy proxies open what nobody reads, and many who read never open in a way that can be seen.
    """
    said = sight.tallies("""SELECT v.wave, v.language, COUNT(DISTINCT j.notice_id) AS numerator, 0 AS denominator
        FROM journal j JOIN seen_visit v ON v.id = j.visit_id
        WHERE j.rollout = :rollout AND j.kind = 'opened' AND j.at <= :now GROUP BY v.wave, v.language""")
    return said + sight.tallies("""SELECT wave, language, 0 AS numerator, SUM(delivered) AS denominator FROM seen_message
        WHERE channel = 'email' GROUP BY wave, language""")


@kpi("B11-click", cuts=HOW)
def clicked(sight: Sight) -> list[Tally]:
    """Emails and texts whose link was followed, of those delivered; each counts once. For watching: scanners follow links."""
    said = sight.tallies("""SELECT v.wave, v.language, n.channel, COUNT(DISTINCT n.id) AS numerator, 0 AS denominator
        FROM journal j JOIN notice n ON n.id = j.notice_id JOIN seen_visit v ON v.id = n.visit_id
        WHERE j.rollout = :rollout AND j.kind = 'clicked' AND j.at <= :now AND n.channel IN ('email', 'sms')
        GROUP BY v.wave, v.language, n.channel""")
    return said + sight.tallies("""SELECT wave, language, channel, 0 AS numerator, SUM(delivered) AS denominator
        FROM seen_message WHERE channel IN ('email', 'sms') GROUP BY wave, language, channel""")


@kpi("B13", cuts=HOW, shares=("topic",))
def answered_in_time(sight: Sight) -> list[Tally]:
    """Questions and concerns raised before the meter was fitted that were answered by the time they were due, of those
    answered or due by now.

    Due: so many working days as the rollout's file sets, the same day for what is urgent. By topic: its share of those
    answered in time.
    """
    return sight.tallies("""SELECT wave, language, channel, topic, COUNT(*) AS denominator,
            COUNT(CASE WHEN answered_at <= due_at THEN 1 END) AS numerator
        FROM seen_enquiry WHERE kind IN ('question', 'concern', 'unclear') AND early = 1
            AND (answered_at IS NOT NULL OR due_at <= :now) GROUP BY wave, language, channel, topic""")


@kpi("D10", cuts=WHO, shares=("topic", "channel"))
def complaint_rate(sight: Sight) -> list[Tally]:
    """Complaints for each 1,000 homes fitted; by topic and channel, each of all homes fitted."""
    said = sight.tallies("""SELECT wave, language, topic, channel, COUNT(*) AS numerator, 0 AS denominator FROM seen_enquiry
        WHERE kind = 'complaint' GROUP BY wave, language, topic, channel""")
    return said + sight.tallies(_HOMES_DONE)


def _contacts(sight: Sight) -> list[Tally]:
    return sight.tallies("""SELECT wave, language, topic, channel, COUNT(*) AS numerator, 0 AS denominator FROM seen_enquiry
        GROUP BY wave, language, topic, channel""")


@kpi("D11", cuts=WHO, shares=("topic", "channel"))
def contact_rate(sight: Sight) -> list[Tally]:
    """Times that a customer needed a person, for each 1,000 notices sent; by topic and channel, each of all notices.

    Source: every enquiry, whichever way it came. A plain yes or a stop needs nobody and is none.
    """
    return _contacts(sight) + sight.tallies("""SELECT wave, language, 0 AS numerator, SUM(sent) AS denominator
        FROM seen_message WHERE sent > 0 GROUP BY wave, language""")


@kpi("D11-fitted", cuts=WHO, shares=("topic",))
def contacts_for_each_home(sight: Sight) -> list[Tally]:
    """The same for each 1,000 homes fitted."""
    return _contacts(sight) + sight.tallies(_HOMES_DONE)


@kpi("D17", cuts=WHO)
def impostor_reports(sight: Sight) -> list[Tally]:
    """Reports of somebody who posed as one of us, beside the notices sent."""
    said = sight.tallies("""SELECT wave, language, COUNT(*) AS numerator, 0 AS denominator FROM seen_enquiry
        WHERE kind = 'impostor' GROUP BY wave, language""")
    return said + sight.tallies("""SELECT wave, language, 0 AS numerator, SUM(sent) AS denominator FROM seen_message
        WHERE sent > 0 GROUP BY wave, language""")


@kpi("A10", cuts=HOW)
def faults_planned(sight: Sight) -> list[Tally]:
    """Faults for which the customer was given a plan within 5 working days, of those reported so long ago or planned."""
    calendar, zone = sight.rollout.calendar, sight.rollout.zone
    ends: dict[object, int] = {}
    tallies = []
    for row in sight.rows("""SELECT wave, language, channel, opened_at, answered_at FROM seen_enquiry WHERE kind = 'fault'"""):
        day = local_day(row["opened_at"], zone)
        end = ends.setdefault(day, instant(calendar.shift(day, FAULT_DAYS), 24 * 60, ZoneInfo(zone.key)))
        if row["answered_at"] is not None or end <= sight.now:
            tallies.append(Tally(float((row["answered_at"] or end + 1) <= end), 1.0,
                                 {name: row[name] for name in HOW if row[name] is not None}))
    return tallies


@kpi("A11", cuts=HOW, shares=("topic",))
def closed_and_content(sight: Sight) -> list[Tally]:
    """Questions, concerns and complaints whose customer said that they were answered, of all that are closed; by topic, each
    of all closed. Whoever did not say is not taken for content."""
    return sight.tallies("""SELECT wave, language, channel, topic, COUNT(*) AS denominator,
            COUNT(CASE WHEN satisfied = 1 THEN 1 END) AS numerator
        FROM seen_enquiry WHERE closed_at IS NOT NULL AND kind IN ('question', 'concern', 'complaint')
        GROUP BY wave, language, channel, topic""")
