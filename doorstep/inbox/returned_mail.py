"""A print house's list of letters that came back: each becomes a bounce of its notice, or a sentence about its line."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from doorstep.errors import FeedError
from doorstep.inbox.events import Event
from doorstep.timing import instant, local_day

NOON = 12 * 60
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %b %Y", "%Y%m%d")
DECEASED = "deceased"
# A hard bounce ends the post to this address; a soft one says nothing about the next letter.
REASONS: Mapping[str, tuple[str, ...]] = {
    "hard": ("gone away", "moved", "moved away", "addressee gone away", "no longer at this address", "unknown",
             "addressee unknown", "not known", "not known at this address", "unknown at this address",
             "insufficient address", "incomplete address", "address incomplete", "address unknown", "no such address",
             "no such street", "no such number", "address inaccessible", "vacant", "demolished"),
    "soft": ("refused", "refused by addressee", "temporary", "temporarily away", "not called for", "unclaimed",
             "not collected", "damaged"),
    DECEASED: ("deceased", "addressee deceased", "died"),
}
COLUMNS = {
    "ref": ("ref", "reference", "our ref", "our reference", "letter ref", "barcode", "bar code"),
    "reason": ("reason", "return reason", "reason for return", "why"),
    "date": ("date", "returned", "returned on", "return date", "date returned"),
}
_MEANS = {word: meaning for meaning, words in REASONS.items() for word in words}
# Spreadsheets take 1234.1 for a number, and write it with a comma in half of the world.
_REF = re.compile(r"'?(\d{1,18})[.,](\d{1,4})")


class Returned(NamedTuple):
    """What a list says. `deceased` are the notices to customers who died: everything to them must stop."""

    events: list[Event]
    deceased: list[int]
    faults: list[str]


def read_returned_mail(content: bytes, *, name: str, zone: ZoneInfo, now: int) -> Returned:
    """Read a list with the columns ref (or barcode), reason and date; commas, semicolons or tabs between them.

    The same line, in this file or in another, makes the same event again. What a line says is in no fault: it may be a name.
    Raises FeedError for a file that is no such list."""
    rows = _rows(content, name)
    places = _columns(next(rows, (1, []))[1], name)
    today = local_day(now, zone)
    events: dict[str, Event] = {}
    deceased: dict[int, None] = {}
    faults: list[str] = []
    for number, row in rows:
        if not any(map(str.strip, row)):
            continue
        try:
            event, died = _event({key: row[place] if place < len(row) else "" for key, place in places.items()}, zone, today)
        except ValueError as error:
            faults.append(f"{name}: line {number}: {error}")
            continue
        events.setdefault(event.ref, event)
        if died:
            deceased[event.notice_id] = None
    return Returned(list(events.values()), list(deceased), faults)


def _event(cells: Mapping[str, str], zone: ZoneInfo, today: dt.date) -> tuple[Event, bool]:
    """A line as an event, and whether the customer died. Raises ValueError with what would be right."""
    ref = _REF.fullmatch(cells["ref"].strip())
    if not ref:
        raise ValueError("the reference is not one of ours; write it as it stands beside the bars, like 12345.1")
    meaning = _MEANS.get(" ".join(re.split(r"[\s_/-]+", cells["reason"].strip().casefold())))
    if meaning is None:
        raise ValueError("the reason is not known; write gone away, unknown, insufficient address, refused or deceased")
    day = _day(cells["date"].strip())
    if day > today:
        raise ValueError("the date is still to come")
    notice, attempt = map(int, ref.groups())
    event = Event("bounced", notice, instant(day, NOON, zone), f"returned {notice}.{attempt}",
                  "soft" if meaning == "soft" else "hard")
    return event, meaning == DECEASED


def _day(text: str) -> dt.date:
    for form in DATES:
        try:
            return dt.datetime.strptime(text, form).date()       # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
    raise ValueError("the date is not one; write it like 2027-03-09")


def _rows(content: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")               # what spreadsheets of old save
    if "\0" in text:
        raise FeedError(f"{name}: this is no text; save the list as CSV")
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise FeedError(f"{name}: line {rows.line_num}: this is no line of a CSV file") from error


def _columns(head: Sequence[str], name: str) -> dict[str, int]:
    said = [" ".join(re.split(r"[\s_-]+", cell.strip().casefold())) for cell in head]
    places = {key: next((said.index(word) for word in words if word in said), -1) for key, words in COLUMNS.items()}
    missing = [key for key, place in places.items() if place < 0]
    if missing:
        raise FeedError(f'{name}: the first line names no column "{missing[0]}"; there must be ref (or barcode), reason and date')
    return places
