"""One pull: each new file is read, checked, weighed, and then applied whole, or held whole."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, select, update

from doorstep.errors import FeedError, Transient, UsageError
from doorstep.model import Feed, Journal, WorkOrder, table
from doorstep.rollout import FeedShape, Rollout
from doorstep.schedule.holding import TAKEN, copy_of, find_held, held_feeds, keep_copy, last_taken, why_held, would
from doorstep.schedule.mapping import Rules, check_columns, read_rules
from doorstep.schedule.marks import marks_of, remember
from doorstep.schedule.merging import Shares, merge, weigh
from doorstep.schedule.reading import frames, header
from doorstep.schedule.refused import mended_shape, settle_refused, unguarded
from doorstep.schedule.reports import PullReport, counted
from doorstep.schedule.sources import fetch
from doorstep.schedule.staging import Stage, ahead, checked
from doorstep.schedule.tables import MANY, Pull, turn
from doorstep.settings import Settings
from doorstep.store import Store, analyze, lock

BY_COMMAND = "pull --accept"
ROWS_THAT_TELL = 20
feeds, orders = table(Feed), table(WorkOrder)
_OUR_COLUMNS = ("line", "broken", "broken_row")


@dataclass(frozen=True)
class File:
    """One file to pull, and where it came from; `feed_id` where it was held before, `by` where a person accepts it."""

    path: Path
    name: str
    digest: str
    source: str = ""
    mark: str = ""
    feed_id: int = 0
    by: str = ""
    full: bool = True


@dataclass(frozen=True)
class Work:
    """What every step of a pull needs."""

    store: Store
    rollout: Rollout
    settings: Settings
    now: int


def pull(store: Store, rollout: Rollout, *, settings: Settings, now: int, file: Path | None = None,
         accept: bool = False) -> list[PullReport]:
    """Pull one file, or all that is new at the rollout's source; a held one ends the pull. `accept` applies what is held.

    Raises ConfigError, UsageError, FeedError and Transient; then nothing of the file in question has been changed.
    """
    work = Work(store, rollout, settings, now)
    if file is not None:
        return [_pull_file(work, _opened(file, by=BY_COMMAND if accept else ""))]
    if accept:
        waiting = held_feeds(store, rollout.name)
        if not waiting:
            raise UsageError(f"{rollout.name}: no feed is held, so there is nothing to accept")
        return [_accept(work, waiting[0].feed_id, by=BY_COMMAND)]
    return _pull_new(work)


def accept_feed(store: Store, rollout: Rollout, *, settings: Settings, feed_id: int, count: int, by: str,
                now: int) -> PullReport:
    """Apply a held feed because a person says so, repeating the count read there. Raises UsageError where it differs."""
    find_held(store, rollout.name, feed_id, count)
    return _accept(Work(store, rollout, settings, now), feed_id, by=by)


def _accept(work: Work, feed_id: int, *, by: str) -> PullReport:
    held = find_held(work.store, work.rollout.name, feed_id)
    with work.store.read() as connection:
        digest = connection.execute(select(feeds.c.digest).where(feeds.c.id == feed_id)).scalar_one()
    kept = copy_of(settings=work.settings, rollout=work.rollout.name, digest=digest, name=held.file)
    if not kept.exists():
        raise UsageError(f"{work.rollout.name}: the copy of held feed {feed_id}, {kept}, is gone; pull the file again")
    return _pull_file(work, File(kept, held.file, digest, by=by))


def _pull_new(work: Work) -> list[PullReport]:
    known = work.rollout.file.feed
    with work.store.read() as connection:
        seen = marks_of(connection, work.rollout)
    downloads = work.settings.feeds_folder / work.rollout.name / "incoming"
    reports: list[PullReport] = []
    for arrival in fetch(known.source, place=work.rollout.config_path, marks=seen, folder=downloads,
                         base=work.settings.config.resolve().parent):
        reports.append(_pull_file(work, _opened(arrival.path, arrival.name, arrival.source, arrival.mark)))
        if arrival.path.is_relative_to(downloads):
            arrival.path.unlink(missing_ok=True)
        if reports[-1].held:
            break
    return reports


def _opened(path: Path, name: str = "", source: str = "", mark: str = "", by: str = "") -> File:
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file to pull")
    with path.open("rb") as content:
        return File(path, name or path.name, hashlib.file_digest(content, "sha256").hexdigest(), source, mark, by=by)


def _pull_file(work: Work, file: File) -> PullReport:
    with work.store.read() as connection:
        earlier = connection.execute(
            select(feeds).where(feeds.c.rollout == work.rollout.name, feeds.c.digest == file.digest,
                                feeds.c.state.in_((*TAKEN, "held"))).order_by(feeds.c.id.desc())).mappings().first()
    if earlier and earlier["state"] in TAKEN:
        return _same(work, file, earlier["report"])
    return _read_and_decide(work, replace(file, feed_id=earlier["id"]) if earlier else file)


def _same(work: Work, file: File, report: Mapping[str, Any]) -> PullReport:
    """A file that was applied before changes nothing; that it came again is recorded."""
    again = PullReport(file.name, report["rows"], report["taken"], report["refused"], report["warned"],
                       report["superseded"], unchanged=report["taken"], state="same")
    with work.store.write(alone=turn(work.rollout.name)) as connection:
        return _record(work, connection, file, again, "pulled", {"full": False})


def _read_and_decide(work: Work, file: File) -> PullReport:
    feed = work.rollout.file.feed
    mended = mended_shape(file.path, feed)
    rules = read_rules(work.rollout, now=work.now)
    with work.store.connect(apart=True) as connection:
        before = last_taken(connection, work.rollout.name)
        fresh = connection.execute(select(orders.c.id).where(orders.c.rollout == work.rollout.name).limit(1)).first() is None
        with Stage(connection, work.rollout.name, fresh=fresh) as stage:
            cut_short = _read(stage, rules, file, mended or feed, mended=mended is not None)
            file = replace(file, full=(mended or feed).full and not cut_short)
            merging = Pull(connection, work.rollout, work.now, fresh=fresh)
            shares = weigh(merging, full=file.full)
            taken = stage.kept()
            report = PullReport(file.name, stage.rows, taken, dict(stage.refused), dict(+stage.warned), stage.passed - taken)
            reason = why_held(shares, rows=stage.rows, cut_short=cut_short, share=feed.hold_share)
            connection.commit()
            connection.execution_options(doorstep_writes=True)
            if reason and not file.by:
                return _hold(work, connection, file, replace(report, held=reason, state="held"), shares)
            with connection.begin():
                lock(connection, turn(work.rollout.name))
                if last_taken(connection, work.rollout.name) != before:
                    raise Transient(f"{work.rollout.name}: another pull finished while this one read {file.name}; pull again")
                return _apply(work, merging, file, replace(report, state="accepted" if reason else "taken"), reason)


def _read(stage: Stage, rules: Rules, file: File, feed: FeedShape, *, mended: bool) -> bool:
    """Stage every row of a file; whether the file is cut short."""
    cut_short = False
    try:
        for batch in ahead(checked(_frames(rules, file, feed, mended=mended), rules)):
            stage.add(batch)
    except FeedError as error:
        if "cut short" not in str(error):
            raise
        cut_short = True
    stage.complete()
    return cut_short


def _frames(rules: Rules, file: File, feed: FeedShape, *, mended: bool) -> Iterator[pl.DataFrame]:
    name = "mended.csv" if mended else file.name
    named = header(file.path, name=name, feed=feed) is not None
    for place, frame in enumerate(frames(file.path, name=name, feed=feed)):
        if not place:
            check_columns(rules, file=file.name, have=_columns(frame, named=named), required_only=mended or not named)
        yield unguarded(frame) if mended else frame


def _columns(frame: pl.DataFrame, *, named: bool) -> list[str]:
    """The columns a file has. JSON names none where there is nothing: there a column is what some row of many has."""
    have = [column for column in frame.columns if column not in _OUR_COLUMNS]
    if named or frame.height < ROWS_THAT_TELL:
        return have
    return [column for column in have if frame[column].null_count() < frame.height]


def _hold(work: Work, connection: Connection, file: File, report: PullReport, shares: Shares) -> PullReport:
    keep_copy(file.path, settings=work.settings, rollout=work.rollout.name, digest=file.digest, name=file.name)
    with connection.begin():
        lock(connection, turn(work.rollout.name))
        return _record(work, connection, file, report, "held-feed", {"full": file.full, "would": would(shares)})


def _apply(work: Work, merging: Pull, file: File, report: PullReport, reason: str | None) -> PullReport:
    kind = "accepted-feed" if report.state == "accepted" else "pulled"
    more = {"full": file.full, "accepted": reason}
    report = _record(work, merging.connection, file, report, kind, more, journal=False)
    merging = replace(merging, feed_id=report.feed_id)
    kinds = merge(merging)
    settle_refused(merging)
    if kinds.total() > MANY:
        analyze(merging.connection, "customer", "visit", "workorder")
    said = sum(count for each, count in kinds.items() if each != "gone")
    report = replace(report, changed=counted(kinds), unchanged=report.taken - said)
    return _record(work, merging.connection, replace(file, feed_id=report.feed_id), report, kind, more)


def _record(work: Work, connection: Connection, file: File, report: PullReport, kind: str, more: Mapping[str, Any],
            *, journal: bool = True) -> PullReport:
    """Write down a feed and what became of it: its row, its source's mark and a line in the journal."""
    row = {"rollout": work.rollout.name, "file": file.name, "digest": file.digest, "pulled_at": work.now,
           "state": report.state, "held": report.held, "report": {**report.as_json(), **more}}
    if report.state == "accepted":
        row |= {"accepted_by": file.by, "accepted_at": work.now}
    feed_id = file.feed_id
    if feed_id:
        connection.execute(update(feeds).where(feeds.c.id == feed_id).values(row))
    else:
        feed_id = int(connection.execute(insert(feeds).values(row).returning(feeds.c.id)).scalar_one())
    if journal:
        counts = {key: value for key, value in report.as_json().items() if key != "file" and value}
        connection.execute(insert(Journal).values(at=work.now, rollout=work.rollout.name, kind=kind, ref=f"feed:{feed_id}",
                                                  data=json.dumps(counts, separators=(",", ":"))))
        remember(connection, work.rollout, file.source, file.mark, work.now)
    return replace(report, feed_id=feed_id)
