"""Handing over what is due: pick, check, write the attempt, hand to the channel, write the outcome."""

import gc
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlmodel import col

from doorstep.channels import Channel, Item, Outcome
from doorstep.delivery.choosing import No, rules_for
from doorstep.delivery.lines import Lines, Rests
from doorstep.delivery.picking import (
    RESENT,
    SIZE,
    any_stops,
    case_of,
    has_changed,
    number_of,
    open_notices,
    pick_statement,
    standing_of,
    with_told,
)
from doorstep.delivery.preparing import Preparing
from doorstep.delivery.recording import Attempt, record_attempts, record_noes, record_outcomes, said_moments
from doorstep.delivery.resting import PROBE, failed, rests, worked
from doorstep.delivery.settling import UNSETTLED, settle
from doorstep.delivery.sharing import as_told, one_each, said_already
from doorstep.errors import Transient
from doorstep.facts import Case
from doorstep.model import Notice
from doorstep.rollout import PlanRow, Rollout
from doorstep.states import COUNTED, State
from doorstep.store import Store
from doorstep.words import Library

BATCH = 1000
SHARED = "told_by_another"       # the message of another account on the same phone
Pace = Callable[[Channel, int], None]
_URGENT = {"during": 0, "before": 1, "after": 2}


def at_once(channel: Channel, number: int) -> None:
    """No pace: each call as soon as the one before it is done."""


@dataclass
class Sent:
    """What became of the notices looked at; due = sent + held + void + missed + failed + unknown."""

    due: int = 0
    sent: int = 0
    held: int = 0
    void: int = 0
    missed: int = 0
    failed: int = 0
    unknown: int = 0

    def count(self, what: str, number: int = 1) -> None:
        """Add to one of the counts, and to what was due."""
        setattr(self, what, getattr(self, what) + number)
        self.due += number

    def add(self, other: "Sent") -> None:
        """Add what another run did."""
        for what, number in other.as_json().items():
            setattr(self, what, getattr(self, what) + number)

    def as_json(self) -> dict[str, int]:
        """The JSON of `doorstep send`."""
        return asdict(self)


def send_due(store: Store, rollout: Rollout, *, library: Library, lines: Lines, now: int, phase: str | None = None,
             watch: Callable[[Sent], None] | None = None, most: int | None = None, pace: Pace = at_once) -> Sent:
    """Hand over what is due at `now`, most urgent first, in batches; at most about `most` notices where given.

    `pace(channel, number)` is asked before each call and may wait, for a provider's rate that many senders share; where it
    raises Transient, the call is not made and the provider rests.
    """
    sent = Sent()
    settle(store, rollout, lines, now)
    with store.read() as connection:
        waiting = open_notices(connection, rollout, now)
    with _old_objects_left_alone():
        for row in sorted(rollout.plan, key=lambda row: (not row.on_the_spot, row.purpose != "duty", _URGENT[row.phase])):
            if phase in (None, row.phase) and row.notice in waiting:
                _Row(store, rollout, row, library, lines, now, pace, sent).send(watch, most)
    return sent


