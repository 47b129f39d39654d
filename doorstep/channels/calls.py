"""Calls for people to make: a worklist for the call centre and the walk-in desk, and its outcomes taken back by file.

Each notice is one file named by it, so it is on the list once however often it is handed over. What came of its calls
stands beside it; a notice leaves the list when it has been told, cannot be, or would say what is no longer so.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field
from sqlalchemy import and_, exists, or_, select

from doorstep.channels import Channel, Item, Outcome, configured
from doorstep.channels.outbox import number_of as checked_number
from doorstep.channels.outbox import write_whole
from doorstep.errors import Permanent, Transient, UsageError
from doorstep.exports import bare, write_csv
from doorstep.facts.clean import clean
from doorstep.inbox.events import Event
from doorstep.model import OPEN, Customer, Notice, Stop, Visit, table
from doorstep.rollout import Rollout
from doorstep.rollout.shape import Shape
from doorstep.settings import Settings
from doorstep.store import Store, in_batches

OUTCOMES = ("reached", "voicemail", "no_answer", "wrong_number", "refused_to_talk", "asked_to_move", "do_not_call")
KEYS = ("notice", "attempt", "try")                    # together they name one call; the file must bring them back
COLUMNS = (*KEYS, "best_before", "who", "phone", "why", "say", "script", "language", "reference", "visit_day", "visit_window",
           "outcome", "at", "by")
_TAKEN = (*KEYS, "outcome", "at", "by")
AHEAD = 3600                                           # seconds by which a caller's clock may be ahead of ours
N, V, C, S = table(Notice), table(Visit), table(Customer), table(Stop)
_TURNED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4}) +(\d{1,2})(:\d\d(?::\d\d)?)").fullmatch
# outcome -> what it is to us: the events' kinds, each with its word
_MEANS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "reached": (("delivered", None),), "voicemail": (("delivered", "voicemail"),),
    "asked_to_move": (("delivered", None), ("replied", "move")), "refused_to_talk": (("bounced", "soft"),),
    "wrong_number": (("bounced", "hard"),), "do_not_call": (("stopped", None),)}


class Config(Shape):
    """`[providers.calls]` of a rollout file."""

    folder: str = Field(default="", description="where the list is kept; by default calls/<rollout> under DOORSTEP_HOME")
    tries: int = Field(default=3, ge=1, le=9, description="calls without an answer until the notice goes another way")


class Call(NamedTuple):
    """What came of one call."""

    notice_id: int
    ref: str                               # the item's
    outcome: str
    at: int                                # epoch seconds
    by: str
    number: int                            # the first, second, third try


class CallFile(NamedTuple):
    """A filled worklist: what was understood of it, and one sentence for each row that was not."""

    calls: list[Call]
    faults: list[str]


class Calls:
    """Calls on a list."""

    provider = "calls"
    kind = "call"
    batch_size = 500
    exactly_once = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, items: Sequence[Item], *, now: int) -> list[Outcome]:
        """Put each item on the list; one that is there already is not there twice."""
        outcomes: list[Outcome] = []
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for item in items:
                outcomes.append(self._put(item))
        except OSError as error:
            if not outcomes:
                raise Transient(f"the call list {self.folder} cannot be written: {error.strerror}", code="full") from error
            outcomes += [Outcome(item.notice_id, "throttled", code="full") for item in items[len(outcomes):]]
        return outcomes

    def _put(self, item: Item) -> Outcome:
        try:
            entry = _entry(item)
        except Permanent:
            return Outcome(item.notice_id, "refused", code="address")
        name = f"{item.notice_id}.json"
        write_whole(self.folder / name, json.dumps(entry, ensure_ascii=False, indent=1).encode("utf-8", "replace"))
        return Outcome(item.notice_id, "accepted", name)


def _entry(item: Item) -> dict[str, Any]:
    message, facts = item.skeleton.fill(item.texts), dict(zip(item.skeleton.slots, item.texts, strict=True))
    return {"notice": item.notice_id, "attempt": int(item.ref.rpartition(".")[2]), "words": item.skeleton.notice,
            "who": clean(item.name), "phone": checked_number(item), "why": message.subject, "say": message.text,
            "script": message.script, "language": item.skeleton.language, "reference": facts.get("visit.reference", ""),
            "visit_day": facts.get("visit.day", ""), "visit_window": facts.get("visit.window", ""), "until_at": item.until_at}


def open_channels(rollout: Rollout, settings: Settings) -> dict[str, Channel]:
    """The contract's entry."""
    return {"call": Calls(_folder(rollout, settings))}


