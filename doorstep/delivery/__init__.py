"""Handing over what is due: pick, check, write the attempt, hand to the channel, write the outcome."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update
from sqlmodel import col

from doorstep.channels import Channel, Outcome
from doorstep.delivery.choosing import No, Rules, rules_for
from doorstep.delivery.picking import any_stops, case_of, open_notices, pick_statement, standing_of, with_told
from doorstep.delivery.preparing import Preparing
from doorstep.delivery.recording import Attempt, record_attempts, record_noes, record_outcomes
from doorstep.errors import Transient
from doorstep.facts import Case
from doorstep.model import Notice
from doorstep.rollout import PlanRow, Rollout
from doorstep.states import COUNTED, State
from doorstep.store import Store
from doorstep.words import Library

BATCH = 1000
CUT_OFF = "cut_off"
_URGENT = {"during": 0, "before": 1, "after": 2}


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

    def as_json(self) -> dict[str, int]:
        """The JSON of `doorstep send`."""
        return asdict(self)


def send_due(store: Store, rollout: Rollout, *, library: Library, channels: Mapping[str, Channel], now: int,
             phase: str | None = None, watch: Callable[[Sent], None] | None = None, most: int | None = None) -> Sent:
    """Hand over what is due at `now`, most urgent first, in batches; at most about `most` notices where given."""
    sent = Sent()
    settle_leases(store, rollout, channels, now)
    with store.read() as connection:
        waiting = open_notices(connection, rollout, now)
    for row in sorted(rollout.plan, key=lambda row: (row.purpose != "duty", _URGENT[row.phase])):
        if phase in (None, row.phase) and row.notice in waiting:
            _send_row(store, rollout, row, Preparing(library, rollout, row), channels, now, sent, watch, most)
    return sent


def _send_row(store: Store, rollout: Rollout, row: PlanRow, preparing: Preparing, channels: Mapping[str, Channel],
              now: int, sent: Sent, watch: Callable[[Sent], None] | None, most: int | None) -> None:
    rules = rules_for(rollout, row, now)
    with store.read() as connection:
        statement = pick_statement(rollout, row, now, BATCH, any_stops(connection, rollout))
    while most is None or sent.due < most:
        attempts, looked_at = _claim(store, rollout, rules, preparing, statement, sent)
        if not looked_at:
            return
        for channel in sorted({each.channel for each in attempts}):
            group = [each for each in attempts if each.channel == channel]
            _hand_over(store, rollout, channels[channel], group, now, sent)
        if watch:
            watch(sent)


def _claim(store: Store, rollout: Rollout, rules: Rules, preparing: Preparing, statement: Select[Any],
           sent: Sent) -> tuple[list[Attempt], int]:
    """One transaction: look at a batch as it stands now, decide, write the noes and the attempts."""
    with store.write() as connection:
        rows = connection.execute(statement).all()
        cases = [case_of(row) for row in rows]
        if preparing.speaks_of_before:
            cases = _with_told(connection, rows, cases)
        attempts: list[Attempt] = []
        noes: list[tuple[Case, No]] = []
        going: set[tuple[int, str]] = set()
        for case, row in zip(cases, rows, strict=True):
            standing = standing_of(row)
            if case.via and (case.visit_id, case.occasion) in going:      # its other copy goes out in this very batch
                standing = standing._replace(carried=True)
            answer = _kept_to(standing.cut_off, preparing.prepare(rules, case, standing, row[-1] + 1))
            if isinstance(answer, Attempt):
                attempts.append(answer)
                going.add((case.visit_id, case.occasion))
            else:
                noes.append((case, answer))
                sent.count(answer.state)
        record_noes(connection, rules.now, noes)
        record_attempts(connection, rules.now, attempts, rollout.name, rules.row.notice)
    return attempts, len(rows)


def _kept_to(channel: str, answer: Attempt | No) -> Attempt | No:
    """A message whose hand-over was cut off may have gone out by `channel`: again by that one or not at all."""
    if not channel or (isinstance(answer, Attempt) and answer.channel == channel):
        return answer
    return answer._replace(why=CUT_OFF) if isinstance(answer, No) and answer.state == "held" else No("unknown", CUT_OFF)


def _with_told(connection: Connection, rows: Sequence[Row[Any]], cases: list[Case]) -> list[Case]:
    """Only a visit that has changed can have been told another date."""
    changed = [case for case, row in zip(cases, rows, strict=True) if row[-2]]
    if not changed:
        return cases
    told = {case.notice_id: case for case in with_told(connection, changed)}
    return [told.get(case.notice_id, case) for case in cases]


def _hand_over(store: Store, rollout: Rollout, channel: Channel, attempts: Sequence[Attempt], now: int,
               sent: Sent) -> None:
    """No transaction is open here while the channel works."""
    for start in range(0, len(attempts), channel.batch_size):
        part = attempts[start:start + channel.batch_size]
        outcomes = _call(channel, part, now)
        with store.write() as connection:
            record_outcomes(connection, now, rollout.name, part, outcomes, channel.provider)
        for outcome in outcomes:
            sent.count({"accepted": "sent", "unknown": "unknown"}.get(outcome.state, "held"))


def _call(channel: Channel, part: Sequence[Attempt], now: int) -> list[Outcome]:
    items = [each.item() for each in part]
    try:
        return channel.send(items, now=now)
    except Transient:
        return [Outcome(each.notice_id, "throttled", None, "busy", None) for each in items]


def settle_leases(store: Store, rollout: Rollout, channels: Mapping[str, Channel], now: int) -> int:
    """Attempts cut off by a crash: a file channel may repeat them (the name is the notice), any other may not."""
    safe = [name for name, channel in channels.items() if channel.exactly_once]
    settled = 0
    with store.write() as connection:
        for names, change in ((col(Notice.channel).in_(safe), {"state": State.DUE, "not_before": now, "why": CUT_OFF}),
                              (col(Notice.channel).not_in(safe), {"state": State.UNKNOWN, "why": CUT_OFF})):
            settled += connection.execute(update(Notice).where(
                col(Notice.rollout) == rollout.name, col(Notice.state) == State.ATTEMPTING,
                col(Notice.lease_until) < now, names).values(lease_until=None, **change)).rowcount
    return settled


def tally(connection: Connection, rollout: Rollout) -> Sent:
    """Every notice of the rollout by what became of it: the daily arithmetic, by query."""
    sent = Sent()
    for state, number in connection.execute(select(col(Notice.state), func.count()).where(
            col(Notice.rollout) == rollout.name).group_by(col(Notice.state))):
        sent.count(COUNTED[State(state)], number)
    return sent