@contextmanager
def _old_objects_left_alone() -> Iterator[None]:
    """Python looks through all that is in memory every few batches; what was there before need not be: an eighth less."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class _Row:
    """One notice of the plan being sent: batch after batch, each claimed as it stands at that moment."""

    def __init__(self, store: Store, rollout: Rollout, row: PlanRow, library: Library, lines: Lines, now: int, pace: Pace,
                 sent: Sent) -> None:
        self.store, self.rollout, self.row, self.lines, self.now = store, rollout, row, lines, now
        self.preparing, self.pace, self.sent = Preparing(library, rollout, row, lines.by_kind, lines.links), pace, sent
        self.size = min(BATCH, sum(channel.batch_size for channel in lines if channel.kind in row.ladder))
        with store.read() as connection:
            self.statement = pick_statement(rollout, row, now, any_stops(connection, rollout))

    def send(self, watch: Callable[[Sent], None] | None, most: int | None) -> None:
        """Until nothing is left to be looked at."""
        while most is None or self.sent.due < most:
            calls, looked_at = self._claim()
            if not looked_at:
                return
            for channel, attempts in calls:
                self._hand_over(channel, attempts)
            if watch:
                watch(self.sent)

    def _claim(self) -> tuple[list[tuple[Channel, list[Attempt]]], int]:
        """One transaction: look at a batch as it stands now, decide, write the noes and the attempts."""
        with self.store.write() as connection:
            loads = _Loads(self.lines, rests(connection, self.rollout), self.now)
            rows = connection.execute(self.statement, {SIZE: self.size}).all()
            noes = self._decide(connection, rows, loads)
            record_noes(connection, self.now, noes)
            calls = loads.by_kind()
            attempts = [each for _, load in calls for each in load]
            changed = {row.visit_id for row in rows if has_changed(row)}
            said_at = said_moments(connection, [each for each in attempts if each.case.visit_id in changed], self.now)
            record_attempts(connection, self.now, calls, said_at)
            told = self._told_already(connection, attempts)
        looked_at = len(noes) + len(attempts)
        # What finds no room in a call is claimed once more: with calls of 20, a thousand claimed were 980 for nothing. Where
        # only one of two calls was full, twice as many may fill the other.
        self.size = looked_at if loads.are_full else min(BATCH, 2 * (looked_at if looked_at < len(rows) else self.size))
        return [(channel, [each for each in load if each.case.notice_id not in told]) for channel, load in calls], looked_at

    def _decide(self, connection: Connection, rows: Sequence[Row[Any]], loads: "_Loads") -> list[tuple[Case, No]]:
        """Each row's message goes into its channel's load; returns those of which there is none to send, and why."""
        rules = rules_for(self.rollout, self.row, self.now, loads.away)
        cases = [case_of(row) for row in rows]
        if self.preparing.speaks_of_before:
            cases = _with_told(connection, rows, cases)
        noes: list[tuple[Case, No]] = []
        going: set[tuple[int, str]] = set()
        for case, row in zip(cases, rows, strict=True):
            standing = standing_of(row)
            if case.via and (case.visit_id, case.occasion) in going:      # its other copy goes out in this very batch
                standing = standing._replace(carried=True)
            answer = _kept_to(standing.doubt, self.preparing.prepare(rules, case, standing, number_of(row)))
            if isinstance(answer, No):
                noes.append((case, answer))
                self.sent.count(answer.state)
            elif loads.takes(answer):
                going.add((case.visit_id, case.occasion))
        return noes

    def _told_already(self, connection: Connection, attempts: Sequence[Attempt]) -> Collection[int]:
        """The notices whose words went to the same phone for another account: told by that message."""
        said = {} if self.row.on_the_spot else said_already(connection, self.rollout, attempts, self.now)
        told = [each for each in attempts if each.case.notice_id in said]
        record_outcomes(connection, self.now, self.rollout.name, told, [
            Outcome(each.case.notice_id, "accepted", said[each.case.notice_id], SHARED, 0) for each in told])
        self.sent.count("sent", len(told))
        return said.keys()

    def _hand_over(self, channel: Channel, attempts: Sequence[Attempt]) -> None:
        """No transaction is open here while the channel works."""
        leading, others = one_each(attempts)
        for start in range(0, len(leading), channel.batch_size):
            part = leading[start:start + channel.batch_size]
            outcomes, trouble = self._call(channel, [each.item(self._link(each)) for each in part])
            with self.store.write() as connection:
                self._breaker(connection, channel, outcomes, trouble)
                for leader, outcome in list(zip(part, outcomes, strict=True)) if others else ():
                    followers = others.get(leader.case.notice_id, [])
                    part += followers
                    outcomes += as_told(outcome, followers)
                record_outcomes(connection, self.now, self.rollout.name, part, outcomes)
            for state, number in Counter(each.state for each in outcomes if not self._again(each)).items():
                self.sent.count({"accepted": "sent", "unknown": "unknown"}.get(state, "held"), number)

    def _call(self, channel: Channel, items: Sequence[Item]) -> tuple[list[Outcome], Transient | None]:
        try:
            self.pace(channel, len(items))
            return channel.send(items, now=self.now), None
        except Transient as trouble:
            return [Outcome(item.notice_id, "throttled", None, trouble.code, None, trouble.until) for item in items], trouble

    def _link(self, attempt: Attempt) -> str:
        """Where to unsubscribe, on what may be unsubscribed."""
        links = self.lines.links
        return links.unsubscribe(attempt.case.notice_id) if links and self.row.purpose != "duty" else ""

    def _again(self, outcome: Outcome) -> bool:
        """Whether the notice is looked at again in this very run: by the next channel, or by another provider."""
        return outcome.state == "refused" or (outcome.state == "throttled" and outcome.until == self.now)

    def _breaker(self, connection: Connection, channel: Channel, outcomes: list[Outcome], trouble: Transient | None) -> None:
        """A call of which nothing came through lets the provider rest; the same notices are looked at when it wakes."""
        this = (connection, self.rollout, channel.provider, channel.kind)
        if trouble is None and any(each.state in ("accepted", "refused") for each in outcomes):
            worked(*this)
            return
        said = max((each.until for each in outcomes if each.until), default=None)
        end = failed(*this, self.now, trouble.code if trouble else outcomes[0].code or outcomes[0].state,
                     trouble.until if trouble else said)
        if channel.kind not in self.lines.away(rests(connection, self.rollout), self.now):
            end = self.now                  # another provider of this kind is awake: it takes them over at once
        outcomes[:] = [each._replace(until=end) if each.state == "throttled" else each for each in outcomes]


class _Loads:
    """What one claim gives to each channel: one call's worth, so that a crash leaves one call in doubt and no more."""

    def __init__(self, lines: Lines, rested: Rests, now: int) -> None:
        self._lines, self._rested, self._now = lines, rested, now
        self._loads: dict[int, tuple[Channel, int, list[Attempt]]] = {}         # with how many fit

    @property
    def away(self) -> Mapping[str, int]:
        """The kinds of which every provider rests, and until when."""
        return self._lines.away(self._rested, self._now)

    @property
    def are_full(self) -> bool:
        """Whether there are loads, and none has room left."""
        return bool(self._loads) and all(len(load) >= most for _, most, load in self._loads.values())

    def takes(self, attempt: Attempt) -> bool:
        """Put the attempt with its channel's load; False where that is full, and the notice waits for the next claim."""
        channel = self._lines.carrier(attempt.channel, attempt.to, self._rested, self._now)
        if channel is None:
            return False
        if id(channel) not in self._loads:
            self._loads[id(channel)] = (channel, self._most(channel), [])
        _, most, load = self._loads[id(channel)]
        if len(load) < most:
            load.append(attempt)
            return True
        return False

    def by_kind(self) -> list[tuple[Channel, list[Attempt]]]:
        """The loads, sorted by kind."""
        return [(channel, load) for channel, _, load in sorted(self._loads.values(), key=lambda load: load[0].kind)]

    def _most(self, channel: Channel) -> int:
        if (channel.provider, channel.kind) in self._rested:
            return min(PROBE, channel.batch_size)
        return BATCH if channel.exactly_once else channel.batch_size