def worklist(store: Store, rollout: Rollout, settings: Settings, *, now: int, out: Path) -> int:
    """Write the calls to make at `now` as CSV, what ends first on top; how many."""
    return write_csv(out, COLUMNS, (list(row.values()) for row in waiting(store, rollout, settings, now=now)))


def waiting(store: Store, rollout: Rollout, settings: Settings, *, now: int) -> Iterator[dict[str, Any]]:
    """The calls to make at `now`, each by the COLUMNS of the worklist, what ends first on top; what is to be filled in is
    empty."""
    folder, tries = _folder(rollout, settings), configured(rollout, "calls", Config).tries
    entries = [entry for entry in _entries(folder, tries) if not 0 < entry["until_at"] <= now]
    gone = _overtaken(store, rollout, [entry["notice"] for entry in entries])
    entries.sort(key=lambda entry: (not entry["until_at"], entry["until_at"], entry["notice"]))
    for entry in entries:
        if entry["notice"] not in gone:
            until = entry["until_at"]
            local = rollout.local(until)
            yield {name: local if name == "best_before" else entry.get(name, "") for name in COLUMNS}


def _entries(folder: Path, tries: int) -> Iterator[dict[str, Any]]:
    """The entries that are open, each with the number of the next try."""
    for path in folder.glob("[0-9]*.json"):
        made = _read(_made(folder, int(path.stem)))
        if len(made) < tries and all(each["outcome"] == "no_answer" for each in made.values()):
            entry = _read(path)
            yield {**entry, "try": len(made) + 1}


def _overtaken(store: Store, rollout: Rollout, notices: Sequence[int]) -> set[int]:
    """Those that would say a date that is no longer so, of a visit that is over, or to a number that wants no calls."""
    moved = and_(N.c.told_day.is_not(None), or_(
        N.c.told_day != V.c.day, N.c.told_start.is_distinct_from(V.c.window_start),
        N.c.told_end.is_distinct_from(V.c.window_end)))
    over = and_(or_(N.c.phase == "before", N.c.told_day.is_not(None)), V.c.status.not_in(OPEN))
    stopped = exists().where(S.c.rollout == N.c.rollout, S.c.channel == "call", S.c.address == C.c.phone,
                             S.c.purpose.in_(["*", N.c.purpose]), S.c.ended_at.is_(None))
    found = (select(N.c.id).join(V, V.c.id == N.c.visit_id).join(C, C.c.id == N.c.customer_id)
             .where(N.c.rollout == rollout.name, or_(moved, over, stopped)))
    with store.read() as connection:
        return {number for batch in in_batches(notices, 2000)
                for number in connection.execute(found.where(N.c.id.in_(batch))).scalars()}


def read_outcomes(path: Path, rollout: Rollout, settings: Settings, *, now: int) -> CallFile:
    """Read a filled worklist: the rows with an outcome. Raises UsageError for a file that is no worklist."""
    found = CallFile([], [])
    folder = _folder(rollout, settings)
    for number, row in enumerate(_rows(path), 2):
        if not row["outcome"]:
            continue
        fault, call = _call(row, rollout, folder, now)
        if call:
            found.calls.append(call)
        else:
            found.faults.append(f"{path.name}: row {number}: {fault}")
    return found


def filled_in(row: Mapping[str, str], rollout: Rollout, settings: Settings, *, now: int) -> Call:
    """One row of the worklist with its outcome. Raises UsageError for what a filled worklist would be told."""
    whole = {name: row.get(name, "").strip() for name in _TAKEN}
    if not whole["outcome"]:
        raise UsageError("say what came of the call")
    fault, call = _call(whole, rollout, _folder(rollout, settings), now)
    if call is None:
        raise UsageError(fault)
    return call


