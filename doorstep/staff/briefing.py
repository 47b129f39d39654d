"""Briefings: everybody who will meet a wave's customers is told what to say, once for each wave and script, before it starts.

The road is that of every notice: born when due, the attempt written before the call, the outcome after it; what may have
been taken is never sent again blindly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from doorstep.channels import Channel, Item, Outcome
from doorstep.channels.outbox import outbox_channels
from doorstep.delivery import Sent
from doorstep.delivery.halting import Scope, standstills
from doorstep.delivery.lines import Lines, open_lines
from doorstep.delivery.recording import LEASE
from doorstep.delivery.resting import failed, rests, worked
from doorstep.errors import Transient
from doorstep.model import Briefing, Customer, Journal, Staff, Status, Visit, table
from doorstep.rollout import Rollout
from doorstep.settings import Settings
from doorstep.staff.message import Writer
from doorstep.staff.page import today
from doorstep.staff.script import BRIEFING, Scripts, keep_versions
from doorstep.store import Store, insert_missing
from doorstep.timing import instant

B, S, V, C, J = table(Briefing), table(Staff), table(Visit), table(Customer), table(Journal)
OPEN = ("due", "held")
_NOT_MADE = (Status.CANCELLED, Status.REFUSED, Status.MERGED)
_BECOMES = {"accepted": "accepted", "refused": "failed", "throttled": "held", "unknown": "unknown"}
_COUNTED = {"accepted": "sent", "failed": "failed", "held": "held", "unknown": "unknown", "void": "void", "missed": "missed"}


class _Load(NamedTuple):
    """One call's worth: the same email to several people."""

    channel: Channel
    wave: str
    language: str
    rows: list[Row[Any]]


def open_staff_lines(rollout: Rollout, settings: Settings) -> Lines:
    """The rollout's own email senders. In rehearsal, staff have an outbox beside the customers': a briefing is no notice, and
    their numbers must not take each other's files."""
    mine = outbox_channels(settings.outbox_folder / "staff", rollout)["email"]
    lines = open_lines(rollout, settings)
    senders = tuple(mine if each.provider == mine.provider else each for each in lines.by_kind.get("email", ()))
    return replace(lines, by_kind={"email": senders}, rehearsal={"email": mine} if lines.rehearsal else {})


def brief(store: Store, rollout: Rollout, *, scripts: Scripts, lines: Lines, now: int) -> Sent:
    """Send the briefings that are due at `now`; what became of each that was looked at. Nothing where the plan has no B-00."""
    sent = Sent()
    if not any(row.notice == BRIEFING for row in rollout.plan):
        return sent
    with store.write() as connection:
        keep_versions(connection, scripts, now=now)
        waves = _waves(connection, rollout, now)
        _born(connection, rollout, scripts, waves, now)
        _settle(connection, rollout, lines, now)
        facts = today(connection, rollout, now)
        _set_aside(connection, rollout, scripts, now, sent)
    by_name, writer = {str(wave.wave): wave for wave in waves}, None
    while load := _claim(store, rollout, lines, now):
        writer = writer or Writer(scripts, facts)
        _hand_over(store, rollout, load, writer, by_name[load.wave], now, sent)
    with store.read() as connection:
        sent.count("held", connection.execute(select(func.count()).where(
            B.c.rollout == rollout.name, B.c.state.in_(OPEN), B.c.attempted_at.is_distinct_from(now))).scalar_one())
    return sent


def _waves(connection: Connection, rollout: Rollout, now: int) -> list[Row[Any]]:
    """The waves whose briefing is due: (wave, first, last, visits)."""
    rows = connection.execute(select(V.c.wave, func.min(V.c.day).label("first"), func.max(V.c.day).label("last"),
                                     func.count().label("visits"))
                              .where(V.c.rollout == rollout.name, V.c.wave.is_not(None), V.c.status.not_in(_NOT_MADE))
                              .group_by(V.c.wave).order_by(V.c.wave)).all()
    return [row for row in rows if due_at(rollout, row.first) <= now < until_at(rollout, row.last)]


def due_at(rollout: Rollout, first: str) -> int:
    """When the briefing of a wave with this first day goes out."""
    return instant(date.fromisoformat(first) - timedelta(days=rollout.file.staff.briefing_days), 0, rollout.zone)


def until_at(rollout: Rollout, last: str) -> int:
    """The end of its usefulness: until then, whoever joins and whoever's script changes is briefed too."""
    return instant(date.fromisoformat(last) + timedelta(days=1), 0, rollout.zone)


def _born(connection: Connection, rollout: Rollout, scripts: Scripts, waves: Sequence[Row[Any]], now: int) -> None:
    if not waves:
        return
    areas: dict[str, set[str]] = {}
    for wave, area in connection.execute(select(V.c.wave, C.c.area).join(C, C.c.id == V.c.customer_id).where(
            V.c.rollout == rollout.name, V.c.wave.in_([wave.wave for wave in waves]), C.c.area.is_not(None)).distinct()):
        areas.setdefault(wave, set()).add(area)
    people = connection.execute(select(S).where(S.c.rollout == rollout.name, S.c.left_at.is_(None))).all()
    insert_missing(connection, Briefing, [
        {"rollout": rollout.name, "staff_id": person.id, "wave": wave.wave,
         "script": scripts.of(person.role, person.language).version, "due_at": due_at(rollout, wave.first),
         "until_at": until_at(rollout, wave.last), "state": "due", "attempt": 0}
        for wave in waves for person in people if _meets(rollout, person, areas.get(wave.wave, set()))],
        ("staff_id", "wave", "script"))