def _kept_to(doubt: str, answer: Attempt | No) -> Attempt | No:
    """A message that may have gone out already. One that was cut off goes again by the same channel or not at all; and
    what is not said again stays in doubt, for the date that it told may be a wrong one now."""
    if not doubt:
        return answer
    why, _, channel = doubt.partition(" ")
    if isinstance(answer, Attempt):
        return answer._replace(doubt=why) if why == RESENT or answer.channel == channel else No("unknown", UNSETTLED)
    return answer._replace(why=why) if answer.state == "held" else No("unknown", UNSETTLED)


def _with_told(connection: Connection, rows: Sequence[Row[Any]], cases: list[Case]) -> list[Case]:
    """Only a visit that has changed can have been told another date."""
    changed = [case for case, row in zip(cases, rows, strict=True) if has_changed(row)]
    if not changed:
        return cases
    told = {case.notice_id: case for case in with_told(connection, changed)}
    return [told.get(case.notice_id, case) for case in cases]


def tally(connection: Connection, rollout: Rollout) -> Sent:
    """Every notice of the rollout by what became of it: the daily arithmetic, by query."""
    sent = Sent()
    for state, number in connection.execute(select(col(Notice.state), func.count()).where(
            col(Notice.rollout) == rollout.name).group_by(col(Notice.state))):
        sent.count(COUNTED[State(state)], number)
    return sent
