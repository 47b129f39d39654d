"""The people who meet customers: do they know what to say?"""

from doorstep.kpis.frame import kpi
from doorstep.kpis.sight import Sight, Tally


@kpi("B16", cuts=("role", "firm", "language"))
def staff_trained(sight: Sight) -> list[Tally]:
    """Front-line staff who are certified on the script as it stands, of the front-line staff in service.

    A certificate is for one script: when the words, the answers or the quiz of a role change, it lapses. Source: the staff
    lists, the quizzes passed, and the journal's record of which script held when. Until a script is recorded nobody is
    certified on it.
    """
    roles = ", ".join(f":role{place}" for place in range(len(sight.rollout.file.staff.front_line)))
    named = {f"role{place}": role for place, role in enumerate(sight.rollout.file.staff.front_line)}
    if not named:
        return []
    return sight.tallies(f"""WITH held AS (SELECT ref, MAX(id) AS id FROM journal
            WHERE rollout = :rollout AND kind = 'script' AND at <= :now GROUP BY ref)
        SELECT s.role, s.firm, s.language, COUNT(*) AS denominator, COUNT(CASE WHEN EXISTS (
            SELECT 1 FROM certificate c WHERE c.staff_id = s.id AND c.script = j.data AND c.passed = 1 AND c.at <= :now)
            THEN 1 END) AS numerator
        FROM staff s LEFT JOIN held h ON h.ref = s.role || '.' || s.language LEFT JOIN journal j ON j.id = h.id
        WHERE s.rollout = :rollout AND s.since <= :now AND (s.left_at IS NULL OR s.left_at > :now) AND s.role IN ({roles})
        GROUP BY s.role, s.firm, s.language""", **named)
