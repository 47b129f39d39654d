"""What customers said when they were asked: did they know, was it good, would they recommend it, and what do they know now?

Window of every KPI here: the whole rollout up to the moment asked for. A changed answer counts from the day it was changed.
Surveys go to every outcome: a visit that came to nothing is rated too. Cuts: the home's wave and language, the channel by
which the answer came, and how the visit ended.
"""

from doorstep.kpis.frame import kpi
from doorstep.kpis.sight import Sight, Tally

CUTS = ("wave", "language", "channel", "outcome")
INVITATIONS = ("how-did-it-go", "how-did-we-do")

_ANSWERS = """SELECT v.wave, v.language, a.channel, v.status AS outcome, {counted}
    FROM surveyanswer a JOIN seen_visit v ON v.id = a.visit_id
    WHERE a.rollout = :rollout AND {where} AND a.at <= :now GROUP BY v.wave, v.language, a.channel, v.status"""


def _share(sight: Sight, right: str, where: str) -> list[Tally]:
    """Of the answers that fit `where`, those that are `right`."""
    return sight.tallies(_ANSWERS.format(
        counted=f"COUNT(*) AS denominator, COUNT(CASE WHEN {right} THEN 1 END) AS numerator", where=where))


@kpi("B12", cuts=CUTS)
def awareness(sight: Sight) -> list[Tally]:
    """Customers who say that they knew before the visit that it would come and why, of those who said either.

    Who was asked before and again after the visit counts once: by the first, for the question itself tells of it.
    """
    return _share(sight, "a.value = 1", """a.question = 'knew_before' AND (a.survey = 'before' OR NOT EXISTS (
        SELECT 1 FROM surveyanswer b WHERE b.visit_id = a.visit_id AND b.survey = 'before' AND b.question = 'knew_before'
            AND b.at <= :now))""")


@kpi("A1", cuts=CUTS)
def satisfaction(sight: Sight) -> list[Tally]:
    """Ratings of 4 or 5, of all ratings."""
    return _share(sight, "a.value >= 4", "a.question = 'rating'")


@kpi("A2", cuts=("wave", "language", "channel"))
def survey_response(sight: Sight) -> list[Tally]:
    """Invitations to say how it went that were followed by a rating of that visit, of those delivered.

    Channel: that of the invitation. A rating without an invitation counts in the others, not here.
    """
    names = ", ".join(f"'{name}'" for name in INVITATIONS)
    said = sight.tallies(f"""SELECT v.wave, v.language, n.channel, COUNT(DISTINCT n.id) AS numerator, 0 AS denominator
        FROM surveyanswer a JOIN notice n ON n.visit_id = a.visit_id JOIN seen_visit v ON v.id = a.visit_id
        WHERE a.rollout = :rollout AND a.question = 'rating' AND a.at <= :now AND n.notice IN ({names})
            AND n.delivered_at <= a.at AND (n.bounced_at IS NULL OR n.bounced_at > :now)
        GROUP BY v.wave, v.language, n.channel""")
    return said + sight.tallies(f"""SELECT wave, language, channel, 0 AS numerator, SUM(delivered) AS denominator
        FROM seen_message WHERE notice IN ({names}) GROUP BY wave, language, channel""")


@kpi("A3", cuts=CUTS)
def recommendation(sight: Sight) -> list[Tally]:
    """Customers who would recommend a smart meter, of those who said yes or no."""
    return _share(sight, "a.value = 1", "a.question = 'recommend'")


@kpi("A15", cuts=("wave", "language", "channel"), shares=("question",))
def knowledge(sight: Sight) -> list[Tally]:
    """Of the seven questions that every customer asks, those answered right in the quiz after the visit; by question, each of
    all answers."""
    return sight.tallies("""SELECT v.wave, v.language, a.channel, a.question, COUNT(*) AS denominator, SUM(a.value) AS numerator
        FROM surveyanswer a JOIN seen_visit v ON v.id = a.visit_id
        WHERE a.rollout = :rollout AND a.question IN ('q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7') AND a.survey = 'knowledge'
            AND a.at <= :now GROUP BY v.wave, v.language, a.channel, a.question""")
