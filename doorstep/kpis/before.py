"""The phase before the visit: were people told, early enough, and can they be reached at all?

Window of every KPI here: the whole rollout up to the moment asked for. Cuts: the premise's wave, the customer's language.
"""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from doorstep.kpis.frame import kpi
from doorstep.kpis.layout import HEARD
from doorstep.kpis.sight import Sight, Spread, Tally
from doorstep.rollout import PlanRow
from doorstep.timing import Spoken, moment

WHO = ("wave", "language")
FORMAL = "formal-notice"

# Of visit `v` and the end of its formal notice `l`: it has passed, and nothing that states a date went out before it.
_TOO_CLOSE = """(l.until_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.visit_id = v.id
        AND n.told_day IS NOT NULL AND n.accepted_at <= l.until_at))"""

# Households whose meter we fitted. Those fitted before the first feed were never ours to tell.
_INSTALLED = "h.done_at IS NOT NULL AND h.ours = 1"


def _open_to(channel: str, address: str) -> str:
    """Whether an address of customer `c` is there and its owner has not stopped notices that are a duty."""
    key = f"CAST(c.id AS VARCHAR) || '/' || c.{address}" if channel == "post" else f"c.{address}"      # see letter_box
    return f"""(c.{address} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stop s WHERE s.rollout = :rollout
        AND s.channel = '{channel}' AND s.address = {key} AND s.purpose IN ('*', 'duty') AND s.at <= :now
        AND (s.ended_at IS NULL OR s.ended_at > :now)))"""


_DIGITAL = f"{_open_to('email', 'email')} OR {_open_to('sms', 'phone')}"
_REACHABLE = f"{_DIGITAL} OR {_open_to('voice', 'phone')} OR {_open_to('post', 'address')}"


@kpi("B1", cuts=WHO)
def notice_coverage(sight: Sight) -> list[Tally]:
    """Homes fitted that had received at least one notice of the visit before it, of all homes fitted.

    Source: duty notices of the phase before, heard (see layout) before the first completed visit of the home. A home
    counts once however often its date moved.
    """
    return sight.tallies(f"""SELECT wave, language, COUNT(*) AS denominator,
        COUNT(CASE WHEN pre_at < done_at THEN 1 END) AS numerator
        FROM seen_home h WHERE {_INSTALLED} GROUP BY wave, language""")


@kpi("B2", cuts=WHO)
def full_sequence(sight: Sight) -> list[Tally]:
    """Homes fitted that received every notice they were owed before the visit, each while still useful.

    Source: each kind of duty notice of the phase before that was born for the completed visit and not withdrawn; heard
    by its end of usefulness on any channel. Where a kind was born again, because the date moved, the last one decides.
    A home with no notice at all has not been told.
    """
    return sight.tallies(f"""WITH failed AS (SELECT DISTINCT v.customer_id
            FROM seen_notice f CROSS JOIN seen_visit v CROSS JOIN seen_kind k
            WHERE v.id = f.visit_id AND v.status = 'completed' AND k.code = f.kind AND k.pre = 1
                AND COALESCE(f.heard_at, :now + 1) > f.until_at AND (f.how <> 'open' OR f.until_at <= :now)
                AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.visit_id = f.visit_id AND n.notice = k.notice
                    AND n.created_at >= f.created_at AND n.created_at <= :now AND {HEARD} <= n.until_at))
        SELECT h.wave, h.language, COUNT(*) AS denominator,
            COUNT(CASE WHEN h.pre_at IS NOT NULL AND f.customer_id IS NULL THEN 1 END) AS numerator
        FROM seen_home h LEFT JOIN failed f ON f.customer_id = h.customer_id WHERE {_INSTALLED}
        GROUP BY h.wave, h.language""")


def _lead_days(sight: Sight) -> list[Spread]:
    """Whole local days from the first notice to the day of the fitting; 0 where none came before it."""
    return sight.spread(f"""SELECT wave, language, value, COUNT(*) AS count FROM (
        SELECT h.wave, h.language, CASE WHEN h.pre_at < h.done_at
            THEN (h.done_at + o.seconds) / 86400 - (h.pre_at + p.seconds) / 86400 ELSE 0 END AS value
        FROM seen_home h
        JOIN seen_offset o ON o.zone = h.zone AND h.done_at >= o.from_at AND h.done_at < o.to_at
        LEFT JOIN seen_offset p ON p.zone = h.zone AND h.pre_at >= p.from_at AND h.pre_at < p.to_at
        WHERE {_INSTALLED}) days GROUP BY wave, language, value""")


@kpi("B3", cuts=WHO, percentile=5)
def lead_time(sight: Sight) -> list[Spread]:
    """Days between the first notice and the fitting that 95 in 100 homes have at least (none received counts as 0 days).

    The 5th percentile over homes fitted, in calendar days of the premise; the numerator is how many keep the target.
    """
    return _lead_days(sight)


