"""What needs a person's attention: each with its count, what to do, and the command to run. Counts and ids only."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from doorstep.kpis import KpiValue, Sight
from doorstep.kpis.before import out_of_reach, too_close
from doorstep.kpis.promises import stale_now
from doorstep.kpis.score import alarming
from doorstep.kpis.shown import shown
from doorstep.report.concern import MOST, Concern, examples, plain
from doorstep.report.waiting import customers_wait
from doorstep.staff.shifts import WHY, unready_tomorrow

RECENT_DAYS = 14
REASONS = {
    "too_late": "known to us too late", "quiet_past_use": "quiet hours until it was of no use",
    "post_too_slow": "a letter would have come too late", "stopped": "every channel is stopped",
    "unreachable": "no address that works", "frequency_cap": "told often enough already", None: "no reason given",
}


def concerns(sight: Sight, values: Sequence[KpiValue]) -> list[Concern]:
    """Everything that waits for a person now, the urgent first."""
    name = sight.rollout.name
    found = [*_alarms(sight, values), *_held_feeds(sight, name), *_stale(sight, name), *_unready(sight, name),
             *customers_wait(sight), *_not_told(sight, name), *_short_notice(sight, values, name), *_unknown(sight, name),
             *_refused_rows(sight, name), *_unreported(sight, name), *_unreachable(sight, values, name)]
    return sorted((each for each in found if each.count), key=lambda each: not each.urgent)


def _alarms(sight: Sight, values: Sequence[KpiValue]) -> Iterator[Concern]:
    targets = sight.rollout.targets
    for value in values:
        if value.cut == "" and value.status == "missed" and alarming(value.value, targets[value.id]):
            yield Concern(f"Alarm: {value.title[0].lower()}{value.title[1:]}", 1,
                          f"It stands at {shown(value)}; the alarm line is {_alarm_line(value, sight)}. Find the worst wave "
                          f"in the table of its phase ({value.id}), and who is in charge of it.",
                          f"doorstep report {sight.rollout.name}", urgent=True)


def _alarm_line(value: KpiValue, sight: Sight) -> str:
    return shown(replace(value, value=sight.rollout.targets[value.id].alarm))


def _held_feeds(sight: Sight, name: str) -> Iterator[Concern]:
    held = list(sight.rows("""SELECT f.id, f.file, f.held FROM feed f WHERE f.rollout = :rollout AND f.held IS NOT NULL
        AND f.state IN ('held', 'accepted') AND f.pulled_at <= :now AND (f.accepted_at IS NULL OR f.accepted_at > :now)
        AND NOT EXISTS (SELECT 1 FROM feed g WHERE g.rollout = f.rollout AND g.id > f.id AND g.pulled_at <= :now
            AND g.state IN ('taken', 'accepted')) ORDER BY f.id DESC"""))
    yield Concern("Schedule files held whole", len(held),
                  "Nothing of them was taken, and the schedule we act on is older. Ask whoever sends the file; if it is "
                  "right, accept it.", f"doorstep pull {name} --accept",
                  tuple((f"feed {row['id']}, {Path(row['file']).name}: {plain(row['held'])}", 1) for row in held), True)


def _stale(sight: Sight, name: str) -> Iterator[Concern]:
    visits = stale_now(sight)
    yield Concern("Customers whose last word is a date that no longer stands", len(visits),
                  "There is still time: the correction goes out with the next send. Should the number stay, look at one: "
                  f"{examples('visit', visits, len(visits))}.", f"doorstep send {name}", urgent=True)


def _unready(sight: Sight, name: str) -> Iterator[Concern]:
    """Installers on tomorrow's list who are not certified on the script as it stood then, by their badges."""
    found = unready_tomorrow(sight.connection, sight.rollout, sight.now)
    yield Concern("People on tomorrow's list who may not visit customers yet", len(found),
                  "Have each take the quiz today, or send somebody who is certified: badges "
                  f"{', '.join(each.number for each in found[:MOST])}.", f"doorstep staff {name}",
                  tuple(Counter(WHY[each.why] for each in found).most_common()), urgent=True)