def call_events(rollout: Rollout, calls: Sequence[Call]) -> list[Event]:
    """What the calls mean for their notices. A call has the same references whenever it is read, so it counts once."""
    tries = configured(rollout, "calls", Config).tries
    return [Event(kind, call.notice_id, call.at, f"call:{call.ref}:{call.number}:{call.outcome}:{kind}", word)
            for call in calls for kind, word in _meaning(call, tries)]


def _meaning(call: Call, tries: int) -> tuple[tuple[str, str | None], ...]:
    if call.outcome == "no_answer":
        return (("bounced", "soft"),) if call.number >= tries else ()
    return _MEANS[call.outcome]


def keep_outcomes(rollout: Rollout, settings: Settings, calls: Sequence[Call]) -> None:
    """Write down beside the entries what came of their calls; of one call the last word counts. Do this after its events
    are recorded: a file whose taking was cut off can be taken again."""
    folder = _folder(rollout, settings)
    for call in calls:
        place = _made(folder, call.notice_id)
        place.parent.mkdir(parents=True, exist_ok=True)
        made = _read(place) | {str(call.number): {"outcome": call.outcome, "at": call.at, "by": call.by}}
        write_whole(place, json.dumps(made, ensure_ascii=False, indent=1).encode("utf-8", "replace"))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Each row of a CSV as spreadsheets save them: with commas, semicolons or tabs, in UTF-8 or an older alphabet."""
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    head = text.partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    names = [_word(name) for name in next(reader, [])]
    missing = [name for name in (*KEYS, "outcome") if name not in names]
    if missing:
        raise UsageError(f'{path.name}: there is no column "{missing[0]}"; fill in a worklist that Doorstep wrote, and keep '
                         "its columns")
    try:
        for cells in reader:
            row = {name: bare(cell.strip()) for name, cell in zip(names, cells, strict=False)}
            yield {name: row.get(name, "") for name in _TAKEN}
    except csv.Error as error:
        raise UsageError(f"{path.name}: this is no CSV that can be read: {error}") from error


def _call(row: Mapping[str, str], rollout: Rollout, folder: Path, now: int) -> tuple[str, Call | None]:
    """A row as a call, or in a sentence why not."""
    wrong = next((name for name in KEYS if not re.fullmatch("[1-9][0-9]{0,17}", row[name])), "")
    if wrong:
        return f'{wrong}: "{row[wrong][:40]}" is not a number; leave it as the worklist had it', None
    outcome = _word(row["outcome"])
    if outcome not in OUTCOMES:
        return f'outcome: "{row["outcome"][:40]}" is not an outcome; write {", ".join(OUTCOMES[:-1])} or {OUTCOMES[-1]}', None
    if not (folder / f"{row['notice']}.json").is_file():
        return f"notice: {row['notice']} is not on the call list of {rollout.name}; leave it as the worklist had it", None
    at = _moment(row["at"], rollout, now)
    if at is None:
        return f'at: "{row["at"][:40]}" is not when a call was made; write it like 2027-03-09 14:30, or leave it empty', None
    ref = f"{row['notice']}.{row['attempt']}"
    return "", Call(int(row["notice"]), ref, outcome, at, clean(row["by"], 60), int(row["try"]))


def _moment(said: str, rollout: Rollout, now: int) -> int | None:
    """When a call was made: now where that is not said."""
    if not said:
        return now
    turned = _TURNED(said)                 # a spreadsheet has made our form of a date the country's own
    if turned:
        first, second, year, hour, rest = turned.groups()
        day, month = (second, first) if rollout.file.country == "US" else (first, second)
        said = f"{year}-{month:0>2}-{day:0>2} {hour:0>2}{rest}"
    try:
        moment = datetime.fromisoformat(said)
        at = int((moment if moment.tzinfo else moment.replace(tzinfo=rollout.zone)).timestamp())
    except (ValueError, OverflowError):
        return None
    return at if at <= now + AHEAD else None


def _word(said: str) -> str:
    return re.sub(r"[\s_-]+", "_", said.strip().lower())


def _folder(rollout: Rollout, settings: Settings) -> Path:
    said = configured(rollout, "calls", Config).folder
    return Path(said) if said else settings.home / "calls" / rollout.name


def _made(folder: Path, notice: int) -> Path:
    return folder / "outcomes" / f"{notice}.json"


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found