@kpi("B3-median", cuts=WHO, percentile=50)
def median_lead_time(sight: Sight) -> list[Spread]:
    """Days between the first notice and the fitting for the home in the middle."""
    return _lead_days(sight)


def _reach(sight: Sight, test: str) -> list[Tally]:
    return sight.tallies(f"""SELECT h.wave, h.language, COUNT(*) AS denominator, COUNT(CASE WHEN {test} THEN 1 END)
        AS numerator FROM seen_home h JOIN customer c ON c.id = h.customer_id
        WHERE h.eligible = 1 GROUP BY h.wave, h.language""")


@kpi("B4", cuts=WHO)
def contactability(sight: Sight) -> list[Tally]:
    """Homes with an email address or mobile number that we may use, of all homes with a visit that is not cancelled.

    Homes that refused the meter stay in. Source: today's addresses, and the stops in force at the moment asked for.
    """
    return _reach(sight, _DIGITAL)


@kpi("X5", cuts=WHO)
def unreachable(sight: Sight) -> list[Tally]:
    """Homes with no usable email address, phone number or postal address, of all homes with a visit that is not cancelled.

    Somebody has to knock. Source as for B4.
    """
    return _reach(sight, f"NOT ({_REACHABLE})")


def out_of_reach(sight: Sight, most: int) -> list[int]:
    """The first visits of the homes that X5 counts."""
    rows = sight.rows(f"""SELECT v.id FROM seen_home h JOIN customer c ON c.id = h.customer_id
        JOIN seen_visit v ON v.customer_id = h.customer_id AND v.status <> 'merged'
        WHERE h.eligible = 1 AND NOT ({_REACHABLE}) ORDER BY v.starts_at, v.id LIMIT {int(most)}""")
    return [row["id"] for row in rows]


@kpi("B14", cuts=WHO)
def refusals(sight: Sight) -> list[Tally]:
    """Homes whose refusal of the meter is in force, of all homes that had a notice or refused.

    A refusal that was taken back no longer counts; one that came without a notice counts in both numbers.
    """
    return sight.tallies("""SELECT wave, language, COUNT(*) AS denominator, SUM(refused) AS numerator FROM seen_home
        WHERE heard_at IS NOT NULL OR refused = 1 GROUP BY wave, language""")


@kpi("X3", cuts=WHO)
def short_notice(sight: Sight) -> list[Tally]:
    """Open visits, today or later, whose formal notice can no longer arrive in time, of all open visits.

    No message that states a date went out before the formal notice's end of usefulness for the present date, which has
    passed. Who was told in time of another date is owed a correction (D7, D8), not a formal notice.
    """
    row = _formal_row(sight.rollout.plan)
    late = _late_days(sight, row) if row else []
    sight.make("seen_late", "zone TEXT, day TEXT, until_at BIGINT, PRIMARY KEY (zone, day)")
    sight.fill("INSERT INTO seen_late VALUES (:zone, :day, :until_at)", late)
    return sight.tallies(f"""SELECT v.wave, v.language, COUNT(*) AS denominator, COUNT(CASE WHEN {_TOO_CLOSE} THEN 1 END)
            AS numerator
        FROM seen_visit v LEFT JOIN seen_late l ON l.zone = v.zone AND l.day = v.day
        WHERE v.status IN ('planned', 'booked', 'en_route') AND v.starts_at + 86400 > :now
        GROUP BY v.wave, v.language""")


def too_close(sight: Sight, most: int) -> list[int]:
    """The first visits that X3 counted, by their day; only after it was measured on this sight."""
    rows = sight.rows(f"""SELECT v.id FROM seen_visit v JOIN seen_late l ON l.zone = v.zone AND l.day = v.day
        WHERE v.status IN ('planned', 'booked', 'en_route') AND v.starts_at + 86400 > :now AND {_TOO_CLOSE}
        ORDER BY v.starts_at, v.id LIMIT {int(most)}""")
    return [row["id"] for row in rows]


def _formal_row(plan: tuple[PlanRow, ...]) -> PlanRow | None:
    """The notice that gives the lead time: the formal one, else the earliest duty reckoned from the day."""
    duties = [row for row in plan if row.phase == "before" and row.purpose == "duty" and row.when.anchor == "day"]
    named = [row for row in duties if row.notice == FORMAL]
    return next(iter(named or sorted(duties, key=lambda row: row.when.amount)), None)


def _late_days(sight: Sight, row: PlanRow) -> list[dict[str, Any]]:
    """The days with open visits for which the notice's end of usefulness has passed."""
    days = sight.rows("""SELECT DISTINCT zone, day FROM seen_visit
        WHERE status IN ('planned', 'booked', 'en_route') AND starts_at + 86400 > :now""")
    ends = [(each["zone"], each["day"], moment(row.until, Spoken(date.fromisoformat(each["day"])),
                                               sight.rollout.calendar, ZoneInfo(each["zone"]))) for each in days]
    return [{"zone": zone, "day": day, "until_at": until} for zone, day, until in ends if until <= sight.now]