def _meets(rollout: Rollout, person: Row[Any], areas: set[str]) -> bool:
    """Whether they will meet the wave's customers: they work in one of its areas, or on the front line everywhere."""
    return person.area in areas if person.area else person.role in rollout.file.staff.front_line


def _settle(connection: Connection, rollout: Rollout, lines: Lines, now: int) -> None:
    """Attempts that were cut off: a file is written again in the same place, anything else may have been taken."""
    safe = all(channel.exactly_once for channel in lines)
    connection.execute(update(B).where(B.c.rollout == rollout.name, B.c.state == "attempting", B.c.attempted_at < now - LEASE)
                       .values(state="due" if safe else "unknown", why="cut_off"))


def _set_aside(connection: Connection, rollout: Rollout, scripts: Scripts, now: int, sent: Sent) -> None:
    """Those that are not to be sent any more, or cannot be, each with its reason."""
    for row in _open(connection, rollout):
        no = _no(row, scripts, now)
        if no:
            connection.execute(update(B).where(B.c.id == row.id).values(state=no[0], why=no[1]))
            sent.count(_COUNTED[no[0]])


def _no(row: Row[Any], scripts: Scripts, now: int) -> tuple[str, str] | None:
    if row.left_at is not None:
        return "void", "left"
    if row.script != scripts.of(row.role, row.language).version:
        return "void", "script_changed"         # the new one has a briefing of its own
    if row.until_at <= now:
        return "missed", "too_late"
    return None if row.email else ("failed", "unreachable")


def _open(connection: Connection, rollout: Rollout) -> Sequence[Row[Any]]:
    return connection.execute(
        select(B, S.c.email, S.c.role, S.c.language, S.c.area, S.c.left_at).join(S, S.c.id == B.c.staff_id)
        .where(B.c.rollout == rollout.name, B.c.state.in_(OPEN)).order_by(B.c.id)
        .with_for_update(of=B, skip_locked=True)).all()


def _claim(store: Store, rollout: Rollout, lines: Lines, now: int) -> _Load | None:
    """The next call, its attempts written; None where nothing is left that may go now."""
    with store.write() as connection:
        resting, stops = rests(connection, rollout), [each.scope for each in standstills(connection, rollout)]
        load: _Load | None = None
        for row in _open(connection, rollout):
            # What was tried in this very run and held is tried again in the next.
            channel = None if row.attempted_at == now or _halted(row, stops) else lines.carrier("email", row.email, resting, now)
            if channel is None:
                continue
            load = load or _Load(channel, row.wave, row.language, [])
            if (channel, row.wave, row.language) == load[:3] and len(load.rows) < channel.batch_size:
                load.rows.append(row)
        if load:
            connection.execute(update(B).where(B.c.id.in_([row.id for row in load.rows])).values(
                state="attempting", attempt=B.c.attempt + 1, attempted_at=now, why=None))
    return load


def _halted(row: Row[Any], stops: Sequence[Scope]) -> bool:
    return any(scope.notice in (None, BRIEFING) and scope.area in (None, row.area) and scope.language in (None, row.language)
               for scope in stops)


def _hand_over(store: Store, rollout: Rollout, load: _Load, writer: Writer, wave: Row[Any], now: int, sent: Sent) -> None:
    """No transaction is open here while the channel works."""
    skeleton = writer.email(load.language, wave)
    texts = [""] * len(skeleton.slots)
    items = [Item(row.id, ref_of(row.id, row.attempt + 1), row.email, skeleton, texts, until_at=row.until_at)
             for row in load.rows]
    trouble: Transient | None = None
    try:
        outcomes = load.channel.send(items, now=now)
    except Transient as error:
        trouble = error
        outcomes = [Outcome(item.notice_id, "throttled", code=error.code, until=error.until) for item in items]
    with store.write() as connection:
        _breathe(connection, rollout, load.channel, outcomes, trouble, now)
        _record(connection, rollout, {row.id: row for row in load.rows}, outcomes, now)
    for each in outcomes:
        sent.count(_COUNTED[_BECOMES[each.state]] if each.state != "throttled" else "held")


def ref_of(briefing: int, attempt: int) -> str:
    """Our reference of an attempt. No notice has such a one: a provider's event about it is never taken for a notice's."""
    return f"staff-{briefing}.{attempt}"


def _record(connection: Connection, rollout: Rollout, rows: Mapping[int, Row[Any]], outcomes: Sequence[Outcome],
            now: int) -> None:
    for each in outcomes:
        attempt = rows[each.notice_id].attempt + 1
        connection.execute(update(B).where(B.c.id == each.notice_id, B.c.attempt == attempt, B.c.state == "attempting").values(
            state=_BECOMES[each.state], why=each.code, provider_id=each.provider_id,
            accepted_at=now if each.state == "accepted" else None))
    connection.execute(insert(J), [{"at": now, "rollout": rollout.name, "kind": "briefed", "data": each.state,
                                    "ref": ref_of(each.notice_id, rows[each.notice_id].attempt + 1)} for each in outcomes])


def _breathe(connection: Connection, rollout: Rollout, channel: Channel, outcomes: Sequence[Outcome],
             trouble: Transient | None, now: int) -> None:
    """A provider of which nothing came through rests, as it does for notices."""
    if trouble is None and any(each.state in ("accepted", "refused") for each in outcomes):
        worked(connection, rollout, channel.provider, channel.kind)
    else:
        failed(connection, rollout, channel.provider, channel.kind, now, trouble.code if trouble else outcomes[0].state,
               trouble.until if trouble else None)
