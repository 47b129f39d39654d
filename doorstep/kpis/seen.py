"""The database laid out as it stood at one moment, once, so that every KPI is one short question."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from doorstep.kpis import clock, layout
from doorstep.kpis.sight import Sight, Source
from doorstep.rollout import PlanRow, Rollout


@contextmanager
def seen(store: Source, rollout: Rollout, now: int) -> Iterator[Sight]:
    """The rollout as it stood at `now`: what was born later is not there, what changed later is as it was.

    Costs one pass over visits and one over notices. A customer's language and addresses keep no versions and are
    those of today. The tables are temporary and vanish with the connection.
    """
    with store.read(apart=True) as connection:
        sight = Sight(connection, rollout, now)
        _lay_out(sight)
        yield sight


def _lay_out(sight: Sight) -> None:
    if sight.sqlite:
        sight.connection.exec_driver_sql("PRAGMA temp.cache_size=-131072")
    for name, columns in layout.TABLES.items():
        sight.make(name, columns)
    clock.fill_days(sight)
    clock.fill_offsets(sight)
    _fill_codes(sight)
    for statement in layout.STATEMENTS:
        # PostgreSQL must be told how much was filled in; SQLite goes by the order of the words.
        if not (sight.sqlite and statement.startswith("ANALYZE")):
            sight.run(statement, duration=sight.rollout.file.duration_minutes)


def _fill_codes(sight: Sight) -> None:
    """Small numbers for waves, languages and notices: eight million rows are grouped by a number, not by words."""
    waves = sight.rows("SELECT DISTINCT wave FROM visit WHERE rollout = :rollout AND wave IS NOT NULL ORDER BY wave")
    languages = sight.rows("SELECT DISTINCT language FROM customer WHERE rollout = :rollout ORDER BY language")
    sight.fill("INSERT INTO seen_wave VALUES (:code, :wave)",
               [{"wave": row["wave"], "code": code} for code, row in enumerate(list(waves), start=1)])
    sight.fill("INSERT INTO seen_language VALUES (:code, :language)",
               [{"language": row["language"], "code": code} for code, row in enumerate(list(languages), start=1)])
    sight.fill("INSERT INTO seen_kind VALUES (:code, :notice, :phase, :duty, :pre, :event, :closing)",
               [_kind(code, row) for code, row in enumerate(sight.rollout.plan, start=7)] + _unplanned())


def _kind(code: int, row: PlanRow) -> dict[str, Any]:
    """A notice of the plan. `pre` tells before the visit as a duty, `closing` says that what was told is over.

    An answer to what a customer said is no notice of the visit, however much it is a duty.
    """
    event, duty = row.when.event, int(row.purpose == "duty")
    return {"code": code, "notice": row.notice, "phase": row.phase, "duty": duty,
            "pre": int(bool(duty) and row.phase == "before" and not row.when.said), "event": event,
            "closing": int(event in ("completed", "aborted", "cancelled", "refused"))}


def _unplanned() -> list[dict[str, Any]]:
    """Codes 1 to 6, as `layout` reckons them: notices that were sent once and are no longer in the plan."""
    return [{"code": 1 + 2 * place + duty, "notice": f"({phase} {duty}, no longer planned)", "phase": phase, "duty": duty,
             "pre": int(bool(duty) and phase == "before"), "event": None, "closing": 0}
            for place, phase in enumerate(("before", "during", "after")) for duty in (0, 1)]