def _not_told(sight: Sight, name: str) -> Iterator[Concern]:
    """Duty notices of the last days that reached nobody, by notice and reason."""
    rows = list(sight.rows("""SELECT k.notice, n.why, COUNT(*) AS count, MAX(n.id) AS latest
        FROM seen_notice n JOIN seen_kind k ON k.code = n.kind
        WHERE n.how IN ('missed', 'failed') AND k.duty = 1 AND n.closed_at > :since
        GROUP BY k.notice, n.why ORDER BY count DESC, k.notice, COALESCE(n.why, '')""", since=sight.now - RECENT_DAYS * 86400))
    if rows:
        yield Concern(f"Duty notices that reached nobody in the last {RECENT_DAYS} days", sum(row["count"] for row in rows),
                      "Call or visit those whose visit is still to come, and mend the addresses. The story of one shows "
                      "why.", f'doorstep explain {name} "notice {rows[0]["latest"]}"',
                      tuple((f"{row['notice']}: {REASONS.get(row['why'], plain(row['why']))}", row["count"]) for row in rows))


def _short_notice(sight: Sight, values: Sequence[KpiValue], name: str) -> Iterator[Concern]:
    parts = tuple((f"wave {value.cut.removeprefix('wave=')}", int(value.numerator)) for value in values
                  if value.id == "X3" and value.cut.startswith("wave=") and value.numerator)
    if count := _numerator(values, "X3"):
        visits = too_close(sight, MOST)
        yield Concern("Visits too close for a formal notice", count,
                      "Their formal notice can no longer arrive in time. Agree the date with the customer by phone, or have "
                      f"the visit moved: {examples('visit', visits, count)}.", f'doorstep explain {name} "visit {visits[0]}"',
                      tuple(sorted(parts, key=lambda part: -part[1])))


def _unknown(sight: Sight, name: str) -> Iterator[Concern]:
    row = next(sight.rows("SELECT COUNT(*) AS count, MAX(id) AS latest FROM seen_notice WHERE how = 'unknown'"))
    yield Concern("Messages whose outcome is not known", row["count"],
                  "They were handed over and nobody answered. They are never sent again blindly: the provider's own news "
                  "settles them, or a look at its log.", f'doorstep explain {name} "notice {row["latest"]}"')


def _refused_rows(sight: Sight, name: str) -> Iterator[Concern]:
    rows = list(sight.rows("""SELECT r.reason, COUNT(*) AS count FROM refused r JOIN feed f ON f.id = r.feed_id
        WHERE r.rollout = :rollout AND f.pulled_at <= :now AND (r.mended_at IS NULL OR r.mended_at > :now)
        GROUP BY r.reason ORDER BY count DESC, r.reason"""))
    yield Concern("Schedule rows that were refused", sum(row["count"] for row in rows),
                  "These visits are not known to us, so nobody is told. Have the rows mended where the schedule is kept; "
                  "each is taken as soon as it comes right.", f"doorstep refused {name} --csv refused.csv",
                  tuple((plain(row["reason"]), row["count"]) for row in rows))


def _unreported(sight: Sight, name: str) -> Iterator[Concern]:
    visits = [row["id"] for row in sight.rows("""SELECT id FROM seen_visit
        WHERE status IN ('planned', 'booked', 'en_route') AND starts_at + 3 * 86400 <= :now ORDER BY starts_at, id""")]
    if visits:
        yield Concern("Visits whose day is over and nobody said how they went", len(visits),
                      "Ask the installer's firm. Until the schedule says, no outcome is told and no visit is booked anew: "
                      f"{examples('visit', visits, len(visits))}.", f'doorstep explain {name} "visit {visits[0]}"')


def _unreachable(sight: Sight, values: Sequence[KpiValue], name: str) -> Iterator[Concern]:
    if count := _numerator(values, "X5"):
        visits = out_of_reach(sight, MOST)
        yield Concern("Homes that no channel reaches", count,
                      "No email address, phone number or postal address may be used. Somebody has to knock: "
                      f"{examples('visit', visits, count)}.", f'doorstep explain {name} "visit {visits[0]}"')


def _numerator(values: Sequence[KpiValue], name: str) -> int:
    return next((int(value.numerator) for value in values if value.id == name and value.cut == ""), 0)
